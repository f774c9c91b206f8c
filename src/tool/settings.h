/* settings.h - the limits and windows that --set changes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"

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
