/* udp_tunnel.c - envelopes that are known by their UDP port: VXLAN, GENEVE, GTP-U.
 *
 * A port is a guess: anything may use it. So what does not look like the tunnel stays the UDP flow
 * that transport.c has made of it (STEP_FLOW), and what looks like it but has no sense inside falls
 * back to that (decode.c).
 */
#include "decode/walk.h"

#define TUNNEL_HEADER_BYTES 8

#define VXLAN_HAS_VNI 0x08
#define VXLAN_HAS_GROUP 0x80 /* group policy extension, as Linux and Cisco have it */

#define GENEVE_VERSION_SHIFT 6
#define GENEVE_OPTIONS_MASK 0x3f
#define GENEVE_BRIDGED 0x6558
#define GENEVE_IPV4 0x0800
#define GENEVE_IPV6 0x86dd

#define GTPU_VERSION_MASK 0xf0 /* version (3 bits) and protocol type */
#define GTPU_VERSION1 0x30
#define GTPU_HAS_EXTENSION 0x04
#define GTPU_HAS_OPTIONS 0x07 /* extension, sequence number or N-PDU number: all their places */
#define GTPU_OPTIONS_BYTES 4
#define GTPU_PACKET 0xff /* message type: a user's packet */

/* RFC 7348 section 5: flags, reserved (3), VNI (3), reserved. Receivers are to ignore reserved
 * bits, and senders to leave them zero; a flag set there is more likely another protocol. */
enum step udp_tunnel_vxlan(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, TUNNEL_HEADER_BYTES);

	if (header.failed)
		return walk->cut != 0 ? STEP_TRUNCATED : STEP_FLOW;
	if ((cursor_u8(&header) & ~VXLAN_HAS_GROUP) != VXLAN_HAS_VNI)
		return STEP_FLOW;
	cursor_skip(&header, 3);
	walk_envelope(walk, TUNNEL_VXLAN, cursor_u24(&header));
	return STEP_ETHERNET;
}

/* RFC 8926 section 3.4: version (2 bits), length of the options in words (6), flags; protocol (2),
 * VNI (3), reserved; options. */
enum step udp_tunnel_geneve(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, TUNNEL_HEADER_BYTES);

	if (header.failed)
		return walk->cut != 0 ? STEP_TRUNCATED : STEP_FLOW;
	uint8_t first = cursor_u8(&header);
	cursor_skip(&header, 1);
	uint16_t protocol = cursor_u16(&header);
	bool is_known =
		protocol == GENEVE_BRIDGED || protocol == GENEVE_IPV4 || protocol == GENEVE_IPV6;
	if (first >> GENEVE_VERSION_SHIFT != 0 || !is_known)
		return STEP_FLOW;
	if (!cursor_skip(&walk->rest, (first & GENEVE_OPTIONS_MASK) * 4u))
		return walk->cut != 0 ? STEP_TRUNCATED : STEP_FLOW;
	walk_envelope(walk, TUNNEL_GENEVE, cursor_u24(&header));
	return ethernet_type(walk, protocol);
}

/* Extension headers: length in words, content, type of the next. Each takes four bytes at least, so
 * the packet's length bounds the loop. */
static bool pass_extensions(struct cursor *rest, uint8_t type)
{
	while (type != 0 && !rest->failed) {
		uint32_t length = cursor_u8(rest) * 4u;
		if (length == 0)
			return false;
		cursor_skip(rest, length - 2);
		type = cursor_u8(rest);
	}
	return !rest->failed;
}

/* 3GPP TS 29.281 section 5.1: flags, message type, length of what follows the TEID (2), TEID (4);
 * sequence number (2), N-PDU number, type of the first extension. */
enum step udp_tunnel_gtpu(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, TUNNEL_HEADER_BYTES);

	if (header.failed)
		return STEP_FLOW;
	uint8_t flags = cursor_u8(&header), message = cursor_u8(&header);
	uint32_t length = cursor_u16(&header), teid = cursor_u32(&header);
	if ((flags & GTPU_VERSION_MASK) != GTPU_VERSION1 || message != GTPU_PACKET ||
	    length > walk_announced(walk))
		return STEP_FLOW;

	walk_narrow(walk, length);
	if (flags & GTPU_HAS_OPTIONS) {
		struct cursor options = cursor_sub(&walk->rest, GTPU_OPTIONS_BYTES);
		cursor_skip(&options, 3);
		uint8_t extension = cursor_u8(&options);
		if ((flags & GTPU_HAS_EXTENSION) && !pass_extensions(&walk->rest, extension))
			return STEP_FLOW;
	}
	if (walk->rest.failed)
		return STEP_FLOW;
	walk_envelope(walk, TUNNEL_GTPU, teid);
	return STEP_IP;
}
