/* hash.h - seeded hashing (XXH3), so that nobody outside can choose what collides. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_seed {
	uint64_t words[2];
};

/* From the kernel's random pool; live capture uses this. */
struct hash_seed hash_seed_random(void);

/* Always the same: replay uses it, so that one capture gives one output. */
struct hash_seed hash_seed_fixed(void);

uint64_t hash_bytes(const struct hash_seed *seed, const void *bytes, size_t size);
