/* writer.h - JSON for people and machines: one member a line, indented by one space, lists of scalars on
 * one line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/inventory.h"

struct writer {
	char *bytes; /* free() them */
	size_t used, room;
	unsigned depth;
	bool comma;  /* something stands before, in this object or list */
	bool failed; /* no memory; nothing has been written since */
};

/* key: NULL in a list and for the whole. */
void writer_open(struct writer *writer, const char *key, char bracket);
void writer_close(struct writer *writer, char bracket);
void writer_text(struct writer *writer, const char *key, const char *text); /* NULL: nothing */
void writer_number(struct writer *writer, const char *key, double number);
void writer_flag(struct writer *writer, const char *key, bool value);
void writer_null(struct writer *writer, const char *key);

/* A list of scalars on one line: writer_open_line, the scalars with key NULL, writer_close_line. */
void writer_open_line(struct writer *writer, const char *key);
void writer_close_line(struct writer *writer);
/* Values, sorted; nothing if there are none. */
void writer_values(struct writer *writer, const char *key, struct values values);
void writer_end(struct writer *writer); /* the last newline */
