#include "base/hash.h"

#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct hash_seed hash_seed_random(void)
{
	struct hash_seed seed = hash_seed_fixed();

	/* A short read leaves part of the fixed seed: still a seed, only easier to guess. */
	if (getrandom(seed.words, sizeof(seed.words), 0) < 0)
		return hash_seed_fixed();
	return seed;
}

struct hash_seed hash_seed_fixed(void)
{
	return (struct hash_seed){ { 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f } };
}

uint64_t hash_bytes(const struct hash_seed *seed, const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, seed->words[0]) ^ seed->words[1];
}
