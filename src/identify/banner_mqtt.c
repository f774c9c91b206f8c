/* MQTT: a client opens with CONNECT (MQTT 3.1.1 and 5.0, section 3.1):
 *
 *     10 remaining length(1..4, 7 bits each) | 00 04 "MQTT" level(4, 5) or 00 06 "MQIsdp" 03 |
 *     flags: user name 80, password 40, ..., reserved 01
 */
#include "identify/banner_protocol.h"

#define CONNECT 0x10
#define FLAG_USER 0x80
#define FLAG_PASSWORD 0x40
#define FLAG_RESERVED 0x01

/* DONE: *flags are the connect flags. */
static enum parse_outcome open_connect(struct cursor bytes, uint8_t *flags)
{
	static const char now[] = "\0\4MQTT", once[] = "\0\6MQIsdp";
	uint8_t length, bits = 0;

	if (bytes.left != 0 && *bytes.at != CONNECT)
		return PARSE_NOT;
	cursor_skip(&bytes, 1);
	do {
		length = cursor_u8(&bytes);
		bits++;
	} while ((length & 0x80) != 0 && bits < 4);
	if (bytes.failed)
		return PARSE_MORE;
	if ((length & 0x80) != 0)
		return PARSE_NOT;

	enum parse_outcome old = banner_starts(bytes, once, sizeof(once) - 1);
	enum parse_outcome new = banner_starts(bytes, now, sizeof(now) - 1);
	if (old != PARSE_DONE && new != PARSE_DONE)
		return old == PARSE_MORE || new == PARSE_MORE ? PARSE_MORE : PARSE_NOT;
	cursor_skip(&bytes, old == PARSE_DONE ? sizeof(once) - 1 : sizeof(now) - 1);
	cursor_skip(&bytes, 1); /* level */
	*flags = cursor_u8(&bytes);
	if (bytes.failed)
		return PARSE_MORE;
	return *flags & FLAG_RESERVED ? PARSE_NOT : PARSE_DONE;
}

/* What the server says, 20 02 00 00, is too short to prove anything. */
enum parse_outcome banner_mqtt_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	uint8_t flags;
	enum parse_outcome server = banner_starts(side[TO_CLIENT], "\x20", 1);

	(void)app;
	return banner_either(open_connect(side[TO_SERVER], &flags),
			     server == PARSE_NOT ? PARSE_NOT : PARSE_MORE);
}

enum parse_outcome banner_mqtt_read(struct banner_session *session, enum direction direction,
				    struct cursor *cursor)
{
	uint8_t flags;

	if (direction == TO_CLIENT)
		return banner_pass_all(cursor);
	if (open_connect(*cursor, &flags) == PARSE_DONE &&
	    (flags & (FLAG_USER | FLAG_PASSWORD)) != 0)
		return banner_login(session);
	return PARSE_DONE;
}
