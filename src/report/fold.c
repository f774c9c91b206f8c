/* Windows have one length and `now` never falls, so the order in which findings came is the order
 * in which their windows end: the slots are a ring, oldest first, and nothing needs sorting. A
 * hash table of chains through the slots finds a finding again. */
#include "report/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define NO_SLOT UINT32_MAX

struct slot {
	uint64_t window_end_ns;
	struct alert repeats;
	uint64_t hash;
	uint32_t next; /* in its chain */
	struct finding finding;
};

struct fold {
	struct hash_seed seed;
	uint64_t window_ns;
	uint32_t slot_count, oldest, used;
	uint32_t bucket_mask;
	uint32_t *buckets;
	struct slot *slots;
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
	if (!made->buckets || !made->slots) {
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
	free(fold);
}

static const char *rule_of(const struct finding *finding)
{
	return finding->judgement.rule_id ? finding->judgement.rule_id : "";
}

static uint64_t hash_finding(const struct fold *fold, const struct finding *finding)
{
	struct {
		struct ip_addr src, dst;
		uint64_t port, rule, name;
	} key = {
		.src = finding->flow.src,
		.dst = finding->flow.dst,
		.port = finding->flow.dst_port,
		.rule = hash_bytes(&fold->seed, rule_of(finding), strlen(rule_of(finding))),
		.name = hash_bytes(&fold->seed, finding->name_text, strlen(finding->name_text)),
	};

	return hash_bytes(&fold->seed, &key, sizeof(key));
}

static bool same(const struct finding *a, const struct finding *b)
{
	return memcmp(&a->flow.src, &b->flow.src, sizeof(a->flow.src)) == 0 &&
	       memcmp(&a->flow.dst, &b->flow.dst, sizeof(a->flow.dst)) == 0 &&
	       a->flow.dst_port == b->flow.dst_port && strcmp(rule_of(a), rule_of(b)) == 0 &&
	       strcmp(a->name_text, b->name_text) == 0;
}

bool fold_repeat(struct fold *fold, const struct finding *finding)
{
	uint64_t hash = hash_finding(fold, finding);

	for (uint32_t at = fold->buckets[hash & fold->bucket_mask]; at != NO_SLOT;
	     at = fold->slots[at].next) {
		struct slot *slot = &fold->slots[at];

		if (slot->hash != hash || !same(&slot->finding, finding))
			continue;
		if (slot->repeats.count++ == 0)
			slot->repeats.first_ns = finding->time_ns;
		slot->repeats.last_ns = finding->time_ns;
		return true;
	}
	return false;
}

void fold_remember(struct fold *fold, const struct finding *finding, uint64_t now_ns)
{
	uint32_t at = (uint32_t)(((uint64_t)fold->oldest + fold->used) % fold->slot_count);
	struct slot *slot = &fold->slots[at];

	fold->used++;
	slot->window_end_ns = now_ns + fold->window_ns;
	slot->repeats = (struct alert){ .is_summary = 1 };
	slot->hash = hash_finding(fold, finding);
	slot->next = fold->buckets[slot->hash & fold->bucket_mask];
	fold->buckets[slot->hash & fold->bucket_mask] = at;
	memcpy(&slot->finding, finding, finding_size(finding));
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

	*alert = slot->repeats;
	return alert->count != 0 ? &slot->finding : NULL;
}
