/* pipeline.h - one worker's loop: READ THIS FIRST.
 *
 *   capture -> decode -> flow -> identify -> judge -> report
 *
 * The reader (run/replay_engine.c) decodes packets and deals them to workers by the hash of their
 * inner five-tuple; a pipeline takes them from there, a batch at a time: it asks memory for all
 * flow records of the batch, then processes packet by packet. Everything it needs is its own, but
 * for the map, the catalog, the service tags and the rules, which nobody writes to.
 *
 * Stages never call one another; this file calls them in turn.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "flow/flow_table.h"
#include "identify/dpi.h"
#include "judge/judge.h"
#include "pewit/bpf_shared.h"
#include "pewit/event.h"
#include "pewit/layers.h"
#include "pewit/live_flow.h"
#include "pewit/nat.h"
#include "report/collector.h"

#define PIPELINE_BATCH 64

/* What a worker is handed: a packet of its own, or something that every worker must see. */
enum unit_kind {
	UNIT_PACKET,
	UNIT_ANSWER, /* a DNS answer: names it teaches belong to flows of any worker */
	UNIT_TICK,   /* packet time has passed a second */
};

struct unit {
	uint64_t
		sequence; /* place in the stream: a packet and its answers share one, a tick has its own */
	uint64_t time_ns;
	uint64_t bytes;  /* frames' bytes on the wire */
	uint32_t frames; /* 1, or the fragments it came in */
	uint8_t kind;    /* enum unit_kind */
	struct layers
		layers; /* UNIT_ANSWER: src is the resolver, dst the client, payload the message */
};

struct pipeline;

/* Live capture can count a decided flow's packets without handing them up (capture/bypass.h). */
struct pipeline_bypass {
	void *context;
	uint64_t refresh_ns; /* a packet comes up this often, to say that the flow lives */
	bool (*insert)(void *context, const struct flow_key *key); /* false: no room */
	/* What was counted since the last time; index 0: from the key's low end. */
	bool (*take)(void *context, const struct flow_key *key, struct bypass_count *count);
	void (*pass)(void *context, const struct flow_key *key);
	bool (*end)(void *context, const struct flow_key *key, struct bypass_count *count);
	/* CLOCK_MONOTONIC to packet time. */
	uint64_t (*packet_time)(void *context, uint64_t monotonic_ns);
};

/* Live, on a host that translates addresses. Asked when something is reported, never for each packet. */
struct pipeline_nat {
	void *context;
	/* From any worker. tuple: the flow as it was captured. False: not translated. */
	bool (*find)(void *context, const struct nat_tuple *tuple, struct nat_sides *sides);
};

struct pipeline_options {
	uint32_t lane; /* of the collector */
	uint32_t first_shard, shard_count;
	uint32_t flow_limit; /* over all workers */
	uint32_t states;     /* flows that may be undecided at once, in each shard */
	size_t buffer_bytes, dns_bytes;
	struct hash_seed seed;
	const struct judge_knowledge *knowledge; /* what it points to outlives the pipeline */
	struct dpi_maker *dpi_maker;
	struct collector *collector;
	const struct pipeline_bypass *bypass; /* or NULL */
	const struct pipeline_nat *nat;       /* or NULL */
};

/* Returns 0, -EINVAL or -ENOMEM. */
int pipeline_new(struct pipeline **pipeline, const struct pipeline_options *options);
void pipeline_free(struct pipeline *pipeline);

/* Takes up to PIPELINE_BATCH units, in stream order. */
void pipeline_process(struct pipeline *pipeline, const struct unit *units, size_t count);

/* The capture is over: ends all flows. sequence: one past the last unit's. */
void pipeline_shutdown(struct pipeline *pipeline, uint64_t sequence);

/* Judges by other knowledge from now on, between two batches. judge: made of it, given; returns the one
 * before, given back. number: what rules are remembered by on flows that live on, one for each rule: the same
 * for rules of the same id; NULL: their place among the rules. Both are lent until the next. */
struct judge *pipeline_adopt(struct pipeline *pipeline, const struct judge_knowledge *knowledge,
			     struct judge *judge, const uint16_t *number);

/* A list of live flows, being made: pipeline_list() looks at a part of them each time and is true when it is
 * done. Start with cursor and count 0; the flows are in no order. */
struct pipeline_listed {
	uint64_t rank;
	uint32_t row;
};
struct pipeline_listing {
	struct live_query query;
	uint32_t cursor, count;
	struct pipeline_listed heap[LIVE_FLOWS_MAX];
	struct live_flow flow[LIVE_FLOWS_MAX];
};
bool pipeline_list(struct pipeline *pipeline, struct pipeline_listing *listing);

uint64_t pipeline_flows_live(const struct pipeline *pipeline);

/* Adds this worker's counters to those of the workers before it; call in any order. */
#define PIPELINE_COUNTERS_MAX 48
struct pipeline_counters {
	struct stat stat[PIPELINE_COUNTERS_MAX];
	uint32_t count;
	uint32_t own; /* the first so many add up over workers; the rest are the same in each */
};
void pipeline_count(const struct pipeline *pipeline, struct pipeline_counters *counters);
void pipeline_counters_add(struct pipeline_counters *counters,
			   const struct pipeline_counters *others);
