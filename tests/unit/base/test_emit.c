#include "unit.h"

#include <string.h>

#include "base/emit.h"

static void strings_are_escaped_into_valid_utf8(void **state)
{
	static const struct {
		const char *why, *text, *json;
	} rows[] = {
		{ "plain text passes", "contoso.openai.azure.com", "\"contoso.openai.azure.com\"" },
		{ "nothing", "", "\"\"" },
		{ "quotes and backslashes", "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "line ends and tabs have short escapes", "\r\n\t", "\"\\r\\n\\t\"" },
		{ "other control characters", "\x01\x1b[0m\x7f", "\"\\u0001\\u001b[0m\\u007f\"" },
		{ "UTF-8 of two, three and four bytes passes",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a lone byte keeps its value", "\xe9t\xe9", "\"\\u00e9t\\u00e9\"" },
		{ "a sequence cut by the end", "\xe2\x82", "\"\\u00e2\\u0082\"" },
		{ "an overlong slash", "\xc0\xaf", "\"\\u00c0\\u00af\"" },
		{ "an overlong sequence of three", "\xe0\x80\xaf", "\"\\u00e0\\u0080\\u00af\"" },
		{ "a surrogate", "\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"" },
		{ "above U+10FFFF", "\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\"" },
	};
	char bytes[128];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct emit json = emit_over(bytes, sizeof(bytes));

		print_message("%s\n", rows[i].why);
		emit_text(&json, rows[i].text);
		*json.at = '\0';
		assert_string_equal(bytes, rows[i].json);
	}
}

static void a_special_byte_is_found_at_any_place(void **state)
{
	static const uint8_t specials[] = { 0, 0x1f, '"', '\\', 0x7f, 0x80, 0xff };
	char text[24], bytes[64];

	(void)state;
	for (size_t place = 0; place < sizeof(text); place++) {
		for (size_t i = 0; i < ROW_COUNT(specials); i++) {
			struct emit json = emit_over(bytes, sizeof(bytes));

			memset(text, place % 2 ? '!' : '~', sizeof(text));
			text[place] = (char)specials[i];
			emit_string(&json, text, sizeof(text));
			assert_int_equal(bytes[1 + place], '\\');
			assert_true(json.at - bytes > (ptrdiff_t)sizeof(text) + 2);
		}
	}
}

static void numbers_have_all_their_digits(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 99, "99" },
		{ 100, "100" },
		{ 12345, "12345" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	char bytes[32];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct emit json = emit_over(bytes, sizeof(bytes));

		emit_u64(&json, rows[i].value);
		*json.at = '\0';
		assert_string_equal(bytes, rows[i].text);
	}
}

static void a_full_writer_writes_nothing_more_until_it_is_rewound(void **state)
{
	char bytes[16];
	struct emit json = emit_over(bytes, 8);

	(void)state;
	memset(bytes, '#', sizeof(bytes));
	emit_open(&json, '[');
	emit_separate(&json);
	struct emit_mark mark = emit_mark(&json);
	emit_text(&json, "too long for it");
	emit_u64(&json, 1);
	assert_true(json.full);
	assert_int_equal(bytes[8], '#');

	emit_rewind(&json, mark);
	emit_u64(&json, 7);
	emit_close(&json, ']');
	assert_false(json.full);
	*json.at = '\0';
	assert_string_equal(bytes, "[7]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped_into_valid_utf8),
		cmocka_unit_test(a_special_byte_is_found_at_any_place),
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(a_full_writer_writes_nothing_more_until_it_is_rewound),
	};

	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
