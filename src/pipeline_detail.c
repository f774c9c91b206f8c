/* A packed detail is a map of its words, a bit each, and then the words that are not zero. */
#include "pipeline_detail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define WORDS (sizeof(struct detail) / sizeof(uint64_t))
#define MAPS 4  /* words of the map */
#define BLOCK 8 /* words that are looked at together, as most are zero */

_Static_assert(WORDS <= MAPS * 64 && (MAPS + WORDS) * sizeof(uint64_t) <= SLABS_THING_MAX,
	       "room for all of them");

struct details {
	struct detail *open; /* [0] is not used */
	uint32_t limit, fresh, free, hand;
	struct slabs *packed;
	detail_lost *lost;
	void *context;
};

static size_t open_bytes(const struct details *details)
{
	return ((size_t)details->limit + 1) * sizeof(struct detail);
}

int details_new(struct details **details, uint32_t flows, detail_lost *lost, void *context)
{
	struct details *made = calloc(1, sizeof(*made));
	int error;

	*details = NULL;
	if (!made)
		return -ENOMEM;
	made->limit = flows < 2 ? 2 : flows < DETAILS_OPEN ? flows : DETAILS_OPEN; /* one is held */
	made->fresh = 1;
	made->lost = lost;
	made->context = context;
	made->open = pages_take_dense(open_bytes(made));
	error = made->open ? 0 : -ENOMEM;
	error = error ? error
		      : slabs_new(&made->packed, (size_t)flows * (MAPS + WORDS) * sizeof(uint64_t));
	if (error) {
		details_free(made);
		return error;
	}
	*details = made;
	return 0;
}

void details_free(struct details *details)
{
	if (!details)
		return;
	slabs_free(details->packed);
	pages_give(details->open, open_bytes(details));
	free(details);
}

/* Packing ------------------------------------------------------------------------------------- */

/* Adds those of `words` words that are not zero; returns how many packed words there are then. The number
 * is a constant wherever this is called, so that looking at all of them takes a few instructions. */
static inline size_t pack_block(const struct detail *detail, size_t at, size_t words,
				uint64_t packed[MAPS + WORDS + 1], size_t count)
{
	uint64_t word[BLOCK], any = 0;

	memcpy(word, (const char *)detail + at * sizeof(word[0]), words * sizeof(word[0]));
	for (size_t i = 0; i < words; i++)
		any |= word[i];
	if (any == 0)
		return count;
	for (size_t i = 0; i < words; i++) {
		packed[(at + i) / 64] |= (uint64_t)(word[i] != 0) << (at + i) % 64;
		packed[count] = word[i]; /* the next takes its place if it is zero */
		count += word[i] != 0;
	}
	return count;
}

static size_t pack(const struct detail *detail, uint64_t packed[MAPS + WORDS + 1])
{
	size_t count = MAPS, at = 0;

	memset(packed, 0, MAPS * sizeof(packed[0]));
	for (; at + BLOCK <= WORDS; at += BLOCK)
		count = pack_block(detail, at, BLOCK, packed, count);
	return pack_block(detail, at, WORDS % BLOCK, packed, count) * sizeof(packed[0]);
}

static void unpack(const uint64_t *packed, struct detail *detail)
{
	const uint64_t *word = packed + MAPS;

	memset(detail, 0, sizeof(*detail));
	for (size_t i = 0; i < MAPS; i++) {
		for (uint64_t map = packed[i]; map != 0; map &= map - 1) {
			size_t at = i * 64 + (size_t)__builtin_ctzll(map);

			memcpy((char *)detail + at * sizeof(*word), word++, sizeof(*word));
		}
	}
}

/* False: there is no room. */
static bool put_away(struct details *details, struct detail *detail)
{
	uint64_t packed[MAPS + WORDS + 1];
	struct flow *flow = detail->flow;
	size_t bytes = pack(detail, packed);
	uint32_t name = slabs_take(details->packed, bytes);

	if (name == 0)
		return false;
	memcpy(slabs_at(details->packed, name), packed, bytes);
	flow->detail = name;
	flow->is_packed = true;
	return true;
}

/* ------------------------------------------------------------------------------------------------ */

/* An open detail for another flow: the next after the one taken last that is not held. */
static uint32_t reclaim(struct details *details, const struct detail *held)
{
	do
		details->hand = details->hand % details->limit + 1;
	while (&details->open[details->hand] == held);

	struct detail *detail = &details->open[details->hand];

	if (!put_away(details, detail)) {
		details->lost(details->context, detail->flow);
		detail->flow->detail = 0;
	}
	return details->hand;
}

static uint32_t take(struct details *details, const struct detail *held)
{
	uint32_t number = details->free;

	if (number == 0)
		return details->fresh <= details->limit ? details->fresh++ : reclaim(details, held);
	details->free = details->open[number].next_free;
	return number;
}

static struct detail *reopen(struct details *details, struct flow *flow, const struct detail *held)
{
	uint32_t name = flow->detail;
	struct detail *detail = &details->open[flow->detail = take(details, held)];

	flow->is_packed = false;
	unpack(slabs_at(details->packed, name), detail);
	slabs_give(details->packed, name);
	return detail;
}

struct detail *details_find(struct details *details, struct flow *flow, const struct detail *held)
{
	if (flow->detail == 0)
		return NULL;
	return flow->is_packed ? reopen(details, flow, held) : &details->open[flow->detail];
}

struct detail *details_need(struct details *details, struct flow *flow, const struct detail *held)
{
	struct detail *detail = details_find(details, flow, held);

	if (detail)
		return detail;
	flow->detail = take(details, held);
	detail = &details->open[flow->detail];
	memset(detail, 0, sizeof(*detail));
	detail->flow = flow;
	return detail;
}

const struct detail *details_peek(const struct details *details, const struct flow *flow,
				  struct detail *copy)
{
	if (flow->detail == 0)
		return NULL;
	if (!flow->is_packed)
		return &details->open[flow->detail];
	unpack(slabs_at(details->packed, flow->detail), copy);
	return copy;
}

void details_drop(struct details *details, struct flow *flow)
{
	struct detail *detail = &details->open[flow->detail];

	detail->flow = NULL;
	detail->next_free = details->free;
	details->free = flow->detail;
	flow->detail = 0;
}

size_t details_packed_bytes(const struct details *details)
{
	return slabs_bytes(details->packed);
}
