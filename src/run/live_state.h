/* live_state.h - what the files of the live engine share. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "run/counters.h"
#include "run/dispatch.h"
#include "run/knowledge.h"
#include "run/live_engine.h"
#include "run/live_snapshot.h"

#define LIVE_STAT_NAME_MAX 95 /* "interface.NAME.processed" */
#define LIVE_INTERFACE_STATS 8

/* Knowledge with a judge for each worker. Workers take their judge and leave the one before in its place, for
 * the control thread to free. */
struct live_generation {
	uint32_t number; /* from 1 */
	uint64_t loaded_ns;
	struct knowledge *knowledge;
	struct judge *judge[LIVE_WORKERS_MAX];
};

/* What a worker tells a few times a second. */
struct live_published {
	pthread_mutex_t lock;
	struct live_worker_snapshot worker;
	struct pipeline_counters pipeline;
	struct dispatch_stats dispatch;
};

struct live_worker {
	struct live_engine *engine;
	pthread_t thread;
	bool started;
	uint32_t number;
	struct pipeline *pipeline;
	struct pipeline_bypass bypass;
	struct dispatch *dispatch;
	struct live_generation *generation; /* that it judges by */
	_Atomic uint32_t adopted;           /* its number; UINT32_MAX: the worker has ended */
	uint64_t packets, turns, busy_ns, published_ns;
	struct live_published published;
	/* live_engine_ask_flows(): made by the control thread, filled by the worker, in turns. */
	_Atomic(struct pipeline_listing *) listing; /* NULL: none is wanted, or it is done */
	struct pipeline_listing *list;              /* the control thread's; its memory */
	uint64_t listed; /* the control thread's: number of the question in `list` */
};

#define LIVE_RETIRED_MAX 3

/* The next generation, while a thread of its own loads it and has the workers adopt it. */
struct live_loading {
	pthread_t thread;
	bool is_under_way;
	struct knowledge_paths paths;
	struct live_generation *before; /* for the control thread to retire */
	int done_fd;                    /* eventfd */
	/* The thread's, until it is joined. */
	struct fault fault;
	int error;
};

struct live_engine {
	struct live_engine_options options;
	struct decode_config decode; /* its lists of ports are those of options.capture */
	struct live *live;
	struct pipeline_nat nat;
	struct dpi_maker *dpi_maker;
	struct collector *collector;
	pthread_t collector_thread;
	bool collector_started;
	int over_fd;             /* eventfd: readable once all workers have ended */
	int64_t clock_offset_ns; /* packet time less CLOCK_MONOTONIC */
	uint64_t started_ns;
	atomic_bool stop;
	_Atomic uint64_t packets;
	_Atomic uint32_t working; /* workers that have not ended */

	_Atomic(struct live_generation *) current;
	struct live_generation *retired[LIVE_RETIRED_MAX + 1]; /* oldest first */
	uint32_t retired_count;
	struct live_loading loading;
	uint64_t reloads, reloads_refused;
	struct fault last_refusal;

	struct live_query flows_query;
	uint64_t flows_asked; /* number of that question; 0: none was asked */

	struct counters counters; /* gathered last */
	char stat_name[LIVE_INTERFACES_MAX][LIVE_INTERFACE_STATS][LIVE_STAT_NAME_MAX + 1];
	bool is_lossy; /* as gathered last */
	struct live_worker worker[];
};

uint64_t live_clock_ns(clockid_t clock);

/* live_reload.c */
int live_generation_new(struct live_generation **generation, const struct live_engine *engine,
			const struct knowledge_paths *paths, struct fault *fault);
void live_generation_free(struct live_generation *generation, uint32_t workers);
void live_worker_adopt(struct live_worker *worker); /* the current one, if there is a newer */

/* live_snapshot.c */
void live_name_stats(struct live_engine *engine);
void live_worker_publish(struct live_worker *worker, uint64_t now_ns);
void live_gather(struct live_engine *engine); /* into engine->counters */
