/* fetch_http.h - one HTTP request at a time, over libcurl; the only file that knows it.
 *
 * https, or http to this host itself and to the instance metadata service; certificates are always
 * checked, redirects never followed, bodies and times bounded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define FETCH_BODY_MAX ((size_t)32 * 1024 * 1024) /* a page holds 1,000 rows at most: some MiB */

struct fetch_http;

struct fetch_request {
	const char *url;
	const char *body;      /* JSON to POST; NULL: a GET */
	const char *header[2]; /* whole lines; NULL: none */
	bool direct;           /* through no proxy, whatever the environment says */
	uint32_t timeout_s;
};

enum fetch_outcome {
	FETCH_ANSWERED, /* whatever the status */
	FETCH_BROKEN,   /* no answer, or cut short: may work the next time */
	FETCH_REFUSED   /* will not work the next time either: certificate, size, memory */
};

struct fetch_answer {
	long status;
	const char *body; /* lent until the next request; NUL-terminated */
	size_t length;
	uint64_t retry_after_s; /* 0: not said */
};

/* ca: certificates to trust in place of the system's; or NULL. NULL: no memory. */
struct fetch_http *fetch_http_new(const char *ca);
void fetch_http_free(struct fetch_http *http);

/* fault: what went wrong, unless it was answered. */
enum fetch_outcome fetch_http_ask(struct fetch_http *http, const struct fetch_request *request,
				  struct fetch_answer *answer, struct fault *fault);

/* Whether a base URL may be used: https, or http to a loopback address or 169.254.169.254. */
bool fetch_http_is_allowed(const char *url);
