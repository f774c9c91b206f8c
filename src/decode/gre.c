/* gre.c - GRE (RFC 2784, 2890, routing of RFC 1701), NVGRE (RFC 7637), PPTP's GRE (RFC 2637), and
 * the mirrors and redirections that travel in it: ERSPAN and WCCP.
 *
 *   0                   1                   2                   3
 *   |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol type         |
 *   |     Checksum (C or R)         |        Offset (C or R)        |
 *   |     Key (K); in version 1: payload length and call id         |
 *   |     Sequence number (S)                                       |
 *   |     Acknowledgement (A, version 1)  or  routing (R)           |
 *
 * What cannot be entered (another version, an acknowledgement alone) is a flow of protocol 47.
 */
#include "decode/walk.h"

enum {
	FLAG_CHECKSUM = 0x8000,
	FLAG_ROUTING = 0x4000,
	FLAG_KEY = 0x2000,
	FLAG_SEQUENCE = 0x1000,
	FLAG_ACKNOWLEDGEMENT = 0x0080,
	VERSION_MASK = 0x0007,
};

enum {
	GRE_PPP = 0x880b,
	GRE_WCCP = 0x883e,
	GRE_ERSPAN = 0x88be, /* types I and II */
	GRE_ERSPAN3 = 0x22eb,
};

#define ERSPAN_SESSION_MASK 0x3ffu
#define ERSPAN3_FRAME_MASK 0x1fu
#define ERSPAN3_FRAME_IP 2
#define ERSPAN3_HAS_MORE 1u
#define ERSPAN3_MORE_BYTES 8

/* Type I has no header, II has one of 8 bytes: version (4 bits), VLAN (12), class (3),
 * encapsulation (2), truncated (1), session (10); index (4 bytes). II always has a sequence
 * number, I never has. */
static enum step erspan2(struct walk *walk, uint16_t flags)
{
	uint32_t session = 0;

	if (flags & FLAG_SEQUENCE) {
		struct cursor header = cursor_sub(&walk->rest, 8);
		if (header.failed)
			return walk_short(walk);
		session = cursor_u32(&header) & ERSPAN_SESSION_MASK;
	}
	walk_envelope(walk, TUNNEL_ERSPAN, session);
	return STEP_ETHERNET;
}

/* Type III: the same first word; time stamp (4 bytes), group tag (2), then P (1 bit), frame type
 * (5), hardware id (6), D (1), granularity (2), O (1): eight more bytes follow. */
static enum step erspan3(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 12);

	if (header.failed)
		return walk_short(walk);
	uint32_t session = cursor_u32(&header) & ERSPAN_SESSION_MASK;
	cursor_skip(&header, 6);
	uint16_t last = cursor_u16(&header);
	if ((last & ERSPAN3_HAS_MORE) && !cursor_skip(&walk->rest, ERSPAN3_MORE_BYTES))
		return walk_short(walk);
	walk_envelope(walk, TUNNEL_ERSPAN, session);
	return (last >> 10 & ERSPAN3_FRAME_MASK) == ERSPAN3_FRAME_IP ? STEP_IP : STEP_ETHERNET;
}

/* Version 2 puts a word before the packet, version 1 does not, and neither says which it is; but
 * only IPv4 is redirected, and the word never begins like it. */
static enum step wccp(struct walk *walk)
{
	struct cursor peek = walk->rest;

	if (cursor_u8(&peek) >> 4 != 4)
		cursor_skip(&walk->rest, 4);
	return walk->rest.failed ? walk_short(walk) : STEP_IPV4;
}

/* Source routes: address family (2), offset, length, data; one of length zero ends them. Each takes
 * four bytes at least, so the packet's length bounds the loop. */
static bool pass_routes(struct walk *walk)
{
	uint8_t length;

	do {
		cursor_skip(&walk->rest, 3);
		length = cursor_u8(&walk->rest);
		cursor_skip(&walk->rest, length);
	} while (length != 0 && !walk->rest.failed);
	return !walk->rest.failed;
}

static enum step version0(struct walk *walk, uint16_t flags, uint16_t type)
{
	uint32_t key = 0;

	if (flags & (FLAG_CHECKSUM | FLAG_ROUTING))
		cursor_skip(&walk->rest, 4);
	if (flags & FLAG_KEY)
		key = cursor_u32(&walk->rest);
	if (flags & FLAG_SEQUENCE)
		cursor_skip(&walk->rest, 4);
	if (walk->rest.failed || ((flags & FLAG_ROUTING) && !pass_routes(walk)))
		return walk_short(walk);

	if (type == GRE_ERSPAN)
		return erspan2(walk, flags);
	if (type == GRE_ERSPAN3)
		return erspan3(walk);
	if (walk_announced(walk) == 0)
		return STEP_FLOW; /* a keep-alive */
	walk_envelope(walk, TUNNEL_GRE, key);
	if (type == GRE_WCCP)
		return wccp(walk);
	return type < ETHERNET_TYPE_MIN ? STEP_NOT_IP : ethernet_type(walk, type);
}

static enum step version1(struct walk *walk, uint16_t flags, uint16_t type)
{
	uint16_t length = cursor_u16(&walk->rest), call = cursor_u16(&walk->rest);

	if (flags & FLAG_SEQUENCE)
		cursor_skip(&walk->rest, 4);
	if (flags & FLAG_ACKNOWLEDGEMENT)
		cursor_skip(&walk->rest, 4);
	if (walk->rest.failed)
		return walk_short(walk);
	if (type != GRE_PPP || !(flags & FLAG_KEY) || !(flags & FLAG_SEQUENCE))
		return STEP_FLOW;
	walk_envelope(walk, TUNNEL_GRE, call);
	walk_narrow(walk, length);
	return STEP_PPP;
}

enum step gre_header(struct walk *walk)
{
	walk_payload(walk);
	uint16_t flags = cursor_u16(&walk->rest), type = cursor_u16(&walk->rest);

	if (walk->rest.failed)
		return walk_short(walk);
	switch (flags & VERSION_MASK) {
	case 0:
		return version0(walk, flags, type);
	case 1:
		return version1(walk, flags, type);
	}
	return STEP_FLOW;
}
