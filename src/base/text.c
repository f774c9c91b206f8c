#include "base/text.h"

#include <string.h>

#include "base/ip.h"

#define DIGITS_MAX 20 /* of a uint64_t */
#define GAP "..."
#define GAP_LENGTH (sizeof(GAP) - 1)

struct text text_over(char *bytes, size_t size)
{
	if (size != 0)
		bytes[0] = '\0';
	return (struct text){ .bytes = bytes, .size = size };
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	size_t room = text->size == 0 ? 0 : text->size - 1 - text->length;

	if (length > room) {
		text->cut = true;
		length = room;
	}
	if (length == 0)
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	if (string)
		text_add_bytes(text, string, strlen(string));
}

void text_add_number(struct text *text, uint64_t number)
{
	char digits[DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_ip(struct text *text, const struct ip_addr *addr)
{
	char address[IP_TEXT_SIZE];
	size_t length = ip_print(addr, address);

	text_add_bytes(text, address, length);
}

void text_add_short(struct text *text, const char *string, size_t most)
{
	size_t length = strlen(string);

	if (length <= most) {
		text_add_bytes(text, string, length);
		return;
	}
	size_t head = (most - GAP_LENGTH) / 2, tail = most - GAP_LENGTH - head;
	text_add_bytes(text, string, head);
	text_add_bytes(text, GAP, GAP_LENGTH);
	text_add_bytes(text, string + length - tail, tail);
}
