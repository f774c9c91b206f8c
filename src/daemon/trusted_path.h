/* trusted_path.h - opening a file with more power than the one who asks for it, without lending that power.
 *
 * Whoever can write to a folder on the way to a file decides what the name leads to. So the way is walked
 * part by part, symbolic links too (operators link their configuration), and holds only when the suspect can
 * write to no folder on it. Then names lead where root let them lead, and nowhere else.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct trusted_path_suspect {
	uid_t uid;
	gid_t gid;
	bool is_self; /* the suspect has our own power: nothing can be lent, every path is trusted */
};

#define TRUSTED_PATH_LINKS_MAX 16 /* links followed; beyond: -ELOOP */

/* A descriptor, close-on-exec, given; or -errno. -EXDEV: the suspect could have laid this path; let it open
 * the file with its own power. `flags` and `mode` as openat(2); relative paths start at the current folder. */
int trusted_path_open(const char *path, int flags, mode_t mode,
		      const struct trusted_path_suspect *suspect);
