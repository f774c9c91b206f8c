/* mpls.c - label stacks (RFC 3032), and what lies below them.
 *
 * Nothing says what the bottom label carries; only the routers that agreed on it know. As routers
 * that hash for load balancing do, look at the first four bits (RFC 4928): 4 and 6 are IP, 0 is the
 * control word of a pseudowire (RFC 4385) with Ethernet after it, 1 its associated channel. Any
 * other is taken for an Ethernet pseudowire without a control word. Since many Ethernet addresses
 * begin with four zero bits too, 0 is decided by where a known EtherType stands.
 */
#include "decode/walk.h"

#define LABEL_BYTES 4
#define BOTTOM_OF_STACK 0x100u
#define CONTROL_WORD_BYTES 4

static bool is_common_type(uint16_t type)
{
	return type == 0x0800 || type == 0x86dd || type == 0x0806 || type == 0x8100 ||
	       type == 0x88a8;
}

/* Is there a common EtherType where a frame that starts `offset` bytes from here has it? */
static bool has_type_at(struct cursor rest, size_t offset)
{
	cursor_skip(&rest, offset + 12);
	uint16_t type = cursor_u16(&rest);

	return !rest.failed && is_common_type(type);
}

static enum step below_stack(struct walk *walk)
{
	struct cursor peek = walk->rest;
	uint8_t first = cursor_u8(&peek);

	if (peek.failed)
		return walk_short(walk);
	switch (first >> 4) {
	case 4:
		return STEP_IPV4;
	case 6:
		return STEP_IPV6;
	case 1:
		return STEP_NOT_IP;
	case 0:
		if (has_type_at(walk->rest, 0) && !has_type_at(walk->rest, CONTROL_WORD_BYTES))
			return STEP_ETHERNET;
		if (!cursor_skip(&walk->rest, CONTROL_WORD_BYTES))
			return walk_short(walk);
		return STEP_ETHERNET;
	}
	return STEP_ETHERNET;
}

/* One label: label (20 bits), class (3), bottom of stack (1), time to live (8). */
enum step mpls_stack(struct walk *walk)
{
	uint32_t label = cursor_u32(&walk->rest);

	if (walk->rest.failed)
		return walk_short(walk);
	return label & BOTTOM_OF_STACK ? below_stack(walk) : STEP_MPLS;
}
