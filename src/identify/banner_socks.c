/* SOCKS (RFC 1928, 1929; version 4 was never a standard):
 *
 *     5  client  05 n methods(n)              server  05 method, ff: none
 *                01 n user n password                 01 0                      with method 2
 *                05 command 00 address port           05 code 00 address port   code 0: connected
 *     4  client  04 command port(2) address(4) user NUL [name NUL]
 *                                             server  00 code port address      code 5a: connected
 *
 * The openings are short, so the server's answer, or a request right behind the methods, has to
 * bear them out. Behind the last answer any protocol may follow. step: what comes next.
 */
#include "identify/banner_protocol.h"

#define VERSION_4 4
#define VERSION_5 5
#define COMMAND_LAST 3 /* connect, bind, associate; version 4 has the first two */
#define METHOD_PASSWORD 2
#define METHOD_NONE 0xff
#define REQUEST_4_BYTES 8
#define REPLY_4_BYTES 8
#define GRANTED_4 0x5a
#define LAST_CODE_4 0x5d
#define USER_BYTES_MAX 255

enum step { METHODS, PASSWORD, REQUEST, REPLY };

/* Version 5's methods: as many as announced, each once. */
static enum parse_outcome take_methods(struct cursor *cursor, uint32_t *offered)
{
	uint8_t version = cursor_u8(cursor), count = cursor_u8(cursor);

	*offered = 0;
	if (cursor->failed)
		return PARSE_MORE;
	if (version != VERSION_5 || count == 0 || count > 9)
		return PARSE_NOT;
	for (int i = 0; i < count; i++) {
		uint8_t method = cursor_u8(cursor);
		uint32_t bit = method < 10      ? 1u << method
			       : method >= 0x80 ? 1u << (method % 20 + 10)
						: 0;

		if (cursor->failed)
			return PARSE_MORE;
		if (bit == 0 || (*offered & bit) != 0 || method == METHOD_NONE)
			return PARSE_NOT;
		*offered |= bit;
	}
	return PARSE_DONE;
}

/* Version 5's address and port, behind its type. */
static bool skip_address(struct cursor *cursor)
{
	switch (cursor_u8(cursor)) {
	case 1:
		return cursor_skip(cursor, 4 + 2);
	case 3:
		return cursor_skip(cursor, cursor_u8(cursor) + 2u) && !cursor->failed;
	case 4:
		return cursor_skip(cursor, 16 + 2);
	default:
		return false;
	}
}

/* 05 command 00 type: a request, or with `last` 8 a reply. */
static enum parse_outcome take_message(struct cursor *cursor, uint8_t last, uint8_t *code)
{
	uint8_t version = cursor_u8(cursor);

	*code = cursor_u8(cursor);
	uint8_t reserved = cursor_u8(cursor), type = cursor->left ? *cursor->at : 0;
	if (cursor->failed || cursor->left == 0)
		return PARSE_MORE;
	if (version != VERSION_5 || *code > last || reserved != 0 ||
	    (type != 1 && type != 3 && type != 4))
		return PARSE_NOT;
	return skip_address(cursor) ? PARSE_DONE : PARSE_MORE;
}

static enum parse_outcome probe_5(struct cursor client, struct cursor server)
{
	uint32_t offered;
	uint8_t code;
	enum parse_outcome outcome = take_methods(&client, &offered);

	if (outcome != PARSE_DONE)
		return outcome;
	if (server.left == 0) { /* heard alone, or not yet answered */
		if (client.left == 0)
			return PARSE_MORE;
		outcome = take_message(&client, COMMAND_LAST, &code);
		return outcome == PARSE_DONE && code == 0 ? PARSE_NOT : outcome;
	}
	if (cursor_u8(&server) != VERSION_5)
		return PARSE_NOT;
	if (server.left == 0)
		return PARSE_MORE;
	code = cursor_u8(&server);
	if (code != METHOD_NONE && (code > 9 || (offered & 1u << code) == 0) && code < 0x80)
		return PARSE_NOT;
	return PARSE_DONE;
}

/* A whole request of version 4. */
static enum parse_outcome take_request_4(struct cursor *cursor)
{
	uint8_t version = cursor_u8(cursor), command = cursor_u8(cursor);

	cursor_skip(cursor, 2);
	uint32_t address = cursor_u32(cursor);
	if (cursor->failed)
		return version == VERSION_4 && command <= 2 ? PARSE_MORE : PARSE_NOT;
	if (version != VERSION_4 || command == 0 || command > 2)
		return PARSE_NOT;
	for (int texts = address != 0 && address < 256 ? 2 : 1; texts > 0; texts--) {
		const uint8_t *end = cursor->left ? memchr(cursor->at, 0, cursor->left) : NULL;

		if (!end)
			return cursor->left > USER_BYTES_MAX ? PARSE_NOT : PARSE_MORE;
		cursor_skip(cursor, (size_t)(end + 1 - cursor->at));
	}
	return PARSE_DONE;
}

static enum parse_outcome probe_4(struct cursor client, struct cursor server)
{
	enum parse_outcome outcome = take_request_4(&client);

	if (outcome != PARSE_DONE || server.left < 2)
		return outcome == PARSE_NOT ? PARSE_NOT : PARSE_MORE;
	return server.at[0] == 0 && server.at[1] >= GRANTED_4 && server.at[1] <= LAST_CODE_4
		       ? PARSE_DONE
		       : PARSE_NOT;
}

enum parse_outcome banner_socks_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	struct cursor client = side[TO_SERVER], server = side[TO_CLIENT];

	(void)app;
	if (client.left == 0) /* a server alone says too little */
		return server.left == 0 || *server.at == VERSION_5 || *server.at == 0 ? PARSE_MORE
										      : PARSE_NOT;
	return *client.at == VERSION_4 ? probe_4(client, server) : probe_5(client, server);
}

static bool skip_password(struct cursor *cursor)
{
	return cursor_skip(cursor, 1) && cursor_skip(cursor, cursor_u8(cursor)) &&
	       cursor_skip(cursor, cursor_u8(cursor)) && !cursor->failed;
}

/* The client's next message. NOT: no such message. */
static enum parse_outcome take_client(struct banner_session *session, struct cursor *cursor)
{
	struct banner_reader *reader = session->reader;
	enum parse_outcome outcome;
	uint8_t code;

	if (reader->step == METHODS && *cursor->at == VERSION_4) {
		outcome = take_request_4(cursor);
		reader->step = outcome == PARSE_DONE ? REPLY : METHODS;
		return outcome;
	}
	if (reader->step == METHODS) {
		outcome = take_methods(cursor, &reader->note);
		reader->step = outcome == PARSE_DONE ? REQUEST : METHODS;
		return outcome;
	}
	if (*cursor->at == 1) { /* user and password */
		if (!skip_password(cursor))
			return PARSE_MORE;
		session->found->credentials |= CREDENTIAL_LOGIN;
		return PARSE_DONE;
	}
	outcome = take_message(cursor, COMMAND_LAST, &code);
	if (outcome == PARSE_DONE)
		reader->step = REPLY;
	return outcome;
}

static enum parse_outcome read_client(struct banner_session *session, struct cursor *cursor)
{
	const struct banner_reader *reader = session->reader;

	while (cursor->left != 0) {
		struct cursor ahead = *cursor;

		if (reader->step == REPLY) /* data: at once, or the server is not heard */
			return reader->seen[TO_CLIENT] == 0 ? banner_starttls(session) : PARSE_MORE;

		enum parse_outcome outcome = take_client(session, &ahead);
		if (outcome != PARSE_DONE)
			return outcome == PARSE_MORE ? PARSE_MORE : PARSE_DONE;
		*cursor = ahead;
	}
	return PARSE_MORE;
}

static enum parse_outcome read_server(struct banner_session *session, struct cursor *cursor)
{
	struct cursor ahead = *cursor;
	uint8_t code;

	if (*cursor->at == 0) {
		if (cursor->left < REPLY_4_BYTES)
			return PARSE_MORE;
		code = cursor->at[1];
		cursor_skip(cursor, REPLY_4_BYTES);
		return code == GRANTED_4 ? banner_starttls(session) : PARSE_DONE;
	}
	if (session->reader->step != REPLY) { /* the method, or the password's fate: two bytes */
		if (cursor->left < 2)
			return PARSE_MORE;
		code = cursor->at[1];
		cursor_skip(cursor, 2);
		return code == METHOD_NONE ? PARSE_DONE : PARSE_MORE;
	}
	switch (take_message(&ahead, 8, &code)) {
	case PARSE_MORE:
		return PARSE_MORE;
	case PARSE_DONE:
		*cursor = ahead;
		return code == 0 ? banner_starttls(session) : PARSE_DONE;
	default:
		return PARSE_DONE;
	}
}

enum parse_outcome banner_socks_read(struct banner_session *session, enum direction direction,
				     struct cursor *cursor)
{
	return direction == TO_SERVER ? read_client(session, cursor) : read_server(session, cursor);
}
