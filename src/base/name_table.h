/* name_table.h - DNS names to values, found by whole-label suffix: built once, then only read.
 *
 * A walk over a name gives every name of the table that it is, or lies below, longest first:
 * a.blob.core.windows.net gives blob.core.windows.net, and not b.core.windows.net. It reads the name once
 * from its right end, eight bytes at a time and in any case, and stops at the first label that begins no
 * name of the table. So it costs tens of nanoseconds, however long the name and however large the table.
 * Look-ups allocate nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_TABLE_BYTES_MAX 255  /* of a name, RFC 1035 section 2.3.4 */
#define NAME_TABLE_LABELS_MAX 128 /* 255 bytes hold no more that are not empty */

struct name_table;

int name_table_new(struct name_table **table);  /* 0 and *table, given; or -ENOMEM */
void name_table_free(struct name_table *table); /* NULL is allowed */

/* Adds a lower-case name, lent: it must outlive the table. Returns its value, which is not NULL: `value`,
 * or the one it had before. NULL: it is longer than a name may be, or there is no memory. */
void *name_table_add(struct name_table *table, const char *name, size_t length, void *value);

struct name_step {
	uint32_t entry, start;
};

struct name_walk {
	const struct name_table *table;
	const char *name; /* lent, any case */
	size_t length;
	size_t start; /* where the last one given begins in the name; 0: it is the whole name */
	unsigned left;
	struct name_step step[NAME_TABLE_LABELS_MAX]; /* shortest first; not yet compared */
};

/* Begins a walk over a name without trailing dot. A name too long to be one gives nothing. */
void name_walk_begin(struct name_walk *walk, const struct name_table *table, const char *name);
/* The value of the next shorter name, or NULL at the end. */
void *name_walk_next(struct name_walk *walk);

/* The value of the whole name, any case; or NULL. */
void *name_table_find(const struct name_table *table, const char *name);
