/* confine.h - giving up power: all that is opened is open, and no packet has been read.
 *
 *     confine_prepare()   still root, one thread, nothing open: users looked up, monitor forked
 *     ...                 sockets, rings, BPF, outputs, loaders: as root
 *     confine_enter()     still one thread: no_new_privs, user and capabilities, Landlock, seccomp
 *     ...                 threads, packets
 *
 * Five fences, each of which holds without the others: the user (files, signals), no capabilities, no_new_privs
 * (no way back by a set-uid program), Landlock (files, TCP, signals, abstract sockets), seccomp (system calls).
 * What the daemon still needs, files to load anew and an output to open again, it asks of a monitor (monitor.h)
 * by calling open(), from a table fixed at start (grant.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fault.h"
#include "daemon/grant.h"
#include "daemon/monitor.h"

#define CONFINE_USER_DEFAULT "pewit"

struct confine_options {          /* lent until confine_close() */
	const char *user, *group; /* NULL or "": stay who we are; group NULL: the user's */
	bool seccomp, landlock;
	const struct grant *grants;
	size_t grant_count;
};

struct confine_report { /* which fences hold */
	uid_t uid;
	gid_t gid;
	bool is_unprivileged; /* not root */
	bool no_capabilities; /* none at all; else see keeps_bpf */
	bool keeps_bpf;       /* an old kernel asks CAP_BPF for reading maps */
	bool no_new_privs;
	bool seccomp;
	int landlock_abi; /* 0: no Landlock */
	bool monitor;
	char missing[FAULT_TEXT_MAX +
		     1]; /* what does not hold and why, for people; "" if all does */
};

struct confine;

/* 0 and *confine, given; or -errno with fault: -EINVAL, no such user. */
int confine_prepare(struct confine **confine, const struct confine_options *options,
		    struct fault *fault);

/* No way back. -errno with fault when a fence that was asked for cannot be put up: end the program. Landlock and
 * the monitor may be missing on an older kernel; the report says so. */
int confine_enter(struct confine *confine, struct confine_report *report, struct fault *fault);

/* "user 995, no capabilities, no_new_privs, Landlock 7, seccomp, monitor 4711" */
void confine_describe(const struct confine *confine, const struct confine_report *report,
		      char *text, size_t size);

struct monitor_counts confine_counts(const struct confine *confine); /* zeros without a monitor */
void confine_close(
	struct confine *confine); /* ends the monitor; the fences stay. NULL is allowed */
