/* Reading conditions: an object whose members must all hold; a member is a field with its tests, or
 * `all`, `any`, `not`. Tests that are the same, in whatever rules, become one predicate. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "judge/rules_model.h"

#define NUMBER_MOST 9007199254740992.0 /* 2^53: what JSON's numbers hold exactly */
#define THOUSAND 1000
#define ROUNDING 1e-9 /* 1.001 times 1000 is not quite 1001 */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char fact_prefix[] = "fact.";

void *rules_take(struct rules_reader *reader, size_t count, size_t size)
{
	void *taken = arena_take(reader->rules->arena, count, size);

	if (!taken && reader->json.error == 0) {
		fault_set(reader->json.fault, "%s: not enough memory",
			  json_path(reader->json.json));
		reader->json.error = -ENOMEM;
	}
	return taken;
}

/* Fields ------------------------------------------------------------------------------------- */

bool rules_field(size_t i, struct rule_field_view *view)
{
	static const char *const types[VALUE_TYPES] = {
		[VALUE_BOOL] = "boolean",
		[VALUE_NUMBER] = "number",
		[VALUE_TEXT] = "text",
		[VALUE_ADDRESS] = "address",
	};
	struct event_path path;

	if (event_path_at(i, &path, view->name)) {
		view->type = types[path.type];
		view->doc = event_path_doc(&path);
		return true;
	}
	for (size_t known = 0; event_path_at(known, &path, view->name);)
		known++, i--;
	if (i >= judge_fact_count)
		return false;
	struct text name = text_over(view->name, sizeof(view->name));

	text_add(&name, fact_prefix);
	text_add(&name, judge_facts[i].name);
	view->type = types[judge_facts[i].type];
	view->doc = judge_facts[i].doc;
	return true;
}

static void say_unknown_field(struct rules_reader *reader, const struct json_value *at,
			      const char *name)
{
	static const char advice[] = "pewit rules fields lists them";
	struct rule_field_view view[RULES_FIELDS_MAX];
	const char *names[RULES_FIELDS_MAX];
	size_t count = 0;

	while (count < RULES_FIELDS_MAX && rules_field(count, &view[count])) {
		names[count] = view[count].name;
		count++;
	}
	const char *nearest = spelling_nearest(name, names, count);

	if (nearest)
		json_wrong(&reader->json, at, "there is no field \"%.80s\"; did you mean %s?", name,
			   nearest);
	else
		json_wrong(&reader->json, at, "there is no field \"%.80s\"; %s", name, advice);
}

bool rules_read_field(struct rules_reader *reader, const struct json_value *at, const char *name,
		      struct rule_field *field)
{
	*field = (struct rule_field){ .fact = NULL };
	if (reader->json.error != 0)
		return false;
	if (strncmp(name, fact_prefix, sizeof(fact_prefix) - 1) == 0) {
		for (size_t i = 0; i < judge_fact_count; i++) {
			if (strcmp(judge_facts[i].name, name + sizeof(fact_prefix) - 1) == 0) {
				field->fact = &judge_facts[i];
				field->type = judge_facts[i].type;
				return true;
			}
		}
	} else if (event_path_find(name, &field->path)) {
		field->type = field->path.type;
		field->is_list = field->path.item || field->path.field->as == AS_STRINGS ||
				 field->path.field->as == AS_INTEGERS;
		field->is_late = field->path.part == PART_JUDGEMENT;
		if (field->is_late && field->path.item) /* its one list */
			reader->rules->asks_evidence = true;
		return true;
	}
	say_unknown_field(reader, at, name);
	return false;
}

/* Operands ----------------------------------------------------------------------------------- */

/* A number times `scale`, which must make it whole. */
static int64_t read_number(struct rules_reader *reader, const struct json_value *value, int scale)
{
	double number = json_number(value) * scale;

	if (json_type(value) != JSON_NUMBER)
		json_wrong(&reader->json, value, "a number is expected here, not %s",
			   json_type_name(json_type(value)));
	else if (!(fabs(number) <= NUMBER_MOST))
		json_wrong(&reader->json, value, "numbers are less than 2^53 here");
	else if (fabs(number - round(number)) > ROUNDING * scale)
		json_wrong(&reader->json, value,
			   scale == 1 ? "a whole number is expected here"
				      : "at most three digits after the point are kept");
	return reader->json.error == 0 ? llround(number) : 0;
}

static const char *read_word(struct rules_reader *reader, const struct json_value *value,
			     enum rule_op op)
{
	const char *text = json_read_value_text(&reader->json, value);
	char *lower = text ? arena_lower(reader->rules->arena, text) : NULL;

	if (!text)
		return "";
	if (!lower) {
		rules_take(reader, SIZE_MAX, 2);
		return "";
	}
	if (op == OP_UNDER && (lower[0] == '.' || lower[0] == '*'))
		json_wrong(&reader->json, value,
			   "\"under\" takes the plain name: %s, without what is before it",
			   lower + strspn(lower, "*."));
	return lower;
}

static struct ip_prefix read_prefix(struct rules_reader *reader, const struct json_value *value)
{
	struct ip_prefix prefix = { .bits = 0 };
	const char *text = json_read_value_text(&reader->json, value);
	bool had_host_bits = false;

	if (text && !ip_prefix_parse(text, &prefix, &had_host_bits))
		json_wrong(&reader->json, value,
			   "\"%.60s\" is no prefix; write an address, or one with its length: "
			   "10.1.0.0/16",
			   text);
	else if (text && had_host_bits)
		json_wrong(&reader->json, value,
			   "\"%.60s\" has bits set beyond its length; write the network's address",
			   text);
	return prefix;
}

static const char *const with_article[VALUE_TYPES] = {
	[VALUE_BOOL] = "a boolean",
	[VALUE_NUMBER] = "a number",
	[VALUE_TEXT] = "a text",
	[VALUE_ADDRESS] = "an address",
};

/* One value or a list of them, of the field's type, into the predicate. */
static void read_operands(struct rules_reader *reader, const struct json_value *value,
			  struct predicate *predicate)
{
	bool is_list = json_type(value) == JSON_ARRAY;
	const struct json_value *one = is_list ? json_first(value) : value;
	size_t count = is_list ? json_count(value) : 1;
	const char **text = NULL;
	int64_t *number = NULL;
	struct ip_prefix *prefix = NULL;

	if (count == 0)
		json_wrong(&reader->json, value,
			   "this list is empty; fill it in or remove the test");
	predicate->count = count;
	if (predicate->field.type == VALUE_TEXT)
		predicate->text = text = rules_take(reader, count, sizeof(*text));
	else if (predicate->field.type == VALUE_NUMBER)
		predicate->number = number = rules_take(reader, count, sizeof(*number));
	else
		predicate->prefix = prefix = rules_take(reader, count, sizeof(*prefix));
	for (size_t i = 0; i < count && reader->json.error == 0; i++) {
		if (text)
			text[i] = read_word(reader, one, (enum rule_op)predicate->op);
		else if (number)
			number[i] = read_number(reader, one, 1);
		else
			prefix[i] = read_prefix(reader, one);
		one = is_list ? json_next(one) : one;
	}
}

static void read_flag(struct rules_reader *reader, const struct json_value *value,
		      struct predicate *predicate)
{
	if (json_type(value) != JSON_BOOL)
		json_wrong(&reader->json, value, "true or false is expected here, not %s",
			   json_type_name(json_type(value)));
	predicate->flag = json_flag(value);
}

/* {"field": "...", "times": 10} */
static void read_times(struct rules_reader *reader, const struct json_value *value,
		       struct predicate *predicate)
{
	static const char *const members[] = { "field", "times" };
	const char *name = json_read_text(&reader->json, value, "field", JSON_MUST);
	const struct json_value *times =
		json_read(&reader->json, value, "times", JSON_NUMBER, JSON_MUST);
	int64_t *thousandths = rules_take(reader, 1, sizeof(*thousandths));

	rules_check_members(reader, value, members, COUNT(members));
	if (!name || !times || !thousandths ||
	    !rules_read_field(reader, value, name, &predicate->other))
		return;
	if (predicate->other.type != VALUE_NUMBER || predicate->other.is_list)
		json_wrong(&reader->json, value, "%.80s is %s; \"times\" goes with a number", name,
			   predicate->other.is_list ? "a list"
						    : with_article[predicate->other.type]);
	*thousandths = read_number(reader, times, THOUSAND);
	predicate->number = thousandths;
	predicate->count = 1;
}

static void read_same(struct rules_reader *reader, const struct json_value *value,
		      struct predicate *predicate)
{
	const char *name = json_read_value_text(&reader->json, value);

	if (!name || !rules_read_field(reader, value, name, &predicate->other))
		return;
	if (predicate->other.type != predicate->field.type)
		json_wrong(&reader->json, value, "%.80s is %s and this field is %s: never the same",
			   name, with_article[predicate->other.type],
			   with_article[predicate->field.type]);
	if (predicate->other.is_list)
		json_wrong(&reader->json, value,
			   "%.80s is a list; write it before \"same_as\", and the other here",
			   name);
}

/* Tests -------------------------------------------------------------------------------------- */

#define ON_TEXT (1u << VALUE_TEXT)
#define ON_NUMBER (1u << VALUE_NUMBER)
#define ON_ADDRESS (1u << VALUE_ADDRESS)
#define ON_ANY (ON_TEXT | ON_NUMBER | ON_ADDRESS | 1u << VALUE_BOOL)

static const struct test {
	const char *name;
	uint8_t op;
	uint8_t types;
	int8_t step; /* added to a number: `above 5` is `at least 6` */
	void (*read)(struct rules_reader *reader, const struct json_value *value,
		     struct predicate *predicate);
} tests[] = {
	{ "is", OP_IS, ON_ANY, 0, NULL },
	{ "in", OP_IS, ON_TEXT | ON_NUMBER | ON_ADDRESS, 0, NULL },
	{ "prefix", OP_PREFIX, ON_TEXT, 0, NULL },
	{ "suffix", OP_SUFFIX, ON_TEXT, 0, NULL },
	{ "under", OP_UNDER, ON_TEXT, 0, NULL },
	{ "contains", OP_CONTAINS, ON_TEXT, 0, NULL },
	{ "cidr", OP_CIDR, ON_ADDRESS, 0, NULL },
	{ "at_least", OP_AT_LEAST, ON_NUMBER, 0, NULL },
	{ "at_most", OP_AT_MOST, ON_NUMBER, 0, NULL },
	{ "above", OP_AT_LEAST, ON_NUMBER, 1, NULL },
	{ "below", OP_AT_MOST, ON_NUMBER, -1, NULL },
	{ "at_least_times", OP_TIMES, ON_NUMBER, 0, read_times },
	{ "same_as", OP_SAME, ON_ANY, 0, read_same },
	{ "exists", OP_EXISTS, ON_ANY, 0, read_flag },
};

static const struct test *find_test(struct rules_reader *reader, const struct json_value *at)
{
	const char *names[COUNT(tests)], *nearest;

	for (size_t i = 0; i < COUNT(tests); i++) {
		names[i] = tests[i].name;
		if (strcmp(tests[i].name, json_key(at)) == 0)
			return &tests[i];
	}
	nearest = spelling_nearest(json_key(at), names, COUNT(tests));
	json_wrong(&reader->json, at, "there is no test \"%.40s\"%s%s%s", json_key(at),
		   nearest ? "; did you mean " : "; see docs/rules.md", nearest ? nearest : "",
		   nearest ? "?" : "");
	return NULL;
}

/* One test as a condition. at: its operand. */
static const struct condition *make_test(struct rules_reader *reader,
					 const struct rule_field *field, const struct test *test,
					 const struct json_value *at)
{
	struct predicate predicate = { .field = *field, .op = test->op };
	struct condition *made = rules_take(reader, 1, sizeof(*made));

	if (!made)
		return NULL;
	if (!(test->types & 1u << field->type)) {
		json_wrong(&reader->json, at, "\"%s\" does not fit this field, which is %s",
			   test->name, with_article[field->type]);
		return NULL;
	}
	if (test->read)
		test->read(reader, at, &predicate);
	else if (field->type == VALUE_BOOL)
		read_flag(reader, at, &predicate);
	else
		read_operands(reader, at, &predicate);
	if (reader->json.error != 0)
		return NULL;
	for (size_t i = 0; i < predicate.count && test->step != 0; i++)
		((int64_t *)predicate.number)[i] += test->step;
	if (predicate.op == OP_IS && field->type == VALUE_ADDRESS)
		predicate.op = OP_CIDR;
	made->kind = CONDITION_TEST;
	made->predicate = rules_intern(reader, &predicate, at);
	return made;
}

/* All or any of one condition is that condition. */
static const struct condition *plain(const struct condition *group)
{
	return group && group->count == 1 ? group->part[0] : group;
}

static struct condition *make_group(struct rules_reader *reader, enum condition_kind kind,
				    size_t count)
{
	struct condition *made = rules_take(reader, 1, sizeof(*made));

	if (!made)
		return NULL;
	made->kind = (uint8_t)kind;
	made->count = count;
	made->part = rules_take(reader, count, sizeof(*made->part));
	return made->part ? made : NULL;
}

/* Two members of one name would be two tests, and most likely one that never holds. */
static void check_once(struct rules_reader *reader, const struct json_value *object)
{
	for (const struct json_value *m = json_first(object); m && reader->json.error == 0;
	     m = json_next(m))
		json_read(&reader->json, object, json_key(m), json_type(m), JSON_MAY);
}

/* A field's member: a value, a list of values, or an object of tests. */
static const struct condition *read_tests(struct rules_reader *reader,
					  const struct json_value *value)
{
	struct rule_field field;
	const struct json_value *one = json_first(value);
	struct condition *group;

	if (!rules_read_field(reader, value, json_key(value), &field))
		return NULL;
	if (json_type(value) == JSON_OBJECT)
		check_once(reader, value);
	else
		return make_test(reader, &field, &tests[0], value);
	group = make_group(reader, CONDITION_ALL, json_count(value));
	if (json_count(value) == 0)
		json_wrong(&reader->json, value, "no test is given for %s", json_key(value));
	for (size_t i = 0; group && one && reader->json.error == 0; one = json_next(one)) {
		const struct test *test = find_test(reader, one);

		group->part[i++] = test ? make_test(reader, &field, test, one) : NULL;
	}
	return plain(group);
}

static const struct condition *read_list(struct rules_reader *reader,
					 const struct json_value *value, enum condition_kind kind,
					 unsigned depth)
{
	const struct json_value *one = json_first(value);
	struct condition *group = make_group(reader, kind, json_count(value));

	if (json_type(value) != JSON_ARRAY || json_count(value) == 0)
		json_wrong(&reader->json, value, "\"%s\" takes a list of one condition or more",
			   json_key(value));
	for (size_t i = 0; group && one && reader->json.error == 0; one = json_next(one))
		group->part[i++] = rules_read_condition(reader, one, depth + 1);
	return plain(group);
}

static const struct condition *read_not(struct rules_reader *reader, const struct json_value *value,
					unsigned depth)
{
	struct condition *group = make_group(reader, CONDITION_NOT, 1);

	if (group)
		group->part[0] = rules_read_condition(reader, value, depth + 1);
	return group;
}

static const struct condition *read_member(struct rules_reader *reader,
					   const struct json_value *value, unsigned depth)
{
	const char *key = json_key(value);

	if (strcmp(key, "all") == 0)
		return read_list(reader, value, CONDITION_ALL, depth);
	if (strcmp(key, "any") == 0)
		return read_list(reader, value, CONDITION_ANY, depth);
	if (strcmp(key, "not") == 0)
		return read_not(reader, value, depth);
	return read_tests(reader, value);
}

const struct condition *rules_read_condition(struct rules_reader *reader,
					     const struct json_value *value, unsigned depth)
{
	const struct json_value *member = json_first(value);
	struct condition *group;

	if (json_type(value) != JSON_OBJECT)
		json_wrong(&reader->json, value, "a condition is an object, not %s",
			   json_type_name(json_type(value)));
	if (depth > RULES_DEPTH_MAX)
		json_wrong(&reader->json, value, "more than %d conditions in each other",
			   RULES_DEPTH_MAX);
	check_once(reader, value);
	if (reader->json.error != 0)
		return NULL;
	group = make_group(reader, CONDITION_ALL, json_count(value));
	for (size_t i = 0; group && member && reader->json.error == 0; member = json_next(member))
		group->part[i++] = read_member(reader, member, depth);
	return plain(group);
}
