/* text_table.h - strings to values: built once, then only read.
 *
 * Open addressing at most half full. Keys are lent and must outlive the table; they are compared as
 * bytes (make both sides lower case first). Look-ups allocate nothing.
 */
#pragma once

#include <stddef.h>

struct text_table;

/* capacity: the most keys that will be added. 0 and *table, given; or -ENOMEM. */
int text_table_new(struct text_table **table, size_t capacity);
void text_table_free(struct text_table *table);

/* Adds a key, unless it is there. Returns its value: `value`, or the one it had before. Keys past
 * the capacity are not added, and give NULL. value is not NULL. */
void *text_table_add(struct text_table *table, const char *key, size_t length, void *value);

/* The value, or NULL. */
void *text_table_find(const struct text_table *table, const char *key, size_t length);
