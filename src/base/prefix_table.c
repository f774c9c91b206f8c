#include "base/prefix_table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define LENGTHS 129 /* 0 to 128 bits */

struct key { /* hashed and compared as bytes: 17 of them, no padding */
	uint8_t bytes[17];
};

struct slot {
	void *value; /* NULL: empty */
	struct key key;
};

struct prefix_table {
	struct hash_seed seed;
	size_t mask, left;
	uint8_t lengths[LENGTHS]; /* those that occur, longest first */
	unsigned length_count;
	struct slot slots[];
};

int prefix_table_new(struct prefix_table **table, size_t capacity)
{
	size_t slots = 2;

	*table = NULL;
	while (slots < 2 * capacity && slots < SIZE_MAX / (4 * sizeof(struct slot)))
		slots *= 2;
	if (slots < 2 * capacity)
		return -ENOMEM;
	*table = calloc(1, sizeof(**table) + slots * sizeof(struct slot));
	if (!*table)
		return -ENOMEM;
	(*table)->seed = hash_seed_fixed();
	(*table)->mask = slots - 1;
	(*table)->left = capacity;
	return 0;
}

void prefix_table_free(struct prefix_table *table)
{
	free(table);
}

static struct key key_of(const struct ip_addr *addr, unsigned bits)
{
	struct key key = { { 0 } };
	unsigned whole = bits / 8, rest = bits % 8;

	memcpy(key.bytes, addr->bytes, whole);
	if (rest != 0)
		key.bytes[whole] = addr->bytes[whole] & (uint8_t)(0xff00u >> rest);
	key.bytes[16] = (uint8_t)bits;
	return key;
}

static size_t place_of(const struct prefix_table *table, const struct key *key)
{
	size_t at = hash_bytes(&table->seed, key->bytes, sizeof(key->bytes)) & table->mask;

	while (table->slots[at].value && memcmp(&table->slots[at].key, key, sizeof(*key)) != 0)
		at = (at + 1) & table->mask;
	return at;
}

static void note_length(struct prefix_table *table, uint8_t bits)
{
	unsigned at = 0;

	while (at < table->length_count && table->lengths[at] > bits)
		at++;
	if (at < table->length_count && table->lengths[at] == bits)
		return;
	memmove(table->lengths + at + 1, table->lengths + at, table->length_count - at);
	table->lengths[at] = bits;
	table->length_count++;
}

void *prefix_table_add(struct prefix_table *table, const struct ip_prefix *prefix, void *value)
{
	struct key key = key_of(&prefix->addr, prefix->bits);
	struct slot *slot = &table->slots[place_of(table, &key)];

	if (slot->value)
		return slot->value;
	if (table->left == 0)
		return NULL;
	table->left--;
	*slot = (struct slot){ value, key };
	note_length(table, prefix->bits);
	return value;
}

void *prefix_table_find(const struct prefix_table *table, const struct ip_addr *addr,
			unsigned below, unsigned *bits)
{
	for (unsigned i = 0; i < table->length_count; i++) {
		if (table->lengths[i] >= below)
			continue;

		struct key key = key_of(addr, table->lengths[i]);
		void *value = table->slots[place_of(table, &key)].value;
		if (!value)
			continue;
		if (bits)
			*bits = table->lengths[i];
		return value;
	}
	return NULL;
}
