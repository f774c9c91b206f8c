#include "base/text_table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/hash_filter.h"

struct slot {
	uint32_t hash; /* low bits of the key's; compared before the bytes */
	uint32_t length;
	const char *key;
	void *value; /* NULL: empty */
};

struct text_table {
	struct hash_seed seed; /* fixed: keys come from the owner's files, not from the wire */
	size_t mask, left;
	struct hash_filter filter; /* its words stand after the slots */
	struct slot slots[];
};

int text_table_new(struct text_table **table, size_t capacity)
{
	size_t slots = 2;

	*table = NULL;
	while (slots < 2 * capacity && slots < SIZE_MAX / (4 * sizeof(struct slot)))
		slots *= 2;
	if (slots < 2 * capacity)
		return -ENOMEM;
	*table =
		calloc(1, sizeof(**table) + slots * sizeof(struct slot) + hash_filter_bytes(slots));
	if (!*table)
		return -ENOMEM;
	(*table)->filter = hash_filter_over(&(*table)->slots[slots], slots);
	(*table)->seed = hash_seed_fixed();
	(*table)->mask = slots - 1;
	(*table)->left = capacity;
	return 0;
}

void text_table_free(struct text_table *table)
{
	free(table);
}

/* Index of the slot that holds the key, or of the empty one where it would go. */
static size_t place_of(const struct text_table *table, const char *key, size_t length,
		       uint32_t hash)
{
	size_t at = hash & table->mask;

	while (table->slots[at].value &&
	       (table->slots[at].hash != hash || table->slots[at].length != length ||
		memcmp(table->slots[at].key, key, length) != 0))
		at = (at + 1) & table->mask;
	return at;
}

void *text_table_add(struct text_table *table, const char *key, size_t length, void *value)
{
	uint64_t hash = hash_bytes(&table->seed, key, length);
	struct slot *slot = &table->slots[place_of(table, key, length, (uint32_t)hash)];

	if (slot->value)
		return slot->value;
	if (table->left == 0 || length > UINT32_MAX)
		return NULL;
	table->left--;
	hash_filter_add(&table->filter, hash);
	*slot = (struct slot){ (uint32_t)hash, (uint32_t)length, key, value };
	return value;
}

void *text_table_find(const struct text_table *table, const char *key, size_t length)
{
	uint64_t hash = hash_bytes(&table->seed, key, length);

	if (!hash_filter_may_have(&table->filter, hash))
		return NULL;
	return table->slots[place_of(table, key, length, (uint32_t)hash)].value;
}
