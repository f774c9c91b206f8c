#include "unit.h"

#include "base/spelling.h"

static void slips_are_counted(void **state)
{
	static const struct {
		const char *why, *a, *b;
		unsigned distance;
	} rows[] = {
		{ "the same", "name", "name", 0 },
		{ "case does not count", "Name", "nAME", 0 },
		{ "a swap is one slip", "nmae", "name", 1 },
		{ "a letter less", "nam", "name", 1 },
		{ "a letter more", "names", "name", 1 },
		{ "another letter", "nane", "name", 1 },
		{ "nothing in common", "abc", "xyz", 3 },
		{ "an empty word", "", "abc", 3 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(spelling_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(spelling_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void the_nearest_word_is_guessed_only_when_near(void **state)
{
	static const char *const words[] = { "allowed_egress", NULL, "resolvers", "platform" };

	(void)state;
	assert_string_equal(spelling_nearest("alowed_egres", words, 4), "allowed_egress");
	assert_string_equal(spelling_nearest("platfrom", words, 4), "platform");
	assert_null(spelling_nearest("schedule", words, 4));
	assert_null(spelling_nearest("x", words, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_are_counted),
		cmocka_unit_test(the_nearest_word_is_guessed_only_when_near),
	};

	return cmocka_run_group_tests_name("spelling", tests, NULL, NULL);
}
