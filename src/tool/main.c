/* pewit: one program, one subcommand per file. */
#include <signal.h>
#include <string.h>

#include "base/fault.h"
#include "base/spelling.h"
#include "tool/command.h"

static const struct command {
	const char *name;
	const char *help; /* NULL: not listed */
	int (*run)(int argc, char **argv);
	const char *option; /* also as this; or NULL */
} commands[] = {
	{ "replay", "captures in, events or a summary out", command_replay, NULL },
	{ "run", "live traffic in, events out", command_run, NULL },
	{ "status", "how a running pewit fares", command_status, NULL },
	{ "flows", "its live flows", command_flows, NULL },
	{ "reload", "have it read its configuration, map and rules anew", command_reload, NULL },
	{ "top", "watch it, second by second", command_top, NULL },
	{ "map", "fetch, check, show and compare the expected map", command_map, NULL },
	{ "catalog", "which service a name belongs to", command_catalog, NULL },
	{ "rules", "list, explain, check and test the rules", command_rules, NULL },
	{ "tags", "service tags of addresses", command_tags, NULL },
	{ "explain", "what pewit would say of a name or an address, and why", command_explain,
	  NULL },
	{ "learn", "propose what the map lacks, from captures or events", command_learn, NULL },
	{ "diff", "what is new between two captures, events or baselines", command_diff, NULL },
	{ "version", "print the version (also --version)", command_version, "--version" },
	{ "build-info", "print what it was built with (also --build-info)", command_build_info,
	  "--build-info" },
	{ "dump-event-docs", NULL, command_event_docs, "--dump-event-docs" },
	{ "dump-event-schema", NULL, command_event_schema, "--dump-event-schema" },
	{ "dump-config-docs", NULL, command_config_docs, NULL },
	{ "dump-config-schema", NULL, command_config_schema, NULL },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
	fputs("Usage: pewit COMMAND [OPTION]... [OPERAND]...\n\n"
	      "pewit watches traffic and says, with evidence, whether it really takes the private\n"
	      "path that its owners believe it takes. It only ever watches.\n\n"
	      "Commands:\n",
	      out);
	for (int i = 0; i < COMMANDS; i++)
		if (commands[i].help)
			fprintf(out, "  %-12s  %s\n", commands[i].name, commands[i].help);
	fputs("\npewit COMMAND -h explains a command.\n\n"
	      "Start with:\n"
	      "  pewit replay --map map.json capture.pcap\n",
	      out);
}

static int unknown_command(const char *word)
{
	const char *names[COMMANDS];
	struct fault fault;

	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i].help ? commands[i].name : NULL;

	const char *nearest = spelling_nearest(word, names, COMMANDS);
	if (nearest)
		fault_set(&fault, "unknown command %s; did you mean %s?", word, nearest);
	else
		fault_set(&fault, "unknown command %s", word);
	return command_usage_fault(NULL, fault.text);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error with a name, not an end */
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
		print_help(stdout);
		return command_finish(STATUS_FINE);
	}
	if (strcmp(word, "-V") == 0)
		word = "--version";
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, word) == 0 ||
		    (commands[i].option && strcmp(commands[i].option, word) == 0))
			return commands[i].run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
