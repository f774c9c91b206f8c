/* command_rules.h - what the files of `pewit rules` share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/json_print.h"
#include "judge/rules.h"
#include "run/rules_folder.h"
#include "tool/options.h"

struct rules_request { /* the options of a command line */
	struct rules_asked folders;
	const char *system; /* or NULL */
	bool json, markdown;
};

/* Finds and loads them. Returns an exit status, after saying what is wrong on standard error;
 * STATUS_FINE: *rules is given. */
int command_rules_load(const struct rules_request *request, const char *command,
		       struct rules_folders *folders, struct rules **rules);

/* command_rules_test.c: operands end with NULL. Returns an exit status. */
int command_rules_test(struct rules_request *request, char **operands);
