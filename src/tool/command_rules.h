/* command_rules.h - what the files of `pewit rules` share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/json_print.h"
#include "judge/rules.h"
#include "tool/options.h"
#include "tool/rules_folder.h"

struct rules_asked { /* the options of a command line */
	const char *path[RULES_FOLDERS_MAX];
	size_t path_count;
	const char *system; /* or NULL */
	bool json, markdown;
};

/* False with a sentence in fault: too many. path: lent. */
bool rules_asked_add(struct rules_asked *asked, const char *path, struct fault *fault);

/* Finds and loads them. Returns an exit status, after saying what is wrong on standard error;
 * STATUS_FINE: *rules is given. */
int rules_asked_load(const struct rules_asked *asked, const char *command,
		     struct rules_folders *folders, struct rules **rules);

/* command_rules_test.c: operands end with NULL. Returns an exit status. */
int command_rules_test(struct rules_asked *asked, char **operands);
