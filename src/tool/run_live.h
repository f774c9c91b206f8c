/* run_live.h - a configuration, put to work. */
#pragma once

#include "daemon/daemon.h"

/* Listens until INT or TERM. The document is given. An exit status. */
int run_live(const struct daemon_options *options);
