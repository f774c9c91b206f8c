/* top_view.h - what `pewit top` shows, as lines of text; how they come to a terminal is for top_screen.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "capture/live.h"
#include "pewit/verdict.h"

#define TOP_WIDTH_MAX 255
#define TOP_WIDTH_MIN 40
#define TOP_HEAD_MAX 8 /* lines; of sixteen workers, four in a line */

struct top_line {
	char text[TOP_WIDTH_MAX + 1];
	uint8_t severity; /* enum severity: of what it says */
};

/* The figures of a status answer that rates are made of. */
struct top_figures {
	double taken_ns;
	double received, bypassed, dropped, bytes;
	double busy_ns[LIVE_WORKERS_MAX];
};

void top_view_figures(struct top_figures *figures, const struct json_value *status);
/* Of nothing, when the daemon began: rates are then averages since. */
void top_view_beginning(struct top_figures *figures, const struct json_value *status);

/* The lines above the flows, cut to the width; how many. */
size_t top_view_head(const struct json_value *status, const struct top_figures *before, int width,
		     struct top_line lines[TOP_HEAD_MAX]);

void top_view_columns(int width, char text[TOP_WIDTH_MAX + 1]);
/* now_ns: when the daemon said so. */
void top_view_flow(const struct json_value *flow, double now_ns, int width, struct top_line *line);
