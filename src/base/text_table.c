#include "base/text_table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct slot {
	uint32_t hash; /* low bits of the key's; compared before the bytes */
	uint32_t length;
	const char *key;
	void *value; /* NULL: empty */
};

/* Most look-ups find nothing, and their slot is in no cache. So a filter of a few bits a key, small enough to stay
 * there, is asked first. */
struct text_table {
	struct hash_seed seed; /* fixed: keys come from the owner's files, not from the wire */
	size_t mask, left;
	size_t filter_mask;
	uint64_t *filter; /* a bit for each hash, after the slots */
	struct slot slots[];
};

#define FILTER_BITS 4 /* of a slot, and there are two slots or more for a key */

int text_table_new(struct text_table **table, size_t capacity)
{
	size_t slots = 2;

	*table = NULL;
	while (slots < 2 * capacity && slots < SIZE_MAX / (4 * sizeof(struct slot)))
		slots *= 2;
	if (slots < 2 * capacity)
		return -ENOMEM;
	size_t filter_bits = slots * FILTER_BITS < 64 ? 64 : slots * FILTER_BITS;

	*table = calloc(1, sizeof(**table) + slots * sizeof(struct slot) + filter_bits / 8);
	if (!*table)
		return -ENOMEM;
	(*table)->filter = (uint64_t *)&(*table)->slots[slots];
	(*table)->filter_mask = filter_bits - 1;
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

/* The slots go by the lower half of the hash. */
static size_t filter_bit(const struct text_table *table, uint64_t hash)
{
	return hash >> 32 & table->filter_mask;
}

void *text_table_add(struct text_table *table, const char *key, size_t length, void *value)
{
	uint64_t hash = hash_bytes(&table->seed, key, length);
	struct slot *slot = &table->slots[place_of(table, key, length, (uint32_t)hash)];
	size_t bit = filter_bit(table, hash);

	if (slot->value)
		return slot->value;
	if (table->left == 0 || length > UINT32_MAX)
		return NULL;
	table->left--;
	table->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	*slot = (struct slot){ (uint32_t)hash, (uint32_t)length, key, value };
	return value;
}

void *text_table_find(const struct text_table *table, const char *key, size_t length)
{
	uint64_t hash = hash_bytes(&table->seed, key, length);
	size_t bit = filter_bit(table, hash);

	if (!(table->filter[bit / 64] >> bit % 64 & 1))
		return NULL;
	return table->slots[place_of(table, key, length, (uint32_t)hash)].value;
}
