/* FTP, SMTP, IMAP and POP3: lines of text each way, the server first.
 *
 * What a greeting or a command proves is a set of protocols: "220" is FTP's or SMTP's, "USER" FTP's
 * or POP3's. The sets of all the lines seen are intersected; what is left, if one, is the protocol.
 *
 * step: what the client has asked for and the server has not answered. note, IMAP: a hash of the
 * tag of that request.
 */
#include <strings.h>

#include "identify/banner_protocol.h"

#define LINES_MAX 8 /* commands looked at to decide */
#define TAG_BYTES_MAX 16

enum { FTP = 1, SMTP = 2, IMAP = 4, POP3 = 8, ALL = 15 };

enum { /* bits of reader->step */
       ASKED_TLS = 1,
       AUTH_OPEN = 2, /* AUTH without its response: the client's next line is that */
       ANONYMOUS = 4, /* FTP */
};

struct word {
	const char *text;
	uint8_t set;
};

static const struct word commands[] = {
	{ "USER", FTP | POP3 },
	{ "PASS", FTP | POP3 },
	{ "QUIT", FTP | SMTP | POP3 },
	{ "NOOP", FTP | SMTP | POP3 },
	{ "HELP", FTP | SMTP },
	{ "STAT", FTP | POP3 },
	{ "LIST", FTP | POP3 },
	{ "RSET", SMTP | POP3 },
	{ "FEAT", FTP },
	{ "SYST", FTP },
	{ "TYPE", FTP },
	{ "PASV", FTP },
	{ "EPSV", FTP },
	{ "PORT", FTP },
	{ "OPTS", FTP },
	{ "CWD", FTP },
	{ "PWD", FTP },
	{ "PBSZ", FTP },
	{ "PROT", FTP },
	{ "HOST", FTP },
	{ "CLNT", FTP },
	{ "RETR", FTP | POP3 },
	{ "EHLO", SMTP },
	{ "HELO", SMTP },
	{ "LHLO", SMTP },
	{ "MAIL", SMTP },
	{ "RCPT", SMTP },
	{ "DATA", SMTP },
	{ "STARTTLS", SMTP },
	{ "CAPA", POP3 },
	{ "APOP", POP3 },
	{ "STLS", POP3 },
	{ "UIDL", POP3 },
	{ "UTF8", POP3 },
};

/* What FTP's AUTH asks for; that of mail names a mechanism. */
static const struct word tls_kinds[] = { { "TLS", FTP }, { "SSL", FTP }, { "TLS-C", FTP } };

static const struct word tagged_commands[] = { /* behind a tag */
					       { "CAPABILITY", IMAP },   { "LOGIN", IMAP },
					       { "AUTHENTICATE", IMAP }, { "STARTTLS", IMAP },
					       { "NOOP", IMAP },         { "ID", IMAP },
					       { "LOGOUT", IMAP },       { "SELECT", IMAP },
					       { "LIST", IMAP },         { "ENABLE", IMAP },
					       { "NAMESPACE", IMAP }
};

static const struct word greetings[] = {
	{ "220 ", FTP | SMTP }, { "220-", FTP | SMTP }, { "421 ", FTP | SMTP },
	{ "120 ", FTP },        { "554 ", SMTP },       { "554-", SMTP },
	{ "* OK", IMAP },       { "* PREAUTH", IMAP },  { "* BYE", IMAP },
	{ "+OK", POP3 },        { "-ERR", POP3 },
};

/* SASL mechanisms: OPEN ones send the password, or a token, as it is. */
enum { SEALED = 1, OPEN = 2 };

static const struct word mechanisms[] = {
	{ "PLAIN", OPEN },       { "LOGIN", OPEN },         { "XOAUTH2", OPEN },
	{ "OAUTHBEARER", OPEN }, { "CRAM-MD5", SEALED },    { "DIGEST-MD5", SEALED },
	{ "NTLM", SEALED },      { "GSSAPI", SEALED },      { "GSS-SPNEGO", SEALED },
	{ "EXTERNAL", SEALED },  { "SCRAM-SHA-1", SEALED }, { "SCRAM-SHA-256", SEALED },
};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

static bool is_word(struct cursor word, const char *text)
{
	return word.left == strlen(text) && word.left != 0 &&
	       strncasecmp((const char *)word.at, text, word.left) == 0;
}

static uint8_t set_of(struct cursor word, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_word(word, words[i].text))
			return words[i].set;
	return 0;
}

/* The next line without its end; false: it is not whole. */
static bool take_line(struct cursor *cursor, struct cursor *line)
{
	const uint8_t *end = cursor->left ? memchr(cursor->at, '\n', cursor->left) : NULL;

	if (!end)
		return false;
	*line = cursor_sub(cursor, (size_t)(end - cursor->at));
	cursor_skip(cursor, 1);
	if (line->left != 0 && line->at[line->left - 1] == '\r')
		line->left--;
	return true;
}

/* The next word of a line, without the blank behind it; empty at its end. */
static struct cursor take_word(struct cursor *line)
{
	const uint8_t *end = line->left ? memchr(line->at, ' ', line->left) : NULL;
	struct cursor word = cursor_sub(line, end ? (size_t)(end - line->at) : line->left);

	if (line->left != 0)
		cursor_skip(line, 1);
	return word;
}

static bool is_tag(struct cursor word)
{
	if (word.left == 0 || word.left > TAG_BYTES_MAX)
		return false;
	while (word.left != 0) {
		uint8_t byte = cursor_u8(&word);

		if (byte <= ' ' || byte > '~' || strchr("(){%*\"\\+", byte))
			return false;
	}
	return true;
}

/* AUTH alone asks POP3 for its mechanisms; with anything else behind it, it is Redis'. */
static uint8_t set_of_auth(struct cursor kind)
{
	if (set_of(kind, tls_kinds, COUNT(tls_kinds)) != 0)
		return FTP;
	return kind.left == 0 || set_of(kind, mechanisms, COUNT(mechanisms)) != 0 ? SMTP | POP3 : 0;
}

static uint8_t set_of_line(struct cursor line)
{
	struct cursor word = take_word(&line), command = take_word(&line);
	uint8_t set = set_of(word, commands, COUNT(commands));

	if (is_word(word, "AUTH"))
		return set_of_auth(command);
	if (is_tag(word))
		set |= set_of(command, tagged_commands, COUNT(tagged_commands));
	return set;
}

static bool may_become(struct cursor part, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (part.left <= strlen(words[i].text) &&
		    (part.left == 0 ||
		     strncasecmp((const char *)part.at, words[i].text, part.left) == 0))
			return true;
	return false;
}

/* A line without its end: whether it can still become a command. */
static bool may_be_line(struct cursor part)
{
	struct cursor word = take_word(&part);

	if (word.left != 0 && word.at[word.left - 1] == '\r')
		word.left--;
	if (part.left == 0)
		return word.left == 0 || may_become(word, commands, COUNT(commands)) ||
		       is_tag(word);
	return is_word(word, "AUTH") || set_of(word, commands, COUNT(commands)) != 0 ||
	       (is_tag(word) &&
		may_become(take_word(&part), tagged_commands, COUNT(tagged_commands)));
}

/* *known: the client has said something that counts. */
static uint8_t client_set(struct cursor bytes, bool *known)
{
	struct cursor line;
	uint8_t set = ALL;

	*known = false;
	for (int i = 0; i < LINES_MAX && take_line(&bytes, &line); i++) {
		set &= set_of_line(line);
		*known = true;
		if (set == 0)
			return 0;
	}
	return *known || may_be_line(bytes) ? set : 0;
}

static bool mentions(struct cursor bytes, const char *text)
{
	size_t length = strlen(text);

	for (; bytes.left >= length; cursor_skip(&bytes, 1))
		if (strncasecmp((const char *)bytes.at, text, length) == 0)
			return true;
	return false;
}

/* *known: the greeting settles it by itself. */
static uint8_t server_set(struct cursor bytes, bool *known)
{
	uint8_t set = 0;

	*known = false;
	for (size_t i = 0; i < COUNT(greetings); i++)
		if (banner_starts(bytes, greetings[i].text, strlen(greetings[i].text)) != PARSE_NOT)
			set |= greetings[i].set;
	if (set == (FTP | SMTP) && mentions(bytes, "SMTP"))
		set = SMTP;
	else if (set == (FTP | SMTP) && mentions(bytes, "FTP"))
		set = FTP;
	*known = bytes.left >= 4 && (set == SMTP || set == FTP || set == IMAP ||
				     (set == POP3 && mentions(bytes, "POP")));
	return set;
}

static uint8_t set_of_app(enum app app)
{
	switch (app) {
	case APP_FTP:
		return FTP;
	case APP_SMTP:
		return SMTP;
	case APP_IMAP:
		return IMAP;
	default:
		return POP3;
	}
}

enum parse_outcome banner_lines_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	bool client_known, server_known;
	uint8_t set = client_set(side[TO_SERVER], &client_known) &
		      server_set(side[TO_CLIENT], &server_known);

	if ((set & set_of_app(app)) == 0)
		return PARSE_NOT;
	return set == set_of_app(app) && (client_known || server_known) ? PARSE_DONE : PARSE_MORE;
}

static uint32_t hash_of(struct cursor tag)
{
	uint32_t hash = 2166136261u; /* FNV-1a: only one tag is ever compared with the next */

	while (tag.left != 0)
		hash = (hash ^ cursor_u8(&tag)) * 16777619u;
	return hash;
}

/* AUTH and AUTHENTICATE: a mechanism, and perhaps the initial response. */
static enum parse_outcome read_auth(struct banner_session *session, struct cursor line)
{
	struct cursor mechanism = take_word(&line);

	if (set_of(mechanism, mechanisms, COUNT(mechanisms)) != OPEN)
		return PARSE_MORE;
	if (line.left != 0)
		return banner_login(session);
	session->reader->step |= AUTH_OPEN;
	return PARSE_MORE;
}

static enum parse_outcome ask_tls(struct banner_session *session, uint32_t tag_hash)
{
	session->reader->step |= ASKED_TLS;
	session->reader->note = tag_hash;
	return PARSE_MORE;
}

static enum parse_outcome read_ftp(struct banner_session *session, struct cursor word,
				   struct cursor line)
{
	uint8_t *step = &session->reader->step;

	if (is_word(word, "USER")) {
		struct cursor user = take_word(&line);

		*step &= (uint8_t)~ANONYMOUS;
		if (is_word(user, "anonymous") || is_word(user, "ftp"))
			*step |= ANONYMOUS;
	} else if (is_word(word, "PASS")) {
		return *step & ANONYMOUS ? PARSE_DONE : banner_login(session);
	} else if (is_word(word, "AUTH")) {
		struct cursor kind = take_word(&line);

		if (set_of(kind, tls_kinds, COUNT(tls_kinds)) != 0)
			return ask_tls(session, 0);
	}
	return PARSE_MORE;
}

static enum parse_outcome read_smtp(struct banner_session *session, struct cursor word,
				    struct cursor line)
{
	if (is_word(word, "STARTTLS"))
		return ask_tls(session, 0);
	if (is_word(word, "AUTH"))
		return read_auth(session, line);
	if (is_word(word, "MAIL")) /* a message follows: whoever logs in has done so */
		return PARSE_DONE;
	return PARSE_MORE;
}

static enum parse_outcome read_pop3(struct banner_session *session, struct cursor word,
				    struct cursor line)
{
	if (is_word(word, "PASS"))
		return banner_login(session);
	if (is_word(word, "STLS"))
		return ask_tls(session, 0);
	if (is_word(word, "AUTH"))
		return read_auth(session, line);
	return is_word(word, "APOP") ? PARSE_DONE : PARSE_MORE;
}

static enum parse_outcome read_imap(struct banner_session *session, struct cursor tag,
				    struct cursor line)
{
	struct cursor word = take_word(&line);

	if (is_word(word, "LOGIN"))
		return banner_login(session);
	if (is_word(word, "STARTTLS"))
		return ask_tls(session, hash_of(tag));
	if (is_word(word, "AUTHENTICATE"))
		return read_auth(session, line);
	return is_word(word, "SELECT") ? PARSE_DONE : PARSE_MORE;
}

static enum parse_outcome read_command(struct banner_session *session, struct cursor line)
{
	uint8_t *step = &session->reader->step;
	struct cursor word;

	if (*step & AUTH_OPEN) {
		*step &= (uint8_t)~AUTH_OPEN;
		if (!is_word(line, "*")) /* that would take it back */
			return banner_login(session);
		return PARSE_MORE;
	}
	word = take_word(&line);
	switch (session->reader->app) {
	case APP_FTP:
		return read_ftp(session, word, line);
	case APP_SMTP:
		return read_smtp(session, word, line);
	case APP_POP3:
		return read_pop3(session, word, line);
	default:
		return read_imap(session, word, line);
	}
}

/* What a reply says to the request that waits: DONE yes, NOT no, MORE nothing. */
static enum parse_outcome answer_of(const struct banner_reader *reader, struct cursor line)
{
	struct cursor word = take_word(&line), result = take_word(&line);
	const char *yes = reader->app == APP_FTP ? "234" : "220";

	if (reader->app == APP_POP3)
		return is_word(word, "+OK")    ? PARSE_DONE
		       : is_word(word, "-ERR") ? PARSE_NOT
					       : PARSE_MORE;
	if (reader->app == APP_IMAP) {
		if (is_word(result, "NO") || is_word(result, "BAD"))
			return PARSE_NOT;
		return is_word(result, "OK") && hash_of(word) == reader->note ? PARSE_DONE
									      : PARSE_MORE;
	}
	if (is_word(word, yes))
		return PARSE_DONE;
	return word.left != 0 && (word.at[0] == '4' || word.at[0] == '5') ? PARSE_NOT : PARSE_MORE;
}

static enum parse_outcome read_reply(struct banner_session *session, struct cursor line)
{
	struct banner_reader *reader = session->reader;
	enum parse_outcome answer = answer_of(reader, line);

	if (answer == PARSE_DONE && (reader->step & ASKED_TLS) != 0)
		return banner_starttls(session);
	if (answer == PARSE_NOT)
		reader->step &= (uint8_t) ~(ASKED_TLS | AUTH_OPEN);
	return PARSE_MORE;
}

enum parse_outcome banner_lines_read(struct banner_session *session, enum direction direction,
				     struct cursor *cursor)
{
	struct cursor line;
	enum parse_outcome outcome = PARSE_MORE;

	while (outcome == PARSE_MORE) {
		if (direction == TO_SERVER && (session->reader->step & ASKED_TLS) != 0 &&
		    banner_is_tls(cursor))
			return banner_starttls(session);
		if (!take_line(cursor, &line))
			return PARSE_MORE;
		outcome = direction == TO_SERVER ? read_command(session, line)
						 : read_reply(session, line);
	}
	return outcome;
}
