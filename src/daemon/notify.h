/* notify.h - what a service manager is told: systemd's sd_notify protocol, without its library.
 *
 * The socket is opened once, before privileges go, and stays connected: sending needs no path, no name and
 * no right. Where nobody asked ($NOTIFY_SOCKET is not set) everything here does nothing. Nothing waits: what
 * the manager cannot take now is lost, and the next one says as much.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct notify {
	int fd; /* -1: nobody asked */
	uint64_t
		watchdog_us; /* WATCHDOG is due within this; call twice as often. 0: nobody waits for it */
};

/* From $NOTIFY_SOCKET (a path, or @ and an abstract name), $WATCHDOG_USEC and $WATCHDOG_PID. 0, or -errno
 * with what to do in fault; then *notify does nothing. */
int notify_open(struct notify *notify, struct fault *fault);
void notify_close(struct notify *notify);

/* True: it is on its way. The status is a line for people ("listening on eth0"), or NULL. */
bool notify_ready(const struct notify *notify, const char *status); /* also after a reload */
bool notify_reloading(const struct notify *notify, uint64_t monotonic_us);
bool notify_stopping(const struct notify *notify, const char *status);
bool notify_status(const struct notify *notify, const char *status);
bool notify_watchdog(const struct notify *notify);
