/* The events of a replay are taken as lines, and asked for nothing but the rule that each names. */
#include "tool/rules_case.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "run/replay_engine.h"
#include "run/settings.h"

const char *const rules_case_names[RULES_CASE_CAPTURES] = { "fires", "near-miss" };

struct watch {
	struct rules_case *result;
	enum rules_case_capture capture;
	const char *rule;
	bool has_fired;
};

static void note(const struct watch *watch, const char *id, size_t length)
{
	struct rules_case *result = watch->result;
	size_t *count = &result->seen_count[watch->capture];

	for (size_t i = 0; i < *count; i++)
		if (strncmp(result->seen[watch->capture][i], id, length) == 0 &&
		    result->seen[watch->capture][i][length] == '\0')
			return;
	if (*count == RULES_CASE_SEEN_MAX || length > RULES_CASE_ID_MAX)
		return;
	memcpy(result->seen[watch->capture][*count], id, length);
	result->seen[watch->capture][(*count)++][length] = '\0';
}

/* Ids are looked for as they are in the file; one that JSON would escape is not found. */
static bool take(void *context, const char *line, size_t size)
{
	static const char key[] = "\"rule_id\":\"";
	struct watch *watch = context;
	const char *at = memmem(line, size, key, sizeof(key) - 1), *end;

	if (!at)
		return true;
	at += sizeof(key) - 1;
	end = memchr(at, '"', size - (size_t)(at - line));
	if (!end)
		return true;
	note(watch, at, (size_t)(end - at));
	if ((size_t)(end - at) == strlen(watch->rule) &&
	    memcmp(at, watch->rule, strlen(watch->rule)) == 0)
		watch->has_fired = true;
	return true;
}

static bool replay_one(struct watch *watch, const struct rules_folders *folders,
		       const char *capture, const char *map, struct fault *fault)
{
	const struct settings settings = settings_default();
	const struct collector_options output = {
		.take = take,
		.take_context = watch,
		.types = 1u << EVENT_FLOW | 1u << EVENT_DNS | 1u << EVENT_ALERT,
		.fold_window_ns = settings.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)settings.fold_findings,
		.window_keys = (uint32_t)settings.window_keys,
	};
	const struct replay_options options = {
		.paths = &capture,
		.path_count = 1,
		.knowledge = { .map = map,
			       .catalog = folders->catalog,
			       .rules = folders->path,
			       .rules_count = folders->count },
		.workers = 1,
		.flow_limit = settings.flow_limit,
		.output = &output,
	};
	struct replay_result result;
	struct replay *replay;
	int error = replay_open(&replay, &options, fault);

	if (error)
		return false;
	error = replay_run(replay, &result, fault);
	replay_close(replay);
	return error == 0;
}

static bool is_there(char path[PATH_MAX], const char *cases, const char *rule, const char *name)
{
	int length = snprintf(path, PATH_MAX, "%s/%s%s%s", cases, rule, *rule ? "/" : "", name);

	return length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
}

bool rules_case_run(struct rules_case *result, const struct rules_folders *folders,
		    const char *cases, const char *rule, struct fault *fault)
{
	char map[PATH_MAX], capture[RULES_CASE_CAPTURES][PATH_MAX];

	*result = (struct rules_case){ .exists = false };
	if (!is_there(capture[RULES_CASE_FIRES], cases, rule, "fires.pcap") ||
	    !is_there(capture[RULES_CASE_NEAR_MISS], cases, rule, "near-miss.pcap"))
		return true;
	result->exists = true;
	if (!is_there(map, cases, rule, "map.json") && !is_there(map, cases, "", "map.json")) {
		fault_set(fault, "%s/map.json is missing: rules judge by an expected map", cases);
		return false;
	}
	for (int i = 0; i < RULES_CASE_CAPTURES; i++) {
		struct watch watch = { .result = result, .capture = i, .rule = rule };

		if (!replay_one(&watch, folders, capture[i], map, fault))
			return false;
		result->right[i] = watch.has_fired == (i == RULES_CASE_FIRES);
	}
	return true;
}
