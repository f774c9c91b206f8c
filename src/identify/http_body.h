/* http_body.h - where an HTTP/1 body ends (RFC 9112 sections 6 and 7). Its bytes are passed over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/outcome.h"

struct http_body {
	uint64_t left;       /* bytes of the body or chunk still to come */
	uint32_t line_bytes; /* of the chunk-size or trailer line so far */
	uint8_t state;
	bool has_digit; /* CHUNK SIZE: some digit of it was seen */
	bool untouched; /* nothing of it has been read */
};

void http_body_start_none(struct http_body *body);
void http_body_start_length(struct http_body *body, uint64_t length);
void http_body_start_chunked(struct http_body *body);
void http_body_start_until_close(struct http_body *body);
bool http_body_is_until_close(const struct http_body *body);

/* Takes bytes up to the end of the body. PARSE_DONE, PARSE_MORE, or PARSE_BAD: framing is lost. */
enum parse_outcome http_body_read(struct http_body *body, struct cursor *bytes);

/* So many bytes were missed. False: the framing does not say where they end. */
bool http_body_gap(struct http_body *body, uint64_t gap_bytes);
