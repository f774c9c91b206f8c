/* What is kept of a field depends on its shape:
 *
 *   NOTHING   passed over
 *   TEXT      kept up to HTTP_FIELD_TEXT_MAX, control bytes made '?'
 *   TARGET    the same up to '?' or '#'; the query goes to http_query.h
 *   SCHEME    the first word, and only once a second word shows that it was a scheme: what stands
 *             alone after "Authorization:" may be the secret itself, and is wiped
 *   PRESENCE  whether there was a value at all
 */
#include "identify/http_field.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum shape { SHAPE_NOTHING, SHAPE_TEXT, SHAPE_TARGET, SHAPE_SCHEME, SHAPE_PRESENCE };

#define SCHEME_MAX 31 /* "AWS4-HMAC-SHA256" has 16 */

static const uint8_t shapes[HTTP_FIELDS] = {
	[HTTP_FIELD_METHOD] = SHAPE_TEXT,
	[HTTP_FIELD_TARGET] = SHAPE_TARGET,
	[HTTP_FIELD_HOST] = SHAPE_TEXT,
	[HTTP_FIELD_STATUS] = SHAPE_TEXT,
	[HTTP_FIELD_USER_AGENT] = SHAPE_TEXT,
	[HTTP_FIELD_UPGRADE] = SHAPE_TEXT,
	[HTTP_FIELD_AUTHORIZATION] = SHAPE_SCHEME,
	[HTTP_FIELD_PROXY_AUTHORIZATION] = SHAPE_SCHEME,
	[HTTP_FIELD_SECRET] = SHAPE_PRESENCE,
	[HTTP_FIELD_METADATA] = SHAPE_TEXT,
	[HTTP_FIELD_FORWARDED] = SHAPE_PRESENCE,
	[HTTP_FIELD_CONTENT_LENGTH] = SHAPE_TEXT,
	[HTTP_FIELD_TRANSFER_ENCODING] = SHAPE_TEXT,
};

#define NAME(text) (text), sizeof(text) - 1

static const struct {
	const char *name;
	size_t length;
	uint8_t id;
	uint32_t credential; /* of HTTP_FIELD_SECRET */
} names[] = {
	{ NAME(""), HTTP_FIELD_OTHER, 0 }, /* any other name */
	{ NAME(":method"), HTTP_FIELD_METHOD, 0 },
	{ NAME(":path"), HTTP_FIELD_TARGET, 0 },
	{ NAME(":authority"), HTTP_FIELD_HOST, 0 },
	{ NAME(":status"), HTTP_FIELD_STATUS, 0 },
	{ NAME("host"), HTTP_FIELD_HOST, 0 },
	{ NAME("user-agent"), HTTP_FIELD_USER_AGENT, 0 },
	{ NAME("upgrade"), HTTP_FIELD_UPGRADE, 0 },
	{ NAME("authorization"), HTTP_FIELD_AUTHORIZATION, 0 },
	{ NAME("proxy-authorization"), HTTP_FIELD_PROXY_AUTHORIZATION, 0 },
	{ NAME("cookie"), HTTP_FIELD_SECRET, CREDENTIAL_COOKIE },
	{ NAME("metadata"), HTTP_FIELD_METADATA, 0 },
	{ NAME("x-forwarded-for"), HTTP_FIELD_FORWARDED, 0 },
	{ NAME("content-length"), HTTP_FIELD_CONTENT_LENGTH, 0 },
	{ NAME("transfer-encoding"), HTTP_FIELD_TRANSFER_ENCODING, 0 },
	{ NAME("api-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY }, /* Azure OpenAI, AI Search */
	{ NAME("apikey"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("x-api-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("x-goog-api-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("xi-api-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("ocp-apim-subscription-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("x-functions-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
	{ NAME("aeg-sas-key"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY }, /* Event Grid */
	{ NAME("aeg-sas-token"), HTTP_FIELD_SECRET, CREDENTIAL_SAS },   /* Event Grid */
	{ NAME("x-identity-header"), HTTP_FIELD_SECRET,
	  CREDENTIAL_API_KEY }, /* App Service identity */
	{ NAME("x-auth-token"), HTTP_FIELD_SECRET, CREDENTIAL_API_KEY },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* The text and the query are left as they are: `length` and has_query say what of them counts. */
void http_field_start_known(struct http_field *field, uint8_t name)
{
	field->credentials = names[name].credential;
	field->length = 0;
	field->id = names[name].id;
	field->name = name;
	field->has_value = false;
	field->has_query = false;
	field->in_query = false;
	field->is_cut = false;
	field->scheme_ended = false;
	field->has_secret = false;
	field->text[0] = '\0';
}

void http_field_start(struct http_field *field, const char *name, size_t length)
{
	uint8_t found = 0;

	for (uint8_t i = 1; i < NAMES && found == 0; i++)
		if (names[i].length == length && strncasecmp(names[i].name, name, length) == 0)
			found = i;
	http_field_start_known(field, found);
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static void keep(struct http_field *field, uint8_t byte, size_t most)
{
	if (field->length >= most) {
		field->is_cut = true;
		return;
	}
	if ((byte < ' ' && byte != '\t') || byte == 0x7f)
		byte = '?';
	field->text[field->length++] = (char)byte;
}

static void add_text(struct http_field *field, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (is_blank(bytes[i]) && !field->has_value)
			continue;
		field->has_value = true;
		keep(field, bytes[i], HTTP_FIELD_TEXT_MAX);
	}
}

static void add_target(struct http_field *field, const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	for (; i < length && !field->in_query; i++) {
		field->in_query = bytes[i] == '?' || bytes[i] == '#';
		if (!field->in_query) {
			keep(field, bytes[i], HTTP_FIELD_TEXT_MAX);
		} else if (bytes[i] == '?') {
			static const char imds[] = "/metadata/";

			field->text[field->length] = '\0';
			field->has_query = true;
			http_query_start(&field->query, strncasecmp(http_field_path(field->text),
								    imds, sizeof(imds) - 1) == 0);
		}
	}
	if (field->has_query)
		http_query_add(&field->query, bytes + i, length - i);
}

static void add_scheme(struct http_field *field, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length && !field->has_secret; i++) {
		bool blank = is_blank(bytes[i]);

		if (blank && field->has_value) {
			field->scheme_ended = true;
		} else if (!blank && field->scheme_ended) {
			field->has_secret = true;
		} else if (!blank) {
			field->has_value = true;
			keep(field, bytes[i], SCHEME_MAX);
		}
	}
}

void http_field_add(struct http_field *field, const uint8_t *bytes, size_t length)
{
	switch (shapes[field->id]) {
	case SHAPE_TEXT:
		add_text(field, bytes, length);
		break;
	case SHAPE_TARGET:
		add_target(field, bytes, length);
		break;
	case SHAPE_SCHEME:
		add_scheme(field, bytes, length);
		break;
	case SHAPE_PRESENCE:
		for (size_t i = 0; i < length && !field->has_value; i++)
			field->has_value = !is_blank(bytes[i]);
		break;
	default:
		break;
	}
}

/* A letter, then letters, digits and '-': every registered scheme and those of the clouds. */
static bool is_scheme(const struct http_field *field)
{
	if (!field->has_secret || field->is_cut || !isalpha((unsigned char)field->text[0]))
		return false;
	for (size_t i = 1; i < field->length; i++)
		if (!isalnum((unsigned char)field->text[i]) && field->text[i] != '-')
			return false;
	return true;
}

static void end_scheme(struct http_field *field)
{
	if (!is_scheme(field)) {
		memset(field->text, 0, SCHEME_MAX + 1);
		field->length = 0;
	}
	if (!field->has_value)
		field->credentials = 0;
	else if (strcasecmp(field->text, "bearer") == 0)
		field->credentials = CREDENTIAL_BEARER;
	else if (strcasecmp(field->text, "basic") == 0)
		field->credentials = CREDENTIAL_BASIC;
	else
		field->credentials = CREDENTIAL_OTHER_AUTH;
}

void http_field_end(struct http_field *field)
{
	uint8_t shape = shapes[field->id];

	while (shape == SHAPE_TEXT && field->length > 0 &&
	       is_blank((uint8_t)field->text[field->length - 1]))
		field->length--;
	field->text[field->length] = '\0';

	if (shape == SHAPE_SCHEME)
		end_scheme(field);
	if (shape == SHAPE_PRESENCE && !field->has_value)
		field->credentials = 0;
	if (field->has_query) {
		http_query_end(&field->query);
		field->credentials |= field->query.credentials;
	}
}

const char *http_field_path(const char *target)
{
	const char *authority = strstr(target, "://");
	const char *path;

	if (!authority || target[0] == '/')
		return target;
	path = strchr(authority + 3, '/');
	return path ? path : "";
}

/* Copies up to size - 1 bytes. */
static void copy(char *to, size_t size, const char *from, size_t length)
{
	if (length > size - 1)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* Authority of an absolute target, which names the host if no Host field does. It may open with
 * "user:password@": a log-in, and not a part of the name. */
static void apply_authority(const struct http_field *field, struct http_info *info)
{
	const char *start = strstr(field->text, "://");
	const char *path = http_field_path(field->text);
	size_t length;

	if (!start || field->text[0] == '/' || (field->is_cut && path[0] == '\0'))
		return; /* none, or it did not fit */
	start += 3;
	length = path[0] != '\0' ? (size_t)(path - start) : strlen(start);

	const char *at = memrchr(start, '@', length);
	if (at) {
		info->credentials |= CREDENTIAL_BASIC;
		length -= (size_t)(at + 1 - start);
		start = at + 1;
	}
	copy(info->host, sizeof(info->host), start, length);
}

static void apply_target(const struct http_field *field, struct http_info *info)
{
	const char *path = http_field_path(field->text);

	apply_authority(field, info);
	copy(info->path, sizeof(info->path), path, strlen(path));
	info->has_query = field->has_query;
	if (!field->has_query || !field->query.is_imds)
		return;
	memcpy(info->imds_resource, field->query.resource, sizeof(info->imds_resource));
	memcpy(info->imds_api_version, field->query.api_version, sizeof(info->imds_api_version));
	memcpy(info->imds_identity, field->query.identity, sizeof(info->imds_identity));
}

void http_field_apply(const struct http_field *field, struct http_info *info)
{
	info->credentials |= field->credentials;
	switch (field->id) {
	case HTTP_FIELD_METHOD:
		copy(info->method, sizeof(info->method), field->text, field->length);
		break;
	case HTTP_FIELD_TARGET:
		apply_target(field, info);
		break;
	case HTTP_FIELD_HOST:
		if (info->host[0] == '\0')
			copy(info->host, sizeof(info->host), field->text, field->length);
		break;
	case HTTP_FIELD_USER_AGENT:
		copy(info->user_agent, sizeof(info->user_agent), field->text, field->length);
		break;
	case HTTP_FIELD_UPGRADE:
		copy(info->upgrade, sizeof(info->upgrade), field->text, field->length);
		break;
	case HTTP_FIELD_AUTHORIZATION:
		copy(info->auth_scheme, sizeof(info->auth_scheme), field->text, field->length);
		break;
	case HTTP_FIELD_METADATA:
		info->metadata_header |= strcasecmp(field->text, "true") == 0;
		break;
	case HTTP_FIELD_FORWARDED:
		info->forwarded_header |= field->has_value;
		break;
	default:
		break;
	}
}
