/* pipeline_state.h - what pipeline.c and pipeline_events.c share: one worker's tables and the flow at
 * work. */
#pragma once

#include "flow/flow_table.h"
#include "identify/dns_cache.h"
#include "identify/dns_traits.h"
#include "identify/identify.h"
#include "pipeline.h"

#define FIRED_MAX                                                                                  \
	8 /* alert rules that one flow may fire while it lives; the rest fire at its end */
#define CHAIN_KEPT 383 /* bytes of a CNAME chain that a flow keeps: seven names of a usual length */

/* What a flow keeps beside its counters, until it ends. */
struct detail {
	struct identity identity;
	uint32_t identify_state;
	uint32_t next_free;
	uint64_t told_ns; /* when its client was told the name below */
	struct ip_addr resolver;
	struct tunnel tunnel[LAYERS_TUNNELS_MAX];
	uint16_t vlan[LAYERS_VLANS_MAX];
	uint8_t tunnel_count, vlan_count;
	uint8_t verdict;                   /* as judged last */
	uint8_t dns_verdict, dns_severity; /* worst of its own DNS messages */
	uint8_t icmp_code;
	uint8_t fired_count;
	uint16_t fired[FIRED_MAX]; /* numbers of alert rules that need not fire again */
	bool resolved_ambiguous, resolved_privatelink;
	struct nat_sides nat; /* once found: it outlives the kernel's entry */
	struct dns_activity dns;
	char resolved[NAME_MAX_BYTES + 1];
	char chain[CHAIN_KEPT + 1];
	char dns_evidence[EVIDENCE_TEXT_MAX + 1]; /* of the message behind dns_verdict */
};

struct pipeline {
	struct flow_table *flows;
	struct identify *identify;
	struct dns_cache *names;
	struct judge *judge;
	const struct map *map;
	struct collector *collector;
	struct detail *details; /* [0] is not used */
	size_t detail_bytes;
	uint32_t detail_limit, fresh_detail, free_detail;
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
