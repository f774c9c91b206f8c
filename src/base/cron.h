/* cron.h - times by the five fields of crontab(5): minute, hour, day of the month, month, day of the
 * week.
 *
 * A field is "*" or a list of numbers and ranges, each with a step if need be: "0,30", "8-17",
 * "10-50/20", and "5/10" for from 5 on by ten. Months and days of the week may be names of three letters;
 * Sunday is 0 and 7. When both kinds of days are given, one of them is enough, as in crontab(5).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

/* Bit n stands for n. */
struct cron {
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;
	uint16_t months;
	uint8_t weekdays;
	bool any_day, any_weekday; /* the field began with "*" */
};

/* Returns 0, or -EINVAL with the text, the field, what is wrong and what to write in fault. */
int cron_parse(struct cron *cron, const char *text, struct fault *fault);

/* Whether a minute is one of them. local_s: seconds since the epoch on the clock on the wall. */
bool cron_is_active(const struct cron *cron, int64_t local_s);
