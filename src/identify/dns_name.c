/* A name is a row of labels that ends with the root or with a pointer to the rest of it:
 *
 *     +--+--+--+--+--+--+--+--+           +--+--+--+--+--+--+--+--+--+--+ ... +--+
 *     |0  0|  length  | bytes ...   or    |1  1|   offset from the header's start |
 *     +--+--+--+--+--+--+--+--+           +--+--+--+--+--+--+--+--+--+--+ ... +--+
 *
 * Each pointer must lead to before the piece of the name that holds it, so a walk cannot turn in
 * circles; what it may still do, hop through a long row of pointers, is bounded by
 * DNS_NAME_HOPS_MAX, and what it may write by DNS_NAME_WIRE_MAX.
 */
#include "identify/dns_name.h"

#define HEADER_BYTES 12 /* no name lies in the header */
#define LABEL_TYPE 0xc0 /* bits of the length octet: 00 label, 11 pointer, the rest reserved */

/* Bytes that stand for themselves in a name's text. */
static const bool is_plain[256] = {
	['!' ... '-'] = true, /* all of printable ASCII but the blank, the dot ... */
	['/' ... '['] = true, /* and the backslash */
	[']' ... '~'] = true,
};

struct walk {
	struct cursor at;
	struct cursor whole;
	size_t piece; /* offset at which the current piece of the name starts */
	unsigned hops, octets;
};

static size_t offset_of(const struct walk *walk, const uint8_t *byte)
{
	return (size_t)(byte - walk->whole.at);
}

/* Follows the pointer whose first octet was taken. */
static bool follow(struct walk *walk, uint8_t high)
{
	size_t target = (size_t)(high & ~LABEL_TYPE) << 8 | cursor_u8(&walk->at);

	if (walk->at.failed || target < HEADER_BYTES || target >= walk->piece ||
	    ++walk->hops > DNS_NAME_HOPS_MAX)
		return false;
	walk->piece = target;
	walk->at = walk->whole;
	return cursor_skip(&walk->at, target);
}

/* The next label, in *label: its length, 0 at the root, -1 when this is not a name. The caller's
 * cursor is set behind the name's first piece, when that ends. */
static int next_label(struct walk *walk, struct cursor *caller, const uint8_t **label)
{
	uint8_t length = cursor_u8(&walk->at);

	while ((length & LABEL_TYPE) == LABEL_TYPE) {
		if (walk->hops == 0) {
			*caller = walk->at;
			cursor_skip(caller, 1);
		}
		if (!follow(walk, length))
			return -1;
		length = cursor_u8(&walk->at);
	}
	walk->octets += length + 1u;
	*label = cursor_take(&walk->at, length);
	if ((length & LABEL_TYPE) != 0 || walk->at.failed || walk->octets > DNS_NAME_WIRE_MAX)
		return -1;
	if (length == 0 && walk->hops == 0)
		*caller = walk->at;
	return length;
}

static void put_label(struct dns_text *text, const uint8_t *label, size_t length)
{
	size_t plain = 0;

	while (plain < length && is_plain[label[plain]])
		plain++;
	if (plain == length) {
		dns_text_put(text, (const char *)label, length);
		return;
	}
	for (size_t i = 0; i < length; i++)
		if (label[i] == ' ')
			dns_text_put(text, "\\032", 4);
		else
			dns_text_escaped(text, label[i], ".");
}

bool dns_name_print(struct dns_text *text, struct cursor *cursor, struct cursor whole)
{
	struct walk walk = { .at = *cursor, .whole = whole };
	const uint8_t *label;

	if (cursor->left == 0)
		return false;
	walk.piece = offset_of(&walk, cursor->at);
	for (bool first = true;; first = false) { /* each turn takes from DNS_NAME_WIRE_MAX */
		int length = next_label(&walk, cursor, &label);

		if (length <= 0)
			return length == 0;
		if (!first)
			dns_text_char(text, '.');
		put_label(text, label, (size_t)length);
	}
}

bool dns_name_skip(struct cursor *cursor)
{
	uint8_t length;

	do {
		length = cursor_u8(cursor);
		if ((length & LABEL_TYPE) == LABEL_TYPE)
			return cursor_skip(cursor, 1);
		if ((length & LABEL_TYPE) != 0 || !cursor_skip(cursor, length))
			return false;
	} while (length != 0);
	return !cursor->failed;
}
