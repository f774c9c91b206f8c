#include "base/emit.h"

static const char hex[] = "0123456789abcdef";

/* Two digits at a time halve the divisions. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
			    "34353637383940414243444546474849505152535455565758596061626364656667"
			    "68697071727374757677787980818283848586878889909192939495969798"
			    "99";

size_t emit_digits(uint64_t value, char *text)
{
	char reversed[EMIT_U64_DIGITS];
	size_t at = sizeof(reversed);

	while (value >= 100) {
		at -= 2;
		memcpy(reversed + at, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(reversed + at, pairs + value * 2, 2);
	} else {
		reversed[--at] = (char)('0' + value);
	}
	memcpy(text, reversed + at, sizeof(reversed) - at);
	return sizeof(reversed) - at;
}

void emit_u64(struct emit *json, uint64_t value)
{
	char text[EMIT_U64_DIGITS];

	emit_raw(json, text, emit_digits(value, text));
}

void emit_bool(struct emit *json, bool value)
{
	if (value)
		emit_raw(json, "true", 4);
	else
		emit_raw(json, "false", 5);
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static bool is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether all eight bytes are plain, by arithmetic on each byte at once: a byte below 0x80 is less
 * than n exactly when n is taken from it with a borrow into its top bit, and equal to n when their
 * difference is less than 1. A borrow can only make this say no too often, never yes. */
static bool are_plain(const uint8_t *at)
{
	uint64_t bytes, suspect;

	memcpy(&bytes, at, sizeof(bytes));
	suspect = bytes | (bytes - EACH(0x20)) | (bytes + EACH(1));
	suspect |= (bytes ^ EACH('"')) - EACH(1);
	suspect |= (bytes ^ EACH('\\')) - EACH(1);
	return (suspect & EACH(0x80)) == 0;
}

/* Length of the well-formed UTF-8 sequence of 2 to 4 bytes that starts here, or 0 (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const uint8_t *at, size_t left)
{
	if (left >= 2 && at[0] >= 0xc2 && at[0] <= 0xdf)
		return is_tail(at[1]) ? 2 : 0;
	if (left >= 3 && (at[0] & 0xf0) == 0xe0) {
		bool overlong = at[0] == 0xe0 && at[1] < 0xa0;
		bool surrogate = at[0] == 0xed && at[1] > 0x9f;

		return is_tail(at[1]) && is_tail(at[2]) && !overlong && !surrogate ? 3 : 0;
	}
	if (left >= 4 && at[0] >= 0xf0 && at[0] <= 0xf4) {
		bool overlong = at[0] == 0xf0 && at[1] < 0x90;
		bool beyond = at[0] == 0xf4 && at[1] > 0x8f;

		if (is_tail(at[1]) && is_tail(at[2]) && is_tail(at[3]) && !overlong && !beyond)
			return 4;
	}
	return 0;
}

static void escape(struct emit *json, uint8_t byte)
{
	const char unicode[] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
	const char quoted[] = { '\\', (char)byte };

	switch (byte) {
	case '"':
	case '\\':
		emit_raw(json, quoted, sizeof(quoted));
		break;
	case '\n':
		emit_raw(json, "\\n", 2);
		break;
	case '\r':
		emit_raw(json, "\\r", 2);
		break;
	case '\t':
		emit_raw(json, "\\t", 2);
		break;
	default:
		emit_raw(json, unicode, sizeof(unicode));
	}
}

void emit_string(struct emit *json, const char *text, size_t length)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + length;

	emit_raw(json, "\"", 1);
	while (at < end && !json->full) {
		const uint8_t *run = at;

		while (end - at >= 8 && are_plain(at))
			at += 8;
		while (at < end && is_plain(*at))
			at++;
		if (at > run)
			emit_raw(json, (const char *)run, (size_t)(at - run));
		if (at == end)
			break;

		size_t sequence = utf8_length(at, (size_t)(end - at));
		if (sequence != 0) {
			emit_raw(json, (const char *)at, sequence);
			at += sequence;
		} else {
			escape(json, *at++);
		}
	}
	emit_raw(json, "\"", 1);
}

void emit_text(struct emit *json, const char *text)
{
	emit_string(json, text, strlen(text));
}

void emit_name(struct emit *json, const char *name, size_t length)
{
	emit_separate(json);
	emit_string(json, name, length);
	emit_raw(json, ":", 1);
}
