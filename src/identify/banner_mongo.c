/* MongoDB: messages of length request answers-to operation, four bytes each, little-endian, then
 *
 *     2013 OP_MSG     flags(4) 00 BSON ...        2004 OP_QUERY   flags(4) "db.$cmd" NUL ...
 *     1    OP_REPLY   to the latter
 *
 * A log-in is a saslStart command, by itself or inside the first hello. What it is made of is
 * looked for, not parsed: BSON keys are NUL-terminated.
 */
#include "identify/banner_protocol.h"

#define HEADER_BYTES 16
#define OP_REPLY 1u
#define OP_QUERY 2004u
#define OP_MSG 2013u
#define MESSAGE_BYTES_MAX 0xfffffu /* of a first one; the servers' limit is 48 MB */
#define MSG_FLAGS 0x10003u         /* all that are defined */
#define QUERY_FLAGS 0xfeu
#define NAMES_LONGEST 130

struct header {
	uint32_t length, answers, operation;
};

static bool take_header(struct cursor *cursor, struct header *header)
{
	header->length = cursor_le32(cursor);
	cursor_skip(cursor, 4);
	header->answers = cursor_le32(cursor);
	header->operation = cursor_le32(cursor);
	return !cursor->failed;
}

static bool is_header(const struct header *header, bool client)
{
	if (header->length <= HEADER_BYTES + 5 || header->length > MESSAGE_BYTES_MAX ||
	    (header->answers == 0) != client)
		return false;
	return header->operation == OP_MSG || header->operation == (client ? OP_QUERY : OP_REPLY);
}

/* A section of kind 0: one document, which fits the message. */
static enum parse_outcome probe_msg(struct cursor body, uint32_t length)
{
	uint32_t flags = cursor_le32(&body);
	uint8_t kind = cursor_u8(&body);
	uint32_t document = cursor_le32(&body);

	if (body.failed)
		return PARSE_MORE;
	return (flags & ~MSG_FLAGS) == 0 && kind == 0 && document >= 5 &&
			       document <= length - HEADER_BYTES - 5
		       ? PARSE_DONE
		       : PARSE_NOT;
}

/* A collection's full name: printable, with a dot. */
static enum parse_outcome probe_query(struct cursor body)
{
	uint32_t flags = cursor_le32(&body);
	bool dot = false;

	if (body.failed)
		return PARSE_MORE;
	if ((flags & ~QUERY_FLAGS) != 0)
		return PARSE_NOT;
	for (int i = 0; i < NAMES_LONGEST && body.left != 0; i++) {
		uint8_t byte = cursor_u8(&body);

		if (byte == 0)
			return dot ? PARSE_DONE : PARSE_NOT;
		if (byte <= ' ' || byte > '~')
			return PARSE_NOT;
		dot = dot || byte == '.';
	}
	return body.left == 0 ? PARSE_MORE : PARSE_NOT;
}

static enum parse_outcome probe_side(struct cursor bytes, bool client)
{
	struct cursor start = bytes;
	struct header header;

	if (cursor_le32(&start) > MESSAGE_BYTES_MAX)
		return PARSE_NOT;
	if (!take_header(&bytes, &header))
		return PARSE_MORE;
	if (!is_header(&header, client))
		return PARSE_NOT;
	if (header.operation == OP_MSG)
		return probe_msg(bytes, header.length);
	return header.operation == OP_QUERY ? probe_query(bytes) : PARSE_MORE;
}

enum parse_outcome banner_mongo_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER], true), probe_side(side[TO_CLIENT], false));
}

#define HAS(bytes, literal) (memmem((bytes).at, (bytes).left, literal, sizeof(literal)) != NULL)
#define HAS_START(bytes, literal)                                                                  \
	(memmem((bytes).at, (bytes).left, literal, sizeof(literal) - 1) != NULL)

/* SCRAM and PLAIN prove a password; MONGODB-X509, -AWS, -OIDC and GSSAPI do not carry one. */
static bool is_login(struct cursor body)
{
	return HAS(body, "saslStart") && (HAS_START(body, "SCRAM-SHA-") || HAS(body, "PLAIN"));
}

enum parse_outcome banner_mongo_read(struct banner_session *session, enum direction direction,
				     struct cursor *cursor)
{
	if (direction == TO_CLIENT)
		return banner_pass_all(cursor);
	for (;;) {
		struct cursor ahead = *cursor;
		struct header header;

		if (!take_header(&ahead, &header))
			return PARSE_MORE;
		if (header.length < HEADER_BYTES)
			return PARSE_DONE;

		struct cursor body = cursor_sub(&ahead, header.length - HEADER_BYTES);
		if (body.failed)
			return PARSE_MORE;
		*cursor = ahead;
		if (is_login(body))
			return banner_login(session);
	}
}
