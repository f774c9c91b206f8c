/* monitor.h - the one process that keeps some power when the daemon gives up its own.
 *
 *     daemon: open("/etc/pewit/map.json")                    monitor: child of the daemon, root
 *        | the kernel stops the thread (seccomp) ------------> which call, which path?
 *        |                                                     in the table? opens it itself
 *        | <--- the descriptor is put into the daemon ---------'  no: EACCES, counted
 *
 * The daemon's code calls open() and socket() as ever. The monitor copies the path out of the daemon's memory
 * once, and what it decides about is what it opens. It reads nothing from the wire and nothing from the files it
 * opens. It keeps the capabilities that its table needs, under a filter of its own.
 *
 * A path that the daemon's user could have laid (trusted_path.h) gets no power: the daemon is told to go on,
 * and its own user and Landlock decide.
 *
 * It ends when the daemon ends, however that happens. If it ends first, requests fail with ENOSYS and the
 * daemon goes on without reloads.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "daemon/grant.h"
#include "daemon/trusted_path.h"

struct monitor_counts { /* in memory that both processes see; atomic */
	uint64_t granted;
	uint64_t own_power; /* left to what the daemon itself may do */
	uint64_t refused;
	uint64_t failed; /* granted by the table, but the call failed: no such file */
};

struct monitor;

/* Forks it: while the process has one thread and its privileges, and before it opens what the monitor should not
 * have. `grants` are lent until monitor_stop(). 0 or -errno with fault. */
int monitor_start(struct monitor **monitor, const struct grant *grants, size_t grant_count,
		  const struct trusted_path_suspect *suspect, struct fault *fault);

pid_t monitor_pid(const struct monitor *monitor);

/* Hands it the descriptor on which the kernel asks. 0 when it has taken its post. */
int monitor_post(struct monitor *monitor, int notify_fd);

struct monitor_counts monitor_counts(const struct monitor *monitor);
void monitor_stop(struct monitor *monitor); /* waits for its end; NULL is allowed */
