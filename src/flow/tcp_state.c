/* A listener cannot know what either end has accepted, so the states are fewer than the RFC's: what
 * matters is whether a connection is opening, open, half closed, closed or reset. One table says
 * which state follows which kind of segment; FIN needs a look at what the other side has sent.
 */
#include "flow/tcp_state.h"

#include <stdbool.h>

#include "base/units.h"

enum segment { SEGMENT_SYN, SEGMENT_SYN_ACK, SEGMENT_DATA, SEGMENT_FIN, SEGMENT_RST, SEGMENTS };

static const uint8_t next_state[TCP_STATES][SEGMENTS] = {
	/*                    SYN           SYN+ACK        ACK, data        FIN           RST */
	[TCP_STATE_NONE] = { TCP_STATE_SYN_SENT, TCP_STATE_SYN_RECV, TCP_STATE_ESTABLISHED,
			     TCP_STATE_FIN_WAIT, TCP_STATE_RESET },
	[TCP_STATE_SYN_SENT] = { TCP_STATE_SYN_SENT, TCP_STATE_SYN_RECV, TCP_STATE_SYN_SENT,
				 TCP_STATE_FIN_WAIT, TCP_STATE_RESET },
	[TCP_STATE_SYN_RECV] = { TCP_STATE_SYN_RECV, TCP_STATE_SYN_RECV, TCP_STATE_ESTABLISHED,
				 TCP_STATE_FIN_WAIT, TCP_STATE_RESET },
	[TCP_STATE_ESTABLISHED] = { TCP_STATE_ESTABLISHED, TCP_STATE_ESTABLISHED,
				    TCP_STATE_ESTABLISHED, TCP_STATE_FIN_WAIT, TCP_STATE_RESET },
	[TCP_STATE_FIN_WAIT] = { TCP_STATE_FIN_WAIT, TCP_STATE_FIN_WAIT, TCP_STATE_FIN_WAIT,
				 TCP_STATE_FIN_WAIT, TCP_STATE_RESET },
	[TCP_STATE_CLOSED] = { TCP_STATE_CLOSED, TCP_STATE_CLOSED, TCP_STATE_CLOSED,
			       TCP_STATE_CLOSED, TCP_STATE_CLOSED },
	[TCP_STATE_RESET] = { TCP_STATE_RESET, TCP_STATE_RESET, TCP_STATE_RESET, TCP_STATE_RESET,
			      TCP_STATE_RESET },
};

static enum segment segment_of(uint8_t flags)
{
	if (flags & TCP_RST)
		return SEGMENT_RST;
	if (flags & TCP_SYN)
		return flags & TCP_ACK ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	return flags & TCP_FIN ? SEGMENT_FIN : SEGMENT_DATA;
}

enum tcp_state tcp_state_next(enum tcp_state state, enum direction direction, uint8_t flags,
			      const uint8_t seen[DIRECTIONS])
{
	enum tcp_state next = next_state[state][segment_of(flags)];

	/* In SYN_SENT an answer of the server other than SYN+ACK means that its SYN+ACK was missed. */
	if (state == TCP_STATE_SYN_SENT && next == TCP_STATE_SYN_SENT && direction == TO_CLIENT)
		return TCP_STATE_ESTABLISHED;
	if (next == TCP_STATE_FIN_WAIT && (flags & TCP_FIN) && (seen[!direction] & TCP_FIN))
		return TCP_STATE_CLOSED;
	return next;
}

/* Chosen between what the peers use (Suricata 60/600/60 s, Zeek 5 min) and Azure's load balancers,
 * which drop an idle connection after 4 minutes unless told up to 30: an idle keep-alive connection
 * that is still usable must still be the same flow. */
static const uint16_t
	tcp_timeout_s[TCP_STATES] = {
		[TCP_STATE_NONE] = 60,      [TCP_STATE_SYN_SENT] = 60,
		[TCP_STATE_SYN_RECV] = 60,  [TCP_STATE_ESTABLISHED] = 1800,
		[TCP_STATE_FIN_WAIT] = 120, /* the other side may still send */
		[TCP_STATE_CLOSED] = 10,    /* late copies and the last ACK belong to it */
		[TCP_STATE_RESET] = 10,
	};

enum {
	UDP_NEW_S = 60,
	UDP_ANSWERED_S = 300,
	OTHER_S = 60,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
};

uint64_t flow_timeout_ns(uint8_t protocol, enum tcp_state state, bool answered)
{
	if (protocol == PROTOCOL_TCP)
		return tcp_timeout_s[state] * NS_PER_S;
	if (protocol == PROTOCOL_UDP)
		return (answered ? UDP_ANSWERED_S : UDP_NEW_S) * NS_PER_S;
	return OTHER_S * NS_PER_S;
}
