#include "identify/tls_name.h"

#include <string.h>

#include "identify/tls_der.h"

/* Parts of a name that are kept, the last ones, with which the text begins: more than fit into it,
 * at three characters at the least. There are certificates with eighty common names. */
enum { RDNS_KEPT = 64 };

struct line {
	char *text;
	size_t length;
	bool full; /* something did not fit: nothing more is appended */
};

static const struct {
	uint8_t length;
	uint8_t oid[11];
	const char *name;
} attributes[] = {
	{ 3, { 0x55, 4, 3 }, "CN" },
	{ 3, { 0x55, 4, 4 }, "SN" },
	{ 3, { 0x55, 4, 5 }, "serialNumber" },
	{ 3, { 0x55, 4, 6 }, "C" },
	{ 3, { 0x55, 4, 7 }, "L" },
	{ 3, { 0x55, 4, 8 }, "ST" },
	{ 3, { 0x55, 4, 9 }, "STREET" },
	{ 3, { 0x55, 4, 10 }, "O" },
	{ 3, { 0x55, 4, 11 }, "OU" },
	{ 3, { 0x55, 4, 12 }, "title" },
	{ 3, { 0x55, 4, 13 }, "description" },
	{ 3, { 0x55, 4, 15 }, "businessCategory" },
	{ 3, { 0x55, 4, 17 }, "postalCode" },
	{ 3, { 0x55, 4, 41 }, "name" },
	{ 3, { 0x55, 4, 42 }, "GN" },
	{ 3, { 0x55, 4, 97 }, "organizationIdentifier" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 }, "DC" },
	{ 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 }, "UID" },
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, "emailAddress" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 1 }, "jurisdictionL" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 2 }, "jurisdictionST" },
	{ 11, { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 3 }, "jurisdictionC" },
};

/* Appends all of it or nothing. */
static void put(struct line *line, const char *text, size_t length)
{
	if (length > TLS_TEXT_MAX - line->length)
		line->full = true;
	if (line->full)
		return;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void put_hex(struct line *line, char prefix, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";
	char pair[3] = { prefix, digits[byte >> 4], digits[byte & 15] };

	if (prefix)
		put(line, pair, 3);
	else
		put(line, pair + 1, 2);
}

static void put_number(struct line *line, uint32_t value)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	put(line, digits + at, sizeof(digits) - at);
}

/* Appends an object identifier in dotted form. */
static void put_oid(struct line *line, struct cursor oid)
{
	uint32_t arc = 0;
	bool first = true;

	while (oid.left != 0 && !line->full) {
		uint8_t byte = cursor_u8(&oid);

		arc = arc << 7 |
		      (byte & 0x7f); /* an arc past 32 bits comes out wrong, and is none */
		if (byte & 0x80)
			continue;
		if (first) {
			uint32_t root = arc < 80 ? arc / 40 : 2;

			put_number(line, root);
			arc -= root * 40;
		}
		put(line, ".", 1);
		put_number(line, arc);
		first = false;
		arc = 0;
	}
}

/* Appends one character of up to 16 bits; edge: the first or last of the value. */
static void put_character(struct line *line, uint16_t c, bool first, bool last)
{
	bool at_edge = (c == ' ' && (first || last)) || (c == '#' && first);

	if (c >= 0x800) {
		put_hex(line, '\\', (uint8_t)(0xe0 | c >> 12));
		put_hex(line, '\\', (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		put_hex(line, '\\', (uint8_t)(0x80 | (c & 0x3f)));
	} else if (c >= 0x80) {
		put_hex(line, '\\', (uint8_t)(0xc0 | c >> 6));
		put_hex(line, '\\', (uint8_t)(0x80 | (c & 0x3f)));
	} else if (c < 0x20 || c == 0x7f) {
		put_hex(line, '\\', (uint8_t)c);
	} else if (at_edge || strchr("\"+,;<>\\", c)) {
		char escaped[2] = { '\\', (char)c };

		put(line, escaped, 2);
	} else {
		char plain = (char)c;

		put(line, &plain, 1);
	}
}

static void put_value(struct line *line, struct tls_der value)
{
	struct cursor content = value.content;
	bool wide = value.tag == DER_BMP_STRING;
	bool first = true;

	while (content.left >= (wide ? 2 : 1) && !line->full) {
		uint16_t c = wide ? cursor_u16(&content) : cursor_u8(&content);

		if (c >= 0x80 && !wide && value.tag != DER_T61_STRING)
			put_hex(line, '\\', (uint8_t)c); /* a byte of UTF-8, or of who knows what */
		else
			put_character(line, c, first, content.left == 0);
		first = false;
	}
}

static const char *attribute_name(struct cursor oid)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (oid.left == attributes[i].length &&
		    memcmp(oid.at, attributes[i].oid, oid.left) == 0)
			return attributes[i].name;
	return NULL;
}

static void put_attribute(struct line *line, struct cursor oid, struct tls_der value)
{
	const char *name = attribute_name(oid);

	if (name) {
		put(line, name, strlen(name));
		put(line, "=", 1);
		put_value(line, value);
		return;
	}
	put_oid(line, oid);
	put(line, "=#", 2);
	while (value.whole.left != 0 && !line->full)
		put_hex(line, '\0', cursor_u8(&value.whole));
}

/* One part of a name: usually one attribute, else several joined by plus. */
static bool put_rdn(struct line *line, struct cursor set)
{
	bool first = true;

	while (set.left != 0) {
		struct cursor pair = tls_der_take(&set, DER_SEQUENCE);
		struct cursor oid = tls_der_take(&pair, DER_OID);
		struct tls_der value;

		if (pair.failed || !tls_der_next(&pair, &value))
			return false;
		if (!first)
			put(line, "+", 1);
		put_attribute(line, oid, value);
		first = false;
	}
	return true;
}

bool tls_name_print(struct cursor rdns, char text[TLS_TEXT_MAX + 1])
{
	struct line line = { .text = text };
	struct cursor sets[RDNS_KEPT];
	size_t count = 0;
	bool whole = true;

	while (rdns.left != 0 && !rdns.failed)
		sets[count++ % RDNS_KEPT] = tls_der_take(&rdns, DER_SET);
	for (size_t i = 0; i < count && i < RDNS_KEPT && whole && !line.full; i++) {
		if (i != 0)
			put(&line, ",", 1);
		whole = put_rdn(&line, sets[(count - 1 - i) % RDNS_KEPT]);
	}
	text[line.length] = '\0';
	return whole && !rdns.failed;
}
