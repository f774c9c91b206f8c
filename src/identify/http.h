/* http.h - HTTP/1.x and cleartext HTTP/2, requests and status (RFC 9110, 9112, 9113, 7541).
 *
 * One struct http_reader follows both directions of one connection, or a run of UDP datagrams
 * (SSDP). It finds each request on it: bodies are passed over by their framing (Content-Length,
 * chunked), and when framing is lost it takes up again at a piece that starts with a method or a
 * status line. No value of a credential is kept: only which kind it is, and Authorization's scheme.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

/* Requests of one connection whose responses are awaited; the oldest is then reported without its
 * status, and counted. apt sends ten at a time, old browsers up to eight. */
#define HTTP_PENDING_MAX 12

/* Size of a reader, and of the HTTP/2 state (HPACK's tables, streams) that one in
 * HTTP_READERS_PER_H2 can have at a time; asserted in http.c. */
#define HTTP_READER_BYTES (20 * 1024)
#define HTTP_H2_BYTES (80 * 1024)
#define HTTP_READERS_PER_H2 16

struct http_reader;

struct http_stats {
	uint64_t refused;    /* readers asked for when none was left */
	uint64_t h2_refused; /* HTTP/2 connections given up for lack of its state */
	uint64_t heads_too_long;
	uint64_t unanswered;  /* requests reported without status: HTTP_PENDING_MAX, or streams */
	uint64_t lost;        /* times that framing was lost: a gap or damage */
	uint64_t found_again; /* and taken up again at the start of a message */
};

/* Readers come from a fixed pool. Its pages are touched only as they are used. */
struct http_pool;
int http_pool_new(struct http_pool **pool, uint32_t readers); /* 0, -EINVAL or -ENOMEM; given */
void http_pool_free(struct http_pool *pool);
struct http_reader *http_reader_take(struct http_pool *pool); /* NULL: none left */
void http_reader_release(struct http_reader *reader, struct http_pool *pool,
			 struct buffer_pool *buffers);
struct http_stats http_pool_stats(const struct http_pool *pool);

/* Whether these first bytes of a direction can be HTTP: a method and a space, "HTTP/", the HTTP/2
 * preface, or a server's whole SETTINGS frame header. Few bytes get the benefit of the doubt: "GE" is
 * true, "GX" is not; a whole first line must name HTTP's version. */
bool http_looks_like(const uint8_t *bytes, size_t length);

/* Called when a request is complete: at once when its response's head is seen, else at
 * http_flush(), or when a later piece brings the next request and responses are not to be seen (one
 * direction captured, or framing lost there). A response alone has is_request false. `info` is lent for the
 * call. */
typedef void http_found(void *context, const struct http_info *info);

/* Takes the next bytes of a direction. `gap_bytes` > 0: so many were missed before these.
 * *early, when not NULL, is set to the last request whose head these bytes made whole, before its
 * response is known (else to NULL): it names the flow. Lent until the next call.
 *
 * PARSE_MORE: all is well, or framing is lost and is looked for at each piece.
 * PARSE_NOT: no message was found on the connection so far, and these bytes open none.
 * PARSE_DONE: the connection is a tunnel; the first http_tunnel_offset() bytes of this piece were
 *	HTTP's, the rest is the other protocol's. So are all later pieces, in both directions.
 * PARSE_LIMIT: a head past 64 KiB, or no HTTP/2 state left.
 * None of them is final: the caller may go on and messages are found again.
 *
 * Nothing is buffered, so `buffers` is not touched and may be NULL.
 * UDP (SSDP): one datagram a call, each followed by http_flush(). */
enum parse_outcome http_read(struct http_reader *reader, struct buffer_pool *buffers,
			     enum direction direction, const uint8_t *bytes, size_t length,
			     uint64_t gap_bytes, http_found *found, void *context,
			     const struct http_info **early);

/* The flow ends: reports the requests that are still without their response. A head that was cut
 * off counts if its first line is whole. The reader may be used again for what comes next. */
void http_flush(struct http_reader *reader, http_found *found, void *context);

/* Whether the connection became another protocol (CONNECT with 2xx, Upgrade with 101; or, when the
 * response is not seen, bytes after such a request that are no request) and from here on carries
 * it: TLS may follow, or HTTP again, for a new reader. */
bool http_is_tunnel(const struct http_reader *reader);
size_t http_tunnel_offset(const struct http_reader *reader); /* in the latest piece */
bool http_is_h2(const struct http_reader *reader);

/* IMDS: what a request to 169.254.169.254 asks for. Requests to other hosts count when their path
 * and parameters are IMDS's: a proxy, or a name that was made to resolve to it. */
enum imds_request http_imds_request(const struct http_info *info);
