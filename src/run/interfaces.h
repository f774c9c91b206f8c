/* interfaces.h - the interfaces that were asked for, held against what there is, and followed as they come and
 * go. */
#pragma once

#include "base/fault.h"
#include "capture/live.h"
#include "judge/coverage.h"
#include "network/advice.h"

struct interfaces;

struct interfaces_options {
	const char *const *names; /* lent until interfaces_close() */
	size_t count;             /* at most LIVE_INTERFACES_MAX */
	bool may_come;            /* one that is not there yet is waited for */
};

struct interfaces_say { /* sentences for a person, lent */
	void (*note)(void *context, const char *sentence);
	void *context;
};

/* 0 and *interfaces, given; or -errno with fault: it must not be listened on what was asked. */
int interfaces_open(struct interfaces **interfaces, const struct interfaces_options *options,
		    const struct interfaces_say *say, struct fault *fault);
void interfaces_close(struct interfaces *interfaces); /* NULL is allowed */

/* What to listen on: the names without those that are the same port. Lent. */
const char *const *interfaces_names(const struct interfaces *interfaces, size_t *count);

/* Where they seem to be, and why in one sentence. */
enum vantage interfaces_vantage(const struct interfaces *interfaces, struct fault *why);

int interfaces_fd(const struct interfaces *interfaces); /* readable: turn */

/* Who is told what became of each name, as live_engine_link(). */
struct interfaces_follower {
	void (*link)(void *context, const char *name, unsigned index, bool is_up);
	void *context;
};
/* Takes what has come; never waits. Also once before the first wait: what changed since live_open(). */
void interfaces_turn(struct interfaces *interfaces, const struct interfaces_follower *follower);
