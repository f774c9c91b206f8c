#include "base/emit.h"

static const char hex[] = "0123456789abcdef";

const char emit_pairs[EMIT_PAIRS_SIZE] =
	"00010203040506070809101112131415161718192021222324252627282930313233"
	"34353637383940414243444546474849505152535455565758596061626364656667"
	"68697071727374757677787980818283848586878889909192939495969798"
	"99";

/* How many digits: bits times log10(2), rounded down, is the power of ten that the value reaches or just
 * misses. */
static unsigned digits_of(uint64_t value)
{
	static const uint64_t power[EMIT_U64_DIGITS] = {
		0, /* so that 0 has a digit */
		10,
		100,
		1000,
		10000,
		100000,
		1000000,
		10000000,
		100000000,
		1000000000,
		10000000000,
		100000000000,
		1000000000000,
		10000000000000,
		100000000000000,
		1000000000000000,
		10000000000000000,
		100000000000000000,
		1000000000000000000,
		10000000000000000000u,
	};
	unsigned tens = (64 - (unsigned)__builtin_clzll(value | 1)) * 1233 >> 12;

	return tens + (value >= power[tens]);
}

size_t emit_digits(uint64_t value, char *text)
{
	size_t count = digits_of(value);
	char *at = text + count;

	while (value >= 100) {
		at -= 2;
		memcpy(at, emit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(text, emit_pairs + value * 2, 2);
	else
		*text = (char)('0' + value);
	return count;
}

/* Where there may be too little room. */
static __attribute__((noinline)) void emit_u64_tight(struct emit *json, uint64_t value)
{
	char text[EMIT_U64_DIGITS];

	emit_raw(json, text, emit_digits(value, text));
}

void emit_u64(struct emit *json, uint64_t value)
{
	if (emit_has(json, EMIT_U64_DIGITS))
		json->at += emit_digits(value, json->at);
	else
		emit_u64_tight(json, value);
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
static bool are_plain(uint64_t bytes)
{
	uint64_t suspect = bytes | (bytes - EACH(0x20)) | (bytes + EACH(1));

	suspect |= (bytes ^ EACH('"')) - EACH(1);
	suspect |= (bytes ^ EACH('\\')) - EACH(1);
	return (suspect & EACH(0x80)) == 0;
}

static uint64_t load8(const char *at)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}

static uint32_t load4(const char *at)
{
	uint32_t bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}

/* Copies 1 to 7 bytes if all are plain: as two words that overlap, or one by one. */
static bool copy_few(char *to, const char *from, size_t length)
{
	if (length >= 4) {
		uint32_t first = load4(from), last = load4(from + length - 4);

		memcpy(to, &first, 4);
		memcpy(to + length - 4, &last, 4);
		return are_plain((uint64_t)last << 32 | first);
	}
	for (size_t i = 0; i < length; i++) {
		if (!is_plain((uint8_t)from[i]))
			return false;
		to[i] = from[i];
	}
	return true;
}

/* Sixteen at once: the compiler has an instruction for each of these on every machine of today. As
 * signed numbers all bytes from 0x80 on are below 0x20 too. */
static bool copy_sixteen(char *to, const char *from)
{
	int8_t bytes __attribute__((vector_size(16)));

	memcpy(&bytes, from, sizeof(bytes));
	memcpy(to, &bytes, sizeof(bytes));

	uint64_t special __attribute__((vector_size(16))) =
		(__typeof__(special))((bytes < 0x20) | (bytes == 0x7f) | (bytes == '"') |
				      (bytes == '\\'));
	return (special[0] | special[1]) == 0;
}

/* Copies the text if all of it is plain, as nearly all are; false: it may not be, and what has been
 * written means nothing. The last bytes overlap those before them. */
static bool copy_plain(char *to, const char *from, size_t length)
{
	if (length < 8)
		return copy_few(to, from, length);
	if (length < 16) {
		uint64_t first = load8(from), last = load8(from + length - 8);

		memcpy(to, &first, 8);
		memcpy(to + length - 8, &last, 8);
		return are_plain(first) && are_plain(last);
	}
	for (size_t at = 0; at + 16 < length; at += 16)
		if (!copy_sixteen(to + at, from + at))
			return false;
	return copy_sixteen(to + length - 16, from + length - 16);
}

size_t emit_utf8_length(const uint8_t *at, size_t left)
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

/* Run by run: plain bytes, then a sequence of UTF-8 or an escape. */
static void emit_runs(struct emit *json, const char *text, size_t length)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + length;

	emit_raw(json, "\"", 1);
	while (at < end && !json->full) {
		const uint8_t *run = at;

		while (end - at >= 8 && are_plain(load8((const char *)at)))
			at += 8;
		while (at < end && is_plain(*at))
			at++;
		if (at > run)
			emit_raw(json, (const char *)run, (size_t)(at - run));
		if (at == end)
			break;

		size_t sequence = emit_utf8_length(at, (size_t)(end - at));
		if (sequence != 0) {
			emit_raw(json, (const char *)at, sequence);
			at += sequence;
		} else {
			escape(json, *at++);
		}
	}
	emit_raw(json, "\"", 1);
}

char *emit_at_plain(char *at, const char *text, size_t length)
{
	if (!copy_plain(at + 1, text, length))
		return NULL;
	at[0] = '"';
	at[length + 1] = '"';
	return at + length + 2;
}

void emit_string(struct emit *json, const char *text, size_t length)
{
	char *end = emit_has(json, length + 2) ? emit_at_plain(json->at, text, length) : NULL;

	if (end)
		json->at = end;
	else
		emit_runs(json, text, length);
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
