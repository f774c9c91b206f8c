/* Redis: a command is an array of bulk strings, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n" (RESP), or
 * just a line. An array says what it is; a line proves nothing until the server answers as Redis
 * does. AUTH is a log-in, and so is HELLO with AUTH among its arguments.
 */
#include <strings.h>

#include "identify/banner_protocol.h"

#define DIGITS_MAX 9
#define ARGUMENTS_MAX 16 /* looked at in one command: HELLO 3 AUTH user password SETNAME name */

static const char *const inline_commands[] = { "AUTH", "PING", "INFO", "HELLO", "ECHO", "SELECT" };

static const char *const replies[] = { "+PONG\r\n", "-NOAUTH ", "-WRONGPASS ", "-ERR " };

/* `type`, a number and CR LF. NOT: something else; MORE: not whole. */
static enum parse_outcome take_number(struct cursor *cursor, char type, uint32_t *number)
{
	uint8_t byte;

	if (cursor->left != 0 && cursor_u8(cursor) != (uint8_t)type)
		return PARSE_NOT;
	*number = 0;
	for (int i = 0; i <= DIGITS_MAX; i++) {
		byte = cursor_u8(cursor);
		if (cursor->failed || (byte == '\r' && cursor->left == 0))
			return PARSE_MORE;
		if (byte == '\r')
			return i != 0 && cursor_u8(cursor) == '\n' ? PARSE_DONE : PARSE_NOT;
		if (byte < '0' || byte > '9')
			return PARSE_NOT;
		*number = *number * 10 + (uint32_t)(byte - '0');
	}
	return PARSE_NOT;
}

/* The next bulk string; MORE when it is not whole. */
static enum parse_outcome take_bulk(struct cursor *cursor, struct cursor *bulk)
{
	uint32_t length;
	enum parse_outcome outcome = take_number(cursor, '$', &length);

	if (outcome != PARSE_DONE)
		return outcome;
	*bulk = cursor_sub(cursor, length);
	return cursor_skip(cursor, 2) && !cursor->failed ? PARSE_DONE : PARSE_MORE;
}

static enum parse_outcome probe_array(struct cursor bytes)
{
	uint32_t count, length;
	enum parse_outcome outcome = take_number(&bytes, '*', &count);

	if (outcome != PARSE_DONE)
		return outcome;
	outcome = take_number(&bytes, '$', &length);
	if (outcome != PARSE_DONE || bytes.left == 0)
		return outcome == PARSE_DONE ? PARSE_MORE : outcome;
	return count != 0 && length != 0 && (*bytes.at | 0x20) >= 'a' && (*bytes.at | 0x20) <= 'z'
		       ? PARSE_DONE
		       : PARSE_NOT;
}

static bool is_same(const uint8_t *bytes, const char *text, size_t length)
{
	return strncasecmp((const char *)bytes, text, length) == 0;
}

/* Whether a line starts with a command that people and health checks type. */
static enum parse_outcome probe_inline(struct cursor bytes)
{
	for (size_t i = 0; i < sizeof(inline_commands) / sizeof(inline_commands[0]); i++) {
		size_t length = strlen(inline_commands[i]);
		size_t compared = bytes.left < length ? bytes.left : length;

		if (!is_same(bytes.at, inline_commands[i], compared))
			continue;
		if (compared == bytes.left || bytes.at[length] == ' ' || bytes.at[length] == '\r' ||
		    bytes.at[length] == '\n')
			return PARSE_MORE;
	}
	return PARSE_NOT;
}

/* What only Redis answers to such a line; "+OK" is also POP3's. */
static enum parse_outcome probe_reply(struct cursor bytes, bool after_line)
{
	static const char ok[] = "+OK\r\n";

	if (bytes.left == 0)
		return PARSE_MORE;
	if (!after_line)
		return strchr("+-:$*%", *bytes.at) && *bytes.at != 0 ? PARSE_MORE : PARSE_NOT;
	enum parse_outcome short_reply = banner_starts(bytes, ok, sizeof(ok) - 1);
	if (short_reply == PARSE_MORE ||
	    (short_reply == PARSE_DONE && bytes.left == sizeof(ok) - 1))
		return short_reply;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		enum parse_outcome outcome = banner_starts(bytes, replies[i], strlen(replies[i]));

		if (outcome != PARSE_NOT)
			return outcome;
	}
	uint32_t length;
	return take_number(&bytes, '$', &length);
}

/* A server that greets has spoken before it was asked; the order of the two sides is not known
 * here, so POP3, whose row comes first, takes what both could be. */
enum parse_outcome banner_redis_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	struct cursor client = side[TO_SERVER];
	enum parse_outcome array = client.left != 0 ? probe_array(client) : PARSE_MORE;

	(void)app;
	if (array != PARSE_NOT)
		return banner_either(array, probe_reply(side[TO_CLIENT], false));

	enum parse_outcome outcome = probe_inline(client);
	return banner_either(outcome, probe_reply(side[TO_CLIENT], true));
}

static bool is_auth(struct cursor word)
{
	return word.left == 4 && is_same(word.at, "AUTH", 4);
}

/* One command. *login: it logs in. */
static enum parse_outcome take_command(struct cursor *cursor, bool *login)
{
	uint32_t count;
	enum parse_outcome outcome = take_number(cursor, '*', &count);
	bool hello = false;

	*login = false;
	for (uint32_t i = 0; outcome == PARSE_DONE && i < count; i++) {
		struct cursor word;

		outcome = i < ARGUMENTS_MAX ? take_bulk(cursor, &word) : PARSE_NOT;
		if (outcome != PARSE_DONE)
			return outcome;
		if (i == 0)
			hello = word.left == 5 && is_same(word.at, "HELLO", 5);
		if ((i == 0 || hello) && is_auth(word))
			*login = true;
	}
	return outcome;
}

static enum parse_outcome take_inline(struct cursor *cursor, bool *login)
{
	const uint8_t *end = memchr(cursor->at, '\n', cursor->left);
	struct cursor line;

	if (!end)
		return PARSE_MORE;
	line = cursor_sub(cursor, (size_t)(end + 1 - cursor->at));
	*login = line.left > 6 && is_same(line.at, "AUTH ", 5);
	return PARSE_DONE;
}

enum parse_outcome banner_redis_read(struct banner_session *session, enum direction direction,
				     struct cursor *cursor)
{
	if (direction == TO_CLIENT)
		return banner_pass_all(cursor);
	while (cursor->left != 0) {
		struct cursor ahead = *cursor;
		bool login;
		enum parse_outcome outcome = *cursor->at == '*' ? take_command(&ahead, &login)
								: take_inline(&ahead, &login);

		if (outcome != PARSE_DONE)
			return outcome == PARSE_MORE ? PARSE_MORE : PARSE_DONE;
		*cursor = ahead;
		if (login)
			return banner_login(session);
	}
	return PARSE_MORE;
}
