/* hash_filter.h - tells of most keys that a hash table does not hold that it does not.
 *
 * Most look-ups find nothing, and their slot is in no cache. So a filter of a few bits a key, small enough to stay
 * there, is asked first. It goes by the upper half of a 64-bit hash, so that slots may go by the lower.
 */
#pragma once

#include "base/bits.h"

#define HASH_FILTER_BITS 4 /* of a slot, and tables have two slots or more for a key */

struct hash_filter {
	size_t mask;
	uint64_t *words; /* lent: hash_filter_bytes() of zeroes */
};

/* slots: a power of two. */
static inline size_t hash_filter_bytes(size_t slots)
{
	return BITS_WORDS(slots * HASH_FILTER_BITS) * sizeof(uint64_t);
}

static inline struct hash_filter hash_filter_over(void *zeroes, size_t slots)
{
	return (struct hash_filter){ hash_filter_bytes(slots) * 8 - 1, (uint64_t *)zeroes };
}

static inline void hash_filter_add(struct hash_filter *filter, uint64_t hash)
{
	bits_set(filter->words, hash >> 32 & filter->mask);
}

/* False: it was never added. */
static inline bool hash_filter_may_have(const struct hash_filter *filter, uint64_t hash)
{
	return bits_has(filter->words, hash >> 32 & filter->mask);
}
