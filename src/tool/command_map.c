/* pewit map check: is the expected map well-formed, and does it make sense? */
#include <errno.h>
#include <string.h>

#include "base/emit.h"
#include "base/spelling.h"
#include "judge/map.h"
#include "tool/command.h"
#include "tool/options.h"

#define SENTENCE_BYTES_MAX 8192 /* one finding as JSON; a sentence is far shorter */

enum option_id { OPT_JSON = 1 };

static const struct option_row rows[] = {
	{ 0, "json", NULL, "print the findings as one JSON object", OPT_JSON },
};

static const struct option_table table = {
	.command = "map check",
	.usage = "[OPTION]... FILE",
	.about = "Reads an expected map, and says what is wrong with it and what looks like a "
		 "mistake.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0 no errors (there may be warnings), 2 errors, or not a map.\n\n"
		 "Example:\n"
		 "  pewit map check map.json",
};

struct check {
	bool json;
	size_t said;
	size_t count[MAP_ERROR + 1];
};

static const char *const finding_names[] = {
	[MAP_NOTE] = "note",
	[MAP_WARNING] = "warning",
	[MAP_ERROR] = "error",
};

static void say_json(const struct check *check, const char *level, const char *sentence)
{
	char bytes[SENTENCE_BYTES_MAX];
	struct emit json = emit_over(bytes, sizeof(bytes));

	json.comma = check->said != 0;
	emit_separate(&json);
	emit_open(&json, '{');
	emit_name(&json, "level", 5);
	emit_text(&json, level);
	emit_name(&json, "text", 4);
	emit_text(&json, sentence);
	emit_close(&json, '}');
	if (!json.full)
		fwrite(bytes, 1, (size_t)(json.at - bytes), stdout);
}

static void say(void *context, enum map_finding finding, const char *sentence)
{
	struct check *check = context;

	check->count[finding]++;
	if (check->json)
		say_json(check, finding_names[finding], sentence);
	else
		puts(sentence);
	check->said++;
}

static void print_json_head(void)
{
	fputs("{\"findings\":[", stdout);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void print_counts(const struct check *check, const char *path)
{
	if (check->json)
		printf("],\"errors\":%zu,\"warnings\":%zu,\"notes\":%zu}\n",
		       check->count[MAP_ERROR], check->count[MAP_WARNING], check->count[MAP_NOTE]);
	else
		printf("%s: %zu error%s, %zu warning%s, %zu note%s\n", path,
		       check->count[MAP_ERROR], plural(check->count[MAP_ERROR]),
		       check->count[MAP_WARNING], plural(check->count[MAP_WARNING]),
		       check->count[MAP_NOTE], plural(check->count[MAP_NOTE]));
}

static int check_file(struct check *check, const char *path)
{
	struct map *map;
	struct fault fault = { 0 };
	int error = map_load(&map, path, &fault);

	if (error == -ENOMEM) {
		fprintf(stderr, "pewit: %s: %s\n", path, strerror(ENOMEM));
		return STATUS_FAILED;
	}
	if (check->json)
		print_json_head();
	if (error != 0)
		say(check, MAP_ERROR, fault.text);
	else
		map_check(map, say, check);
	print_counts(check, path);
	if (error == 0)
		map_free(map);
	return command_finish(check->count[MAP_ERROR] != 0 ? STATUS_USAGE : STATUS_FINE);
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct check *check = context;

	(void)value;
	(void)fault;
	if (id == OPT_JSON)
		check->json = true;
	return true;
}

static int map_check_command(int argc, char **argv)
{
	struct check check = { 0 };
	struct options_reader reader = { .take = take, .context = &check };
	struct fault fault = { 0 };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("map check", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands + 1 != argc)
		return command_usage_fault("map check", "map check takes one map");
	return check_file(&check, argv[reader.operands]);
}

int command_map(int argc, char **argv)
{
	static const char *const names[] = { "build", "check" };
	const char *word = argc > 1 ? argv[1] : "-h";
	struct fault fault = { 0 };

	if (strcmp(word, "build") == 0)
		return command_map_build(argc - 1, argv + 1);
	if (strcmp(word, "check") == 0)
		return map_check_command(argc - 1, argv + 1);
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		fputs("Usage: pewit map build FILE...\n       pewit map check FILE\n\n"
		      "pewit map build -h and pewit map check -h explain them.\n",
		      argc > 1 ? stdout : stderr);
		return argc > 1 ? command_finish(STATUS_FINE) : STATUS_USAGE;
	}
	const char *nearest = spelling_nearest(word, names, 2);

	fault_set(&fault, "unknown command map %s%s%s%s", word,
		  nearest ? "; did you mean map " : "", nearest ? nearest : "", nearest ? "?" : "");
	return command_usage_fault("map", fault.text);
}
