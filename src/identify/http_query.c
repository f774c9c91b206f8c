/* A query string may be 60 KiB long and come in any number of pieces, and part of it may be a secret.
 * So it is not stored: a byte at a time, it is told apart into names and values, and a value is
 * looked at only where its name is in the table below. */
#include "identify/http_query.h"

#include <string.h>
#include <strings.h>

enum parameter {
	PARAMETER_OTHER,
	PARAMETER_SIGNATURE, /* of a shared access signature, if one of its terms is there too */
	PARAMETER_SAS_TERM,
	PARAMETER_KEY,
	PARAMETER_RESOURCE,
	PARAMETER_API_VERSION,
	PARAMETER_IDENTITY,
};

#define NAME(text) (text), sizeof(text) - 1

static const struct {
	const char *name;
	size_t length;
	uint8_t parameter;
	bool imds; /* only in requests to the instance metadata service */
} parameters[] = {
	{ NAME("sig"), PARAMETER_SIGNATURE, false },
	{ NAME("se"), PARAMETER_SAS_TERM, false }, /* signed expiry */
	{ NAME("sv"), PARAMETER_SAS_TERM, false }, /* storage version */
	{ NAME("code"), PARAMETER_KEY,
	  false }, /* Azure Functions; also OAuth authorization codes */
	{ NAME("subscription-key"), PARAMETER_KEY, false }, /* API Management, Cognitive Services */
	{ NAME("api-key"), PARAMETER_KEY, false },
	{ NAME("resource"), PARAMETER_RESOURCE, true },
	{ NAME("api-version"), PARAMETER_API_VERSION, true },
	{ NAME("client_id"), PARAMETER_IDENTITY, true },
	{ NAME("object_id"), PARAMETER_IDENTITY, true },
	{ NAME("msi_res_id"), PARAMETER_IDENTITY, true },
	{ NAME("mi_res_id"), PARAMETER_IDENTITY, true },
};

enum { PARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

void http_query_start(struct http_query *query, bool is_imds)
{
	*query = (struct http_query){ .is_imds = is_imds };
}

/* The name has ended: what is its value to us? */
static void look_up(struct http_query *query)
{
	query->in_value = true;
	query->parameter = PARAMETER_OTHER;
	for (int i = 0; i < PARAMETERS; i++) {
		const char *name = parameters[i].name;
		size_t length = parameters[i].length;

		if (length != query->name_length ||
		    strncasecmp(name, query->name, query->name_length) != 0)
			continue;
		if (parameters[i].imds && !query->is_imds)
			continue;
		query->parameter = parameters[i].parameter;
		if (query->parameter == PARAMETER_IDENTITY && query->identity[0] == '\0')
			memcpy(query->identity, name, length + 1);
	}
}

static void keep(char *text, size_t size, uint16_t *length, uint8_t byte)
{
	if (*length + 1u < size)
		text[(*length)++] = (char)byte;
}

static void add_to_name(struct http_query *query, uint8_t byte)
{
	if (query->name_length < HTTP_QUERY_NAME_MAX)
		query->name[query->name_length] = (char)byte;
	if (query->name_length <= HTTP_QUERY_NAME_MAX)
		query->name_length++;
}

/* One byte of a name or value, after percent-decoding. */
static void add_literal(struct http_query *query, uint8_t byte)
{
	if (byte < ' ' || byte == 0x7f)
		byte = '?';
	if (!query->in_value) {
		add_to_name(query, byte);
		return;
	}
	switch (query->parameter) {
	case PARAMETER_SIGNATURE:
		query->has_signature = true;
		break;
	case PARAMETER_SAS_TERM:
		query->has_sas_term = true;
		break;
	case PARAMETER_KEY:
		query->credentials |= CREDENTIAL_API_KEY;
		break;
	case PARAMETER_RESOURCE:
		keep(query->resource, sizeof(query->resource), &query->resource_length, byte);
		break;
	case PARAMETER_API_VERSION:
		keep(query->api_version, sizeof(query->api_version), &query->api_version_length,
		     byte);
		break;
	default:
		break;
	}
}

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* True when the byte was a digit of an escape. A bad escape is passed over. */
static bool take_escape(struct http_query *query, uint8_t byte)
{
	int digit = hex_digit(byte);

	if (query->escape_left == 0)
		return false;
	if (digit < 0) {
		query->escape_left = 0;
		return false;
	}
	query->escaped = (uint8_t)(query->escaped << 4 | digit);
	if (--query->escape_left == 0)
		add_literal(query, query->escaped);
	return true;
}

static void add_byte(struct http_query *query, uint8_t byte)
{
	if (take_escape(query, byte))
		return;
	if (byte == '%') {
		query->escape_left = 2;
	} else if (byte == '&') {
		query->in_value = false;
		query->name_length = 0;
	} else if (byte == '=' && !query->in_value) {
		look_up(query);
	} else {
		add_literal(query, byte);
	}
}

void http_query_add(struct http_query *query, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		add_byte(query, bytes[i]);
}

void http_query_end(struct http_query *query)
{
	if (query->has_signature && query->has_sas_term)
		query->credentials |= CREDENTIAL_SAS;
}
