/* pewit map diff: what was added, removed and changed between two maps. */
#include <errno.h>
#include <string.h>

#include "base/json_print.h"
#include "judge/map.h"
#include "judge/map_diff.h"
#include "tool/command.h"
#include "tool/options.h"

enum option_id { OPT_JSON = 1, OPT_FAIL };

static const struct option_row rows[] = {
	{ 0, "json", NULL, "print the differences as one JSON object", OPT_JSON },
	{ 0, "fail-on-change", NULL, "exit with status 3 when there is a difference", OPT_FAIL },
};

static const struct option_table table = {
	.command = "map diff",
	.usage = "[OPTION]... OLD NEW",
	.about =
		"Says what is different in the map NEW. Entries are matched by their names, so their\n"
		"order does not matter; how a map was made (generated, learned) is not compared.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0 whether or not there are differences, 3 there are and\n"
		 "--fail-on-change was given, 2 usage, or not a map.\n\n"
		 "Example:\n"
		 "  pewit map diff map.json new.json",
};

struct comparison {
	bool json, fail;
	size_t count[MAP_CHANGED + 1];
	const char *section; /* the one printed last */
	struct json_print print;
};

static const char *const words[] = {
	[MAP_ADDED] = "added", [MAP_REMOVED] = "removed", [MAP_CHANGED] = "changed"
};

static void say_json(struct comparison *comparison, const struct map_difference *difference)
{
	struct json_print *print = &comparison->print;

	json_print_open_line(print, NULL, '{');
	json_print_text(print, "change", words[difference->change]);
	json_print_text(print, "section", difference->section);
	json_print_text(print, "path", difference->path);
	json_print_some(print, "before", difference->before);
	json_print_some(print, "after", difference->after);
	json_print_close(print, '}');
}

static void say(void *context, const struct map_difference *difference)
{
	static const char signs[] = { [MAP_ADDED] = '+', [MAP_REMOVED] = '-', [MAP_CHANGED] = '~' };
	struct comparison *comparison = context;
	/* A path is cut when it is too long, its section with it. */
	size_t head = strnlen(difference->path, strlen(difference->section));
	const char *rest = difference->path + head;

	comparison->count[difference->change]++;
	if (comparison->json) {
		say_json(comparison, difference);
		return;
	}
	if (comparison->section != difference->section)
		printf("%.*s\n", (int)head, difference->path);
	comparison->section = difference->section;
	printf("  %c%s", signs[difference->change], *rest != '\0' ? rest : " all of it");
	if (difference->before || difference->after)
		printf(": %s%s%s", difference->before ? difference->before : "",
		       difference->before && difference->after ? " -> " : "",
		       difference->after ? difference->after : "");
	putchar('\n');
}

static void print_end(struct comparison *comparison)
{
	struct json_print *print = &comparison->print;

	if (!comparison->json) {
		printf("%zu added, %zu removed, %zu changed\n", comparison->count[MAP_ADDED],
		       comparison->count[MAP_REMOVED], comparison->count[MAP_CHANGED]);
		return;
	}
	json_print_close(print, ']');
	for (int i = 0; i <= MAP_CHANGED; i++)
		json_print_number(print, words[i], comparison->count[i]);
	json_print_close(print, '}');
}

static int compare(struct comparison *comparison, const struct map *old, const struct map *new)
{
	int error;

	if (comparison->json) {
		comparison->print = json_print_to(stdout);
		json_print_open(&comparison->print, NULL, '{');
		json_print_open(&comparison->print, "differences", '[');
	}
	error = map_diff(old, new, say, comparison);
	print_end(comparison);
	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", strerror(-error));
		return STATUS_FAILED;
	}
	for (int i = 0; i <= MAP_CHANGED; i++)
		if (comparison->fail && comparison->count[i] > 0)
			return command_finish(STATUS_FINDINGS);
	return command_finish(STATUS_FINE);
}

static int compare_files(struct comparison *comparison, const char *old_path, const char *new_path)
{
	struct map *old = NULL, *new = NULL;
	struct fault fault = { "" };
	int error = map_load(&old, old_path, &fault), status;

	error = error ? error : map_load(&new, new_path, &fault);
	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		status = error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	} else {
		status = compare(comparison, old, new);
	}
	map_free(old);
	map_free(new);
	return status;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct comparison *comparison = context;

	(void)value;
	(void)fault;
	comparison->json = comparison->json || id == OPT_JSON;
	comparison->fail = comparison->fail || id == OPT_FAIL;
	return true;
}

int command_map_diff(int argc, char **argv)
{
	struct comparison comparison = { .json = false };
	struct options_reader reader = { .take = take, .context = &comparison };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("map diff", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands + 2 != argc)
		return command_usage_fault("map diff", "map diff takes two maps: OLD NEW");
	return compare_files(&comparison, argv[reader.operands], argv[reader.operands + 1]);
}
