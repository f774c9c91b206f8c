#include "import/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/emit.h"

#define LINE UINT32_C(0x80000000) /* in depth: a list on one line is open */
#define ESCAPED_MAX 6             /* bytes that one may become */

static bool reserve(struct writer *writer, size_t more)
{
	if (writer->failed)
		return false;
	if (more <= writer->room - writer->used)
		return true;
	size_t room = 2 * writer->room + more + 4096;
	char *bytes = realloc(writer->bytes, room);

	writer->failed = !bytes;
	if (!bytes)
		return false;
	writer->bytes = bytes;
	writer->room = room;
	return true;
}

static void raw(struct writer *writer, const char *text, size_t length)
{
	if (!reserve(writer, length))
		return;
	memcpy(writer->bytes + writer->used, text, length);
	writer->used += length;
}

static void quoted(struct writer *writer, const char *text)
{
	size_t most = ESCAPED_MAX * strlen(text) + 2;

	if (!reserve(writer, most))
		return;
	struct emit emit = emit_over(writer->bytes + writer->used, most);
	emit_text(&emit, text);
	writer->used = (size_t)(emit.at - writer->bytes);
}

static void newline(struct writer *writer)
{
	raw(writer, "\n", 1);
	for (unsigned i = 0; i < writer->depth; i++)
		raw(writer, " ", 1);
}

/* What stands before a value: comma, place and key. */
static void begin(struct writer *writer, const char *key)
{
	bool in_line = writer->depth & LINE;

	if (writer->comma)
		raw(writer, in_line ? ", " : ",", in_line ? 2 : 1);
	if (!in_line && writer->depth != 0)
		newline(writer);
	if (key) {
		quoted(writer, key);
		raw(writer, ": ", 2);
	}
	writer->comma = true;
}

void writer_open(struct writer *writer, const char *key, char bracket)
{
	begin(writer, key);
	raw(writer, &bracket, 1);
	writer->depth++;
	writer->comma = false;
}

void writer_close(struct writer *writer, char bracket)
{
	writer->depth--;
	if (writer->comma)
		newline(writer);
	raw(writer, &bracket, 1);
	writer->comma = true;
}

void writer_open_line(struct writer *writer, const char *key)
{
	begin(writer, key);
	raw(writer, "[", 1);
	writer->depth |= LINE;
	writer->comma = false;
}

void writer_close_line(struct writer *writer)
{
	raw(writer, "]", 1);
	writer->depth &= ~LINE;
	writer->comma = true;
}

void writer_text(struct writer *writer, const char *key, const char *text)
{
	if (!text)
		return;
	begin(writer, key);
	quoted(writer, text);
}

void writer_number(struct writer *writer, const char *key, double number)
{
	char digits[40];
	bool whole = floor(number) == number && fabs(number) < 1e15;
	int length = snprintf(digits, sizeof(digits), whole ? "%.0f" : "%.17g", number);

	begin(writer, key);
	raw(writer, digits, (size_t)length);
}

void writer_flag(struct writer *writer, const char *key, bool value)
{
	begin(writer, key);
	raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void writer_null(struct writer *writer, const char *key)
{
	begin(writer, key);
	raw(writer, "null", 4);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void writer_values(struct writer *writer, const char *key, struct values values)
{
	const char **sorted = values.count ? malloc(values.count * sizeof(*sorted)) : NULL;

	if (!sorted) {
		writer->failed |= values.count != 0;
		return;
	}
	memcpy(sorted, values.at, values.count * sizeof(*sorted));
	qsort(sorted, values.count, sizeof(*sorted), compare);
	writer_open_line(writer, key);
	for (size_t i = 0; i < values.count; i++) {
		if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0)
			writer_text(writer, NULL, sorted[i]);
	}
	writer_close_line(writer);
	free(sorted);
}

void writer_end(struct writer *writer)
{
	raw(writer, "\n", 1);
}
