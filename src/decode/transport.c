/* transport.c - what IP carries: ports, flags, and where the payload begins.
 *
 * Ports are enough for a flow. When the capture cut the rest of the header, flags and numbers are
 * zero and payload_length is the most that it can be: what follows the shortest header. Checksums
 * are not looked at: offload leaves them to the card, so that a host sees its own packets without.
 */
#include "decode/walk.h"

#define PORTS_BYTES 4
#define TCP_BYTES 20
#define UDP_BYTES 8
#define SCTP_BYTES 12
#define DCCP_BYTES 12
#define ICMP_BYTES 4 /* type, code, checksum: common to both versions and all types */
#define IP_PAYLOAD_MAX 65535u
#define GTPU_PORT 2152

enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_DCCP = 33,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_NONE = 59,
	PROTOCOL_DESTINATION_OPTIONS = 60,
	PROTOCOL_ETHER_IP = 97,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_UDP_LITE = 136,
	PROTOCOL_HOST_IDENTITY = 139,
	PROTOCOL_SHIM6 = 140,
};

/* These may stand alone, with a message of their own and nothing after it. */
static bool has_next(const struct walk *walk)
{
	struct cursor peek = walk->rest;

	return cursor_u8(&peek) != PROTOCOL_NONE;
}

static enum step ipv6_step(struct walk *walk, uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION_OPTIONS:
		return STEP_IPV6_EXTENSION;
	case PROTOCOL_FRAGMENT:
		return STEP_IPV6_FRAGMENT;
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HOST_IDENTITY:
	case PROTOCOL_SHIM6:
		return has_next(walk) ? STEP_IPV6_EXTENSION : STEP_OTHER;
	}
	return STEP_OTHER;
}

enum step transport_step(struct walk *walk, uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return STEP_TCP;
	case PROTOCOL_UDP:
		return STEP_UDP;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return STEP_ICMP;
	case PROTOCOL_SCTP:
		return STEP_SCTP;
	case PROTOCOL_DCCP:
		return STEP_DCCP;
	case PROTOCOL_UDP_LITE:
		return STEP_UDP_LITE;
	case PROTOCOL_IPV4:
		return STEP_IP_IN_IP;
	case PROTOCOL_IPV6:
		return STEP_IPV6_IN_IP;
	case PROTOCOL_ETHER_IP:
		return STEP_ETHER_IN_IP;
	case PROTOCOL_GRE:
		return STEP_GRE;
	case PROTOCOL_AUTHENTICATION:
		return STEP_AUTHENTICATION;
	}
	return walk->layers->ip_version == 6 ? ipv6_step(walk, protocol) : STEP_OTHER;
}

/* Ports, and what else is in a header of `length` bytes, captured or not. */
static enum step ports_and_payload(struct walk *walk, uint32_t length)
{
	if (walk_announced(walk) < length)
		return STEP_MALFORMED;
	struct cursor ports = cursor_sub(&walk->rest, PORTS_BYTES);
	if (ports.failed)
		return STEP_TRUNCATED;
	walk->layers->src_port = cursor_u16(&ports);
	walk->layers->dst_port = cursor_u16(&ports);
	walk_pass(walk, length - PORTS_BYTES);
	walk_payload(walk);
	return STEP_FLOW;
}

/* RFC 9293 section 3.1: ports (2, 2), sequence (4), acknowledgement (4), data offset (4 bits) and
 * reserved, flags, window (2), checksum (2), urgent (2); options up to the data offset. */
enum step transport_tcp(struct walk *walk)
{
	struct layers *layers = walk->layers;

	if (walk->rest.left < TCP_BYTES)
		return ports_and_payload(walk, TCP_BYTES);

	struct cursor header = cursor_sub(&walk->rest, TCP_BYTES);
	layers->src_port = cursor_u16(&header);
	layers->dst_port = cursor_u16(&header);
	layers->tcp_seq = cursor_u32(&header);
	layers->tcp_ack = cursor_u32(&header);
	uint32_t length = (cursor_u8(&header) >> 4) * 4u;
	layers->tcp_flags = cursor_u8(&header);
	layers->tcp_window = cursor_u16(&header);
	if (length < TCP_BYTES || !walk_pass(walk, length - TCP_BYTES))
		return STEP_MALFORMED;
	walk_payload(walk);
	return STEP_FLOW;
}

static bool is_listed(const uint16_t ports[DECODE_PORTS_MAX], uint16_t port)
{
	for (size_t i = 0; i < DECODE_PORTS_MAX && ports[i] != 0; i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

enum step transport_tunnel(const struct decode_config *config, uint16_t port)
{
	if (is_listed(config->vxlan_ports, port))
		return STEP_VXLAN;
	if (is_listed(config->geneve_ports, port))
		return STEP_GENEVE;
	return port == GTPU_PORT ? STEP_GTPU : STEP_FLOW;
}

/* RFC 768: ports (2, 2), length with this header (2), checksum (2). In a packet too long for the
 * field the length is zero (RFC 2675 section 4). */
enum step transport_udp(struct walk *walk)
{
	struct layers *layers = walk->layers;
	uint32_t announced = walk_announced(walk);

	if (walk->rest.left < UDP_BYTES)
		return ports_and_payload(walk, UDP_BYTES);

	struct cursor header = cursor_sub(&walk->rest, UDP_BYTES);
	layers->src_port = cursor_u16(&header);
	layers->dst_port = cursor_u16(&header);
	uint32_t length = cursor_u16(&header);
	if (length == 0 && announced > IP_PAYLOAD_MAX)
		length = announced;
	if (length < UDP_BYTES || length > announced)
		return STEP_MALFORMED;
	walk_narrow(walk, length - UDP_BYTES);
	walk_payload(walk);
	return transport_tunnel(walk->config, layers->dst_port);
}

/* RFC 3828: as UDP, but where UDP has its length this has how much the checksum covers. */
enum step transport_udp_lite(struct walk *walk)
{
	return ports_and_payload(walk, UDP_BYTES);
}

/* RFC 9260 section 3.1: ports (2, 2), verification tag (4), checksum (4); then chunks. */
enum step transport_sctp(struct walk *walk)
{
	return ports_and_payload(walk, SCTP_BYTES);
}

/* RFC 4340 section 5.1: ports (2, 2), data offset in words, ...; at least twelve bytes. */
enum step transport_dccp(struct walk *walk)
{
	struct cursor peek = walk->rest;

	cursor_skip(&peek, PORTS_BYTES);
	uint32_t length = cursor_u8(&peek) * 4u;
	if (peek.failed)
		return ports_and_payload(walk, DCCP_BYTES);
	if (length < DCCP_BYTES)
		return STEP_MALFORMED;
	return ports_and_payload(walk, length);
}

/* RFC 792, 4443: type, code, checksum (2). The packet quoted in an error is payload, not a layer:
 * it went elsewhere. */
enum step transport_icmp(struct walk *walk)
{
	struct layers *layers = walk->layers;
	struct cursor header = cursor_sub(&walk->rest, ICMP_BYTES);

	if (header.failed)
		return walk_short(walk);
	layers->icmp_type = cursor_u8(&header);
	layers->icmp_code = cursor_u8(&header);
	walk_payload(walk);
	return STEP_FLOW;
}

/* Protocols without ports, or whose inside is not to be read (ESP): a flow between two addresses. */
enum step transport_other(struct walk *walk)
{
	walk_payload(walk);
	return STEP_FLOW;
}
