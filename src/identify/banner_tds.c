/* SQL Server, TDS 7 ([MS-TDS] 2.2.3): packets of type(1) status(1) length(2) SPID(2) number(1)
 * window(1)=0.
 *
 *     12 PRELOGIN   options: 00 offset(2) length(2) for the version, then others, ff
 *     10 LOGIN7     length(4, little-endian) version(4) packet size(4) program(4) process(4)
 *                   connection(4) flags1 flags2 ...
 *     01, 03        a batch or a call, later on: 22(4) 18(4) 2(2), the headers of TDS 7.2, first
 *     04            what the server answers
 *
 * When both sides agree on TLS the handshake is carried in PRELOGIN packets; a ClientHello fills
 * one. LOGIN7 outside TLS is a log-in, unless it says that the system's own tokens do it.
 * step: 1 when the client's PRELOGIN is over.
 */
#include "identify/banner_protocol.h"

#define HEADER_BYTES 8
#define PRELOGIN 0x12
#define LOGIN7 0x10
#define BATCH 0x01
#define CALL 0x03
#define REPLY 0x04
#define STATUS_LAST 0x09
#define OPTION_BYTES 5
#define FLAGS2_AT 25
#define INTEGRATED 0x80 /* in flags2 */

struct header {
	uint8_t type;
	uint16_t length; /* of the whole packet */
};

static bool take_header(struct cursor *cursor, struct header *header)
{
	header->type = cursor_u8(cursor);

	uint8_t status = cursor_u8(cursor);
	header->length = cursor_u16(cursor);
	cursor_skip(cursor, 3); /* SPID, number */
	uint8_t window = cursor_u8(cursor);
	return !cursor->failed && header->length > HEADER_BYTES && window == 0 &&
	       status <= STATUS_LAST;
}

/* The list of options of a PRELOGIN or its answer: the version first, right behind the list. */
static bool is_prelogin(struct cursor options, size_t length)
{
	uint8_t token = cursor_u8(&options);
	uint16_t offset = cursor_u16(&options), size = cursor_u16(&options);

	return !options.failed && token == 0 && size == 6 && offset >= OPTION_BYTES + 1 &&
	       offset % OPTION_BYTES == 1 && offset < length;
}

static bool is_login(struct cursor login, size_t length)
{
	uint32_t size = cursor_le32(&login);

	cursor_skip(&login, 3);
	uint8_t version = cursor_u8(&login); /* 70 to 74 */
	return !login.failed && size >= length && version >> 4 == 7;
}

/* Whoever joins a connection later sees these. */
static bool is_request(struct cursor body)
{
	return cursor_le32(&body) == 22 && cursor_le32(&body) == 18;
}

static bool is_opening(const struct header *header, struct cursor body)
{
	size_t length = header->length - (size_t)HEADER_BYTES;

	switch (header->type) {
	case LOGIN7:
		return is_login(body, length);
	case BATCH:
	case CALL:
		return is_request(body);
	default:
		return is_prelogin(body, length);
	}
}

static bool is_type(uint8_t type, bool client)
{
	if (!client)
		return type == REPLY;
	return type == PRELOGIN || type == LOGIN7 || type == BATCH || type == CALL;
}

static enum parse_outcome probe_side(struct cursor bytes, bool client)
{
	size_t have = bytes.left;
	struct header header;

	if (have == 0)
		return PARSE_MORE;
	if (!is_type(*bytes.at, client))
		return PARSE_NOT;
	if (have < HEADER_BYTES + 8)
		return PARSE_MORE;
	if (!take_header(&bytes, &header))
		return PARSE_NOT;

	return is_opening(&header, bytes) ? PARSE_DONE : PARSE_NOT;
}

enum parse_outcome banner_tds_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER], true), probe_side(side[TO_CLIENT], false));
}

static enum parse_outcome read_login(struct banner_session *session, struct cursor login)
{
	if (!cursor_skip(&login, FLAGS2_AT))
		return PARSE_DONE;
	return cursor_u8(&login) & INTEGRATED ? PARSE_DONE : banner_login(session);
}

enum parse_outcome banner_tds_read(struct banner_session *session, enum direction direction,
				   struct cursor *cursor)
{
	if (direction == TO_CLIENT)
		return banner_pass_all(cursor);
	for (;;) {
		struct cursor ahead = *cursor;
		struct header header;
		bool fits = take_header(&ahead, &header);

		if (ahead.failed)
			return PARSE_MORE;
		if (!fits)
			return PARSE_DONE;
		if (header.type == PRELOGIN && session->reader->step == 1) {
			if (ahead.left == 0)
				return PARSE_MORE;
			*cursor = ahead; /* the ClientHello starts here */
			return banner_is_tls(cursor) ? banner_starttls(session) : PARSE_DONE;
		}

		struct cursor body = cursor_sub(&ahead, header.length - (size_t)HEADER_BYTES);
		if (body.failed)
			return PARSE_MORE;
		if (header.type == LOGIN7)
			return read_login(session, body);
		if (header.type != PRELOGIN)
			return PARSE_DONE;
		*cursor = ahead;
		session->reader->step = 1;
	}
}
