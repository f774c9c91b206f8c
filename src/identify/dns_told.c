#include "identify/dns_told.h"

#include <stdlib.h>

#include "base/bits.h"

#define WAYS 4 /* facts in a bucket: one cache line */

struct fact {
	uint64_t hash;
	uint64_t until_ns; /* 0 in a place never used */
};

struct dns_told {
	size_t buckets;
	uint64_t *begun;   /* as in dns_cache.c */
	struct fact *fact; /* buckets * WAYS */
};

struct dns_told *dns_told_new(size_t bytes)
{
	struct dns_told *told = calloc(1, sizeof(*told));

	if (!told)
		return NULL;
	told->buckets = bytes / (WAYS * sizeof(*told->fact));
	told->begun = calloc(BITS_WORDS(told->buckets), sizeof(*told->begun));
	told->fact = calloc(told->buckets * WAYS, sizeof(*told->fact));
	if (told->begun && told->fact)
		return told;
	dns_told_free(told);
	return NULL;
}

void dns_told_free(struct dns_told *told)
{
	if (!told)
		return;
	free(told->begun);
	free(told->fact);
	free(told);
}

/* The place of a fact in its bucket: its own or, failing that, that of the one that runs out soonest. */
static struct fact *place_of(struct fact *bucket, uint64_t hash)
{
	struct fact *place = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].hash == hash)
			return &bucket[i];
		if (bucket[i].until_ns < place->until_ns)
			place = &bucket[i];
	}
	return place;
}

void dns_told_add(struct dns_told *told, uint64_t hash, uint64_t until_ns)
{
	size_t bucket = (size_t)(hash % told->buckets);
	struct fact *place = &told->fact[bucket * WAYS];

	if (bits_has(told->begun, bucket)) {
		place = place_of(place, hash);
		if (place->hash == hash && place->until_ns > until_ns)
			return;
	}
	bits_set(told->begun, bucket);
	*place = (struct fact){ .hash = hash, .until_ns = until_ns };
}

bool dns_told_has(const struct dns_told *told, uint64_t hash, uint64_t now_ns)
{
	size_t bucket = (size_t)(hash % told->buckets);
	const struct fact *fact = &told->fact[bucket * WAYS];

	if (!bits_has(told->begun, bucket))
		return false;
	for (size_t i = 0; i < WAYS; i++)
		if (fact[i].hash == hash)
			return fact[i].until_ns > now_ns;
	return false;
}
