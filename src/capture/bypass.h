/* bypass.h - the kernel's half of live capture: spreading frames over workers, and counting decided flows
 * without copying them. Owner of libbpf.
 *
 * Decided flows are in a hash map with a count per processor. The workers insert and take out keys; the
 * map has a limit, and a key that finds no room stays copied, counted in `refused`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/bpf_shared.h"

struct bypass;

struct bypass_options {
	uint32_t workers;
	uint32_t flows; /* that may be bypassed at once; 0: none */
	uint64_t refresh_ns;
	uint64_t hash_seed;
	const uint16_t *vxlan_ports, *geneve_ports; /* 0 ends them */
};

enum bypass_program { BYPASS_FANOUT, BYPASS_FILTER, BYPASS_ANSWERS, BYPASS_PROGRAMS };

/* Loads the programs. 0, or -errno with fault: an old kernel, no privilege. */
int bypass_open(struct bypass **bypass, const struct bypass_options *options, struct fault *fault);
void bypass_close(struct bypass *bypass); /* NULL is allowed */

int bypass_program(const struct bypass *bypass, enum bypass_program program); /* a descriptor */

/* From any thread. */
bool bypass_insert(struct bypass *bypass, const struct bypass_key *key);

/* Counts since it was inserted, over all processors; `end` takes it out, and then no frame is counted
 * twice or lost: what passes between look-up and removal is in the counts too. False: not there. */
bool bypass_read(struct bypass *bypass, const struct bypass_key *key, bool end,
		 struct bypass_count *count);

/* Counts the frames of an interface from now on, from zero. 0 or -errno. */
int bypass_watch(struct bypass *bypass, unsigned interface);
/* ... and no longer. What was counted, over all processors. */
struct bpf_counters bypass_counted(const struct bypass *bypass, unsigned interface);
void bypass_unwatch(struct bypass *bypass, unsigned interface);
