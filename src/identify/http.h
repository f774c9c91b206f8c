/* http.h - HTTP/1.x and cleartext HTTP/2, requests and status (RFC 9110, 9112, 9113, 7541).
 *
 * One struct http_reader follows both directions of one connection, or a run of UDP datagrams
 * (SSDP). It finds each request on it: bodies are passed over by their framing (Content-Length,
 * chunked), and when framing is lost it takes up again at a segment that starts with a method.
 * No value of a credential is kept, not even in passing: only the header's name and scheme.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

struct http_reader;

/* Readers come from a fixed pool, as they carry HPACK's state. */
struct http_pool;
int http_pool_new(struct http_pool **pool, uint32_t readers);
void http_pool_free(struct http_pool *pool);
struct http_reader *http_reader_take(struct http_pool *pool); /* NULL: none left */
void http_reader_release(struct http_reader *reader, struct http_pool *pool,
			 struct buffer_pool *buffers);

/* Whether these first bytes of a direction can be HTTP: a method and a space, "HTTP/", or the
 * HTTP/2 preface. Few bytes get the benefit of the doubt: "GE" is true, "GX" is not. */
bool http_looks_like(const uint8_t *bytes, size_t length);

/* Called when a request is complete: at once when its response's status is seen, else when the next
 * request starts, or at http_flush(). `info` is lent for the call. */
typedef void http_found(void *context, const struct http_info *info);

/* Takes the next bytes of a direction. `gap_bytes` > 0: so many were missed before these.
 * *early, when not NULL, is set to the request whose head has just become whole, before its response
 * is known: it names the flow. Lent until the next call. PARSE_MORE while all is well; PARSE_NOT at
 * the first bytes of something else; PARSE_LIMIT when a head is too long. */
enum parse_outcome http_read(struct http_reader *reader, struct buffer_pool *buffers,
			     enum direction direction, const uint8_t *bytes, size_t length,
			     uint64_t gap_bytes, http_found *found, void *context,
			     const struct http_info **early);

/* The flow ends: reports the request that is still without its response. */
void http_flush(struct http_reader *reader, http_found *found, void *context);

/* Whether the connection became another protocol (CONNECT with 2xx, Upgrade with 101) and from here
 * on carries it: TLS may follow. */
bool http_is_tunnel(const struct http_reader *reader);
bool http_is_h2(const struct http_reader *reader);

/* IMDS: what a request to 169.254.169.254 asks for. */
enum imds_request http_imds_request(const struct http_info *info);
