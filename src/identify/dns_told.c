#include "identify/dns_told.h"

#include <stdlib.h>

#define WAYS 4 /* facts in a bucket: one cache line */

struct fact {
	uint64_t hash;
	uint64_t until_ns; /* 0 in a place never used */
};

struct dns_told {
	size_t buckets;
	struct fact fact[]; /* buckets * WAYS */
};

struct dns_told *dns_told_new(size_t bytes)
{
	size_t buckets = bytes / (WAYS * sizeof(struct fact));
	struct dns_told *told = calloc(1, sizeof(*told) + buckets * WAYS * sizeof(struct fact));

	if (told)
		told->buckets = buckets;
	return told;
}

void dns_told_free(struct dns_told *told)
{
	free(told);
}

static size_t bucket_of(const struct dns_told *told, uint64_t hash)
{
	return (size_t)(hash % told->buckets) * WAYS;
}

void dns_told_add(struct dns_told *told, uint64_t hash, uint64_t until_ns)
{
	struct fact *bucket = &told->fact[bucket_of(told, hash)], *place = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].hash == hash) {
			place = &bucket[i];
			until_ns = until_ns > place->until_ns ? until_ns : place->until_ns;
			break;
		}
		if (bucket[i].until_ns < place->until_ns)
			place = &bucket[i];
	}
	*place = (struct fact){ .hash = hash, .until_ns = until_ns };
}

bool dns_told_has(const struct dns_told *told, uint64_t hash, uint64_t now_ns)
{
	const struct fact *bucket = &told->fact[bucket_of(told, hash)];

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].hash == hash)
			return bucket[i].until_ns > now_ns;
	return false;
}
