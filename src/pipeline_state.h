/* pipeline_state.h - what pipeline.c and pipeline_events.c share: one worker's tables and the flow at
 * work. */
#pragma once

#include "flow/flow_table.h"
#include "identify/dns_cache.h"
#include "identify/identify.h"
#include "pipeline.h"
#include "pipeline_detail.h"

struct pipeline {
	struct flow_table *flows;
	struct identify *identify;
	struct dns_cache *names;
	struct judge *judge;
	const struct map *map;
	struct collector *collector;
	struct details *details;
	uint32_t lane;
	struct hash_seed seed;
	uint64_t learnt, answers_damaged, no_detail;
	/* The unit at work, for the callbacks. */
	struct flow *flow;
	struct detail *detail;
	const struct unit *unit;
	uint64_t key_sequence;
	struct dns_message message;
	struct judgement judgement; /* scratch: 3 KiB */
	const struct window_spec *windows;
	const uint16_t *rule_number;          /* NULL: a rule is remembered by its place */
	const struct event *event;            /* that alert rules are tried on */
	bool is_ending;                       /* ... at the end of its flow */
	const struct pipeline_bypass *bypass; /* or NULL */
	uint64_t bypassed, bypass_refused;    /* flows; times that there was no room */
	uint64_t bypassed_packets, bypassed_bytes;
	const struct pipeline_nat *nat; /* or NULL */
	uint64_t suppressed;            /* alerts not raised because of a suppression */
};

/* pipeline_events.c: what identify tells of; context is the pipeline. */
extern const struct identify_sink pipeline_sink;

/* pipeline.c: gives back the detail of a decided flow of which nothing is known but its counters. */
void pipeline_drop_empty(struct pipeline *pipeline, struct flow *flow);

/* pipeline.c: a flow as identify wants it. */
struct identify_flow pipeline_identify_flow(struct flow *flow, struct detail *detail);

/* Judges the flow at work, which has a detail, on what is known now; a new or graver finding raises an
 * alert. The findings of DNS flows are those of their messages, and were raised there. */
void pipeline_judge_live(struct pipeline *pipeline);

/* The name that events carry of a flow; its source is NAME_NONE when there is none. */
struct name pipeline_name_of(const struct pipeline *pipeline, const struct flow *flow,
			     const struct detail *detail);

/* The flow at work has ended: its final verdict, and its event. */
void pipeline_report_end(struct pipeline *pipeline, enum flow_end end);
