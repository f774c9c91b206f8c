/* PostgreSQL: the client opens with a message without a type, length(4) code(4) (protocol 3,
 * section 55.7): 80877103 asks for TLS, 80877104 for GSS encryption, 80877102 cancels, 0x0003xxxx
 * starts. The server answers the first two with one byte, S or G for yes, N for no. From the start
 * on each message is type(1) length(4).
 *
 *     server   R length(8..) 0 ok, 3 password, 5 MD5, 7 and 9 GSS and SSPI, 10 SASL
 *     client   p length ...  the answer: a log-in unless GSS was asked for
 *
 * step: what was last asked and not answered; then PLAIN.
 */
#include "identify/banner_protocol.h"

#define CODE_CANCEL 80877102u
#define CODE_TLS 80877103u
#define CODE_GSS 80877104u
#define START_BYTES_MAX 10000 /* the server's own limit */
#define AUTH_BYTES_MAX 512    /* of a request with its list of SASL mechanisms */

enum step { STARTS, ASKED_TLS, ASKED_GSS, PLAIN, PLAIN_GSS };

enum { AUTH_OK = 0, AUTH_GSS = 7, AUTH_SSPI = 9, AUTH_SASL = 10, AUTH_LAST = 12 };

static bool is_code(uint32_t code, uint32_t length)
{
	if (code == CODE_TLS || code == CODE_GSS)
		return length == 8;
	if (code == CODE_CANCEL)
		return length >= 16 && length <= 8 + 4 + 256; /* a key; longer since protocol 3.2 */
	return code >> 16 == 3 && (code & 0xffff) < 16 && length > 8 && length < START_BYTES_MAX;
}

static enum parse_outcome probe_client(struct cursor bytes)
{
	size_t have = bytes.left;

	if (have == 0)
		return PARSE_MORE;
	if (*bytes.at != 0 || (have > 1 && bytes.at[1] != 0))
		return PARSE_NOT;

	uint32_t length = cursor_u32(&bytes), code = cursor_u32(&bytes);
	if (bytes.failed)
		return PARSE_MORE;
	if (!is_code(code, length))
		return PARSE_NOT;
	/* A start goes on with the names and values of options, "user" first or "database". */
	if (code >> 16 != 3)
		return PARSE_DONE;
	if (bytes.left == 0)
		return PARSE_MORE;
	return *bytes.at >= 'a' && *bytes.at <= 'z' ? PARSE_DONE : PARSE_NOT;
}

/* A server that is heard alone, at its request for a password. */
static enum parse_outcome probe_server(struct cursor bytes)
{
	size_t have = bytes.left;
	uint8_t type = have == 0 ? 0 : cursor_u8(&bytes);

	if (have == 0 || (have == 1 && (type == 'S' || type == 'N' || type == 'G')))
		return PARSE_MORE;
	if (type == 'N' || type == 'G') /* no TLS; then what a server says */
		type = cursor_u8(&bytes);
	if (type == 'E')
		return PARSE_MORE; /* an error: the client tells */
	if (type != 'R')
		return PARSE_NOT;

	uint32_t length = cursor_u32(&bytes), code = cursor_u32(&bytes);
	if (bytes.failed)
		return PARSE_MORE;
	return length >= 8 && length <= AUTH_BYTES_MAX && code <= AUTH_LAST ? PARSE_DONE
									    : PARSE_NOT;
}

enum parse_outcome banner_postgres_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_client(side[TO_SERVER]), probe_server(side[TO_CLIENT]));
}

/* A message without a type, if it is whole. */
static enum parse_outcome read_opening(struct banner_reader *reader, struct cursor *cursor)
{
	struct cursor ahead = *cursor;
	uint32_t length = cursor_u32(&ahead), code = cursor_u32(&ahead);

	if (ahead.failed)
		return PARSE_MORE;
	if (!is_code(code, length) || code == CODE_CANCEL)
		return PARSE_DONE;
	if (!cursor_skip(&ahead, length - 8))
		return PARSE_MORE;
	reader->step = code == CODE_TLS ? ASKED_TLS : code == CODE_GSS ? ASKED_GSS : PLAIN;
	*cursor = ahead;
	return PARSE_NOT; /* go on with the next */
}

static enum parse_outcome read_client(struct banner_session *session, struct cursor *cursor)
{
	struct banner_reader *reader = session->reader;

	while (cursor->left != 0 && reader->step < PLAIN) {
		if (reader->step == ASKED_TLS && banner_is_tls(cursor))
			return banner_starttls(session);

		enum parse_outcome outcome = read_opening(reader, cursor);
		if (outcome != PARSE_NOT)
			return outcome;
	}
	if (cursor->left == 0)
		return PARSE_MORE;
	if (*cursor->at == 'p' && reader->step == PLAIN)
		return banner_login(session);
	return PARSE_DONE; /* a query: no log-in was needed */
}

static enum parse_outcome read_consent(struct banner_session *session, uint8_t answer)
{
	struct banner_reader *reader = session->reader;

	if (answer == 'S' && reader->step == ASKED_TLS)
		return banner_starttls(session);
	if (answer != 'N')
		return PARSE_DONE; /* GSS encryption, or an error */
	reader->step = STARTS;
	return PARSE_MORE;
}

static enum parse_outcome read_auth(struct banner_reader *reader, struct cursor message)
{
	uint32_t code = cursor_u32(&message);

	if (code == AUTH_OK)
		return PARSE_DONE;
	reader->step = code == AUTH_GSS || code == AUTH_SSPI ? PLAIN_GSS : PLAIN;
	return PARSE_MORE;
}

static enum parse_outcome read_server(struct banner_session *session, struct cursor *cursor)
{
	struct banner_reader *reader = session->reader;
	enum parse_outcome outcome = PARSE_MORE;

	while (outcome == PARSE_MORE && cursor->left != 0) {
		if (reader->step == ASKED_TLS || reader->step == ASKED_GSS) {
			outcome = read_consent(session, cursor_u8(cursor));
			continue;
		}

		struct cursor ahead = *cursor;
		uint8_t type = cursor_u8(&ahead);
		uint32_t length = cursor_u32(&ahead);
		if (length < 4 && !ahead.failed)
			return PARSE_DONE;

		struct cursor message = cursor_sub(&ahead, length - 4);
		if (ahead.failed)
			return PARSE_MORE;
		*cursor = ahead;
		if (type == 'R')
			outcome = read_auth(reader, message);
	}
	return outcome;
}

enum parse_outcome banner_postgres_read(struct banner_session *session, enum direction direction,
					struct cursor *cursor)
{
	return direction == TO_SERVER ? read_client(session, cursor) : read_server(session, cursor);
}
