/* dns_text.h - writes texts into a message's own room, all of a piece or cut, never past the
 * end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/dns.h"

struct dns_text { /* one text that is being written; it stands at message->text[start] */
	struct dns_message *message;
	uint32_t start, end, limit; /* end < limit: room for the NUL is always kept */
	bool cut;                   /* something did not fit; nothing is written after that */
};

/* Starts a text of at most `most` bytes, fewer when the message's room is nearly used up. */
struct dns_text dns_text_start(struct dns_message *message, uint32_t most);

/* Ends it and makes it stay. Lent for as long as the message. */
const char *dns_text_finish(struct dns_text *text);

/* Each writes its unit whole or, when it does not fit, not at all. */
void dns_text_put(struct dns_text *text, const char *bytes, size_t length);
void dns_text_char(struct dns_text *text, char byte);
void dns_text_string(struct dns_text *text, const char *string);
void dns_text_number(struct dns_text *text, uint32_t number);

/* One wire byte as master files spell it (RFC 1035 section 5.1): `special` and the backslash behind
 * a backslash, what is not printable ASCII as \DDD. */
void dns_text_escaped(struct dns_text *text, uint8_t byte, const char *special);
