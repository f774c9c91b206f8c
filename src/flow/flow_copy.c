#include "flow/flow_copy.h"

#include "base/units.h"

#define COPY_NS NS_PER_S

/* Which VXLAN, in a byte; 0: none. */
static uint8_t tunnel_of(const struct layers *layers)
{
	uint32_t id = layers->tunnel[0].id;

	if (layers->tunnel_count == 0 || layers->tunnel[0].type != TUNNEL_VXLAN)
		return 0;
	return (uint8_t)(1 + (id ^ id >> 8 ^ id >> 16) % UINT8_MAX);
}

static int8_t *lead_of(struct flow *flow, const struct flow_packet *packet)
{
	bool is_to_server = packet->from_high == flow->initiator_is_high;

	return &flow->lead[is_to_server ? TO_SERVER : TO_CLIENT];
}

void flow_copy_begin(struct flow *flow, const struct flow_packet *packet)
{
	flow->tunnel = tunnel_of(packet->layers);
	*lead_of(flow, packet) = flow->tunnel != 0;
}

bool flow_copy_is(struct flow *flow, const struct flow_packet *packet)
{
	uint8_t tunnel = tunnel_of(packet->layers);
	int8_t *lead = lead_of(flow, packet);
	bool is_first = tunnel == flow->tunnel;

	if (tunnel == 0)
		return false;
	if (packet->time_ns >= flow->last_ns + COPY_NS)
		*lead = 0;
	bool is_behind = is_first ? *lead < 0 : *lead > 0;

	if (is_first && *lead < INT8_MAX)
		++*lead;
	else if (!is_first && *lead > -INT8_MAX)
		--*lead;
	flow->is_carried_twice |= is_behind;
	return is_behind;
}
