/* flow_copy.h - packets that come twice, each time in another tunnel.
 *
 * A load balancer sends each packet to an appliance in one tunnel and has it back in another, so that who hears both
 * hears it twice. Of a direction, whichever tunnel is ahead is counted, and the other's packets are copies for as
 * long as it is behind: what is counted is what the fuller tunnel carried. A copy comes soon or never.
 */
#pragma once

#include "flow/flow_table.h"

/* Of the packet that has begun the flow. */
void flow_copy_begin(struct flow *flow, const struct flow_packet *packet);

/* Of each further packet of a flow that has begun in a tunnel (flow->tunnel): it is a copy. */
bool flow_copy_is(struct flow *flow, const struct flow_packet *packet);
