/* A flow's life here:
 *
 *   first payload -> CHOOSING --+-- tls, http, dns, banner: fed in order through stream.c
 *                               +-- quic, dns, http (SSDP): fed by the datagram
 *                               +-- none of these: nDPI alone, DPI_PACKETS_MAX packets
 *
 * A reader that has said who the other side is may hand the connection back (STARTTLS, CONNECT,
 * SOCKS): then CHOOSING starts anew on the bytes that follow, and the flow keeps the name of the
 * outer protocol. A ClientHello at the start of any later piece of the client's also takes the
 * connection over, because wrappers that nobody has described carry TLS too (PROXY, vendor preambles).
 *
 * nDPI sees a packet only while no reader has recognised the flow.
 */
#include "identify/identify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "identify/banner.h"
#include "identify/dns.h"
#include "identify/http.h"
#include "identify/quic.h"
#include "identify/stream.h"
#include "identify/tls.h"

#define PREFIX_BYTES 8        /* that a choice may wait for */
#define SILENT_PIECES_MAX 16  /* pieces of one side, while the other is waited for in vain */
#define QUIC_DATAGRAMS_MAX 12 /* of the client, for a hello: three carry the largest seen */
#define HTTP_READERS_PART 4   /* one HTTP reader for so many states */

enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMPV6 = 58,
	PORT_DNS = 53,
	PORT_NTP = 123,
	PORT_SSDP = 1900,
	PORT_MDNS = 5353,
	PORT_LLMNR = 5355,
	NTP_BYTES = 48, /* RFC 5905 figure 8: the header; extensions and keys may follow */
};

enum reader {
	READER_CHOOSING,
	READER_TLS,
	READER_QUIC,
	READER_DNS,
	READER_HTTP,
	READER_BANNER,
	READER_NONE
};

struct state {
	struct stream stream[DIRECTIONS];
	uint8_t prefix[DIRECTIONS][PREFIX_BYTES];
	uint8_t prefix_length[DIRECTIONS];
	uint8_t reader;
	bool finished[DIRECTIONS]; /* the reader wants no more of it */
	bool dpi_begun;
	uint8_t dpi_packets;
	uint16_t pieces[DIRECTIONS]; /* given to the reader */
	uint32_t next_free;
	union {
		struct tls_reader tls[DIRECTIONS];
		struct quic_reader quic;
		struct dns_reader dns[DIRECTIONS];
		struct banner_reader banner;
		struct http_reader *http;
	} use;
	struct banner_found found;
	union {
		struct tls_info tls;
		struct quic_info quic;
		struct ssh_info ssh;
	} info;
};

struct identify {
	struct identify_sink sink;
	struct buffer_pool *buffers;
	struct http_pool *http;
	struct quic_crypto *quic;
	struct dpi *dpi;
	struct state *states; /* [0] is not used */
	size_t state_bytes;
	uint32_t state_count, fresh, free, in_use;
	struct identify_stats stats;
	struct dns_message message; /* scratch: too large for the stack of a deep call */
};

/* One call's worth of context. */
struct call {
	struct identify *identify;
	const struct identify_flow *flow;
	struct state *state;
	enum direction direction;
};

int identify_new(struct identify **identify, const struct identify_options *options,
		 const struct identify_sink *sink)
{
	struct identify *made = calloc(1, sizeof(*made));
	int error = 0;

	*identify = NULL;
	if (!made)
		return -ENOMEM;
	made->sink = *sink;
	made->state_count = options->states;
	made->fresh = 1;
	made->state_bytes = ((size_t)options->states + 1) * sizeof(struct state);
	made->states = mmap(NULL, made->state_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (made->states == MAP_FAILED) {
		made->states = NULL;
		error = -ENOMEM;
	}
	error = error ? error : buffer_pool_new(&made->buffers, options->buffer_bytes);
	error = error ? error : http_pool_new(&made->http, options->states / HTTP_READERS_PART + 1);
	error = error ? error : quic_crypto_new(&made->quic);
	error = error ? error : dpi_new(&made->dpi, options->maker, options->states + 1);
	if (error) {
		identify_free(made);
		return error;
	}
	*identify = made;
	return 0;
}

void identify_free(struct identify *identify)
{
	if (!identify)
		return;
	dpi_free(identify->dpi);
	quic_crypto_free(identify->quic);
	http_pool_free(identify->http);
	buffer_pool_free(identify->buffers);
	if (identify->states)
		munmap(identify->states, identify->state_bytes);
	free(identify);
}

static struct state *take_state(struct identify *identify, const struct identify_flow *flow)
{
	uint32_t number = identify->free;

	if (*flow->state != 0)
		return &identify->states[*flow->state];
	if (number != 0) {
		identify->free = identify->states[number].next_free;
	} else if (identify->fresh <= identify->state_count) {
		number = identify->fresh++;
	} else {
		identify->stats.no_state++;
		return NULL;
	}
	if (++identify->in_use > identify->stats.states_most)
		identify->stats.states_most = identify->in_use;
	*flow->state = number;

	struct state *state = &identify->states[number];
	memset(state, 0, offsetof(struct state, info));
	return state;
}

/* Takes the buffers back from the reader at work; the next one starts clean. */
static void release_reader(struct identify *identify, struct state *state)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		if (state->reader == READER_TLS)
			tls_reader_release(&state->use.tls[i], identify->buffers);
		else if (state->reader == READER_DNS)
			dns_reader_release(&state->use.dns[i], identify->buffers);
		state->finished[i] = false;
		state->pieces[i] = 0;
		state->prefix_length[i] = 0;
	}
	if (state->reader == READER_QUIC)
		quic_reader_release(&state->use.quic, identify->buffers);
	else if (state->reader == READER_BANNER)
		banner_reader_release(&state->use.banner, identify->buffers);
	else if (state->reader == READER_HTTP && state->use.http)
		http_reader_release(state->use.http, identify->http, identify->buffers);
	memset(&state->use, 0, sizeof(state->use));
	state->reader = READER_CHOOSING;
}

static void free_state(struct identify *identify, const struct identify_flow *flow)
{
	struct state *state = &identify->states[*flow->state];

	if (*flow->state == 0)
		return;
	if (state->dpi_begun) {
		uint32_t label = dpi_end(identify->dpi, flow->domain, *flow->state);

		if (flow->identity->app == APP_UNKNOWN && flow->identity->label == DPI_UNDECIDED)
			flow->identity->label = label;
	}
	release_reader(identify, state);
	for (int i = 0; i < DIRECTIONS; i++)
		stream_release(&state->stream[i], identify->buffers);
	state->next_free = identify->free;
	identify->free = *flow->state;
	identify->in_use--;
	*flow->state = 0;
}

static void set_app(struct identity *identity, enum app app)
{
	if (identity->app == APP_UNKNOWN)
		identity->app = (uint8_t)app;
}

/* Keeps a name that the client claimed: the first one names the flow. */
static void claim(struct identity *identity, const char *name, enum name_source source)
{
	size_t length = 0;

	if (identity->claimed_source != NAME_NONE || name[0] == '\0')
		return;
	for (; name[length] != '\0' && length < NAME_MAX_BYTES; length++) {
		char c = name[length];

		identity->claimed[length] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	if (length > 1 && identity->claimed[length - 1] == '.')
		length--;
	identity->claimed[length] = '\0';
	identity->claimed_source = (uint8_t)source;
	identity->ready = identity->changed = true;
}

/* Cuts ":port" off a Host, and the brackets off an IPv6 address. */
static void claim_host(struct identity *identity, const char *host)
{
	char name[NAME_MAX_BYTES + 1];
	const char *start = host[0] == '[' ? host + 1 : host;
	size_t length = strcspn(start, host[0] == '[' ? "]" : ":");

	memcpy(name, start, length);
	name[length] = '\0';
	claim(identity, name, NAME_HTTP);
}

static void note_credentials(struct identity *identity, uint32_t credentials)
{
	if ((credentials & ~identity->credentials) == 0)
		return;
	identity->credentials |= credentials;
	identity->ready = identity->changed = true;
}

/* TLS ---------------------------------------------------------------------------------------- */

static void note_hello(struct identity *identity, const struct tls_info *info,
		       enum name_source source)
{
	claim(identity, info->sni, source);
	memcpy(identity->alpn, info->alpn_offered, sizeof(identity->alpn));
	identity->ech = info->ech;
	identity->ready = identity->changed = true;
}

static void note_certificate(struct identity *identity, const struct tls_info *info)
{
	if (!info->certificate.seen || info->certificate.san_count == 0)
		return;
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
	struct tls_info *info = &state->info.tls;
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
		note_hello(call->flow->identity, info, NAME_SNI);
	if (direction == TO_CLIENT)
		note_certificate(call->flow->identity, info);
	return tls_goes_on(state);
}

static void begin_tls(struct call *call)
{
	release_reader(call->identify, call->state);
	call->state->reader = READER_TLS;
	memset(&call->state->info.tls, 0, sizeof(call->state->info.tls));
	set_app(call->flow->identity, APP_TLS);
}

/* HTTP --------------------------------------------------------------------------------------- */

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
	note_credentials(identity, info->credentials);
	if (imds == IMDS_TOKEN) {
		identity->imds_no_metadata_header |= !info->metadata_header;
		identity->imds_forwarded |= info->forwarded_header;
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

static bool feed_http(struct call *call, const uint8_t *bytes, size_t length, uint64_t gap)
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
	if (outcome == PARSE_MORE)
		return true;
	call->identify->stats.over_limit += outcome == PARSE_LIMIT;
	call->identify->stats.malformed += outcome == PARSE_BAD;
	if (outcome == PARSE_DONE && http_is_tunnel(state->use.http)) {
		http_flush(state->use.http, on_http, call);
		release_reader(call->identify, state);
		return true;
	}
	call->flow->identity->ready = true;
	return false;
}

static bool begin_http(struct call *call)
{
	struct http_reader *reader = http_reader_take(call->identify->http);

	if (!reader) {
		call->identify->stats.no_state++;
		return false;
	}
	release_reader(call->identify, call->state);
	call->state->reader = READER_HTTP;
	call->state->use.http = reader;
	set_app(call->flow->identity, APP_HTTP);
	return true;
}

/* DNS ---------------------------------------------------------------------------------------- */

static void note_question(struct identity *identity, const struct dns_message *message)
{
	if (message->question_count != 0)
		claim(identity, message->question[0].name[0] ? message->question[0].name : ".",
		      NAME_QUESTION);
	identity->ready = true;
}

static bool read_message(struct call *call, const uint8_t *bytes, size_t length)
{
	struct identify *identify = call->identify;

	if (dns_parse(bytes, length, &identify->message) != PARSE_DONE) {
		identify->stats.malformed++;
		return false;
	}
	note_question(call->flow->identity, &identify->message);
	identify->sink.dns(identify->sink.context, &identify->message, call->direction);
	return true;
}

static void on_dns(void *context, const uint8_t *message, size_t length)
{
	struct call *call = context;

	if (read_message(call, message, length))
		set_app(call->flow->identity, APP_DNS);
}

static bool feed_dns(struct call *call, const uint8_t *bytes, size_t length)
{
	enum parse_outcome outcome = dns_read(&call->state->use.dns[call->direction],
					      call->identify->buffers, bytes, length, on_dns, call);

	call->identify->stats.over_limit += outcome == PARSE_LIMIT;
	if (outcome == PARSE_NOT && call->flow->identity->app == APP_UNKNOWN) {
		release_reader(call->identify, call->state);
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
			    length, found, &state->info.ssh);

	if (found->app != APP_UNKNOWN && identity->app == APP_UNKNOWN) {
		identity->app = found->app;
		identity->ready = identity->changed = true;
	}
	note_credentials(identity, found->credentials);
	if (found->starttls) {
		found->starttls = false;
		release_reader(call->identify, state);
		return true;
	}
	if (outcome == PARSE_MORE)
		return true;
	if (outcome == PARSE_NOT && identity->app == APP_UNKNOWN) {
		release_reader(call->identify, state);
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
		return feed_http(call, bytes, length, gap);
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
	} else if (http && begin_http(call)) {
		;
	} else if (flow->src_port == PORT_DNS || flow->dst_port == PORT_DNS) {
		release_reader(call->identify, state);
		state->reader = READER_DNS;
	} else {
		release_reader(call->identify, state);
		memset(&state->found, 0, sizeof(state->found));
		memset(&state->info.ssh, 0, sizeof(state->info.ssh));
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

static bool on_piece(void *context, const uint8_t *bytes, size_t length, uint64_t gap)
{
	struct call *call = context;
	struct state *state = call->state;

	if (call->direction == TO_SERVER && state->reader != READER_TLS &&
	    state->reader != READER_CHOOSING && tls_looks_like_client_hello(bytes, length))
		begin_tls(call);
	if (state->reader == READER_CHOOSING)
		return gather_and_choose(call, bytes, length);
	return feed(call, bytes, length, gap);
}

/* Shows nDPI a packet of a flow that nobody has recognised; false: it will not be either. */
static bool try_dpi(struct call *call, const struct layers *layers, uint64_t time_ns)
{
	struct identify *identify = call->identify;
	struct state *state = call->state;
	struct identity *identity = call->flow->identity;
	const struct dpi_packet packet = { layers->ip_header, layers->ip_captured, time_ns };

	if (state->dpi_packets++ >= DPI_PACKETS_MAX)
		return false;
	if (!layers->ip_header)
		return true;
	if (!state->dpi_begun) {
		dpi_begin(identify->dpi, *call->flow->state);
		state->dpi_begun = true;
		identify->stats.dpi_flows++;
	}
	identify->stats.dpi_packets++;
	identity->label =
		dpi_packet(identify->dpi, call->flow->domain, *call->flow->state, &packet);
	return identity->label == DPI_UNDECIDED;
}

/* TCP and UDP -------------------------------------------------------------------------------- */

static bool tcp_packet(struct call *call, const struct layers *layers, uint64_t time_ns)
{
	struct state *state = call->state;
	const struct stream_segment segment = {
		.bytes = layers->payload,
		.captured = layers->payload_captured,
		.length = layers->payload_length,
		.seq = layers->tcp_seq,
		.syn = (layers->tcp_flags & TCP_SYN) != 0,
	};
	enum stream_outcome outcome = stream_add(&state->stream[call->direction],
						 call->identify->buffers, &segment, on_piece, call);

	call->identify->stats.gave_up += outcome == STREAM_GAVE_UP;
	if (outcome == STREAM_STOPPED)
		return false;
	if (layers->payload_captured != 0 && call->flow->identity->app == APP_UNKNOWN)
		return try_dpi(call, layers, time_ns) || state->reader == READER_BANNER;
	return true;
}

static bool udp_dns(struct call *call, const struct layers *layers)
{
	static const struct {
		uint16_t port;
		uint8_t app;
	} known[] = {
		{ PORT_DNS, APP_DNS },
		{ PORT_MDNS, APP_MDNS },
		{ PORT_LLMNR, APP_LLMNR },
	};
	enum app app = APP_UNKNOWN;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (call->flow->src_port == known[i].port || call->flow->dst_port == known[i].port)
			app = known[i].app;
	if (app == APP_UNKNOWN && dns_looks_like(layers->payload, layers->payload_captured))
		app = APP_DNS;
	if (app == APP_UNKNOWN || !read_message(call, layers->payload, layers->payload_captured))
		return false;
	set_app(call->flow->identity, app);
	return true;
}

static bool is_ntp(const struct call *call, const struct layers *layers)
{
	if (call->flow->dst_port != PORT_NTP && call->flow->src_port != PORT_NTP)
		return false;
	if (layers->payload_captured == 0 || layers->payload_length < NTP_BYTES)
		return false;
	uint8_t version = layers->payload[0] >> 3 & 7, mode = layers->payload[0] & 7;

	return version >= 1 && version <= 4 && mode >= 1 && mode <= 5;
}

static void finish_quic(struct call *call)
{
	struct identify *identify = call->identify;

	identify->sink.quic(identify->sink.context, &call->state->info.quic);
	call->flow->identity->ready = call->flow->identity->changed = true;
	release_reader(identify, call->state);
	call->state->reader = READER_NONE;
}

static bool feed_quic(struct call *call, const struct layers *layers)
{
	struct state *state = call->state;
	struct quic_info *info = &state->info.quic;
	enum parse_outcome outcome =
		quic_read(&state->use.quic, call->identify->quic, call->identify->buffers,
			  call->direction, layers->payload, layers->payload_captured, info);

	if (outcome == PARSE_DONE) {
		note_hello(call->flow->identity, &info->tls, NAME_QUIC);
	} else {
		call->identify->stats.over_limit += outcome == PARSE_LIMIT;
		if (++state->pieces[call->direction] < QUIC_DATAGRAMS_MAX)
			return true;
	}
	finish_quic(call);
	return false;
}

static bool udp_choose(struct call *call, const struct layers *layers)
{
	struct identity *identity = call->flow->identity;
	bool ssdp = call->flow->dst_port == PORT_SSDP || call->flow->src_port == PORT_SSDP;

	if (quic_looks_like(layers->payload, layers->payload_captured)) {
		call->state->reader = READER_QUIC;
		memset(&call->state->info.quic, 0, sizeof(call->state->info.quic));
		set_app(identity, APP_QUIC);
	} else if (http_looks_like(layers->payload, layers->payload_captured) &&
		   layers->payload_captured >= PREFIX_BYTES && begin_http(call)) {
		if (ssdp)
			identity->app = APP_SSDP;
	} else {
		call->state->reader = READER_NONE;
		return false;
	}
	return true;
}

static bool udp_packet(struct call *call, const struct layers *layers, uint64_t time_ns)
{
	struct state *state = call->state;

	if (layers->payload_captured == 0)
		return true;
	if (state->reader == READER_CHOOSING ||
	    (state->reader == READER_NONE && state->dpi_packets < 4))
		udp_choose(call, layers);
	if (state->reader == READER_QUIC)
		return feed_quic(call, layers);
	if (state->reader == READER_HTTP)
		return feed_http(call, layers->payload, layers->payload_captured, 0);
	return try_dpi(call, layers, time_ns);
}

/* The caller's functions --------------------------------------------------------------------- */

/* Flows that take no state: their first packet says it all, or each packet stands alone. */
static bool is_stateless(struct call *call, const struct layers *layers, bool *more)
{
	struct identity *identity = call->flow->identity;

	*more = false;
	if (call->flow->protocol == PROTOCOL_ICMP || call->flow->protocol == PROTOCOL_ICMPV6) {
		set_app(identity, call->flow->protocol == PROTOCOL_ICMP ? APP_ICMP : APP_ICMPV6);
	} else if (call->flow->protocol == PROTOCOL_UDP && *call->flow->state == 0) {
		if (layers->payload_captured == 0)
			*more = true;
		else if (udp_dns(call, layers))
			*more = true;
		else if (is_ntp(call, layers))
			set_app(identity, APP_NTP);
		else
			return false;
	} else {
		return false;
	}
	identity->changed |= !identity->ready;
	identity->ready = true;
	return true;
}

static bool has_nothing_to_read(const struct identify_flow *flow, const struct layers *layers)
{
	return flow->protocol == PROTOCOL_TCP && layers->payload_captured == 0 &&
	       (layers->tcp_flags & TCP_SYN) == 0;
}

static void finish(struct call *call)
{
	struct identify *identify = call->identify;
	struct state *state = call->state;

	if (state->reader == READER_TLS &&
	    (state->info.tls.client_hello || state->info.tls.server_hello))
		identify->sink.tls(identify->sink.context, &state->info.tls);
	else if (state->reader == READER_QUIC)
		finish_quic(call);
	else if (state->reader == READER_HTTP)
		http_flush(state->use.http, on_http, call);
	else if (state->reader == READER_BANNER && call->flow->identity->app == APP_SSH)
		identify->sink.ssh(identify->sink.context, &state->info.ssh);
	free_state(identify, call->flow);
	call->flow->identity->ready = call->flow->identity->changed = true;
}

bool identify_packet(struct identify *identify, const struct identify_flow *flow,
		     const struct layers *layers, enum direction direction, uint64_t time_ns)
{
	struct call call = { identify, flow, NULL, direction };
	bool more;

	if (has_nothing_to_read(flow, layers))
		return true;
	if (is_stateless(&call, layers, &more))
		return more;
	call.state = take_state(identify, flow);
	if (!call.state) {
		flow->identity->ready = flow->identity->changed = true;
		return false;
	}
	if (layers->payload_captured < layers->payload_length)
		flow->identity->snapped = true;
	if (flow->protocol == PROTOCOL_TCP)
		more = tcp_packet(&call, layers, time_ns);
	else if (flow->protocol == PROTOCOL_UDP)
		more = udp_packet(&call, layers, time_ns);
	else
		more = try_dpi(&call, layers, time_ns) && call.state->dpi_packets < 2;
	if (!more)
		finish(&call);
	return more;
}

void identify_end(struct identify *identify, const struct identify_flow *flow)
{
	struct call call = { identify, flow, NULL, TO_SERVER };

	if (*flow->state == 0)
		return;
	call.state = &identify->states[*flow->state];
	for (int i = 0; i < DIRECTIONS; i++) {
		call.direction = (enum direction)i;
		if (flow->protocol == PROTOCOL_TCP)
			stream_flush(&call.state->stream[i], identify->buffers, on_piece, &call);
	}
	finish(&call);
}

const char *identify_label(const struct identify *identify, uint32_t label)
{
	return dpi_label(identify->dpi, label);
}

const char *identify_protocol(const struct identify *identify, uint32_t label)
{
	return dpi_protocol(identify->dpi, label);
}

struct identify_stats identify_stats(const struct identify *identify)
{
	struct identify_stats stats = identify->stats;

	stats.buffers = buffer_pool_stats(identify->buffers);
	return stats;
}
