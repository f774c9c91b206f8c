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

/* Writes the event and a newline; returns the bytes written, at most EVENT_BYTES_MAX: what would
 * not fit is left out whole, field by field, and "cut": true says so. */
size_t event_write_json(const struct event *event, char *bytes);

/* The documents made from the table. */
void event_print_docs(FILE *out);
void event_print_schema(FILE *out);
