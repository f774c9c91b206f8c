/* live_flow.h - one flow as it stands while it lives, for people who look at a running pewit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/flow.h"

/* One live flow, as `pewit flows` and `pewit top` show it. */
struct live_flow {
	struct ip_addr src, dst;
	uint64_t start_ns, last_ns;
	uint64_t packets[DIRECTIONS], bytes[DIRECTIONS];
	uint16_t src_port, dst_port;
	uint8_t protocol;
	uint8_t verdict, severity; /* enum verdict, enum severity: as judged last */
	uint8_t worker;
	bool bypassed, undecided;
	char app[16];
	char name[128]; /* its last 127 bytes when it is longer; or "" */
};

enum live_order { LIVE_BY_BYTES, LIVE_BY_LAST, LIVE_BY_START, LIVE_BY_SEVERITY };

#define LIVE_FLOWS_MAX 1000
struct live_query {
	uint8_t order;          /* enum live_order, greatest first */
	uint8_t least_severity; /* only flows at or above */
	uint32_t most;          /* at most LIVE_FLOWS_MAX */
};
