#include "run/live_engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"
#include "flow/flow_table.h"
#include "judge/judge.h"
#include "run/dispatch.h"

#define STATES 1024              /* undecided flows per shard; 5 KiB each, touched as used */
#define BUFFER_BYTES (128 * MIB) /* per worker, touched as used */
#define DNS_BYTES (32 * MIB)     /* per worker, touched as used */
#define WAIT_MS 100              /* how long an idle worker sleeps; also how late it sees a stop */
#define SLACK_NS                                                                                   \
	(100 * NS_PER_MS) /* a packet is in its ring for less than this before it is seen */
#define STATS_MAX 160
#define STAT_NAME_MAX 63
#define INTERFACE_STATS 6

struct worker {
	struct live_engine *engine;
	pthread_t thread;
	bool started;
	uint32_t number;
	struct pipeline *pipeline;
	struct pipeline_bypass bypass;
	struct dispatch *dispatch;
};

struct live_engine {
	struct live_engine_options options;
	struct live *live;
	struct map *map;
	struct catalog *catalog;
	struct service_tags *tags;
	struct rules *rules;
	struct judge_knowledge knowledge;
	struct dpi_maker *dpi_maker;
	struct collector *collector;
	int64_t clock_offset_ns; /* packet time less CLOCK_MONOTONIC */
	bool stop;               /* atomic */
	uint64_t packets;        /* atomic */
	struct stat stat[STATS_MAX];
	char stat_name[LIVE_INTERFACES_MAX * INTERFACE_STATS][STAT_NAME_MAX + 1];
	uint32_t stat_count;
	bool lossy;
	struct worker worker[];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Bypass ------------------------------------------------------------------------------------- */

static bool insert(void *context, const struct flow_key *key)
{
	struct worker *worker = context;

	return live_insert(worker->engine->live, worker->number, (const struct bypass_key *)key);
}

static bool take(void *context, const struct flow_key *key, struct bypass_count *count)
{
	struct worker *worker = context;

	return live_take(worker->engine->live, (const struct bypass_key *)key, count);
}

static void pass(void *context, const struct flow_key *key)
{
	struct worker *worker = context;

	live_pass(worker->engine->live, (const struct bypass_key *)key);
}

static bool end(void *context, const struct flow_key *key, struct bypass_count *count)
{
	struct worker *worker = context;

	return live_end(worker->engine->live, worker->number, (const struct bypass_key *)key,
			count);
}

static uint64_t packet_time(void *context, uint64_t monotonic_ns)
{
	const struct worker *worker = context;

	return monotonic_ns + (uint64_t)worker->engine->clock_offset_ns;
}

/* Workers ------------------------------------------------------------------------------------ */

static struct batch *exchange(void *context, uint32_t number, struct batch *full)
{
	struct worker *worker = context;

	(void)number;
	pipeline_process(worker->pipeline, full->unit, full->count);
	if (full->last)
		pipeline_shutdown(worker->pipeline, full->through);
	full->count = 0;
	full->arena_used = 0;
	full->last = false;
	return full;
}

/* Names first: flows that these packets open may need what the answers teach. */
static void take_answers(struct worker *worker, struct packet *packets)
{
	size_t count;

	while ((count = live_answers(worker->engine->live, worker->number, packets,
				     PIPELINE_BATCH)) != 0) {
		for (size_t i = 0; i < count; i++)
			dispatch_answer(worker->dispatch, &packets[i]);
		dispatch_flush(worker->dispatch, false);
	}
}

static size_t take_packets(struct worker *worker, struct packet *packets, int wait_ms)
{
	size_t count =
		live_next(worker->engine->live, worker->number, packets, PIPELINE_BATCH, wait_ms);

	for (size_t i = 0; i < count; i++)
		dispatch_packet(worker->dispatch, &packets[i]);
	if (count != 0)
		__atomic_add_fetch(&worker->engine->packets, count, __ATOMIC_RELAXED);
	else
		dispatch_tick(worker->dispatch, clock_ns(CLOCK_REALTIME) - SLACK_NS);
	dispatch_flush(worker->dispatch, false);
	return count;
}

static bool is_over(const struct live_engine *engine)
{
	uint64_t limit = engine->options.packet_limit;

	return __atomic_load_n(&engine->stop, __ATOMIC_ACQUIRE) ||
	       (limit != 0 && __atomic_load_n(&engine->packets, __ATOMIC_RELAXED) >= limit);
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct live_engine *engine = worker->engine;
	struct packet packets[PIPELINE_BATCH];

	while (!is_over(engine)) {
		take_answers(worker, packets);
		take_packets(worker, packets, WAIT_MS);
		collector_advance(engine->collector, worker->number,
				  clock_ns(CLOCK_REALTIME) - SLACK_NS);
	}
	/* What came before the stop is still in the rings. */
	take_answers(worker, packets);
	while (take_packets(worker, packets, 0) != 0)
		;
	dispatch_flush(worker->dispatch, true);
	collector_close_lane(engine->collector, worker->number);
	return NULL;
}

static void *collect(void *context)
{
	collector_run(context);
	return NULL;
}

/* Opening ------------------------------------------------------------------------------------ */

static int open_worker(struct live_engine *engine, uint32_t number)
{
	struct worker *worker = &engine->worker[number];
	const struct pipeline_options pipeline = {
		.lane = number,
		.shard_count = FLOW_SHARDS,
		.flow_limit = (uint32_t)engine->options.flow_limit,
		.states = STATES / engine->options.capture.workers,
		.buffer_bytes = BUFFER_BYTES,
		.dns_bytes = DNS_BYTES,
		.seed = hash_seed_random(),
		.knowledge = &engine->knowledge,
		.dpi_maker = engine->dpi_maker,
		.collector = engine->collector,
		.bypass = engine->options.capture.bypass ? &worker->bypass : NULL,
	};
	const struct dispatch_options dispatch = {
		.workers = 1,
		.by_time = true,
		.seed = hash_seed_random(),
		.exchange = exchange,
		.context = worker,
	};
	int error;

	worker->engine = engine;
	worker->number = number;
	worker->bypass = (struct pipeline_bypass){ .context = worker,
						   .refresh_ns = engine->options.capture.refresh_s *
								 NS_PER_S,
						   .insert = insert,
						   .take = take,
						   .pass = pass,
						   .end = end,
						   .packet_time = packet_time };
	error = pipeline_new(&worker->pipeline, &pipeline);
	return error ? error : dispatch_new(&worker->dispatch, &dispatch);
}

static int load(struct live_engine *engine, struct fault *fault)
{
	const struct live_engine_options *options = &engine->options;
	int error = catalog_load(&engine->catalog, options->catalog_dir, fault);

	error = error ? error
		      : rules_load(&engine->rules, options->rules, options->rules_count, fault);
	if (!error && options->map_path)
		error = map_load(&engine->map, options->map_path, fault);
	if (!error && options->tags_path)
		error = service_tags_load(&engine->tags, options->tags_path, fault);
	engine->knowledge = (struct judge_knowledge){ .map = engine->map,
						      .catalog = engine->catalog,
						      .tags = engine->tags,
						      .rules = engine->rules };
	return error;
}

static int open_workers(struct live_engine *engine)
{
	int error = dpi_maker_new(&engine->dpi_maker);

	engine->clock_offset_ns =
		(int64_t)clock_ns(CLOCK_REALTIME) - (int64_t)clock_ns(CLOCK_MONOTONIC);
	for (uint32_t i = 0; i < engine->options.capture.workers && !error; i++)
		error = open_worker(engine, i);
	return error;
}

int live_engine_open(struct live_engine **engine, const struct live_engine_options *options,
		     struct fault *fault)
{
	uint32_t workers = options->capture.workers;
	struct live_engine *made = calloc(1, sizeof(*made) + workers * sizeof(made->worker[0]));
	struct collector_options output = *options->output;
	size_t windows = 0;
	int error;

	*engine = NULL;
	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->options.capture.vxlan_ports = decode_config_default.vxlan_ports;
	made->options.capture.geneve_ports = decode_config_default.geneve_ports;
	if (made->options.flow_limit == 0)
		made->options.flow_limit = FLOW_LIMIT_DEFAULT;
	error = load(made, fault);
	if (!error)
		output.windows = rules_windows(made->rules, &windows);
	output.window_count = (uint32_t)windows;
	output.lanes = workers;
	output.live = true;
	error = error ? error : collector_new(&made->collector, &output, fault);
	error = error ? error : open_workers(made);
	/* Last: from here on packets come. */
	error = error ? error : live_open(&made->live, &made->options.capture, fault);
	if (error) {
		if (fault->text[0] == '\0')
			fault_set(fault, "cannot set up: %s", strerror(-error));
		live_engine_close(made);
		return error;
	}
	*engine = made;
	return 0;
}

void live_engine_close(struct live_engine *engine)
{
	if (!engine)
		return;
	live_close(engine->live);
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		dispatch_free(engine->worker[i].dispatch);
		pipeline_free(engine->worker[i].pipeline);
	}
	dpi_maker_free(engine->dpi_maker);
	collector_free(engine->collector);
	rules_free(engine->rules);
	service_tags_free(engine->tags);
	map_free(engine->map);
	catalog_free(engine->catalog);
	free(engine);
}

/* Running ------------------------------------------------------------------------------------ */

void live_engine_stop(struct live_engine *engine)
{
	__atomic_store_n(&engine->stop, true, __ATOMIC_RELEASE);
}

void live_engine_link(struct live_engine *engine, const char *name, unsigned index, bool is_up)
{
	live_link(engine->live, name, index, is_up);
}

const char *live_engine_note(const struct live_engine *engine)
{
	return live_note(engine->live);
}

static int start(struct live_engine *engine, struct fault *fault)
{
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		struct worker *worker = &engine->worker[i];
		int error = -pthread_create(&worker->thread, NULL, work, worker);

		if (error) {
			fault_set(fault, "cannot start a thread: %s", strerror(-error));
			live_engine_stop(engine);
			collector_close_lane(engine->collector, i);
			return error;
		}
		worker->started = true;
	}
	return 0;
}

static void add_stat(struct live_engine *engine, const char *name, uint64_t value)
{
	if (engine->stat_count < STATS_MAX)
		engine->stat[engine->stat_count++] = (struct stat){ name, value };
}

static void add_interface(struct live_engine *engine, size_t interface)
{
	struct live_stats stats;
	char(*names)[STAT_NAME_MAX + 1] = &engine->stat_name[interface * INTERFACE_STATS];

	if (!live_stats(engine->live, interface, &stats))
		return;
	const struct stat all[INTERFACE_STATS] = {
		{ ".received", stats.received }, { ".processed", stats.processed },
		{ ".bypassed", stats.bypassed }, { ".dropped", stats.dropped },
		{ ".waiting", stats.waiting },   { ".losses", stats.losses },
	};

	for (int i = 0; i < INTERFACE_STATS; i++) {
		struct text name = text_over(names[i], sizeof(names[i]));

		text_add(&name, "interface.");
		text_add(&name, engine->options.capture.interfaces[interface]);
		text_add(&name, all[i].name);
		add_stat(engine, names[i], all[i].value);
	}
	engine->lossy |= stats.dropped != 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stat *)a)->name, ((const struct stat *)b)->name);
}

static void gather(struct live_engine *engine)
{
	struct pipeline_counters counters = { .count = 0 };

	for (size_t i = 0; i < engine->options.capture.interface_count; i++)
		add_interface(engine, i);
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		const struct dispatch_stats stats = dispatch_stats(engine->worker[i].dispatch);

		add_stat(engine, "flow.packets", stats.flow_frames);
		pipeline_count(engine->worker[i].pipeline, &counters);
	}
	for (uint32_t i = 0; i < counters.count; i++)
		add_stat(engine, counters.stat[i].name, counters.stat[i].value);
	qsort(engine->stat, engine->stat_count, sizeof(engine->stat[0]), by_name);
}

int live_engine_run(struct live_engine *engine, struct fault *fault)
{
	pthread_t collector;
	int error = -pthread_create(&collector, NULL, collect, engine->collector);

	if (error) {
		fault_set(fault, "cannot start a thread: %s", strerror(-error));
		return error;
	}
	error = start(engine, fault);
	for (uint32_t i = 0; i < engine->options.capture.workers; i++)
		if (engine->worker[i].started)
			pthread_join(engine->worker[i].thread, NULL);
	pthread_join(collector, NULL);
	gather(engine);
	const struct stats stats = { engine->stat, engine->stat_count };
	int closing = collector_finish(engine->collector, &stats, clock_ns(CLOCK_REALTIME), fault);

	return error ? error : closing;
}

struct live_engine_result live_engine_result(const struct live_engine *engine)
{
	return (struct live_engine_result){ .totals = collector_totals(engine->collector),
					    .stats = { engine->stat, engine->stat_count },
					    .lossy = engine->lossy };
}

void live_engine_print_summary(const struct live_engine *engine, FILE *out, bool colour)
{
	collector_print_summary(engine->collector, out, colour);
}
