/* A capture is replayed with its flow and DNS events going, line by line, to the same reader that reads
 * a file of events: so learning from a capture and from its events is the same by construction. */
#include "tool/baseline_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "baseline/baseline_read.h"
#include "run/replay_engine.h"
#include "run/settings.h"
#include "tool/progress.h"

struct lines {
	struct baseline_reader reader;
	struct fault fault;
	int error; /* of the first line that could not be taken */
};

static bool take_line(void *context, const char *line, size_t size)
{
	struct lines *lines = context;

	if (lines->error == 0)
		lines->error = baseline_read_line(&lines->reader, line, size, &lines->fault);
	return lines->error == 0;
}

static void say_damage(struct baseline_input *input, const struct replay_result *result)
{
	for (size_t i = 0; i < result->damage_count; i++)
		fprintf(stderr, "pewit: damaged: %s\n", result->damage[i].text);
	input->untrusted |= result->untrusted;
}

static int run(struct baseline_input *input, struct replay *replay, struct progress *progress,
	       struct fault *fault)
{
	struct replay_result result;
	int error = replay_run(replay, &result, fault);

	progress_clear(progress);
	if (error == 0)
		say_damage(input, &result);
	replay_close(replay);
	return error;
}

static int replay_captures(struct baseline_input *input, struct baseline *baseline,
			   const char **paths, size_t count, struct fault *fault)
{
	const struct settings settings = settings_default();
	struct progress progress = { 0 };
	struct lines lines = {
		.reader = { .baseline = baseline, .map = input->lookup->map, .path = "an event" }
	};
	const struct collector_options output = {
		.take = take_line,
		.take_context = &lines,
		.types = 1u << EVENT_FLOW | 1u << EVENT_DNS,
		.fold_window_ns = settings.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)settings.fold_findings,
		.window_keys = (uint32_t)settings.window_keys,
	};
	const struct replay_options options = {
		.paths = paths,
		.path_count = count,
		.knowledge = { .map = input->map_path,
			       .catalog = input->lookup->folders.catalog,
			       .rules = input->lookup->folders.path,
			       .rules_count = input->lookup->folders.count },
		.workers = 1,
		.progress = isatty(STDERR_FILENO) ? progress_draw : NULL,
		.progress_context = &progress,
		.output = &output,
	};
	struct replay *replay;
	int error = replay_open(&replay, &options, fault);

	if (error == 0)
		error = run(input, replay, &progress, fault);
	if (error == 0 && lines.error != 0) {
		*fault = lines.fault;
		error = lines.error;
	}
	return error;
}

static int read_events(const struct baseline_input *input, struct baseline *baseline,
		       const char *path, struct fault *fault)
{
	struct baseline_reader reader = { .baseline = baseline,
					  .map = input->lookup->map,
					  .path = path };
	uint64_t flows = baseline_totals(baseline).flows;
	int error = baseline_read_events(&reader, fault);

	if (error == 0 && reader.line != 0 && baseline_totals(baseline).flows == flows) {
		fault_set(fault,
			  "%s: holds no flow event: write them with pewit replay --events flow,dns",
			  reader.path);
		error = -ENODATA;
	}
	return error;
}

/* Captures go to captures[]; the rest is read by kind. */
static int read_texts(const struct baseline_input *input, struct baseline *baseline,
		      const char *path, enum baseline_kind kind, struct fault *fault)
{
	if (kind == BASELINE_EVENTS)
		return read_events(input, baseline, path, fault);
	if (kind == BASELINE_DOCUMENT)
		return baseline_read_document(baseline, path, fault);
	fault_set(fault, "%s: this is a map, not traffic: give it with --map", path);
	return -EISNAM;
}

static void say_losses(struct baseline_input *input, const struct baseline *baseline)
{
	const struct baseline_totals totals = baseline_totals(baseline);

	if (totals.flows_left_out != 0)
		fprintf(stderr,
			"pewit: %llu flows left out: more destinations than --limit allows\n",
			(unsigned long long)totals.flows_left_out);
	if (totals.lines_cut != 0)
		fputs("pewit: a file of events ends in the middle of a line: its end is missing\n",
		      stderr);
	input->untrusted |= totals.flows_left_out != 0 || totals.lines_cut != 0;
	if (input->untrusted)
		fputs("pewit: the result cannot be trusted: part of the traffic is missing\n",
		      stderr);
}

int baseline_input_read(struct baseline_input *input, struct baseline *baseline,
			const char *const *paths, size_t count, struct fault *fault)
{
	enum baseline_kind *kind = calloc(count, sizeof(*kind));
	const char **captures = calloc(count, sizeof(*captures));
	size_t capture_count = 0;
	int error = kind && captures ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && error == 0; i++) {
		error = baseline_kind_of(paths[i], &kind[i], fault);
		if (error == 0 && kind[i] == BASELINE_CAPTURE)
			captures[capture_count++] = paths[i];
	}
	if (error == 0 && capture_count != 0)
		error = replay_captures(input, baseline, captures, capture_count, fault);
	for (size_t i = 0; i < count && error == 0; i++)
		if (kind[i] != BASELINE_CAPTURE)
			error = read_texts(input, baseline, paths[i], kind[i], fault);
	free(kind);
	free(captures);
	if (error == -ENOMEM)
		fault_set(fault, "not enough memory");
	if (error != 0)
		return error;
	baseline_finish(baseline);
	say_losses(input, baseline);
	return 0;
}

bool baseline_input_is_map(const char *path)
{
	enum baseline_kind kind;
	struct fault ignored;

	return strcmp(path, "-") != 0 && baseline_kind_of(path, &kind, &ignored) == 0 &&
	       kind == BASELINE_MAP;
}

bool baseline_input_number(const char *option, const char *text, unsigned long least,
			   unsigned long most, unsigned long *number, struct fault *fault)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *number >= least &&
	    *number <= most)
		return true;
	fault_set(fault, "%s %s: a number from %lu to %lu is needed", option, text, least, most);
	return false;
}
