/* Responses come in the order of their requests, so a ring is enough. Where requests had to be reported
 * before their responses came, `overdue` says how many responses to pass over, so that the rest
 * still fall to the right requests.
 *
 * A client that does not pipeline has the answer to every request but its newest, and nearly all are
 * such; that settles the cases in which responses went unseen.
 */
#include "identify/http_pending.h"

void http_pending_start(struct http_pending *pending)
{
	pending->overdue = 0;
	pending->first = 0;
	pending->count = 0;
	pending->of_piece = 0;
}

void http_pending_start_piece(struct http_pending *pending)
{
	pending->of_piece = 0;
}

static struct http_info *pop(struct http_pending *pending)
{
	struct http_info *info = &pending->ring[pending->first];

	pending->first = (uint8_t)((pending->first + 1) % HTTP_PENDING_MAX);
	if (--pending->count == 0)
		pending->first = 0; /* touch few pages */
	return info;
}

/* Reports all but the newest `kept`. */
static void report_but(struct http_pending *pending, uint8_t kept, struct http_sink *sink)
{
	while (pending->count > kept)
		sink->found(sink->context, pop(pending));
}

/* Requests of earlier pieces are reported. They may have been pipelined before the server spoke, so
 * their responses may still come; but no client has that many on the way. */
static void report_unheard(struct http_pending *pending, struct http_sink *sink)
{
	if (pending->count > pending->of_piece)
		pending->overdue += pending->count - pending->of_piece;
	if (pending->overdue > HTTP_PENDING_MAX)
		pending->overdue = 0;
	report_but(pending, pending->of_piece, sink);
}

void http_pending_add(struct http_pending *pending, const struct http_info *request,
		      enum http_answers answers, struct http_sink *sink)
{
	struct http_info *slot;

	if (answers == HTTP_ANSWERS_UNHEARD)
		report_unheard(pending, sink);
	else if (answers == HTTP_ANSWERS_LOST)
		report_but(pending, 0, sink);
	if (pending->count == HTTP_PENDING_MAX) {
		sink->stats->unanswered++;
		pending->overdue++;
		report_but(pending, HTTP_PENDING_MAX - 1, sink);
	}
	slot = &pending->ring[(pending->first + pending->count) % HTTP_PENDING_MAX];
	pending->count++;
	if (pending->of_piece < HTTP_PENDING_MAX)
		pending->of_piece++;
	*slot = *request;
	sink->early = slot;
}

struct http_info *http_pending_answer(struct http_pending *pending)
{
	if (pending->overdue > 0) {
		pending->overdue--;
		return NULL;
	}
	return pending->count > 0 ? pop(pending) : NULL;
}

void http_pending_give_up(struct http_pending *pending, struct http_sink *sink)
{
	report_but(pending, 1, sink);
	pending->overdue = 0;
}

void http_pending_flush(struct http_pending *pending, struct http_sink *sink)
{
	report_but(pending, 0, sink);
	pending->overdue = 0;
}
