/* Reading conditions: an object whose members must all hold; a member is a field with its tests, or
 * `all`, `any`, `not`. Tests that are the same, in whatever rules, become one predicate. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/spelling.h"
#include "judge/rules_model.h"

#define NUMBER_MOST 9007199254740992.0 /* 2^53: what JSON's numbers hold exactly */
#define THOUSAND 1000

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
		view->type = types[event_path_type(&path)];
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
		field->type = (uint8_t)event_path_type(&field->path);
		return true;
	}
	say_unknown_field(reader, at, name);
	return false;
}

/* Predicates --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const struct hash_seed seed = { { hash, 0x70657769745f7275 } };

	return hash_bytes(&seed, bytes, size);
}

static uint64_t hash_field(uint64_t hash, const struct rule_field *field)
{
	const void *rows[] = { field->fact, field->path.field, field->path.item };

	return mix(hash, rows, sizeof(rows));
}

static uint64_t hash_predicate(const struct predicate *predicate)
{
	uint64_t hash = hash_field(predicate->op + 1u, &predicate->field);

	hash = hash_field(hash, &predicate->other);
	hash = mix(hash, &predicate->flag, sizeof(predicate->flag));
	for (size_t i = 0; i < predicate->count; i++) {
		if (predicate->text)
			hash = mix(hash, predicate->text[i], strlen(predicate->text[i]) + 1);
		if (predicate->number)
			hash = mix(hash, &predicate->number[i], sizeof(predicate->number[i]));
		if (predicate->prefix)
			hash = mix(hash, &predicate->prefix[i].addr, 16) ^
			       predicate->prefix[i].bits;
	}
	return hash;
}

static bool same_field(const struct rule_field *a, const struct rule_field *b)
{
	return a->fact == b->fact && a->path.field == b->path.field && a->path.item == b->path.item;
}

static bool same_operands(const struct predicate *a, const struct predicate *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->text && strcmp(a->text[i], b->text[i]) != 0)
			return false;
		if (a->number && a->number[i] != b->number[i])
			return false;
		if (a->prefix && (a->prefix[i].bits != b->prefix[i].bits ||
				  !ip_equal(&a->prefix[i].addr, &b->prefix[i].addr)))
			return false;
	}
	return true;
}

static bool same(const struct predicate *a, const struct predicate *b)
{
	return a->hash == b->hash && a->op == b->op && a->flag == b->flag && a->count == b->count &&
	       !a->text == !b->text && !a->number == !b->number && !a->prefix == !b->prefix &&
	       same_field(&a->field, &b->field) && same_field(&a->other, &b->other) &&
	       same_operands(a, b);
}

/* Many operands are looked up, not compared one by one. */
static bool build_tables(struct rules_reader *reader, struct predicate *predicate)
{
	bool is_words = predicate->text && (predicate->op == OP_IS || predicate->op == OP_UNDER);
	int error = 0;

	if (predicate->count <= RULES_LINEAR)
		return true;
	if (is_words)
		error = text_table_new(&predicate->words, predicate->count);
	else if (predicate->prefix)
		error = prefix_table_new(&predicate->space, predicate->count);
	for (size_t i = 0; i < predicate->count && error == 0; i++) {
		if (predicate->words)
			text_table_add(predicate->words, predicate->text[i],
				       strlen(predicate->text[i]), predicate);
		else if (predicate->space)
			prefix_table_add(predicate->space, &predicate->prefix[i], predicate);
	}
	if (error != 0 && reader->json.error == 0) {
		fault_set(reader->json.fault, "%s: not enough memory",
			  json_path(reader->json.json));
		reader->json.error = error;
	}
	return error == 0;
}

/* The number of the predicate, which may be one that is there. */
static uint32_t intern(struct rules_reader *reader, struct predicate *predicate,
		       const struct json_value *at)
{
	struct rules *rules = reader->rules;

	predicate->hash = hash_predicate(predicate);
	for (size_t i = 0; i < rules->predicate_count; i++)
		if (same(rules->predicate[i], predicate))
			return (uint32_t)i;
	if (rules->predicate_count == RULES_PREDICATES_MAX) {
		json_wrong(&reader->json, at, "more than %d different tests; use lists",
			   RULES_PREDICATES_MAX);
		return 0;
	}
	if (rules->predicate_count == rules->predicate_room) {
		size_t room = rules->predicate_room ? 2 * rules->predicate_room : 256;
		struct predicate **more = reallocarray(rules->predicate, room, sizeof(*more));

		if (!more) {
			rules_take(reader, SIZE_MAX, 2); /* says that memory is out */
			return 0;
		}
		rules->predicate = more;
		rules->predicate_room = room;
	}
	struct predicate *kept = rules_take(reader, 1, sizeof(*kept));

	if (!kept || !build_tables(reader, predicate))
		return 0;
	*kept = *predicate;
	rules->predicate[rules->predicate_count] = kept;
	return (uint32_t)rules->predicate_count++;
}

/* Operands ----------------------------------------------------------------------------------- */

static int64_t read_number(struct rules_reader *reader, const struct json_value *value,
			   double scale)
{
	double number = json_number(value) * scale;

	if (json_type(value) != JSON_NUMBER || fabs(number) > NUMBER_MOST) {
		json_wrong(&reader->json, value, "a number below 2^53 is expected here, not %s",
			   json_type_name(json_type(value)));
		return 0;
	}
	return (int64_t)number;
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
	const char *name = json_read_text(&reader->json, value, "field", JSON_MUST);
	const struct json_value *times =
		json_read(&reader->json, value, "times", JSON_NUMBER, JSON_MUST);
	int64_t *thousandths = rules_take(reader, 1, sizeof(*thousandths));

	if (!name || !times || !thousandths ||
	    !rules_read_field(reader, value, name, &predicate->other))
		return;
	if (predicate->other.type != VALUE_NUMBER)
		json_wrong(&reader->json, value, "%.80s is no number", name);
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
		json_wrong(&reader->json, value, "%.80s is of another type", name);
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
	static const char *const types[VALUE_TYPES] = { "a boolean", "a number", "a text",
							"an address" };
	struct predicate predicate = { .field = *field, .op = test->op };
	struct condition *made = rules_take(reader, 1, sizeof(*made));

	if (!made)
		return NULL;
	if (!(test->types & 1u << field->type)) {
		json_wrong(&reader->json, at, "\"%s\" does not fit this field, which is %s",
			   test->name, types[field->type]);
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
	made->predicate = intern(reader, &predicate, at);
	return made;
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

/* A field's member: a value, a list of values, or an object of tests. */
static const struct condition *read_tests(struct rules_reader *reader,
					  const struct json_value *value)
{
	struct rule_field field;
	const struct json_value *one = json_first(value);
	struct condition *group;

	if (!rules_read_field(reader, value, json_key(value), &field))
		return NULL;
	if (json_type(value) != JSON_OBJECT)
		return make_test(reader, &field, &tests[0], value);
	group = make_group(reader, CONDITION_ALL, json_count(value));
	if (json_count(value) == 0)
		json_wrong(&reader->json, value, "no test is given for %s", json_key(value));
	for (size_t i = 0; group && one && reader->json.error == 0; one = json_next(one)) {
		const struct test *test = find_test(reader, one);

		group->part[i++] = test ? make_test(reader, &field, test, one) : NULL;
	}
	return group;
}

static const struct condition *read_list(struct rules_reader *reader,
					 const struct json_value *value, enum condition_kind kind,
					 unsigned depth)
{
	const struct json_value *one = json_first(value);
	struct condition *group = make_group(reader, kind, json_count(value));

	if (json_type(value) != JSON_ARRAY || json_count(value) == 0)
		json_wrong(&reader->json, value, "\"%s\" takes a list of conditions",
			   json_key(value));
	for (size_t i = 0; group && one && reader->json.error == 0; one = json_next(one))
		group->part[i++] = rules_read_condition(reader, one, depth + 1);
	return group;
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
	if (reader->json.error != 0)
		return NULL;
	group = make_group(reader, CONDITION_ALL, json_count(value));
	for (size_t i = 0; group && member && reader->json.error == 0; member = json_next(member))
		group->part[i++] = read_member(reader, member, depth);
	return group;
}
