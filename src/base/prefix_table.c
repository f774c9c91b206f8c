#include "base/prefix_table.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_filter.h"

#define LENGTHS 129   /* 0 to 128 bits */
#define BEGIN_BITS 12 /* of an IPv4 or IPv6 address */
#define BEGINS (1u << BEGIN_BITS)
#define V4_BEGINS 96 /* of 128 bits (RFC 4291 section 2.5.5.2) */

struct key { /* the prefix's bits as two numbers, the rest 0 */
	uint64_t high, low;
};

struct slot {
	void *value; /* NULL: empty */
	struct key key;
	uint8_t bits;
};

struct prefix_table {
	size_t mask, left;
	struct hash_filter filter;           /* its words stand after the slots */
	uint64_t begins[BITS_WORDS(BEGINS)]; /* of addresses that some prefix may hold */
	uint8_t lengths[LENGTHS];            /* those that occur, longest first */
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
	*table =
		calloc(1, sizeof(**table) + slots * sizeof(struct slot) + hash_filter_bytes(slots));
	if (!*table)
		return -ENOMEM;
	(*table)->filter = hash_filter_over(&(*table)->slots[slots], slots);
	(*table)->mask = slots - 1;
	(*table)->left = capacity;
	return 0;
}

void prefix_table_free(struct prefix_table *table)
{
	free(table);
}

static uint64_t number_at(const uint8_t bytes[8])
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return be64toh(number);
}

/* The first `bits` of 64, 0 to 64. */
static uint64_t mask_of(unsigned bits)
{
	return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

static struct key key_of(const struct key *addr, unsigned bits)
{
	return (struct key){ addr->high & mask_of(bits < 64 ? bits : 64),
			     addr->low & mask_of(bits > 64 ? bits - 64 : 0) };
}

static struct key address_of(const struct ip_addr *addr)
{
	return (struct key){ number_at(addr->bytes), number_at(addr->bytes + 8) };
}

/* Prefixes are the owner's, so nobody can choose them to fall together. */
static uint64_t hash_of(const struct key *key, unsigned bits)
{
	uint64_t mixed = (key->high ^ bits) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 32 ^ key->low) * UINT64_C(0xd6e8feb86659fd93);
	return mixed ^ mixed >> 32;
}

static size_t place_of(const struct prefix_table *table, const struct key *key, unsigned bits,
		       uint64_t hash)
{
	size_t at = hash & table->mask;

	while (table->slots[at].value &&
	       (table->slots[at].key.high != key->high || table->slots[at].key.low != key->low ||
		table->slots[at].bits != bits))
		at = (at + 1) & table->mask;
	return at;
}

static bool is_v4(const struct key *addr)
{
	return addr->high == 0 && addr->low >> 32 == 0xffff;
}

static unsigned begin_of(const struct key *addr)
{
	return is_v4(addr) ? (unsigned)(addr->low >> (32 - BEGIN_BITS) & (BEGINS - 1))
			   : (unsigned)(addr->high >> (64 - BEGIN_BITS));
}

/* A prefix so short that it holds addresses of many beginnings, or of both families, lets all through. */
static void note_begin(struct prefix_table *table, const struct key *prefix, unsigned bits)
{
	unsigned least = is_v4(prefix) ? V4_BEGINS + BEGIN_BITS : BEGIN_BITS;
	unsigned begin = begin_of(prefix);

	if (bits < least || (prefix->high == 0 && !is_v4(prefix)))
		memset(table->begins, 0xff, sizeof(table->begins));
	else
		bits_set(table->begins, begin);
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
	const struct key addr = address_of(&prefix->addr);
	struct key key = key_of(&addr, prefix->bits);
	uint64_t hash = hash_of(&key, prefix->bits);
	struct slot *slot = &table->slots[place_of(table, &key, prefix->bits, hash)];

	if (slot->value)
		return slot->value;
	if (table->left == 0)
		return NULL;
	table->left--;
	hash_filter_add(&table->filter, hash);
	*slot = (struct slot){ value, key, prefix->bits };
	note_length(table, prefix->bits);
	note_begin(table, &key, prefix->bits);
	return value;
}

void *prefix_table_find(const struct prefix_table *table, const struct ip_addr *addr,
			unsigned below, unsigned *bits)
{
	const struct key whole = address_of(addr);
	unsigned begin = begin_of(&whole);

	if (!bits_has(table->begins, begin))
		return NULL;
	for (unsigned i = 0; i < table->length_count; i++) {
		if (table->lengths[i] >= below)
			continue;

		struct key key = key_of(&whole, table->lengths[i]);
		uint64_t hash = hash_of(&key, table->lengths[i]);
		if (!hash_filter_may_have(&table->filter, hash))
			continue;
		void *value = table->slots[place_of(table, &key, table->lengths[i], hash)].value;
		if (!value)
			continue;
		if (bits)
			*bits = table->lengths[i];
		return value;
	}
	return NULL;
}
