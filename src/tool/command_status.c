/* pewit status: how a running daemon fares. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/command.h"
#include "tool/daemon_answer.h"
#include "tool/daemon_call.h"
#include "tool/daemon_options.h"

#define NS_PER_SECOND 1e9

static const struct option_row rows[] = { DAEMON_OPTION_SOCKET, DAEMON_OPTION_JSON };

static const struct option_table table = {
	.command = "status",
	.usage = "[OPTION]...",
	.about =
		"Asks a running pewit how it fares: what came, what it made of it, what was lost,\n"
		"and since when it judges by which map and rules.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "received = processed + bypassed + dropped + what waits in a ring.\n\n"
		 "Exit status: 0 fine, 1 no daemon answers, 2 usage, 4 the daemon has lost\n"
		 "packets or events, or a limit cost something: its counters say which.",
};

struct arguments {
	const char *socket;
	bool json;
};

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	(void)fault;
	if (id == DAEMON_SOCKET)
		arguments->socket = value;
	else
		arguments->json = true;
	return true;
}

static void print_head(const struct json_value *root)
{
	const struct json_value *knowledge = json_member(root, "knowledge");
	double now = daemon_answer_number(root, "taken_ns");
	char up[DAEMON_SPAN_TEXT], age[DAEMON_SPAN_TEXT];

	daemon_print_span(
		(uint64_t)((now - daemon_answer_number(root, "started_ns")) / NS_PER_SECOND), up);
	daemon_print_span(
		(uint64_t)((now - daemon_answer_number(knowledge, "loaded_ns")) / NS_PER_SECOND),
		age);
	printf("pewit %s, up %s\n", daemon_answer_text(root, "version"), up);
	printf("map and rules: generation %.0f, loaded %s ago; %.0f reloads, %.0f refused\n",
	       daemon_answer_number(knowledge, "generation"), age,
	       daemon_answer_number(knowledge, "reloads"),
	       daemon_answer_number(knowledge, "reloads_refused"));
	if (*daemon_answer_text(knowledge, "last_refusal"))
		printf("  last refusal: %s\n", daemon_answer_text(knowledge, "last_refusal"));
	if (*daemon_answer_text(root, "fences"))
		printf("privileges: %s\n", daemon_answer_text(root, "fences"));
}

static void print_interfaces(const struct json_value *root)
{
	const struct json_value *one = daemon_answer_list(root, "interfaces");

	printf("\n%-15s %4s %14s %14s %14s %10s %8s\n", "interface", "", "received", "processed",
	       "bypassed", "dropped", "waiting");
	for (; one; one = json_next(one))
		printf("%-15s %4s %14.0f %14.0f %14.0f %10.0f %8.0f\n",
		       daemon_answer_text(one, "name"),
		       daemon_answer_flag(one, "up") ? "up" : "gone",
		       daemon_answer_number(one, "received"),
		       daemon_answer_number(one, "processed"),
		       daemon_answer_number(one, "bypassed"), daemon_answer_number(one, "dropped"),
		       daemon_answer_number(one, "waiting"));
}

static void print_workers(const struct json_value *root)
{
	const struct json_value *one = daemon_answer_list(root, "workers");
	double wall =
		daemon_answer_number(root, "taken_ns") - daemon_answer_number(root, "started_ns");

	printf("\n%-15s %14s %14s %12s\n", "worker", "packets", "live flows", "busy");
	for (int i = 0; one; one = json_next(one), i++)
		printf("%-15d %14.0f %14.0f %10.1f %%\n", i, daemon_answer_number(one, "packets"),
		       daemon_answer_number(one, "flows_live"),
		       wall > 0 ? 100 * daemon_answer_number(one, "busy_ns") / wall : 0);
}

static void print_numbers(const char *title, const struct json_value *object)
{
	bool any = false;

	for (const struct json_value *one = object ? json_first(object) : NULL; one;
	     one = json_next(one)) {
		if (json_number(one) == 0)
			continue;
		printf("%s%s %.0f", any ? ", " : title, json_key(one), json_number(one));
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_losses(const struct json_value *root)
{
	static const char *const losses[] = {
		"output.lines_lost",   "flow.ended.evicted",          "flow.no_detail",
		"identify.no_state",   "identify.evicted_unfinished", "identify.buffers_refused",
		"window.keys_evicted",
	};
	const struct json_value *counters = json_member(root, "counters");

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		if (daemon_answer_number(counters, losses[i]) != 0)
			printf("lost: %s %.0f\n", losses[i],
			       daemon_answer_number(counters, losses[i]));
}

static void print_status(const struct json_value *root)
{
	print_head(root);
	print_interfaces(root);
	print_workers(root);
	putchar('\n');
	print_numbers("verdicts of ended flows: ", json_member(root, "verdicts"));
	print_numbers("findings: ", json_member(root, "findings"));
	print_numbers("events written: ", json_member(root, "events"));
	print_losses(root);
}

int command_status(int argc, char **argv)
{
	struct arguments arguments = { .socket = DAEMON_SOCKET_DEFAULT };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { "" };
	struct json *json;
	char *answer = NULL;

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("status", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands != argc)
		return command_usage_fault("status", "status takes no operands");
	int error =
		daemon_call(arguments.socket, "{\"command\": \"status\"}", &json, &answer, &fault);

	if (error)
		return daemon_fail(&fault, error);
	bool lossy = daemon_answer_flag(json_root(json), "lossy");

	if (arguments.json)
		fputs(answer, stdout);
	else
		print_status(json_root(json));
	free(answer);
	json_free(json);
	return command_finish(lossy ? STATUS_UNTRUSTED : STATUS_FINE);
}
