#include "decode/walk.h"

#define ETHERNET_LENGTH_MAX 1500 /* up to here the type is an 802.3 length */

enum {
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,         /* 802.1Q */
	ETHER_VLAN_SERVICE = 0x88a8, /* 802.1ad */
	ETHER_VLAN_OLD = 0x9100,     /* QinQ before 802.1ad */
	ETHER_IPV6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE_SESSION = 0x8864,
	ETHER_JUMBO_LLC = 0x8870, /* 802.2 in frames too long for an 802.3 length */
	ETHER_PPP = 0x880b,
	ETHER_BRIDGED = 0x6558, /* a whole Ethernet frame; in GRE and GENEVE */
};

#define LLC_SNAP 0xaaaa /* both service access points */
#define LLC_IP 0x0606
#define LLC_UNNUMBERED 0x03
#define OUI_ETHERNET 0x000000
#define OUI_BRIDGE 0x0000f8 /* 802.1H: EtherTypes that bridges must not translate */

enum step ethernet_type(struct walk *walk, uint16_t type)
{
	walk->layers->ether_type = type;
	switch (type) {
	case ETHER_IPV4:
		return STEP_IPV4;
	case ETHER_IPV6:
		return STEP_IPV6;
	case ETHER_VLAN:
	case ETHER_VLAN_SERVICE:
	case ETHER_VLAN_OLD:
		return STEP_VLAN;
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return STEP_MPLS;
	case ETHER_PPPOE_SESSION:
		return STEP_PPPOE;
	case ETHER_JUMBO_LLC:
		return STEP_LLC;
	case ETHER_PPP:
		return STEP_PPP;
	case ETHER_BRIDGED:
		return STEP_ETHERNET;
	}
	return STEP_NOT_IP;
}

/* What stands after the addresses or a tag: an EtherType or, in 802.3, the length of what follows,
 * which begins with an 802.2 header. */
static enum step type_or_length(struct walk *walk, uint16_t value)
{
	if (value > ETHERNET_LENGTH_MAX)
		return ethernet_type(walk, value);
	if (value < walk_announced(walk))
		walk_narrow(walk, value);
	return STEP_LLC;
}

enum step ethernet_frame(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 14);

	if (header.failed)
		return walk_short(walk);
	cursor_skip(&header, 12);
	return type_or_length(walk, cursor_u16(&header));
}

/* Priority (3 bits), drop eligible (1), VLAN (12); type or length (16). */
enum step ethernet_vlan(struct walk *walk)
{
	struct layers *layers = walk->layers;
	struct cursor tag = cursor_sub(&walk->rest, 4);

	if (tag.failed)
		return walk_short(walk);
	uint16_t vlan = cursor_u16(&tag) & 0x0fff;
	if (layers->vlan_count < LAYERS_VLANS_MAX)
		layers->vlan[layers->vlan_count] = vlan;
	layers->vlan_count++;
	return type_or_length(walk, cursor_u16(&tag));
}

/* 802.2: two service access points and a control field; with SNAP an OUI and a type follow. */
enum step ethernet_llc(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 3);

	if (header.failed)
		return walk_short(walk);
	uint16_t points = cursor_u16(&header);
	if (cursor_u8(&header) != LLC_UNNUMBERED)
		return STEP_NOT_IP;
	if (points == LLC_IP)
		return STEP_IP;
	if (points != LLC_SNAP)
		return STEP_NOT_IP;

	struct cursor snap = cursor_sub(&walk->rest, 5);
	if (snap.failed)
		return walk_short(walk);
	uint32_t oui = cursor_u24(&snap);
	uint16_t type = cursor_u16(&snap);
	if ((oui != OUI_ETHERNET && oui != OUI_BRIDGE) || type < ETHERNET_TYPE_MIN)
		return STEP_NOT_IP;
	return ethernet_type(walk, type);
}
