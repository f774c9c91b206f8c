/* json_writer.h - JSON text into the caller's bytes: no allocation, no printf.
 *
 * Whatever the strings hold, the text is valid JSON in valid UTF-8: well-formed UTF-8 passes,
 * control characters are escaped, and a byte that is not UTF-8 becomes the escape \u00XX of its
 * value. When the room ends, nothing more is written and `full` is set; json_rewind() to an
 * earlier mark clears it, so a caller can leave out just what did not fit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_writer {
	char *at;   /* next byte to write */
	char *end;  /* past the room */
	bool comma; /* a comma goes before the next key or element */
	bool full;  /* something did not fit; nothing has been written since */
};

struct json_mark {
	char *at;
	bool comma;
};

static inline struct json_writer json_over(char *bytes, size_t size)
{
	return (struct json_writer){ .at = bytes, .end = bytes + size };
}

static inline struct json_mark json_mark(const struct json_writer *json)
{
	return (struct json_mark){ json->at, json->comma };
}

static inline void json_rewind(struct json_writer *json, struct json_mark mark)
{
	json->at = mark.at;
	json->comma = mark.comma;
	json->full = false;
}

/* Text that is already JSON. */
static inline void json_raw(struct json_writer *json, const char *text, size_t length)
{
	if (json->full || length > (size_t)(json->end - json->at)) {
		json->full = true;
		return;
	}
	memcpy(json->at, text, length);
	json->at += length;
}

/* What stands between this element and the one before it. The value of a key follows without. */
static inline void json_separate(struct json_writer *json)
{
	if (json->comma)
		json_raw(json, ",", 1);
	json->comma = true;
}

/* Ready-made keys, quoted and with their colon, stand in arrays of this size, so that a copy has a
 * constant length: that is what makes keys cheap. */
#define JSON_KEY_ROOM 32

static inline void json_key(struct json_writer *json, const char key[JSON_KEY_ROOM], size_t length)
{
	json_separate(json);
	if (json->full || json->end - json->at < JSON_KEY_ROOM) {
		json_raw(json, key, length);
		return;
	}
	memcpy(json->at, key, JSON_KEY_ROOM);
	json->at += length;
}

static inline void json_open(struct json_writer *json, char bracket)
{
	json_raw(json, &bracket, 1);
	json->comma = false;
}

static inline void json_close(struct json_writer *json, char bracket)
{
	json_raw(json, &bracket, 1);
	json->comma = true;
}

void json_u64(struct json_writer *json, uint64_t value);
void json_bool(struct json_writer *json, bool value);
void json_string(struct json_writer *json, const char *text, size_t length);
void json_text(struct json_writer *json, const char *text); /* NUL-terminated */

/* A key that is not ready-made: "name": with escapes. */
void json_name(struct json_writer *json, const char *name, size_t length);

/* Decimal digits of value into text, no NUL; returns how many: at most JSON_U64_DIGITS. */
#define JSON_U64_DIGITS 20
size_t json_digits(uint64_t value, char *text);
