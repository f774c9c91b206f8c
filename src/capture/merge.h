/* merge.h - which of many files has the next packet: a heap of (key, file).
 *
 * The smallest key is on top; of equal keys, the file that was named first.
 */
#pragma once

#include <stdint.h>

struct merge_entry {
	uint64_t key;
	uint32_t file;
};

struct merge {
	struct merge_entry *entries;
	uint32_t count; /* the room is the caller's business */
};

void merge_add(struct merge *merge, uint64_t key, uint32_t file);

/* All three need count > 0. */
uint32_t merge_top(const struct merge *merge);
void merge_rekey_top(struct merge *merge, uint64_t key);
void merge_drop_top(struct merge *merge);
