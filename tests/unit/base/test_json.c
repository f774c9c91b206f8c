#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"

static struct json *parse(const char *text)
{
	struct json *json;
	struct fault fault = { "" };

	if (json_parse(&json, text, strlen(text), "t.json", &fault) != 0)
		fail_msg("%s", fault.text);
	return json;
}

static void assert_place(const struct json *json, const struct json_value *value, uint32_t line,
			 uint32_t column)
{
	struct json_place place = json_place(json, value);

	assert_non_null(value);
	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
}

static void every_value_knows_its_place(void **state)
{
	struct json *json = parse("{\n"
				  " \"a\": [1, \"x\\\"]{\", -2.5e3,\n"
				  "   true],\n"
				  " \"b : [\" : {\"c\" : null}, \"d\"\n"
				  "  :\"e\"\n"
				  "}\n");
	const struct json_value *root = json_root(json), *a = json_member(root, "a");
	const struct json_value *b = json_member(root, "b : ["), *element = json_first(a);

	(void)state;
	assert_place(json, root, 1, 1);
	assert_place(json, a, 2, 7);
	assert_place(json, element, 2, 8);
	element = json_next(element);
	assert_string_equal(json_text(element), "x\"]{");
	assert_place(json, element, 2, 11);
	element = json_next(element);
	assert_place(json, element, 2, 20);
	assert_place(json, json_next(element), 3, 4);
	assert_place(json, b, 4, 12);
	assert_place(json, json_first(b), 4, 19);
	assert_place(json, json_member(root, "d"), 5, 4);
	json_free(json);
}

static void bad_syntax_is_placed(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} rows[] = {
		{ "nothing at all", "", "t.json:1:1: " },
		{ "a comma too many", "{\n \"a\": 1,\n}", "t.json:3:1: " },
		{ "something after the end", "{}\n\n x", "t.json:3:2: " },
		{ "an open string", "[\"abc", "t.json:1:" },
		{ "a word of another language", "[None]", "t.json:1:2: " },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { "" };
		struct json *json;

		print_message("%s\n", rows[i].why);
		assert_int_equal(
			json_parse(&json, rows[i].text, strlen(rows[i].text), "t.json", &fault),
			-EINVAL);
		assert_null(json);
		print_message("  %s\n", fault.text);
		assert_memory_equal(fault.text, rows[i].says, strlen(rows[i].says));
	}
}

static void read_all(struct json_reader *reader)
{
	const struct json_value *root = json_root(reader->json);
	const struct json_value *list;

	json_read_text(reader, root, "name", JSON_MUST);
	list = json_read(reader, root, "ports", JSON_ARRAY, JSON_MAY);
	for (const struct json_value *v = json_first(list); v; v = json_next(v))
		json_read_value_number(reader, v, 1, 65535);
	json_read_flag(reader, root, "shared");
}

static void a_reader_names_the_first_thing_that_is_wrong(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} rows[] = {
		{ "all is well", "{\"name\": \"a\", \"ports\": [80, 65535], \"shared\": true}",
		  "" },
		{ "null counts as absent", "{\"name\": \"a\", \"ports\": null}", "" },
		{ "a must-have is absent", "{}", "t.json:1:1: \"name\" is missing; add it" },
		{ "it is there, misspelt", "{\n \"nmae\": \"a\"}",
		  "t.json:1:1: \"name\" is missing; is \"nmae\" a misspelling of it?" },
		{ "another type", "{\n  \"name\": 7}",
		  "t.json:2:11: \"name\" must be a text, not a number" },
		{ "an empty text", "{\"name\": \"\"}",
		  "t.json:1:10: this text is empty; fill it in or remove it" },
		{ "given twice", "{\"name\": \"a\",\n\"name\": \"b\"}",
		  "t.json:2:9: \"name\" is given twice; remove one" },
		{ "too large", "{\"name\": \"a\", \"ports\": [80,\n 65536]}",
		  "t.json:2:2: a whole number from 1 to 65535 is expected here" },
		{ "no whole number", "{\"name\": \"a\", \"ports\": [1.5]}",
		  "t.json:1:25: a whole number from 1 to 65535 is expected here" },
		{ "not an object", "[1]", "t.json:1:1: an object is expected here, not a list" },
		{ "only the first is told", "{\"name\": 1, \"ports\": 2}",
		  "t.json:1:10: \"name\" must be a text, not a number" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { "" };
		struct json *json = parse(rows[i].text);
		struct json_reader reader = { .json = json, .fault = &fault };

		print_message("%s\n", rows[i].why);
		read_all(&reader);
		assert_string_equal(fault.text, rows[i].says);
		assert_int_equal(reader.error, rows[i].says[0] ? -EINVAL : 0);
		json_free(json);
	}
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct fault fault = { "" };
	struct json *json;

	(void)state;
	assert_int_equal(json_load(&json, "tests/no-such.json", &fault), -ENOENT);
	assert_null(json);
	assert_non_null(strstr(fault.text, "tests/no-such.json: cannot be read"));
}

static void lines_of_a_file_keep_their_number(void **state)
{
	static const char line[] = "{\"a\": 1,\n \"b\": 2}";
	struct json *json;
	struct fault fault = { "" };

	(void)state;
	assert_int_equal(json_parse_at(&json, line, strlen(line), "t.jsonl", 17, &fault), 0);
	assert_place(json, json_root(json), 17, 1);
	assert_place(json, json_member(json_root(json), "b"), 18, 7);
	json_free(json);
	assert_int_equal(json_parse_at(&json, "{]", 2, "t.jsonl", 17, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "t.jsonl:17:2: "));
}

static void counts_are_whole_and_exact(void **state)
{
	static const struct {
		const char *text;
		uint64_t count;
		bool is_wrong;
	} rows[] = {
		{ "0", 0, false },
		{ "9007199254740992", UINT64_C(1) << 53, false },
		{ "9007199254740994", 0, true },
		{ "-1", 0, true },
		{ "0.5", 0, true },
		{ "1e999", 0, true },
		{ "\"1\"", 0, true },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct json *json = parse(rows[i].text);
		struct fault fault = { "" };
		struct json_reader reader = { .json = json, .fault = &fault };

		assert_int_equal(json_read_value_count(&reader, json_root(json)), rows[i].count);
		assert_int_equal(reader.error != 0, rows[i].is_wrong);
		json_free(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_knows_its_place),
		cmocka_unit_test(bad_syntax_is_placed),
		cmocka_unit_test(a_reader_names_the_first_thing_that_is_wrong),
		cmocka_unit_test(lines_of_a_file_keep_their_number),
		cmocka_unit_test(counts_are_whole_and_exact),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
