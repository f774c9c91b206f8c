/* daemon.h - pewit run: all that needs privileges is opened, then privileges go, then it listens until it is
 * told to stop.
 *
 *     HUP        the configuration, map, rules and service tags are read anew; the output is opened anew
 *     USR1       a stats event, and a line on standard error
 *     INT, TERM  what has come is processed, and written
 *
 * One thread, the one that calls daemon_run(), waits for signals, sockets and clocks; packets never wait for
 * it.
 */
#pragma once

#include "base/fault.h"
#include "daemon/config.h"
#include "run/live_engine.h"

struct daemon;

struct daemon_options {
	struct config_document *document; /* given, also on error */
	/* Reads the configuration again, as it was read the first time. 0 and *document, given. */
	int (*reread)(void *context, struct config_document **document, struct fault *fault);
	void *context;
	const char *version; /* lent */
};

/* 0 and *daemon, given; or -errno with what to do in fault. Blocks the signals above: call before any thread
 * is started. */
int daemon_open(struct daemon **daemon, const struct daemon_options *options, struct fault *fault);
void daemon_close(struct daemon *daemon); /* NULL is allowed */

/* 0, or -errno with fault. */
int daemon_run(struct daemon *daemon, struct fault *fault);

struct live_engine *daemon_engine(struct daemon *daemon);
