/* Threads. One worker: none; the reader calls the pipeline, which calls the collector.
 * More: this thread reads, each worker has a thread, and one more runs the collector. Batches go
 * round: reader -> full queue of a worker -> worker -> empty queue of that worker -> reader.
 */
#include "run/replay_engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/queue.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/flow_table.h"
#include "judge/judge.h"
#include "run/counters.h"
#include "run/dispatch.h"

#define BATCHES_PER_WORKER 128 /* 8,192 packets of slack between reader and worker */
#define BATCHES_WAKE 48    /* the reader sleeps until a worker that was behind has done so many */
#define FLUSH_PACKETS 2048 /* how far one lane may fall behind what the others have told */
#define FLUSH_BYTES (16 * MIB) /* so too, for packets that are copied: a few may fill a batch */
/* A worker's events may wait for those of another. So it must come to BATCHES_WAKE by what the others were told,
 * because the reader sleeps until then. An arena may be left half empty. */
#define BATCHES_FLUSH (FLUSH_PACKETS / PIPELINE_BATCH + 2 * FLUSH_BYTES / DISPATCH_ARENA_BYTES)
_Static_assert(BATCHES_WAKE + BATCHES_FLUSH <= BATCHES_PER_WORKER - 2,
	       "two workers could wait for each other");
#define PROGRESS_PACKETS 10000
#define STATES 1024              /* undecided flows per shard; 0.7 to 4 KiB each, touched as used */
#define BUFFER_BYTES (128 * MIB) /* per worker, touched as used */
#define DNS_BYTES (32 * MIB)     /* per worker, touched as used */

struct worker {
	pthread_t thread;
	bool started;
	uint32_t lane;
	struct pipeline *pipeline;
	struct collector *collector;
	struct queue *full, *empty;
};

struct replay {
	struct replay_options options;
	struct source *source;
	struct knowledge *knowledge;
	struct replay_gap gap[REPLAY_GAPS_MAX];
	size_t gap_count, gaps_left_out, rules_blind;
	struct dpi_maker *dpi_maker;
	struct collector *collector;
	struct dispatch *dispatch;
	uint64_t last_ns;
	struct counters counters;
	struct worker worker[REPLAY_WORKERS_MAX];
};

static void empty_batch(struct batch *batch)
{
	batch->count = 0;
	batch->arena_used = 0;
	batch->last = false;
}

static void process(const struct worker *worker, const struct batch *batch)
{
	pipeline_process(worker->pipeline, batch->unit, batch->count);
	if (batch->last)
		pipeline_shutdown(worker->pipeline, batch->through);
}

static void *work(void *context)
{
	struct worker *worker = context;
	bool last = false;

	while (!last) {
		struct batch *batch = queue_pop(worker->full);

		last = batch->last;
		process(worker, batch);
		collector_advance(worker->collector, worker->lane, batch->through);
		empty_batch(batch);
		queue_push(worker->empty, batch);
	}
	collector_close_lane(worker->collector, worker->lane);
	return NULL;
}

static void *collect(void *context)
{
	collector_run(context);
	return NULL;
}

static struct batch *exchange(void *context, uint32_t number, struct batch *full)
{
	struct replay *replay = context;
	struct worker *worker = &replay->worker[number];

	if (replay->options.workers == 1) {
		process(worker, full);
		empty_batch(full);
		return full;
	}
	queue_push(worker->full, full);
	return queue_pop(worker->empty);
}

static int open_worker(struct replay *replay, uint32_t number)
{
	const struct replay_options *options = &replay->options;
	struct worker *worker = &replay->worker[number];
	uint32_t first = dispatch_first_shard(number, options->workers);
	const struct pipeline_options pipeline = {
		.lane = number,
		.first_shard = first,
		.shard_count = dispatch_first_shard(number + 1, options->workers) - first,
		.flow_limit = (uint32_t)options->flow_limit,
		.states = STATES,
		.buffer_bytes = BUFFER_BYTES,
		.dns_bytes = DNS_BYTES,
		.seed = hash_seed_fixed(),
		.knowledge = &replay->knowledge->known,
		.dpi_maker = replay->dpi_maker,
		.collector = replay->collector,
	};
	int error = pipeline_new(&worker->pipeline, &pipeline);

	worker->lane = number;
	worker->collector = replay->collector;
	error = error ? error : queue_new(&worker->full, BATCHES_PER_WORKER, 1);
	error = error ? error : queue_new(&worker->empty, BATCHES_PER_WORKER, BATCHES_WAKE);
	for (int i = 0; i < BATCHES_PER_WORKER - 1 && !error && options->workers > 1; i++) {
		struct batch *batch;

		error = batch_new(&batch);
		if (!error)
			queue_push(worker->empty, batch);
	}
	return error;
}

static int open_machinery(struct replay *replay)
{
	const struct dispatch_options dispatch = {
		.workers = replay->options.workers,
		/* With one worker a batch is processed before the source is asked again. */
		.copy = replay->options.workers > 1 && !source_is_mapped(replay->source),
		.exchange = exchange,
		.seed = hash_seed_fixed(),
		.context = replay,
	};
	int error = dpi_maker_new(&replay->dpi_maker);

	for (uint32_t i = 0; i < replay->options.workers && !error; i++)
		error = open_worker(replay, i);
	return error ? error : dispatch_new(&replay->dispatch, &dispatch);
}

static int check_options(const struct replay_options *options, struct fault *fault)
{
	if (options->workers < 1 || options->workers > REPLAY_WORKERS_MAX) {
		fault_set(fault, "%u workers: replay takes 1 to %d", options->workers,
			  REPLAY_WORKERS_MAX);
		return -EINVAL;
	}
	if (options->flow_limit != 0 &&
	    (options->flow_limit < FLOW_LIMIT_MIN || options->flow_limit > FLOW_LIMIT_MAX)) {
		fault_set(fault, "flow.limit=%llu: it must lie between %d and %u",
			  (unsigned long long)options->flow_limit, FLOW_LIMIT_MIN, FLOW_LIMIT_MAX);
		return -EINVAL;
	}
	return 0;
}

int replay_open(struct replay **replay, const struct replay_options *options, struct fault *fault)
{
	struct source_options source = { options->filter, options->natural_order };
	struct replay *made;
	int error = check_options(options, fault);

	*replay = NULL;
	if (error)
		return error;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->options = *options;
	if (made->options.flow_limit == 0)
		made->options.flow_limit = FLOW_LIMIT_DEFAULT;

	struct collector_options output = *options->output;
	size_t windows = 0;

	output.lanes = options->workers;
	error = knowledge_load(&made->knowledge, &options->knowledge, NULL, fault);
	output.windows = error ? NULL : rules_windows(made->knowledge->rules, &windows);
	output.window_count = (uint32_t)windows;
	error = error ? error
		      : source_open(&made->source, options->paths, options->path_count, &source,
				    fault);
	error = error ? error : collector_new(&made->collector, &output, fault);
	if (!error) {
		error = open_machinery(made);
		if (error)
			fault_set(fault, "cannot set up: %s", strerror(-error));
	}
	if (error) {
		replay_close(made);
		return error;
	}
	*replay = made;
	return 0;
}

static void close_worker(struct worker *worker)
{
	pipeline_free(worker->pipeline);
	queue_free(worker->full);
	queue_free(worker->empty);
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	dispatch_free(replay->dispatch);
	for (uint32_t i = 0; i < replay->options.workers; i++)
		close_worker(&replay->worker[i]);
	dpi_maker_free(replay->dpi_maker);
	collector_free(replay->collector);
	source_close(replay->source);
	knowledge_free(replay->knowledge);
	free(replay);
}

static uint64_t bytes_of(const struct packet *packets, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += packets[i].captured;
	return bytes;
}

static void read_all(struct replay *replay)
{
	struct packet packets[PIPELINE_BATCH];
	uint64_t read = 0, told = 0, flushed = 0, bytes = 0;
	size_t count;
	bool lent = !source_is_mapped(replay->source);

	while ((count = source_next(replay->source, packets, PIPELINE_BATCH)) != 0) {
		for (size_t i = 0; i < count; i++)
			dispatch_packet(replay->dispatch, &packets[i]);
		read += count;
		replay->last_ns = packets[count - 1].time_ns;
		bytes += lent ? bytes_of(packets, count) : 0;
		if (read - flushed >= FLUSH_PACKETS || bytes >= FLUSH_BYTES ||
		    (lent && replay->options.workers == 1)) {
			dispatch_flush(replay->dispatch, false);
			flushed = read;
			bytes = 0;
		}
		if (replay->options.progress && read - told >= PROGRESS_PACKETS) {
			struct source_progress progress = source_progress(replay->source);

			replay->options.progress(replay->options.progress_context, &progress);
			told = read;
		}
	}
	dispatch_flush(replay->dispatch, true);
}

/* Joins the workers and takes their last batches back. */
static void join_workers(struct replay *replay)
{
	for (uint32_t i = 0; i < replay->options.workers; i++) {
		struct worker *worker = &replay->worker[i];

		if (worker->started)
			pthread_join(worker->thread, NULL);
		/* One batch a worker is in the dispatcher's hands, all others came back. */
		for (int n = 0; n < BATCHES_PER_WORKER - 1; n++)
			batch_free(queue_pop(worker->empty));
	}
}

static int run_threads(struct replay *replay, struct fault *fault)
{
	pthread_t collector;
	int error = -pthread_create(&collector, NULL, collect, replay->collector);

	if (error) {
		fault_set(fault, "cannot start a thread: %s", strerror(-error));
		return error;
	}
	for (uint32_t i = 0; i < replay->options.workers; i++) {
		struct worker *worker = &replay->worker[i];

		error = -pthread_create(&worker->thread, NULL, work, worker);
		if (error) { /* nothing was read yet, and no worker waits for anything but the end */
			fault_set(fault, "cannot start a thread: %s", strerror(-error));
			abort();
		}
		worker->started = true;
	}
	read_all(replay);
	join_workers(replay);
	pthread_join(collector, NULL);
	return 0;
}

/* Statistics --------------------------------------------------------------------------------- */

/* The law: capture.packets = flow.packets + the sum of rest.*.packets, and the same for bytes. */
static void add_capture_stats(struct replay *replay, const struct source_progress *source)
{
	struct counters *counters = &replay->counters;
	const struct dispatch_stats stats = dispatch_stats(replay->dispatch);

	counters_add(counters, "capture.packets", source->packets);
	counters_add(counters, "capture.bytes", source->bytes);
	counters_add(counters, "capture.filtered", source->filtered);
	counters_add(counters, "capture.cut", source->cut);
	counters_add(counters, "capture.time_backwards", source->time_backwards);
	counters_add(counters, "capture.files", source->files);
	counters_add(counters, "capture.files_damaged", source->files_damaged);
	counters_add_dispatch(counters, &stats);
}

/* Counted only when the list's name has its date: the time of change of a copy says little, and would
 * make the same capture give other events. The sentence is for people, and says which it is. */
static void check_tags(struct replay *replay, struct replay_result *result)
{
	struct service_tags_info info;
	uint32_t days;

	if (!replay->knowledge->tags)
		return;
	info = service_tags_info(replay->knowledge->tags);
	days = service_tags_age_days(replay->knowledge->tags,
				     (int64_t)(replay->last_ns / NS_PER_S));
	if (info.date_is_named) {
		counters_add(&replay->counters, "service_tags.days_old", days);
		counters_add(&replay->counters, "service_tags.stale",
			     days > SERVICE_TAGS_STALE_DAYS);
	}
	if (days > SERVICE_TAGS_STALE_DAYS)
		fault_set(&result->stale_tags,
			  "%s: %s %u days before the last packet; prefixes move between services, "
			  "so evidence of service tags may be wrong: take a list of that week",
			  replay->options.knowledge.tags,
			  info.date_is_named ? "published" : "the file was last changed", days);
}

static void gather(struct replay *replay, struct replay_result *result)
{
	struct counters *counters = &replay->counters;
	struct pipeline_counters pipelines = { .count = 0 };

	result->source = source_progress(replay->source);
	result->damage_count = source_damage(replay->source, &result->damage);
	result->untrusted = result->source.files_damaged != 0;
	add_capture_stats(replay, &result->source);
	const struct collector_totals totals = collector_totals(replay->collector);
	counters_add_windows(counters, &totals.windows);
	for (uint32_t i = 0; i < replay->options.workers; i++)
		pipeline_count(replay->worker[i].pipeline, &pipelines);
	counters_add_pipelines(counters, &pipelines);
	result->untrusted |= counters_show_loss(counters);
	check_tags(replay, result);
	counters_sort(counters);
	result->stats = (struct stats){ counters->stat, counters->count };
}

/* Coverage ----------------------------------------------------------------------------------- */

static void keep_gap(struct replay *replay, const struct coverage *item)
{
	struct replay_gap *gap = &replay->gap[replay->gap_count];

	if (strcmp(item->id, "rule") == 0) {
		replay->rules_blind++;
		return;
	}
	if (replay->gap_count == REPLAY_GAPS_MAX) {
		replay->gaps_left_out++;
		return;
	}
	struct text text = text_over(gap->text, sizeof(gap->text));

	replay->gap_count++;
	text_add(&text, item->scope);
	text_add(&text, item->scope ? ": " : "");
	text_add(&text, item->reason);
	text_add(&text, item->remedy ? "; " : "");
	text_add(&text, item->remedy);
}

static void say_coverage(void *context, const struct coverage *item)
{
	struct replay *replay = context;
	const struct event event = { .type = EVENT_COVERAGE,
				     .time_ns = replay->last_ns,
				     .coverage = item };

	collector_add(replay->collector, &event);
	keep_gap(replay, item);
}

static void list_coverage(struct replay *replay, struct replay_result *result)
{
	const struct coverage_seen seen = {
		.flows = counters_value(&replay->counters, "flow.started"),
		.midstream = counters_value(&replay->counters, "flow.midstream"),
		.dns_answers = counters_value(&replay->counters, "dns.answers"),
		.damaged_files = result->source.files_damaged,
		.cut_packets = result->source.cut,
		.lost = result->untrusted && result->source.files_damaged == 0,
		.tags_days_old = result->stale_tags.text[0] != '\0',
	};
	const struct coverage_question question = {
		.vantage = (enum vantage)replay->options.vantage,
		.map = replay->knowledge->map,
		.rules = replay->knowledge->rules,
		.seen = &seen,
	};

	if (!replay->knowledge->map)
		return; /* nothing was judged, so nothing was passed over */
	coverage_list(&question, say_coverage, replay);
	result->gaps = replay->gap;
	result->gap_count = replay->gap_count;
	result->gaps_left_out = replay->gaps_left_out;
	result->rules_blind = replay->rules_blind;
}

int replay_run(struct replay *replay, struct replay_result *result, struct fault *fault)
{
	int error = 0;

	*result = (struct replay_result){ 0 };
	if (replay->options.workers == 1) {
		read_all(replay);
		collector_close_lane(replay->collector, 0);
	} else {
		error = run_threads(replay, fault);
	}
	if (error)
		return error;
	gather(replay, result);
	list_coverage(replay, result);
	error = collector_finish(replay->collector, &result->stats, replay->last_ns, fault);
	result->totals = collector_totals(replay->collector);
	return error;
}

void replay_print_summary(const struct replay *replay, FILE *out, bool colour)
{
	collector_print_summary(replay->collector, out, colour);
}
