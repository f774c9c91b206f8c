/* Requests name the flow, tell of credentials, and of what the instance metadata service is asked. */
#include "identify/identify_state.h"

#include <string.h>

/* Cuts ":port" off a Host, and the brackets off an IPv6 address. */
static void claim_host(struct identity *identity, const char *host)
{
	char name[NAME_MAX_BYTES + 1];
	const char *start = host[0] == '[' ? host + 1 : host;
	size_t length = strcspn(start, host[0] == '[' ? "]" : ":");

	memcpy(name, start, length);
	name[length] = '\0';
	identify_claim(identity, name, NAME_HTTP);
}

static enum imds_selector selector_of(const struct http_info *info)
{
	static const struct {
		const char *parameter;
		enum imds_selector selector;
	} known[] = {
		{ "client_id", IMDS_BY_CLIENT_ID },
		{ "object_id", IMDS_BY_OBJECT_ID },
		{ "msi_res_id", IMDS_BY_RESOURCE_ID },
		{ "mi_res_id", IMDS_BY_RESOURCE_ID },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(info->imds_identity, known[i].parameter) == 0)
			return known[i].selector;
	return IMDS_BY_DEFAULT;
}

static void note_request(struct identity *identity, const struct http_info *info)
{
	enum imds_request imds = http_imds_request(info);

	if (identity->claimed_source == NAME_NONE && info->host[0] != '\0')
		claim_host(identity, info->host);
	if (identity->http_path[0] == '\0') {
		size_t length = strnlen(info->path, IDENTITY_PATH_MAX);

		memcpy(identity->http_path, info->path, length);
		identity->http_path[length] = '\0';
	}
	identify_note_credentials(identity, info->credentials);
	if (imds == IMDS_TOKEN) {
		identity->imds_no_metadata_header |= !info->metadata_header;
		identity->imds_forwarded |= info->forwarded_header;
		identity->imds_selectors |= selector_of(info);
	}
	if (imds > identity->imds) {
		identity->imds = (uint8_t)imds;
		identity->changed = true;
	}
	identity->ready = true;
}

static void on_http(void *context, const struct http_info *info)
{
	struct call *call = context;

	if (info->is_request)
		call->flow->identity->http_count++;
	call->identify->sink.http(call->identify->sink.context, info);
}

void identify_flush_http(struct call *call)
{
	http_flush(call->state->use.http, on_http, call);
}

/* The connection is a tunnel from here on: what is left of the piece opens another protocol. */
static bool leave_tunnel(struct call *call, const uint8_t *bytes, size_t length)
{
	size_t offset = http_tunnel_offset(call->state->use.http);

	offset = offset < length ? offset : length;
	identify_flush_http(call);
	return identify_unwrap(call, bytes + offset, length - offset);
}

bool identify_feed_http(struct call *call, const uint8_t *bytes, size_t length, uint64_t gap)
{
	struct state *state = call->state;
	const struct http_info *early = NULL;
	enum parse_outcome outcome =
		http_read(state->use.http, call->identify->buffers, call->direction, bytes, length,
			  gap, on_http, call, &early);

	if (early)
		note_request(call->flow->identity, early);
	if (http_is_h2(state->use.http) && call->flow->identity->app == APP_HTTP)
		call->flow->identity->app = APP_HTTP2;
	call->identify->stats.over_limit += outcome == PARSE_LIMIT;
	call->identify->stats.malformed += outcome == PARSE_BAD;
	if (outcome == PARSE_DONE && http_is_tunnel(state->use.http))
		return leave_tunnel(call, bytes, length);
	if (outcome == PARSE_MORE)
		return true;
	call->flow->identity->ready = true;
	return false;
}

bool identify_begin_http(struct call *call)
{
	struct http_reader *reader = http_reader_take(call->identify->http);

	if (!reader) {
		call->identify->stats.no_state++;
		return false;
	}
	identify_release_reader(call->identify, call->state);
	call->state->reader = READER_HTTP;
	call->state->use.http = reader;
	identify_set_app(call->flow->identity, APP_HTTP);
	return true;
}
