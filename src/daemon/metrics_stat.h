/* metrics_stat.h - which metric each counter of the stats event is. */
#pragma once

#include <stdint.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metrics_stat {
	const char *stat;   /* "flow.ended.closed"; NULL ends the table */
	const char *metric; /* rows of one metric follow one another */
	const char *label;  /* `reason="closed"`; or NULL */
	const char *help;   /* NULL: that of the row before, whose metric it is */
	uint8_t kind;       /* enum metric_kind */
};

extern const struct metrics_stat metrics_stats[];
