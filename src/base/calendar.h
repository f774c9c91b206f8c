/* calendar.h - days since 1970-01-01 to dates and back, in the proleptic Gregorian calendar. */
#pragma once

#include <stdint.h>

#define CALENDAR_DAY_S 86400

struct calendar_date {
	int64_t year;
	uint8_t month;   /* 1 to 12 */
	uint8_t day;     /* 1 to 31 */
	uint8_t weekday; /* 0 is Sunday */
};

struct calendar_date calendar_date(int64_t day);
int64_t calendar_day(int64_t year, unsigned month, unsigned day);

/* The day that a time in seconds lies in, before 1970 too. */
static inline int64_t calendar_day_of(int64_t time_s)
{
	return time_s / CALENDAR_DAY_S - (time_s % CALENDAR_DAY_S < 0);
}
