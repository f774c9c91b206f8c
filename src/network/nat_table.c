/* Buckets of eight. A bucket's heads stand together in one cache line, the entries apart, so that most
 * look-ups of what is not translated, which are most, touch two lines and no entry.
 *
 *     head:   | tag (32), from the hash; 0: empty or at work | version (32) |
 *     entry:  | key (5 words) | sides (5 words) | the writer's notes |
 *
 * Why a reader never takes a torn entry. The writer of an entry
 *     1. stores the head with tag 0 and the next version,        (relaxed)
 *     2. a release fence,
 *     3. stores the words,                                       (relaxed)
 *     4. stores the head with its tag and the version after.     (release)
 * The reader
 *     a. loads the head,                                         (acquire)
 *     b. loads the words,                                        (relaxed)
 *     c. an acquire fence,
 *     d. loads the head again and wants what it was in a.        (relaxed)
 * By a and 4 the words are at least as new as the head of a. Should one be newer, it was stored in a later
 * step 3; then the fences of 2 and c pair, and d sees that writer's step 1 or something later: another
 * version. Words are atomic, so there is no data race in C's sense either. A version comes back after 2^32
 * stores to one place, within one look-up. A writer that is preempted between 1 and 4 hides one entry, the
 * one it writes; readers pass on. */
#include "network/nat_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define WAYS 8
#define WORDS 5
#define READ_TRIES 4 /* a place that changes under a reader this often is not worth more */
#define SWEEP_S 4    /* in which the whole table is swept */

_Static_assert(sizeof(struct nat_tuple) == WORDS * 8, "a key is whole words");
_Static_assert(sizeof(struct nat_sides) == WORDS * 8, "so is what it stands for");

struct bucket {
	uint64_t head[WAYS];
};

struct entry {
	uint64_t key[WORDS], sides[WORDS];
	/* The writer's alone. */
	uint32_t born_s;
	uint32_t dies_s; /* 0: it lives */
	uint32_t list;   /* the list of all connections that it was in last */
	uint32_t unused;
};

struct nat_table {
	struct bucket *buckets;
	struct entry *entries; /* WAYS for each bucket */
	uint32_t bucket_mask;
	uint32_t swept, swept_s; /* next bucket; when a part was swept last */
	uint32_t list;
	struct hash_seed seed;
	struct nat_table_stats stats;
};

struct place {
	uint32_t bucket[2];
	uint32_t tag;
};

static size_t bucket_bytes(const struct nat_table *table)
{
	return ((size_t)table->bucket_mask + 1) * sizeof(struct bucket);
}

static size_t entry_bytes(const struct nat_table *table)
{
	return ((size_t)table->bucket_mask + 1) * WAYS * sizeof(struct entry);
}

int nat_table_new(struct nat_table **table, uint32_t entries, struct hash_seed seed)
{
	struct nat_table *made;

	*table = NULL;
	if (entries == 0 || entries > NAT_TABLE_ENTRIES_MAX)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	for (made->bucket_mask = 1; (made->bucket_mask + 1) * WAYS < entries;)
		made->bucket_mask = made->bucket_mask << 1 | 1;
	made->seed = seed;
	made->buckets = pages_take(bucket_bytes(made));
	made->entries = pages_take(entry_bytes(made));
	if (!made->buckets || !made->entries) {
		nat_table_free(made);
		return -ENOMEM;
	}
	*table = made;
	return 0;
}

void nat_table_free(struct nat_table *table)
{
	if (!table)
		return;
	pages_give(table->buckets, bucket_bytes(table));
	pages_give(table->entries, entry_bytes(table));
	free(table);
}

static struct place place_of(const struct nat_table *table, const struct nat_tuple *key)
{
	uint64_t hash = hash_bytes(&table->seed, key, sizeof(*key));
	uint32_t tag = (uint32_t)(hash >> 32) | 1; /* never 0; the low bits choose the bucket */
	uint32_t first = (uint32_t)hash & table->bucket_mask;

	return (struct place){ { first, (first ^ tag >> 1) & table->bucket_mask }, tag };
}

static uint32_t tag_of(uint64_t head)
{
	return (uint32_t)(head >> 32);
}

/* Reading, from any thread ------------------------------------------------------------------- */

static void load_words(const uint64_t from[WORDS], uint64_t to[WORDS])
{
	for (int i = 0; i < WORDS; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

static bool read_entry(const struct nat_table *table, uint32_t bucket, unsigned way, uint32_t tag,
		       struct entry *copy)
{
	const uint64_t *head = &table->buckets[bucket].head[way];
	const struct entry *entry = &table->entries[(size_t)bucket * WAYS + way];

	for (int i = 0; i < READ_TRIES; i++) {
		uint64_t before = __atomic_load_n(head, __ATOMIC_ACQUIRE);

		if (tag_of(before) != tag)
			return false;
		load_words(entry->key, copy->key);
		load_words(entry->sides, copy->sides);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(head, __ATOMIC_RELAXED) == before)
			return true;
	}
	return false;
}

bool nat_table_find(const struct nat_table *table, const struct nat_tuple *key,
		    struct nat_sides *sides)
{
	const struct place place = place_of(table, key);
	struct entry copy;

	for (int i = 0; i < 2; i++)
		for (unsigned way = 0; way < WAYS; way++) {
			if (!read_entry(table, place.bucket[i], way, place.tag, &copy) ||
			    memcmp(copy.key, key, sizeof(*key)) != 0)
				continue;
			memcpy(sides, copy.sides, sizeof(*sides));
			return true;
		}
	return false;
}

/* Writing, from one -------------------------------------------------------------------------- */

static void store_words(uint64_t to[WORDS], const void *from)
{
	uint64_t words[WORDS];

	memcpy(words, from, sizeof(words));
	for (int i = 0; i < WORDS; i++)
		__atomic_store_n(&to[i], words[i], __ATOMIC_RELAXED);
}

static uint64_t *head_of(struct nat_table *table, size_t at)
{
	return &table->buckets[at / WAYS].head[at % WAYS];
}

/* The version in an empty head goes on counting. */
static void hide(struct nat_table *table, size_t at)
{
	uint64_t *head = head_of(table, at);

	__atomic_store_n(head, (uint32_t)(*head + 1), __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void show(struct nat_table *table, size_t at, uint32_t tag)
{
	uint64_t *head = head_of(table, at);

	__atomic_store_n(head, (uint64_t)tag << 32 | (uint32_t)(*head + 1), __ATOMIC_RELEASE);
}

static void forget(struct nat_table *table, size_t at)
{
	hide(table, at);
	table->stats.entries--;
}

#define NOWHERE SIZE_MAX
static size_t where_is(struct nat_table *table, const struct place *place,
		       const struct nat_tuple *key)
{
	for (int i = 0; i < 2; i++)
		for (unsigned way = 0; way < WAYS; way++) {
			size_t at = (size_t)place->bucket[i] * WAYS + way;

			if (tag_of(*head_of(table, at)) == place->tag &&
			    memcmp(table->entries[at].key, key, sizeof(*key)) == 0)
				return at;
		}
	return NOWHERE;
}

/* Whether a gives way before b: ended ones first, then by age. */
static bool is_worth_less(const struct entry *a, const struct entry *b)
{
	if ((a->dies_s != 0) != (b->dies_s != 0))
		return a->dies_s != 0;
	return a->dies_s != 0 ? a->dies_s < b->dies_s : a->born_s < b->born_s;
}

static unsigned used_in(const struct nat_table *table, uint32_t bucket)
{
	unsigned used = 0;

	for (unsigned way = 0; way < WAYS; way++)
		used += tag_of(table->buckets[bucket].head[way]) != 0;
	return used;
}

/* A place in the emptier bucket; when both are full, that of the entry worth least. */
static size_t make_room(struct nat_table *table, const struct place *place)
{
	bool second = used_in(table, place->bucket[1]) < used_in(table, place->bucket[0]);
	size_t least = (size_t)place->bucket[0] * WAYS;

	for (int i = 0; i < 2; i++)
		for (unsigned way = 0; way < WAYS; way++) {
			size_t at = (size_t)place->bucket[i ^ second] * WAYS + way;

			if (tag_of(*head_of(table, at)) == 0)
				return at;
			if (is_worth_less(&table->entries[at], &table->entries[least]))
				least = at;
		}
	table->stats.evicted += table->entries[least].dies_s == 0;
	forget(table, least);
	return least;
}

void nat_table_put(struct nat_table *table, const struct nat_tuple *key,
		   const struct nat_sides *sides, uint32_t now_s)
{
	const struct place place = place_of(table, key);
	size_t at = where_is(table, &place, key);
	struct entry *entry;

	if (at == NOWHERE || memcmp(table->entries[at].sides, sides, sizeof(*sides)) != 0) {
		if (at == NOWHERE)
			at = make_room(table, &place);
		else
			forget(table, at);
		hide(table, at);
		store_words(table->entries[at].key, key);
		store_words(table->entries[at].sides, sides);
		show(table, at, place.tag);
		table->stats.entries++;
		table->entries[at].born_s = now_s;
	}
	entry = &table->entries[at];
	entry->dies_s = 0;
	entry->list = table->list;
}

static void end_entry(struct entry *entry, uint32_t now_s)
{
	if (entry->dies_s == 0)
		entry->dies_s = now_s + NAT_LINGER_S;
}

void nat_table_end(struct nat_table *table, const struct nat_tuple *key,
		   const struct nat_sides *sides, uint32_t now_s)
{
	const struct place place = place_of(table, key);
	size_t at = where_is(table, &place, key);

	if (at != NOWHERE && memcmp(table->entries[at].sides, sides, sizeof(*sides)) == 0)
		end_entry(&table->entries[at], now_s);
}

void nat_table_drop(struct nat_table *table, const struct nat_tuple *key)
{
	const struct place place = place_of(table, key);
	size_t at = where_is(table, &place, key);

	if (at != NOWHERE)
		forget(table, at);
}

void nat_table_sweep(struct nat_table *table, uint32_t now_s)
{
	uint32_t buckets = table->bucket_mask + 1, part = buckets / SWEEP_S + 1;

	if (now_s == table->swept_s)
		return;
	table->swept_s = now_s;
	for (; part > 0; part--, table->swept = (table->swept + 1) & table->bucket_mask)
		for (unsigned way = 0; way < WAYS; way++) {
			size_t at = (size_t)table->swept * WAYS + way;
			uint32_t dies_s = table->entries[at].dies_s;

			if (tag_of(*head_of(table, at)) != 0 && dies_s != 0 && dies_s <= now_s)
				forget(table, at);
		}
}

void nat_table_list_begins(struct nat_table *table)
{
	table->list++;
}

void nat_table_list_ends(struct nat_table *table, uint32_t now_s)
{
	size_t count = ((size_t)table->bucket_mask + 1) * WAYS;

	for (size_t at = 0; at < count; at++)
		if (tag_of(*head_of(table, at)) != 0 && table->entries[at].list != table->list)
			end_entry(&table->entries[at], now_s);
}

struct nat_table_stats nat_table_stats(const struct nat_table *table)
{
	return table->stats;
}
