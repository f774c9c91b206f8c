/* collector.h - the one place where the events of all workers meet.
 *
 * Each worker has a lane. It submits events in key order and now and then says how far it has come;
 * the collector merges the lanes by key, so that the output is the same whatever the number of
 * workers, folds repeated alerts, counts for the summary, and writes to the sinks. With one lane
 * everything happens inside collector_submit(), in the worker's own thread; with more, lanes are
 * bounded single-producer rings that block when full (replay loses nothing) and collector_run()
 * is the consumer's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "pewit/event.h"
#include "pewit/rule.h"
#include "report/file_sink.h"
#include "report/windows.h"

struct collector;

struct collector_options {
	uint32_t lanes;     /* 1 to COLLECTOR_LANES_MAX */
	const char *output; /* file for JSON Lines, "-" for standard output, NULL: none */
	/* Or to a function in place of a file: each line with its newline, lent. False: take no more.
	 * Called where collector_submit() is with one lane, else in the consumer's thread. */
	bool (*take)(void *context, const char *line, size_t size);
	void *take_context;
	uint32_t types;          /* 1u << enum event_type, or-ed: what is written to output */
	uint64_t fold_window_ns; /* packet time; alerts of one finding in it become one summary */
	uint32_t fold_findings;  /* findings remembered at once; the oldest gives way, counted */
	bool live;               /* even one lane has its consumer's thread; written when idle */
	bool summary;            /* gather what summary_print() needs */
	const struct window_spec *windows; /* of the rules, which outlive the collector */
	uint32_t window_count;
	uint32_t
		window_keys; /* kept over all windows; the least recently used gives way, counted */
};
#define COLLECTOR_LANES_MAX 16

int collector_new(struct collector **collector, const struct collector_options *options,
		  struct fault *fault);
void collector_free(struct collector *collector);

/* From the lane's worker only, keys never falling. The event is encoded at once into the lane, so
 * nothing it points to need outlive the call.
 * EVENT_ALERT is a finding: the first of its kind (same rule, source address, destination address
 * and port, name) is written, its repeats within the window are counted into one summary;
 * `event->alert` is the collector's to fill. */
void collector_submit(struct collector *collector, uint32_t lane, const struct event *event);

/* From the lane's worker only, keys never falling: what one event adds to a window. `event` is one of
 * a flow; what it says of the flow, its name and endpoint is what the alert says if the window fires
 * by it. Nothing need outlive the call. */
void collector_sample(struct collector *collector, uint32_t lane, const struct event *event,
		      const struct window_sample *sample);

/* "This lane will submit nothing with a smaller sequence any more." With more than one lane an idle
 * worker must say so too, as far as the reader has come: the other lanes' events wait for it. */
void collector_advance(struct collector *collector, uint32_t lane, uint64_t sequence);

/* The consumer's loop for more than one lane; returns when every lane is closed. */
void collector_run(struct collector *collector);
void collector_close_lane(struct collector *collector, uint32_t lane);

/* After all lanes are closed: an event that is of no flow. */
void collector_add(struct collector *collector, const struct event *event);

/* After all lanes are closed: writes pending alert summaries and the given statistics event,
 * flushes and closes the sinks. 0 or -errno with the sink's name in fault (a full disk, a closed
 * pipe). */
int collector_finish(struct collector *collector, const struct stats *stats, uint64_t time_ns,
		     struct fault *fault);

struct collector_totals {
	uint64_t events[EVENT_TYPES]; /* made, whether written or not */
	uint64_t written[EVENT_TYPES];
	uint64_t findings[16];       /* by enum severity */
	uint64_t verdicts[VERDICTS]; /* flows */
	uint64_t alerts_folded;      /* repeats that went into a summary */
	uint64_t
		alerts_evicted; /* findings forgotten before their window's end, for lack of room */
	uint64_t lines_lost;    /* that no sink could take: a full disk */
	uint64_t flows_lost;    /* ... of them, flow events */
	uint64_t misordered;    /* events submitted with a key below the last: a worker's mistake */
	struct windows_stats windows;
	uint8_t worst; /* enum severity: the highest met */
};
struct collector_totals collector_totals(const struct collector *collector);

/* ---- live (options.live): while workers and consumer run, from one other thread ---- */

/* Writes an event that is of no flow: statistics, coverage. */
void collector_post(struct collector *collector, const struct event *event);

/* Opens the output file anew: it was renamed. 0; or -errno with fault, and the old one is kept. */
int collector_reopen(struct collector *collector, struct fault *fault);

/* Knowledge (rules, map, catalog) comes in generations, numbered from 1. What is reported is lent from the
 * generation that its lane says; a reload goes
 *
 *     collector_adopt()           the windows of the new rules take over the keys that go on
 *     collector_set_generation()  by each worker, as soon as it judges by them
 *     collector_drain()           ... and what was judged by the old ones has been handled
 *     collector_holds()           no: the old ones may go. Yes: findings are folded whose texts are theirs;
 *     collector_forget()          writes their summaries early
 */
int collector_adopt(struct collector *collector, const struct window_spec *specs, uint32_t count,
		    uint32_t generation, struct fault *fault);
void collector_set_generation(struct collector *collector, uint32_t lane, uint32_t generation);
void collector_drain(struct collector *collector);
bool collector_holds(struct collector *collector, uint32_t generation);
void collector_forget(struct collector *collector, uint32_t generation);

/* As collector_totals(), a moment old. */
struct collector_totals collector_totals_now(struct collector *collector);

/* How the output file was left by the run before. */
struct file_sink_before collector_before(const struct collector *collector);

/* What a person wants to know of a replay: what went private, what went public and why. */
void collector_print_summary(const struct collector *collector, FILE *out, bool colour);
