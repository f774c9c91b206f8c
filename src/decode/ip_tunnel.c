#include "decode/walk.h"

#define ETHER_IP_VERSION 3

/* RFC 2003, 2473: IPv4 in IP. */
enum step ip_tunnel_ipv4(struct walk *walk)
{
	walk_payload(walk);
	walk_envelope(walk, TUNNEL_IPIP, 0);
	return STEP_IPV4;
}

/* RFC 4213, 2473: IPv6 in IP. */
enum step ip_tunnel_ipv6(struct walk *walk)
{
	walk_payload(walk);
	walk_envelope(walk, TUNNEL_IPIP, 0);
	return STEP_IPV6;
}

/* RFC 3378: version (4 bits), zero (12 bits); then a frame. */
enum step ip_tunnel_ethernet(struct walk *walk)
{
	walk_payload(walk);
	uint16_t header = cursor_u16(&walk->rest);
	if (walk->rest.failed)
		return walk_short(walk);
	if (header >> 12 != ETHER_IP_VERSION)
		return STEP_FLOW;
	walk_envelope(walk, TUNNEL_ETHERIP, 0);
	return STEP_ETHERNET;
}
