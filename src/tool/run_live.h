/* run_live.h - a configuration, put to work. */
#pragma once

#include "daemon/config.h"

/* Listens until INT or TERM. An exit status. */
int run_live(const struct config *config);
