#include "identify/dns_text.h"

#include <string.h>

#define DECIMAL_DIGITS 10 /* of the largest uint32_t */

struct dns_text dns_text_start(struct dns_message *message, uint32_t most)
{
	uint32_t start = message->text_used, room = DNS_TEXT_BYTES - start;

	return (struct dns_text){
		.message = message,
		.start = start,
		.end = start,
		.limit = start + (most < room ? most + 1 : room),
		.cut = room == 0,
	};
}

const char *dns_text_finish(struct dns_text *text)
{
	struct dns_message *message = text->message;

	if (text->cut)
		message->texts_cut++;
	if (text->limit == text->start) /* not even a NUL fits */
		return "";
	message->text[text->end] = '\0';
	message->text_used = text->end + 1;
	return message->text + text->start;
}

void dns_text_put(struct dns_text *text, const char *bytes, size_t length)
{
	if (text->cut || length >= text->limit - text->end) {
		text->cut = true;
		return;
	}
	memcpy(text->message->text + text->end, bytes, length);
	text->end += (uint32_t)length;
}

void dns_text_char(struct dns_text *text, char byte)
{
	dns_text_put(text, &byte, 1);
}

void dns_text_string(struct dns_text *text, const char *string)
{
	dns_text_put(text, string, strlen(string));
}

void dns_text_number(struct dns_text *text, uint32_t number)
{
	char digits[DECIMAL_DIGITS];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	dns_text_put(text, digits + at, sizeof(digits) - at);
}

void dns_text_escaped(struct dns_text *text, uint8_t byte, const char *special)
{
	if (byte < ' ' || byte > '~') {
		const char code[4] = { '\\', (char)('0' + byte / 100), (char)('0' + byte / 10 % 10),
				       (char)('0' + byte % 10) };

		dns_text_put(text, code, sizeof(code));
	} else if (byte == '\\' || strchr(special, byte)) {
		const char code[2] = { '\\', (char)byte };

		dns_text_put(text, code, sizeof(code));
	} else {
		dns_text_char(text, (char)byte);
	}
}
