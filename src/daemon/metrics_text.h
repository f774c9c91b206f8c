/* metrics_text.h - a snapshot in Prometheus' text format, version 0.0.4.
 *
 * Names end in their unit, those of counters in _total. Labels hold names of interfaces, numbers of workers
 * and words of pewit's own: no address and no name that was seen in traffic.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/control.h"
#include "run/live_snapshot.h"

struct metrics_told { /* lent */
	const struct live_snapshot *snapshot;
	const struct control_stats *control; /* NULL: no control socket */
	const char *version;
};

/* Given (free()); NULL: no memory. */
char *metrics_text(const struct metrics_told *told, size_t *length);

/* Whether a counter of the stats event has a metric, "flow.started" as well as "interface.eth0.dropped". */
bool metrics_text_knows(const char *stat);
