#include "decode/walk.h"

#define PPPOE_VERSION_TYPE 0x11
#define PPPOE_CODE_SESSION 0
#define HDLC_ALL_STATIONS 0xff
#define HDLC_UNNUMBERED 0x03
#define CISCO_UNICAST 0x0f
#define CISCO_MULTICAST 0x8f

enum {
	PPP_IPV4 = 0x0021,
	PPP_VJ_COMPRESSED = 0x002d, /* TCP/IP headers, RFC 1144 */
	PPP_VJ_UNCOMPRESSED = 0x002f,
	PPP_MULTILINK = 0x003d, /* fragments of frames */
	PPP_ENCRYPTED = 0x0053,
	PPP_LINK_ENCRYPTED = 0x0055,
	PPP_IPV6 = 0x0057,
	PPP_LINK_COMPRESSED = 0x00fb,
	PPP_COMPRESSED = 0x00fd, /* MPPE too */
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

static enum step protocol_step(uint16_t protocol)
{
	switch (protocol) {
	case PPP_IPV4:
		return STEP_IPV4;
	case PPP_IPV6:
		return STEP_IPV6;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return STEP_MPLS;
	case PPP_VJ_COMPRESSED:
	case PPP_VJ_UNCOMPRESSED:
	case PPP_MULTILINK:
	case PPP_ENCRYPTED:
	case PPP_LINK_ENCRYPTED:
	case PPP_LINK_COMPRESSED:
	case PPP_COMPRESSED:
		return STEP_UNSUPPORTED; /* it may well hold IP */
	}
	return STEP_NOT_IP; /* link control, authentication, other network protocols */
}

/* RFC 1661, 1662: address and control, unless compressed away; then the protocol in two bytes, or
 * in one, which is odd (section 6.5). Serial links mix in Cisco's framing (LINK_PPP_HDLC). */
enum step ppp_frame(struct walk *walk)
{
	struct cursor peek = walk->rest;
	uint8_t first = cursor_u8(&peek), second = cursor_u8(&peek);

	if (peek.failed)
		return walk_short(walk);
	if (first == CISCO_UNICAST || first == CISCO_MULTICAST)
		return STEP_C_HDLC;
	if (first == HDLC_ALL_STATIONS && second == HDLC_UNNUMBERED)
		cursor_skip(&walk->rest, 2);

	uint16_t protocol = cursor_u8(&walk->rest);
	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&walk->rest));
	return walk->rest.failed ? walk_short(walk) : protocol_step(protocol);
}

/* RFC 2516: version and type (4 bits each), code, session (2), length of what follows (2). */
enum step ppp_over_ethernet(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 6);

	if (header.failed)
		return walk_short(walk);
	if (cursor_u8(&header) != PPPOE_VERSION_TYPE)
		return STEP_UNSUPPORTED;
	if (cursor_u8(&header) != PPPOE_CODE_SESSION)
		return STEP_NOT_IP;
	uint16_t session = cursor_u16(&header);
	walk_envelope(walk, TUNNEL_PPPOE, session);
	walk_narrow(walk, cursor_u16(&header));
	return STEP_PPP;
}

/* Address, control (0), EtherType (2). */
enum step ppp_cisco_hdlc(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 4);

	if (header.failed)
		return walk_short(walk);
	uint8_t address = cursor_u8(&header);
	if (address != CISCO_UNICAST && address != CISCO_MULTICAST)
		return STEP_UNSUPPORTED;
	cursor_skip(&header, 1);
	uint16_t type = cursor_u16(&header);
	return type < ETHERNET_TYPE_MIN ? STEP_NOT_IP : ethernet_type(walk, type);
}
