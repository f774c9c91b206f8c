/* What the scanner reads, and where it says that something is wrong. */
#include "unit.h"

#include <string.h>

#include "base/json_scan.h"

#define KEY_SIZE 16
#define TEXT_SIZE 24

struct seen {
	char text[TEXT_SIZE];
	uint32_t number;
	unsigned elements;
};

/* {"text": ..., "number": ..., "list": [strings]}; other members are skipped. */
static int read_all(const char *json, struct seen *seen, struct fault *fault)
{
	struct json_scan scan = json_scan_over(json, strlen(json), "f.json", fault);
	char key[KEY_SIZE], element[TEXT_SIZE];

	memset(seen, 0, sizeof(*seen));
	json_scan_begin(&scan, '{');
	while (json_scan_member(&scan, key, sizeof(key))) {
		if (strcmp(key, "text") == 0) {
			json_scan_text(&scan, seen->text, sizeof(seen->text));
		} else if (strcmp(key, "number") == 0) {
			seen->number = json_scan_number(&scan);
		} else if (strcmp(key, "list") == 0) {
			json_scan_begin(&scan, '[');
			while (json_scan_element(&scan))
				seen->elements += json_scan_text(&scan, element, sizeof(element));
		} else {
			json_scan_skip(&scan);
		}
	}
	return json_scan_end(&scan);
}

static void what_is_there_is_read(void **state)
{
	static const struct {
		const char *why, *json, *text;
		uint32_t number;
		unsigned elements;
	} rows[] = {
		{ "all kinds", "{\"text\":\"a\",\"number\":7,\"list\":[\"x\",\"y\"]}", "a", 7, 2 },
		{ "any order, blanks, line ends of Windows",
		  " {\r\n\t\"number\" : 4294967295 , \"text\" :\"b\" } \n", "b", UINT32_MAX, 0 },
		{ "a byte order mark", "\xef\xbb\xbf{\"text\":\"c\"}", "c", 0, 0 },
		{ "nothing in it", "{}", "", 0, 0 },
		{ "an empty list", "{\"list\":[]}", "", 0, 0 },
		{ "escapes", "{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t", 0, 0 },
		{ "characters by number, one beyond the basic plane",
		  "{\"text\":\"\\u0041\\u00fc\\u20AC\\ud83d\\ude00\"}",
		  "A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", 0, 0 },
		{ "an escaped key is the same key", "{\"t\\u0065xt\":\"d\"}", "d", 0, 0 },
		{ "others are passed over",
		  "{\"o\":{\"text\":\"no\",\"l\":[1,-2.5e+3,[]]},\"t\":true,\"f\":false,"
		  "\"n\":null,\"a-key-that-is-longer-than-its-room\":\"]}\",\"text\":\"e\"}",
		  "e", 0, 0 },
		{ "a key that is cut is no other key", "{\"number_and_more_of_it\":1}", "", 0, 0 },
	};
	struct fault fault = { "" };
	struct seen seen;

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		int error = read_all(rows[i].json, &seen, &fault);

		if (error != 0 || strcmp(seen.text, rows[i].text) != 0 ||
		    seen.number != rows[i].number || seen.elements != rows[i].elements)
			fail_msg("%s: %s", rows[i].why, fault.text);
	}
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *why, *json, *said;
	} rows[] = {
		{ "empty", "",
		  "f.json:1:1: expected an object, found the end of the file: it is "
		  "cut short" },
		{ "another kind", "[]", "f.json:1:1: expected an object, found \"[\"" },
		{ "UTF-16", "\xff\xfe{", "f.json:1:1: the file is in UTF-16; save it as UTF-8" },
		{ "a page in place of the file", "<!DOCTYPE html>",
		  "f.json:1:1: expected an object, found \"<!DOCTYPE\"" },
		{ "cut in a string", "{\n \"text\": \"ab",
		  "f.json:2:10: the string has no end: the file is cut short" },
		{ "cut after an escape", "{\"text\":\"ab\\",
		  "f.json:1:12: no such escape in a string" },
		{ "cut in an object", "{\"text\":\"a\"",
		  "f.json:1:12: expected a comma or }, found the end of the file: it is cut short" },
		{ "no comma", "{\"number\":1 \"text\":\"a\"}",
		  "f.json:1:13: expected a comma or }, found a string" },
		{ "no comma in a list", "{\"list\":[\"a\" \"b\"]}",
		  "f.json:1:14: expected a comma or ], found a string" },
		{ "a comma too many", "{\"list\":[\"a\",]}",
		  "f.json:1:14: expected a string, found \"]\"" },
		{ "a comma at the end of an object", "{\"number\":1,}",
		  "f.json:1:13: expected a key in quotes, found \"}\"" },
		{ "no colon", "{\"text\" \"a\"}", "f.json:1:9: expected a colon, found a string" },
		{ "another type", "{\"text\":17}", "f.json:1:9: expected a string, found \"17\"" },
		{ "too long", "{\"text\":\"123456789012345678901234\"}",
		  "f.json:1:9: the string is longer than 23 bytes" },
		{ "a line end in a string", "{\"text\":\"a\nb\"}",
		  "f.json:1:11: a string goes past the end of its line, or has a control character" },
		{ "a NUL by number", "{\"text\":\"\\u0000\"}",
		  "f.json:1:10: no such escape in a string" },
		{ "half a pair", "{\"text\":\"\\ud83d!\"}",
		  "f.json:1:10: no such escape in a string" },
		{ "an unknown escape", "{\"text\":\"\\x41\"}",
		  "f.json:1:10: no such escape in a string" },
		{ "a fraction", "{\"number\":1.5}",
		  "f.json:1:11: expected a whole number below 2^32, found \"1.5\"" },
		{ "a number past the limit", "{\"number\":4294967296}",
		  "f.json:1:11: expected a whole number below 2^32, found \"4294967296\"" },
		{ "a word that is none", "{\"other\":maybe}",
		  "f.json:1:10: expected a value, found \"maybe\"" },
		{ "something after the end", "{}{",
		  "f.json:1:3: expected nothing more, found \"{\"" },
		{ "wrong in what is skipped", "{\"other\":{\"a\":[1,}}",
		  "f.json:1:18: expected a value, found \"}\"" },
	};
	struct fault fault;
	struct seen seen;

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		fault.text[0] = '\0';
		if (read_all(rows[i].json, &seen, &fault) == 0)
			fail_msg("%s: read all the same", rows[i].why);
		if (strcmp(fault.text, rows[i].said) != 0)
			fail_msg("%s: %s", rows[i].why, fault.text);
	}
}

static void values_may_not_lie_too_deep(void **state)
{
	char json[8 + 2 * JSON_SCAN_DEPTH + 3] = "{\"o\":";
	struct fault fault = { "" };
	struct seen seen;

	(void)state;
	memset(json + 5, '[', JSON_SCAN_DEPTH);
	memset(json + 5 + JSON_SCAN_DEPTH, ']', JSON_SCAN_DEPTH);
	json[5 + 2 * JSON_SCAN_DEPTH] = '}';
	assert_int_equal(read_all(json, &seen, &fault), 0);
	memset(json + 5, '[', JSON_SCAN_DEPTH + 1);
	assert_int_not_equal(read_all(json, &seen, &fault), 0);
	assert_string_equal(fault.text, "f.json:1:70: values lie more than 64 deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_read),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(values_may_not_lie_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
