#include "run/live_snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"
#include "run/live_state.h"

#define PUBLISH_NS (200 * NS_PER_MS)

_Static_assert(LIVE_STATS_MAX == COUNTERS_MAX, "a snapshot holds all counters");

void live_worker_publish(struct live_worker *worker, uint64_t now_ns)
{
	struct live_published *published = &worker->published;

	if (now_ns - worker->published_ns < PUBLISH_NS)
		return;
	worker->published_ns = now_ns;
	pthread_mutex_lock(&published->lock);
	published->worker = (struct live_worker_snapshot){
		.packets = worker->packets,
		.flows_live = pipeline_flows_live(worker->pipeline),
		.busy_ns = worker->busy_ns,
		.turns = worker->turns,
		.generation = worker->generation->number,
	};
	published->pipeline.count = 0;
	pipeline_count(worker->pipeline, &published->pipeline);
	published->dispatch = dispatch_stats(worker->dispatch);
	pthread_mutex_unlock(&published->lock);
}

/* Gathering, in the control thread ---------------------------------------------------------- */

static const char *const interface_stat[LIVE_INTERFACE_STATS] = {
	".received", ".processed", ".bypassed", ".dropped",
	".waiting",  ".freezes",   ".losses",   ".unopened",
};

void live_name_stats(struct live_engine *engine)
{
	const struct live_options *capture = &engine->options.capture;

	for (size_t i = 0; i < capture->interface_count; i++)
		for (int j = 0; j < LIVE_INTERFACE_STATS; j++) {
			char *name = engine->stat_name[i][j];
			struct text text = text_over(name, LIVE_STAT_NAME_MAX + 1);

			text_add(&text, "interface.");
			text_add(&text, capture->interfaces[i]);
			text_add(&text, interface_stat[j]);
		}
}

static void add_interface(struct live_engine *engine, size_t interface)
{
	struct live_stats stats;

	if (!live_stats(engine->live, interface, &stats))
		return;
	const uint64_t value[LIVE_INTERFACE_STATS] = {
		stats.received, stats.processed, stats.bypassed, stats.dropped,
		stats.waiting,  stats.freezes,   stats.losses,   stats.unopened,
	};

	for (int j = 0; j < LIVE_INTERFACE_STATS; j++)
		counters_add(&engine->counters, engine->stat_name[interface][j], value[j]);
	engine->is_lossy |= stats.dropped != 0 || stats.unopened != 0;
}

static void add_dispatch(struct dispatch_stats *sum, const struct dispatch_stats *one)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	_Static_assert(sizeof(*sum) % sizeof(uint64_t) == 0, "all counters");
	for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
		to[i] += from[i];
}

/* What worker n published last, in place of what it has now: it works. */
static void add_workers(struct live_engine *engine)
{
	struct dispatch_stats dispatched = { .answers = 0 };
	struct pipeline_counters all = { .count = 0 };

	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		struct live_published *published = &engine->worker[i].published;

		pthread_mutex_lock(&published->lock);
		add_dispatch(&dispatched, &published->dispatch);
		dispatched.answers = published->dispatch.answers; /* the same for each */
		pipeline_counters_add(&all, &published->pipeline);
		pthread_mutex_unlock(&published->lock);
	}
	counters_add_dispatch(&engine->counters, &dispatched);
	counters_add_pipelines(&engine->counters, &all);
}

static void add_nat(struct live_engine *engine)
{
	struct counters *counters = &engine->counters;

	if (!engine->options.conntrack)
		return;
	const struct conntrack_stats stats = conntrack_stats(engine->options.conntrack);

	counters_add(counters, "nat.connections", stats.connections);
	counters_add(counters, "nat.evicted", stats.evicted);
	counters_add(counters, "nat.messages", stats.events);
	counters_add(counters, "nat.damaged", stats.damaged);
	counters_add(counters, "nat.overruns", stats.overruns);
	counters_add(counters, "nat.lists", stats.lists);
	counters_add(counters, "nat.lists_refused", stats.refused);
}

void live_gather(struct live_engine *engine)
{
	const struct collector_totals totals = collector_totals_now(engine->collector);
	struct counters *counters = &engine->counters;

	counters->count = 0;
	engine->is_lossy = false;
	for (size_t i = 0; i < engine->options.capture.interface_count; i++)
		add_interface(engine, i);
	add_workers(engine);
	add_nat(engine);
	counters_add_windows(counters, &totals.windows);
	counters_add(counters, "output.lines_lost", totals.lines_lost);
	counters_add(counters, "output.flows_lost", totals.flows_lost);
	counters_add(counters, "run.reloads", engine->reloads);
	counters_add(counters, "run.reloads_refused", engine->reloads_refused);
	counters_add(counters, "run.generation", atomic_load(&engine->current)->number);
	engine->is_lossy |= totals.lines_lost != 0 || counters_show_loss(counters);
	counters_sort(counters);
}

void live_engine_snapshot(struct live_engine *engine, struct live_snapshot *snapshot)
{
	const struct live_options *capture = &engine->options.capture;
	const struct live_generation *current = atomic_load(&engine->current);

	live_gather(engine);
	*snapshot = (struct live_snapshot){
		.taken_ns = live_clock_ns(CLOCK_REALTIME),
		.started_ns = engine->started_ns,
		.worker_count = capture->workers,
		.interface_count = (uint32_t)capture->interface_count,
		.stat_count = engine->counters.count,
		.totals = collector_totals_now(engine->collector),
		.generation = current->number,
		.loaded_ns = current->loaded_ns,
		.reloads = engine->reloads,
		.reloads_refused = engine->reloads_refused,
		.last_refusal = engine->last_refusal,
		.lossy = engine->is_lossy,
	};
	memcpy(snapshot->stat, engine->counters.stat, sizeof(snapshot->stat));
	for (uint32_t i = 0; i < capture->workers; i++) {
		struct live_published *published = &engine->worker[i].published;

		pthread_mutex_lock(&published->lock);
		snapshot->worker[i] = published->worker;
		pthread_mutex_unlock(&published->lock);
	}
	for (size_t i = 0; i < capture->interface_count; i++) {
		struct text name =
			text_over(snapshot->interface[i].name, sizeof(snapshot->interface[i].name));

		text_add(&name, capture->interfaces[i]);
		live_stats(engine->live, i, &snapshot->interface[i].stats);
	}
}

/* Flows -------------------------------------------------------------------------------------- */

static uint64_t rank(const struct live_flow *flow, enum live_order order)
{
	switch (order) {
	case LIVE_BY_BYTES:
		return flow->bytes[TO_SERVER] + flow->bytes[TO_CLIENT];
	case LIVE_BY_LAST:
		return flow->last_ns;
	case LIVE_BY_START:
		return flow->start_ns;
	case LIVE_BY_SEVERITY:
		return (uint64_t)flow->severity << 61 | flow->last_ns >> 3;
	}
	return 0;
}

static int by_rank(const void *a, const void *b, void *order)
{
	uint64_t first = rank(a, *(const enum live_order *)order);
	uint64_t second = rank(b, *(const enum live_order *)order);

	return (first < second) - (first > second);
}

/* A worker that is still at a question which nobody waits for any more is asked once it is done with it. */
static bool has_answered(struct live_engine *engine, struct live_worker *worker)
{
	if (atomic_load_explicit(&worker->listing, memory_order_acquire))
		return false;
	if (worker->listed == engine->flows_asked)
		return true;
	worker->listed = engine->flows_asked;
	worker->list->query = engine->flows_query;
	worker->list->cursor = worker->list->count = 0;
	atomic_store_explicit(&worker->listing, worker->list, memory_order_release);
	return false;
}

bool live_engine_has_flows(struct live_engine *engine)
{
	bool all = true;

	for (uint32_t i = 0; i < engine->options.capture.workers; i++)
		all &= has_answered(engine, &engine->worker[i]);
	return all;
}

void live_engine_ask_flows(struct live_engine *engine, const struct live_query *query)
{
	engine->flows_query = *query;
	if (engine->flows_query.most > LIVE_FLOWS_MAX)
		engine->flows_query.most = LIVE_FLOWS_MAX;
	engine->flows_asked++;
	live_engine_has_flows(engine);
}

/* The greatest `most` of those kept and those of one more worker. */
static size_t merge(struct live_flow *flows, size_t count, const struct pipeline_listing *list,
		    enum live_order order)
{
	struct live_flow both[2 * LIVE_FLOWS_MAX];
	size_t all = count + list->count, most = list->query.most;

	memcpy(both, flows, count * sizeof(*flows));
	memcpy(both + count, list->flow, list->count * sizeof(*flows));
	qsort_r(both, all, sizeof(*both), by_rank, &order);
	if (all > most)
		all = most;
	memcpy(flows, both, all * sizeof(*flows));
	return all;
}

size_t live_engine_take_flows(struct live_engine *engine, struct live_flow *flows, bool *complete)
{
	size_t count = 0;

	*complete = true;
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		struct live_worker *worker = &engine->worker[i];

		if (has_answered(engine, worker))
			count = merge(flows, count, worker->list,
				      (enum live_order)engine->flows_query.order);
		else
			*complete = false;
	}
	return count;
}
