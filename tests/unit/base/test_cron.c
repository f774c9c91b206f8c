#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/cron.h"

/* "2026-11-23 08:00" */
static int64_t time_of(const char *text)
{
	unsigned year, month, day, hour, minute;

	assert_int_equal(sscanf(text, "%u-%u-%u %u:%u", &year, &month, &day, &hour, &minute), 5);
	return calendar_day(year, month, day) * CALENDAR_DAY_S + hour * 3600 + minute * 60;
}

static void the_minutes_of_a_cron_text_are_active(void **state)
{
	static const struct {
		const char *cron, *at;
		bool active;
		const char *why;
	} rows[] = {
		{ "* * * * *", "2026-11-23 08:00", true, "always" },
		{ "* 8-17 * * 1-5", "2026-11-23 08:00", true, "the first minute of a working day" },
		{ "* 8-17 * * 1-5", "2026-11-23 17:59", true, "the last minute" },
		{ "* 8-17 * * 1-5", "2026-11-23 07:59", false, "too early" },
		{ "* 8-17 * * 1-5", "2026-11-23 18:00", false, "too late" },
		{ "* 8-17 * * 1-5", "2026-11-22 12:00", false, "a Sunday" },
		{ "* * * * 7", "2026-11-22 12:00", true, "7 is Sunday" },
		{ "* * * * sat-sun", "2026-11-22 12:00", true, "a range that ends with Sunday" },
		{ "* * * * sat-sun", "2026-11-20 12:00", false, "and holds no Friday" },
		{ "* * * * MON,Wed", "2026-11-25 12:00", true, "names in any case" },
		{ "* * * jan-mar *", "2026-03-31 00:00", true, "months by name" },
		{ "* * * jan-mar *", "2026-04-01 00:00", false, "and no others" },
		{ "*/15 * * * *", "2026-11-23 08:45", true, "a step" },
		{ "*/15 * * * *", "2026-11-23 08:46", false, "and between its steps" },
		{ "5/20 * * * *", "2026-11-23 08:45", true, "from five on by twenty" },
		{ "5/20 * * * *", "2026-11-23 08:04", false, "and not before" },
		{ "10-40/15 * * * *", "2026-11-23 08:25", true, "a step in a range" },
		{ "10-40/15 * * * *", "2026-11-23 08:55", false, "and not past it" },
		{ "0,30 * * * *", "2026-11-23 08:30", true, "a list" },
		{ "0 0 13 * 5", "2026-11-13 00:00", true, "both days: a Friday the 13th" },
		{ "0 0 13 * 5", "2026-12-13 00:00", true, "a 13th that is a Sunday" },
		{ "0 0 13 * 5", "2026-11-20 00:00", true, "a Friday that is no 13th" },
		{ "0 0 13 * 5", "2026-11-21 00:00", false, "neither" },
		{ "0 0 */2 * 1", "2026-11-23 00:00", true, "* with a step: both must hold" },
		{ "0 0 */2 * 1", "2026-11-30 00:00", false, "an even day" },
		{ "59 23 31 12 *", "1969-12-31 23:59", true, "before the epoch" },
		{ "\t0 0  29 2 * ", "2024-02-29 00:00", true, "blanks around, a leap day" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { 0 };
		struct cron cron;

		print_message("%s: %s\n", rows[i].cron, rows[i].why);
		assert_int_equal(cron_parse(&cron, rows[i].cron, &fault), 0);
		assert_int_equal(cron_is_active(&cron, time_of(rows[i].at)), rows[i].active);
		assert_int_equal(cron_is_active(&cron, time_of(rows[i].at) + 59), rows[i].active);
	}
}

static void mistakes_name_the_field_and_what_to_write(void **state)
{
	static const struct {
		const char *cron, *says;
	} rows[] = {
		{ "60 8 * * 1-5", "cron \"60 8 * * 1-5\": minute: 60 is not in 0 to 59" },
		{ "* 24 * * *", "hour: 24 is not in 0 to 23" },
		{ "* * 0 * *", "day of the month: 0 is not in 1 to 31" },
		{ "* * * 13 *", "month: 13 is not in 1 to 12" },
		{ "* * * * 8", "day of the week: 8 is not in 0 to 7" },
		{ "* 99999999999 * * *", "hour: 99999999999 is not in 0 to 23" },
		{ "* * * jna *", "month: there is no \"jna\"; did you mean jan?" },
		{ "* * * * monday",
		  "day of the week: there is no \"monday\"; write a number or a name "
		  "such as sun" },
		{ "* 22-6 * * *", "hour: 22-6 runs backwards; write 22-23,0-6" },
		{ "*/0 * * * *", "minute: after / a step of 1 or more is needed" },
		{ "*/ * * * *", "minute: after / a step of 1 or more is needed" },
		{ "* 8- * * *",
		  "hour: \"\" is not a number; write *, a number, or a range such as 0-23" },
		{ "* 8,,9 * * *", "hour: \"\" is not a number" },
		{ "* mon * * *", "hour: \"mon\" is not a number" },
		{ "*x * * * *", "minute: \"x\" cannot follow; separate by commas" },
		{ "1-2-3 * * * *", "minute: \"-3\" cannot follow; separate by commas" },
		{ "* 8-17 * 1-5",
		  "4 of five fields; write minute hour day-of-month month day-of-week" },
		{ "", "0 of five fields" },
		{ "0 * 8-17 * * 1-5", "\"1-5\" is a sixth field" },
		{ "* * * * * *", "\"*\" is a sixth field; write minute hour" },
		{ "0 0 30 2 *", "none of its months has such a day" },
		{ "0 0 31 4,6 *", "none of its months has such a day" },
		{ "@daily", "minute: \"@daily\" is not a number" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { 0 };
		struct cron cron;

		print_message("%s\n", rows[i].cron);
		assert_int_equal(cron_parse(&cron, rows[i].cron, &fault), -22);
		print_message("  %s\n", fault.text);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_minutes_of_a_cron_text_are_active),
		cmocka_unit_test(mistakes_name_the_field_and_what_to_write),
	};

	return cmocka_run_group_tests_name("cron", tests, NULL, NULL);
}
