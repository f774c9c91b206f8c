/* Windows have one length and `now` never falls, so the order in which findings came is the order
 * in which their windows end: the slots are a ring, oldest first, and nothing needs sorting. A
 * hash table of chains through the slots finds a finding again.
 *
 * What an alert needs of a finding is kept packed, in a chain of blocks. They come from a pool that has
 * room for the longest findings, and those given back last are taken first, so that only as much
 * memory is touched as short ones need. */
#include "report/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/ip.h"

#define NO_SLOT UINT32_MAX
#define NO_BLOCK UINT32_MAX
#define BLOCK_BYTES 252 /* with its link, four cache lines */
#define BLOCKS_EACH ((FINDING_PACKED_MAX + BLOCK_BYTES - 1) / BLOCK_BYTES)

struct block {
	uint32_t next; /* of its finding, or free */
	uint8_t bytes[BLOCK_BYTES];
};

struct slot {
	uint64_t window_end_ns;
	struct alert repeats;
	uint64_t hash;
	uint32_t next;  /* in its chain */
	uint32_t block; /* first of the finding */
	uint32_t size;  /* of it, packed */
	uint32_t generation;
};

struct fold {
	struct hash_seed seed;
	uint64_t window_ns;
	uint32_t slot_count, oldest, used;
	uint32_t bucket_mask;
	uint32_t *buckets;
	struct slot *slots;
	struct block *blocks;
	uint32_t free_block, fresh_block; /* given back; never used */
	uint64_t asked;                   /* hash of the finding last asked for */
	uint32_t held[FOLD_GENERATIONS];  /* findings of a generation, by its number modulo these */
	struct finding finding;           /* unpacked */
	uint8_t packed[FINDING_PACKED_MAX];
};

int fold_new(struct fold **fold, uint32_t findings, uint64_t window_ns)
{
	*fold = NULL;
	if (findings == 0 || findings > FOLD_FINDINGS_MAX)
		return -EINVAL;

	struct fold *made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->seed = hash_seed_random(); /* the order of output does not rest on it */
	made->window_ns = window_ns;
	made->slot_count = findings;
	for (made->bucket_mask = 1; made->bucket_mask < findings;)
		made->bucket_mask = made->bucket_mask << 1 | 1;
	made->buckets = malloc(((size_t)made->bucket_mask + 1) * sizeof(*made->buckets));
	made->slots = calloc(findings, sizeof(*made->slots));
	made->blocks = calloc(findings * BLOCKS_EACH, sizeof(*made->blocks));
	made->free_block = NO_BLOCK;
	if (!made->buckets || !made->slots || !made->blocks) {
		fold_free(made);
		return -ENOMEM;
	}
	memset(made->buckets, 0xff, ((size_t)made->bucket_mask + 1) * sizeof(*made->buckets));
	*fold = made;
	return 0;
}

void fold_free(struct fold *fold)
{
	if (!fold)
		return;
	free(fold->buckets);
	free(fold->slots);
	free(fold->blocks);
	free(fold);
}

static const char *rule_of(const struct finding *finding)
{
	return finding->judgement.rule_id ? finding->judgement.rule_id : "";
}

/* Clients behind one address are several. */
static struct ip_addr client_of(const struct finding *finding)
{
	return ip_is_zero(&finding->flow.nat.src) ? finding->flow.src : finding->flow.nat.src;
}

static uint64_t hash_finding(const struct fold *fold, const struct finding *finding)
{
	struct {
		struct ip_addr src, dst;
		uint64_t port, rule, name;
	} key = {
		.src = client_of(finding),
		.dst = finding->flow.dst,
		.port = finding->flow.dst_port,
		.rule = hash_bytes(&fold->seed, rule_of(finding), strlen(rule_of(finding))),
		.name = hash_bytes(&fold->seed, finding->name_text, strlen(finding->name_text)),
	};

	return hash_bytes(&fold->seed, &key, sizeof(key));
}

static bool same(const struct finding *a, const struct finding *b)
{
	const struct ip_addr client = client_of(a), other = client_of(b);

	return ip_equal(&client, &other) &&
	       memcmp(&a->flow.dst, &b->flow.dst, sizeof(a->flow.dst)) == 0 &&
	       a->flow.dst_port == b->flow.dst_port && strcmp(rule_of(a), rule_of(b)) == 0 &&
	       strcmp(a->name_text, b->name_text) == 0;
}

/* There is a block: the pool has room for the longest of all findings. */
static uint32_t take_block(struct fold *fold)
{
	uint32_t at = fold->free_block;

	if (at == NO_BLOCK)
		return fold->fresh_block++;
	fold->free_block = fold->blocks[at].next;
	return at;
}

static void store(struct fold *fold, struct slot *slot, const struct finding *finding)
{
	uint32_t *link = &slot->block;
	uint32_t done = 0, part;

	slot->size = (uint32_t)finding_pack(finding, fold->packed);
	for (; done < slot->size; done += part) {
		uint32_t at = *link = take_block(fold);
		struct block *block = &fold->blocks[at];

		part = slot->size - done < BLOCK_BYTES ? slot->size - done : BLOCK_BYTES;
		memcpy(block->bytes, fold->packed + done, part);
		link = &block->next;
	}
	*link = NO_BLOCK;
}

/* Lent until the next call. */
static const struct finding *load(struct fold *fold, const struct slot *slot)
{
	uint32_t done = 0, at = slot->block, part;

	for (; done < slot->size; done += part, at = fold->blocks[at].next) {
		part = slot->size - done < BLOCK_BYTES ? slot->size - done : BLOCK_BYTES;
		memcpy(fold->packed + done, fold->blocks[at].bytes, part);
	}
	finding_unpack(fold->packed, slot->size, &fold->finding);
	return &fold->finding;
}

static void give_blocks_back(struct fold *fold, const struct slot *slot)
{
	uint32_t at = slot->block, next;

	for (; at != NO_BLOCK; at = next) {
		next = fold->blocks[at].next;
		fold->blocks[at].next = fold->free_block;
		fold->free_block = at;
	}
}

bool fold_repeat(struct fold *fold, const struct finding *finding)
{
	uint64_t hash = hash_finding(fold, finding);

	fold->asked = hash;
	for (uint32_t at = fold->buckets[hash & fold->bucket_mask]; at != NO_SLOT;
	     at = fold->slots[at].next) {
		struct slot *slot = &fold->slots[at];

		if (slot->hash != hash || !same(load(fold, slot), finding))
			continue;
		if (slot->repeats.count++ == 0)
			slot->repeats.first_ns = finding->time_ns;
		slot->repeats.last_ns = finding->time_ns;
		return true;
	}
	return false;
}

void fold_remember(struct fold *fold, const struct finding *finding, uint64_t now_ns,
		   uint32_t generation)
{
	uint32_t at = (uint32_t)(((uint64_t)fold->oldest + fold->used) % fold->slot_count);
	struct slot *slot = &fold->slots[at];

	fold->used++;
	slot->window_end_ns = now_ns + fold->window_ns;
	slot->repeats = (struct alert){ .is_summary = 1 };
	slot->hash = fold->asked;
	slot->generation = generation;
	fold->held[generation % FOLD_GENERATIONS]++;
	slot->next = fold->buckets[slot->hash & fold->bucket_mask];
	fold->buckets[slot->hash & fold->bucket_mask] = at;
	store(fold, slot, finding);
}

bool fold_holds(const struct fold *fold, uint32_t generation)
{
	return fold->held[generation % FOLD_GENERATIONS] != 0;
}

bool fold_is_full(const struct fold *fold)
{
	return fold->used == fold->slot_count;
}

bool fold_is_empty(const struct fold *fold)
{
	return fold->used == 0;
}

bool fold_is_due(const struct fold *fold, uint64_t now_ns)
{
	return fold->used != 0 && fold->slots[fold->oldest].window_end_ns <= now_ns;
}

const struct finding *fold_forget(struct fold *fold, struct alert *alert)
{
	uint32_t oldest = fold->oldest;
	struct slot *slot = &fold->slots[oldest];
	uint32_t *link = &fold->buckets[slot->hash & fold->bucket_mask];

	while (*link != oldest)
		link = &fold->slots[*link].next;
	*link = slot->next;
	fold->oldest = (oldest + 1) % fold->slot_count;
	fold->used--;
	fold->held[slot->generation % FOLD_GENERATIONS]--;

	*alert = slot->repeats;
	const struct finding *finding = alert->count != 0 ? load(fold, slot) : NULL;
	give_blocks_back(fold, slot);
	return finding;
}
