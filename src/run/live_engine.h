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
#include "network/conntrack.h"
#include "pewit/event.h"
#include "report/collector.h"
#include "run/knowledge.h"

struct live_engine_options {
	struct live_options capture;
	struct knowledge_paths knowledge;       /* lent until the next reload */
	uint8_t vantage;                        /* enum vantage */
	uint64_t flow_limit;                    /* 0: FLOW_LIMIT_DEFAULT */
	uint64_t packet_limit;                  /* stop after so many packets; 0: none */
	struct conntrack *conntrack;            /* lent, turned by the caller; or NULL */
	const struct collector_options *output; /* `lanes` is filled in */
};

struct live_engine;

/* 0 and *engine, given; or -errno with what to do in fault. Opens all that needs privileges. */
int live_engine_open(struct live_engine **engine, const struct live_engine_options *options,
		     struct fault *fault);

/* Starts the threads. After an error, live_engine_finish() all the same. */
int live_engine_start(struct live_engine *engine, struct fault *fault);

/* Readable once all workers have ended, told to or by themselves: then live_engine_finish() does not wait. */
int live_engine_over_fd(const struct live_engine *engine);

/* Waits for the threads and writes what is left: summaries, coverage, the last statistics. 0, or -errno with
 * fault. */
int live_engine_finish(struct live_engine *engine, struct fault *fault);

/* Both: runs until live_engine_stop(). 0, or -errno with fault. */
int live_engine_run(struct live_engine *engine, struct fault *fault);

/* While it runs, from the thread that started it. */

/* Opens the output file anew, for who has renamed it. 0; or -errno with fault, and the old one is kept. */
int live_engine_reopen(struct live_engine *engine, struct fault *fault);
/* Writes a stats event, or what cannot be seen from here. */
void live_engine_post_stats(struct live_engine *engine);
void live_engine_post_coverage(struct live_engine *engine);

/* Loads map, catalog, service tags and rules in a thread of its own and has the workers judge by them; no packet waits for
 * it and none is lost. What `paths` points to is lent until live_engine_take(), which must come before the next load.
 * 0 or -errno. */
int live_engine_load(struct live_engine *engine, const struct knowledge_paths *paths,
		     struct fault *fault);
/* Readable once that has ended: then live_engine_take() does not wait for it. */
int live_engine_loaded_fd(const struct live_engine *engine);
/* What became of it. On any error the old ones are kept, and fault says why. 0 or -errno. */
int live_engine_take(struct live_engine *engine, struct fault *fault);
/* Counts a reload that was refused before it came to that. */
void live_engine_refuse(struct live_engine *engine, const struct fault *why);

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
