/* live_engine.h - interfaces in, events out: capture, workers and collector put together for live traffic.
 *
 *     interface --fanout--> ring -> worker 0: dispatch -> pipeline --lane--> collector -> sinks
 *                      \--> ring -> worker 1: dispatch -> pipeline --lane-/
 *
 * Each worker decodes what its rings hold, so nothing is handed from thread to thread but events. Time is
 * packet time; an idle worker moves on with the clock. When a lane is full the worker waits, the ring
 * fills, and the kernel counts what it had to drop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "capture/live.h"
#include "pewit/event.h"
#include "report/collector.h"

struct live_engine_options {
	struct live_options capture;
	const char *map_path; /* expected map, or NULL: nothing is judged */
	const char *catalog_dir;
	const char *tags_path;    /* or NULL */
	const char *const *rules; /* files and folders, as rules_load() */
	size_t rules_count;
	uint64_t flow_limit;                    /* 0: FLOW_LIMIT_DEFAULT */
	uint64_t packet_limit;                  /* stop after so many packets; 0: none */
	const struct collector_options *output; /* `lanes` is filled in */
};

struct live_engine;

/* 0 and *engine, given; or -errno with what to do in fault. Opens all that needs privileges. */
int live_engine_open(struct live_engine **engine, const struct live_engine_options *options,
		     struct fault *fault);

/* Runs until live_engine_stop(). 0, or -errno with fault. */
int live_engine_run(struct live_engine *engine, struct fault *fault);

/* Loads map, catalog, service tags and rules anew, from the same paths, and has the workers judge by them;
 * no packet waits for it and none is lost. On any error the old ones are kept, and fault says why. Not from
 * several threads at once. 0 or -errno. */
int live_engine_reload(struct live_engine *engine, struct fault *fault);

/* Ends the run: what is in the rings is processed, flows end, events are written. From a signal handler or
 * another thread. */
void live_engine_stop(struct live_engine *engine);

/* What became of an interface, as live_link(). From one thread. */
void live_engine_link(struct live_engine *engine, const char *name, unsigned index, bool is_up);

struct live_engine_result { /* lent until live_engine_close() */
	struct collector_totals totals;
	struct stats stats;
	bool lossy; /* the kernel dropped packets, or a limit cost something */
};
struct live_engine_result live_engine_result(const struct live_engine *engine);

const char *live_engine_note(const struct live_engine *engine); /* or NULL */
void live_engine_print_summary(const struct live_engine *engine, FILE *out, bool colour);
void live_engine_close(struct live_engine *engine); /* NULL is allowed */
