/* walk.h - where decode stands in a packet: what its layers hand to one another.
 *
 * Each layer is a function that reads its header from `rest`, notes what it says in `layers` and
 * returns the step to take next: another header, or an outcome. decode.c calls them in a loop, so
 * nothing recurses. Private to src/decode.
 */
#pragma once

#include "base/cursor.h"
#include "base/ip.h"
#include "decode/decode.h"
#include "pewit/layers.h"
#include "pewit/packet.h"

#define ETHERNET_TYPE_MIN 1536 /* below, it is no EtherType (IEEE 802.3 clause 3.2.6) */

enum step {
	STEP_FLOW = DECODE_FLOW, /* the outcomes end the walk ... */
	STEP_FRAGMENT = DECODE_FRAGMENT,
	STEP_NOT_IP = DECODE_NOT_IP,
	STEP_TRUNCATED = DECODE_TRUNCATED,
	STEP_MALFORMED = DECODE_MALFORMED,
	STEP_UNSUPPORTED = DECODE_UNSUPPORTED,
	STEP_TOO_DEEP = DECODE_TOO_DEEP,
	STEP_ETHERNET = DECODE_OUTCOMES, /* ... and the headers continue it */
	STEP_VLAN,
	STEP_LLC,
	STEP_MPLS,
	STEP_PPP,
	STEP_PPPOE,
	STEP_C_HDLC,
	STEP_COOKED,
	STEP_COOKED2,
	STEP_LOOPBACK,
	STEP_PPI,
	STEP_RADIOTAP,
	STEP_WIFI,
	STEP_IP,
	STEP_IPV4,
	STEP_IPV6,
	STEP_IPV6_HOP_BY_HOP,
	STEP_IPV6_EXTENSION,
	STEP_IPV6_FRAGMENT,
	STEP_AUTHENTICATION,
	STEP_TCP,
	STEP_UDP,
	STEP_UDP_LITE,
	STEP_SCTP,
	STEP_DCCP,
	STEP_ICMP,
	STEP_OTHER,
	STEP_IP_IN_IP,
	STEP_IPV6_IN_IP,
	STEP_ETHER_IN_IP,
	STEP_GRE,
	STEP_VXLAN,
	STEP_GENEVE,
	STEP_GTPU,
};

struct walk {
	struct cursor rest; /* what was captured of the innermost packet, from here on */
	uint32_t cut;     /* bytes that follow `rest` by what headers say, and were not captured */
	bool in_envelope; /* `outer` is filled */
	struct layers *layers;
	const struct decode_config *config;
	struct layers outer; /* as they were outside the last envelope that IP carried */
};

/* Bytes of the innermost packet from here on, captured or not. */
static inline uint32_t walk_announced(const struct walk *walk)
{
	return (uint32_t)walk->rest.left + walk->cut;
}

/* A header says that its packet ends `length` bytes from here: what follows is padding or a
 * trailer. More than the frame holds counts as cut: mirrors shorten frames without a trace. */
static inline void walk_narrow(struct walk *walk, uint32_t length)
{
	if (length <= walk->rest.left) {
		walk->rest.left = length;
		walk->cut = 0;
	} else {
		walk->cut = length - (uint32_t)walk->rest.left;
	}
}

/* A header does not fit: either the capture cut it or the packet is too short for it. */
static inline enum step walk_short(const struct walk *walk)
{
	return walk->cut != 0 ? STEP_TRUNCATED : STEP_MALFORMED;
}

/* Passes over `length` bytes that need not be captured. False: the packet is too short for them. */
static inline bool walk_pass(struct walk *walk, uint32_t length)
{
	if (length > walk_announced(walk))
		return false;
	if (!cursor_skip(&walk->rest, length)) {
		walk->cut -= length - (uint32_t)walk->rest.left;
		cursor_skip(&walk->rest, walk->rest.left);
	}
	return true;
}

/* What is left is the payload. */
static inline void walk_payload(struct walk *walk)
{
	struct layers *layers = walk->layers;

	layers->payload = walk->rest.left != 0 ? walk->rest.at : NULL;
	layers->payload_captured = (uint32_t)walk->rest.left;
	layers->payload_length = walk_announced(walk);
}

/* Notes an envelope that the walk is about to enter, and forgets what belongs to its outside.
 * Those that IP carries need walk_payload() first: should their inside turn out to be unreadable,
 * the packet is a flow of the envelope's own. */
void walk_envelope(struct walk *walk, enum tunnel_type type, uint32_t id);

/* decode.c: what no header has set yet; and the walk from the start. */
void decode_clear(struct layers *layers);
enum decode_outcome decode_walk(const struct decode_config *config, const struct packet *packet,
				struct layers *layers);

/* plain.c: the commonest frames, as decode_walk() would have it; false: not one of them, *layers is as it was. */
bool plain_frame(const struct decode_config *config, const struct packet *packet,
		 struct layers *layers);

/* link.c */
enum step link_step(uint16_t link);
enum step link_cooked(struct walk *walk);
enum step link_cooked2(struct walk *walk);
enum step link_loopback(struct walk *walk);
enum step link_ppi(struct walk *walk);

/* ethernet.c */
enum step ethernet_frame(struct walk *walk);
enum step ethernet_vlan(struct walk *walk);
enum step ethernet_llc(struct walk *walk);
enum step ethernet_type(struct walk *walk, uint16_t type); /* the step for an EtherType */

/* mpls.c */
enum step mpls_stack(struct walk *walk);

/* ppp.c */
enum step ppp_frame(struct walk *walk);
enum step ppp_over_ethernet(struct walk *walk);
enum step ppp_cisco_hdlc(struct walk *walk);

/* wifi.c */
enum step wifi_radiotap(struct walk *walk);
enum step wifi_frame(struct walk *walk);

/* ipv4.c */
enum step ipv4_header(struct walk *walk);
enum step ipv4_or_ipv6(struct walk *walk);

/* ipv6.c */
enum step ipv6_header(struct walk *walk);
enum step ipv6_hop_by_hop(struct walk *walk);
enum step ipv6_extension(struct walk *walk);
enum step ipv6_fragment(struct walk *walk);
enum step ipv6_authentication(struct walk *walk);

/* transport.c */
enum step transport_step(struct walk *walk, uint8_t protocol); /* the step for what IP carries */
/* the step for what UDP carries to a port: an envelope's, or STEP_FLOW */
enum step transport_tunnel(const struct decode_config *config, uint16_t port);
enum step transport_tcp(struct walk *walk);
enum step transport_udp(struct walk *walk);
enum step transport_udp_lite(struct walk *walk);
enum step transport_sctp(struct walk *walk);
enum step transport_dccp(struct walk *walk);
enum step transport_icmp(struct walk *walk);
enum step transport_other(struct walk *walk);

/* ip_tunnel.c */
enum step ip_tunnel_ipv4(struct walk *walk);
enum step ip_tunnel_ipv6(struct walk *walk);
enum step ip_tunnel_ethernet(struct walk *walk);

/* gre.c */
enum step gre_header(struct walk *walk);

/* udp_tunnel.c */
enum step udp_tunnel_vxlan(struct walk *walk);
enum step udp_tunnel_geneve(struct walk *walk);
enum step udp_tunnel_gtpu(struct walk *walk);
