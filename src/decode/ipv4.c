#include "decode/walk.h"

#define HEADER_BYTES 20
#define MORE_FRAGMENTS 0x2000u
#define OFFSET_MASK 0x1fffu
#define OFFSET_UNIT 8

static enum step fragment_of(struct walk *walk, uint16_t id, uint16_t flags_offset)
{
	struct layers *layers = walk->layers;

	layers->fragment = (struct fragment){
		.id = id,
		.offset_bytes = (uint16_t)((flags_offset & OFFSET_MASK) * OFFSET_UNIT),
		.more = (flags_offset & MORE_FRAGMENTS) != 0,
		.protocol = layers->protocol,
	};
	walk_payload(walk);
	return STEP_FRAGMENT;
}

/* RFC 791 section 3.1, the fixed part:
 *
 *   version|IHL, class, total length (2), identification (2), flags|offset (2),
 *   time to live, protocol, checksum (2), source (4), destination (4)
 *
 * A total length of zero is what the kernel shows of a packet that the card is yet to cut up (TSO):
 * then the frame's own length holds. The checksum is not looked at: offload leaves it to the card.
 */
enum step ipv4_header(struct walk *walk)
{
	struct layers *layers = walk->layers;
	const uint8_t *start = walk->rest.at;
	struct cursor header = cursor_sub(&walk->rest, HEADER_BYTES);

	if (header.failed)
		return walk_short(walk);
	uint8_t version_length = cursor_u8(&header);
	uint32_t header_length = (version_length & 0xfu) * 4;
	cursor_skip(&header, 1);
	uint32_t total = cursor_u16(&header);
	if (total == 0)
		total = HEADER_BYTES + walk_announced(walk);
	if (version_length >> 4 != 4 || header_length < HEADER_BYTES || total < header_length)
		return STEP_MALFORMED;
	walk_narrow(walk, total - HEADER_BYTES);

	uint16_t id = cursor_u16(&header), flags_offset = cursor_u16(&header);
	layers->ip_version = 4;
	layers->ip_header = start;
	layers->ip_captured = HEADER_BYTES + (uint32_t)walk->rest.left;
	layers->ttl = cursor_u8(&header);
	layers->protocol = cursor_u8(&header);
	cursor_skip(&header, 2);
	layers->src = ip_from_v4(cursor_take(&header, 4));
	layers->dst = ip_from_v4(cursor_take(&header, 4));

	if (!cursor_skip(&walk->rest, header_length - HEADER_BYTES))
		return walk_short(walk);
	if (flags_offset & (MORE_FRAGMENTS | OFFSET_MASK))
		return fragment_of(walk, id, flags_offset);
	return transport_step(walk, layers->protocol);
}

/* Where no type is given, the version tells. */
enum step ipv4_or_ipv6(struct walk *walk)
{
	struct cursor peek = walk->rest;
	uint8_t version = cursor_u8(&peek) >> 4;

	if (peek.failed)
		return walk_short(walk);
	if (version == 4)
		return STEP_IPV4;
	return version == 6 ? STEP_IPV6 : STEP_UNSUPPORTED;
}
