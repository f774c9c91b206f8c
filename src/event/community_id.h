/* community_id.h - the flow hash that Zeek, Suricata, Wireshark and others share, version 1
 * (https://github.com/corelight/community-id-spec). */
#pragma once

#include "pewit/flow.h"

#define COMMUNITY_ID_LENGTH 30 /* "1:" and 28 characters of Base64 */

/* What the id rests on: flows with equal tuples, bytes compared, have one id. */
struct community_tuple {
	struct ip_addr src, dst;
	uint16_t src_port, dst_port;
	uint8_t protocol, ip_version;
	uint8_t icmp_type, icmp_code;
};

static inline struct community_tuple community_tuple_of(const struct flow_record *flow)
{
	return (struct community_tuple){
		.src = flow->src,
		.dst = flow->dst,
		.src_port = flow->src_port,
		.dst_port = flow->dst_port,
		.protocol = flow->protocol,
		.ip_version = flow->ip_version,
		.icmp_type = flow->icmp_type,
		.icmp_code = flow->icmp_code,
	};
}
_Static_assert(sizeof(struct community_tuple) == 2 * sizeof(struct ip_addr) + 8,
	       "no padding: its bytes are compared");

/* Writes the id of a flow with seed 0, no NUL. The same for both directions. */
void community_id_print(const struct flow_record *flow, char text[COMMUNITY_ID_LENGTH]);
