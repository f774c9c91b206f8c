/* pewit replay: captures in, events or a summary out, and the exit status is the answer.
 *
 * Which status, when several would do: a failure at run time (1) hides all else. A finding (3)
 * stays one however much of the capture was lost, so it comes before lost trust (4): a run without
 * findings that cannot be trusted must not pass for one that found nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spelling.h"
#include "base/units.h"
#include "event/event_names.h"
#include "report/event_writer.h"
#include "report/summary_text.h"
#include "run/replay_engine.h"
#include "run/rules_folder.h"
#include "run/settings.h"
#include "tool/command.h"
#include "tool/operands.h"
#include "tool/options.h"
#include "tool/progress.h"
#include "tool/replay_totals.h"

#define WORKERS_DEFAULT 1
#define READS_MAX 1024 /* values of -r; more captures go in a directory */

enum option_id {
	OPT_MAP = 1,
	OPT_RULES,
	OPT_SERVICE_TAGS,
	OPT_VANTAGE,
	OPT_WORKERS,
	OPT_FAIL_ON,
	OPT_OUTPUT,
	OPT_EVENTS,
	OPT_READ,
	OPT_FILTER_FILE,
	OPT_SET,
	OPT_NATURAL_ORDER,
	OPT_SUMMARY,
	OPT_JSON,
};

static const struct option_row rows[] = {
	{ 0, "map", "FILE", "the expected map; without it nothing is judged", OPT_MAP },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "service-tags", "FILE",
	  "Microsoft's list of Azure prefixes (ServiceTags_*.json): evidence\nsays whose a public "
	  "address is",
	  OPT_SERVICE_TAGS },
	{ 0, "vantage", "WHERE",
	  "where the capture was taken: host, nva (an appliance) or mirror;\nsays what could not be "
	  "seen there",
	  OPT_VANTAGE },
	{ 'o', "output", "FILE", "write events to FILE as JSON Lines; - is standard output",
	  OPT_OUTPUT },
	{ 0, "events", "TYPE,...",
	  "write only these: flow, dns, tls, quic, http, ssh, imds,\nalert, coverage, stats",
	  OPT_EVENTS },
	{ 0, "summary", NULL, "print the summary beside -o too (on standard error with -o -)",
	  OPT_SUMMARY },
	{ 0, "json", NULL, "print the totals as JSON instead of the summary", OPT_JSON },
	{ 0, "fail-on", "SEVERITY",
	  "exit with 3 at findings of this severity or above:\ninfo, low, medium, high, critical",
	  OPT_FAIL_ON },
	{ 'r', NULL, "FILE", "read FILE; as in tcpdump, all operands are then the filter",
	  OPT_READ },
	{ 'F', NULL, "FILE", "read the filter expression from FILE", OPT_FILTER_FILE },
	{ 0, "natural-order", NULL, "read the captures one after the other, not merged by time",
	  OPT_NATURAL_ORDER },
	{ 0, "workers", "N", "threads that follow flows, 1 to 4; the output is the same",
	  OPT_WORKERS },
	{ 0, "set", "KEY=VALUE", "change a setting; see below", OPT_SET },
};

static const struct option_table table = {
	.command = "replay",
	.usage = "[OPTION]... FILE|DIR|-... [EXPRESSION]",
	.about = "Reads captures, names every flow, holds it against the expected map, and prints "
		 "what\n"
		 "went private, what went public and why. Captures are pcap or pcapng files, also "
		 ".gz\n"
		 "and .zst, directories of them, or - for standard input.\n\n"
		 "Operands are captures as long as they exist; from the first that does not, the "
		 "rest\n"
		 "is a filter expression (pcap-filter(7)). What follows -- is always the "
		 "expression.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 fine, 1 failure at run time, 2 usage or configuration, 3 findings "
		"at\n"
		"or above --fail-on, 4 the result cannot be trusted (a damaged or cut capture).\n\n"
		"Examples:\n"
		"  pewit replay --map map.json capture.pcap\n"
		"  pewit replay --map map.json --fail-on high captures/ tcp port 443\n"
		"  pewit replay --map map.json -o - --events alert,flow capture.pcapng.zst | jq .\n"
		"  tcpdump -w - | pewit replay --map map.json -\n\n"
		"Settings for --set:",
};

struct arguments {
	const char *map, *service_tags, *output, *filter_file;
	struct rules_asked rules;
	const char *read[READS_MAX];
	size_t read_count;
	enum vantage vantage;
	struct settings settings;
	uint32_t workers;
	uint32_t types;
	int fail_on; /* enum severity; 0: nothing fails */
	bool natural_order, summary, json;
};

static bool take_types(struct arguments *arguments, const char *list, struct fault *fault)
{
	const char *names[EVENT_TYPES];
	char word[SPELLING_WORD_MAX + 1];

	for (int i = 0; i < EVENT_TYPES; i++)
		names[i] = event_type_name((enum event_type)i);
	arguments->types = 0;
	for (;;) {
		size_t length = strcspn(list, ",");
		int type = event_type_from_name(list, length);

		if (type < 0) {
			snprintf(word, sizeof(word), "%.*s", (int)length, list);
			const char *nearest = spelling_nearest(word, names, EVENT_TYPES);

			fault_set(fault, "--events: no event type \"%s\"%s%s%s", word,
				  nearest ? "; did you mean " : "", nearest ? nearest : "",
				  nearest ? "?" : "");
			return false;
		}
		arguments->types |= 1u << type;
		if (list[length] == '\0')
			return true;
		list += length + 1;
	}
}

static bool take_severity(struct arguments *arguments, const char *name, struct fault *fault)
{
	const char *names[SEVERITIES];

	arguments->fail_on = event_severity_from_name(name);
	if (arguments->fail_on > SEVERITY_NONE)
		return true;
	for (unsigned i = 0; i < SEVERITIES; i++)
		names[i] = event_name_severity(i);

	const char *nearest = spelling_nearest(name, names + 1, SEVERITIES - 1);
	if (nearest)
		fault_set(fault, "--fail-on: no severity \"%s\"; did you mean %s?", name, nearest);
	else
		fault_set(fault,
			  "--fail-on: no severity \"%s\"; there are info, low, medium, high "
			  "and critical",
			  name);
	return false;
}

static bool take_workers(struct arguments *arguments, const char *text, struct fault *fault)
{
	char *end;
	unsigned long workers = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || workers < 1 ||
	    workers > REPLAY_WORKERS_MAX) {
		fault_set(fault, "--workers %s: a number from 1 to %d is needed", text,
			  REPLAY_WORKERS_MAX);
		return false;
	}
	arguments->workers = (uint32_t)workers;
	return true;
}

static bool take_read(struct arguments *arguments, const char *path, struct fault *fault)
{
	if (arguments->read_count == READS_MAX) {
		fault_set(fault, "more than %d captures with -r: put them in a directory",
			  READS_MAX);
		return false;
	}
	arguments->read[arguments->read_count++] = path;
	return true;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch ((enum option_id)id) {
	case OPT_MAP:
		arguments->map = value;
		return true;
	case OPT_RULES:
		return rules_asked_add(&arguments->rules, value, fault);
	case OPT_SERVICE_TAGS:
		arguments->service_tags = value;
		return true;
	case OPT_VANTAGE:
		if (coverage_vantage_named(value, &arguments->vantage))
			return true;
		fault_set(fault, "--vantage %s: there are host, nva and mirror", value);
		return false;
	case OPT_OUTPUT:
		arguments->output = value;
		return true;
	case OPT_FILTER_FILE:
		arguments->filter_file = value;
		return true;
	case OPT_NATURAL_ORDER:
		arguments->natural_order = true;
		return true;
	case OPT_SUMMARY:
		arguments->summary = true;
		return true;
	case OPT_JSON:
		arguments->json = true;
		return true;
	case OPT_WORKERS:
		return take_workers(arguments, value, fault);
	case OPT_FAIL_ON:
		return take_severity(arguments, value, fault);
	case OPT_EVENTS:
		return take_types(arguments, value, fault);
	case OPT_READ:
		return take_read(arguments, value, fault);
	case OPT_SET:
		return settings_set(&arguments->settings, value, fault);
	}
	return false;
}

/* Options that do not go together. */
static bool check_outputs(const struct arguments *arguments, struct fault *fault)
{
	if (arguments->json && arguments->output && strcmp(arguments->output, "-") == 0)
		fault_set(fault, "--json and -o - both write to standard output");
	else if (arguments->json && arguments->summary)
		fault_set(fault, "--json takes the place of the summary: leave out --summary");
	else if (!arguments->output && arguments->types != (1u << EVENT_TYPES) - 1)
		fault_set(fault, "--events chooses what -o writes: give -o FILE, or -o - for "
				 "standard output");
	else
		return true;
	return false;
}

static void print_damage(const struct replay_result *result)
{
	for (size_t i = 0; i < result->damage_count; i++)
		fprintf(stderr, "pewit: damaged: %s\n", result->damage[i].text);
	if (result->source.files_damaged > result->damage_count)
		fprintf(stderr, "pewit: and %llu more damaged files\n",
			(unsigned long long)(result->source.files_damaged - result->damage_count));
	if (result->untrusted)
		fputs("pewit: the result cannot be trusted: part of the traffic is missing\n",
		      stderr);
}

static int status_of(const struct arguments *arguments, const struct replay_result *result)
{
	if (arguments->fail_on != SEVERITY_NONE && result->totals.worst >= arguments->fail_on)
		return STATUS_FINDINGS;
	return result->untrusted ? STATUS_UNTRUSTED : STATUS_FINE;
}

static void print_gaps(FILE *out, const struct replay_result *result)
{
	if (result->gap_count == 0)
		return;
	fputs("\nWhat could not be seen\n", out);
	for (size_t i = 0; i < result->gap_count; i++)
		summary_wrapped(out, "  ", result->gaps[i].text);
	if (result->gaps_left_out != 0)
		fprintf(out, "  and %zu more: see the coverage events\n", result->gaps_left_out);
	if (result->rules_blind != 0)
		fprintf(out, "  %zu rules are not observable from there: see the coverage events\n",
			result->rules_blind);
}

/* The summary goes where it is not among the events. */
static void print_outcome(const struct arguments *arguments, const struct replay *replay,
			  const struct replay_result *result, int status)
{
	bool events_on_stdout = arguments->output && strcmp(arguments->output, "-") == 0;
	FILE *out = events_on_stdout ? stderr : stdout;

	if (arguments->json) {
		replay_totals_print(stdout, result, status);
	} else if (!arguments->output || arguments->summary) {
		replay_print_summary(replay, out, command_colour(out));
		print_gaps(out, result);
	}
}

static int run(const struct arguments *arguments, const struct replay_options *options,
	       struct progress *progress)
{
	struct replay *replay;
	struct replay_result result = { 0 };
	struct fault fault = { 0 };
	int error = replay_open(&replay, options, &fault);

	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	error = replay_run(replay, &result, &fault);
	progress_clear(progress);

	int status = STATUS_FAILED;
	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
	} else {
		status = status_of(arguments, &result);
		print_outcome(arguments, replay, &result, status);
		print_damage(&result);
		if (result.stale_tags.text[0] != '\0')
			fprintf(stderr, "pewit: stale: %s\n", result.stale_tags.text);
	}
	replay_close(replay);
	return command_finish(status);
}

static int prepare_and_run(const struct arguments *arguments, const struct operands *operands)
{
	struct rules_folders folders;
	struct fault fault = { 0 };
	struct progress progress = { 0 };
	const struct collector_options output = {
		.lanes = arguments->workers,
		.output = arguments->output,
		.types = arguments->types,
		.fold_window_ns = arguments->settings.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)arguments->settings.fold_findings,
		.window_keys = (uint32_t)arguments->settings.window_keys,
		.summary = !arguments->json && (!arguments->output || arguments->summary),
	};
	struct replay_options options = {
		.paths = operands->paths,
		.path_count = operands->path_count,
		.filter = operands->filter,
		.knowledge = { .map = arguments->map,
			       .catalog = folders.catalog,
			       .rules = folders.path,
			       .tags = arguments->service_tags },
		.vantage = (uint8_t)arguments->vantage,
		.workers = arguments->workers,
		.natural_order = arguments->natural_order,
		.flow_limit = arguments->settings.flow_limit,
		.progress = isatty(STDERR_FILENO) ? progress_draw : NULL,
		.progress_context = &progress,
		.output = &output,
	};

	if (!rules_folders_find(&folders, &arguments->rules, &fault))
		return command_usage_fault("replay", fault.text);
	options.knowledge.rules_count = folders.count;
	return run(arguments, &options, &progress);
}

/* Index of "--", or argc. */
static int find_end_of_options(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

int command_replay(int argc, char **argv)
{
	struct arguments arguments = {
		.settings = settings_default(),
		.workers = WORKERS_DEFAULT,
		.types = (1u << EVENT_TYPES) - 1,
	};
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { 0 };
	int end = find_end_of_options(argc, argv);

	switch (options_read(&table, end, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		settings_print(stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("replay", fault.text);
	case OPTIONS_DONE:
		break;
	}

	struct operands operands = { 0 };
	const struct operands_given given = {
		.words = argv + reader.operands,
		.word_count = (size_t)(end - reader.operands),
		.expression = argv + (end < argc ? end + 1 : end),
		.expression_count = end < argc ? (size_t)(argc - end - 1) : 0,
		.read = arguments.read,
		.read_count = arguments.read_count,
		.filter_file = arguments.filter_file,
	};
	int status;
	if (!check_outputs(&arguments, &fault) || !operands_split(&operands, &given, &fault))
		status = command_usage_fault("replay", fault.text);
	else
		status = prepare_and_run(&arguments, &operands);
	operands_free(&operands);
	return status;
}
