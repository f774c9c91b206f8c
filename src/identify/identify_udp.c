/* UDP: each datagram stands alone, but for QUIC hellos, which may take several. */
#include "identify/identify_state.h"

#include <string.h>

#define QUIC_TRIES_MAX                                                                             \
	12            /* client datagrams waited for, for a hello: three carry the largest seen */
#define CHOICES_MAX 4 /* datagrams of a flow that are tried against the readers */

enum {
	PORT_DNS = 53,
	PORT_NTP = 123,
	PORT_NETBIOS = 137,
	PORT_MDNS = 5353,
	PORT_LLMNR = 5355,
	NTP_BYTES = 48, /* RFC 5905 figure 8: the header; extensions and keys may follow */
};

/* The application that a flow's ports stand for, if they are DNS's or its relatives'. */
static enum app app_of_ports(const struct identify_flow *flow)
{
	static const struct {
		uint16_t port;
		uint8_t app;
	} known[] = {
		{ PORT_DNS, APP_DNS },
		{ PORT_MDNS, APP_MDNS },
		{ PORT_LLMNR, APP_LLMNR },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (flow->src_port == known[i].port || flow->dst_port == known[i].port)
			return known[i].app;
	return APP_UNKNOWN;
}

static bool udp_dns(struct call *call, const struct layers *layers)
{
	enum app app = app_of_ports(call->flow);
	bool netbios = call->flow->src_port == PORT_NETBIOS || call->flow->dst_port == PORT_NETBIOS;

	/* NetBIOS names (RFC 1002) travel in the same format, and are no DNS names. */
	if (app == APP_UNKNOWN && !netbios &&
	    dns_looks_like(layers->payload, layers->payload_captured))
		app = APP_DNS;
	if (app == APP_UNKNOWN ||
	    !identify_read_dns(call, layers->payload, layers->payload_captured))
		return false;
	identify_set_app(call->flow->identity, app);
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

void identify_finish_quic(struct call *call)
{
	struct identify *identify = call->identify;

	identify->sink.quic(identify->sink.context, &call->state->info->quic);
	call->flow->identity->ready = call->flow->identity->changed = true;
	identify_release_reader(identify, call->state);
	call->state->reader = READER_NONE;
}

static bool feed_quic(struct call *call, const struct layers *layers)
{
	struct state *state = call->state;
	struct quic_info *info = &state->info->quic;
	enum parse_outcome outcome =
		quic_read(&state->use.quic, call->identify->quic, call->identify->buffers,
			  call->direction, layers->payload, layers->payload_captured, info);

	if (outcome == PARSE_DONE) {
		identify_note_hello(call->flow->identity, &info->tls, NAME_QUIC);
	} else {
		call->identify->stats.over_limit += outcome == PARSE_LIMIT;
		if (++state->pieces[call->direction] < QUIC_TRIES_MAX)
			return true;
	}
	identify_finish_quic(call);
	return false;
}

static bool udp_choose(struct call *call, const struct layers *layers)
{
	struct identity *identity = call->flow->identity;
	if (quic_looks_like(layers->payload, layers->payload_captured) &&
	    identify_take_info(call, sizeof(struct quic_info))) {
		call->state->reader = READER_QUIC;
		identify_set_app(identity, APP_QUIC);
	} else if (http_looks_like(layers->payload, layers->payload_captured) &&
		   layers->payload_captured >= PREFIX_BYTES && identify_begin_http(call)) {
		identity->app = APP_SSDP; /* nothing else speaks HTTP in datagrams */
	} else {
		call->state->reader = READER_NONE;
		return false;
	}
	return true;
}

bool identify_udp(struct call *call, const struct layers *layers, uint64_t time_ns)
{
	struct state *state = call->state;

	if (layers->payload_captured == 0)
		return true;
	if (app_of_ports(call->flow) != APP_UNKNOWN && udp_dns(call, layers))
		return true;
	if (state->reader == READER_CHOOSING ||
	    (state->reader == READER_NONE && state->dpi_packets < CHOICES_MAX))
		udp_choose(call, layers);
	if (state->reader == READER_QUIC)
		return feed_quic(call, layers);
	if (state->reader == READER_HTTP) { /* each datagram is a message of its own */
		bool more = identify_feed_http(call, layers->payload, layers->payload_captured, 0);

		if (state->reader == READER_HTTP)
			identify_flush_http(call);
		return more;
	}
	/* After a damaged message on a DNS port, a sound one may follow. */
	if (app_of_ports(call->flow) != APP_UNKNOWN) {
		if (call->flow->identity->app == APP_UNKNOWN)
			identify_try_dpi(call, layers, time_ns);
		return true;
	}
	return identify_try_dpi(call, layers, time_ns);
}

bool identify_stateless_udp(struct call *call, const struct layers *layers, bool *more)
{
	*more = layers->payload_captured == 0 || udp_dns(call, layers);
	if (*more)
		return true;
	if (!is_ntp(call, layers))
		return false;
	identify_set_app(call->flow->identity, APP_NTP);
	return true;
}
