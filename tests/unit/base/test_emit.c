#include "unit.h"

#include <stdio.h>
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

/* Bytes are looked at in words of several sizes: each length up to some words, each place in it. */
static void a_special_byte_is_found_at_any_place(void **state)
{
	static const uint8_t specials[] = { 0, 0x1f, '"', '\\', 0x7f, 0x80, 0xff };
	char text[40], bytes[64];

	(void)state;
	for (size_t length = 1; length <= sizeof(text); length++) {
		for (size_t i = 0; i < length * ROW_COUNT(specials); i++) {
			struct emit json = emit_over(bytes, sizeof(bytes));
			size_t place = i / ROW_COUNT(specials);

			memset(text, place % 2 ? '!' : '~', length);
			text[place] = (char)specials[i % ROW_COUNT(specials)];
			emit_string(&json, text, length);
			assert_int_equal(bytes[1 + place], '\\');
			assert_true(json.at - bytes > (ptrdiff_t)length + 2);
		}
	}
}

static void plain_bytes_are_copied_whatever_their_number(void **state)
{
	char text[100], bytes[2 + sizeof(text)];

	(void)state;
	for (size_t length = 0; length <= sizeof(text); length++) {
		struct emit json = emit_over(bytes, length + 2);

		for (size_t i = 0; i < length; i++)
			text[i] = (char)('A' + (i * 7 + length) % 26);
		emit_string(&json, text, length);
		assert_false(json.full);
		assert_int_equal(json.at - bytes, length + 2);
		assert_int_equal(bytes[0], '"');
		assert_memory_equal(bytes + 1, text, length);
		assert_int_equal(bytes[length + 1], '"');

		json = emit_over(bytes, length + 1);
		emit_string(&json, text, length);
		assert_true(json.full);
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

static void numbers_change_their_length_where_powers_of_ten_are(void **state)
{
	char bytes[EMIT_U64_DIGITS], expected[EMIT_U64_DIGITS + 1];
	uint64_t power = 1;

	(void)state;
	for (int digits = 1; digits < EMIT_U64_DIGITS; digits++) {
		power *= 10;
		for (uint64_t value = power - 1; value <= power + 1; value++) {
			struct emit json = emit_over(bytes, sizeof(bytes));

			snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
			emit_u64(&json, value);
			assert_int_equal(json.at - bytes, strlen(expected));
			assert_memory_equal(bytes, expected, strlen(expected));

			json = emit_over(bytes, strlen(expected));
			emit_u64(&json, value);
			assert_false(json.full);
			json = emit_over(bytes, strlen(expected) - 1);
			emit_u64(&json, value);
			assert_true(json.full);
		}
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

static void there_is_no_room_past_the_end(void **state)
{
	char bytes[16];
	struct emit json = emit_over(bytes, 8);

	(void)state;
	json.at += 9;
	assert_false(emit_has(&json, 0));
	emit_u64(&json, 1);
	assert_true(json.full);
}

static void texts_are_plain_or_left_to_others(void **state)
{
	static const struct {
		const char *text;
		bool plain;
	} rows[] = {
		{ "", true },
		{ "abc", true },
		{ "eight by", true },
		{ "as many as thirty-two, or even more", true },
		{ "a\"", false },
		{ "eight b\\", false },
		{ "sixteen bytes, \x7f", false },
		{ "\xc3\xa9", false },
	};
	char bytes[64];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		size_t length = strlen(rows[i].text);

		memset(bytes, '#', sizeof(bytes));
		char *end = emit_at_plain(bytes, rows[i].text, length);
		assert_ptr_equal(end, rows[i].plain ? bytes + length + 2 : NULL);
		assert_int_equal(bytes[length + 2], '#');
		if (!end)
			continue;
		assert_memory_equal(bytes + 1, rows[i].text, length);
		assert_int_equal(bytes[0], '"');
		assert_int_equal(end[-1], '"');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped_into_valid_utf8),
		cmocka_unit_test(a_special_byte_is_found_at_any_place),
		cmocka_unit_test(plain_bytes_are_copied_whatever_their_number),
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(numbers_change_their_length_where_powers_of_ten_are),
		cmocka_unit_test(there_is_no_room_past_the_end),
		cmocka_unit_test(texts_are_plain_or_left_to_others),
		cmocka_unit_test(a_full_writer_writes_nothing_more_until_it_is_rewound),
	};

	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
