#include "run/live_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "flow/flow_table.h"
#include "judge/coverage.h"
#include "run/live_state.h"

#define STATES 1024              /* undecided flows per shard; 0.7 to 4 KiB each, touched as used */
#define BUFFER_BYTES (128 * MIB) /* per worker, touched as used */
#define DNS_BYTES (32 * MIB)     /* per worker, touched as used */
#define WAIT_MS 50               /* how long an idle worker sleeps; also how late it sees a stop */
#define SLACK_NS                                                                                   \
	(100 * NS_PER_MS) /* a packet is in its ring for less than this before it is seen */

uint64_t live_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Bypass ------------------------------------------------------------------------------------- */

static bool insert(void *context, const struct flow_key *key)
{
	struct live_worker *worker = context;

	return live_insert(worker->engine->live, worker->number, (const struct bypass_key *)key);
}

static bool take(void *context, const struct flow_key *key, struct bypass_count *count)
{
	struct live_worker *worker = context;

	return live_take(worker->engine->live, (const struct bypass_key *)key, count);
}

static void pass(void *context, const struct flow_key *key)
{
	struct live_worker *worker = context;

	live_pass(worker->engine->live, (const struct bypass_key *)key);
}

static bool end(void *context, const struct flow_key *key, struct bypass_count *count)
{
	struct live_worker *worker = context;

	return live_end(worker->engine->live, worker->number, (const struct bypass_key *)key,
			count);
}

static uint64_t packet_time(void *context, uint64_t monotonic_ns)
{
	const struct live_worker *worker = context;

	return monotonic_ns + (uint64_t)worker->engine->clock_offset_ns;
}

/* Translated connections ---------------------------------------------------------------------- */

static bool find_nat(void *context, const struct nat_tuple *tuple, struct nat_sides *sides)
{
	return conntrack_find(context, tuple, sides);
}

/* Workers ------------------------------------------------------------------------------------ */

static struct batch *exchange(void *context, uint32_t number, struct batch *full)
{
	struct live_worker *worker = context;

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
static void take_answers(struct live_worker *worker, struct packet *packets)
{
	size_t count;

	while ((count = live_answers(worker->engine->live, worker->number, packets,
				     PIPELINE_BATCH)) != 0) {
		for (size_t i = 0; i < count; i++)
			dispatch_answer(worker->dispatch, &packets[i]);
		dispatch_flush(worker->dispatch, false);
	}
}

static void take_packets(struct live_worker *worker, const struct packet *packets, size_t count,
			 uint64_t now_ns)
{
	for (size_t i = 0; i < count; i++)
		dispatch_packet(worker->dispatch, &packets[i]);
	if (count == 0)
		dispatch_tick(worker->dispatch, now_ns - SLACK_NS);
	dispatch_flush(worker->dispatch, false);
	worker->packets += count;
	worker->turns += count != 0;
}

/* Half a millisecond of looking through the table at most, between two batches. */
static void list_some(struct live_worker *worker)
{
	struct pipeline_listing *listing =
		atomic_load_explicit(&worker->listing, memory_order_acquire);

	if (listing && pipeline_list(worker->pipeline, listing))
		atomic_store_explicit(&worker->listing, NULL, memory_order_release);
}

static bool is_over(const struct live_engine *engine)
{
	uint64_t limit = engine->options.packet_limit;

	return atomic_load_explicit(&engine->stop, memory_order_acquire) ||
	       (limit != 0 &&
		atomic_load_explicit(&engine->packets, memory_order_relaxed) >= limit);
}

/* One round: what is new to judge by, names, packets, and what others want to know. */
static void turn(struct live_worker *worker, struct packet *packets, int wait_ms)
{
	struct live_engine *engine = worker->engine;
	uint64_t begun_ns, now_ns;
	size_t count;

	live_worker_adopt(worker);
	take_answers(worker, packets);
	if (atomic_load_explicit(&worker->listing, memory_order_relaxed))
		wait_ms = 0;
	count = live_next(engine->live, worker->number, packets, PIPELINE_BATCH, wait_ms);
	begun_ns = live_clock_ns(CLOCK_REALTIME);
	take_packets(worker, packets, count, begun_ns);
	now_ns = live_clock_ns(CLOCK_REALTIME);
	if (count != 0) {
		worker->busy_ns += now_ns - begun_ns;
		if (engine->options.packet_limit != 0)
			atomic_fetch_add_explicit(&engine->packets, count, memory_order_relaxed);
	}
	list_some(worker);
	live_worker_publish(worker, now_ns);
	collector_advance(engine->collector, worker->number, now_ns - SLACK_NS);
}

/* What came before the stop is still in the rings. */
static void drain(struct live_worker *worker, struct packet *packets)
{
	size_t count;

	live_finish(worker->engine->live, worker->number);
	take_answers(worker, packets);
	while ((count = live_next(worker->engine->live, worker->number, packets, PIPELINE_BATCH,
				  0)) != 0)
		take_packets(worker, packets, count, live_clock_ns(CLOCK_REALTIME));
	dispatch_flush(worker->dispatch, true);
}

static void *work(void *context)
{
	struct live_worker *worker = context;
	struct live_engine *engine = worker->engine;
	struct packet packets[PIPELINE_BATCH];
	const uint64_t one = 1;

	while (!is_over(engine))
		turn(worker, packets, WAIT_MS);
	drain(worker, packets);
	worker->published_ns = 0;
	live_worker_publish(worker, live_clock_ns(CLOCK_REALTIME));
	atomic_store_explicit(&worker->listing, NULL, memory_order_release);
	atomic_store_explicit(&worker->adopted, UINT32_MAX, memory_order_release);
	collector_close_lane(engine->collector, worker->number);
	if (atomic_fetch_sub(&engine->working, 1) == 1 &&
	    write(engine->over_fd, &one, sizeof(one)) < 0)
		atomic_store(&engine->stop, true); /* cannot be: nothing was written to it before */
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
	struct live_worker *worker = &engine->worker[number];

	worker->engine = engine;
	worker->number = number;
	worker->generation = atomic_load(&engine->current);
	pthread_mutex_init(&worker->published.lock, NULL);
	worker->list = malloc(sizeof(*worker->list));
	if (!worker->list)
		return -ENOMEM;
	const struct pipeline_options pipeline = {
		.lane = number,
		.shard_count = FLOW_SHARDS,
		.flow_limit = (uint32_t)engine->options.flow_limit,
		.states = STATES / engine->options.capture.workers,
		.buffer_bytes = BUFFER_BYTES,
		.dns_bytes = DNS_BYTES,
		.seed = hash_seed_random(),
		.knowledge = &worker->generation->knowledge->known,
		.dpi_maker = engine->dpi_maker,
		.collector = engine->collector,
		.bypass = engine->options.capture.bypass ? &worker->bypass : NULL,
		.nat = engine->options.conntrack ? &engine->nat : NULL,
	};
	const struct dispatch_options dispatch = {
		.workers = 1,
		.by_time = true,
		.seed = hash_seed_random(),
		.decode = &engine->decode,
		.exchange = exchange,
		.context = worker,
	};
	int error;

	worker->bypass = (struct pipeline_bypass){ .context = worker,
						   .refresh_ns = engine->options.capture.refresh_s *
								 NS_PER_S,
						   .insert = insert,
						   .take = take,
						   .pass = pass,
						   .end = end,
						   .packet_time = packet_time };
	error = pipeline_new(&worker->pipeline, &pipeline);
	error = error ? error : dispatch_new(&worker->dispatch, &dispatch);
	if (!error)
		live_worker_publish(worker, live_clock_ns(CLOCK_REALTIME));
	return error;
}

static int open_workers(struct live_engine *engine)
{
	int error = dpi_maker_new(&engine->dpi_maker);

	error = error ? error : dpi_maker_warm_up(engine->dpi_maker);
	engine->clock_offset_ns =
		(int64_t)live_clock_ns(CLOCK_REALTIME) - (int64_t)live_clock_ns(CLOCK_MONOTONIC);
	for (uint32_t i = 0; i < engine->options.capture.workers && !error; i++)
		error = open_worker(engine, i);
	return error;
}

static void copy_ports(uint16_t to[DECODE_PORTS_MAX], const uint16_t *from)
{
	size_t i = 0;

	for (; i < DECODE_PORTS_MAX && from[i] != 0; i++)
		to[i] = from[i];
	if (i < DECODE_PORTS_MAX)
		to[i] = 0;
}

/* The kernel programs and the decoder look into the same tunnels. */
static void set_tunnel_ports(struct live_engine *engine)
{
	struct live_options *capture = &engine->options.capture;

	engine->decode = decode_config_default;
	if (capture->vxlan_ports)
		copy_ports(engine->decode.vxlan_ports, capture->vxlan_ports);
	if (capture->geneve_ports)
		copy_ports(engine->decode.geneve_ports, capture->geneve_ports);
	capture->vxlan_ports = engine->decode.vxlan_ports;
	capture->geneve_ports = engine->decode.geneve_ports;
}

int live_engine_open(struct live_engine **engine, const struct live_engine_options *options,
		     struct fault *fault)
{
	uint32_t workers = options->capture.workers;
	struct live_engine *made = calloc(1, sizeof(*made) + workers * sizeof(made->worker[0]));
	struct collector_options output = *options->output;
	struct live_generation *first = NULL;
	size_t windows = 0;
	int error;

	*engine = NULL;
	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->nat = (struct pipeline_nat){ options->conntrack, find_nat };
	if (options->capture.kind == LIVE_PCAP)
		made->options.capture.bypass = 0;
	set_tunnel_ports(made);
	if (made->options.flow_limit == 0)
		made->options.flow_limit = FLOW_LIMIT_DEFAULT;
	made->over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	made->loading.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = made->over_fd < 0 || made->loading.done_fd < 0 ? -errno : 0;
	error = error ? error : live_generation_new(&first, made, &options->knowledge, fault);
	if (!error) {
		atomic_store(&made->current, first);
		output.windows = rules_windows(first->knowledge->rules, &windows);
	}
	output.window_count = (uint32_t)windows;
	output.lanes = workers;
	output.live = true;
	error = error ? error : collector_new(&made->collector, &output, fault);
	error = error ? error : open_workers(made);
	/* Last: from here on packets come. */
	error = error ? error : live_open(&made->live, &made->options.capture, fault);
	live_name_stats(made);
	made->started_ns = live_clock_ns(CLOCK_REALTIME);
	if (error) {
		if (fault->text[0] == '\0')
			fault_set(fault, "cannot set up: %s", strerror(-error));
		live_engine_close(made);
		return error;
	}
	*engine = made;
	return 0;
}

static void close_worker(struct live_worker *worker)
{
	dispatch_free(worker->dispatch);
	pipeline_free(worker->pipeline);
	free(worker->list);
	if (worker->engine)
		pthread_mutex_destroy(&worker->published.lock);
}

void live_engine_close(struct live_engine *engine)
{
	uint32_t workers = engine ? engine->options.capture.workers : 0;

	if (!engine)
		return;
	if (engine->loading.is_under_way) {
		struct fault ignored;

		live_engine_take(engine, &ignored);
	}
	live_close(engine->live);
	for (uint32_t i = 0; i < workers; i++)
		close_worker(&engine->worker[i]);
	dpi_maker_free(engine->dpi_maker);
	collector_free(engine->collector);
	for (uint32_t i = 0; i < engine->retired_count; i++)
		live_generation_free(engine->retired[i], workers);
	live_generation_free(atomic_load(&engine->current), workers);
	if (engine->over_fd >= 0)
		close(engine->over_fd);
	if (engine->loading.done_fd >= 0)
		close(engine->loading.done_fd);
	free(engine);
}

/* Running ------------------------------------------------------------------------------------ */

void live_engine_stop(struct live_engine *engine)
{
	atomic_store_explicit(&engine->stop, true, memory_order_release);
}

void live_engine_link(struct live_engine *engine, const char *name, unsigned index, bool is_up)
{
	live_link(engine->live, name, index, is_up);
}

const char *live_engine_note(const struct live_engine *engine)
{
	return live_note(engine->live);
}

/* Coverage ----------------------------------------------------------------------------------- */

struct sayer { /* of coverage */
	struct live_engine *engine;
	void (*submit)(struct collector *collector, const struct event *event);
};

static void say_item(void *context, const struct coverage *item)
{
	const struct sayer *sayer = context;
	const struct event event = { .type = EVENT_COVERAGE,
				     .time_ns = live_clock_ns(CLOCK_REALTIME),
				     .coverage = item };

	sayer->submit(sayer->engine->collector, &event);
}

static void say_coverage(struct sayer *sayer)
{
	const struct live_engine *engine = sayer->engine;
	const struct counters *counters = &engine->counters;
	const struct knowledge *knowledge = atomic_load(&engine->current)->knowledge;
	const struct coverage_seen seen = {
		.flows = counters_value(counters, "flow.started"),
		.midstream = counters_value(counters, "flow.midstream"),
		.dns_answers = counters_value(counters, "dns.answers"),
		.lost = engine->is_lossy,
	};
	const struct coverage_question question = {
		.vantage = (enum vantage)engine->options.vantage,
		.map = knowledge->map,
		.rules = knowledge->rules,
		.seen = &seen,
	};

	if (knowledge->map) /* else nothing is judged, so nothing is passed over */
		coverage_list(&question, say_item, sayer);
}

static void say_coverage_at_end(struct live_engine *engine)
{
	say_coverage(&(struct sayer){ engine, collector_add });
}

/* The run before this one may have been killed: what it had in memory is lost, and nobody knows how much. */
static void say_restart(struct live_engine *engine)
{
	const struct file_sink_before before = collector_before(engine->collector);
	const struct coverage lost = {
		.id = "restart",
		.level = "partial",
		.reason = before.torn_bytes
				  ? "the run before this one did not end in order: what it had "
				    "seen and not yet written is lost, and an unfinished event was "
				    "taken from the end of the file"
				  : "the run before this one did not end in order: what it had "
				    "seen and not yet written is lost",
		.remedy = "end pewit with TERM, and let it write what it has",
	};

	if (before.has_events && !before.is_orderly)
		say_item(&(struct sayer){ engine, collector_post }, &lost);
}

void live_engine_post_coverage(struct live_engine *engine)
{
	live_gather(engine);
	say_coverage(&(struct sayer){ engine, collector_post });
}

/* Threads ------------------------------------------------------------------------------------ */

/* A worker that could not be started has ended. */
static int start_worker(struct live_engine *engine, uint32_t number, struct fault *fault)
{
	struct live_worker *worker = &engine->worker[number];
	int error = -pthread_create(&worker->thread, NULL, work, worker);

	worker->started = error == 0;
	if (error) {
		fault_set(fault, "cannot start a thread: %s", strerror(-error));
		live_engine_stop(engine);
		atomic_store(&worker->adopted, UINT32_MAX);
		atomic_fetch_sub(&engine->working, 1);
		collector_close_lane(engine->collector, number);
	}
	return error;
}

int live_engine_start(struct live_engine *engine, struct fault *fault)
{
	int error = -pthread_create(&engine->collector_thread, NULL, collect, engine->collector);

	if (error) {
		fault_set(fault, "cannot start a thread: %s", strerror(-error));
		return error;
	}
	engine->collector_started = true;
	say_restart(engine);
	atomic_store(&engine->working, engine->options.capture.workers);
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		int failed = start_worker(engine, i, fault);

		error = error ? error : failed;
	}
	return error;
}

int live_engine_over_fd(const struct live_engine *engine)
{
	return engine->over_fd;
}

int live_engine_finish(struct live_engine *engine, struct fault *fault)
{
	for (uint32_t i = 0; i < engine->options.capture.workers; i++)
		if (engine->worker[i].started)
			pthread_join(engine->worker[i].thread, NULL);
	if (engine->collector_started)
		pthread_join(engine->collector_thread, NULL);
	live_gather(engine);
	say_coverage_at_end(engine);
	counters_add(&engine->counters, "run.final", 1);
	counters_sort(&engine->counters);
	const struct stats stats = { engine->counters.stat, engine->counters.count };

	return collector_finish(engine->collector, &stats, live_clock_ns(CLOCK_REALTIME), fault);
}

int live_engine_run(struct live_engine *engine, struct fault *fault)
{
	int error = live_engine_start(engine, fault);
	int closing = live_engine_finish(engine, error ? &(struct fault){ "" } : fault);

	return error ? error : closing;
}

int live_engine_reopen(struct live_engine *engine, struct fault *fault)
{
	return collector_reopen(engine->collector, fault);
}

void live_engine_post_stats(struct live_engine *engine)
{
	live_gather(engine);
	const struct stats stats = { engine->counters.stat, engine->counters.count };
	const struct event event = { .type = EVENT_STATS,
				     .time_ns = live_clock_ns(CLOCK_REALTIME),
				     .stats = &stats };

	collector_post(engine->collector, &event);
}

struct live_engine_result live_engine_result(const struct live_engine *engine)
{
	return (struct live_engine_result){ .totals = collector_totals(engine->collector),
					    .stats = { engine->counters.stat,
						       engine->counters.count },
					    .lossy = engine->is_lossy };
}

void live_engine_print_summary(const struct live_engine *engine, FILE *out, bool colour)
{
	collector_print_summary(engine->collector, out, colour);
}
