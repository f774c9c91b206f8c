/* MySQL and MariaDB: packets of length(3, little-endian) sequence(1). The server greets:
 *
 *     00 | 0a version NUL | thread(4) challenge(8) 00 | capabilities(2) ...     or ff error(2) text
 *
 * and the client answers: sequence 1, capabilities(4) longest(4) charset(1) 23 reserved, of which
 * MariaDB uses the last four. A client that sets CLIENT_SSL ends there and goes on in TLS at once;
 * from one that does not, the user and a proof of the password follow.
 */
#include "identify/banner_protocol.h"

#define HEADER_BYTES 4
#define PROTOCOL_10 0x0a
#define ERROR 0xff
#define ERROR_FIRST 1000 /* the range of the server's error numbers */
#define ERROR_LAST 4999
#define CLIENT_SSL 0x0800u
#define CLIENT_PROTOCOL_41 0x0200u
#define ANSWER_BYTES_MIN 32
#define RESERVED_BYTES 19
#define GREETING_BYTES_MAX 512
#define VERSION_BYTES_MAX 128

/* "8.0.36-azure", "5.5.5-10.11.6-MariaDB": digits and dots come first. */
static enum parse_outcome probe_version(struct cursor packet)
{
	bool dot = false;

	if (packet.left != 0 && (*packet.at < '1' || *packet.at > '9'))
		return PARSE_NOT;
	for (size_t i = 0; packet.left != 0 && i < VERSION_BYTES_MAX; i++) {
		uint8_t byte = cursor_u8(&packet);

		if (byte == 0) {
			if (!dot)
				return PARSE_NOT;
			if (packet.left <= 12)
				return PARSE_MORE;
			return packet.at[12] == 0 ? PARSE_DONE : PARSE_NOT; /* the filler */
		}
		if (byte < ' ' || byte > '~')
			return PARSE_NOT;
		dot = dot || byte == '.';
	}
	return packet.left == 0 ? PARSE_MORE : PARSE_NOT;
}

static enum parse_outcome probe_error(struct cursor packet)
{
	uint16_t number = cursor_le16(&packet);
	uint8_t letter = cursor_u8(&packet);

	if (packet.failed)
		return PARSE_MORE;
	return number >= ERROR_FIRST && number <= ERROR_LAST && letter > ' ' && letter < 0x7f
		       ? PARSE_DONE
		       : PARSE_NOT;
}

static enum parse_outcome probe_server(struct cursor bytes)
{
	uint16_t length = cursor_le16(&bytes);
	uint8_t high = cursor_u8(&bytes), sequence = cursor_u8(&bytes), first;

	if (bytes.failed)
		return PARSE_MORE;
	if (high != 0 || sequence != 0 || length < 8 || length > GREETING_BYTES_MAX)
		return PARSE_NOT;
	first = cursor_u8(&bytes);
	if (bytes.failed)
		return PARSE_MORE;
	if (first == PROTOCOL_10)
		return probe_version(bytes);
	return first == ERROR ? probe_error(bytes) : PARSE_NOT;
}

static enum parse_outcome probe_client(struct cursor bytes)
{
	uint16_t length = cursor_le16(&bytes);
	uint8_t high = cursor_u8(&bytes), sequence = cursor_u8(&bytes);

	if (bytes.failed)
		return PARSE_MORE;
	if (high != 0 || sequence != 1 || length < ANSWER_BYTES_MIN)
		return PARSE_NOT;

	uint32_t capabilities = cursor_le32(&bytes);
	cursor_skip(&bytes, 5); /* longest packet, charset */
	const uint8_t *reserved = cursor_take(&bytes, RESERVED_BYTES);
	if (!reserved)
		return PARSE_MORE;
	for (int i = 0; i < RESERVED_BYTES; i++)
		if (reserved[i] != 0)
			return PARSE_NOT;
	return capabilities & CLIENT_PROTOCOL_41 ? PARSE_DONE : PARSE_NOT;
}

/* A client that does not begin as it must may still belong to a server that has greeted: it may
 * speak a protocol before 4.1. So the server's word is enough. */
enum parse_outcome banner_mysql_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	enum parse_outcome server = probe_server(side[TO_CLIENT]);

	(void)app;
	if (server == PARSE_DONE)
		return PARSE_DONE;
	return banner_either(probe_client(side[TO_SERVER]), server);
}

enum parse_outcome banner_mysql_read(struct banner_session *session, enum direction direction,
				     struct cursor *cursor)
{
	struct cursor ahead = *cursor;

	if (direction == TO_CLIENT)
		return banner_pass_all(cursor);

	uint16_t length = cursor_le16(&ahead);
	uint8_t high = cursor_u8(&ahead);
	cursor_skip(&ahead, 1);
	struct cursor packet = cursor_sub(&ahead, (size_t)high << 16 | length);
	if (packet.failed || ahead.failed)
		return PARSE_MORE;
	*cursor = ahead;
	if ((cursor_le16(&packet) & CLIENT_SSL) != 0)
		return banner_starttls(session);
	return banner_login(session);
}
