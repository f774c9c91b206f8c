/* live_snapshot.h - what a running engine says of itself: for `pewit status`, `top`, the metrics.
 *
 * Workers and collector publish their counters a few times a second; a snapshot is what they said last. It
 * costs the path of packets nothing and never waits for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "capture/live.h"
#include "pewit/event.h"
#include "pewit/live_flow.h"
#include "pewit/verdict.h"
#include "report/collector.h"

#define LIVE_STATS_MAX 192
#define LIVE_NAME_MAX 63 /* of an interface or a counter */

struct live_interface_snapshot {
	char name[LIVE_NAME_MAX + 1];
	struct live_stats stats;
};

struct live_worker_snapshot {
	uint64_t packets;    /* processed since the start */
	uint64_t flows_live; /* now */
	uint64_t busy_ns;    /* spent on packets, of wall time since the start */
	uint64_t turns;      /* batches */
	uint64_t generation; /* of the knowledge it judges by */
};

struct live_snapshot {
	uint64_t taken_ns, started_ns; /* CLOCK_REALTIME */
	uint32_t worker_count, interface_count, stat_count;
	struct live_worker_snapshot worker[LIVE_WORKERS_MAX];
	struct live_interface_snapshot interface[LIVE_INTERFACES_MAX];
	/* As in the stats event: the sum over all workers. Names are static: "flow.started". */
	struct stat stat[LIVE_STATS_MAX];
	struct collector_totals totals;
	/* Knowledge: map, catalog, service tags, rules. */
	uint64_t generation;               /* 1 at the start; one more with each reload */
	uint64_t loaded_ns;                /* when this generation was loaded */
	uint64_t reloads, reloads_refused; /* the old one was kept: last_refusal says why */
	struct fault last_refusal;
	bool lossy;
};

struct live_engine;

/* All from the control thread. */
void live_engine_snapshot(struct live_engine *engine, struct live_snapshot *snapshot);

/* The first flows of all workers in the order asked for. Each worker looks at its table in pieces, between
 * batches, so asking does not wait: look whether they are there, and take what is when it takes too long. One
 * question at a time; asking anew ends the one before. */
void live_engine_ask_flows(struct live_engine *engine, const struct live_query *query);
bool live_engine_has_flows(struct live_engine *engine); /* from every worker */
/* At most query->most of them; returns how many. *complete: whether every worker has answered. */
size_t live_engine_take_flows(struct live_engine *engine, struct live_flow *flows, bool *complete);
