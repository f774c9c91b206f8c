/* metrics.h - Prometheus' metrics over HTTP: GET /metrics, on an address of this host or a Unix socket.
 *
 * No thread of its own: the caller's loop waits for metrics_fd() and calls metrics_turn(), and nothing in
 * there blocks. A client that is slow is let go after METRICS_TIMEOUT_S, one over METRICS_CLIENTS_MAX is not
 * let in.
 */
#pragma once

#include "base/fault.h"
#include "daemon/control.h"
#include "run/live_snapshot.h"

#define METRICS_CLIENTS_MAX 8
#define METRICS_TIMEOUT_S 5

struct metrics_source { /* what is told, in the caller's thread */
	void *context;
	void (*snapshot)(void *context, struct live_snapshot *snapshot);
	const struct control *control; /* lent; or NULL */
	const char *version;           /* lent */
};

struct metrics;

/* listen: "127.0.0.1:9109", "[::1]:9109" or "unix:/run/pewit/metrics.sock" (0660; one that nobody answers on
 * any more is replaced). 0 and *metrics, given; or -errno with what to do in fault. source is copied. */
int metrics_open(struct metrics **metrics, const char *listen, const struct metrics_source *source,
		 struct fault *fault);
void metrics_close(struct metrics *metrics); /* NULL is allowed */

int metrics_fd(const struct metrics *metrics); /* readable when there is something to do */
/* Does it, at once. Also due once a second, for clients that say nothing. */
void metrics_turn(struct metrics *metrics);
