#include "unit.h"

#include "run/settings.h"

static void settings_have_names_and_bounds(void **state)
{
	static const struct {
		const char *why, *assignment, *fault; /* NULL: taken */
	} rows[] = {
		{ "a limit", "flow.limit=1000", NULL },
		{ "its bounds", "flow.limit=16777216", NULL },
		{ "past them", "flow.limit=16777217",
		  "--set flow.limit=16777217: a whole number from 64 to 16777216 is needed" },
		{ "a number so large that it would wrap",
		  "alert.fold_findings=18446744073709551617",
		  "--set alert.fold_findings=18446744073709551617: a whole number from 1 to "
		  "1048576 "
		  "is needed" },
		{ "below", "alert.fold_window=0",
		  "--set alert.fold_window=0: a whole number from 1 to 604800 is needed" },
		{ "no number", "alert.fold_window=5m",
		  "--set alert.fold_window=5m: a whole number from 1 to 604800 is needed" },
		{ "nothing", "flow.limit=",
		  "--set flow.limit=: a whole number from 64 to 16777216 is needed" },
		{ "no value", "flow.limit", "--set flow.limit: expected key=value" },
		{ "a slip", "flow.limt=3",
		  "--set flow.limt: no such setting; did you mean flow.limit?" },
		{ "a guess", "colour=3",
		  "--set colour: no such setting; pewit replay -h lists them" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct settings settings = settings_default();
		struct fault fault = { 0 };

		print_message("%s\n", rows[i].why);
		assert_int_equal(settings_set(&settings, rows[i].assignment, &fault),
				 rows[i].fault == NULL);
		if (rows[i].fault)
			assert_string_equal(fault.text, rows[i].fault);
	}
}

static void a_setting_changes_its_own_value_only(void **state)
{
	struct settings settings = settings_default();

	(void)state;
	assert_true(settings_set(&settings, "alert.fold_window=60", NULL));
	assert_int_equal(settings.fold_window_s, 60);
	assert_int_equal(settings.flow_limit, settings_default().flow_limit);
	assert_int_equal(settings.fold_findings, settings_default().fold_findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_have_names_and_bounds),
		cmocka_unit_test(a_setting_changes_its_own_value_only),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
