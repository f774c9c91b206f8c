/* Years are counted from 1 March, so that the leap day comes last and a month's first day is linear
 * in the month: (153 m + 2) / 5, with 0 for March. */
#include "base/calendar.h"

#define DAYS_TO_0000_03_01 719468 /* from 1970-01-01 back to 0000-03-01, where eras begin */
#define DAYS_PER_ERA 146097       /* 400 years */
#define THURSDAY 4                /* 1970-01-01 */

struct calendar_date calendar_date(int64_t days)
{
	int64_t since = days + DAYS_TO_0000_03_01;
	int64_t era = (since >= 0 ? since : since - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	uint32_t day = (uint32_t)(since - era * DAYS_PER_ERA); /* of the era */
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint32_t of_year = day - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * of_year + 2) / 153;

	return (struct calendar_date){
		.year = era * 400 + year + (month >= 10),
		.month = (uint8_t)(month < 10 ? month + 3 : month - 9),
		.day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1),
		.weekday = (uint8_t)(((days + THURSDAY) % 7 + 7) % 7),
	};
}

int64_t calendar_day(int64_t year, unsigned month, unsigned day)
{
	int64_t of_march = year - (month <= 2); /* the year that began in March */
	int64_t era = (of_march >= 0 ? of_march : of_march - 399) / 400;
	int64_t of_era = of_march - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + 365 * of_era + of_era / 4 - of_era / 100 + of_year -
	       DAYS_TO_0000_03_01;
}
