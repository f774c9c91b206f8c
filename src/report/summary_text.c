#include "report/summary_text.h"

#include <string.h>

#include "base/units.h"
#include "event/event_text.h"

const char *summary_colour(bool colour, enum summary_colour which)
{
	static const char *const codes[SUMMARY_COLOURS] = {
		[SUMMARY_PLAIN] = "\033[0m",      [SUMMARY_BOLD] = "\033[1m",
		[SUMMARY_DIM] = "\033[2m",        [SUMMARY_GOOD] = "\033[1;32m",
		[SUMMARY_WARNING] = "\033[1;33m", [SUMMARY_BAD] = "\033[1;31m",
	};

	return colour ? codes[which] : "";
}

static void put_safe(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		putc(text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?', out);
}

void summary_cell(FILE *out, const char *text, unsigned width)
{
	size_t length = strlen(text);

	if (length <= width) {
		put_safe(out, text, length);
		fprintf(out, "%*s", (int)(width - length), "");
		return;
	}
	size_t tail = (width - 3) * 2 / 3; /* the end of a name says more than its beginning */
	size_t head = width - 3 - tail;

	put_safe(out, text, head);
	fputs("...", out);
	put_safe(out, text + length - tail, tail);
}

/* How much of the text goes on a line of `room` columns: up to the last space that fits, or all of
 * an endless word. */
static size_t line_length(const char *text, size_t room)
{
	size_t length = strlen(text);

	if (length <= room)
		return length;
	for (size_t i = room; i > 0; i--)
		if (text[i] == ' ')
			return i;
	return strcspn(text, " ");
}

void summary_wrapped(FILE *out, const char *first, const char *text)
{
	size_t indent = strlen(first);

	fputs(first, out);
	for (;;) {
		size_t length = line_length(text, SUMMARY_COLUMNS - indent);

		put_safe(out, text, length);
		putc('\n', out);
		text += length;
		while (*text == ' ')
			text++;
		if (*text == '\0')
			break;
		fprintf(out, "%*s", (int)indent, "");
	}
}

const char *summary_bytes(uint64_t bytes, char text[SUMMARY_BYTES_SIZE])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t tenths = bytes / 100;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(text, SUMMARY_BYTES_SIZE, "%u B", (unsigned)bytes);
		return text;
	}
	for (; tenths >= 10000 && unit < 5; unit++)
		tenths /= 1000;
	snprintf(text, SUMMARY_BYTES_SIZE, "%u.%u %s", (unsigned)(tenths / 10),
		 (unsigned)(tenths % 10), units[unit]);
	return text;
}

const char *summary_time(uint64_t time_ns, char text[SUMMARY_TIME_SIZE])
{
	event_text_date((int64_t)(time_ns / NS_PER_S), text);
	text[10] = ' ';
	text[EVENT_DATE_LENGTH] = '\0';
	return text;
}
