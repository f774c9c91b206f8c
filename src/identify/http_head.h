/* http_head.h - one HTTP/1 head, request or response, read as it passes (RFC 9112 sections 2 to 5).
 *
 * A head may come in any number of pieces, and nothing of it is stored but what http_field.h keeps,
 * so its cost is linear and it needs no buffer. Lines end in CRLF or a bare LF; folded lines
 * (section 5.2) continue their field. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/http_field.h"
#include "identify/outcome.h"
#include "pewit/identity.h"

#define HTTP_HEAD_MAX 65536 /* bytes; servers allow 8 to 64 KiB, and tokens of 16 KiB are seen */

struct http_head {
	uint64_t content_length; /* with has_length */
	uint32_t bytes;          /* of the head so far */
	uint16_t status;         /* response: once its line is complete */
	uint8_t version;         /* 10 or 11, once the first line is complete */
	uint8_t state;
	uint8_t token_length;
	bool is_response;
	bool is_h2_preface;    /* the first line was that of HTTP/2's preface: PARSE_NOT */
	bool has_first_line;   /* the first line is complete and is HTTP's */
	bool has_line;         /* some byte of the current line has come */
	bool held_cr;          /* a CR that may be part of a line's end */
	bool host_from_target; /* a Host field replaces it */
	bool has_length, bad_length;
	bool has_coding, is_chunked;
	char token[HTTP_FIELD_NAME_MAX + 1]; /* method, version or field name that is passing */
	struct http_field field;
	struct http_info info; /* request: what is known of it so far */
};

void http_head_start(struct http_head *head, bool is_response);

/* Takes bytes up to the end of the head. PARSE_DONE: the head is whole, what follows is its body;
 * PARSE_MORE; PARSE_NOT: the first line is not HTTP's; PARSE_LIMIT: past HTTP_HEAD_MAX. */
enum parse_outcome http_head_read(struct http_head *head, struct cursor *bytes);

/* No more of this head will come: what stands in whole lines counts. False: not even the first. */
bool http_head_cut(struct http_head *head);

/* Whether these bytes can open a request, or a response. Few bytes get the benefit of the doubt. */
bool http_head_looks_like_request(const uint8_t *bytes, size_t length);
bool http_head_looks_like_response(const uint8_t *bytes, size_t length);
