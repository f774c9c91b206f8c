/* replay_engine.h - captures in, events out: the daemon's parts put together for files.
 *
 * One reader decodes packets and deals them to the workers; with one worker everything happens in
 * the caller's thread. The output is the same, byte for byte, for any number of workers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "capture/source.h"
#include "judge/coverage.h"
#include "pewit/event.h"
#include "report/collector.h"
#include "run/knowledge.h"

#define REPLAY_WORKERS_MAX 4 /* the one reader cannot feed more; see docs/decisions */

struct replay_options {
	const char *const *paths; /* as source_open() */
	size_t path_count;
	const char *filter; /* BPF expression, or NULL */
	struct knowledge_paths knowledge;
	uint8_t vantage;  /* enum vantage */
	uint32_t workers; /* 1 to REPLAY_WORKERS_MAX */
	bool natural_order;
	uint64_t flow_limit; /* 0: FLOW_LIMIT_DEFAULT */
	/* Called now and then, about every 10,000 packets; may be NULL. */
	void (*progress)(void *context, const struct source_progress *progress);
	void *progress_context;
	const struct collector_options *output; /* `lanes` is filled in by the engine */
};

/* An item of coverage, for people: not those of single rules, which are counted. */
struct replay_gap {
	char text[640]; /* "vnet-prod/snet-compute: reason; remedy" */
};
#define REPLAY_GAPS_MAX 64

struct replay_result { /* strings and arrays: lent until replay_close() */
	struct source_progress source;
	struct collector_totals totals;
	struct stats stats;
	size_t damage_count;
	const struct fault *damage;
	struct fault stale_tags;       /* the list of service tags is old for this capture; or "" */
	const struct replay_gap *gaps; /* what could not be seen */
	size_t gap_count, gaps_left_out, rules_blind;
	bool untrusted; /* a damaged capture, or something lost to a limit: exit status 4 */
};

struct replay;

/* 0 and *replay, given; or -errno with what to do in fault (usage and configuration). */
int replay_open(struct replay **replay, const struct replay_options *options, struct fault *fault);

/* Runs to the end. 0, or -errno with fault: a failure at run time (a sink, memory). *result is filled
 * as far as it went. */
int replay_run(struct replay *replay, struct replay_result *result, struct fault *fault);
void replay_print_summary(const struct replay *replay, FILE *out, bool colour);
void replay_close(struct replay *replay); /* NULL is allowed */
