/* emit.h - JSON text into the caller's bytes: no allocation, no printf.
 *
 * Whatever the strings hold, the text is valid JSON in valid UTF-8: well-formed UTF-8 passes,
 * control characters are escaped, and a byte that is not UTF-8 becomes the escape \u00XX of its
 * value. When the room ends, nothing more is written and `full` is set; emit_rewind() to an earlier
 * mark clears it, so a caller can leave out just what did not fit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct emit {
	char *at;   /* next byte to write */
	char *end;  /* past the room */
	bool comma; /* a comma goes before the next key or element */
	bool full;  /* something did not fit; nothing has been written since */
};

struct emit_mark {
	char *at;
	bool comma;
};

static inline struct emit emit_over(char *bytes, size_t size)
{
	return (struct emit){ .at = bytes, .end = bytes + size };
}

static inline struct emit_mark emit_mark(const struct emit *json)
{
	return (struct emit_mark){ json->at, json->comma };
}

static inline void emit_rewind(struct emit *json, struct emit_mark mark)
{
	json->at = mark.at;
	json->comma = mark.comma;
	json->full = false;
}

/* Whether so many bytes can be written straight to json->at. It may stand past the end: whoever lends room
 * for a bracket takes it back behind it. */
static inline bool emit_has(const struct emit *json, size_t bytes)
{
	return !json->full && (ptrdiff_t)bytes <= json->end - json->at;
}

/* Text that is already JSON. */
static inline void emit_raw(struct emit *json, const char *text, size_t length)
{
	if (!emit_has(json, length)) {
		json->full = true;
		return;
	}
	memcpy(json->at, text, length);
	json->at += length;
}

/* What stands between this element and the one before it. The value of a key follows without. */
static inline void emit_separate(struct emit *json)
{
	if (json->comma)
		emit_raw(json, ",", 1);
	json->comma = true;
}

/* Ready-made keys, quoted and with their colon, stand in arrays of this size, so that a copy has a
 * constant length: that is what makes keys cheap. */
#define EMIT_KEY_ROOM 32

static inline void emit_key(struct emit *json, const char key[EMIT_KEY_ROOM], size_t length)
{
	if (!emit_has(json, 1 + EMIT_KEY_ROOM)) {
		emit_separate(json);
		emit_raw(json, key, length);
		return;
	}
	*json->at = ',';
	json->at += json->comma;
	memcpy(json->at, key, EMIT_KEY_ROOM);
	json->at += length;
	json->comma = true;
}

static inline void emit_open(struct emit *json, char bracket)
{
	emit_raw(json, &bracket, 1);
	json->comma = false;
}

static inline void emit_close(struct emit *json, char bracket)
{
	emit_raw(json, &bracket, 1);
	json->comma = true;
}

/* Length of the well-formed UTF-8 sequence of 2 to 4 bytes that starts here, or 0 (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
size_t emit_utf8_length(const uint8_t *at, size_t left);

void emit_u64(struct emit *json, uint64_t value);
void emit_bool(struct emit *json, bool value);
void emit_string(struct emit *json, const char *text, size_t length);
void emit_text(struct emit *json, const char *text); /* NUL-terminated */

/* A key that is not ready-made: "name": with escapes. */
void emit_name(struct emit *json, const char *name, size_t length);

/* Decimal digits of value into text, no NUL; returns how many: at most EMIT_U64_DIGITS. */
#define EMIT_U64_DIGITS 20
size_t emit_digits(uint64_t value, char *text);

/* For those who write at `at` themselves and have made sure of the room: the end of what was written. */
static inline char *emit_at_u64(char *at, uint64_t value)
{
	if (value >= 10)
		return at + emit_digits(value, at);
	*at = (char)('0' + value);
	return at + 1;
}

/* The text in quotes, or NULL when some of it must be escaped, or may have to: then what stands at
 * `at` means nothing. Takes length + 2 bytes. */
char *emit_at_plain(char *at, const char *text, size_t length);

/* "00" to "99", one after the other: two digits at a time halve the divisions. */
#define EMIT_PAIRS_SIZE 201 /* with its NUL */
extern const char emit_pairs[EMIT_PAIRS_SIZE];
