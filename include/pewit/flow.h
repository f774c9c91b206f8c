/* flow.h - a flow as the stages after the table speak of it.
 *
 * A flow is everything between two sockets from its first packet to its end, in both directions.
 * "Server" is the responder: src is always the initiator, as in Suricata's EVE.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/ip_addr.h"
#include "pewit/layers.h"
#include "pewit/nat.h"

enum direction { TO_SERVER, TO_CLIENT, DIRECTIONS };

enum tcp_state { /* as one who listens to both sides sees it; see flow/tcp_state.c for the table */
		 TCP_STATE_NONE, /* not TCP, or nothing seen */
		 TCP_STATE_SYN_SENT,
		 TCP_STATE_SYN_RECV,
		 TCP_STATE_ESTABLISHED,
		 TCP_STATE_FIN_WAIT, /* one side has finished */
		 TCP_STATE_CLOSED,   /* both have */
		 TCP_STATE_RESET,
		 TCP_STATES
};

enum flow_end {
	FLOW_END_NONE,     /* it is live */
	FLOW_END_CLOSED,   /* FIN from both sides, or RST */
	FLOW_END_TIMEOUT,  /* no packet for the state's time-out */
	FLOW_END_REUSED,   /* a new connection took its five-tuple */
	FLOW_END_EVICTED,  /* the table was full */
	FLOW_END_SHUTDOWN, /* the capture ended */
	FLOW_ENDS
};

struct flow_count {
	uint64_t packets; /* frames: each IP fragment is one */
	uint64_t bytes;   /* whole frames on the wire, link header and envelopes included */
};

/* What an event says of a flow: a copy made when the event is written. */
struct flow_record {
	uint64_t id; /* same capture, same id: a hash of key, start and first packet; < 2^53 */
	struct ip_addr src, dst;   /* src is the initiator */
	uint64_t start_ns, end_ns; /* first and last packet */
	struct flow_count count[DIRECTIONS];
	struct tunnel tunnel[LAYERS_TUNNELS_MAX]; /* envelopes of the first packet that had any */
	uint16_t vlan[LAYERS_VLANS_MAX];
	struct nat_sides nat; /* zero: not translated, or not known to be */
	uint16_t src_port, dst_port;
	uint8_t protocol;   /* IANA number */
	uint8_t ip_version; /* 4 or 6 */
	uint8_t tunnel_count, vlan_count;
	uint8_t tcp_flags[DIRECTIONS]; /* all flags seen, or-ed */
	uint8_t tcp_state;             /* enum tcp_state */
	uint8_t end;                   /* enum flow_end */
	uint8_t icmp_type, icmp_code;  /* of the first packet */
	bool midstream; /* its beginning was not captured; the initiator is a guess */
};
