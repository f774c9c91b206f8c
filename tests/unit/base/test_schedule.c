#include "unit.h"

#include <string.h>

#include "base/schedule.h"

static void a_schedule_keeps_the_time_of_its_zone(void **state)
{
	static const struct {
		const char *zone, *active[3];
		uint64_t time_s;
		bool is_active;
		const char *why;
	} rows[] = {
		{ NULL, { "* 8-17 * * 1-5" }, 1795449600, true, "16:00 UTC, a Monday" },
		{ "America/Los_Angeles", { "0 8 * * *" }, 1795449600, true, "08:00 there" },
		{ "Europe/Berlin", { "* 8-15 * * *" }, 1795449600, false, "17:00 there" },
		{ "Europe/Berlin",
		  { "0 4 * * *", "0 17 * * mon" },
		  1795449600,
		  true,
		  "one of two is enough" },
		{ "Europe/Berlin",
		  { "0-59 2 29 3 *" },
		  1774745999,
		  false,
		  "01:59:59 before the gap" },
		{ "Europe/Berlin",
		  { "0-59 2 29 3 *" },
		  1774746000,
		  false,
		  "03:00: no 02:00 that day" },
		{ "Europe/Berlin", { "0 3 29 3 *" }, 1774746000, true, "03:00 follows 01:59" },
		{ "Europe/Berlin", { "30 2 25 10 *" }, 1792888200, true, "02:30 in summer time" },
		{ "Europe/Berlin", { "30 2 25 10 *" }, 1792891800, true, "02:30 again" },
		{ "Europe/Berlin", { "30 2 25 10 *" }, 1792895400, false, "but not a third time" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct schedule *schedule;
		struct fault fault = { 0 };

		print_message("%s\n", rows[i].why);
		assert_int_equal(schedule_new(&schedule, rows[i].zone, rows[i].active, &fault), 0);
		assert_int_equal(schedule_is_active(schedule, ns(rows[i].time_s)),
				 rows[i].is_active);
		schedule_free(schedule);
	}
}

static void a_schedule_that_cannot_work_says_why(void **state)
{
	static const struct {
		const char *zone, *active[3], *says;
	} rows[] = {
		{ NULL, { NULL }, "a schedule without cron times is never active" },
		{ "Europe/Berln", { "* * * * *" }, "did you mean Europe/Berlin?" },
		{ "UTC", { "* * * * *", "* 25 * * *" }, "cron \"* 25 * * *\": hour: 25" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct schedule *schedule;
		struct fault fault = { 0 };

		assert_int_not_equal(schedule_new(&schedule, rows[i].zone, rows[i].active, &fault),
				     0);
		assert_null(schedule);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_keeps_the_time_of_its_zone),
		cmocka_unit_test(a_schedule_that_cannot_work_says_why),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
