/* event_writer.h - an event as one line of JSON, driven by the one field table (event_fields.c).
 *
 * The table also makes docs/event.md and the JSON Schema, so what is written, documented and
 * checked is the same. Writes straight into the caller's bytes: no allocation, no printf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pewit/event.h"

#define EVENT_BYTES_MAX                                                                            \
	131072 /* longest line; a DNS message of 64 records with long names is 40 KB */

/* What writing takes beside the table: its rows sorted by type of event, and the texts written last. One
 * for each thread that writes. */
struct event_writer;

int event_writer_new(struct event_writer **writer);  /* 0 or -ENOMEM; given */
void event_writer_free(struct event_writer *writer); /* NULL is allowed */

/* Writes the event and a newline; returns the bytes written, at most EVENT_BYTES_MAX: what would
 * not fit is left out whole, field by field, and "cut": true says so. What it writes is the same
 * whatever the writer wrote before. */
size_t event_write_json(struct event_writer *writer, const struct event *event, char *bytes);

/* The documents made from the table. */
void event_print_docs(FILE *out);
void event_print_schema(FILE *out);
