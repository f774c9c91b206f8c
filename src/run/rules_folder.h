/* rules_folder.h - where the rules and the endpoint catalog are. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

/* Where a package puts them. */
#ifndef PEWIT_RULES_DIR
#define PEWIT_RULES_DIR "/usr/share/pewit/rules"
#endif

#define RULES_FOLDERS_MAX 64

struct rules_folders {
	char shipped[PATH_MAX]; /* the folder that holds the catalog in use */
	char catalog[PATH_MAX];
	const char *path[RULES_FOLDERS_MAX +
			 1]; /* folders and files with rules; lent or in `shipped` */
	size_t count;
};

struct rules_asked { /* the values of --rules: files or folders; lent */
	const char *path[RULES_FOLDERS_MAX];
	size_t count;
};

/* Adds one more. False with a sentence in fault: too many. */
bool rules_asked_add(struct rules_asked *asked, const char *path, struct fault *fault);

/* Finds them. When none of them holds a folder `catalog`, they come on
 * top of pewit's own: $PEWIT_RULES, else PEWIT_RULES_DIR, else, from the program's own folder,
 * ../share/pewit/rules (installed under another prefix), ../rules or ../../rules (a build tree).
 * False with a sentence in fault. */
bool rules_folders_find(struct rules_folders *folders, const struct rules_asked *asked,
			struct fault *fault);
