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
#include "identify/identify_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define HTTP_READERS_PART 4 /* one HTTP reader for so many states */

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

int identify_new(struct identify **identify, const struct identify_options *options,
		 const struct identify_sink *sink)
{
	struct identify *made = calloc(1, sizeof(*made));
	int error;

	*identify = NULL;
	if (!made)
		return -ENOMEM;
	made->sink = *sink;
	made->group_limit = options->states;
	made->state_count = options->states * IDENTIFY_GROUPS;
	made->fresh = 1;
	made->state_bytes = ((size_t)made->state_count + 1) * sizeof(struct state);
	made->states = pages_take_dense(made->state_bytes);
	error = !made->states
			? -ENOMEM
			: slabs_new(&made->infos, made->state_count * sizeof(union reader_info));
	error = error ? error : buffer_pool_new(&made->buffers, options->buffer_bytes);
	error = error ? error : http_pool_new(&made->http, made->state_count / HTTP_READERS_PART);
	error = error ? error : quic_crypto_new(&made->quic);
	error = error ? error : dpi_new(&made->dpi, options->maker, made->state_count + 1);
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
	slabs_free(identify->infos);
	pages_give(identify->states, identify->state_bytes);
	free(identify);
}

static void join_group(struct identify *identify, uint32_t number)
{
	struct state *state = &identify->states[number];
	struct group *group = &identify->group[state->group];

	state->older = group->newest;
	state->newer = 0;
	*(group->newest != 0 ? &identify->states[group->newest].newer : &group->oldest) = number;
	group->newest = number;
	group->count++;
}

static void leave_group(struct identify *identify, const struct state *state)
{
	struct group *group = &identify->group[state->group];

	*(state->older != 0 ? &identify->states[state->older].newer : &group->oldest) =
		state->newer;
	*(state->newer != 0 ? &identify->states[state->newer].older : &group->newest) =
		state->older;
	group->count--;
}

/* Makes room in a group that has all of its states out; false: nobody gives one up. */
static bool make_room(struct identify *identify, const struct group *group)
{
	const struct state *oldest = &identify->states[group->oldest];

	if (group->count < identify->group_limit)
		return true;
	if (!identify->sink.evict)
		return false;
	if (oldest->reader == READER_NONE || oldest->reader == READER_CHOOSING)
		identify->stats.evicted++;
	else
		identify->stats.evicted_unfinished++;
	identify->sink.evict(identify->sink.context, oldest->owner);
	return group->count < identify->group_limit;
}

static struct state *take_state(struct identify *identify, const struct identify_flow *flow)
{
	if (*flow->state != 0)
		return &identify->states[*flow->state];
	if (!make_room(identify, &identify->group[flow->group])) {
		identify->stats.no_state++;
		return NULL;
	}
	uint32_t number = identify->free;

	if (number != 0)
		identify->free = identify->states[number].next_free;
	else
		number = identify->fresh++;
	if (++identify->in_use > identify->stats.states_most)
		identify->stats.states_most = identify->in_use;
	*flow->state = number;

	struct state *state = &identify->states[number];
	memset(state, 0, sizeof(*state));
	state->owner = flow->owner;
	state->group = flow->group;
	join_group(identify, number);
	return state;
}

bool identify_take_info(struct call *call, size_t bytes)
{
	struct identify *identify = call->identify;
	struct state *state = call->state;

	if (state->info_name != 0)
		slabs_give(identify->infos, state->info_name);
	state->info_name = slabs_take(identify->infos, bytes);
	if (state->info_name == 0) {
		identify->stats.no_state++;
		state->reader = READER_NONE;
		return false;
	}
	state->info = slabs_at(identify->infos, state->info_name);
	memset(state->info, 0, bytes);
	return true;
}

void identify_release_reader(struct identify *identify, struct state *state)
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

static uint32_t domain_of(const struct identify_flow *flow)
{
	return flow->group / (IDENTIFY_GROUPS / DPI_DOMAINS);
}

static void free_state(struct identify *identify, const struct identify_flow *flow)
{
	struct state *state = &identify->states[*flow->state];

	if (*flow->state == 0)
		return;
	if (state->dpi_begun) {
		uint32_t label = dpi_end(identify->dpi, domain_of(flow), *flow->state);

		if (flow->identity->app == APP_UNKNOWN && flow->identity->label == DPI_UNDECIDED)
			flow->identity->label = label;
	}
	identify_release_reader(identify, state);
	for (int i = 0; i < DIRECTIONS; i++)
		stream_release(&state->stream[i], identify->buffers);
	if (state->info_name != 0)
		slabs_give(identify->infos, state->info_name);
	leave_group(identify, state);
	state->next_free = identify->free;
	identify->free = *flow->state;
	identify->in_use--;
	*flow->state = 0;
}

void identify_set_app(struct identity *identity, enum app app)
{
	if (identity->app == APP_UNKNOWN)
		identity->app = (uint8_t)app;
}

/* Keeps a name that the client claimed: the first one names the flow. */
void identify_claim(struct identity *identity, const char *name, enum name_source source)
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

void identify_note_credentials(struct identity *identity, uint32_t credentials)
{
	if ((credentials & ~identity->credentials) == 0)
		return;
	identity->credentials |= credentials;
	identity->ready = identity->changed = true;
}

void identify_note_hello(struct identity *identity, const struct tls_info *info,
			 enum name_source source)
{
	identify_claim(identity, info->sni, source);
	memcpy(identity->alpn, info->alpn_offered, sizeof(identity->alpn));
	identity->ech = info->ech;
	identity->ready = identity->changed = true;
}

static void note_question(struct identity *identity, const struct dns_message *message)
{
	if (message->question_count != 0)
		identify_claim(identity,
			       message->question[0].name[0] ? message->question[0].name : ".",
			       NAME_QUESTION);
	identity->ready = true;
}

bool identify_read_dns(struct call *call, const uint8_t *bytes, size_t length)
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

bool identify_try_dpi(struct call *call, const struct layers *layers, uint64_t time_ns)
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
		dpi_packet(identify->dpi, domain_of(call->flow), *call->flow->state, &packet);
	return identity->label == DPI_UNDECIDED;
}

/* Flows that take no state: their first packet says it all, or each packet stands alone. */
static bool is_stateless(struct call *call, const struct layers *layers, bool *more)
{
	struct identity *identity = call->flow->identity;

	*more = false;
	if (call->flow->protocol == PROTOCOL_ICMP)
		identify_set_app(identity, APP_ICMP);
	else if (call->flow->protocol == PROTOCOL_ICMPV6)
		identify_set_app(identity, APP_ICMPV6);
	else if (call->flow->protocol != PROTOCOL_UDP || *call->flow->state != 0 ||
		 !identify_stateless_udp(call, layers, more))
		return false;
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
	    (state->info->tls.client_hello || state->info->tls.server_hello))
		identify->sink.tls(identify->sink.context, &state->info->tls);
	else if (state->reader == READER_QUIC)
		identify_finish_quic(call);
	else if (state->reader == READER_HTTP)
		identify_flush_http(call);
	else if (state->reader == READER_BANNER && call->flow->identity->app == APP_SSH)
		identify->sink.ssh(identify->sink.context, &state->info->ssh);
	free_state(identify, call->flow);
	call->flow->identity->ready = call->flow->identity->changed = true;
}

/* The metadata service is on the client's own link, so packets to it should be as they were sent. Hosts
 * begin with one of four TTLs; what is missing of the next one was spent on the way. */
static void note_hops(struct identity *identity, const struct layers *layers)
{
	static const uint8_t begins[] = { 32, 64, 128, 255 };
	const uint8_t *begin = begins;

	while (*begin < layers->ttl)
		begin++;
	if (layers->ttl == 0 || *begin - layers->ttl <= identity->imds_hops)
		return;
	identity->imds_hops = (uint8_t)(*begin - layers->ttl);
	identity->changed = true;
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
		more = identify_tcp(&call, layers, time_ns);
	else if (flow->protocol == PROTOCOL_UDP)
		more = identify_udp(&call, layers, time_ns);
	else
		more = identify_try_dpi(&call, layers, time_ns) && call.state->dpi_packets < 2;
	if (flow->identity->imds != IMDS_NONE && direction == TO_SERVER)
		note_hops(flow->identity, layers);
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
	if (flow->protocol == PROTOCOL_TCP)
		identify_tcp_flush(&call);
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
