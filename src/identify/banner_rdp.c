/* RDP opens with an X.224 connection request in TPKT ([MS-RDPBCGR] 2.2.1.1, RFC 1006):
 *
 *     03 00 length(2) | LI e0 dst(2)=0 src(2) class=0 | ["Cookie: mstshash=...\r\n"]
 *     [01 flags 08 00 protocols(4, little-endian)]
 *
 * Other protocols connect in the same way (S7, MMS), but they carry parameters there. The server
 * answers with d0, and with 02 flags 08 00 and the protocol chosen: any but 0 is TLS.
 * step: 1 when the client's request is over. */
#include "identify/banner_protocol.h"

#define TPKT_BYTES 4
#define X224_BYTES 7
#define PLAIN_BYTES (TPKT_BYTES + X224_BYTES) /* a request without cookie and negotiation */
#define REQUEST 0xe0
#define CONFIRM 0xd0
#define NEGOTIATE_REQUEST 1
#define NEGOTIATE_RESPONSE 2
#define NEGOTIATE_FAILURE 3

/* The TPKT's X.224 header; *rest is what follows it. MORE also for part of one. */
static enum parse_outcome open_packet(struct cursor bytes, uint8_t code, struct cursor *rest)
{
	size_t have = bytes.left;

	if (banner_starts(bytes, "\3\0", 2) == PARSE_NOT)
		return PARSE_NOT;
	if (have < PLAIN_BYTES)
		return have > 5 && bytes.at[5] != code ? PARSE_NOT : PARSE_MORE;

	cursor_skip(&bytes, 2);
	uint16_t length = cursor_u16(&bytes);
	uint8_t indicator = cursor_u8(&bytes), type = cursor_u8(&bytes);
	cursor_skip(&bytes, 4); /* references */
	uint8_t class = cursor_u8(&bytes);
	if (length < PLAIN_BYTES || indicator != length - TPKT_BYTES - 1 || type != code ||
	    class != 0)
		return PARSE_NOT;
	if (have < length)
		return PARSE_MORE;
	*rest = cursor_sub(&bytes, length - PLAIN_BYTES);
	return PARSE_DONE;
}

static enum parse_outcome probe_request(struct cursor bytes)
{
	struct cursor rest;
	enum parse_outcome outcome = open_packet(bytes, REQUEST, &rest);

	if (outcome != PARSE_DONE || rest.left == 0)
		return outcome;
	if (banner_starts(rest, "Cookie: ", 8) == PARSE_DONE)
		return PARSE_DONE;
	return rest.at[0] == NEGOTIATE_REQUEST && rest.left >= 8 ? PARSE_DONE : PARSE_NOT;
}

static enum parse_outcome probe_confirm(struct cursor bytes)
{
	struct cursor rest;
	enum parse_outcome outcome = open_packet(bytes, CONFIRM, &rest);

	if (outcome != PARSE_DONE)
		return outcome;
	if (rest.left == 8 && (rest.at[0] == NEGOTIATE_RESPONSE || rest.at[0] == NEGOTIATE_FAILURE))
		return PARSE_DONE;
	return PARSE_MORE; /* of an old server, or of another protocol: the request tells */
}

enum parse_outcome banner_rdp_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_request(side[TO_SERVER]), probe_confirm(side[TO_CLIENT]));
}

static enum parse_outcome read_confirm(struct banner_session *session, struct cursor *cursor)
{
	struct cursor rest;
	enum parse_outcome outcome = open_packet(*cursor, CONFIRM, &rest);

	if (outcome != PARSE_DONE)
		return outcome == PARSE_MORE ? PARSE_MORE : PARSE_DONE;
	cursor_skip(cursor, (size_t)(rest.at + rest.left - cursor->at));

	uint8_t type = cursor_u8(&rest);
	cursor_skip(&rest, 3); /* flags, length */
	uint32_t protocol = cursor_le32(&rest);
	if (type == NEGOTIATE_RESPONSE && !rest.failed && protocol != 0)
		return banner_starttls(session);
	return PARSE_DONE;
}

enum parse_outcome banner_rdp_read(struct banner_session *session, enum direction direction,
				   struct cursor *cursor)
{
	struct cursor rest;

	if (direction == TO_CLIENT)
		return read_confirm(session, cursor);
	if (session->reader->step == 0) {
		if (open_packet(*cursor, REQUEST, &rest) != PARSE_DONE)
			return PARSE_DONE;
		cursor_skip(cursor, (size_t)(rest.at + rest.left - cursor->at));
		session->reader->step = 1;
	}
	if (cursor->left == 0)
		return PARSE_MORE;
	return banner_is_tls(cursor) ? banner_starttls(session) : PARSE_DONE;
}
