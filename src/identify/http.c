/* One connection, followed both ways. Each side goes through phases:
 *
 *	       first bytes        head whole          body ends
 *	 START -----------> HEAD ------------> BODY ------------> HEAD ...
 *	   |                 | damage, gap      | damage, gap
 *	   +---------------> LOST <-------------+       a piece that opens a message: HEAD
 *
 * plus SWITCHING, the client's side after a CONNECT or Upgrade, until the response decides or bytes
 * come that are no request.
 *
 * What a body is depends on the request (HEAD, CONNECT). When that is not known, a body is taken by
 * its headers, but gives way to a piece that starts with a status line before any of it has come.
 */
#include "identify/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identify/http2.h"
#include "identify/http_body.h"
#include "identify/http_head.h"
#include "identify/http_pending.h"

enum phase { START, HEAD, BODY, LOST, SWITCHING };

struct side {
	uint8_t phase;
	bool is_seen; /* some byte came */
	struct http_body body;
	struct http_head head;
};

struct http_reader {
	struct http_reader *next_free;
	struct http_pool *pool;
	struct http2 *h2;     /* NULL: HTTP/1 */
	size_t tunnel_offset; /* bytes of the latest piece that were HTTP's */
	bool is_tunnel;
	bool has_message; /* some first line was HTTP's */
	bool is_unpaired; /* the response that is passing: its request is not known */
	struct side side[DIRECTIONS];
	struct http_pending pending;
};

struct h2_slot {
	struct h2_slot *next_free;
	struct http2 h2;
};

static_assert(sizeof(struct http_reader) <= HTTP_READER_BYTES, "see http.h");
static_assert(sizeof(struct h2_slot) <= HTTP_H2_BYTES, "see http.h");

struct http_pool {
	struct http_stats stats;
	struct http_reader *free_reader; /* those that came back */
	struct h2_slot *free_h2;
	uint32_t readers, fresh_reader; /* fresh: from this one on never handed out */
	uint32_t h2s, fresh_h2;
	struct http_reader *reader;
	struct h2_slot *h2;
};

#define READERS_MAX (1u << 24)
#define FIRST_LINE_MIN 12 /* "HTTP/1.1 200": less of it is no proof of a new message */

/* --- pool --- */

int http_pool_new(struct http_pool **pool, uint32_t readers)
{
	struct http_pool *made;

	*pool = NULL;
	if (readers == 0 || readers > READERS_MAX)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->readers = readers;
	made->h2s = (readers + HTTP_READERS_PER_H2 - 1) / HTTP_READERS_PER_H2;
	made->reader = calloc(made->readers, sizeof(*made->reader));
	made->h2 = calloc(made->h2s, sizeof(*made->h2));
	if (!made->reader || !made->h2) {
		http_pool_free(made);
		return -ENOMEM;
	}
	*pool = made;
	return 0;
}

void http_pool_free(struct http_pool *pool)
{
	if (!pool)
		return;
	free(pool->reader);
	free(pool->h2);
	free(pool);
}

struct http_stats http_pool_stats(const struct http_pool *pool)
{
	return pool->stats;
}

static void start_reader(struct http_reader *reader, struct http_pool *pool)
{
	memset(reader, 0, offsetof(struct http_reader, side)); /* the rest is as `phase` says */
	reader->pool = pool;
	http_pending_start(&reader->pending);
	for (int i = 0; i < DIRECTIONS; i++) {
		reader->side[i].phase = START;
		reader->side[i].is_seen = false;
	}
}

struct http_reader *http_reader_take(struct http_pool *pool)
{
	struct http_reader *reader = pool->free_reader;

	if (reader) {
		pool->free_reader = reader->next_free;
	} else if (pool->fresh_reader < pool->readers) {
		reader = &pool->reader[pool->fresh_reader++];
	} else {
		pool->stats.refused++;
		return NULL;
	}
	start_reader(reader, pool);
	return reader;
}

static struct http2 *take_h2(struct http_pool *pool)
{
	struct h2_slot *slot = pool->free_h2;

	if (slot) {
		pool->free_h2 = slot->next_free;
	} else if (pool->fresh_h2 < pool->h2s) {
		slot = &pool->h2[pool->fresh_h2++];
	} else {
		pool->stats.h2_refused++;
		return NULL;
	}
	http2_start(&slot->h2);
	return &slot->h2;
}

static enum parse_outcome become_h2(struct http_reader *reader)
{
	reader->h2 = take_h2(reader->pool);
	return reader->h2 ? PARSE_MORE : PARSE_LIMIT;
}

static void release_h2(struct http_pool *pool, struct http2 *h2)
{
	struct h2_slot *slot = (struct h2_slot *)((char *)h2 - offsetof(struct h2_slot, h2));

	slot->next_free = pool->free_h2;
	pool->free_h2 = slot;
}

void http_reader_release(struct http_reader *reader, struct http_pool *pool,
			 struct buffer_pool *buffers)
{
	(void)buffers;
	if (!reader)
		return;
	if (reader->h2)
		release_h2(pool, reader->h2);
	reader->h2 = NULL;
	reader->next_free = pool->free_reader;
	pool->free_reader = reader;
}

/* --- first bytes --- */

bool http_looks_like(const uint8_t *bytes, size_t length)
{
	return http_head_looks_like_request(bytes, length) ||
	       http_head_looks_like_response(bytes, length) ||
	       http2_looks_like_client(bytes, length) || http2_looks_like_server(bytes, length);
}

static bool opens_message(enum direction direction, const struct cursor *bytes)
{
	if (direction == TO_CLIENT)
		return http_head_looks_like_response(bytes->at, bytes->left);
	return http_head_looks_like_request(bytes->at, bytes->left) ||
	       http2_looks_like_client(bytes->at, bytes->left);
}

/* A request is known as far as it will be. */
static void add_request(struct http_reader *reader, struct http_sink *sink)
{
	const struct side *server = &reader->side[TO_CLIENT];
	enum http_answers answers = HTTP_ANSWERS_SEEN;

	if (!server->is_seen)
		answers = HTTP_ANSWERS_UNHEARD;
	else if (server->phase == LOST)
		answers = HTTP_ANSWERS_LOST;
	reader->has_message = true;
	http_pending_add(&reader->pending, &reader->side[TO_SERVER].head.info, answers, sink);
}

/* --- framing --- */

static void lose(struct http_reader *reader, enum direction direction, struct http_sink *sink)
{
	reader->side[direction].phase = LOST;
	sink->stats->lost++;
}

static void start_head(struct http_reader *reader, enum direction direction)
{
	reader->side[direction].phase = HEAD;
	http_head_start(&reader->side[direction].head, direction == TO_CLIENT);
}

static bool asks_to_switch(const struct http_info *request)
{
	return strcmp(request->method, "CONNECT") == 0 || request->upgrade[0] != '\0';
}

/* RFC 9112 section 6.3. False: where the body ends cannot be known. */
static bool frame_request(struct http_body *body, const struct http_head *head)
{
	if (head->has_coding) {
		http_body_start_chunked(body);
		return head->is_chunked;
	}
	if (head->has_length)
		http_body_start_length(body, head->content_length);
	else
		http_body_start_none(body);
	return !head->bad_length;
}

/* `request` is NULL when it is not known. */
static bool frame_response(struct http_body *body, const struct http_head *head,
			   const struct http_info *request)
{
	bool no_body = head->status < 200 || head->status == 204 || head->status == 304 ||
		       (request && strcmp(request->method, "HEAD") == 0);

	if (no_body) {
		http_body_start_none(body);
	} else if (head->has_coding && head->is_chunked) {
		http_body_start_chunked(body);
	} else if (head->has_coding || !head->has_length) {
		http_body_start_until_close(body);
	} else {
		http_body_start_length(body, head->content_length);
		return !head->bad_length;
	}
	return true;
}

static void end_request_head(struct http_reader *reader, struct http_sink *sink)
{
	struct side *side = &reader->side[TO_SERVER];

	add_request(reader, sink);
	side->phase = BODY;
	if (!frame_request(&side->body, &side->head))
		lose(reader, TO_SERVER, sink);
}

/* Upgrade: h2c was accepted: the request goes on as stream 1 (RFC 7540 section 3.2). */
static enum parse_outcome upgrade(struct http_reader *reader, const struct http_info *request)
{
	enum parse_outcome outcome = become_h2(reader);

	if (reader->h2)
		http2_upgrade(reader->h2, request);
	return outcome;
}

static bool has_switched(uint16_t status, const struct http_info *request)
{
	if (status == 101)
		return true;
	return request && strcmp(request->method, "CONNECT") == 0 && status >= 200 && status < 300;
}

/* A final response, or 101: which request does it answer, and what does it make of the connection? */
static enum parse_outcome answer(struct http_reader *reader, struct http_sink *sink)
{
	struct side *server = &reader->side[TO_CLIENT];
	uint16_t status = server->head.status;
	struct http_info alone = { .version = server->head.version, .status = status };
	struct http_info *request = http_pending_answer(&reader->pending);

	reader->is_unpaired = request == NULL;
	server->phase = BODY;
	if (status == 101 && request && strcasecmp(request->upgrade, "h2c") == 0)
		return upgrade(reader, request);
	reader->is_tunnel = has_switched(status, request);
	if (!frame_response(&server->body, &server->head, request))
		lose(reader, TO_CLIENT, sink);

	if (request)
		request->status = status;
	if (request || !reader->side[TO_SERVER].is_seen)
		sink->found(sink->context, request ? request : &alone);
	return reader->is_tunnel ? PARSE_DONE : PARSE_MORE;
}

static enum parse_outcome end_response_head(struct http_reader *reader, struct http_sink *sink)
{
	struct side *client = &reader->side[TO_SERVER];
	uint16_t status = reader->side[TO_CLIENT].head.status;

	reader->has_message = true;
	if (status < 200 && status != 101) { /* interim: the response is still to come */
		start_head(reader, TO_CLIENT);
		return PARSE_MORE;
	}

	enum parse_outcome outcome = answer(reader, sink);
	if (outcome == PARSE_MORE && client->phase == SWITCHING)
		start_head(reader, TO_SERVER); /* refused: requests go on */
	return outcome;
}

/* --- the steps of a piece --- */

static void read_body(struct http_reader *reader, enum direction direction, struct cursor *bytes,
		      struct http_sink *sink)
{
	struct side *side = &reader->side[direction];
	enum parse_outcome outcome;

	if (side->phase == LOST)
		return;
	outcome = http_body_read(&side->body, bytes);
	if (outcome == PARSE_MORE)
		return;
	if (outcome == PARSE_BAD) {
		lose(reader, direction, sink);
		return;
	}
	if (direction == TO_SERVER && asks_to_switch(&side->head.info))
		side->phase = SWITCHING;
	else
		start_head(reader, direction);
}

/* The client's first line was that of the preface. */
static enum parse_outcome continue_as_h2(struct http_reader *reader)
{
	enum parse_outcome outcome = become_h2(reader);

	reader->side[TO_SERVER].phase = LOST;
	if (reader->h2)
		http2_skip_preface_line(reader->h2);
	return outcome;
}

static enum parse_outcome read_head(struct http_reader *reader, enum direction direction,
				    struct cursor *bytes, struct http_sink *sink)
{
	struct http_head *head = &reader->side[direction].head;
	enum parse_outcome outcome = http_head_read(head, bytes);

	switch (outcome) {
	case PARSE_DONE:
		if (direction == TO_CLIENT)
			return end_response_head(reader, sink);
		end_request_head(reader, sink);
		read_body(reader, TO_SERVER, bytes, sink); /* there may be none */
		return PARSE_MORE;
	case PARSE_LIMIT:
		sink->stats->heads_too_long++;
		if (http_head_cut(head) && direction == TO_SERVER)
			add_request(reader, sink);
		lose(reader, direction, sink);
		return PARSE_LIMIT;
	case PARSE_NOT:
		if (head->is_h2_preface)
			return continue_as_h2(reader);
		lose(reader, direction, sink);
		return reader->has_message ? PARSE_MORE : PARSE_NOT;
	default:
		return PARSE_MORE;
	}
}

/* The first bytes after a CONNECT or Upgrade that is not answered yet. */
static enum parse_outcome read_switching(struct http_reader *reader, const struct cursor *bytes)
{
	if (opens_message(TO_SERVER, bytes)) {
		start_head(reader, TO_SERVER);
		return PARSE_MORE;
	}
	reader->is_tunnel = true;
	return PARSE_DONE;
}

/* Takes one step over the piece. */
static enum parse_outcome step(struct http_reader *reader, enum direction direction,
			       struct cursor *bytes, struct http_sink *sink)
{
	switch (reader->side[direction].phase) {
	case HEAD:
		return read_head(reader, direction, bytes, sink);
	case BODY:
		read_body(reader, direction, bytes, sink);
		return PARSE_MORE;
	default:
		return read_switching(reader, bytes);
	}
}

/* --- the start of a piece --- */

/* Bytes were missed: a body may not mind, a head ends here. */
static void take_gap(struct http_reader *reader, enum direction direction, uint64_t gap_bytes,
		     struct http_sink *sink)
{
	struct side *side = &reader->side[direction];

	if (side->phase == START || side->phase == LOST || side->phase == SWITCHING)
		return;
	if (side->phase == BODY && http_body_gap(&side->body, gap_bytes))
		return;
	if (side->phase == HEAD && http_head_cut(&side->head)) {
		if (direction == TO_SERVER)
			add_request(reader, sink);
		else
			end_response_head(reader, sink);
	}
	if (direction == TO_CLIENT)
		http_pending_give_up(&reader->pending, sink);
	lose(reader, direction, sink);
}

/* A body whose end is not certain gives way to a new head at the start of a piece; so does that of a
 * request that was answered before any of it came (Expect: 100-continue, refused). */
static bool gives_way(const struct http_reader *reader, enum direction direction,
		      const struct cursor *bytes)
{
	const struct side *side = &reader->side[direction];

	if (side->phase != BODY || bytes->left < FIRST_LINE_MIN)
		return false;
	if (direction == TO_SERVER)
		return side->body.untouched && reader->pending.count == 0 &&
		       reader->side[TO_CLIENT].is_seen;
	if (http_body_is_until_close(&side->body))
		return reader->pending.count > 0 || reader->is_unpaired;
	return reader->is_unpaired && side->body.untouched;
}

static enum parse_outcome start_piece(struct http_reader *reader, enum direction direction,
				      const struct cursor *bytes, struct http_sink *sink)
{
	struct side *side = &reader->side[direction];
	bool is_found = side->phase == LOST || gives_way(reader, direction, bytes);

	if (direction == TO_CLIENT && side->phase == START &&
	    http2_looks_like_server(bytes->at, bytes->left))
		return become_h2(reader);
	if (side->phase != START && !is_found)
		return PARSE_MORE;
	if (opens_message(direction, bytes)) {
		if (is_found)
			sink->stats->found_again++;
		start_head(reader, direction);
	} else if (side->phase == START) {
		side->phase = LOST;
	}
	return side->phase == LOST && !reader->has_message ? PARSE_NOT : PARSE_MORE;
}

static enum parse_outcome read_piece(struct http_reader *reader, enum direction direction,
				     struct cursor *bytes, uint64_t gap_bytes,
				     struct http_sink *sink)
{
	struct side *side = &reader->side[direction];
	enum parse_outcome outcome = PARSE_MORE;

	if (reader->is_tunnel)
		return PARSE_DONE;
	if (reader->h2)
		return http2_read(reader->h2, direction, bytes, gap_bytes, sink);
	if (gap_bytes > 0)
		take_gap(reader, direction, gap_bytes, sink);
	if (bytes->left > 0)
		outcome = start_piece(reader, direction, bytes, sink);
	side->is_seen = true;
	while (outcome == PARSE_MORE && bytes->left > 0 && side->phase != LOST && !reader->h2)
		outcome = step(reader, direction, bytes, sink);
	if (reader->h2 && outcome == PARSE_MORE)
		outcome = http2_read(reader->h2, direction, bytes, 0, sink);
	return outcome;
}

enum parse_outcome http_read(struct http_reader *reader, struct buffer_pool *buffers,
			     enum direction direction, const uint8_t *bytes, size_t length,
			     uint64_t gap_bytes, http_found *found, void *context,
			     const struct http_info **early)
{
	struct http_sink sink = { found, context, NULL, &reader->pool->stats };
	struct cursor piece = cursor_over(bytes, length);
	enum parse_outcome outcome;

	(void)buffers;
	http_pending_start_piece(&reader->pending);
	outcome = read_piece(reader, direction, &piece, gap_bytes, &sink);
	reader->tunnel_offset = length - piece.left;
	if (early)
		*early = sink.early;
	return outcome;
}

void http_flush(struct http_reader *reader, http_found *found, void *context)
{
	struct http_sink sink = { found, context, NULL, &reader->pool->stats };
	struct side *client = &reader->side[TO_SERVER];
	struct side *server = &reader->side[TO_CLIENT];

	if (client->phase == HEAD && http_head_cut(&client->head))
		add_request(reader, &sink);
	if (server->phase == HEAD && http_head_cut(&server->head))
		end_response_head(reader, &sink);
	http_pending_flush(&reader->pending, &sink);
	if (reader->h2)
		http2_flush(reader->h2, &sink);
	client->phase = START;
	server->phase = START;
}

bool http_is_tunnel(const struct http_reader *reader)
{
	return reader->is_tunnel;
}

size_t http_tunnel_offset(const struct http_reader *reader)
{
	return reader->tunnel_offset;
}

bool http_is_h2(const struct http_reader *reader)
{
	return reader->h2 != NULL;
}
