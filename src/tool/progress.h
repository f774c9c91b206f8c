/* progress.h - one line on standard error, if it is a terminal: how far a replay has come. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

struct progress {
	bool shown;       /* a line stands on the terminal */
	uint64_t next_ns; /* monotonic: when to draw again */
};

/* Draws the line, at most ten times a second. context: a struct progress that starts out zero. */
void progress_draw(void *context, const struct source_progress *source);

void progress_clear(struct progress *progress);
