/* text.h - building a sentence in a fixed buffer, without the printf family.
 *
 * Always NUL-terminated; what does not fit is dropped and `cut` says so. Usable on the data path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/ip_addr.h"

struct text {
	char *bytes;
	size_t size; /* of the buffer, the NUL included; 0: everything is dropped */
	size_t length;
	bool cut;
};

struct text text_over(char *bytes, size_t size);
void text_add(struct text *text, const char *string); /* NULL adds nothing */
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_number(struct text *text, uint64_t number);
void text_add_ip(struct text *text, const struct ip_addr *addr);

/* Adds a string of any length in at most `most` bytes (16 or more): its middle gives way to "...". */
void text_add_short(struct text *text, const char *string, size_t most);
