/* settings.h - the limits and windows that --set changes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"

/* Member, key, meaning, bounds, default: for --set here, and for the configuration of pewit run. */
#define SETTINGS(ROW)                                                                              \
	ROW(flow_limit, "flow.limit", "flows followed at once", 64, 16 << 20, 1 << 20)             \
	ROW(fold_window_s, "alert.fold_window",                                                    \
	    "seconds of packet time in which repeats of an alert fold", 1, 7 * 86400, 300)         \
	ROW(fold_findings, "alert.fold_findings", "alerts remembered at once for folding", 1,      \
	    1 << 20, 8192)                                                                         \
	ROW(window_keys, "window.keys", "keys that the windows of rules remember at once", 1,      \
	    1 << 24, 1 << 16)

struct settings {
	uint64_t flow_limit;    /* flows in the table at once; 0: the engine's default */
	uint64_t fold_window_s; /* repeats of an alert in it become one summary */
	uint64_t fold_findings; /* alerts remembered at once */
	uint64_t window_keys;   /* keys of windows remembered at once */
};

struct settings settings_default(void);

/* Takes "key=value". False with a sentence in fault: no such key, no number, or out of bounds. */
bool settings_set(struct settings *settings, const char *assignment, struct fault *fault);

/* One line for each key: name, bounds, default, meaning. */
void settings_print(FILE *out);
