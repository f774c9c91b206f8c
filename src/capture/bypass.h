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
};

enum bypass_program { BYPASS_FANOUT, BYPASS_FILTER, BYPASS_ANSWERS, BYPASS_PROGRAMS };

/* Loads the programs. 0, or -errno with fault: an old kernel, no privilege. */
int bypass_open(struct bypass **bypass, const struct bypass_options *options, struct fault *fault);
void bypass_close(struct bypass *bypass); /* NULL is allowed */

int bypass_program(const struct bypass *bypass, enum bypass_program program); /* a descriptor */

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
