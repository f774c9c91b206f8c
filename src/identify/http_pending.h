/* http_pending.h - requests of one HTTP/1 connection that wait for their responses. */
#pragma once

#include <stdint.h>

#include "identify/http.h"
#include "identify/http_sink.h"
#include "pewit/identity.h"

struct http_pending {
	uint32_t overdue;     /* responses to come of requests that were reported already */
	uint8_t first, count; /* the ring */
	uint8_t of_piece;     /* requests that the current piece completed */
	struct http_info ring[HTTP_PENDING_MAX];
};

enum http_answers { /* whether responses can be expected */
		    HTTP_ANSWERS_SEEN,
		    HTTP_ANSWERS_UNHEARD, /* nothing of the server was seen so far */
		    HTTP_ANSWERS_LOST,    /* its framing was lost, and not found again */
};

void http_pending_start(struct http_pending *pending);
void http_pending_start_piece(struct http_pending *pending);

/* Adds a request and makes it sink->early. Reports those before it whose responses will not be seen,
 * or that must make room. */
void http_pending_add(struct http_pending *pending, const struct http_info *request,
		      enum http_answers answers, struct http_sink *sink);

/* Takes out the request that the next response answers; lent until the next call. NULL: it was
 * reported already, or never seen. */
struct http_info *http_pending_answer(struct http_pending *pending);

/* Responses were lost, and no one knows how many. */
void http_pending_give_up(struct http_pending *pending, struct http_sink *sink);

/* Reports all, without status. */
void http_pending_flush(struct http_pending *pending, struct http_sink *sink);
