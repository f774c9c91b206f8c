/* TCP: the first bytes of a connection choose a reader, which is then fed in order. */
#include "identify/identify_state.h"

#include <string.h>

#include "base/cursor.h"

#define SILENT_PIECES_MAX 16 /* pieces of one side, while the other is waited for in vain */
#define WRAPPERS_MAX 4 /* a proxy, a log-in, STARTTLS; one piece can nest thousands, a call each */

#define PROXY_V1_MAX 107 /* bytes of a PROXY line with two IPv6 addresses, by its specification */

enum { PORT_DNS = 53 };

/* TLS ---------------------------------------------------------------------------------------- */

static void note_server_hello(struct identity *identity, const struct tls_info *info)
{
	if (info->version != 0 && identity->tls_version != info->version) {
		identity->tls_version = info->version;
		identity->changed = true;
	}
	if (!info->certificate.seen)
		return;
	identity->certificate_seen = true;
	identity->certificate_self_signed = info->certificate.self_signed;
	identity->certificate_not_after_s = info->certificate.not_after_s;
	if (info->certificate.san_count != 0)
		memcpy(identity->certificate_name, info->certificate.san[0],
		       sizeof(identity->certificate_name));
	identity->changed = true;
}

/* Whether a side may still say something that is in the clear. Either side may be missing from the
 * capture, or late in it, so the other's pieces are counted while it is waited for. */
static bool tls_goes_on(const struct state *state)
{
	if (state->finished[TO_SERVER] && state->finished[TO_CLIENT])
		return false;
	return state->pieces[TO_SERVER] < SILENT_PIECES_MAX &&
	       state->pieces[TO_CLIENT] < SILENT_PIECES_MAX;
}

static bool feed_tls(struct call *call, const uint8_t *bytes, size_t length)
{
	struct state *state = call->state;
	struct tls_info *info = &state->info->tls;
	enum direction direction = call->direction;

	if (state->finished[direction] && !(direction == TO_SERVER && info->hello_retry)) {
		state->pieces[direction]++;
		return tls_goes_on(state);
	}
	enum parse_outcome outcome = tls_read(&state->use.tls[direction], call->identify->buffers,
					      direction, bytes, length, info);

	if (outcome == PARSE_MORE)
		return true;
	state->finished[direction] = true;
	call->identify->stats.malformed += outcome == PARSE_BAD;
	call->identify->stats.over_limit += outcome == PARSE_LIMIT;
	if (direction == TO_SERVER && info->client_hello)
		identify_note_hello(call->flow->identity, info, NAME_SNI);
	if (direction == TO_CLIENT)
		note_server_hello(call->flow->identity, info);
	return tls_goes_on(state);
}

static void begin_tls(struct call *call)
{
	identify_release_reader(call->identify, call->state);
	if (!identify_take_info(call, sizeof(struct tls_info)))
		return;
	call->state->reader = READER_TLS;
	identify_set_app(call->flow->identity, APP_TLS);
}

/* DNS ---------------------------------------------------------------------------------------- */

static void on_dns(void *context, const uint8_t *message, size_t length)
{
	struct call *call = context;

	if (identify_read_dns(call, message, length))
		identify_set_app(call->flow->identity, APP_DNS);
}

static bool feed_dns(struct call *call, const uint8_t *bytes, size_t length)
{
	enum parse_outcome outcome = dns_read(&call->state->use.dns[call->direction],
					      call->identify->buffers, bytes, length, on_dns, call);

	call->identify->stats.over_limit += outcome == PARSE_LIMIT;
	if (outcome == PARSE_NOT && call->flow->identity->app == APP_UNKNOWN) {
		identify_release_reader(call->identify, call->state);
		call->state->reader = READER_NONE;
		return true;
	}
	return outcome == PARSE_MORE;
}

/* Banners ------------------------------------------------------------------------------------ */

static bool feed_banner(struct call *call, const uint8_t *bytes, size_t length)
{
	struct state *state = call->state;
	struct banner_found *found = &state->found;
	struct identity *identity = call->flow->identity;
	enum parse_outcome outcome =
		banner_read(&state->use.banner, call->identify->buffers, call->direction, bytes,
			    length, found, &state->info->ssh);

	if (found->app != APP_UNKNOWN && identity->app == APP_UNKNOWN) {
		identity->app = found->app;
		identity->ready = identity->changed = true;
	}
	identify_note_credentials(identity, found->credentials);
	if (found->starttls) {
		size_t inner_at = found->inner_at < length ? found->inner_at : length;

		found->starttls = false;
		return identify_unwrap(call, bytes + inner_at, length - inner_at);
	}
	if (outcome == PARSE_MORE)
		return true;
	if (outcome == PARSE_NOT && identity->app == APP_UNKNOWN) {
		identify_release_reader(call->identify, state);
		state->reader = READER_NONE;
		return true; /* nDPI may still say; a ClientHello may still come */
	}
	return false;
}

/* Choosing ----------------------------------------------------------------------------------- */

static bool feed(struct call *call, const uint8_t *bytes, size_t length, uint64_t gap)
{
	switch (call->state->reader) {
	case READER_TLS:
		return gap == 0 && feed_tls(call, bytes, length);
	case READER_HTTP:
		return identify_feed_http(call, bytes, length, gap);
	case READER_DNS:
		return gap == 0 && feed_dns(call, bytes, length);
	case READER_BANNER:
		return gap == 0 && feed_banner(call, bytes, length);
	default:
		return true;
	}
}

/* Picks the reader for the first bytes of a connection; false: too few to tell. */
static bool choose(struct call *call, const uint8_t *bytes, size_t length)
{
	const struct identify_flow *flow = call->flow;
	struct state *state = call->state;
	bool tls = tls_looks_like(bytes, length);
	bool http = !tls && http_looks_like(bytes, length);

	if ((tls || http) && length < PREFIX_BYTES)
		return false;
	if (tls) {
		begin_tls(call);
	} else if (http && identify_begin_http(call)) {
		;
	} else if (flow->src_port == PORT_DNS || flow->dst_port == PORT_DNS) {
		identify_release_reader(call->identify, state);
		state->reader = READER_DNS;
	} else {
		identify_release_reader(call->identify, state);
		memset(&state->found, 0, sizeof(state->found));
		if (identify_take_info(call, sizeof(struct ssh_info)))
			state->reader = READER_BANNER;
	}
	return true;
}

/* The first bytes of a direction may come in tiny pieces: gathers them until a choice is possible. */
static bool gather_and_choose(struct call *call, const uint8_t *bytes, size_t length)
{
	struct state *state = call->state;
	uint8_t gathered[PREFIX_BYTES];
	uint8_t had = state->prefix_length[call->direction];
	size_t taken = length < PREFIX_BYTES - (size_t)had ? length : PREFIX_BYTES - (size_t)had;

	if (had == 0) {
		if (choose(call, bytes, length))
			return feed(call, bytes, length, 0);
	}
	memcpy(state->prefix[call->direction] + had, bytes, taken);
	memcpy(gathered, state->prefix[call->direction], sizeof(gathered));
	state->prefix_length[call->direction] = (uint8_t)(had + taken);
	if (had == 0 || !choose(call, gathered, had + taken))
		return true;
	if (!feed(call, gathered, had + taken, 0))
		return false;
	return taken == length || feed(call, bytes + taken, length - taken, 0);
}

/* Length of a PROXY protocol header that opens a connection (haproxy.org, proxy-protocol.txt): what
 * follows belongs to the client that it names. 0: there is none, or not in one piece. */
static size_t proxy_header_length(const uint8_t *bytes, size_t length)
{
	static const char v1[] = "PROXY ";
	static const uint8_t v2[] = "\r\n\r\n\0\r\nQUIT\n";
	struct cursor cursor = cursor_over(bytes, length);
	const uint8_t *start = cursor_take(&cursor, sizeof(v1) - 1);

	if (start && memcmp(start, v1, sizeof(v1) - 1) == 0) {
		size_t bound = length < PROXY_V1_MAX ? length : PROXY_V1_MAX;
		const uint8_t *end = memchr(bytes, '\n', bound);

		return end ? (size_t)(end - bytes) + 1 : 0;
	}
	cursor = cursor_over(bytes, length);
	start = cursor_take(&cursor, sizeof(v2) - 1);
	if (!start || memcmp(start, v2, sizeof(v2) - 1) != 0 || !cursor_skip(&cursor, 2))
		return 0;
	uint16_t rest = cursor_u16(&cursor);

	return cursor_skip(&cursor, rest) && !cursor.failed ? length - cursor.left : 0;
}

bool identify_piece(void *context, const uint8_t *bytes, size_t length, uint64_t gap)
{
	struct call *call = context;
	struct state *state = call->state;

	if (call->direction == TO_SERVER && state->reader != READER_TLS &&
	    state->reader != READER_CHOOSING && tls_looks_like_client_hello(bytes, length))
		begin_tls(call);
	if (state->reader == READER_CHOOSING) {
		size_t proxy = proxy_header_length(bytes, length);

		return proxy == length || gather_and_choose(call, bytes + proxy, length - proxy);
	}
	return feed(call, bytes, length, gap);
}

bool identify_unwrap(struct call *call, const uint8_t *bytes, size_t length)
{
	struct state *state = call->state;

	identify_release_reader(call->identify, state);
	if (state->wrappers++ == WRAPPERS_MAX) {
		call->identify->stats.over_limit++;
		return false;
	}
	return length == 0 || identify_piece(call, bytes, length, 0);
}

bool identify_tcp(struct call *call, const struct layers *layers, uint64_t time_ns)
{
	struct state *state = call->state;
	const struct stream_segment segment = {
		.bytes = layers->payload,
		.captured = layers->payload_captured,
		.length = layers->payload_length,
		.seq = layers->tcp_seq,
		.syn = (layers->tcp_flags & TCP_SYN) != 0,
	};
	enum stream_outcome outcome =
		stream_add(&state->stream[call->direction], call->identify->buffers, &segment,
			   identify_piece, call);

	call->identify->stats.gave_up += outcome == STREAM_GAVE_UP;
	if (outcome == STREAM_STOPPED)
		return false;
	if (layers->payload_captured != 0 && call->flow->identity->app == APP_UNKNOWN)
		return identify_try_dpi(call, layers, time_ns) || state->reader == READER_BANNER ||
		       state->reader == READER_DNS;
	return true;
}

void identify_tcp_flush(struct call *call)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		call->direction = (enum direction)i;
		stream_flush(&call->state->stream[i], call->identify->buffers, identify_piece,
			     call);
	}
}
