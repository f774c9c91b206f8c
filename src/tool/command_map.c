/* pewit map: what there is to do with an expected map. One file each: command_map_NAME.c. */
#include <string.h>

#include "base/fault.h"
#include "base/spelling.h"
#include "tool/command.h"

static const struct {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "fetch", "ask Azure what is there, for map build", command_map_fetch },
	{ "build", "make a map from what az, Resource Graph, Bicep or Terraform say",
	  command_map_build },
	{ "check", "say what is wrong with a map, and what looks like a mistake",
	  command_map_check },
	{ "show", "print a map, or what it says of a name or an address", command_map_show },
	{ "diff", "what was added, removed and changed between two maps", command_map_diff },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
	fputs("Usage: pewit map COMMAND [OPTION]... [OPERAND]...\n\n"
	      "The expected map says what you believe your network to be.\n\n"
	      "Commands:\n",
	      out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].help);
	fputs("\npewit map COMMAND -h explains a command.\n", out);
}

int command_map(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "", *names[COMMANDS], *nearest;
	struct fault fault;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		print_help(stdout);
		return command_finish(STATUS_FINE);
	}
	for (int i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(names[i], word) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	nearest = spelling_nearest(word, names, COMMANDS);
	fault_set(&fault, "unknown command map %s%s%s%s", word,
		  nearest ? "; did you mean map " : "", nearest ? nearest : "", nearest ? "?" : "");
	return command_usage_fault("map", fault.text);
}
