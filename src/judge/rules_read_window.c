/* Reading the window of a rule: what is counted, by what, and when it is enough. */
#include <errno.h>
#include <stdlib.h>

#include "base/units.h"
#include "judge/rules_model.h"

#define WINDOW_SECONDS_MOST (30 * 24 * 3600)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_named_field(struct rules_reader *reader, const struct json_value *object,
			     const char *key, enum json_need need, struct rule_field *field)
{
	const char *name = json_read_text(&reader->json, object, key, need);

	return name && rules_read_field(reader, json_member(object, key), name, field);
}

/* {"at_least": 5} or {"at_least_field": "..."}, with a field of its own where there is one. */
static void read_threshold(struct rules_reader *reader, const struct json_value *object,
			   struct rule_window *window, struct window_spec *spec)
{
	static const char *const members[] = { "at_least", "at_least_field", "field" };
	bool needs_field = spec->kind != WINDOW_COUNT;
	const struct json_value *number =
		json_read(&reader->json, object, "at_least", JSON_NUMBER, JSON_MAY);

	rules_check_members(reader, object, members, COUNT(members));
	window->has_value = read_named_field(reader, object, "field",
					     needs_field ? JSON_MUST : JSON_MAY, &window->value);
	window->has_at_least_field =
		read_named_field(reader, object, "at_least_field", JSON_MAY, &window->at_least);
	spec->field = window->has_value ? json_text(json_member(object, "field")) : NULL;
	if (reader->json.error != 0)
		return;
	if (spec->kind == WINDOW_SUM && window->value.type != VALUE_NUMBER)
		json_wrong(&reader->json, object, "only a number can be summed up");
	if (window->has_at_least_field && window->at_least.type != VALUE_NUMBER)
		json_wrong(&reader->json, object, "\"at_least_field\" must be a number");
	if (!number == !window->has_at_least_field || (number && !(json_number(number) >= 1)))
		json_wrong(&reader->json, object,
			   "give \"at_least\" (1 or more), or \"at_least_field\"");
	spec->at_least = number ? (uint64_t)json_number(number) : 0;
	if (spec->kind == WINDOW_DISTINCT && spec->at_least > WINDOW_DISTINCT_MAX)
		json_wrong(&reader->json, number, "at most %d different values can be told apart",
			   WINDOW_DISTINCT_MAX);
}

static void read_absent(struct rules_reader *reader, const struct json_value *object,
			struct rule_window *window)
{
	static const char *const members[] = { "alive" };
	const struct json_value *alive =
		json_read(&reader->json, object, "alive", JSON_OBJECT, JSON_MUST);

	rules_check_members(reader, object, members, COUNT(members));
	if (alive)
		window->alive = rules_read_condition(reader, alive, 0);
}

static void read_by(struct rules_reader *reader, const struct json_value *object,
		    struct rule_window *window)
{
	const struct json_value *by = json_read(&reader->json, object, "by", JSON_ARRAY, JSON_MUST);

	window->client_at = RULES_BY_MAX;
	for (const struct json_value *one = json_first(by); one && reader->json.error == 0;
	     one = json_next(one)) {
		const char *name = json_read_value_text(&reader->json, one);

		if (window->by_count == RULES_BY_MAX) {
			json_wrong(&reader->json, one, "more than %d fields in \"by\"",
				   RULES_BY_MAX);
			return;
		}
		window->by_name[window->by_count] = name;
		if (name && strcmp(name, "src_ip") == 0) {
			rules_read_field(reader, one, RULES_CLIENT, &window->client);
			window->client_at = window->by_count;
		}
		if (name)
			rules_read_field(reader, one, name, &window->by[window->by_count++]);
	}
}

void rules_read_window(struct rules_reader *reader, const struct json_value *object,
		       struct rule *rule)
{
	static const char *const kinds[] = {
		[WINDOW_COUNT] = "count",
		[WINDOW_DISTINCT] = "distinct",
		[WINDOW_SUM] = "sum",
		[WINDOW_ABSENT] = "absent",
	};
	static const char *const members[] = {
		"seconds", "by", "count", "distinct", "sum", "absent"
	};
	const struct json_value *window =
		json_read(&reader->json, object, "window", JSON_OBJECT, JSON_MAY);
	const struct json_value *seconds, *threshold = NULL;
	struct window_spec spec = { .rule = &rule->info };
	unsigned given = 0;

	if (!window)
		return;
	rules_check_members(reader, window, members, COUNT(members));
	seconds = json_read(&reader->json, window, "seconds", JSON_NUMBER, JSON_MUST);
	if (seconds)
		spec.length_ns = NS_PER_S * json_read_value_number(&reader->json, seconds, 1,
								   WINDOW_SECONDS_MOST);
	rule->window = rules_take(reader, 1, sizeof(*rule->window));
	if (!rule->window)
		return;
	read_by(reader, window, rule->window);
	for (uint8_t kind = 0; kind < COUNT(kinds); kind++) {
		const struct json_value *found =
			json_read(&reader->json, window, kinds[kind], JSON_OBJECT, JSON_MAY);

		if (!found)
			continue;
		given++;
		spec.kind = kind;
		threshold = found;
	}
	if (given != 1)
		json_wrong(&reader->json, window, "give one of count, distinct, sum and absent");
	else if (spec.kind == WINDOW_ABSENT)
		read_absent(reader, threshold, rule->window);
	else
		read_threshold(reader, threshold, rule->window, &spec);
	if (rule->effect != RULE_ALERT)
		json_wrong(&reader->json, window, "a rule with a window has \"effect\": \"alert\"");

	struct rules *rules = reader->rules;
	size_t room = rules->window_count;
	struct window_spec *more =
		reader->json.error ? NULL : reallocarray(rules->window, room + 1, sizeof(*more));

	if (!more)
		return;
	rules->window = more;
	rule->window->number = (uint32_t)rules->window_count;
	rules->window[rules->window_count++] = spec;
}
