/* conntrack.h - what the kernel translates (SNAT, DNAT, masquerade), as it tells it.
 *
 * The control thread owns it and calls conntrack_turn(); workers only ask conntrack_find(), which takes no
 * lock (nat_table.h). New and ended connections come as events, those of before as a list, which is asked
 * for at the start, whenever the kernel had to leave events out, and every some minutes: a connection that
 * is older than the first listener may end without an event.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/nat.h"

struct conntrack;

#define CONNTRACK_ENTRIES 262144 /* 96 bytes each, touched as used; the usual nf_conntrack_max */

/* Needs CAP_NET_ADMIN over the network namespace that it is called in; a list that is asked for later needs
 * it again, or conntrack_lend_lists(). 0 and *conntrack, given; or -errno (memory). That the kernel cannot or will not tell is no
 * error: conntrack_note() says it, conntrack_fd() is -1 and nothing is ever found.
 * entries: CONNTRACK_ENTRIES. now_s: as conntrack_turn(). */
int conntrack_open(struct conntrack **conntrack, uint32_t entries, uint32_t now_s);
void conntrack_close(struct conntrack *conntrack); /* NULL is allowed */

/* One sentence on what cannot be had, why, and what that costs; or NULL. */
const char *conntrack_note(const struct conntrack *conntrack);

/* To poll for POLLIN; -1: there is none. Stays the same. */
int conntrack_fd(const struct conntrack *conntrack);

/* The same of a list that was lent, while there is one. */
int conntrack_list_fd(const struct conntrack *conntrack);

/* From now on this process may not ask for lists. Whoever makes its sockets asks on each of NETLINK_NETFILTER
 * before it is handed over (daemon/monitor_serve.h). */
void conntrack_lend_lists(struct conntrack *conntrack);

/* Takes what has come, and forgets what has ended. Never blocks and takes a bounded share: call when the
 * descriptor is readable, and every second. now_s: CLOCK_MONOTONIC. */
void conntrack_turn(struct conntrack *conntrack, uint32_t now_s);

/* Of any thread: the ends of a connection beyond the translation. False: it is not known to have any. */
bool conntrack_find(const struct conntrack *conntrack, const struct nat_tuple *key,
		    struct nat_sides *sides);

struct conntrack_stats {      /* of the control thread */
	uint64_t connections; /* translated ones that are known now; one with DNAT counts twice */
	uint64_t evicted;     /* gave way to others while they lived: the table was full */
	uint64_t events;      /* messages read */
	uint64_t damaged;     /* ... that could not be */
	uint64_t overruns;    /* times that the kernel left events out: a list was asked for */
	uint64_t lists;       /* of all connections, to the end */
	uint64_t refused;     /* lists that the kernel would not give */
};
struct conntrack_stats conntrack_stats(const struct conntrack *conntrack);
