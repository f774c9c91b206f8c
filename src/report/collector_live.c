/* What other threads ask of the consumer while it runs. They leave a request, one at a time, wake it and wait; the consumer
 * finds it between two records. A request is rare (a reload, a rotated file, statistics), so a mutex will do; the
 * consumer looks at one flag, and takes the mutex only when it is set. */
#include "report/collector_state.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define POSTED_BYTES (1 * MIB) /* lines that wait for the consumer */
#define PUBLISH_RECORDS 4096 /* a busy consumer tells its totals this often; an idle one at once */

enum request {
	REQUEST_NONE,
	REQUEST_REOPEN,
	REQUEST_ADOPT,
	REQUEST_DRAIN,
	REQUEST_HOLDS,
	REQUEST_FORGET
};

struct posted { /* before each line */
	uint32_t size, type;
};

struct collector_live {
	pthread_mutex_t asking; /* held by who waits for an answer */
	pthread_mutex_t lock;
	pthread_cond_t done;
	sem_t wake; /* of a consumer at rest */
	atomic_bool wanted;
	bool is_over;         /* the consumer has ended: nobody answers any more */
	enum request request; /* being waited for */
	int error;            /* its outcome */
	struct fault fault;
	uint32_t generation;
	struct windows *windows;            /* REQUEST_ADOPT: the next; given back: those before */
	uint64_t goal[COLLECTOR_LANES_MAX]; /* REQUEST_DRAIN */
	bool has_goal;
	/* Of windows, since the generation before: for samples that were under way. */
	uint32_t *number, *next_number;
	uint32_t number_count, next_number_count;
	uint32_t adopted;
	struct window_sample sample; /* scratch */
	struct event_writer *writer; /* of collector_post()'s thread */
	char *line;
	size_t posted_used;
	uint64_t posts_lost;
	uint8_t *posted;
	struct collector_totals totals; /* as published */
	uint32_t since;                 /* records since then */
};

int collector_live_new(struct collector_live **live)
{
	struct collector_live *made = *live = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	pthread_mutex_init(&made->asking, NULL);
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->done, NULL);
	sem_init(&made->wake, 0, 0);
	made->posted = malloc(POSTED_BYTES);
	made->line = malloc(EVENT_BYTES_MAX);
	if (!made->posted || !made->line)
		return -ENOMEM;
	return event_writer_new(&made->writer);
}

void collector_live_free(struct collector_live *live)
{
	if (!live)
		return;
	event_writer_free(live->writer);
	windows_free(live->windows);
	free(live->number);
	free(live->next_number);
	free(live->posted);
	free(live->line);
	sem_destroy(&live->wake);
	pthread_cond_destroy(&live->done);
	pthread_mutex_destroy(&live->lock);
	pthread_mutex_destroy(&live->asking);
	free(live);
}

sem_t *collector_live_wake(struct collector_live *live)
{
	return &live->wake;
}

/* ---- in the consumer's thread, the lock held ---- */

static void write_posted(struct collector *collector)
{
	struct collector_live *live = collector->live;

	for (size_t at = 0; at < live->posted_used;) {
		struct posted posted;

		memcpy(&posted, live->posted + at, sizeof(posted));
		at += sizeof(posted);
		collector->totals.events[posted.type]++;
		if (collector_wants(collector, posted.type))
			collector_put_line(collector, posted.type, (char *)live->posted + at,
					   posted.size);
		at += posted.size;
	}
	live->posted_used = 0;
}

static void adopt(struct collector *collector)
{
	struct collector_live *live = collector->live;
	struct windows *before = collector->windows;

	if (before)
		windows_succeed(live->windows, before, live->next_number);
	collector->windows = live->windows;
	live->windows = before;
	free(live->number);
	live->number = live->next_number;
	live->number_count = live->next_number_count;
	live->next_number = NULL;
	live->adopted = live->generation;
}

static bool is_drained(struct collector *collector)
{
	struct collector_live *live = collector->live;
	bool drained = true;

	for (uint32_t i = 0; i < collector->options.lanes; i++) {
		if (!live->has_goal)
			live->goal[i] = lane_written(collector->lane[i]);
		drained &= lane_read(collector->lane[i]) >= live->goal[i];
	}
	live->has_goal = true;
	return drained;
}

/* False: not done yet. */
static bool answer(struct collector *collector)
{
	struct collector_live *live = collector->live;

	live->error = 0;
	switch (live->request) {
	case REQUEST_REOPEN:
		if (collector->sink)
			live->error = file_sink_reopen(collector->sink, &live->fault);
		break;
	case REQUEST_ADOPT:
		adopt(collector);
		break;
	case REQUEST_DRAIN:
		return is_drained(collector);
	case REQUEST_HOLDS:
		live->error = fold_holds(collector->fold, live->generation);
		break;
	case REQUEST_FORGET:
		while (fold_holds(collector->fold, live->generation))
			collector_forget_oldest(collector);
		break;
	case REQUEST_NONE:
		break;
	}
	return true;
}

static void publish(struct collector *collector)
{
	struct collector_live *live = collector->live;

	live->totals = collector_totals(collector);
	live->since = 0;
}

void collector_live_turn(struct collector *collector, bool is_idle)
{
	struct collector_live *live = collector->live;
	bool is_wanted = atomic_load_explicit(&live->wanted, memory_order_acquire);

	/* Nobody waits for a full buffer. */
	if (is_idle && collector->sink)
		file_sink_flush(collector->sink);
	live->since += !is_idle;
	if (!is_wanted && (live->since == 0 || (!is_idle && live->since < PUBLISH_RECORDS)))
		return;
	pthread_mutex_lock(&live->lock);
	publish(collector);
	if (is_wanted) {
		write_posted(collector);
		if (answer(collector)) {
			live->request = REQUEST_NONE;
			atomic_store_explicit(&live->wanted, false, memory_order_release);
			pthread_cond_broadcast(&live->done);
		}
	}
	pthread_mutex_unlock(&live->lock);
}

void collector_live_end(struct collector *collector)
{
	struct collector_live *live = collector->live;

	pthread_mutex_lock(&live->lock);
	write_posted(collector);
	publish(collector);
	live->is_over = true;
	pthread_cond_broadcast(&live->done);
	pthread_mutex_unlock(&live->lock);
}

bool collector_renumber(struct collector *collector, const struct window_sample **sample)
{
	struct collector_live *live = collector->live;

	if (!live || collector->handled >= live->adopted || live->adopted == 0)
		return true;
	if ((*sample)->window >= live->number_count ||
	    live->number[(*sample)->window] == WINDOWS_GONE)
		return false;
	memcpy(&live->sample, *sample, offsetof(struct window_sample, key) + (*sample)->length);
	live->sample.window = live->number[(*sample)->window];
	*sample = &live->sample;
	return true;
}

/* ---- in the thread that asks ---- */

/* Waits until nobody else waits for an answer. What goes with a request may be written then. */
static void begin_request(struct collector_live *live)
{
	pthread_mutex_lock(&live->asking);
	pthread_mutex_lock(&live->lock);
}

static void end_request(struct collector_live *live)
{
	pthread_mutex_unlock(&live->lock);
	pthread_mutex_unlock(&live->asking);
}

/* Within a request. 0, the outcome, or -ESHUTDOWN: the consumer has ended. */
static int ask(struct collector_live *live, enum request request)
{
	live->request = request;
	live->has_goal = false;
	atomic_store_explicit(&live->wanted, true, memory_order_release);
	sem_post(&live->wake);
	while (live->request != REQUEST_NONE && !live->is_over)
		pthread_cond_wait(&live->done, &live->lock);
	return live->request == REQUEST_NONE ? live->error : -ESHUTDOWN;
}

static int ask_alone(struct collector *collector, enum request request, uint32_t generation)
{
	struct collector_live *live = collector->live;

	begin_request(live);
	live->generation = generation;
	int error = ask(live, request);
	end_request(live);
	return error;
}

void collector_post(struct collector *collector, const struct event *event)
{
	struct collector_live *live = collector->live;
	struct posted posted = { .type = event->type };

	if (collector_wants(collector, event->type))
		posted.size = (uint32_t)event_write_json(live->writer, event, live->line);
	pthread_mutex_lock(&live->lock);
	if (posted.size + sizeof(posted) > POSTED_BYTES - live->posted_used) {
		live->posts_lost++;
	} else {
		memcpy(live->posted + live->posted_used, &posted, sizeof(posted));
		memcpy(live->posted + live->posted_used + sizeof(posted), live->line, posted.size);
		live->posted_used += sizeof(posted) + posted.size;
	}
	atomic_store_explicit(&live->wanted, true, memory_order_release);
	pthread_mutex_unlock(&live->lock);
}

int collector_reopen(struct collector *collector, struct fault *fault)
{
	int error = ask_alone(collector, REQUEST_REOPEN, 0);

	if (error != 0)
		*fault = collector->live->fault;
	return error;
}

int collector_adopt(struct collector *collector, const struct window_spec *specs, uint32_t count,
		    uint32_t generation, struct fault *fault)
{
	struct collector_live *live = collector->live;
	struct windows *next;
	uint32_t before = collector->windows ? windows_count(collector->windows) : 0;
	int error = windows_new(&next, specs, count, collector->options.window_keys, fault);
	uint32_t *number = calloc(before + 1, sizeof(*number));

	if (error != 0 || !number) {
		free(number);
		windows_free(error ? NULL : next);
		return error ? error : -ENOMEM;
	}
	if (before != 0)
		windows_match(collector->windows, next, number);
	begin_request(live);
	live->windows = next;
	live->next_number = number;
	live->next_number_count = before;
	live->generation = generation;
	error = ask(live, REQUEST_ADOPT);
	windows_free(live->windows);
	live->windows = NULL;
	end_request(live);
	return error;
}

void collector_set_generation(struct collector *collector, uint32_t lane, uint32_t generation)
{
	collector->generation[lane] = generation;
}

void collector_drain(struct collector *collector)
{
	ask_alone(collector, REQUEST_DRAIN, 0);
}

bool collector_holds(struct collector *collector, uint32_t generation)
{
	return ask_alone(collector, REQUEST_HOLDS, generation) == 1;
}

void collector_forget(struct collector *collector, uint32_t generation)
{
	ask_alone(collector, REQUEST_FORGET, generation);
}

struct collector_totals collector_totals_now(struct collector *collector)
{
	struct collector_live *live = collector->live;

	pthread_mutex_lock(&live->lock);
	struct collector_totals totals = live->totals;
	pthread_mutex_unlock(&live->lock);
	return totals;
}
