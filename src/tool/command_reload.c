/* pewit reload: a running daemon reads configuration, map, rules and service tags anew. */
#include <stdio.h>

#include "tool/command.h"
#include "tool/daemon_call.h"
#include "tool/daemon_options.h"

static const struct option_row rows[] = { DAEMON_OPTION_SOCKET };

static const struct option_table table = {
	.command = "reload",
	.usage = "[OPTION]...",
	.about =
		"Has a running pewit read its configuration, map, rules and service tags anew, and\n"
		"waits until it judges by them. Whatever is wrong with them, the old ones are kept,\n"
		"and no packet waits. HUP does the same, and opens the output anew.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 done, 1 refused (the reason is said) or no daemon answers, 2 usage.",
};

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	const char **socket = context;

	(void)id;
	(void)fault;
	*socket = value;
	return true;
}

int command_reload(int argc, char **argv)
{
	const char *socket = DAEMON_SOCKET_DEFAULT;
	struct options_reader reader = { .take = take, .context = &socket };
	struct fault fault = { "" };
	struct json *json;

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("reload", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands != argc)
		return command_usage_fault("reload", "reload takes no operands");
	int error = daemon_call(socket, "{\"command\": \"reload\"}", &json, NULL, &fault);

	if (error)
		return daemon_fail(&fault, error);
	puts("reloaded");
	json_free(json);
	return command_finish(STATUS_FINE);
}
