#include "judge/rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/schedule.h"
#include "base/spelling.h"
#include "judge/rules_model.h"

static struct rules *make(void)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (rules)
		rules->arena = arena_new();
	if (!rules || !rules->arena) {
		free(rules);
		return NULL;
	}
	rules->field = arena_take(rules->arena, RULES_FIELDS_MAX, sizeof(*rules->field));
	rules->rule_bucket = calloc(RULES_BUCKETS, sizeof(*rules->rule_bucket));
	rules->predicate_bucket = calloc(RULES_BUCKETS, sizeof(*rules->predicate_bucket));
	if (rules->field && rules->rule_bucket && rules->predicate_bucket)
		return rules;
	rules_free(rules);
	return NULL;
}

/* What only reading needs. */
static void free_buckets(struct rules *rules)
{
	free(rules->rule_bucket);
	free(rules->predicate_bucket);
	rules->rule_bucket = NULL;
	rules->predicate_bucket = NULL;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	free_buckets(rules);
	for (size_t i = 0; i < rules->predicate_count; i++) {
		text_table_free(rules->predicate[i]->words);
		prefix_table_free(rules->predicate[i]->space);
	}
	for (size_t i = 0; i < rules->index_count; i++) {
		text_table_free(rules->index[i].words);
		prefix_table_free(rules->index[i].space);
	}
	for (size_t i = 0; i < rules->rule_count; i++)
		schedule_free(rules->rule[i]->schedule);
	for (size_t i = 0; i < rules->file_count; i++)
		json_free(rules->file[i]);
	free(rules->file);
	free(rules->rule);
	free(rules->predicate);
	free(rules->index);
	free(rules->window);
	free(rules->suppressions);
	arena_free(rules->arena);
	free(rules);
}

/* Takes the document over. */
static int add(struct rules *rules, struct json *json, struct fault *fault)
{
	struct json **more = reallocarray(rules->file, rules->file_count + 1, sizeof(*more));

	if (!more) {
		json_free(json);
		return -ENOMEM;
	}
	rules->file = more;
	rules->file[rules->file_count++] = json;
	return rules_read(rules, json, fault);
}

static int add_file(struct rules *rules, const char *path, struct fault *fault)
{
	struct json *json;
	int error = json_load(&json, path, fault);

	return error ? error : add(rules, json, fault);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length > wanted && strcmp(text + length - wanted, end) == 0;
}

static int is_rule_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_with(entry->d_name, ".json") &&
	       !ends_with(entry->d_name, ".schema.json");
}

static char *join(const char *folder, const char *name)
{
	char *path = malloc(strlen(folder) + strlen(name) + 2), *end;

	if (!path)
		return NULL;
	end = stpcpy(path, folder);
	*end++ = '/';
	memcpy(end, name, strlen(name) + 1);
	return path;
}

/* The rule files of a folder, in the order of their names. */
static int add_files(struct rules *rules, const char *folder, struct fault *fault)
{
	struct dirent **entry = NULL;
	int count = scandir(folder, &entry, is_rule_file, alphasort), error = 0;

	if (count < 0) {
		error = -errno;
		fault_set(fault, "%s: cannot be read: %s", folder, strerror(-error));
		return error;
	}
	for (int i = 0; i < count; i++) {
		char *path = error ? NULL : join(folder, entry[i]->d_name);

		if (!error)
			error = path ? add_file(rules, path, fault) : -ENOMEM;
		free(path);
		free(entry[i]);
	}
	free(entry);
	return error;
}

static bool is_folder(const char *path)
{
	DIR *folder = opendir(path);

	if (folder)
		closedir(folder);
	return folder != NULL;
}

static int add_path(struct rules *rules, const char *path, struct fault *fault)
{
	char *pack;
	int error;

	if (!is_folder(path))
		return add_file(rules, path, fault);
	pack = join(path, "pack");
	if (!pack)
		return -ENOMEM;
	error = add_files(rules, path, fault);
	if (!error && is_folder(pack))
		error = add_files(rules, pack, fault);
	free(pack);
	return error;
}

/* The suppression of a rule that is not there holds nothing back: a slip, or the rule has gone. */
static int check_suppression(const struct rules *rules, const struct suppression *one,
			     struct fault *fault)
{
	struct json_reader reader = { .json = one->json, .fault = fault };
	const char *nearest = NULL;

	if (rules_by_id(rules, one->rule_id))
		return 0;
	for (size_t i = 0; i < rules->rule_count; i++) {
		const char *const rivals[] = { nearest, rules->rule[i]->info.id };

		nearest = spelling_nearest(one->rule_id, rivals, 2);
	}
	json_wrong(&reader, json_member(one->at, "rule"),
		   "there is no rule \"%.60s\" to suppress%s%s%s", one->rule_id,
		   nearest ? "; did you mean " : "; take it out, or give the file with the rule",
		   nearest ? nearest : "", nearest ? "?" : "");
	return reader.error;
}

static int finish(struct rules **rules, struct rules *made, int error, struct fault *fault)
{
	for (size_t i = 0; !error && i < made->suppression_count; i++)
		error = check_suppression(made, made->suppressions[i], fault);
	if (!error)
		error = rules_index(made);
	if (!error)
		free_buckets(made);
	if (error) {
		if (error == -ENOMEM)
			fault_set(fault, "the rules do not fit in memory");
		rules_free(made);
		return error;
	}
	*rules = made;
	return 0;
}

int rules_load(struct rules **rules, const char *const *paths, size_t count, struct fault *fault)
{
	struct rules *made = make();
	int error = made ? 0 : -ENOMEM;

	*rules = NULL;
	for (size_t i = 0; i < count && !error; i++)
		error = add_path(made, paths[i], fault);
	if (!error && made->rule_count == 0) {
		error = -ENOENT;
		fault_set(fault, "%s: no rules (*.json, pack/*.json) here", count ? paths[0] : "");
	}
	return finish(rules, made, error, fault);
}

int rules_parse(struct rules **rules, const char *text, size_t length, const char *path,
		struct fault *fault)
{
	struct rules *made = make();
	struct json *json;
	int error = made ? json_parse(&json, text, length, path, fault) : -ENOMEM;

	*rules = NULL;
	error = error ? error : add(made, json, fault);
	return finish(rules, made, error, fault);
}

/* For people ---------------------------------------------------------------------------------- */

size_t rules_count(const struct rules *rules)
{
	return rules->rule_count;
}

struct rule_view rules_at(const struct rules *rules, size_t i)
{
	const struct rule *rule = rules->rule[i];

	return (struct rule_view){
		.info = &rule->info,
		.message = rule->message_text,
		.source = rule->at,
		.path = json_path(rule->json),
		.line = json_place(rule->json, rule->at).line,
		.on = rule->on,
		.effect = rule->effect,
		.vantage = rule->vantage,
		.order = rule->order,
		.indicates = rule->indicates,
		.has_window = rule->window != NULL,
		.has_schedule = rule->schedule != NULL,
		.controls = rule->controls,
		.control_count = rule->control_count,
	};
}

bool rules_find(const struct rules *rules, const char *id, struct rule_view *view)
{
	for (size_t i = 0; i < rules->rule_count; i++) {
		if (strcasecmp(rules->rule[i]->info.id, id) == 0) {
			*view = rules_at(rules, i);
			return true;
		}
	}
	return false;
}

const struct window_spec *rules_windows(const struct rules *rules, size_t *count)
{
	*count = rules->window_count;
	return rules->window;
}

bool rules_ask_evidence(const struct rules *rules)
{
	return rules->asks_evidence;
}

uint16_t rules_alerts_on(const struct rules *rules)
{
	return rules->alerts_on;
}

bool rules_expired(const struct rules *rules, size_t i, int64_t now_s, struct fault *sentence)
{
	for (size_t at = 0; at < rules->suppression_count; at++) {
		const struct suppression *one = rules->suppressions[at];

		if (one->until_s > now_s || i-- > 0)
			continue;
		fault_set(
			sentence,
			"%s:%u: the suppression of %s ended with %s (%s); take it out or renew it",
			json_path(one->json), json_place(one->json, one->at).line, one->rule_id,
			one->until, one->reason);
		return true;
	}
	return false;
}
