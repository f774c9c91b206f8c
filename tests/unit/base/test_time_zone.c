#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/time_zone.h"
#include "base/time_zone_rule.h"

/* The offsets are those that Python's zoneinfo gives. */
static void zones_have_the_offsets_of_their_files(void **state)
{
	static const struct {
		const char *zone;
		int64_t time_s;
		int32_t offset_s;
		const char *why;
	} rows[] = {
		{ "UTC", INT64_C(1782864000), 0, "2026-07-01T00:00:00Z: no file" },
		{ "Europe/Berlin", INT64_C(1768478400), 3600, "2026-01-15T12:00:00Z: winter" },
		{ "Europe/Berlin", INT64_C(1774745999), 3600,
		  "2026-03-29T00:59:59Z: the last second of winter" },
		{ "Europe/Berlin", INT64_C(1774746000), 7200,
		  "2026-03-29T01:00:00Z: the first of summer" },
		{ "Europe/Berlin", INT64_C(1792889999), 7200,
		  "2026-10-25T00:59:59Z: the last of summer" },
		{ "Europe/Berlin", INT64_C(1792890000), 3600,
		  "2026-10-25T01:00:00Z: the first of winter" },
		{ "Europe/Berlin", INT64_C(4118083200), 7200,
		  "2100-07-01T00:00:00Z: past the table: the rule" },
		{ "Europe/Berlin", INT64_C(4131302400), 3600,
		  "2100-12-01T00:00:00Z: past the table, in winter" },
		{ "Europe/Berlin", INT64_C(-2840140800), 3208,
		  "1880-01-01T00:00:00Z: before the table: local mean time" },
		{ "America/New_York", INT64_C(1143892800), -18000,
		  "2006-04-01T12:00:00Z: before the law of 2007" },
		{ "America/New_York", INT64_C(1772953200), -14400,
		  "2026-03-08T07:00:00Z: summer begins" },
		{ "America/Los_Angeles", INT64_C(1793523599), -25200,
		  "2026-11-01T08:59:59Z: summer ends in one second" },
		{ "Australia/Sydney", INT64_C(1768435200), 39600,
		  "2026-01-15T00:00:00Z: summer goes over the new year" },
		{ "Australia/Sydney", INT64_C(1784073600), 36000,
		  "2026-07-15T00:00:00Z: and July is winter" },
		{ "Asia/Kolkata", INT64_C(1784073600), 19800,
		  "2026-07-15T00:00:00Z: half an hour, no summer time" },
		{ "Asia/Kathmandu", INT64_C(1784073600), 20700,
		  "2026-07-15T00:00:00Z: three quarters" },
		{ "Australia/Lord_Howe", INT64_C(1768435200), 39600,
		  "2026-01-15T00:00:00Z: summer time of half an hour" },
		{ "Pacific/Apia", INT64_C(1325239199), -36000,
		  "2011-12-30T09:59:59Z: before the day that was left out" },
		{ "Pacific/Apia", INT64_C(1325239200), 50400, "2011-12-30T10:00:00Z: and after" },
		{ "America/Nuuk", INT64_C(1901149199), -7200,
		  "2030-03-31T00:59:59Z: a rule with a negative hour" },
		{ "America/Nuuk", INT64_C(1901149200), -3600,
		  "2030-03-31T01:00:00Z: and its change" },
		{ "Africa/Casablanca", INT64_C(1772323200), 0,
		  "2026-03-01T00:00:00Z: changes by the moon" },
		{ "Europe/Dublin", INT64_C(2224713600), 3600,
		  "2040-07-01T00:00:00Z: standard time is summer's" },
		{ "Pacific/Kiritimati", INT64_C(1782864000), 50400,
		  "2026-07-01T00:00:00Z: far to the east" },
		{ "Etc/GMT+12", INT64_C(1782864000), -43200,
		  "2026-07-01T00:00:00Z: far to the west, named backwards" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct time_zone *zone;
		struct fault fault = { 0 };

		print_message("%s, %s\n", rows[i].zone, rows[i].why);
		assert_int_equal(time_zone_load(&zone, rows[i].zone, &fault), 0);
		assert_int_equal(time_zone_offset_s(zone, rows[i].time_s), rows[i].offset_s);
		time_zone_free(zone);
	}
}

static void names_that_are_no_zone_are_told(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{ "Europe/Berln",
		  "there is no time zone \"Europe/Berln\"; did you mean Europe/Berlin?" },
		{ "europe/berlin", "there is no time zone \"europe/berlin\"; write an IANA name" },
		{ "Mars/Olympus", "write an IANA name such as Europe/Berlin" },
		{ "Europe", "there is no time zone \"Europe\"" },
		{ "W. Europe Standard Time", "\"W. Europe Standard Time\" is no time zone" },
		{ "../../../etc/passwd", "is no time zone" },
		{ "/etc/localtime", "is no time zone" },
		{ "Europe//Berlin", "is no time zone" },
		{ "Europe/", "is no time zone" },
		{ "", "\"\" is no time zone" },
		{ "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "is no time zone" },
		{ "tzdata.zi", "is no time zone" },
		{ "leapseconds", "/usr/share/zoneinfo/leapseconds: is not a TZif file" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct time_zone *zone;
		struct fault fault = { 0 };

		assert_int_not_equal(time_zone_load(&zone, rows[i].name, &fault), 0);
		print_message("%s\n", fault.text);
		assert_null(zone);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
}

/* ---- rules ---- */

static void rules_hold_past_the_table(void **state)
{
	static const struct {
		const char *rule;
		int64_t time_s;
		int32_t offset_s;
		const char *why;
	} rows[] = {
		{ "UTC0", 0, 0, "nothing changes" },
		{ "<+0330>-3:30", 0, 12600, "half an hour, a name in brackets" },
		{ "EST5", 0, -18000, "west is positive" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1774745999, 3600, "last Sunday of March: before" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1774746000, 7200, "and after" },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 1767225600, 39600, "summer at New Year" },
		{ "LHST-10:30LHDT-11,M10.1.0,M4.1.0", 1768435200, 39600, "half an hour of summer" },
		{ "EST5EDT,0/0,J365/25", 1767225599, -14400, "summer all year: the old year" },
		{ "EST5EDT,0/0,J365/25", 1767243599, -14400, "summer all year: the last second" },
		{ "EST5EDT,0/0,J365/25", 1767243600, -14400, "summer all year: the first" },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1901149200, -3600, "a negative hour" },
		{ "XXX0YYY,J60,J61", 1709258400, 3600, "J60 is 1 March in a leap year too" },
		{ "XXX0YYY,J60,J61", 1709168400, 0, "and 29 February is not" },
		{ "XXX0YYY,59,60", 1709172000, 3600,
		  "day 59 from 0 is 29 February in a leap year" },
		{ "XXX0YYY,59,60", 1677636000, 3600, "and 1 March in others" },
		{ "XXX0YYY,M12.5.0/167,M1.1.1", 1767571200, 3600, "a change in the next year" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct time_zone_rule rule;

		print_message("%s: %s\n", rows[i].rule, rows[i].why);
		assert_true(time_zone_rule_parse(&rule, rows[i].rule, strlen(rows[i].rule)));
		assert_int_equal(time_zone_rule_offset_s(&rule, rows[i].time_s), rows[i].offset_s);
	}
}

static void what_is_no_rule_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"UTC",
		"U0",
		"UTC25",
		"UTC0:60",
		"<+03-3",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J365",
		"CET-1CEST,366,1",
		"CET-1CEST,M3.5.0/168,1",
		"CET-1CEST,M3.5.0,M10.5.0 ",
		"UTC99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct time_zone_rule rule;

		print_message("%s\n", rows[i]);
		assert_false(time_zone_rule_parse(&rule, rows[i], strlen(rows[i])));
	}
}

/* ---- files ---- */

/* Two kinds of time, two changes, a rule. */
static const uint8_t whole[] = {
#define COUNTS(changes) 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, changes, 0, 0, 0, 2, 0, 0, 0, 8
#define HEADER(changes)                                                                            \
	'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, COUNTS(changes)
#define TYPES 0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0x1c, 0x20, 1, 4, 'C', 'E', 'T', 0, 'C', 'E', 'S', 0
	HEADER(0), TYPES, HEADER(2), /* 64 bytes, then the header of 44 */
	0,         0,     0,         0, 0, 0,     0x10, 0,   0,   0,   0,   0,   0,
	0,         0x20,  0,         1, 0, TYPES, '\n', 'C', 'E', 'T', '-', '1', '\n',
};
#define SECOND 64

static void a_damaged_file_says_so(void **state)
{
	static const struct {
		size_t size; /* 0: all */
		size_t at;
		uint8_t value;
		const char *says, *why;
	} rows[] = {
		{ 0, 0, 'X', "f: is not a TZif file", "magic" },
		{ 3, 0, 'T', "f: is not a TZif file", "cut in the magic" },
		{ 43, 0, 'T', "f: is not a TZif file", "cut in the header" },
		{ 0, 4, 0, "f: is TZif of version 1; make one of version 2", "version" },
		{ 0, 31, 1, "f: counts leap seconds", "leap seconds" },
		{ 0, 39, 0, "f: is damaged: it has no kind of local time", "no types" },
		{ 0, 40, 0xff, "f: is damaged: its second half is missing", "too many characters" },
		{ 64, 0, 'T', "f: is damaged: its second half is missing", "cut between" },
		{ 0, SECOND, 'X', "f: is damaged: its second half is missing", "second magic" },
		{ 0, SECOND + 33, 0xff, "more changes than", "too many changes" },
		{ 0, SECOND + 35, 3, "does not hold together", "one change more than there is" },
		{ 0, SECOND + 44 + 6, 0x30, "does not hold together", "times that fall" },
		{ 0, SECOND + 44 + 16, 2, "does not hold together", "a kind that there is not" },
		{ 0, SECOND + 44 + 18, 0x7f, "does not hold together", "an offset of years" },
		{ sizeof(whole) - 1, 0, 'T', "does not hold together", "a rule without end" },
		{ sizeof(whole) - 7, 0, 'T', "does not hold together", "no rule" },
		{ 0, sizeof(whole) - 2, 'x', "does not hold together", "no rule to read" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		uint8_t bytes[sizeof(whole)];
		struct time_zone *zone;
		struct fault fault = { 0 };

		print_message("%s\n", rows[i].why);
		memcpy(bytes, whole, sizeof(whole));
		bytes[rows[i].at] = rows[i].value;
		assert_int_not_equal(time_zone_parse(&zone, bytes,
						     rows[i].size ? rows[i].size : sizeof(whole),
						     "f", &fault),
				     0);
		assert_null(zone);
		print_message("  %s\n", fault.text);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
}

static void a_table_holds_between_its_changes(void **state)
{
	static const struct {
		int64_t time_s;
		int32_t offset_s;
	} rows[] = { { 0, 3600 },      { 0xfff, 3600 },  { 0x1000, 7200 },
		     { 0x1fff, 7200 }, { 0x2000, 3600 }, { INT64_C(1) << 40, 3600 } };
	struct time_zone *zone;

	(void)state;
	assert_int_equal(time_zone_parse(&zone, whole, sizeof(whole), "f", NULL), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		assert_int_equal(time_zone_offset_s(zone, rows[i].time_s), rows[i].offset_s);
	time_zone_free(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_have_the_offsets_of_their_files),
		cmocka_unit_test(names_that_are_no_zone_are_told),
		cmocka_unit_test(rules_hold_past_the_table),
		cmocka_unit_test(what_is_no_rule_is_refused),
		cmocka_unit_test(a_damaged_file_says_so),
		cmocka_unit_test(a_table_holds_between_its_changes),
	};

	return cmocka_run_group_tests_name("time_zone", tests, NULL, NULL);
}
