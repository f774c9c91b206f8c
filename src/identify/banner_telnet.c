/* Telnet: options are negotiated with IAC (ff), a verb (fb to fe) and an option (RFC 854, 855);
 * some servers only print a prompt. A password follows a prompt that asks for it.
 * step: 1 when it was asked for. */
#include <strings.h>

#include "identify/banner_protocol.h"

#define IAC 0xff
#define SE 0xf0
#define SB 0xfa
#define WILL 0xfb
#define OPTION_LAST 49   /* of the run that IANA assigned; those above it are rarities */
#define PROMPT "assword" /* Password, password */
#define PROMPT_BYTES 7

static enum parse_outcome probe_options(struct cursor bytes)
{
	if (bytes.left == 0)
		return PARSE_MORE;
	if (cursor_u8(&bytes) != IAC)
		return PARSE_NOT;
	if (bytes.left < 2)
		return PARSE_MORE;

	uint8_t verb = cursor_u8(&bytes), option = cursor_u8(&bytes);
	return verb >= WILL && verb < IAC && option <= OPTION_LAST ? PARSE_DONE : PARSE_NOT;
}

static bool ends_with(struct cursor bytes, const char *literal, size_t length)
{
	return bytes.left >= length &&
	       strncasecmp((const char *)bytes.at + bytes.left - length, literal, length) == 0;
}

/* A greeting of FTP, SMTP, POP3 or IMAP may talk of log-ins, too; so may an answer of HTTP. */
static bool is_greeting(struct cursor bytes)
{
	return (*bytes.at >= '0' && *bytes.at <= '9') || *bytes.at == '+' || *bytes.at == '*' ||
	       (bytes.left >= 5 && memcmp(bytes.at, "HTTP/", 5) == 0);
}

/* A server that speaks first, without options: text that ends with a prompt. */
static enum parse_outcome probe_prompt(struct cursor bytes)
{
	if (is_greeting(bytes))
		return PARSE_NOT;
	for (size_t i = 0; i < bytes.left; i++)
		if (bytes.at[i] == 0 || bytes.at[i] > 0xf4)
			return PARSE_NOT;
	while (bytes.left != 0 && bytes.at[bytes.left - 1] == ' ')
		bytes.left--;
	if (ends_with(bytes, "\nlogin:", 7) || ends_with(bytes, " login:", 7) ||
	    ends_with(bytes, "\nusername:", 10) ||
	    ends_with(bytes,
		      "\n"
		      "password:",
		      10))
		return PARSE_DONE;
	return PARSE_MORE;
}

enum parse_outcome banner_telnet_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	enum parse_outcome server = probe_options(side[TO_CLIENT]);

	(void)app;
	if (server == PARSE_NOT)
		server = probe_prompt(side[TO_CLIENT]);
	return banner_either(probe_options(side[TO_SERVER]), server);
}

static enum parse_outcome read_server(struct banner_session *session, struct cursor *cursor)
{
	if (memmem(cursor->at, cursor->left, PROMPT, PROMPT_BYTES)) {
		session->reader->step = 1;
		return banner_pass_all(cursor);
	}
	if (cursor->left >= PROMPT_BYTES) /* the rest may be the start of one */
		cursor_skip(cursor, cursor->left - (PROMPT_BYTES - 1));
	return PARSE_MORE;
}

/* Passes over a command that starts at the cursor. False: it is not whole. */
static bool skip_command(struct cursor *cursor)
{
	const uint8_t end[] = { IAC, SE };
	const uint8_t *found;

	if (cursor->left < 2)
		return false;
	if (cursor->at[1] < SB || cursor->at[1] == IAC)
		return cursor_skip(cursor, 2);
	if (cursor->at[1] != SB)
		return cursor_skip(cursor, 3);
	found = memmem(cursor->at, cursor->left, end, sizeof(end));
	return found && cursor_skip(cursor, (size_t)(found - cursor->at) + sizeof(end));
}

enum parse_outcome banner_telnet_read(struct banner_session *session, enum direction direction,
				      struct cursor *cursor)
{
	if (direction == TO_CLIENT)
		return read_server(session, cursor);
	while (cursor->left != 0) {
		if (*cursor->at == IAC) {
			if (!skip_command(cursor))
				return PARSE_MORE;
			continue;
		}
		if (session->reader->step == 1)
			return banner_login(session);
		cursor_skip(cursor, 1);
	}
	return PARSE_MORE;
}
