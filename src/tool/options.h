/* options.h - a command's options from one table, which also prints its help. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fault.h"

#define OPTIONS_MAX 32 /* options of one command */

struct option_row {
	char letter;       /* or 0 */
	const char *name;  /* long form; or NULL */
	const char *value; /* what it takes, for the help: "FILE"; NULL: it is a flag */
	const char *help;  /* may hold newlines */
	int id;            /* given to `take`; 1 to 255 */
};

struct option_table {
	const char *command; /* "replay", "map check" */
	const char *usage;   /* after "pewit COMMAND " */
	const char *about;   /* a paragraph or two */
	const struct option_row *rows;
	size_t count;
	const char *after; /* below the options: examples, exit status; or NULL */
};

enum options_outcome { OPTIONS_DONE, OPTIONS_HELP, OPTIONS_FAULT };

struct options_reader {
	/* Takes one option, with its value or NULL; false with a sentence in fault: a bad one. */
	bool (*take)(void *context, int id, const char *value, struct fault *fault);
	void *context;
	int operands; /* out: index in argv of the first operand */
};

/* Reads the options of argv (argv[0] is passed over). Operands may stand between options and are
 * moved behind them. -h and --help are every command's. */
enum options_outcome options_read(const struct option_table *table, int argc, char **argv,
				  struct options_reader *reader, struct fault *fault);

void options_print_help(const struct option_table *table, FILE *out);
