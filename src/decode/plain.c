/* plain.c - the frame that nearly all are: Ethernet, IPv4 without options, TCP or UDP, captured whole.
 *
 * Says of it what the walk would say, in a third of the instructions, and leaves everything else to the walk: a tag,
 * an option, a fragment, an envelope, a cut, a length that does not fit. tests/unit/decode/test_plain.c and
 * the fuzz target hold the two against each other.
 */
#include "decode/walk.h"

#define ETHERNET_BYTES 14
#define ADDRESSES_BYTES 12
#define IP_BYTES 20
#define TCP_BYTES 20
#define UDP_BYTES 8
#define VERSION_4_LENGTH_5 0x45
#define FRAGMENT 0x3fffu /* more follow, or not the first */
#define HEADERS 3

enum { ETHER_IPV4 = 0x0800, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

/* RFC 9293 section 3.1; see transport_tcp(). */
static bool plain_tcp(struct cursor *rest, struct layers *layers)
{
	struct cursor header = cursor_sub(rest, TCP_BYTES);
	uint16_t src_port = cursor_u16(&header), dst_port = cursor_u16(&header);
	uint32_t seq = cursor_u32(&header), ack = cursor_u32(&header);
	uint32_t length = (cursor_u8(&header) >> 4) * 4u;

	if (header.failed || length < TCP_BYTES || !cursor_skip(rest, length - TCP_BYTES))
		return false;
	decode_clear(layers);
	layers->src_port = src_port;
	layers->dst_port = dst_port;
	layers->tcp_seq = seq;
	layers->tcp_ack = ack;
	layers->tcp_flags = cursor_u8(&header);
	layers->tcp_window = cursor_u16(&header);
	return true;
}

/* RFC 768; see transport_udp(). */
static bool plain_udp(const struct decode_config *config, struct cursor *rest,
		      struct layers *layers)
{
	struct cursor header = cursor_sub(rest, UDP_BYTES);
	uint16_t src_port = cursor_u16(&header), dst_port = cursor_u16(&header);
	uint32_t length = cursor_u16(&header);

	if (header.failed || length < UDP_BYTES || length - UDP_BYTES > rest->left ||
	    transport_tunnel(config, dst_port) != STEP_FLOW)
		return false;
	rest->left = length - UDP_BYTES;
	decode_clear(layers);
	layers->src_port = src_port;
	layers->dst_port = dst_port;
	return true;
}

bool plain_frame(const struct decode_config *config, const struct packet *packet,
		 struct layers *layers)
{
	struct cursor rest = cursor_over(packet->data, packet->captured);
	struct cursor ethernet = cursor_sub(&rest, ETHERNET_BYTES);
	const uint8_t *start = rest.at;
	struct cursor ip = cursor_sub(&rest, IP_BYTES);

	if (ip.failed || packet->link != LINK_ETHERNET || packet->length != packet->captured ||
	    !cursor_skip(&ethernet, ADDRESSES_BYTES) || cursor_u16(&ethernet) != ETHER_IPV4)
		return false;

	bool is_short = cursor_u8(&ip) == VERSION_4_LENGTH_5;
	cursor_skip(&ip, 1);
	uint32_t total = cursor_u16(&ip);
	cursor_skip(&ip, 2);
	uint16_t fragment = cursor_u16(&ip);
	uint8_t ttl = cursor_u8(&ip), protocol = cursor_u8(&ip);
	cursor_skip(&ip, 2);
	if (!is_short || fragment & FRAGMENT || total < IP_BYTES || total - IP_BYTES > rest.left)
		return false;
	rest.left = total - IP_BYTES; /* what follows is padding */

	if (protocol == PROTOCOL_TCP
		    ? !plain_tcp(&rest, layers)
		    : protocol != PROTOCOL_UDP || !plain_udp(config, &rest, layers))
		return false;
	layers->src = ip_from_v4(cursor_take(&ip, 4));
	layers->dst = ip_from_v4(cursor_take(&ip, 4));
	layers->ether_type = ETHER_IPV4;
	layers->ip_version = 4;
	layers->ip_header = start;
	layers->ip_captured = total;
	layers->ttl = ttl;
	layers->protocol = protocol;
	layers->payload = rest.left != 0 ? rest.at : NULL;
	layers->payload_captured = layers->payload_length = (uint32_t)rest.left;
	layers->depth = HEADERS;
	layers->outcome = DECODE_FLOW;
	return true;
}
