/* http_query.h - a query string, read as it passes: which credentials it names, and what an IMDS
 * request asks for. No value is kept but those of the three IMDS parameters, which are no secrets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/identity.h"

#define HTTP_QUERY_NAME_MAX 24 /* longer than any parameter name that is looked for */

struct http_query {
	uint32_t credentials; /* enum credential, or-ed; complete after http_query_end() */
	uint16_t resource_length, api_version_length;
	uint8_t parameter;   /* which of the table the passing value belongs to */
	uint8_t escape_left; /* digits of a %XX still to come */
	uint8_t escaped;     /* its value so far */
	uint8_t name_length; /* more than HTTP_QUERY_NAME_MAX: too long to be of interest */
	bool in_value;
	bool is_imds; /* only then are the IMDS parameters looked for */
	bool has_signature, has_sas_term;
	char name[HTTP_QUERY_NAME_MAX];
	char resource[NAME_MAX_BYTES + 1]; /* percent-decoded; "" if none */
	char api_version[32];
	char identity[16]; /* client_id, object_id, ...: the selector's name */
};

/* is_imds: the path is one of the instance metadata service. */
void http_query_start(struct http_query *query, bool is_imds);
void http_query_add(struct http_query *query, const uint8_t *bytes, size_t length);
void http_query_end(struct http_query *query);
