/* ipv6.c - the header and its extensions (RFC 8200).
 *
 * Extension headers are steps of the walk like any other, so that DECODE_DEPTH_MAX bounds them.
 * Each begins with the number of the next header and, but for the fragment header, its own length.
 *
 * A payload length of zero is either a jumbogram, whose length stands in a hop-by-hop option
 * (RFC 2675; Linux uses it for packets beyond 64 KiB on their way to the card), or a packet that the
 * card is yet to cut up: then the frame's own length holds.
 */
#include "decode/walk.h"

#define HEADER_BYTES 40
#define HOP_BY_HOP 0
#define AUTHENTICATION_UNIT 4
#define EXTENSION_UNIT 8
#define OPTION_PAD1 0x00
#define OPTION_JUMBO 0xc2
#define JUMBO_MIN 65536u
#define MORE_FRAGMENTS 0x0001u
#define OFFSET_MASK 0xfff8u

/* Version (4 bits), class (8), flow label (20); payload length (2), next header, hop limit,
 * source (16), destination (16). */
enum step ipv6_header(struct walk *walk)
{
	struct layers *layers = walk->layers;
	const uint8_t *start = walk->rest.at;
	struct cursor header = cursor_sub(&walk->rest, HEADER_BYTES);

	if (header.failed)
		return walk_short(walk);
	if (cursor_u32(&header) >> 28 != 6)
		return STEP_MALFORMED;
	uint16_t payload_length = cursor_u16(&header);
	layers->protocol = cursor_u8(&header);
	layers->ttl = cursor_u8(&header);
	layers->src = ip_from_v6(cursor_take(&header, 16));
	layers->dst = ip_from_v6(cursor_take(&header, 16));

	if (payload_length != 0)
		walk_narrow(walk, payload_length);
	layers->ip_version = 6;
	layers->ip_header = start;
	layers->ip_captured = HEADER_BYTES + (uint32_t)walk->rest.left;
	if (layers->protocol == HOP_BY_HOP && payload_length == 0)
		return STEP_IPV6_HOP_BY_HOP;
	return transport_step(walk, layers->protocol);
}

/* Takes an extension: next header, length in units of 8 bytes less one, and the rest in *body.
 * False when it does not fit. */
static bool pass_extension(struct walk *walk, uint8_t *next, struct cursor *body)
{
	struct cursor peek = walk->rest;

	*next = cursor_u8(&peek);
	*body = cursor_sub(&walk->rest, (cursor_u8(&peek) + 1u) * EXTENSION_UNIT);
	if (peek.failed || body->failed)
		return false;
	cursor_skip(body, 2);
	walk->layers->protocol = *next;
	return true;
}

/* Routing, destination options, mobility, host identity, shim6. A routing header that has hops left
 * names the last one itself; the addresses stay those that route the packet here. */
enum step ipv6_extension(struct walk *walk)
{
	struct cursor body;
	uint8_t next;

	if (!pass_extension(walk, &next, &body))
		return walk_short(walk);
	return transport_step(walk, next);
}

/* The length in the jumbo option, or 0. Options are a type and a length, but for the pad of one. */
static uint32_t jumbo_length(struct cursor options)
{
	while (options.left != 0 && !options.failed) {
		uint8_t type = cursor_u8(&options);
		if (type == OPTION_PAD1)
			continue;
		struct cursor value = cursor_sub(&options, cursor_u8(&options));
		if (type == OPTION_JUMBO)
			return cursor_u32(&value);
	}
	return 0;
}

/* Hop-by-hop options of a packet whose payload length is zero. */
enum step ipv6_hop_by_hop(struct walk *walk)
{
	struct layers *layers = walk->layers;
	struct cursor options;
	uint8_t next;
	size_t before = walk->rest.left;

	if (!pass_extension(walk, &next, &options))
		return walk_short(walk);
	uint32_t passed = (uint32_t)(before - walk->rest.left);
	uint32_t length = jumbo_length(options);
	if (length != 0) {
		if (length < JUMBO_MIN || length < passed)
			return STEP_MALFORMED;
		walk_narrow(walk, length - passed);
		layers->ip_captured = HEADER_BYTES + passed + (uint32_t)walk->rest.left;
	}
	return transport_step(walk, next);
}

/* Next header, reserved, offset (13 bits) and flags (3), identification (4). One that starts at
 * zero and has no more to come is whole ("atomic", RFC 6946). */
enum step ipv6_fragment(struct walk *walk)
{
	struct layers *layers = walk->layers;
	struct cursor header = cursor_sub(&walk->rest, 8);

	if (header.failed)
		return walk_short(walk);
	uint8_t next = cursor_u8(&header);
	cursor_skip(&header, 1);
	uint16_t offset_flags = cursor_u16(&header);
	layers->protocol = next;
	if ((offset_flags & (OFFSET_MASK | MORE_FRAGMENTS)) == 0)
		return transport_step(walk, next);

	layers->fragment = (struct fragment){
		.id = cursor_u32(&header),
		.offset_bytes = offset_flags & OFFSET_MASK,
		.more = (offset_flags & MORE_FRAGMENTS) != 0,
		.protocol = next,
	};
	walk_payload(walk);
	return STEP_FRAGMENT;
}

/* RFC 4302, over IPv4 too: next header, length in words less two, ... Its payload is in the clear. */
enum step ipv6_authentication(struct walk *walk)
{
	struct cursor peek = walk->rest;
	uint8_t next = cursor_u8(&peek);
	uint32_t length = (cursor_u8(&peek) + 2u) * AUTHENTICATION_UNIT;

	if (peek.failed || !cursor_skip(&walk->rest, length))
		return walk_short(walk);
	if (length < 12)
		return STEP_MALFORMED;
	walk->layers->protocol = next;
	return transport_step(walk, next);
}
