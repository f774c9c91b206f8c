#include "decode/walk.h"

#define COOKED_BYTES 16
#define COOKED2_BYTES 20

/* Linux' types of the address in a cooked header (if_arp.h), where `protocol` is an EtherType. */
#define ARPHRD_FRAD 770
#define ARPHRD_IEEE80211 801
#define ARPHRD_IEEE80211_PRISM 802
#define ARPHRD_IEEE80211_RADIOTAP 803
#define ARPHRD_NETLINK 824

#define COOKED_LLC 0x0004 /* `protocol` of a frame that begins with an 802.2 header */

enum step link_step(uint16_t link)
{
	switch ((enum link_type)link) {
	case LINK_ETHERNET:
		return STEP_ETHERNET;
	case LINK_RAW_BSD:
	case LINK_RAW:
		return STEP_IP;
	case LINK_IPV4:
		return STEP_IPV4;
	case LINK_IPV6:
		return STEP_IPV6;
	case LINK_LINUX_SLL:
		return STEP_COOKED;
	case LINK_LINUX_SLL2:
		return STEP_COOKED2;
	case LINK_NULL:
	case LINK_LOOP:
		return STEP_LOOPBACK;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return STEP_PPP;
	case LINK_PPP_ETHER:
		return STEP_PPPOE;
	case LINK_C_HDLC:
		return STEP_C_HDLC;
	case LINK_PPI:
		return STEP_PPI;
	case LINK_IEEE802_11:
		return STEP_WIFI;
	case LINK_IEEE802_11_RADIOTAP:
		return STEP_RADIOTAP;
	}
	return STEP_UNSUPPORTED;
}

static enum step cooked_step(struct walk *walk, uint16_t hardware, uint16_t protocol)
{
	switch (hardware) {
	case ARPHRD_FRAD:
	case ARPHRD_IEEE80211:
	case ARPHRD_IEEE80211_PRISM:
	case ARPHRD_IEEE80211_RADIOTAP:
		return STEP_UNSUPPORTED;
	case ARPHRD_NETLINK:
		return STEP_NOT_IP;
	}
	if (protocol == COOKED_LLC)
		return STEP_LLC;
	if (protocol < ETHERNET_TYPE_MIN)
		return STEP_NOT_IP;
	return ethernet_type(walk, protocol);
}

/* Kind of packet (2), ARPHRD_ (2), length of the address (2), address (8), protocol (2). */
enum step link_cooked(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, COOKED_BYTES);

	if (header.failed)
		return walk_short(walk);
	cursor_skip(&header, 2);
	uint16_t hardware = cursor_u16(&header);
	cursor_skip(&header, 10);
	return cooked_step(walk, hardware, cursor_u16(&header));
}

/* Protocol (2), zero (2), interface (4), ARPHRD_ (2), kind of packet, length of the address,
 * address (8). */
enum step link_cooked2(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, COOKED2_BYTES);

	if (header.failed)
		return walk_short(walk);
	uint16_t protocol = cursor_u16(&header);
	cursor_skip(&header, 6);
	return cooked_step(walk, cursor_u16(&header), protocol);
}

/* The address family in the byte order of the host that captured, and by its numbering: AF_INET is
 * 2 everywhere, AF_INET6 differs. No family is above 255, so its place tells the byte order. */
enum step link_loopback(struct walk *walk)
{
	uint32_t family = cursor_u32(&walk->rest);

	if (walk->rest.failed)
		return walk_short(walk);
	if (family > 0xffff)
		family = family >> 24 | (family >> 8 & 0xff00);
	switch (family) {
	case 2:
		return STEP_IPV4;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return STEP_IPV6;
	}
	return STEP_NOT_IP;
}

/* Per-packet information: version, flags, length of all of it (2), link type of what follows (4),
 * fields; little-endian. */
enum step link_ppi(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 8);

	if (header.failed)
		return walk_short(walk);
	uint8_t version = cursor_u8(&header);
	cursor_skip(&header, 1);
	uint16_t length = cursor_le16(&header);
	uint32_t inner = cursor_le32(&header);
	if (version != 0)
		return STEP_UNSUPPORTED;
	if (length < 8)
		return STEP_MALFORMED;
	if (!cursor_skip(&walk->rest, length - 8u))
		return walk_short(walk);
	return inner <= UINT16_MAX ? link_step((uint16_t)inner) : STEP_UNSUPPORTED;
}
