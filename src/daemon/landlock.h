/* landlock.h - which files the daemon may touch by itself: the kernel's sandbox, by raw system calls, because
 * neither the C library nor Debian 12's headers know all of it. What an older kernel lacks is left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/grant.h"
#include "daemon/trusted_path.h"

struct landlock_options {
	const struct grant *grants;
	size_t grant_count;
	struct trusted_path_suspect suspect;
	bool has_monitor; /* it opens what may be read; otherwise rules do */
};

/* The kernel's version of it; 0: none. */
int landlock_abi(void);

/* Rules, while paths can still be opened: a descriptor, given; or -errno. */
int landlock_prepare(const struct landlock_options *options);

/* Holds the calling thread and what it starts to them; closes the descriptor. Needs no_new_privs. 0 or -errno. */
int landlock_enter(int ruleset);
