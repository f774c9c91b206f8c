/* prefix_table.h - the longest prefix that contains an address: built once, then only read.
 *
 * One hash table for all lengths, and a list of the lengths that occur: a look-up probes once per
 * length, longest first. Maps use few lengths (/16, /24, /32, /64, ...). Look-ups allocate nothing.
 */
#pragma once

#include <stddef.h>

#include "base/ip.h"

#define PREFIX_TABLE_ANY 129 /* `below` that excludes no length */

struct prefix_table;

/* capacity: the most prefixes that will be added. 0 and *table, given; or -ENOMEM. */
int prefix_table_new(struct prefix_table **table, size_t capacity);
void prefix_table_free(struct prefix_table *table);

/* Adds a prefix, unless it is there. Returns its value: `value`, or the one it had before. Past the
 * capacity: NULL. value is not NULL. */
void *prefix_table_add(struct prefix_table *table, const struct ip_prefix *prefix, void *value);

/* The value of the longest prefix shorter than `below` bits that contains the address, or NULL. Its
 * length is in *bits (may be NULL): pass it as `below` to get the next one out. */
void *prefix_table_find(const struct prefix_table *table, const struct ip_addr *addr,
			unsigned below, unsigned *bits);
