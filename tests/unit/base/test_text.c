#include "unit.h"

#include <string.h>

#include "base/ip.h"
#include "base/text.h"

static void what_does_not_fit_is_dropped_and_said(void **state)
{
	char bytes[8];
	struct text text = text_over(bytes, sizeof(bytes));

	(void)state;
	text_add(&text, "abc");
	text_add_number(&text, 1234);
	assert_string_equal(bytes, "abc1234");
	assert_false(text.cut);
	text_add(&text, NULL);
	assert_false(text.cut);
	text_add(&text, "x");
	assert_string_equal(bytes, "abc1234");
	assert_true(text.cut);

	struct text nowhere = text_over(NULL, 0);
	text_add(&nowhere, "abc");
	assert_true(nowhere.cut);
	assert_int_equal(nowhere.length, 0);
}

static void numbers_and_addresses_are_written_in_full(void **state)
{
	char bytes[128];
	struct text text = text_over(bytes, sizeof(bytes));
	struct ip_addr v4, v6;

	(void)state;
	assert_true(ip_parse("10.0.0.1", &v4) && ip_parse("fd00::1", &v6));
	text_add_number(&text, 0);
	text_add(&text, " ");
	text_add_number(&text, UINT64_MAX);
	text_add(&text, " ");
	text_add_ip(&text, &v4);
	text_add(&text, " ");
	text_add_ip(&text, &v6);
	assert_string_equal(bytes, "0 18446744073709551615 10.0.0.1 fd00::1");
}

static void a_long_name_gives_up_its_middle(void **state)
{
	static const struct {
		const char *why, *name, *shown;
	} rows[] = {
		{ "it fits", "abcdefghijklmnop", "abcdefghijklmnop" },
		{ "one byte too long", "abcdefghijklmnopq", "abcdef...klmnopq" },
		{ "far too long", "abcdefghij-----------------klmnopq", "abcdef...klmnopq" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char bytes[64];
		struct text text = text_over(bytes, sizeof(bytes));

		print_message("%s\n", rows[i].why);
		text_add_short(&text, rows[i].name, 16);
		assert_string_equal(bytes, rows[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_dropped_and_said),
		cmocka_unit_test(numbers_and_addresses_are_written_in_full),
		cmocka_unit_test(a_long_name_gives_up_its_middle),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
