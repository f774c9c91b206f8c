/* nat_table.h - from a connection as it is on one wire to its ends beyond the translation.
 *
 * One thread writes (the control thread, from conntrack's events); any number of workers read, without a
 * lock, and neither waits for the other. Bounded: a key has sixteen places, those of two buckets; when all
 * are taken, one that has ended gives way, else the oldest, which is counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "pewit/nat.h"

#define NAT_TABLE_ENTRIES_MAX (1u << 24)

/* An ended connection is kept this long: its flow may be reported late. Conntrack itself keeps TCP for two
 * minutes after its end, and a flow's first event puts what was found beside the flow. */
#define NAT_LINGER_S 30

struct nat_table;

/* entries: rounded up to a power of two, at least 16. Returns 0, -EINVAL or -ENOMEM; given. */
int nat_table_new(struct nat_table **table, uint32_t entries, struct hash_seed seed);
void nat_table_free(struct nat_table *table); /* NULL is allowed */

/* Of the writer. now_s: any clock that does not fall. */
void nat_table_put(struct nat_table *table, const struct nat_tuple *key,
		   const struct nat_sides *sides, uint32_t now_s);
/* The connection is over: it lingers. Only if it has these sides: its ports may have a new owner. */
void nat_table_end(struct nat_table *table, const struct nat_tuple *key,
		   const struct nat_sides *sides, uint32_t now_s);
/* The key is a connection's that is not translated. */
void nat_table_drop(struct nat_table *table, const struct nat_tuple *key);
/* Forgets what has lingered: the whole table once in some seconds, a part a call. Call every second. */
void nat_table_sweep(struct nat_table *table, uint32_t now_s);

/* A list of all connections begins, and has ended: what was not put in between is over. */
void nat_table_list_begins(struct nat_table *table);
void nat_table_list_ends(struct nat_table *table, uint32_t now_s);

/* Of any thread. False: not translated, as far as is known. */
bool nat_table_find(const struct nat_table *table, const struct nat_tuple *key,
		    struct nat_sides *sides);

struct nat_table_stats { /* of the writer's thread */
	uint64_t entries, evicted;
};
struct nat_table_stats nat_table_stats(const struct nat_table *table);
