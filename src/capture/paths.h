/* paths.h - from what the user named to a list of files: directories are opened out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct path_entry {
	char *path;
	bool from_directory; /* found there, not named by the user */
};

struct paths {
	struct path_entry *entries;
	uint32_t count, room;
};

/* Adds a file, "-", or the captures in a directory, sorted by name. Returns 0, or -errno with a
 * sentence: nothing there, no captures in it, "-" twice, more than SOURCE_FILES_MAX. */
int paths_add(struct paths *paths, const char *path, struct fault *fault);
void paths_free(struct paths *paths);
