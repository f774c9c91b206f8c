/* tcp_state.h - TCP as one who listens to both sides sees it (RFC 9293 section 3.3.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/flow.h"

/* The state after a segment with these flags, sent in this direction. */
enum tcp_state tcp_state_next(enum tcp_state state, enum direction direction, uint8_t flags,
			      const uint8_t seen[DIRECTIONS]);

/* How long a flow may be silent in this state before it counts as over, ns. */
uint64_t flow_timeout_ns(uint8_t protocol, enum tcp_state state, bool answered);
