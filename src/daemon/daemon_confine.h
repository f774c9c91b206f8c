/* daemon_confine.h - what a configured daemon may still ask for when it has given up its power. */
#pragma once

#include "base/fault.h"
#include "daemon/config.h"
#include "daemon/confine.h"
#include "run/rules_folder.h"

struct daemon_confine {
	struct confine *confine; /* NULL: none of the fences was asked for */
	struct confine_report report;
	char text[FAULT_TEXT_MAX + 1]; /* which fences hold, for people; "" before */
	struct grant_table grants;
	char folder[GRANT_PATH_MAX]; /* conf.d */
};

/* Before anything is opened. The configuration and the folders are lent until daemon_confine_close(). 0 or
 * -errno with fault. */
int daemon_confine_prepare(struct daemon_confine *confine, const struct config *config,
			   const struct rules_folders *folders, struct fault *fault);

/* When all is open and no thread runs. Says on standard error which fences hold. 0 or -errno with fault. */
int daemon_confine_enter(struct daemon_confine *confine, struct fault *fault);

void daemon_confine_close(struct daemon_confine *confine);
