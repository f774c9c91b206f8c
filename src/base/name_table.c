/* DNS names by suffix.
 *
 * The table is a trie of labels from the right, laid flat: every suffix of every name is a node, and a
 * node's place is the hash of its labels, com, then azure under com, then openai under that. So the next
 * place follows from the text alone, and the processor can fetch it before the last one has
 * arrived. A slot holds 32 more bits of the hash, the name that ends here if one does, and how long
 * the longest label is that goes on from here, so that a longer one need not be read to its end. Eight
 * bytes, eight slots to a cache line, at most half of them used.
 *
 *     slot:  | tag: 32 bits of the hash | entry + 1: 26 bits | longest: 6 bits |      0: empty
 *
 * Two suffixes may have one place and tag. Where neither is a name that only costs a step; a name is
 * compared byte by byte before it is given; and two names that meet while the table is built make
 * it take another seed. Names in the table come from the owner's files, and only they decide who meets
 * whom: what comes from the wire can at worst be compared in vain.
 */
#include "base/name_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/eight.h"

#define FIRST_SLOTS 64
#define SEEDS_MAX 16 /* the first all but always serves: names must meet in place and in tag */

#define LONGEST_BITS 6
#define LONGEST_ANY ((1u << LONGEST_BITS) - 1) /* this long or longer: no limit; labels have 63 */
#define ENTRIES_MAX ((1u << (32 - LONGEST_BITS)) - 2)

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio: odd, no pattern */
#define LABEL_END UINT64_C(0xd1b54a32d192ed03)  /* tells "x.aaaaaaaa" from "xaaaaaaaa" */
#define TOO_LONG SIZE_MAX

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

static inline unsigned longest(uint32_t link)
{
	return link & LONGEST_ANY;
}

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * MULTIPLIER;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Mixes in the label before `end`, as words from its right; gives where it begins, or TOO_LONG when it
 * is longer than `most` by a word or more. Eight bytes can be read at `name`. */
static inline __attribute__((always_inline)) size_t mix_label(const char *name, size_t end,
							      unsigned most, uint64_t *hash)
{
	size_t left = most == LONGEST_ANY ? SIZE_MAX : most;

	for (;;) {
		size_t have = end < 8 ? end : 8;
		uint64_t word = end < 8 ? (end ? eight_load(name) << (64 - 8 * end) : 0)
					: eight_load(name + end - 8);
		uint64_t dots = eight_within(word, '.', '.');
		size_t after = dots ? (size_t)__builtin_clzll(dots) / 8 : have;

		word = eight_lower(word);
		if (after == 8) {
			if (left < 8)
				return TOO_LONG;
			left -= 8;
			end -= 8;
			*hash = mix(*hash, word);
			continue;
		}
		word = word >> 1 >> (63 - 8 * after); /* 8 * after bits, none included */
		*hash = mix(*hash, word ^ LABEL_END);
		return end - after;
	}
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

/* Notes that a label goes on from a node; an empty one counts as a byte. */
static void lengthen(struct slot *slot, size_t length)
{
	uint32_t least = length == 0 ? 1 : length < LONGEST_ANY ? (uint32_t)length : LONGEST_ANY;

	if (longest(slot->link) < least)
		slot->link = (slot->link & ~LONGEST_ANY) | least;
}

/* Puts the nodes of an entry into the slots. */
static enum placed place(struct name_table *table, size_t number)
{
	const struct entry *entry = &table->entry[number];
	char room[8];
	const char *name = readable(entry->name, entry->length, room);
	uint64_t hash = table->seed;
	size_t start = entry->length + 1;
	struct slot *above = NULL;

	while (start != 0) {
		size_t end = start - 1;

		start = mix_label(name, end, LONGEST_ANY, &hash);
		if (above)
			lengthen(above, end - start);
		above = slot_of(table, hash);
		if (above->link == 0) {
			if (2 * (table->used + 1) > table->mask + 1)
				return FULL;
			table->used++;
			above->tag = (uint32_t)(hash >> 32);
		}
	}
	if (above->link >> LONGEST_BITS != 0)
		return MET;
	above->link |= (uint32_t)(number + 1) << LONGEST_BITS;
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

/* Walks down the labels of a name; keeps the steps where a name of the table may begin. */
static unsigned descend(const struct name_table *table, const char *name, size_t length,
			struct name_step step[NAME_TABLE_LABELS_MAX])
{
	char room[8];
	const char *text = readable(name, length, room);
	uint64_t hash = table->seed;
	unsigned most = LONGEST_ANY, count = 0;

	for (size_t start = length + 1; start != 0 && most != 0;) {
		start = mix_label(text, start - 1, most, &hash);
		if (start == TOO_LONG)
			break;

		uint32_t link = slot_of(table, hash)->link;
		if (link >> LONGEST_BITS != 0 && count < NAME_TABLE_LABELS_MAX)
			step[count++] =
				(struct name_step){ (link >> LONGEST_BITS) - 1, (uint32_t)start };
		most = longest(link);
	}
	return count;
}

/* The entry of the whole name, or NULL. */
static const struct entry *entry_of(const struct name_table *table, const char *name, size_t length)
{
	struct name_step step[NAME_TABLE_LABELS_MAX];
	unsigned count = descend(table, name, length, step);
	const struct entry *entry = count ? &table->entry[step[count - 1].entry] : NULL;

	return entry && step[count - 1].start == 0 && entry->length == length &&
			       eight_same(name, entry->name, length)
		       ? entry
		       : NULL;
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
	walk->table = table;
	walk->name = name;
	walk->length = strnlen(name, NAME_TABLE_BYTES_MAX + 1);
	walk->left = walk->length > NAME_TABLE_BYTES_MAX
			     ? 0
			     : descend(table, name, walk->length, walk->step);
}

void *name_walk_next(struct name_walk *walk)
{
	while (walk->left != 0) {
		const struct name_step *step = &walk->step[--walk->left];
		const struct entry *entry = &walk->table->entry[step->entry];

		walk->start = step->start;
		if (entry->length == walk->length - step->start &&
		    eight_same(walk->name + step->start, entry->name, entry->length))
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
