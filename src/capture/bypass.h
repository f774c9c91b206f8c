/* bypass.h - the kernel's half of live capture: spreading frames over workers, and counting decided flows
 * without copying them. Owner of libbpf.
 *
 * Decided flows are in a hash map of the kernel, their counts in slots, one for each processor. Each worker
 * has its own slots, so that none of this takes a lock. There are as many as flows may be bypassed; a flow
 * that finds no slot stays copied.
 *
 *     insert -> counted ... take, take ... -> pass (its end is near: frames go up again) -> end
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/bpf_shared.h"

struct bypass;

struct bypass_options {
	uint32_t workers;
	uint32_t flows; /* that may be bypassed at once, over all workers; 0: none */
	uint64_t refresh_ns;
	uint64_t hash_seed;
	const uint16_t *vxlan_ports, *geneve_ports; /* 0 ends them */
	bool xdp;                                   /* the programs of afxdp, not of afpacket */
};

enum bypass_program { BYPASS_FANOUT, BYPASS_FILTER, BYPASS_ANSWERS, BYPASS_PROGRAMS };

/* Loads the programs. 0, or -errno with fault: an old kernel, no privilege. */
int bypass_open(struct bypass **bypass, const struct bypass_options *options, struct fault *fault);
void bypass_close(struct bypass *bypass); /* NULL is allowed */

/* A descriptor; of afpacket's programs. */
int bypass_program(const struct bypass *bypass, enum bypass_program program);

/* The rest from the worker's thread alone. False: no slot, or the kernel's map is full. */
bool bypass_insert(struct bypass *bypass, uint32_t worker, const struct bypass_key *key);

/* What was counted since the last time, over all processors. False: the flow is not bypassed. */
bool bypass_take(struct bypass *bypass, const struct bypass_key *key, struct bypass_count *count);

/* The flow's frames go up again; its counts stay. */
void bypass_pass(struct bypass *bypass, const struct bypass_key *key);

/* Takes what is left and forgets the flow. Exact: it waits until no processor can still be counting a frame
 * that it met before bypass_pass(). */
bool bypass_end(struct bypass *bypass, uint32_t worker, const struct bypass_key *key,
		struct bypass_count *count);

/* Counts the frames of an interface from now on, from zero. 0 or -errno. */
int bypass_watch(struct bypass *bypass, unsigned interface);
/* What was counted, over all processors. */
struct bpf_counters bypass_counted(const struct bypass *bypass, unsigned interface);
/* No longer. */
void bypass_unwatch(struct bypass *bypass, unsigned interface);

/* XDP. From bypass_attach() on, the program sits on the interface; bypass_close() takes it off, and so does
 * the kernel when this process ends in whatever way. It leaves all frames to the stack until
 * bypass_watch_queues(), and then takes them all. *is_native: false if the driver has no XDP and the
 * kernel runs the program later, at a higher cost. 0, or -errno: -EBUSY if another program sits there. */
int bypass_attach(struct bypass *bypass, unsigned interface, bool *is_native);
/* Frames that are redirected to `place` go to this socket. 0 or -errno. */
int bypass_set_socket(struct bypass *bypass, uint32_t place, int fd);
/* As bypass_watch(); queue n of the interface goes to place first + n. */
int bypass_watch_queues(struct bypass *bypass, unsigned interface, uint32_t first, uint32_t queues);
