/* rules_folder.h - where the rules and the endpoint catalog are. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/fault.h"

/* Where a package puts them. */
#ifndef PEWIT_RULES_DIR
#define PEWIT_RULES_DIR "/usr/share/pewit/rules"
#endif

/* Finds the folder: `asked` (of --rules; or NULL), else $PEWIT_RULES, else PEWIT_RULES_DIR, else,
 * from the program's own folder, ../share/pewit/rules (installed under another prefix), ../rules or
 * ../../rules (a build tree). It must hold a folder `catalog`, whose path is written to catalog.
 * False with a sentence in fault. */
bool rules_folder_find(const char *asked, char catalog[PATH_MAX], struct fault *fault);
