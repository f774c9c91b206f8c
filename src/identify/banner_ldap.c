/* LDAP: each message is 30 length | 02 length id | operation (RFC 4511 section 4.1.1), all in BER.
 *
 *     bind request       60 length | 02 01 version | 04 length name | 80 length password
 *                                                                   | a3 length SASL
 *     search request     63 length | 04 length base ...
 *     extended request   77 length | 80 length OID ...              StartTLS is one
 *     the responses      61, 65, 78: 0a 01 code ...; 64: an entry
 *
 * A bind with a name and no password is anonymous. step: 1 when StartTLS was asked for.
 */
#include "identify/banner_protocol.h"

#define SEQUENCE 0x30
#define INTEGER 0x02
#define OCTET_STRING 0x04
#define ENUMERATED 0x0a
#define BIND_REQUEST 0x60
#define BIND_RESPONSE 0x61
#define SEARCH_REQUEST 0x63
#define SEARCH_ENTRY 0x64
#define SEARCH_DONE 0x65
#define EXTENDED_REQUEST 0x77
#define EXTENDED_RESPONSE 0x78
#define AUTH_SIMPLE 0x80
#define AUTH_SASL 0xa3
#define REQUEST_NAME 0x80

static const char starttls_oid[] = "1.3.6.1.4.1.1466.20037";

struct element {
	uint8_t tag;
	size_t length;
};

/* The tag and the length of the next element; the cursor stops at its contents. */
static bool take_header(struct cursor *cursor, struct element *element)
{
	uint8_t first;

	element->tag = cursor_u8(cursor);
	first = cursor_u8(cursor);
	element->length = first;
	if (first > 0x80) { /* so many octets of length; four are more than any message needs */
		if (first > 0x84)
			return false;
		element->length = 0;
		for (int i = first & 0x7f; i > 0; i--)
			element->length = element->length << 8 | cursor_u8(cursor);
	}
	return first != 0x80 && !cursor->failed;
}

/* The contents of the next element, if it has this tag and is whole. */
static bool take(struct cursor *cursor, uint8_t tag, struct cursor *contents)
{
	struct element element;

	if (!take_header(cursor, &element) || element.tag != tag)
		return false;
	*contents = cursor_sub(cursor, element.length);
	return !contents->failed;
}

/* The operation's tag in a message's contents; the cursor stops at the operation. */
static bool take_operation(struct cursor *message, uint8_t *tag)
{
	struct cursor id;

	if (!take(message, INTEGER, &id) || id.left == 0 || id.left > 4 || message->left == 0)
		return false;
	*tag = *message->at;
	return true;
}

/* Those that a connection, or a capture of it, may start with. */
static bool is_known(uint8_t tag)
{
	return tag == BIND_REQUEST || tag == BIND_RESPONSE || tag == SEARCH_REQUEST ||
	       tag == SEARCH_ENTRY || tag == SEARCH_DONE || tag == EXTENDED_REQUEST ||
	       tag == EXTENDED_RESPONSE;
}

/* Whether the operation opens as it must. Only its first bytes need to be there. */
static bool is_operation(struct cursor operation)
{
	struct element element, inner;

	if (!take_header(&operation, &element) || !take_header(&operation, &inner))
		return false;
	switch (element.tag) {
	case BIND_REQUEST:
		return inner.tag == INTEGER && inner.length == 1;
	case SEARCH_REQUEST:
	case SEARCH_ENTRY:
		return inner.tag == OCTET_STRING;
	case EXTENDED_REQUEST:
		return inner.tag == REQUEST_NAME;
	case BIND_RESPONSE:
	case SEARCH_DONE:
	case EXTENDED_RESPONSE:
		return inner.tag == ENUMERATED && inner.length == 1;
	default:
		return false;
	}
}

/* More than this from the start of a message to the second element of its operation is no LDAP. */
#define OPENING_BYTES 24

static enum parse_outcome probe_side(struct cursor bytes)
{
	bool enough = bytes.left >= OPENING_BYTES;
	struct element message;
	uint8_t tag;

	if (bytes.left == 0)
		return PARSE_MORE;
	if (*bytes.at != SEQUENCE)
		return PARSE_NOT;
	if (!take_header(&bytes, &message))
		return enough ? PARSE_NOT : PARSE_MORE;
	enough = enough || bytes.left >= message.length; /* a short one that is whole */
	if (!take_operation(&bytes, &tag))
		return enough ? PARSE_NOT : PARSE_MORE;
	if (!is_known(tag))
		return PARSE_NOT;
	if (!is_operation(bytes))
		return enough ? PARSE_NOT : PARSE_MORE;
	return PARSE_DONE;
}

enum parse_outcome banner_ldap_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER]), probe_side(side[TO_CLIENT]));
}

static enum parse_outcome read_bind(struct banner_session *session, struct cursor operation)
{
	struct cursor bind, field;

	if (!take(&operation, BIND_REQUEST, &bind) || !take(&bind, INTEGER, &field) ||
	    !take(&bind, OCTET_STRING, &field) || bind.left == 0)
		return PARSE_MORE;
	if (*bind.at == AUTH_SIMPLE && take(&bind, AUTH_SIMPLE, &field))
		return field.left != 0 ? banner_login(session) : PARSE_MORE;
	if (take(&bind, AUTH_SASL, &bind) && take(&bind, OCTET_STRING, &field))
		if (field.left == 5 && memcmp(field.at, "PLAIN", 5) == 0)
			return banner_login(session);
	return PARSE_MORE;
}

static void read_extended(struct banner_session *session, struct cursor operation)
{
	struct cursor request, name;

	if (take(&operation, EXTENDED_REQUEST, &request) && take(&request, REQUEST_NAME, &name) &&
	    name.left == sizeof(starttls_oid) - 1 && memcmp(name.at, starttls_oid, name.left) == 0)
		session->reader->step = 1;
}

static enum parse_outcome read_request(struct banner_session *session, struct cursor message)
{
	uint8_t tag;

	if (!take_operation(&message, &tag))
		return PARSE_MORE;
	if (tag == BIND_REQUEST)
		return read_bind(session, message);
	if (tag == EXTENDED_REQUEST)
		read_extended(session, message);
	return PARSE_MORE;
}

static enum parse_outcome read_response(struct banner_session *session, struct cursor message)
{
	struct cursor response, code;
	uint8_t tag;

	if (!take_operation(&message, &tag) || tag != EXTENDED_RESPONSE ||
	    !take(&message, EXTENDED_RESPONSE, &response) || !take(&response, ENUMERATED, &code))
		return PARSE_MORE;
	session->reader->step = 0;
	return cursor_u8(&code) == 0 ? banner_starttls(session) : PARSE_MORE;
}

enum parse_outcome banner_ldap_read(struct banner_session *session, enum direction direction,
				    struct cursor *cursor)
{
	enum parse_outcome outcome = PARSE_MORE;

	if (direction == TO_CLIENT && session->reader->step == 0)
		return banner_pass_all(cursor); /* entries, of any length */
	while (outcome == PARSE_MORE) {
		struct cursor ahead = *cursor, message;

		if (direction == TO_SERVER && session->reader->step == 1 && banner_is_tls(cursor))
			return banner_starttls(session);
		if (cursor->left != 0 && *cursor->at != SEQUENCE)
			return PARSE_DONE; /* SASL's own encryption, or damage */
		if (!take(&ahead, SEQUENCE, &message))
			return PARSE_MORE;
		*cursor = ahead;
		outcome = direction == TO_SERVER ? read_request(session, message)
						 : read_response(session, message);
	}
	return outcome;
}
