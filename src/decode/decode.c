/* decode.c - the walk from a frame's first byte to the innermost payload.
 *
 *   link -> Ethernet -> VLAN... -> IPv4/IPv6 -> extension... -> TCP/UDP/... -> payload
 *             ^                       ^              |
 *             +---- envelope ---------+--------------+   (GRE, IP-in-IP, VXLAN, GENEVE, GTP-U)
 *
 * Each header is a step (walk.h); the loop below takes one at a time until one is an outcome, and
 * counts them: DECODE_DEPTH_MAX is the only bound that it needs. It covers what a datagram holds
 * that came in fragments, as the count goes on in decode_datagram().
 *
 * Envelopes that IP carries are remembered as they were outside. If their inside turns out to be
 * malformed, or of a kind that pewit cannot read, the packet counts as a flow of the envelope's own
 * (UDP, GRE, ...) instead of being lost: a port is a guess, and an encrypted tunnel is a flow that
 * its owner wants to hear of. An inside that is well-formed but not IP, or that was cut by the
 * capture, is reported as such, with the envelope noted.
 */
#include "decode/decode.h"

#include "decode/fragments.h"
#include "decode/walk.h"

const struct decode_config decode_config_default = {
	.vxlan_ports = { 4789, 10800, 10801 },
	.geneve_ports = { 6081 },
};

/* What no header has set yet. Addresses, fragment and the lists are for those who are told to look:
 * they are left as they were. */
static void clear_inner(struct layers *layers)
{
	layers->payload = NULL;
	layers->payload_captured = 0;
	layers->payload_length = 0;
	layers->tcp_seq = 0;
	layers->tcp_ack = 0;
	layers->src_port = 0;
	layers->dst_port = 0;
	layers->tcp_window = 0;
	layers->tcp_flags = 0;
	layers->icmp_type = 0;
	layers->icmp_code = 0;
	layers->ip_header = NULL;
	layers->ip_captured = 0;
}

void decode_clear(struct layers *layers)
{
	clear_inner(layers);
	layers->ether_type = 0;
	layers->ip_version = 0;
	layers->protocol = 0;
	layers->ttl = 0;
	layers->vlan_count = 0;
	layers->tunnel_count = 0;
	layers->depth = 0;
}

void walk_envelope(struct walk *walk, enum tunnel_type type, uint32_t id)
{
	struct layers *layers = walk->layers;
	bool has_addresses = layers->ip_version != 0; /* PPPoE stands on a link */

	if (has_addresses) {
		walk->outer = *layers;
		walk->in_envelope = true;
	}
	if (layers->tunnel_count < LAYERS_TUNNELS_MAX) {
		struct tunnel *tunnel = &layers->tunnel[layers->tunnel_count];

		*tunnel = (struct tunnel){ .type = (uint8_t)type, .id = id };
		if (has_addresses) {
			tunnel->src = layers->src;
			tunnel->dst = layers->dst;
			tunnel->src_port = layers->src_port;
			tunnel->dst_port = layers->dst_port;
			tunnel->ip_version = layers->ip_version;
		}
	}
	layers->tunnel_count++;
	clear_inner(layers);
	layers->ether_type = 0;
	layers->ip_version = 0;
	layers->protocol = 0;
	layers->ttl = 0;
}

static enum step take_below_ip(struct walk *walk, enum step step)
{
	switch ((int)step) {
	case STEP_LLC:
		return ethernet_llc(walk);
	case STEP_MPLS:
		return mpls_stack(walk);
	case STEP_PPP:
		return ppp_frame(walk);
	case STEP_PPPOE:
		return ppp_over_ethernet(walk);
	case STEP_C_HDLC:
		return ppp_cisco_hdlc(walk);
	case STEP_COOKED:
		return link_cooked(walk);
	case STEP_COOKED2:
		return link_cooked2(walk);
	case STEP_LOOPBACK:
		return link_loopback(walk);
	case STEP_PPI:
		return link_ppi(walk);
	case STEP_RADIOTAP:
		return wifi_radiotap(walk);
	case STEP_WIFI:
		return wifi_frame(walk);
	}
	return STEP_UNSUPPORTED;
}

static enum step take_above_ip(struct walk *walk, enum step step)
{
	switch ((int)step) {
	case STEP_IPV6_HOP_BY_HOP:
		return ipv6_hop_by_hop(walk);
	case STEP_IPV6_EXTENSION:
		return ipv6_extension(walk);
	case STEP_IPV6_FRAGMENT:
		return ipv6_fragment(walk);
	case STEP_AUTHENTICATION:
		return ipv6_authentication(walk);
	case STEP_UDP_LITE:
		return transport_udp_lite(walk);
	case STEP_SCTP:
		return transport_sctp(walk);
	case STEP_DCCP:
		return transport_dccp(walk);
	case STEP_OTHER:
		return transport_other(walk);
	case STEP_IP_IN_IP:
		return ip_tunnel_ipv4(walk);
	case STEP_IPV6_IN_IP:
		return ip_tunnel_ipv6(walk);
	case STEP_ETHER_IN_IP:
		return ip_tunnel_ethernet(walk);
	case STEP_GRE:
		return gre_header(walk);
	case STEP_GENEVE:
		return udp_tunnel_geneve(walk);
	case STEP_GTPU:
		return udp_tunnel_gtpu(walk);
	}
	return take_below_ip(walk, step);
}

/* The common ones first; the two switches above hold the rest. */
static enum step take(struct walk *walk, enum step step)
{
	switch ((int)step) {
	case STEP_ETHERNET:
		return ethernet_frame(walk);
	case STEP_VLAN:
		return ethernet_vlan(walk);
	case STEP_IP:
		return ipv4_or_ipv6(walk);
	case STEP_IPV4:
		return ipv4_header(walk);
	case STEP_IPV6:
		return ipv6_header(walk);
	case STEP_TCP:
		return transport_tcp(walk);
	case STEP_UDP:
		return transport_udp(walk);
	case STEP_ICMP:
		return transport_icmp(walk);
	case STEP_VXLAN:
		return udp_tunnel_vxlan(walk);
	}
	return take_above_ip(walk, step);
}

static enum decode_outcome walk_through(struct walk *walk, enum step step)
{
	struct layers *layers = walk->layers;

	while ((int)step >= DECODE_OUTCOMES) {
		if (layers->depth == DECODE_DEPTH_MAX) {
			step = STEP_TOO_DEEP;
			break;
		}
		layers->depth++;
		step = take(walk, step);
	}
	if ((step == STEP_MALFORMED || step == STEP_UNSUPPORTED) && walk->in_envelope) {
		uint8_t depth = layers->depth;

		*layers = walk->outer;
		layers->depth = depth;
		step = STEP_FLOW;
	}
	layers->outcome = (uint8_t)step;
	return (enum decode_outcome)step;
}

enum decode_outcome decode_packet(const struct decode_config *config, const struct packet *packet,
				  struct layers *layers)
{
	if (plain_frame(config, packet, layers))
		return DECODE_FLOW;
	return decode_walk(config, packet, layers);
}

enum decode_outcome decode_walk(const struct decode_config *config, const struct packet *packet,
				struct layers *layers)
{
	struct walk walk;

	walk.rest = cursor_over(packet->data, packet->captured);
	walk.cut = packet->length > packet->captured ? packet->length - packet->captured : 0;
	walk.in_envelope = false;
	walk.layers = layers;
	walk.config = config;
	decode_clear(layers);
	return walk_through(&walk, link_step(packet->link));
}

enum decode_outcome decode_datagram(const struct decode_config *config,
				    const struct fragments_whole *whole, struct layers *layers)
{
	struct walk walk;

	walk.rest = cursor_over(whole->bytes, whole->captured);
	walk.cut = whole->length - whole->captured;
	walk.in_envelope = false;
	walk.layers = layers;
	walk.config = config;
	clear_inner(layers);
	layers->protocol = whole->protocol;
	return walk_through(&walk, transport_step(&walk, whole->protocol));
}

const char *decode_outcome_name(enum decode_outcome outcome)
{
	static const char *const names[DECODE_OUTCOMES] = {
		[DECODE_FLOW] = "flow",           [DECODE_FRAGMENT] = "fragment",
		[DECODE_NOT_IP] = "not_ip",       [DECODE_TRUNCATED] = "truncated",
		[DECODE_MALFORMED] = "malformed", [DECODE_UNSUPPORTED] = "unsupported",
		[DECODE_TOO_DEEP] = "too_deep",
	};

	return (unsigned)outcome < DECODE_OUTCOMES ? names[outcome] : "unknown";
}

const char *tunnel_type_name(enum tunnel_type type)
{
	static const char *const names[TUNNEL_TYPES] = {
		[TUNNEL_NONE] = "none",   [TUNNEL_VXLAN] = "vxlan",   [TUNNEL_GENEVE] = "geneve",
		[TUNNEL_GRE] = "gre",     [TUNNEL_ERSPAN] = "erspan", [TUNNEL_IPIP] = "ipip",
		[TUNNEL_PPPOE] = "pppoe", [TUNNEL_GTPU] = "gtpu",     [TUNNEL_ETHERIP] = "etherip",
	};

	return (unsigned)type < TUNNEL_TYPES ? names[type] : "unknown";
}
