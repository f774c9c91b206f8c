/* AMQP: both versions open with "AMQP" and four bytes, and then differ in all.
 *
 *     0-9-1   00 00 09 01 (0-9: 01 01 00 09, 0-8: 01 01 08 00), frames of type(1) channel(2)
 *             size(4) payload end(1); the client logs in with Connection.StartOk, class 10 method
 *             11: table(4 + n) mechanism(1 + n) response(4 + n)
 *     1.0     protocol(1: 0 AMQP, 2 TLS, 3 SASL) 01 00 00, frames of size(4) doff(1) type(1)
 *             channel(2); the client logs in with sasl-init: 00 53 41, a list (c0 or d0), a
 *             symbol (a3): mechanism
 *
 * step: which of the openings the client sent last.
 */
#include "identify/banner_protocol.h"

#define OPENING_BYTES 8
#define CLASS_CONNECTION 10
#define CLASS_LAST 90 /* 10 connection, 20, 40, 50, 60, 85, 90: tx */
#define METHOD_START_OK 11
#define METHOD_LAST 120
#define FRAME_METHOD 1
#define FRAME_END 0xce
#define FRAME_BYTES_MAX 4096

enum step { NOTHING, OLD, PLAIN, TLS, SASL };

/* The step that an opening stands for; NOTHING: not one. */
static enum step step_of(struct cursor opening)
{
	static const struct {
		uint8_t bytes[4];
		uint8_t step;
	} known[] = {
		{ { 0, 0, 9, 1 }, OLD }, { { 1, 1, 0, 9 }, OLD },  { { 1, 1, 0, 10 }, OLD },
		{ { 1, 1, 8, 0 }, OLD }, { { 1, 1, 9, 1 }, OLD },  { { 0, 1, 0, 0 }, PLAIN },
		{ { 2, 1, 0, 0 }, TLS }, { { 3, 1, 0, 0 }, SASL },
	};

	if (opening.left < OPENING_BYTES || memcmp(opening.at, "AMQP", 4) != 0)
		return NOTHING;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(opening.at + 4, known[i].bytes, 4) == 0)
			return known[i].step;
	return NOTHING;
}

/* One frame of 0-9-1 with a method of a known class, whole: what later segments start with. */
static enum parse_outcome probe_frame(struct cursor bytes)
{
	uint8_t type = cursor_u8(&bytes);

	cursor_skip(&bytes, 2); /* channel */
	uint32_t size = cursor_u32(&bytes);
	struct cursor payload = bytes;
	uint16_t class = cursor_u16(&payload), method = cursor_u16(&payload);
	if (type != FRAME_METHOD)
		return PARSE_NOT;
	if (payload.failed)
		return PARSE_MORE;
	if (size < 4 || size > FRAME_BYTES_MAX || class < CLASS_CONNECTION || class > CLASS_LAST ||
	    class % 5 != 0 || method < CLASS_CONNECTION || method > METHOD_LAST)
		return PARSE_NOT;
	cursor_skip(&bytes, size);
	uint8_t end = cursor_u8(&bytes);
	if (bytes.failed)
		return PARSE_MORE;
	return end == FRAME_END ? PARSE_DONE : PARSE_NOT;
}

/* An opening (the server's refuses the client's), or a frame. */
static enum parse_outcome probe_side(struct cursor bytes)
{
	enum parse_outcome outcome = banner_starts(bytes, "AMQP", 4);

	if (bytes.left != 0 && outcome == PARSE_NOT)
		return probe_frame(bytes);
	if (outcome != PARSE_DONE || bytes.left < OPENING_BYTES)
		return PARSE_MORE;
	return step_of(bytes) == NOTHING ? PARSE_NOT : PARSE_DONE;
}

enum parse_outcome banner_amqp_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER]), probe_side(side[TO_CLIENT]));
}

static bool is_open_mechanism(struct cursor name)
{
	return (name.left == 5 && memcmp(name.at, "PLAIN", 5) == 0) ||
	       (name.left == 8 && memcmp(name.at, "AMQPLAIN", 8) == 0);
}

static bool is_old_login(struct cursor payload)
{
	uint16_t class = cursor_u16(&payload), method = cursor_u16(&payload);

	cursor_sub(&payload, cursor_u32(&payload)); /* properties of the client */
	struct cursor mechanism = cursor_sub(&payload, cursor_u8(&payload));
	return class == CLASS_CONNECTION && method == METHOD_START_OK && !mechanism.failed &&
	       is_open_mechanism(mechanism);
}

static bool is_sasl_login(struct cursor body)
{
	if (banner_starts(body, "\0\x53\x41", 3) != PARSE_DONE)
		return false;
	cursor_skip(&body, 3);
	cursor_skip(&body, cursor_u8(&body) == 0xd0 ? 8 : 2); /* size and count of the list */
	if (cursor_u8(&body) != 0xa3)
		return false;
	struct cursor mechanism = cursor_sub(&body, cursor_u8(&body));
	return !mechanism.failed && is_open_mechanism(mechanism);
}

/* One frame of either version, without its header. MORE: not whole; NOT: no frame. */
static enum parse_outcome take_frame(struct cursor *cursor, bool old, struct cursor *body)
{
	uint32_t size;

	if (old) {
		cursor_skip(cursor, 3);
		size = cursor_u32(cursor);
	} else {
		size = cursor_u32(cursor);
		cursor_skip(cursor, 4);
		if (size < 8 && !cursor->failed)
			return PARSE_NOT;
		size -= 8;
	}
	if (!cursor->failed && size > FRAME_BYTES_MAX)
		return PARSE_NOT;
	*body = cursor_sub(cursor, size);
	if (old)
		cursor_skip(cursor, 1);
	return body->failed || cursor->failed ? PARSE_MORE : PARSE_DONE;
}

static enum parse_outcome read_client(struct banner_session *session, struct cursor *cursor)
{
	uint8_t *step = &session->reader->step;

	while (cursor->left != 0) {
		struct cursor ahead = *cursor, body;

		if (*step == TLS && banner_is_tls(cursor))
			return banner_starttls(session);
		if (*cursor->at == 'A') {
			*step = step_of(*cursor);
			if (!cursor_skip(&ahead, OPENING_BYTES))
				return PARSE_MORE;
			*cursor = ahead;
			continue;
		}
		if (*step == NOTHING) /* its beginning was not captured */
			*step = OLD;

		enum parse_outcome outcome = take_frame(&ahead, *step == OLD, &body);
		if (outcome != PARSE_DONE)
			return outcome == PARSE_NOT ? PARSE_DONE : PARSE_MORE;
		*cursor = ahead;
		if (*step == OLD ? is_old_login(body) : is_sasl_login(body))
			return banner_login(session);
	}
	return PARSE_MORE;
}

/* The server consents to TLS by the same opening. */
enum parse_outcome banner_amqp_read(struct banner_session *session, enum direction direction,
				    struct cursor *cursor)
{
	if (direction == TO_SERVER)
		return read_client(session, cursor);
	if (session->reader->step != TLS)
		return banner_pass_all(cursor);
	if (cursor->left < OPENING_BYTES)
		return PARSE_MORE;
	return step_of(cursor_sub(cursor, OPENING_BYTES)) == TLS ? banner_starttls(session)
								 : PARSE_DONE;
}
