/* A poptrie (Asai, Ohara, SIGCOMM 2015). The first 16 bits of an address index a table; each node
 * then takes 6 more. A node is two bit fields over its 64 places and two places in arrays:
 *
 *	children   bit v: what begins with v goes on in a node; that node is
 *	           nodes[first_child + set bits of `children` below v]
 *	leaves     bit v: from place v on, another answer holds than before; the answer at v is
 *	           answers[first_answer + set bits of `leaves` up to v - 1]
 *
 * Places with a child are passed over in `leaves`, so runs of one answer cost one entry however many
 * children lie between. An answer of a place already takes in all shorter prefixes: a look-up goes
 * down only, and the last thing it reads is the answer.
 *
 * Keys are 128 bits, the first bit of the address on top; IPv4's are shifted up so that both families
 * walk alike from their own table.
 */
#include "base/prefix_trie.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BITS 16
#define FIRST_SIZE (1u << FIRST_BITS)
#define STEP_BITS 6
#define STEP_SIZE (1u << STEP_BITS)
#define V4_SHIFT 96               /* where an IPv4 address begins in struct ip_addr */
#define IS_ANSWER (1u << 31)      /* in the first table: an answer, not a node */
#define NO_ANSWER (IS_ANSWER - 1) /* PREFIX_TRIE_NONE, as it is stored */

typedef unsigned __int128 key_type;

struct node {
	uint64_t children, leaves;
	uint32_t first_child, first_answer;
};

struct prefix_trie {
	struct node *nodes;
	uint32_t *answers;
	uint32_t node_count, node_room, answer_count, answer_room;
	uint32_t v4[FIRST_SIZE], v6[FIRST_SIZE];
};

/* A run of the sorted list that lies in one place, and what holds in all of it. */
struct run {
	const struct ip_prefix *prefixes;
	uint32_t from, to;
	unsigned shift; /* V4_SHIFT or 0 */
	uint32_t answer;
};

static bool is_v4(const struct ip_prefix *prefix)
{
	return prefix->bits >= V4_SHIFT && ip_is_v4(&prefix->addr);
}

int prefix_trie_compare(const struct ip_prefix *a, const struct ip_prefix *b)
{
	int order = (int)is_v4(b) - (int)is_v4(a);

	order = order ? order : memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
	return order ? order : (int)a->bits - (int)b->bits;
}

static key_type key_of(const struct ip_addr *addr, unsigned shift)
{
	uint64_t high, low;

	memcpy(&high, addr->bytes, sizeof(high));
	memcpy(&low, addr->bytes + 8, sizeof(low));
	return ((key_type)be64toh(high) << 64 | be64toh(low)) << shift;
}

static unsigned step_of(key_type key, unsigned depth)
{
	return (unsigned)(key << depth >> (128 - STEP_BITS));
}

/* Building ----------------------------------------------------------------------------------- */

/* Room for `more` entries of `size` bytes; they are not set. */
static bool grow(void **array, uint32_t *room, uint32_t used, uint32_t more, size_t size)
{
	uint64_t need = (uint64_t)used + more, want = *room ? *room : 1024;
	void *moved;

	if (need <= *room)
		return true;
	while (want < need)
		want *= 2;
	if (want >= NO_ANSWER)
		return false;
	moved = realloc(*array, want * size);
	if (!moved)
		return false;
	*array = moved;
	*room = (uint32_t)want;
	return true;
}

static bool add_answer(struct prefix_trie *trie, uint32_t answer)
{
	if (!grow((void **)&trie->answers, &trie->answer_room, trie->answer_count, 1,
		  sizeof(*trie->answers)))
		return false;
	trie->answers[trie->answer_count++] = answer;
	return true;
}

/* The end of those from `from` on that share its first `bits` bits. */
static uint32_t end_of_place(const struct run *run, uint32_t from, unsigned bits)
{
	key_type first = key_of(&run->prefixes[from].addr, run->shift) >> (128 - bits);
	uint32_t at = from + 1;

	while (at < run->to && key_of(&run->prefixes[at].addr, run->shift) >> (128 - bits) == first)
		at++;
	return at;
}

struct place {
	uint32_t answer;
	uint32_t from, to; /* of the list: those that go on below; none: from == to */
};

/* Sorts the prefixes of a run into the 64 places of a node at this depth. */
static void fill_places(const struct run *run, unsigned depth, struct place places[STEP_SIZE])
{
	for (unsigned v = 0; v < STEP_SIZE; v++)
		places[v] = (struct place){ .answer = run->answer };
	for (uint32_t i = run->from; i < run->to;) {
		const struct ip_prefix *prefix = &run->prefixes[i];
		unsigned bits = prefix->bits - run->shift - depth;
		unsigned v = step_of(key_of(&prefix->addr, run->shift), depth);

		if (bits > STEP_BITS) {
			places[v].from = i;
			places[v].to = end_of_place(run, i, depth + STEP_BITS);
			i = places[v].to;
			continue;
		}
		for (unsigned n = 0; n < 1u << (STEP_BITS - bits); n++)
			places[v + n].answer = i;
		i++;
	}
}

static bool fill_node(struct prefix_trie *trie, uint32_t number, const struct run *run,
		      unsigned depth)
{
	struct place places[STEP_SIZE];
	struct node node = { .first_child = trie->node_count, .first_answer = trie->answer_count };
	uint32_t last = PREFIX_TRIE_NONE, child = trie->node_count;

	fill_places(run, depth, places);
	for (unsigned v = 0; v < STEP_SIZE; v++) {
		if (places[v].from != places[v].to) {
			node.children |= 1ull << v;
			continue;
		}
		if (node.leaves != 0 && places[v].answer == last)
			continue;
		last = places[v].answer;
		node.leaves |= 1ull << v;
		if (!add_answer(trie, last))
			return false;
	}
	unsigned children = (unsigned)__builtin_popcountll(node.children);
	if (!grow((void **)&trie->nodes, &trie->node_room, trie->node_count, children,
		  sizeof(*trie->nodes)))
		return false;
	trie->node_count += children;
	trie->nodes[number] = node;
	for (unsigned v = 0; v < STEP_SIZE; v++) {
		const struct run below = { run->prefixes, places[v].from, places[v].to, run->shift,
					   places[v].answer };

		if (below.from != below.to && !fill_node(trie, child++, &below, depth + STEP_BITS))
			return false;
	}
	return true;
}

static bool fill_first(struct prefix_trie *trie, uint32_t *first, const struct run *run)
{
	for (uint32_t i = run->from; i < run->to;) {
		const struct ip_prefix *prefix = &run->prefixes[i];
		unsigned bits = prefix->bits - run->shift;
		uint32_t v = (uint32_t)(key_of(&prefix->addr, run->shift) >> (128 - FIRST_BITS));

		if (bits <= FIRST_BITS) {
			for (uint32_t n = 0; n < 1u << (FIRST_BITS - bits); n++)
				first[v + n] = IS_ANSWER | i;
			i++;
			continue;
		}
		const struct run below = { run->prefixes, i, end_of_place(run, i, FIRST_BITS),
					   run->shift, first[v] & ~IS_ANSWER };

		if (!grow((void **)&trie->nodes, &trie->node_room, trie->node_count, 1,
			  sizeof(*trie->nodes)))
			return false;
		first[v] = trie->node_count++;
		if (!fill_node(trie, first[v], &below, FIRST_BITS))
			return false;
		i = below.to;
	}
	return true;
}

static bool is_sorted(const struct ip_prefix *prefixes, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (prefix_trie_compare(&prefixes[i - 1], &prefixes[i]) >= 0)
			return false;
	return count < NO_ANSWER;
}

static bool fill(struct prefix_trie *trie, const struct ip_prefix *prefixes, uint32_t count)
{
	struct run v4 = { prefixes, 0, 0, V4_SHIFT, NO_ANSWER };

	while (v4.to < count && is_v4(&prefixes[v4.to]))
		v4.to++;
	const struct run v6 = { prefixes, v4.to, count, 0, NO_ANSWER };

	return fill_first(trie, trie->v4, &v4) && fill_first(trie, trie->v6, &v6);
}

/* Gives back the room that is not used. */
static void trim(struct prefix_trie *trie)
{
	void *nodes = realloc(trie->nodes, (trie->node_count + 1) * sizeof(*trie->nodes));
	void *answers = realloc(trie->answers, (trie->answer_count + 1) * sizeof(*trie->answers));

	trie->nodes = nodes ? nodes : trie->nodes;
	trie->answers = answers ? answers : trie->answers;
}

int prefix_trie_new(struct prefix_trie **trie, const struct ip_prefix *prefixes, uint32_t count)
{
	struct prefix_trie *made;

	*trie = NULL;
	if (!is_sorted(prefixes, count))
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	for (uint32_t v = 0; v < FIRST_SIZE; v++)
		made->v4[v] = made->v6[v] = IS_ANSWER | NO_ANSWER;
	if (!fill(made, prefixes, count)) {
		prefix_trie_free(made);
		return -ENOMEM;
	}
	trim(made);
	*trie = made;
	return 0;
}

void prefix_trie_free(struct prefix_trie *trie)
{
	if (!trie)
		return;
	free(trie->nodes);
	free(trie->answers);
	free(trie);
}

/* Looking up --------------------------------------------------------------------------------- */

uint32_t prefix_trie_find(const struct prefix_trie *trie, const struct ip_addr *addr)
{
	bool v4 = ip_is_v4(addr);
	key_type key = key_of(addr, v4 ? V4_SHIFT : 0);
	uint32_t at = (v4 ? trie->v4 : trie->v6)[key >> (128 - FIRST_BITS)];
	const struct node *node;
	uint64_t through; /* this place and those before it */

	if (at & IS_ANSWER) {
		at &= ~IS_ANSWER;
		return at == NO_ANSWER ? PREFIX_TRIE_NONE : at;
	}
	for (unsigned depth = FIRST_BITS;; depth += STEP_BITS) {
		unsigned v = step_of(key, depth);

		node = &trie->nodes[at];
		through = (2ull << v) - 1;
		if ((node->children >> v & 1) == 0)
			break;
		at = node->first_child + (uint32_t)__builtin_popcountll(node->children & through) -
		     1;
	}
	at = trie->answers[node->first_answer +
			   (uint32_t)__builtin_popcountll(node->leaves & through) - 1];
	return at == NO_ANSWER ? PREFIX_TRIE_NONE : at;
}

size_t prefix_trie_bytes(const struct prefix_trie *trie)
{
	return sizeof(*trie) + trie->node_count * sizeof(*trie->nodes) +
	       trie->answer_count * sizeof(*trie->answers);
}
