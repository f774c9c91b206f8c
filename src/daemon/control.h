/* control.h - the socket that `pewit status`, `flows`, `reload` and `top` ask: one line of JSON in, one out.
 *
 *     {"command": "status"}
 *     {"command": "flows", "order": "bytes", "severity": "low", "limit": 20}
 *     {"command": "reload"}
 *
 * A Unix socket, for who may write to it: owner and group. It never blocks the daemon: clients that are slow,
 * silent, or too many are dropped, and counted. Flows take the workers some time, and a reload takes some too: who asks
 * for them waits, and all others are answered meanwhile.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "run/live_snapshot.h"

#define CONTROL_CLIENTS_MAX 16
#define CONTROL_REQUEST_MAX 4096 /* bytes of a line */
#define CONTROL_TIMEOUT_S 5      /* for a request to come whole; and again for its answer to go */
#define CONTROL_FLOWS_MS 500     /* for workers to look at their tables; then what there is */

struct control_source { /* what is told and done, in the caller's thread */
	void *context;
	void (*snapshot)(void *context, struct live_snapshot *snapshot);
	/* One question at a time, as live_engine_ask_flows(). */
	void (*ask_flows)(void *context, const struct live_query *query);
	bool (*has_flows)(void *context);
	size_t (*take_flows)(void *context, struct live_flow *flows, bool *complete);
	/* Sees to a reload, which begins later. Its number, from 1, is for control_tell_reload(). */
	uint64_t (*reload)(void *context);
	uint64_t (*now_ns)(void *context); /* since the epoch */
	const char *version;
	const char *fences; /* what the process may still do, in a sentence; or NULL */
};

struct control;

/* Makes the socket (0660). One that no daemon answers on any more is replaced. 0 and *control, given; or
 * -errno with what to do in fault. source is copied. */
int control_open(struct control **control, const char *path, const struct control_source *source,
		 struct fault *fault);
void control_close(struct control *control); /* and removes it; NULL is allowed */

/* Lent until the end. */
void control_set_fences(struct control *control, const char *fences);

int control_fd(const struct control *control); /* readable when there is something to do */
/* ... and how long to wait for that: most_ms, or less while workers are at a question for flows. */
int control_wait_ms(const struct control *control, int most_ms);
void control_turn(struct control *control, uint64_t now_ns); /* CLOCK_MONOTONIC; does it, at once */

/* Answers those that wait for reload `number`: it is done, or refused with `error` for what fault says. */
void control_tell_reload(struct control *control, uint64_t number, int error,
			 const struct fault *fault, uint64_t now_ns);

struct control_stats {
	uint64_t requests, refused; /* clients over the limit */
	uint64_t dropped;           /* slow, or with a line too long */
};
struct control_stats control_stats(const struct control *control);
