/* pewit flows: the live flows of a running daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/command.h"
#include "tool/daemon_answer.h"
#include "tool/daemon_call.h"
#include "tool/daemon_flow.h"
#include "tool/daemon_options.h"

enum option_id { OPT_ORDER = DAEMON_OPTIONS, OPT_SEVERITY, OPT_LIMIT };

static const struct option_row rows[] = {
	DAEMON_OPTION_SOCKET,
	{ 0, "order", "WHAT", "bytes (most first), last or start (latest first), severity",
	  OPT_ORDER },
	{ 0, "severity", "LEVEL", "only findings of LEVEL or graver", OPT_SEVERITY },
	{ 'n', "limit", "N", "at most N flows, 1 to 1000 (20)", OPT_LIMIT },
	DAEMON_OPTION_JSON,
};

static const struct option_table table = {
	.command = "flows",
	.usage = "[OPTION]...",
	.about =
		"Lists live flows of a running pewit. Counts of a flow that the kernel counts (B)\n"
		"are as of its last look, some seconds ago.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0 fine, 1 no daemon answers, or it says no, 2 usage.\n\n"
		 "Example:\n"
		 "  pewit flows --severity low --order last",
};

struct arguments {
	const char *socket, *order, *severity;
	unsigned long limit;
	bool json;
};

static bool take_limit(struct arguments *arguments, const char *value, struct fault *fault)
{
	char *end;

	errno = 0;
	arguments->limit = strtoul(value, &end, 10);
	if (*value >= '0' && *value <= '9' && *end == '\0' && errno == 0 && arguments->limit >= 1 &&
	    arguments->limit <= 1000)
		return true;
	fault_set(fault, "-n %s: a number from 1 to 1000 is needed", value);
	return false;
}

/* Words go into a line of JSON. */
static bool take_word(const char **word, const char *option, const char *value, struct fault *fault)
{
	if (*value != '\0' && strspn(value, "abcdefghijklmnopqrstuvwxyz") == strlen(value)) {
		*word = value;
		return true;
	}
	fault_set(fault, "%s %s: see pewit flows -h", option, value);
	return false;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch (id) {
	case DAEMON_SOCKET:
		arguments->socket = value;
		return true;
	case DAEMON_JSON:
		arguments->json = true;
		return true;
	case OPT_ORDER:
		return take_word(&arguments->order, "--order", value, fault);
	case OPT_SEVERITY:
		return take_word(&arguments->severity, "--severity", value, fault);
	case OPT_LIMIT:
		return take_limit(arguments, value, fault);
	default:
		return false;
	}
}

static void print_flows(const struct json_value *root)
{
	char line[DAEMON_FLOW_LINE];

	daemon_flow_head(line);
	puts(line);
	for (const struct json_value *flow = daemon_answer_list(root, "flows"); flow;
	     flow = json_next(flow)) {
		daemon_flow_line(flow, daemon_answer_number(root, "taken_ns"), line);
		puts(line);
	}
	if (!daemon_answer_flag(root, "complete"))
		puts("(a worker was too busy to answer in time: some flows are not listed)");
}

static int ask(const struct arguments *arguments)
{
	char request[256];
	struct fault fault = { "" };
	struct json *json;
	char *answer;
	int length = snprintf(request, sizeof(request),
			      "{\"command\": \"flows\", \"order\": \"%.20s\", \"limit\": %lu",
			      arguments->order, arguments->limit);

	if (arguments->severity)
		length += snprintf(request + length, sizeof(request) - (size_t)length,
				   ", \"severity\": \"%.20s\"", arguments->severity);
	snprintf(request + length, sizeof(request) - (size_t)length, "}");
	int error = daemon_call(arguments->socket, request, &json, &answer, &fault);

	if (error)
		return daemon_fail(&fault, error);
	if (arguments->json)
		fputs(answer, stdout);
	else
		print_flows(json_root(json));
	free(answer);
	json_free(json);
	return STATUS_FINE;
}

int command_flows(int argc, char **argv)
{
	struct arguments arguments = { .socket = DAEMON_SOCKET_DEFAULT,
				       .order = "bytes",
				       .limit = 20 };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("flows", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands != argc)
		return command_usage_fault("flows", "flows takes no operands");
	return command_finish(ask(&arguments));
}
