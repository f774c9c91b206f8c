/* DNS names by suffix.
 *
 * The table is a trie of labels from the right, laid flat: every suffix of every name is a node, and a
 * node's place is the hash of its labels, com, then azure under com, then openai under that. So the next
 * place follows from the text alone, and the processor can fetch it before the last one has
 * arrived. A slot holds 32 more bits of the hash, the name that ends here if one does, and whether longer
 * names go on from here: eight bytes, eight slots to a cache line, at most half of them used.
 *
 *     slot:  | tag: 32 bits of the hash | entry + 1: 31 bits | longer: 1 |      0: empty
 *
 * Two suffixes may have one place and tag. Where neither is a name that only costs a step; a name is
 * compared byte by byte before it is given; and two names that meet while the table is built make
 * it take another seed. Names in the table come from the owner's files, and only they decide who meets
 * whom: what comes from the wire can at worst be compared in vain.
 */
#include "base/name_table.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64
#define SEEDS_MAX 16 /* the first nearly always serves: 10,000 names meet in one table of 40 */
#define ENTRIES_MAX 0x3fffffff /* an entry's number, one added, has 31 bits in a slot */

#define MULTIPLIER 0x9e3779b97f4a7c15u /* odd, bits without pattern: 2^64 over the golden ratio */
#define LABEL_END 0xd1b54a32d192ed03u  /* tells "x.aaaaaaaa" from "xaaaaaaaa" */

#define EACH(byte) (0x0101010101010101u * (byte))

struct slot {
	uint32_t tag, link;
};

struct entry {
	const char *name;
	size_t length;
	void *value;
};

struct name_table {
	uint64_t seed;
	struct slot *slot;
	size_t mask, used;
	struct entry *entry;
	size_t entry_count, entry_room;
};

/* The first byte is the lowest, on any machine. */
static inline uint64_t load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* Letters of eight bytes made lower case. Seven bits of each byte are compared, so that no sum carries
 * into the next one. */
static inline uint64_t lower(uint64_t word)
{
	uint64_t seven = word & EACH(0x7f);
	uint64_t from_a = seven + EACH(0x80 - 'A'), past_z = seven + EACH(0x7f - 'Z');

	return word | ((from_a ^ past_z) & ~word & EACH(0x80)) >> 2;
}

/* The top bit of every byte that is a dot. */
static inline uint64_t dots(uint64_t word)
{
	uint64_t other = word ^ EACH('.');

	return ~(((other & EACH(0x7f)) + EACH(0x7f)) | other | EACH(0x7f));
}

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * MULTIPLIER;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Mixes in the label before `end`, as words from its right; returns where it begins. Eight bytes can be
 * read at `name`. */
static inline size_t mix_label(const char *name, size_t end, uint64_t *hash)
{
	while (end >= 8) {
		uint64_t word = lower(load(name + end - 8)), found = dots(word);

		if (found != 0) {
			unsigned after = (unsigned)__builtin_clzll(found); /* 0, 8, ... 56 bits */

			word = after ? word >> (64 - after) : 0;
			*hash = mix(*hash, word ^ LABEL_END);
			return end - after / 8;
		}
		*hash = mix(*hash, word);
		end -= 8;
	}

	uint64_t word = end ? lower(load(name) << (64 - 8 * end)) : 0, found = dots(word);
	size_t after = found ? (size_t)__builtin_clzll(found) / 8 : end;

	word = after ? word >> (64 - 8 * after) : 0;
	*hash = mix(*hash, word ^ LABEL_END);
	return end - after;
}

/* The slot of a hash, or the empty one where it would go. */
static inline struct slot *slot_of(const struct name_table *table, uint64_t hash)
{
	size_t at = hash & table->mask;
	uint32_t tag = (uint32_t)(hash >> 32);

	while (table->slot[at].link != 0 && table->slot[at].tag != tag)
		at = (at + 1) & table->mask;
	return &table->slot[at];
}

int name_table_new(struct name_table **table)
{
	struct name_table *made = calloc(1, sizeof(*made));

	*table = NULL;
	if (!made)
		return -ENOMEM;
	made->slot = calloc(FIRST_SLOTS, sizeof(*made->slot));
	if (!made->slot) {
		free(made);
		return -ENOMEM;
	}
	made->mask = FIRST_SLOTS - 1;
	*table = made;
	return 0;
}

void name_table_free(struct name_table *table)
{
	if (!table)
		return;
	free(table->slot);
	free(table->entry);
	free(table);
}

/* Where eight bytes can be read: a shorter name is copied to `room`. */
static inline const char *readable(const char *name, size_t length, char room[8])
{
	if (length >= 8)
		return name;
	memset(room, 0, 8);
	memcpy(room, name, length);
	return room;
}

enum placed { PLACED, FULL, MET };

/* Puts the nodes of an entry into the slots. */
static enum placed place(struct name_table *table, size_t number)
{
	const struct entry *entry = &table->entry[number];
	char room[8];
	const char *name = readable(entry->name, entry->length, room);
	uint64_t hash = table->seed;
	size_t start = entry->length + 1;

	while (start != 0) {
		start = mix_label(name, start - 1, &hash);

		struct slot *slot = slot_of(table, hash);
		if (slot->link == 0) {
			if (2 * (table->used + 1) > table->mask + 1)
				return FULL;
			table->used++;
			slot->tag = (uint32_t)(hash >> 32);
		}
		if (start != 0)
			slot->link |= 1;
		else if (slot->link >> 1 != 0)
			return MET;
		else
			slot->link |= (uint32_t)(number + 1) << 1;
	}
	return PLACED;
}

/* Places every entry anew, in more slots or by another seed. */
static bool place_all(struct name_table *table, size_t slots, uint64_t seed)
{
	for (unsigned attempt = 0; attempt < SEEDS_MAX;) {
		struct slot *slot = calloc(slots, sizeof(*slot));
		enum placed placed = PLACED;

		if (!slot)
			return false;
		free(table->slot);
		table->slot = slot;
		table->mask = slots - 1;
		table->used = 0;
		table->seed = seed;
		for (size_t i = 0; i < table->entry_count && placed == PLACED; i++)
			placed = place(table, i);
		if (placed == PLACED)
			return true;
		if (placed == FULL) {
			slots *= 2;
		} else {
			seed++;
			attempt++;
		}
	}
	return false;
}

static bool make_entry(struct name_table *table, const char *name, size_t length, void *value)
{
	if (table->entry_count == table->entry_room) {
		size_t room = table->entry_room ? 2 * table->entry_room : FIRST_SLOTS;
		struct entry *more = reallocarray(table->entry, room, sizeof(*more));

		if (!more)
			return false;
		table->entry = more;
		table->entry_room = room;
	}
	table->entry[table->entry_count++] = (struct entry){ name, length, value };
	return true;
}

static size_t label_count(const char *name, size_t length)
{
	size_t count = 1;

	for (size_t i = 0; i < length; i++)
		count += name[i] == '.';
	return count;
}

/* The entry of the whole name, or NULL. */
static const struct entry *entry_of(const struct name_table *table, const char *name, size_t length)
{
	char room[8];
	const char *text = readable(name, length, room);
	uint64_t hash = table->seed;
	size_t start = length + 1;

	for (;;) {
		start = mix_label(text, start - 1, &hash);

		uint32_t link = slot_of(table, hash)->link;
		if (start == 0) {
			const struct entry *entry =
				link >> 1 ? &table->entry[(link >> 1) - 1] : NULL;

			return entry && entry->length == length &&
					       name_is(name, entry->name, length)
				       ? entry
				       : NULL;
		}
		if ((link & 1) == 0)
			return NULL;
	}
}

void *name_table_add(struct name_table *table, const char *name, size_t length, void *value)
{
	if (length > NAME_TABLE_BYTES_MAX || label_count(name, length) > NAME_TABLE_LABELS_MAX)
		return NULL;

	const struct entry *there = entry_of(table, name, length);
	if (there)
		return there->value;
	if (table->entry_count == ENTRIES_MAX || !make_entry(table, name, length, value))
		return NULL;
	/* A name that was placed in part leaves steps that lead nowhere; placing anew removes them. */
	switch (place(table, table->entry_count - 1)) {
	case PLACED:
		return value;
	case FULL:
		return place_all(table, 2 * (table->mask + 1), table->seed) ? value : NULL;
	case MET:
		break;
	}
	return place_all(table, table->mask + 1, table->seed + 1) ? value : NULL;
}

void name_walk_begin(struct name_walk *walk, const struct name_table *table, const char *name)
{
	char room[8];
	size_t length = strnlen(name, NAME_TABLE_BYTES_MAX + 1), start = length + 1;
	const char *text = readable(name, length, room);
	uint64_t hash = table->seed;

	walk->table = table;
	walk->name = name;
	walk->length = length;
	walk->left = 0;
	if (length > NAME_TABLE_BYTES_MAX)
		return;
	while (start != 0 && walk->left < NAME_TABLE_LABELS_MAX) {
		start = mix_label(text, start - 1, &hash);

		uint32_t link = slot_of(table, hash)->link;
		if (link >> 1 != 0)
			walk->step[walk->left++] =
				(struct name_step){ (link >> 1) - 1, (uint32_t)start };
		if ((link & 1) == 0)
			return;
	}
}

void *name_walk_next(struct name_walk *walk)
{
	while (walk->left != 0) {
		const struct name_step *step = &walk->step[--walk->left];
		const struct entry *entry = &walk->table->entry[step->entry];

		walk->start = step->start;
		if (entry->length == walk->length - step->start &&
		    name_is(walk->name + step->start, entry->name, entry->length))
			return entry->value;
	}
	return NULL;
}

void *name_table_find(const struct name_table *table, const char *name)
{
	size_t length = strnlen(name, NAME_TABLE_BYTES_MAX + 1);
	const struct entry *entry =
		length > NAME_TABLE_BYTES_MAX ? NULL : entry_of(table, name, length);

	return entry ? entry->value : NULL;
}

bool name_is(const char *text, const char *lowered, size_t length)
{
	size_t at = 0;

	for (; length - at >= 8; at += 8) {
		if (lower(load(text + at)) != load(lowered + at))
			return false;
	}
	if (at == length)
		return true;
	if (length >= 8) /* the last eight, some of them again */
		return lower(load(text + length - 8)) == load(lowered + length - 8);

	uint64_t a = 0, b = 0;
	for (; at < length; at++) {
		a = a << 8 | (uint8_t)text[at];
		b = b << 8 | (uint8_t)lowered[at];
	}
	return lower(a) == b;
}

void name_copy_lower(char *to, const char *from, size_t length)
{
	size_t at = 0;

	for (; length - at >= 8; at += 8) {
		uint64_t word = htole64(lower(load(from + at)));

		memcpy(to + at, &word, sizeof(word));
	}
	for (; at < length; at++)
		to[at] = from[at] >= 'A' && from[at] <= 'Z' ? (char)(from[at] + 'a' - 'A')
							    : from[at];
	to[length] = '\0';
}
