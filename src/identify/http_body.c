#include "identify/http_body.h"

#include <string.h>

#define CHUNK_LINE_MAX 16384 /* extensions are rare and short; trailers as long as a large field */

enum state {
	NONE,
	LENGTH,
	UNTIL_CLOSE,
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_DATA,
	CHUNK_END,
	TRAILER
};

static void start(struct http_body *body, enum state state, uint64_t left)
{
	*body = (struct http_body){ .state = (uint8_t)state, .left = left, .untouched = true };
}

void http_body_start_none(struct http_body *body)
{
	start(body, NONE, 0);
}

void http_body_start_length(struct http_body *body, uint64_t length)
{
	start(body, LENGTH, length);
}

void http_body_start_chunked(struct http_body *body)
{
	start(body, CHUNK_SIZE, 0);
}

void http_body_start_until_close(struct http_body *body)
{
	start(body, UNTIL_CLOSE, 0);
}

bool http_body_is_until_close(const struct http_body *body)
{
	return body->state == UNTIL_CLOSE;
}

/* Passes over what `left` covers; true when that is all. */
static bool pass(struct http_body *body, struct cursor *bytes)
{
	size_t length = bytes->left < body->left ? bytes->left : (size_t)body->left;

	cursor_skip(bytes, length);
	body->left -= length;
	return body->left == 0;
}

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum parse_outcome read_size(struct http_body *body, struct cursor *bytes)
{
	uint8_t byte = cursor_u8(bytes);
	int digit = hex_digit(byte);

	if (digit < 0) {
		if (!body->has_digit || !strchr(" \t;\r\n", byte) || byte == '\0')
			return PARSE_BAD;
		body->state = CHUNK_EXTENSION;
		body->line_bytes = 0;
		if (byte != '\n')
			return PARSE_MORE;
		body->state = body->left == 0 ? TRAILER : CHUNK_DATA;
		return PARSE_MORE;
	}
	if (body->left >> 59 != 0)
		return PARSE_BAD; /* no chunk is that long */
	body->left = body->left << 4 | (uint64_t)digit;
	body->has_digit = true;
	return PARSE_MORE;
}

/* Passes over the rest of a line. *ended: its LF was there. False: too long. */
static bool pass_line(struct http_body *body, struct cursor *bytes, bool *ended)
{
	const uint8_t *end = memchr(bytes->at, '\n', bytes->left);
	size_t length = end ? (size_t)(end - bytes->at) : bytes->left;

	*ended = end != NULL;
	if (length > CHUNK_LINE_MAX || body->line_bytes + length > CHUNK_LINE_MAX)
		return false;
	body->line_bytes += (uint32_t)length;
	cursor_skip(bytes, length + (end ? 1 : 0));
	return true;
}

static enum parse_outcome read_extension(struct http_body *body, struct cursor *bytes)
{
	bool ended;

	if (!pass_line(body, bytes, &ended))
		return PARSE_BAD;
	if (ended) {
		body->state = body->left == 0 ? TRAILER : CHUNK_DATA;
		body->line_bytes = 0;
	}
	return PARSE_MORE;
}

/* The CRLF after a chunk's data. */
static enum parse_outcome read_chunk_end(struct http_body *body, struct cursor *bytes)
{
	uint8_t byte = cursor_u8(bytes);

	if (byte == '\r')
		return PARSE_MORE;
	if (byte != '\n')
		return PARSE_BAD;
	body->state = CHUNK_SIZE;
	body->has_digit = false;
	return PARSE_MORE;
}

/* Trailer fields, up to an empty line. */
static enum parse_outcome read_trailer(struct http_body *body, struct cursor *bytes)
{
	bool ended;

	if (body->line_bytes == 0 && bytes->at[0] == '\r') {
		cursor_skip(bytes, 1);
		return PARSE_MORE;
	}
	if (!pass_line(body, bytes, &ended))
		return PARSE_BAD;
	if (!ended)
		return PARSE_MORE;
	if (body->line_bytes == 0)
		return PARSE_DONE;
	body->line_bytes = 0;
	return PARSE_MORE;
}

static enum parse_outcome read_chunked(struct http_body *body, struct cursor *bytes)
{
	switch (body->state) {
	case CHUNK_SIZE:
		return read_size(body, bytes);
	case CHUNK_EXTENSION:
		return read_extension(body, bytes);
	case CHUNK_DATA:
		if (pass(body, bytes))
			body->state = CHUNK_END;
		return PARSE_MORE;
	case CHUNK_END:
		return read_chunk_end(body, bytes);
	default:
		return read_trailer(body, bytes);
	}
}

enum parse_outcome http_body_read(struct http_body *body, struct cursor *bytes)
{
	enum parse_outcome outcome = PARSE_MORE;

	body->untouched = body->untouched && bytes->left == 0;
	switch (body->state) {
	case NONE:
		return PARSE_DONE;
	case LENGTH:
		return pass(body, bytes) ? PARSE_DONE : PARSE_MORE;
	case UNTIL_CLOSE:
		cursor_skip(bytes, bytes->left);
		return PARSE_MORE;
	default:
		while (outcome == PARSE_MORE && bytes->left > 0)
			outcome = read_chunked(body, bytes);
		return outcome;
	}
}

bool http_body_gap(struct http_body *body, uint64_t gap_bytes)
{
	if (body->state == UNTIL_CLOSE)
		return true;
	if ((body->state != LENGTH && body->state != CHUNK_DATA) || gap_bytes > body->left)
		return false;
	body->left -= gap_bytes;
	body->untouched = false;
	if (body->left == 0 && body->state == CHUNK_DATA)
		body->state = CHUNK_END;
	return true;
}
