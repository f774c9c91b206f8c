#include "base/json_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"
#define SHOWN 24 /* bytes of what stands there, in a message */

/* Messages ----------------------------------------------------------------------------------- */

/* Lines and columns from 1; columns are bytes. Counted when something is wrong, and only then. */
static void place_of(const struct json_scan *scan, const char *at, size_t *line, size_t *column)
{
	const char *start = scan->text;

	*line = 1;
	for (const char *end = start; (end = memchr(end, '\n', (size_t)(at - end))); start = ++end)
		++*line;
	*column = (size_t)(at - start) + 1;
}

void json_scan_wrong(struct json_scan *scan, const char *at, const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	size_t line, column;
	va_list arguments;

	if (scan->error != 0)
		return;
	scan->error = -EINVAL;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	place_of(scan, at, &line, &column);
	fault_set(scan->fault, "%s:%zu:%zu: %s", scan->path, line, column, sentence);
}

static void pass_blanks(struct json_scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
		scan->at++;
}

/* What stands at the cursor, for "expected x, found y". */
static const char *found(const struct json_scan *scan, char room[SHOWN + 3])
{
	size_t length = 0;

	if (scan->at == scan->end)
		return "the end of the file: it is cut short";
	if (*scan->at == '"')
		return "a string";
	while (length < SHOWN && scan->at + length < scan->end && scan->at[length] > ' ' &&
	       scan->at[length] < 0x7f && (length == 0 || !strchr(",]}", scan->at[length])))
		length++;
	if (length == 0)
		return "bytes that are no text";
	room[0] = '"';
	memcpy(room + 1, scan->at, length);
	memcpy(room + 1 + length, "\"", 2);
	return room;
}

static void expected(struct json_scan *scan, const char *what)
{
	char room[SHOWN + 3];

	json_scan_wrong(scan, scan->at, "expected %s, found %s", what, found(scan, room));
}

/* Structure ---------------------------------------------------------------------------------- */

struct json_scan json_scan_over(const char *text, size_t length, const char *path,
				struct fault *fault)
{
	struct json_scan scan = { .text = text,
				  .at = text,
				  .end = text + length,
				  .path = path,
				  .value = text,
				  .fault = fault };

	if (length >= 3 && memcmp(text, BOM, 3) == 0)
		scan.at += 3;
	else if (length >= 2 &&
		 (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		json_scan_wrong(&scan, text, "the file is in UTF-16; save it as UTF-8");
	return scan;
}

int json_scan_end(struct json_scan *scan)
{
	pass_blanks(scan);
	if (scan->error == 0 && scan->at != scan->end)
		expected(scan, "nothing more");
	return scan->error;
}

bool json_scan_is(struct json_scan *scan, char first)
{
	pass_blanks(scan);
	return scan->error == 0 && scan->at < scan->end && *scan->at == first;
}

bool json_scan_begin(struct json_scan *scan, char bracket)
{
	if (scan->error != 0)
		return false;
	if (!json_scan_is(scan, bracket)) {
		expected(scan, bracket == '{' ? "an object" : "a list");
		return false;
	}
	scan->at++;
	scan->inside = true;
	return true;
}

/* To what follows in an object or array; false at its end. */
static bool advance(struct json_scan *scan, char closing)
{
	if (scan->error != 0)
		return false;
	if (json_scan_is(scan, closing)) {
		scan->at++;
		scan->inside = false;
		return false;
	}
	if (!scan->inside) {
		if (!json_scan_is(scan, ',')) {
			expected(scan, closing == '}' ? "a comma or }" : "a comma or ]");
			return false;
		}
		scan->at++;
	}
	scan->inside = false;
	pass_blanks(scan);
	return true;
}

bool json_scan_element(struct json_scan *scan)
{
	return advance(scan, ']');
}

/* Strings ------------------------------------------------------------------------------------ */

struct room { /* what is read of a string; `left` keeps a byte for the NUL */
	char *at;
	size_t left;
	bool cut;
};

static void add(struct room *room, char c)
{
	if (room->left == 0) {
		room->cut = true;
		return;
	}
	*room->at++ = c;
	room->left--;
}

static void add_utf8(struct room *room, uint32_t code)
{
	if (code < 0x80) {
		add(room, (char)code);
		return;
	}
	if (code < 0x800) {
		add(room, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		add(room, (char)(0xe0 | code >> 12));
		add(room, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		add(room, (char)(0xf0 | code >> 18));
		add(room, (char)(0x80 | (code >> 12 & 0x3f)));
		add(room, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	add(room, (char)(0x80 | (code & 0x3f)));
}

/* The four digits behind \u; false: they are none. */
static bool take_hex(struct json_scan *scan, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		char c = scan->at < scan->end ? *scan->at : '\0';
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return false;
		*code = *code << 4 | (uint32_t)digit;
		scan->at++;
	}
	return true;
}

/* A character outside the basic plane is two escapes (RFC 8259 section 7). A NUL would end the text
 * early for some and not for others: it is refused. */
static bool take_unicode(struct json_scan *scan, struct room *room)
{
	uint32_t code, low;

	if (!take_hex(scan, &code) || code == 0)
		return false;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || scan->end - scan->at < 2 || memcmp(scan->at, "\\u", 2) != 0)
			return false;
		scan->at += 2;
		if (!take_hex(scan, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(room, code);
	return true;
}

static bool take_escape(struct json_scan *scan, struct room *room)
{
	static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char c = scan->at < scan->end ? *scan->at++ : '\0';
	const char *known = c == '\0' ? NULL : strchr(escapes, c);

	if (c == 'u')
		return take_unicode(scan, room);
	if (!known)
		return false;
	add(room, meant[known - escapes]);
	return true;
}

/* The string at the cursor. False: it is none. What does not fit is cut, and *cut says so. */
static bool take_string(struct json_scan *scan, char *text, size_t size, bool *cut)
{
	struct room room = { text, size - 1, false };

	scan->value = scan->at++;
	while (scan->at < scan->end && *scan->at != '"') {
		const char *at = scan->at;
		char c = *scan->at++;

		if (c == '\\' && !take_escape(scan, &room))
			json_scan_wrong(scan, at, "no such escape in a string");
		else if ((unsigned char)c < ' ')
			json_scan_wrong(scan, at,
					"a string goes past the end of its line, or has a "
					"control character");
		else if (c != '\\')
			add(&room, c);
		if (scan->error != 0)
			return false;
	}
	if (scan->at == scan->end) {
		json_scan_wrong(scan, scan->value, "the string has no end: the file is cut short");
		return false;
	}
	scan->at++;
	*room.at = '\0';
	*cut = room.cut;
	return true;
}

bool json_scan_member(struct json_scan *scan, char *key, size_t size)
{
	bool cut;

	if (!advance(scan, '}'))
		return false;
	if (!json_scan_is(scan, '"')) {
		expected(scan, "a key in quotes");
		return false;
	}
	if (!take_string(scan, key, size, &cut))
		return false;
	if (!json_scan_is(scan, ':')) {
		expected(scan, "a colon");
		return false;
	}
	scan->at++;
	return true;
}

bool json_scan_text(struct json_scan *scan, char *text, size_t size)
{
	bool cut = false;

	text[0] = '\0';
	if (scan->error != 0)
		return false;
	if (!json_scan_is(scan, '"')) {
		expected(scan, "a string");
		return false;
	}
	if (!take_string(scan, text, size, &cut))
		return false;
	if (cut)
		json_scan_wrong(scan, scan->value, "the string is longer than %zu bytes", size - 1);
	return !cut;
}

/* Other values ------------------------------------------------------------------------------- */

uint32_t json_scan_number(struct json_scan *scan)
{
	uint64_t number = 0;

	pass_blanks(scan);
	scan->value = scan->at;
	if (scan->error != 0)
		return 0;
	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' && number <= UINT32_MAX)
		number = 10 * number + (uint64_t)(*scan->at++ - '0');
	if (scan->at == scan->value || number > UINT32_MAX ||
	    (scan->at < scan->end && strchr("0123456789.eE+-", *scan->at))) {
		scan->at = scan->value;
		expected(scan, "a whole number below 2^32");
		return 0;
	}
	return (uint32_t)number;
}

/* true, false, null or a number; of that, only that it is made of a number's letters. */
static void skip_word(struct json_scan *scan)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t left = (size_t)(scan->end - scan->at), length = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (left >= strlen(words[i]) && memcmp(scan->at, words[i], strlen(words[i])) == 0)
			length = strlen(words[i]);
	if (length == 0)
		while (length < left && scan->at[length] != '\0' &&
		       strchr("0123456789.eE+-", scan->at[length]))
			length++;
	if (length == 0)
		expected(scan, "a value");
	scan->at += length;
}

static void skip(struct json_scan *scan, unsigned depth)
{
	char text[1];
	bool cut;

	pass_blanks(scan);
	if (depth == 0) {
		json_scan_wrong(scan, scan->at, "values lie more than %d deep", JSON_SCAN_DEPTH);
	} else if (json_scan_is(scan, '"')) {
		take_string(scan, text, sizeof(text), &cut);
	} else if (json_scan_is(scan, '{')) {
		json_scan_begin(scan, '{');
		while (json_scan_member(scan, text, sizeof(text)))
			skip(scan, depth - 1);
	} else if (json_scan_is(scan, '[')) {
		json_scan_begin(scan, '[');
		while (json_scan_element(scan))
			skip(scan, depth - 1);
	} else if (scan->error == 0) {
		skip_word(scan);
	}
}

void json_scan_skip(struct json_scan *scan)
{
	skip(scan, JSON_SCAN_DEPTH);
}
