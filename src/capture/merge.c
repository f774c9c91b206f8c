#include "capture/merge.h"

#include <stdbool.h>

static bool before(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->key != b->key ? a->key < b->key : a->file < b->file;
}

static void swap(struct merge *merge, uint32_t a, uint32_t b)
{
	struct merge_entry entry = merge->entries[a];

	merge->entries[a] = merge->entries[b];
	merge->entries[b] = entry;
}

static void sink(struct merge *merge)
{
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < merge->count) {
		if (child + 1 < merge->count &&
		    before(&merge->entries[child + 1], &merge->entries[child]))
			child++;
		if (!before(&merge->entries[child], &merge->entries[at]))
			return;
		swap(merge, at, child);
		at = child;
	}
}

void merge_add(struct merge *merge, uint64_t key, uint32_t file)
{
	uint32_t at = merge->count++;

	merge->entries[at] = (struct merge_entry){ key, file };
	while (at > 0 && before(&merge->entries[at], &merge->entries[(at - 1) / 2])) {
		swap(merge, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

uint32_t merge_top(const struct merge *merge)
{
	return merge->entries[0].file;
}

void merge_rekey_top(struct merge *merge, uint64_t key)
{
	merge->entries[0].key = key;
	sink(merge);
}

void merge_drop_top(struct merge *merge)
{
	merge->entries[0] = merge->entries[--merge->count];
	sink(merge);
}
