/* New knowledge for a running engine.
 *
 * A thread of its own, so that the control thread goes on answering, loads it beside the old one and shows it to the
 * workers. Each takes it up between two batches, by one look at a pointer a turn. The old one goes when no worker judges by it, what was judged by
 * it has been handled, and no folded finding has texts of it; some generations may wait for that at once, and
 * when there are more, the oldest one's findings are summed up early. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "run/live_state.h"

int live_generation_new(struct live_generation **generation, const struct live_engine *engine,
			const struct knowledge_paths *paths, struct fault *fault)
{
	const struct live_generation *before =
		atomic_load_explicit(&engine->current, memory_order_acquire);
	struct live_generation *made = calloc(1, sizeof(*made));
	int error;

	*generation = NULL;
	if (!made)
		return -ENOMEM;
	error = knowledge_load(&made->knowledge, paths, before ? before->knowledge : NULL, fault);
	made->number = before ? before->number + 1 : 1;
	made->loaded_ns = live_clock_ns(CLOCK_REALTIME);
	/* The first generation's judges are those that pipelines are made with. */
	for (uint32_t i = 0; i < engine->options.capture.workers && before && !error; i++)
		error = judge_new(&made->judge[i], &made->knowledge->known);
	if (error) {
		live_generation_free(made, engine->options.capture.workers);
		return error;
	}
	*generation = made;
	return 0;
}

void live_generation_free(struct live_generation *generation, uint32_t workers)
{
	if (!generation)
		return;
	for (uint32_t i = 0; i < workers; i++)
		judge_free(generation->judge[i]);
	knowledge_free(generation->knowledge);
	free(generation);
}

void live_worker_adopt(struct live_worker *worker)
{
	struct live_engine *engine = worker->engine;
	struct live_generation *current =
		atomic_load_explicit(&engine->current, memory_order_acquire);
	uint32_t number = worker->number;

	if (current == worker->generation)
		return;
	current->judge[number] =
		pipeline_adopt(worker->pipeline, &current->knowledge->known, current->judge[number],
			       current->knowledge->rule_number);
	collector_set_generation(engine->collector, number, current->number);
	worker->generation = current;
	atomic_store_explicit(&worker->adopted, current->number, memory_order_release);
}

/* Loading ------------------------------------------------------------------------------------ */

static void wait_for_workers(struct live_engine *engine, uint32_t number)
{
	static const struct timespec nap = { .tv_nsec = 1000000 };

	for (uint32_t i = 0; i < engine->options.capture.workers; i++)
		while (atomic_load_explicit(&engine->worker[i].adopted, memory_order_acquire) <
		       number)
			nanosleep(&nap, NULL);
}

/* When it returns 0, nothing but folded findings needs the generation before. */
static int adopt(struct live_engine *engine, struct live_generation *next, struct fault *fault)
{
	size_t windows;
	const struct window_spec *specs = rules_windows(next->knowledge->rules, &windows);
	int error =
		collector_adopt(engine->collector, specs, (uint32_t)windows, next->number, fault);

	if (error)
		return error;
	atomic_store_explicit(&engine->current, next, memory_order_release);
	wait_for_workers(engine, next->number);
	collector_drain(engine->collector);
	for (uint32_t i = 0; i < engine->options.capture.workers; i++) {
		judge_free(next->judge[i]); /* the one before, left in its place */
		next->judge[i] = NULL;
	}
	return 0;
}

static void *load(void *context)
{
	struct live_engine *engine = context;
	struct live_loading *loading = &engine->loading;
	struct live_generation *next;
	int error = live_generation_new(&next, engine, &loading->paths, &loading->fault);

	if (!error && (error = adopt(engine, next, &loading->fault)) != 0)
		live_generation_free(next, engine->options.capture.workers);
	loading->error = error;
	eventfd_write(loading->done_fd, 1);
	return NULL;
}

/* The control thread's ---------------------------------------------------------------------- */

static void free_oldest(struct live_engine *engine)
{
	live_generation_free(engine->retired[0], engine->options.capture.workers);
	engine->retired_count--;
	memmove(&engine->retired[0], &engine->retired[1],
		engine->retired_count * sizeof(engine->retired[0]));
}

static void retire(struct live_engine *engine, struct live_generation *before)
{
	knowledge_shed(before->knowledge);
	engine->retired[engine->retired_count++] = before;
	if (engine->retired_count > LIVE_RETIRED_MAX)
		collector_forget(engine->collector, engine->retired[0]->number);
	while (engine->retired_count != 0 &&
	       !collector_holds(engine->collector, engine->retired[0]->number))
		free_oldest(engine);
}

void live_engine_refuse(struct live_engine *engine, const struct fault *why)
{
	engine->reloads_refused++;
	engine->last_refusal = *why;
}

int live_engine_load(struct live_engine *engine, const struct knowledge_paths *paths,
		     struct fault *fault)
{
	struct live_loading *loading = &engine->loading;
	int error;

	loading->paths = *paths;
	loading->before = atomic_load_explicit(&engine->current, memory_order_relaxed);
	loading->fault.text[0] = '\0';
	error = -pthread_create(&loading->thread, NULL, load, engine);
	loading->is_under_way = error == 0;
	if (error) {
		fault_set(fault, "no thread to load with: %s", strerror(-error));
		live_engine_refuse(engine, fault);
	}
	return error;
}

int live_engine_loaded_fd(const struct live_engine *engine)
{
	return engine->loading.done_fd;
}

int live_engine_take(struct live_engine *engine, struct fault *fault)
{
	struct live_loading *loading = &engine->loading;
	eventfd_t ignored;

	pthread_join(loading->thread, NULL);
	eventfd_read(loading->done_fd, &ignored);
	loading->is_under_way = false;
	*fault = loading->fault;
	if (loading->error && fault->text[0] == '\0')
		fault_set(fault, "%s",
			  loading->error == -ESHUTDOWN ? "pewit is about to end"
						       : strerror(-loading->error));
	if (loading->error) {
		live_engine_refuse(engine, fault);
	} else {
		retire(engine, loading->before);
		engine->reloads++;
	}
	return loading->error;
}
