#include "unit.h"

#include "base/calendar.h"

static void days_are_dates(void **state)
{
	static const struct {
		int64_t day, year;
		unsigned month, of_month, weekday;
		const char *why;
	} rows[] = {
		{ 0, 1970, 1, 1, 4, "the epoch was a Thursday" },
		{ -1, 1969, 12, 31, 3, "the day before it" },
		{ 11016, 2000, 2, 29, 2, "a leap day of a century" },
		{ 20780, 2026, 11, 23, 1, "a Monday" },
		{ 47540, 2100, 2, 28, 0, "a century without a leap day" },
		{ 47541, 2100, 3, 1, 1, "and the day after" },
		{ -719468, 0, 3, 1, 3, "where eras begin" },
		{ -719469, 0, 2, 29, 2, "and the day before" },
		{ 2932896, 9999, 12, 31, 5, "the last of four digits" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct calendar_date date = calendar_date(rows[i].day);

		print_message("%s\n", rows[i].why);
		assert_int_equal(date.year, rows[i].year);
		assert_int_equal(date.month, rows[i].month);
		assert_int_equal(date.day, rows[i].of_month);
		assert_int_equal(date.weekday, rows[i].weekday);
		assert_int_equal(calendar_day(rows[i].year, rows[i].month, rows[i].of_month),
				 rows[i].day);
	}
}

static void every_day_comes_back(void **state)
{
	(void)state;
	for (int64_t day = -1000000; day < 1000000; day += 13) {
		const struct calendar_date date = calendar_date(day);

		assert_int_equal(calendar_day(date.year, date.month, date.day), day);
	}
	assert_int_equal(calendar_day_of(-1), -1);
	assert_int_equal(calendar_day_of(-CALENDAR_DAY_S), -1);
	assert_int_equal(calendar_day_of(CALENDAR_DAY_S - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_dates),
		cmocka_unit_test(every_day_comes_back),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
