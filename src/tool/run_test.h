/* run_test.h - whether `pewit run` could run by a configuration: what -T asks, and what is asked at each
 * start. */
#pragma once

#include <stdbool.h>

#include "daemon/config.h"

/* What the configuration says by itself; findings go to standard error. False: it cannot work. */
bool run_test_members(const struct config_document *document);

/* Also all that it names: loads map, rules, catalog and service tags, looks for interfaces, users and
 * folders. */
bool run_test_all(const struct config_document *document);
