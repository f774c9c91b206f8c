/* http2.h - HTTP/2 in the clear: frames and header blocks of both directions (RFC 9113).
 *
 * Frames are read as they pass, in pieces of any size. Each stream's request is held until its
 * response's status is seen. A gap is survived inside a DATA frame; anywhere else the frames, and
 * with them HPACK's state, are lost for that direction, for good.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/hpack.h"
#include "identify/http_sink.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_PREFACE_BYTES 24
#define HTTP2_PREFACE_LINE_BYTES 16 /* its first line, which looks like that of a request */
#define HTTP2_FRAME_HEADER_BYTES 9

/* Requests held at once. Clients open up to 100 streams, yet few wait for a status at one time; the
 * oldest is reported without its status, and counted. */
#define HTTP2_STREAMS_MAX 16
#define HTTP2_BLOCK_MAX 65536 /* wire bytes of one header block, as HTTP_HEAD_MAX */

struct http2_side {
	uint32_t left;         /* payload bytes of the frame still to come */
	uint32_t stream;       /* of the frame */
	uint32_t block_bytes;  /* of the header block so far */
	uint32_t block_stream; /* of the block, while it goes on; else 0 */
	uint16_t status;       /* TO_CLIENT: of the block */
	uint8_t type, flags;   /* of the frame */
	uint8_t header_have;   /* bytes of preface or frame header so far */
	uint8_t prologue_left; /* bytes before the frame's fragment: pad length, priority, promise */
	uint8_t pad;           /* bytes after it */
	uint8_t header[HTTP2_FRAME_HEADER_BYTES];
	bool has_pad;    /* the prologue opens with the pad length */
	bool in_preface; /* TO_SERVER */
	bool is_seen, is_lost;
	bool is_ignored; /* the block is a trailer or a promise: decoded, but not kept */
	struct hpack hpack;
};

struct http2_stream {
	uint32_t id; /* 0: free */
	struct http_info info;
};

struct http2 {
	uint32_t last_stream; /* highest that the client has opened */
	struct http2_side side[DIRECTIONS];
	struct http_info request; /* of the block that is passing */
	struct http2_stream stream[HTTP2_STREAMS_MAX];
};

void http2_start(struct http2 *h2);

/* The first line of the preface was read as HTTP/1. */
void http2_skip_preface_line(struct http2 *h2);

/* The request that an upgrade from HTTP/1.1 made stream 1. */
void http2_upgrade(struct http2 *h2, const struct http_info *request);

/* Takes the next bytes of a direction. PARSE_MORE; PARSE_NOT: no preface, or no frame of a server. */
enum parse_outcome http2_read(struct http2 *h2, enum direction direction, struct cursor *bytes,
			      uint64_t gap_bytes, struct http_sink *sink);
void http2_flush(struct http2 *h2, struct http_sink *sink);

/* Whether these bytes are the preface, or its beginning. */
bool http2_looks_like_client(const uint8_t *bytes, size_t length);

/* Whether these bytes open a server's side: a SETTINGS frame. All nine bytes of it are needed. */
bool http2_looks_like_server(const uint8_t *bytes, size_t length);
