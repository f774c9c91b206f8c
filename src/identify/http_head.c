/* The head is a machine over lines that need not be whole:
 *
 *	request    METHOD TARGET VERSION |
 *	response   VERSION STATUS REST   |  then lines: NAME VALUE, or REST when they are no fields
 *
 * Each state has a handler that takes bytes of the current line and says how many; a table indexed
 * by state holds them. A field is complete only when the next line shows that it is not continued,
 * so it is applied there. A run of bytes up to LF is found first, and a CR at its end is held back,
 * so that handlers see neither.
 */
#include "identify/http_head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum state {
	METHOD,
	TARGET,
	REQUEST_VERSION,
	RESPONSE_VERSION,
	STATUS,
	LINE, /* at the start of a line after the first */
	NAME,
	VALUE,
	REST, /* of a line that says nothing to us */
	BAD,
	STATES
};

static const char *const methods[] = {
	/* RFC 9110, 5789 */
	"GET",
	"POST",
	"HEAD",
	"PUT",
	"DELETE",
	"CONNECT",
	"OPTIONS",
	"TRACE",
	"PATCH",
	/* WebDAV and its family: RFC 4918, 3253, 3648, 3744, 4791, 5323, 5842; QUERY */
	"PROPFIND",
	"PROPPATCH",
	"MKCOL",
	"COPY",
	"MOVE",
	"LOCK",
	"UNLOCK",
	"REPORT",
	"SEARCH",
	"ACL",
	"MERGE",
	"CHECKOUT",
	"CHECKIN",
	"UNCHECKOUT",
	"UPDATE",
	"LABEL",
	"MKACTIVITY",
	"MKWORKSPACE",
	"MKCALENDAR",
	"VERSION-CONTROL",
	"BASELINE-CONTROL",
	"ORDERPATCH",
	"BIND",
	"UNBIND",
	"REBIND",
	"LINK",
	"UNLINK",
	"QUERY",
	"PURGE",
	"MKREDIRECTREF",
	"BPROPFIND",
	/* UPnP: SSDP and GENA */
	"M-SEARCH",
	"NOTIFY",
	"SUBSCRIBE",
	"UNSUBSCRIBE",
	/* Microsoft: RPC over HTTP, Remote Desktop Gateway, BITS, Configuration Manager */
	"RPC_IN_DATA",
	"RPC_OUT_DATA",
	"RDG_IN_DATA",
	"RDG_OUT_DATA",
	"BITS_POST",
	"CCM_POST",
	"SMS_POST",
	"POLL",
};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

#define METHOD_MAX 15 /* "BASELINE-CONTROL" has 16 and is cut; no other is longer */

void http_head_start(struct http_head *head, bool is_response)
{
	memset(head, 0, sizeof(*head));
	head->is_response = is_response;
	head->state = is_response ? RESPONSE_VERSION : METHOD;
}

static bool is_method_byte(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}

static void keep_token(struct http_head *head, uint8_t byte)
{
	if (head->token_length < HTTP_FIELD_NAME_MAX)
		head->token[head->token_length] = (char)byte;
	if (head->token_length <= HTTP_FIELD_NAME_MAX)
		head->token_length++;
}

static void end_token(struct http_head *head, enum state next)
{
	head->token_length = 0;
	head->state = (uint8_t)next;
}

static void keep_tokens(struct http_head *head, const uint8_t *bytes, size_t length)
{
	if (length + head->token_length > HTTP_FIELD_NAME_MAX) {
		head->token_length = HTTP_FIELD_NAME_MAX + 1;
		return;
	}
	memcpy(head->token + head->token_length, bytes, length);
	head->token_length = (uint8_t)(head->token_length + length);
}

static size_t take_method(struct http_head *head, const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	for (; i < length && is_method_byte(bytes[i]); i++)
		keep_token(head, bytes[i]);
	if (i == length)
		return i;
	if (bytes[i] != ' ' || head->token_length == 0 ||
	    head->token_length > HTTP_FIELD_NAME_MAX) {
		head->state = BAD;
		return length;
	}

	size_t kept = head->token_length < METHOD_MAX ? head->token_length : METHOD_MAX;
	memcpy(head->info.method, head->token, kept);
	http_field_start(&head->field, ":path", 5);
	end_token(head, TARGET);
	return i + 1;
}

static size_t take_target(struct http_head *head, const uint8_t *bytes, size_t length)
{
	const uint8_t *end = memchr(bytes, ' ', length);
	size_t part = end ? (size_t)(end - bytes) : length;

	http_field_add(&head->field, bytes, part);
	if (!end)
		return part;
	http_field_end(&head->field);
	end_token(head, REQUEST_VERSION);
	return part + 1;
}

/* Some clients leave blanks in a target: the last word of the line is the version. */
static size_t take_request_version(struct http_head *head, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == ' ')
			head->token_length = 0;
		else
			keep_token(head, bytes[i]);
	}
	return length;
}

static bool take_version(struct http_head *head)
{
	if (head->token_length != 8 || memcmp(head->token, "HTTP/1.", 7) != 0 ||
	    !isdigit((unsigned char)head->token[7]))
		return false;
	head->version = head->token[7] == '0' ? 10 : 11;
	head->info.version = head->version;
	return true;
}

static size_t take_response_version(struct http_head *head, const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	for (; i < length && bytes[i] != ' '; i++)
		keep_token(head, bytes[i]);
	if (i == length && head->token_length <= 8)
		return i;
	if (!take_version(head)) {
		head->state = BAD;
		return length;
	}
	end_token(head, STATUS);
	return i + 1;
}

static size_t take_status(struct http_head *head, const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	for (; i < length && bytes[i] != ' '; i++)
		keep_token(head, bytes[i]);
	if (i < length)
		head->state = REST;
	return i < length ? i + 1 : i;
}

static bool is_status(struct http_head *head)
{
	const char *digit = head->token;

	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)digit[i]))
			return false;
	head->status = (uint16_t)((digit[0] - '0') * 100 + (digit[1] - '0') * 10 + digit[2] - '0');
	return head->token_length == 3 && head->status >= 100;
}

/* --- fields --- */

static void take_content_length(struct http_head *head)
{
	const char *at = head->field.text;
	bool more = true;

	while (more) { /* a list of equal numbers is allowed (RFC 9110 section 8.6) */
		uint64_t value = 0;

		while (*at == ' ' || *at == '\t')
			at++;
		if (!isdigit((unsigned char)*at)) {
			head->bad_length = true;
			return;
		}
		for (; isdigit((unsigned char)*at); at++) {
			if (value > UINT64_MAX / 100)
				head->bad_length = true;
			else
				value = value * 10 + (uint64_t)(*at - '0');
		}
		if (head->has_length && value != head->content_length)
			head->bad_length = true;
		head->has_length = true;
		head->content_length = value;
		more = *at == ',';
		at++;
	}
	if (at[-1] != '\0')
		head->bad_length = true;
}

static void take_transfer_encoding(struct http_head *head)
{
	static const char chunked[] = "chunked";
	const struct http_field *field = &head->field;
	size_t length = sizeof(chunked) - 1;

	head->has_coding = true;
	head->is_chunked = field->length >= length && /* the last coding decides */
			   strcasecmp(field->text + field->length - length, chunked) == 0;
}

static void apply_field(struct http_head *head)
{
	struct http_field *field = &head->field;

	http_field_end(field);
	if (field->id == HTTP_FIELD_CONTENT_LENGTH) {
		take_content_length(head);
	} else if (field->id == HTTP_FIELD_TRANSFER_ENCODING) {
		take_transfer_encoding(head);
	} else if (head->is_response) {
		if (field->id == HTTP_FIELD_UPGRADE)
			http_field_apply(field, &head->info);
	} else {
		if (field->id == HTTP_FIELD_HOST && field->length > 0 && head->host_from_target) {
			head->info.host[0] = '\0';
			head->host_from_target = false;
		}
		http_field_apply(field, &head->info);
	}
	field->id = HTTP_FIELD_OTHER;
}

/* First byte of a line: a blank continues the field before it. */
static size_t take_line(struct http_head *head, const uint8_t *bytes, size_t length)
{
	if (bytes[0] == ' ' || bytes[0] == '\t') {
		head->state = VALUE;
		return 0;
	}
	apply_field(head);
	end_token(head, NAME);
	(void)length;
	return 0;
}

static size_t take_name(struct http_head *head, const uint8_t *bytes, size_t length)
{
	const uint8_t *colon = memchr(bytes, ':', length);
	size_t part = colon ? (size_t)(colon - bytes) : length;

	keep_tokens(head, bytes, part);
	if (!colon)
		return part;
	while (head->token_length > 0 && head->token_length <= HTTP_FIELD_NAME_MAX &&
	       head->token[head->token_length - 1] == ' ')
		head->token_length--; /* "Host : x": forbidden, and understood by some servers */
	http_field_start(&head->field, head->token, head->token_length);
	end_token(head, VALUE);
	return part + 1;
}

static size_t take_value(struct http_head *head, const uint8_t *bytes, size_t length)
{
	http_field_add(&head->field, bytes, length);
	return length;
}

static size_t take_rest(struct http_head *head, const uint8_t *bytes, size_t length)
{
	(void)head;
	(void)bytes;
	return length;
}

static size_t (*const takers[STATES])(struct http_head *head, const uint8_t *bytes,
				      size_t length) = {
	[METHOD] = take_method,
	[TARGET] = take_target,
	[REQUEST_VERSION] = take_request_version,
	[RESPONSE_VERSION] = take_response_version,
	[STATUS] = take_status,
	[LINE] = take_line,
	[NAME] = take_name,
	[VALUE] = take_value,
	[REST] = take_rest,
	[BAD] = take_rest,
};

static void take(struct http_head *head, const uint8_t *bytes, size_t length)
{
	if (length > 0)
		head->has_line = true;
	while (length > 0) {
		size_t taken = takers[head->state](head, bytes, length);

		bytes += taken;
		length -= taken;
	}
}

static enum parse_outcome end_request_line(struct http_head *head)
{
	if (head->state != REQUEST_VERSION)
		return PARSE_NOT;
	head->is_h2_preface = strcmp(head->info.method, "PRI") == 0 &&
			      strcmp(head->field.text, "*") == 0 && head->token_length == 8 &&
			      memcmp(head->token, "HTTP/2.0", 8) == 0;
	if (!take_version(head))
		return PARSE_NOT;
	head->has_first_line = true;
	if (strcmp(head->info.method, "CONNECT") == 0 && head->info.host[0] == '\0')
		memcpy(head->info.host, head->field.text,
		       strnlen(head->field.text, sizeof(head->info.host) - 1));
	http_field_apply(&head->field, &head->info);
	head->host_from_target = head->info.host[0] != '\0';
	head->field.id = HTTP_FIELD_OTHER;
	head->info.is_request = true;
	end_token(head, LINE);
	return PARSE_MORE;
}

static enum parse_outcome end_status_line(struct http_head *head)
{
	if ((head->state != STATUS && head->state != REST) || !is_status(head))
		return PARSE_NOT;
	head->has_first_line = true;
	end_token(head, LINE);
	return PARSE_MORE;
}

static enum parse_outcome end_line(struct http_head *head)
{
	bool empty = !head->has_line;

	head->has_line = false;
	if (!head->has_first_line) {
		if (empty)
			return PARSE_MORE; /* RFC 9112 section 2.2: before a request line */
		return head->is_response ? end_status_line(head) : end_request_line(head);
	}
	if (empty) {
		apply_field(head);
		memset(head->field.text, 0, sizeof(head->field.text));
		return PARSE_DONE;
	}
	end_token(head, LINE);
	return PARSE_MORE;
}

/* Takes a run of bytes without LF. The CR at its end is held: an LF may follow it. */
static void take_run(struct http_head *head, const uint8_t *bytes, size_t length)
{
	static const uint8_t cr = '\r';

	if (length == 0)
		return;
	if (head->held_cr)
		take(head, &cr, 1);
	head->held_cr = bytes[length - 1] == '\r';
	take(head, bytes, length - (head->held_cr ? 1 : 0));
}

enum parse_outcome http_head_read(struct http_head *head, struct cursor *bytes)
{
	enum parse_outcome outcome = PARSE_MORE;

	while (outcome == PARSE_MORE && bytes->left > 0) {
		const uint8_t *end = memchr(bytes->at, '\n', bytes->left);
		size_t length = end ? (size_t)(end - bytes->at) : bytes->left;

		if (length >= HTTP_HEAD_MAX - head->bytes)
			return PARSE_LIMIT;
		take_run(head, bytes->at, length);
		cursor_skip(bytes, length);
		head->bytes += (uint32_t)length;
		if (head->state == BAD)
			return PARSE_NOT;
		if (!end)
			break;
		cursor_skip(bytes, 1);
		head->bytes++;
		head->held_cr = false;
		outcome = end_line(head);
	}
	return outcome;
}

bool http_head_cut(struct http_head *head)
{
	if (head->has_first_line && head->state == LINE)
		apply_field(head);
	memset(head->field.text, 0, sizeof(head->field.text));
	return head->has_first_line;
}

/* --- first bytes --- */

/* Whether a whole request line, without its end, closes with an HTTP/1 version. */
static bool ends_in_version(const uint8_t *line, size_t length)
{
	if (length > 0 && line[length - 1] == '\r')
		length--;
	return length > 9 && memcmp(line + length - 9, " HTTP/1.", 8) == 0 &&
	       isdigit(line[length - 1]);
}

static bool is_known_method(const uint8_t *bytes, size_t length, bool is_whole)
{
	for (int i = 0; i < METHODS; i++) {
		size_t most = strlen(methods[i]);

		if ((is_whole ? length == most : length <= most) &&
		    memcmp(methods[i], bytes, length) == 0)
			return true;
	}
	return false;
}

/* BitTorrent's local service discovery borrows the form of a request. */
static bool is_other(const uint8_t *method, size_t length)
{
	static const char search[] = "BT-SEARCH";

	return length == sizeof(search) - 1 && memcmp(method, search, length) == 0;
}

bool http_head_looks_like_request(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = length > 0 ? memchr(bytes, '\n', length) : NULL;
	size_t word = 0;

	while (word < length && word <= HTTP_FIELD_NAME_MAX && is_method_byte(bytes[word]))
		word++;
	if (word == length)
		return word > 0 && is_known_method(bytes, word, false);
	if (word == 0 || bytes[word] != ' ' || is_other(bytes, word))
		return false;
	if (end)
		return ends_in_version(bytes, (size_t)(end - bytes));
	if (!is_known_method(bytes, word, true))
		return false;
	for (size_t i = word + 1; i < length; i++)
		if (bytes[i] < ' ' && !(bytes[i] == '\r' && i + 1 == length))
			return false;
	return true;
}

bool http_head_looks_like_response(const uint8_t *bytes, size_t length)
{
	static const char version[] = "HTTP/1.";
	size_t known = sizeof(version) - 1;

	if (length == 0 || memcmp(bytes, version, length < known ? length : known) != 0)
		return false;
	if (length > known && !isdigit(bytes[known]))
		return false;
	return length <= known + 1 || bytes[known + 1] == ' ';
}
