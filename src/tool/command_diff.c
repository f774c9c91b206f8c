/* pewit diff: what is new between two captures, files of events or baselines. */
#include <errno.h>
#include <string.h>

#include "baseline/diff.h"
#include "tool/baseline_input.h"
#include "tool/command.h"
#include "tool/options.h"

#define FACTOR_MAX 1000000

enum option_id {
	OPT_MAP = 1,
	OPT_RULES,
	OPT_JSON,
	OPT_FAIL_ON_NEW,
	OPT_FACTOR,
	OPT_PREFIX,
	OPT_LIMIT,
};

static const struct option_row rows[] = {
	{ 0, "map", "FILE", "the expected map: verdicts and zones of captures are by it", OPT_MAP },
	{ 0, "fail-on-new", NULL,
	  "exit with 3 at a new destination, or at a known one a new\nfinding, port, zone or public "
	  "address",
	  OPT_FAIL_ON_NEW },
	{ 0, "factor", "N", "volume: so many times more or less is a change (10)", OPT_FACTOR },
	{ 0, "json", NULL, "print the differences as one JSON object", OPT_JSON },
	{ 0, "prefix", "BITS",
	  "count IPv4 addresses without a name by prefixes of 8 to 32\nbits (32), IPv6 then by /64",
	  OPT_PREFIX },
	{ 0, "limit", "N", "destinations kept at most of each, 16 to 262144 (16384)", OPT_LIMIT },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
};

static const struct option_table table = {
	.command = "diff",
	.usage = "[OPTION]... OLD NEW",
	.about = "Says what is new, gone and changed between two: destinations, their ports, zones "
		 "and\n"
		 "verdicts, and volume. Each is a capture, a folder of captures, a file of events "
		 "that\n"
		 "pewit wrote (JSON Lines, flow and dns), or what pewit learn wrote. Two maps are\n"
		 "compared by pewit map diff.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 fine, 1 failure at run time, 2 usage or configuration, 3 news with\n"
		"--fail-on-new, 4 the result cannot be trusted (a damaged or cut capture).\n\n"
		"Examples:\n"
		"  pewit diff --map map.json monday.pcap tuesday.pcap\n"
		"  pewit diff --map map.json --fail-on-new baseline.json today/",
};

struct arguments {
	struct lookup_files files;
	struct baseline_options baseline;
	uint32_t factor;
	bool json, fail_on_new;
};

static bool take_number(struct arguments *arguments, enum option_id id, const char *value,
			struct fault *fault)
{
	unsigned long number;

	switch (id) {
	case OPT_FACTOR:
		if (!baseline_input_number("--factor", value, 2, FACTOR_MAX, &number, fault))
			return false;
		arguments->factor = (uint32_t)number;
		return true;
	case OPT_PREFIX:
		if (!baseline_input_number("--prefix", value, 8, 32, &number, fault))
			return false;
		arguments->baseline.v4_bits = (uint8_t)number;
		arguments->baseline.v6_bits = number < 32 ? 64 : 128;
		return true;
	default:
		if (!baseline_input_number("--limit", value, 16, BASELINE_GROUPS_MAX, &number,
					   fault))
			return false;
		arguments->baseline.groups = number;
		return true;
	}
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch ((enum option_id)id) {
	case OPT_MAP:
		arguments->files.map = value;
		return true;
	case OPT_RULES:
		return rules_asked_add(&arguments->files.rules, value, fault);
	case OPT_JSON:
		arguments->json = true;
		return true;
	case OPT_FAIL_ON_NEW:
		arguments->fail_on_new = true;
		return true;
	case OPT_FACTOR:
	case OPT_PREFIX:
	case OPT_LIMIT:
		return take_number(arguments, (enum option_id)id, value, fault);
	}
	return false;
}

static int fail(const struct fault *fault, int error)
{
	fprintf(stderr, "pewit: %s\n", fault->text[0] ? fault->text : strerror(-error));
	return error == -ENOMEM || error == -EIO ? STATUS_FAILED : STATUS_USAGE;
}

/* Maps have a comparison of their own. */
static int diff_maps(const struct arguments *arguments, char *before, char *after)
{
	char command[] = "diff", json[] = "--json", fail_on[] = "--fail-on-change";
	char *words[] = { command, before, after, NULL, NULL, NULL };
	int count = 3;

	if (arguments->json)
		words[count++] = json;
	if (arguments->fail_on_new)
		words[count++] = fail_on;
	return command_map_diff(count, words);
}

static int print(const struct arguments *arguments, const struct diff *diff, bool untrusted)
{
	if (arguments->json)
		diff_print_json(stdout, diff);
	else
		diff_print(stdout, diff, command_colour(stdout));
	if (arguments->fail_on_new && diff_has_news(diff))
		return STATUS_FINDINGS;
	return untrusted ? STATUS_UNTRUSTED : STATUS_FINE;
}

static int compare(const struct arguments *arguments, struct baseline_input *input,
		   const char *const *paths)
{
	struct baseline *side[2] = { NULL, NULL };
	struct diff diff = { .item = NULL };
	struct fault fault = { 0 };
	int status = STATUS_FAILED, error = 0;

	for (int i = 0; i < 2 && error == 0; i++) {
		error = baseline_new(&side[i], &arguments->baseline);
		if (error == 0)
			error = baseline_input_read(input, side[i], &paths[i], 1, &fault);
	}
	if (error == 0)
		error = diff_make(&diff, &(struct diff_side){ side[0], paths[0] },
				  &(struct diff_side){ side[1], paths[1] }, arguments->factor);
	if (error == 0)
		status = print(arguments, &diff, input->untrusted);
	else
		status = fail(&fault, error);
	diff_free(&diff);
	baseline_free(side[0]);
	baseline_free(side[1]);
	return status;
}

static int run(const struct arguments *arguments, const char *const *paths)
{
	struct lookup lookup;
	struct fault fault = { 0 };
	struct baseline_input input = { .lookup = &lookup, .map_path = arguments->files.map };
	int error = lookup_open(&lookup, &arguments->files, &fault);
	int status = error ? fail(&fault, error) : compare(arguments, &input, paths);

	lookup_close(&lookup);
	return command_finish(status);
}

int command_diff(int argc, char **argv)
{
	struct arguments arguments = { .factor = DIFF_FACTOR_DEFAULT };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { 0 };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("diff", fault.text);
	case OPTIONS_DONE:
		break;
	}
	const char *const *paths = (const char *const *)argv + reader.operands;
	if (argc - reader.operands != 2)
		return command_usage_fault("diff", "diff takes two: the old one and the new one");
	if (strcmp(paths[0], "-") == 0 && strcmp(paths[1], "-") == 0)
		return command_usage_fault("diff", "only one side can be standard input");
	if (baseline_input_is_map(paths[0]) && baseline_input_is_map(paths[1]))
		return diff_maps(&arguments, argv[reader.operands], argv[reader.operands + 1]);
	return run(&arguments, paths);
}
