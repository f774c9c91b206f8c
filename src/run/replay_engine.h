/* replay_engine.h - captures in, events out: the run behind `pewit replay`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "capture/source.h"
#include "pewit/event.h"
#include "report/collector.h"

struct replay_options {
	const char *const *paths;
	size_t path_count;
	const char *filter;
	const char *map_path;    /* or NULL */
	const char *catalog_dir; /* or NULL: default */
	uint32_t workers;
	bool natural_order;
	uint64_t flow_limit; /* 0: default */
	void (*progress)(void *context, const struct source_progress *progress);
	void *progress_context;
	const struct collector_options *output;
};

struct replay_result {
	struct source_progress source;
	struct collector_totals totals;
	struct stats stats; /* lent until replay_close */
	size_t damage_count;
	const struct fault *damage;
	bool untrusted;
};

struct replay;

int replay_open(struct replay **replay, const struct replay_options *options,
		struct fault *fault); /* -errno; usage/config errors */
int replay_run(struct replay *replay, struct replay_result *result, struct fault *fault);
void replay_print_summary(const struct replay *replay, FILE *out, bool colour);
void replay_close(struct replay *replay);
