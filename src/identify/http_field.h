/* http_field.h - one header field, pseudo-header or request target, reduced as it passes to what may
 * be kept of it.
 *
 * HTTP/1 and HPACK both feed their values through this, in pieces of any size, so there is one place
 * that decides what is kept. Of a credential that is its kind, and for Authorization the scheme.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identify/http_query.h"
#include "pewit/identity.h"

#define HTTP_FIELD_NAME_MAX 31  /* longer names are of no interest */
#define HTTP_FIELD_TEXT_MAX 520 /* "https://", an authority and a path, each of 255 bytes */

enum http_field_id {
	HTTP_FIELD_OTHER, /* nothing is kept */
	HTTP_FIELD_METHOD,
	HTTP_FIELD_TARGET, /* request target of HTTP/1, or :path */
	HTTP_FIELD_HOST,   /* or :authority */
	HTTP_FIELD_STATUS, /* of HTTP/2 */
	HTTP_FIELD_USER_AGENT,
	HTTP_FIELD_UPGRADE,
	HTTP_FIELD_AUTHORIZATION,
	HTTP_FIELD_PROXY_AUTHORIZATION,
	HTTP_FIELD_SECRET, /* a key, token or cookie: only of which kind */
	HTTP_FIELD_METADATA,
	HTTP_FIELD_FORWARDED,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELDS
};

struct http_field {
	uint32_t credentials; /* enum credential, or-ed; complete after http_field_end() */
	uint16_t length;      /* of text */
	uint8_t id;           /* enum http_field_id */
	uint8_t name;         /* which of the known names; 0: none of them */
	bool has_value;       /* some byte of it was not blank */
	bool has_query;       /* TARGET: `query` has been started */
	bool in_query;        /* TARGET: what follows belongs to the query or fragment */
	bool is_cut;          /* the text did not fit */
	bool scheme_ended;    /* AUTHORIZATION: a blank was seen after the scheme */
	bool has_secret;      /* AUTHORIZATION: something came after that */
	char text[HTTP_FIELD_TEXT_MAX + 1];
	struct http_query query; /* only with has_query */
};

/* Starts the field of that name (any case; with its colon, if it is a pseudo-header). */
void http_field_start(struct http_field *field, const char *name, size_t length);
/* The same, by the `name` of an earlier field. */
void http_field_start_known(struct http_field *field, uint8_t name);
void http_field_add(struct http_field *field, const uint8_t *bytes, size_t length);
void http_field_end(struct http_field *field); /* text is NUL-terminated from here on */

/* Writes the field into what is known of its request. The first Host counts. */
void http_field_apply(const struct http_field *field, struct http_info *info);

/* The part of a request target that is its path: after "scheme://authority", if that is there. */
const char *http_field_path(const char *target);
