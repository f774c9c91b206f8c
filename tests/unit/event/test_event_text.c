#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event/event_text.h"

static void times_are_utc_with_microseconds(void **state)
{
	char text[EVENT_TIME_LENGTH + 1] = { 0 };

	(void)state;
	event_text_time(UINT64_C(1795384838609260999), text);
	assert_string_equal(text, "2026-11-22T22:00:38.609260+0000");
	event_text_time(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000+0000");
	event_text_time(UINT64_MAX, text);
	assert_string_equal(text, "2554-07-21T23:34:33.709551+0000");
}

static void a_time_is_read_as_it_was_written(void **state)
{
	static const char *const wrong[] = {
		"",
		"2026-11-22T22:00:38.609260",
		"2026-11-22T22:00:38.609260Z",
		"2026-11-22T22:00:38.609260+0100",
		"2026-11-22T22:00:38.609260+00000",
		"2026-13-22T22:00:38.609260+0000",
		"2026-11-22T24:00:38.609260+0000",
		"1969-11-22T22:00:38.609260+0000",
		"2554-12-31T23:59:59.999999+0000",
		"9999-11-22T22:00:38.609260+0000",
	};
	char text[EVENT_TIME_LENGTH + 1] = { 0 };
	uint64_t time_ns;

	(void)state;
	for (uint64_t at = 0; at < UINT64_MAX - UINT64_C(999999999999999); at += 7919000000001000) {
		event_text_time(at, text);
		assert_true(event_text_read_time(text, &time_ns));
		assert_int_equal(time_ns, at / 1000 * 1000);
	}
	event_text_time(UINT64_MAX, text);
	assert_true(event_text_read_time(text, &time_ns));
	for (size_t i = 0; i < ROW_COUNT(wrong); i++)
		if (event_text_read_time(wrong[i], &time_ns))
			fail_msg("%s", wrong[i]);
}

static void dates_agree_with_the_c_library_over_nine_thousand_years(void **state)
{
	char ours[EVENT_DATE_LENGTH + 1] = { 0 }, theirs[64];

	(void)state;
	for (int64_t time_s = -62135596800; time_s <= 253402300799; time_s += 86400 * 11 + 7919) {
		time_t copy = time_s;
		struct tm tm;

		event_text_date(time_s, ours);
		gmtime_r(&copy, &tm);
		snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		assert_string_equal(ours, theirs);
	}
}

static void dates_stay_within_four_digits(void **state)
{
	char text[EVENT_DATE_LENGTH + 1] = { 0 };

	(void)state;
	event_text_date(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59");
	event_text_date(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00");
}

static void addresses_are_as_the_c_library_prints_them(void **state)
{
	static const char *const rows[] = {
		"0.0.0.0",
		"10.10.1.10",
		"255.255.255.255",
		"::",
		"::1",
		"1::",
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1",
		"2001:0:0:1:0:0:0:1",
		"fe80::1:0:0:1",
		"1:2:3:4:5:6:7:8",
		"0:0:1::",
		"ff02::1:ff00:1234",
	};
	char ours[IP_TEXT_SIZE], theirs[IP_TEXT_SIZE];
	struct ip_addr addr;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		assert_true(ip_parse(rows[i], &addr));
		ours[event_text_ip(&addr, ours)] = '\0';
		ip_print(&addr, theirs);
		assert_string_equal(ours, theirs);
	}
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < 16; j++) /* half the bytes are zero: runs of all lengths */
			addr.bytes[j] = random() % 2 ? 0 : (uint8_t)random();
		addr.bytes[0] = 0x20; /* not one of the forms with IPv4 inside */
		ours[event_text_ip(&addr, ours)] = '\0';
		ip_print(&addr, theirs);
		assert_string_equal(ours, theirs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_utc_with_microseconds),
		cmocka_unit_test(a_time_is_read_as_it_was_written),
		cmocka_unit_test(dates_agree_with_the_c_library_over_nine_thousand_years),
		cmocka_unit_test(dates_stay_within_four_digits),
		cmocka_unit_test(addresses_are_as_the_c_library_prints_them),
	};

	return cmocka_run_group_tests_name("event_text", tests, NULL, NULL);
}
