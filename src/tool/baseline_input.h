/* baseline_input.h - captures, events and baselines that learn and diff are given, into a baseline. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "baseline/baseline.h"
#include "tool/lookup.h"

struct baseline_input {
	const struct lookup *lookup;
	const char *map_path; /* that of the knowledge; or NULL */
	bool untrusted;       /* out: part of the traffic is missing; said on standard error */
};

/* Reads everything and finishes the baseline. Captures are merged by time and replayed together, before
 * the rest is read. 0 or -errno with fault; -EISNAM: one is a map, and fault says which. */
int baseline_input_read(struct baseline_input *input, struct baseline *baseline,
			const char *const *paths, size_t count, struct fault *fault);

/* Whether the file is a map. */
bool baseline_input_is_map(const char *path);

/* A whole number from `least` to `most`; false with a sentence in fault that names the option. */
bool baseline_input_number(const char *option, const char *text, unsigned long least,
			   unsigned long most, unsigned long *number, struct fault *fault);
