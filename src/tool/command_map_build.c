/* pewit map build: an expected map out of the outputs of az, Resource Graph, templates and Terraform. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file_text.h"
#include "import/import.h"
#include "judge/catalog.h"
#include "judge/map.h"
#include "run/rules_folder.h"
#include "tool/command.h"
#include "tool/options.h"

#define ZONE_RULES_MAX 64 /* --zone; a pattern covers many VNets */

enum option_id { OPT_OUT = 1, OPT_WITH, OPT_ZONE, OPT_STRICT, OPT_AT, OPT_RULES, OPT_QUIET };

static const struct option_row rows[] = {
	{ 'o', "output", "FILE", "write the map there; - is standard output, as without", OPT_OUT },
	{ 0, "with", "FILE",
	  "a map or a part of one that was written by hand: resolvers, allowed\n"
	  "egress, crossings, zones; what it says wins",
	  OPT_WITH },
	{ 0, "zone", "PATTERN=ZONE",
	  "VNets, subnets, resources and groups whose name fits the pattern\n"
	  "(*, ?, []) are in the zone; without, the tags environment, env and\n"
	  "zone say; may be given often, the first that fits counts",
	  OPT_ZONE },
	{ 0, "strict", NULL, "sources that contradict each other are errors", OPT_STRICT },
	{ 0, "at", "TIME", "note the time in the map, as 2026-11-23T08:00:00Z", OPT_AT },
	{ 0, "rules", "DIR", "folder that holds the folder catalog", OPT_RULES },
	{ 'q', "quiet", NULL, "say only what needs attention", OPT_QUIET },
};

static const struct option_table table = {
	.command = "map build",
	.usage = "[OPTION]... FILE|DIR|-...",
	.about = "Builds an expected map out of what you have. Kinds are told by content, not by "
		 "name; a folder\nstands for its *.json, - for standard input. On standard error: "
		 "what was taken from which file,\nwhat could not be used and why, and where two "
		 "sources contradict each other.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"What to give, the best first (docs/import.md says what each adds):\n"
		"  az network vnet list                 VNets, subnets, peerings, DNS servers\n"
		"  az network private-endpoint list     private endpoints\n"
		"  az network nic list                  their names and addresses; hosts\n"
		"  az network private-dns zone list     zones, and for each of them:\n"
		"    az network private-dns link vnet list -g GROUP -z ZONE\n"
		"    az network private-dns record-set list -g GROUP -z ZONE\n"
		"  az cognitiveservices account list    and account deployment list -g GROUP -n NAME\n"
		"  az ml workspace show, az ml compute list, az vm list -d, az keyvault show,\n"
		"  az storage account list, az acr list, az monitor log-analytics workspace list,\n"
		"  az network route-table list, az network public-ip list\n"
		"  az graph query -q 'resources' --first 1000 (the same, in one go)\n"
		"  az bicep build, an ARM template; terraform show -json [PLAN]\n\n"
		"Exit status: 0 a map was built; 2 a file is damaged or no source of a map, or "
		"(--strict)\nsources contradict each other.\n\n"
		"Example:\n"
		"  az network vnet list -o json > az/vnets.json ...\n"
		"  pewit map build --zone 'vnet-prod*=prod' --with mine.json -o map.json az/",
};

struct build {
	const char *out, *with, *at;
	struct rules_asked rules;
	bool strict, quiet;
	struct zone_rule zone[ZONE_RULES_MAX];
	size_t zone_count;
	size_t warnings, contradictions;
	struct import *import;
};

static void hear(void *context, enum heard what, const char *sentence)
{
	static const char *const levels[] = {
		[HEARD_TAKEN] = "",
		[HEARD_NOTE] = "note: ",
		[HEARD_WARNING] = "warning: ",
		[HEARD_CONTRADICTION] = "contradiction: ",
	};
	struct build *build = context;

	build->warnings += what == HEARD_WARNING;
	build->contradictions += what == HEARD_CONTRADICTION;
	if (!build->quiet || what >= HEARD_WARNING)
		fprintf(stderr, "%s%s\n", levels[what], sentence);
}

static bool take_zone(struct build *build, const char *value, struct fault *fault)
{
	char *copy = strdup(value);
	char *equals = copy ? strchr(copy, '=') : NULL;

	if (!equals || equals == copy || equals[1] == '\0') {
		fault_set(fault, "--zone wants PATTERN=ZONE, such as 'vnet-prod*=prod', not %.80s",
			  value);
		free(copy);
		return false;
	}
	if (build->zone_count == ZONE_RULES_MAX) {
		fault_set(fault, "more than %d --zone; let a pattern cover several",
			  ZONE_RULES_MAX);
		free(copy);
		return false;
	}
	*equals = '\0';
	build->zone[build->zone_count++] = (struct zone_rule){ copy, equals + 1 };
	return true;
}

static bool take_at(struct build *build, const char *value, struct fault *fault)
{
	struct tm tm = { 0 };
	const char *end = strptime(value, "%Y-%m-%dT%H:%M:%SZ", &tm);

	build->at = value;
	if (end && *end == '\0')
		return true;
	fault_set(fault, "--at wants a time in UTC such as 2026-11-23T08:00:00Z, not %.80s", value);
	return false;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct build *build = context;

	switch (id) {
	case OPT_OUT:
		build->out = strcmp(value, "-") == 0 ? NULL : value;
		break;
	case OPT_WITH:
		build->with = value;
		break;
	case OPT_ZONE:
		return take_zone(build, value, fault);
	case OPT_STRICT:
		build->strict = true;
		break;
	case OPT_AT:
		return take_at(build, value, fault);
	case OPT_RULES:
		return rules_asked_add(&build->rules, value, fault);
	default:
		build->quiet = true;
	}
	return true;
}

/* All of a stream, given. Files past the limit are cut one byte beyond it, and refused by the reader. */
static int read_all(FILE *file, char **text, size_t *length)
{
	size_t room = 0;

	*text = NULL;
	*length = 0;
	while (!feof(file) && *length <= JSON_BYTES_MAX) {
		if (*length == room) {
			room = room ? 2 * room : 65536;
			char *more = realloc(*text, room);

			if (!more)
				return -ENOMEM;
			*text = more;
		}
		*length += fread(*text + *length, 1, room - *length, file);
		if (ferror(file))
			return -EIO;
	}
	return 0;
}

static int read_file(const char *path, char **text, size_t *length)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");

	*text = NULL;
	*length = 0;
	if (!file)
		return -errno;
	int error = read_all(file, text, length);
	if (!is_stdin)
		fclose(file);
	return error;
}

/* in_folder: what is no source of a map was not meant by name, and is passed over. */
static int take_file(struct build *build, const char *path, bool in_folder)
{
	struct fault fault = { "" };
	char *text;
	size_t length;
	int error = read_file(path, &text, &length);

	if (error != 0)
		fault_set(&fault, "%s: cannot be read: %s", path, strerror(-error));
	else
		error = import_read(build->import, text ? text : "", length, path, &fault);
	free(text);
	if (error == -ENOMSG && in_folder) {
		hear(build, HEARD_NOTE, fault.text);
		return STATUS_FINE;
	}
	if (error != 0)
		fprintf(stderr, "pewit: %s\n", fault.text);
	if (error == 0)
		return STATUS_FINE;
	return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

static int is_json(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int take_folder(struct build *build, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_json, alphasort);
	int status = STATUS_FINE;

	if (count < 0) {
		fprintf(stderr, "pewit: %s: cannot be read: %s\n", path, strerror(errno));
		return STATUS_USAGE;
	}
	if (count == 0) {
		fprintf(stderr, "pewit: %s: holds no *.json; give the files by name\n", path);
		status = STATUS_USAGE;
	}
	for (int i = 0; i < count; i++) {
		char *whole = NULL;

		if (status == STATUS_FINE &&
		    asprintf(&whole, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			     entries[i]->d_name) < 0)
			status = STATUS_FAILED;
		else if (status == STATUS_FINE)
			status = take_file(build, whole, true);
		free(whole);
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int take_operand(struct build *build, const char *path)
{
	struct stat about;

	if (strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
		return take_folder(build, path);
	return take_file(build, path, false);
}

static void count_finding(void *context, enum map_finding finding, const char *sentence)
{
	size_t *worth = context;

	(void)sentence;
	*worth += finding != MAP_NOTE;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Whether a look at what was said, and at `map check`, is worth it. */
static void sum_up(const struct build *build, const char *text, size_t length)
{
	struct map *map;
	size_t worth = 0;

	if (build->quiet || map_parse(&map, text, length, "map", NULL) != 0)
		return;
	map_check(map, count_finding, &worth);
	if (build->warnings + build->contradictions != 0)
		fprintf(stderr, "%zu warning%s and %zu contradiction%s, above\n", build->warnings,
			plural(build->warnings), build->contradictions,
			plural(build->contradictions));
	if (worth != 0)
		fprintf(stderr, "%zu finding%s: pewit map check %s\n", worth, plural(worth),
			build->out ? build->out : "FILE");
	map_free(map);
}

static int write_out(const struct build *build, const char *text, size_t length)
{
	int error;

	if (!build->out)
		return command_finish(fwrite(text, 1, length, stdout) == length ? STATUS_FINE
										: STATUS_FAILED);
	error = file_text_write(build->out, text, length);
	if (error == 0)
		return STATUS_FINE;
	fprintf(stderr, "pewit: %s: cannot be written: %s\n", build->out, strerror(-error));
	return STATUS_FAILED;
}

static int finish(struct build *build, const struct json *by_hand)
{
	struct fault fault = { "" };
	char *text;
	size_t length;
	int error = import_build(build->import, by_hand, &text, &length, &fault);

	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	int status = STATUS_USAGE;
	if (build->strict && build->contradictions != 0) {
		fprintf(stderr, "pewit: %zu contradiction%s; with --strict no map is written\n",
			build->contradictions, plural(build->contradictions));
	} else {
		sum_up(build, text, length);
		status = write_out(build, text, length);
	}
	free(text);
	return status;
}

static int run(struct build *build, char **operands, int count)
{
	struct fault fault = { "" };
	struct json *by_hand = NULL;
	int status = STATUS_FINE;

	if (build->with && json_load(&by_hand, build->with, &fault) != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		return STATUS_USAGE;
	}
	if (by_hand && json_type(json_root(by_hand)) != JSON_OBJECT) {
		fprintf(stderr, "pewit: %s:1:1: a map is an object; see docs/map.md\n",
			build->with);
		status = STATUS_USAGE;
	}
	for (int i = 0; i < count && status == STATUS_FINE; i++)
		status = take_operand(build, operands[i]);
	if (status == STATUS_FINE)
		status = finish(build, by_hand);
	json_free(by_hand);
	return status;
}

static int with_catalog(struct build *build, char **operands, int count)
{
	struct rules_folders folders;
	struct catalog *catalog;
	struct fault fault = { "" };

	if (!rules_folders_find(&folders, &build->rules, &fault) ||
	    catalog_load(&catalog, folders.catalog, &fault) != 0)
		return command_usage_fault("map build", fault.text);

	struct import_options options = {
		catalog, build->zone, build->zone_count, build->at, { hear, build }
	};
	build->import = import_new(&options);
	int status = STATUS_FAILED;
	if (build->import)
		status = run(build, operands, count);
	else
		fprintf(stderr, "pewit: %s\n", strerror(ENOMEM));
	import_free(build->import);
	catalog_free(catalog);
	return status;
}

int command_map_build(int argc, char **argv)
{
	struct build build = { NULL };
	struct options_reader reader = { .take = take, .context = &build };
	struct fault fault = { "" };
	int status = STATUS_USAGE;

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		status = command_finish(STATUS_FINE);
		break;
	case OPTIONS_FAULT:
		command_usage_fault("map build", fault.text);
		break;
	case OPTIONS_DONE:
		if (reader.operands == argc)
			command_usage_fault("map build",
					    "map build wants files, a folder, or - for standard "
					    "input");
		else
			status = with_catalog(&build, argv + reader.operands,
					      argc - reader.operands);
		break;
	}
	for (size_t i = 0; i < build.zone_count; i++)
		free((char *)build.zone[i].pattern);
	return status;
}
