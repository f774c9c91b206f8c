/* json_print.h - JSON documents that people read too: indented, short things on one line.
 *
 * Whatever the texts hold, the document is valid JSON in valid UTF-8 (emit.h). Keys are NULL for the
 * elements of a list. What a full disk costs is for the stream's owner to ask (ferror).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pewit/ip_addr.h"

struct json_print {
	FILE *out;
	unsigned depth;
	unsigned line_depth; /* from this depth on all stays on one line; 0: nothing does */
	bool comma;          /* something stands before in the same object or list */
};

static inline struct json_print json_print_to(FILE *out)
{
	return (struct json_print){ .out = out };
}

void json_print_open(struct json_print *print, const char *key, char bracket);
/* The same, with all that it holds on this line. */
void json_print_open_line(struct json_print *print, const char *key, char bracket);
void json_print_close(struct json_print *print, char bracket);

void json_print_text(struct json_print *print, const char *key, const char *text);
void json_print_number(struct json_print *print, const char *key, uint64_t number);
void json_print_null(struct json_print *print, const char *key);
void json_print_flag(struct json_print *print, const char *key, bool flag);
void json_print_ip(struct json_print *print, const char *key, const struct ip_addr *addr);

/* Nothing when the text is NULL or "". */
void json_print_some(struct json_print *print, const char *key, const char *text);
