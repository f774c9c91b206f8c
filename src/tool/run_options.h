/* run_options.h - the command line of `pewit run`, and the configuration that it comes to. */
#pragma once

#include <stdbool.h>

#include "daemon/config.h"
#include "tool/options.h"

struct run_options {
	int argc;
	char **argv;
	const char *config, *filter_file;
	bool test, dump;
};

/* OPTIONS_FAULT, with a sentence in fault, for what is no option. argv is lent, and its operands are moved
 * behind its options. */
enum options_outcome run_options_read(struct run_options *options, int argc, char **argv,
				      struct fault *fault);
void run_options_help(FILE *out);

/* The file, those of conf.d, and the command line over them: 0 and *document, given, or -errno with a
 * sentence in fault. May be called again, for a reload. */
int run_options_config(const struct run_options *options, struct config_document **document,
		       struct fault *fault);
