/* counters.h - the counters of a stats event, gathered from all parts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/event.h"
#include "pipeline.h"
#include "report/collector.h"
#include "run/dispatch.h"

#define COUNTERS_MAX                                                                               \
	192 /* an interface has seven; what finds no room is a mistake, and asserted in tests */

struct counters {
	struct stat stat[COUNTERS_MAX]; /* names are lent: static, or the engine's */
	uint32_t count;
};

void counters_add(struct counters *counters, const char *name, uint64_t value);

/* The law: what dispatch was given = flow.packets + the sum of rest.*.packets, and the same for bytes. */
void counters_add_dispatch(struct counters *counters, const struct dispatch_stats *stats);
void counters_add_windows(struct counters *counters, const struct windows_stats *windows);
void counters_add_pipelines(struct counters *counters, const struct pipeline_counters *pipelines);

/* 0 if it is not there. */
uint64_t counters_value(const struct counters *counters, const char *name);

/* Whether a limit cost something that flows would have been known by. */
bool counters_show_loss(const struct counters *counters);

/* By name, so that what shares an object stands together. */
void counters_sort(struct counters *counters);
