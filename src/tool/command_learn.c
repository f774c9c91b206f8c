/* pewit learn: what was seen, as entries that the expected map lacks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_text.h"
#include "base/json.h"
#include "base/spelling.h"
#include "baseline/learn.h"
#include "event/event_names.h"
#include "report/file_sink.h"
#include "tool/baseline_input.h"
#include "tool/command.h"
#include "tool/options.h"

#define WRITE_BYTES 65536 /* at once; a sink takes no more than its buffer */

enum option_id {
	OPT_MAP = 1,
	OPT_RULES,
	OPT_SERVICE_TAGS,
	OPT_OUTPUT,
	OPT_MERGE,
	OPT_ACCEPT,
	OPT_CONFIDENCE,
	OPT_PIN,
	OPT_PREFIX,
	OPT_LIMIT,
};

static const struct option_row rows[] = {
	{ 0, "map", "FILE", "the expected map that is to be completed; must be given", OPT_MAP },
	{ 'o', "output", "FILE",
	  "write the proposal to FILE; without it, to standard output\n(and the summary for people "
	  "to standard error)",
	  OPT_OUTPUT },
	{ 0, "merge", NULL, "write the whole map with the entries added", OPT_MERGE },
	{ 0, "accept", "VERDICT,...",
	  "learn findings of this verdict too; each entry is marked.\nWithout it no finding is "
	  "learned but unexpected_egress",
	  OPT_ACCEPT },
	{ 0, "confidence", "LEVEL",
	  "learn only what has at least this confidence:\nlow (the default), medium, high",
	  OPT_CONFIDENCE },
	{ 0, "pin", NULL, "entries by name list the addresses too: elsewhere is a finding",
	  OPT_PIN },
	{ 0, "prefix", "BITS",
	  "count IPv4 addresses without a name by prefixes of 8 to 32\nbits (32), IPv6 then by /64",
	  OPT_PREFIX },
	{ 0, "limit", "N", "destinations kept at most, 16 to 262144 (16384)", OPT_LIMIT },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "service-tags", "FILE", "list of service tags: says whose an address is",
	  OPT_SERVICE_TAGS },
};

static const struct option_table table = {
	.command = "learn",
	.usage = "--map FILE [OPTION]... CAPTURE|DIR|EVENTS|-...",
	.about = "Reads captures, or events that pewit wrote (JSON Lines, flow and dns; - is "
		 "standard\n"
		 "input), and proposes what the map lacks: names and addresses that may be "
		 "reached,\n"
		 "with their zones, ports, time, volume and how sure the name is.\n\n"
		 "A finding is never learned silently: it is listed under not_learned, with the "
		 "rule\n"
		 "and the reason, until its verdict is accepted by name.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 fine, 1 failure at run time, 2 usage or configuration, 4 the result\n"
		"cannot be trusted (a damaged capture, more destinations than --limit).\n\n"
		"Examples:\n"
		"  pewit learn --map map.json -o proposal.json week/*.pcap.zst\n"
		"  pewit learn --map map.json --merge -o new-map.json capture.pcap\n"
		"  pewit learn --map map.json --accept third_party_ai capture.pcap\n"
		"  pewit replay --map map.json -o - --events flow,dns - | pewit learn --map map.json -",
};

struct arguments {
	struct lookup_files files;
	const char *output;
	uint64_t accept;
	uint8_t confidence;
	bool merge, pin;
	struct baseline_options baseline;
};

static bool take_accept(struct arguments *arguments, const char *list, struct fault *fault)
{
	const char *names[VERDICTS];
	char word[SPELLING_WORD_MAX + 1];

	for (unsigned i = 0; i < VERDICTS; i++)
		names[i] = learn_can_accept((enum verdict)i) ? event_name_verdict(i) : NULL;
	for (;;) {
		size_t length = strcspn(list, ",");

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		int verdict = event_verdict_from_name(word);
		if (verdict >= 0 && learn_can_accept((enum verdict)verdict)) {
			arguments->accept |= UINT64_C(1) << verdict;
		} else if (verdict >= 0) {
			fault_set(fault,
				  "--accept %s: no entry of a map can allow this: mend the cause, "
				  "or suppress the rule with a reason",
				  word);
			return false;
		} else {
			const char *nearest = spelling_nearest(word, names, VERDICTS);

			fault_set(fault, "--accept: no verdict \"%s\"%s%s%s", word,
				  nearest ? "; did you mean " : "; docs/event.md lists them",
				  nearest ? nearest : "", nearest ? "?" : "");
			return false;
		}
		if (list[length] == '\0')
			return true;
		list += length + 1;
	}
}

static bool take_confidence(struct arguments *arguments, const char *word, struct fault *fault)
{
	for (unsigned i = LEARN_LOW; i <= LEARN_HIGH; i++) {
		if (strcmp(word, learn_confidence_name((enum learn_confidence)i)) != 0)
			continue;
		arguments->confidence = (uint8_t)i;
		return true;
	}
	fault_set(fault, "--confidence: no level \"%s\"; there are low, medium and high", word);
	return false;
}

static bool take_prefix(struct arguments *arguments, const char *text, struct fault *fault)
{
	unsigned long bits;

	if (!baseline_input_number("--prefix", text, 8, 32, &bits, fault))
		return false;
	arguments->baseline.v4_bits = (uint8_t)bits;
	arguments->baseline.v6_bits = bits < 32 ? 64 : 128;
	return true;
}

static bool take_limit(struct arguments *arguments, const char *text, struct fault *fault)
{
	unsigned long groups;

	if (!baseline_input_number("--limit", text, 16, BASELINE_GROUPS_MAX, &groups, fault))
		return false;
	arguments->baseline.groups = groups;
	return true;
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
	case OPT_SERVICE_TAGS:
		arguments->files.service_tags = value;
		return true;
	case OPT_OUTPUT:
		arguments->output = value;
		return true;
	case OPT_MERGE:
		arguments->merge = true;
		return true;
	case OPT_PIN:
		arguments->pin = true;
		return true;
	case OPT_ACCEPT:
		return take_accept(arguments, value, fault);
	case OPT_CONFIDENCE:
		return take_confidence(arguments, value, fault);
	case OPT_PREFIX:
		return take_prefix(arguments, value, fault);
	case OPT_LIMIT:
		return take_limit(arguments, value, fault);
	}
	return false;
}

static const char *tag_of(void *context, const struct ip_addr *addr)
{
	const struct service_tag *tag = lookup_tag(context, addr);

	return tag ? tag->name : NULL;
}

static int fail(const struct fault *fault, int error)
{
	fprintf(stderr, "pewit: %s\n", fault->text[0] ? fault->text : strerror(-error));
	return error == -ENOMEM || error == -EIO ? STATUS_FAILED : STATUS_USAGE;
}

/* Readable by owner and group only, as the sink makes its files: it names hosts and their traffic. */
static int write_file(const char *path, const char *text, struct fault *fault)
{
	struct file_sink *sink;
	int error = file_sink_open(&sink, path, false, fault);

	if (error != 0)
		return error;
	for (size_t left = strlen(text); left != 0;) {
		size_t size = left < WRITE_BYTES ? left : WRITE_BYTES;

		file_sink_write(sink, text, size);
		text += size;
		left -= size;
	}
	return file_sink_close(sink, fault);
}

/* The map with the entries, or the proposal, in *text (free()). */
static int make_document(const struct arguments *arguments, const struct learn *learn,
			 const char *const *paths, size_t count, char **text, struct fault *fault)
{
	size_t length;

	*text = NULL;
	if (!arguments->merge) {
		FILE *out = open_memstream(text, &length);

		if (!out)
			return -ENOMEM;
		learn_print_document(out, learn, paths, count);
		return fclose(out) == 0 ? 0 : -ENOMEM;
	}
	char *map;
	int error = file_text_read(arguments->files.map, JSON_BYTES_MAX, &map, &length);

	if (error != 0) {
		fault_set(fault, "%s: cannot be read: %s", arguments->files.map, strerror(-error));
		return error;
	}
	error = learn_merge(learn, map ? map : "", length, arguments->files.map, text, fault);
	free(map);
	return error;
}

/* The document to its file and the summary to standard output; without a file, one place on. */
static int write_out(const struct arguments *arguments, const struct learn *learn, const char *text)
{
	bool to_file = arguments->output && strcmp(arguments->output, "-") != 0;
	FILE *people = to_file ? stdout : stderr;
	struct fault fault = { 0 };

	if (to_file && write_file(arguments->output, text, &fault) != 0)
		return fail(&fault, -EIO);
	learn_print_summary(people, learn, command_colour(people));
	if (!to_file)
		fputs(text, stdout); /* last, so that command_finish() finds why it failed */
	else
		fprintf(people, "\n%s written: %s\n", arguments->merge ? "Map" : "Proposal",
			arguments->output);
	return STATUS_FINE;
}

static int propose(const struct arguments *arguments, const struct lookup *lookup,
		   const struct baseline *baseline, const char *const *paths, size_t count)
{
	const struct learn_options options = {
		.map = lookup->map,
		.accept = arguments->accept,
		.confidence = arguments->confidence,
		.pin = arguments->pin,
		.tag_of = lookup->tags ? tag_of : NULL,
		.tag_context = (void *)lookup,
	};
	struct learn learn;
	struct fault fault = { 0 };
	char *text = NULL;
	int error = learn_from(&learn, baseline, &options);

	if (error == 0)
		error = make_document(arguments, &learn, paths, count, &text, &fault);
	int status = error == 0 ? write_out(arguments, &learn, text) : fail(&fault, error);
	free(text);
	learn_free(&learn);
	return status;
}

static int run(const struct arguments *arguments, const char *const *paths, size_t count)
{
	struct lookup lookup;
	struct baseline *baseline = NULL;
	struct fault fault = { 0 };
	struct baseline_input input = { .lookup = &lookup, .map_path = arguments->files.map };
	int status;
	int error = lookup_open(&lookup, &arguments->files, &fault);

	error = error ? error : baseline_new(&baseline, &arguments->baseline);
	error = error ? error : baseline_input_read(&input, baseline, paths, count, &fault);
	if (error != 0)
		status = fail(&fault, error);
	else
		status = propose(arguments, &lookup, baseline, paths, count);
	if (status == STATUS_FINE && input.untrusted)
		status = STATUS_UNTRUSTED;
	baseline_free(baseline);
	lookup_close(&lookup);
	return command_finish(status);
}

int command_learn(int argc, char **argv)
{
	struct arguments arguments = { .confidence = LEARN_LOW };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { 0 };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("learn", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands == argc)
		return command_usage_fault("learn", "learn needs a capture, a folder or a file of "
						    "events");
	if (!arguments.files.map)
		return command_usage_fault("learn", "learn needs the map that it is to complete: "
						    "--map FILE");
	return run(&arguments, (const char *const *)argv + reader.operands,
		   (size_t)(argc - reader.operands));
}
