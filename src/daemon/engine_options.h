/* engine_options.h - what the live engine is told of the configuration. All of it is lent from what it was made of. */
#pragma once

#include "daemon/config.h"
#include "run/live_engine.h"
#include "run/rules_folder.h"

struct live_options engine_options_capture(const struct config *config);

/* Where the rules are that are configured, and the catalog. 0 and *folders, given (free()); or -errno with fault. */
int engine_options_rules(struct rules_folders **folders, const struct config *config,
			 struct fault *fault);
struct knowledge_paths engine_options_knowledge(const struct config *config,
						const struct rules_folders *folders);
