/* A cron text: it reads or says where it is wrong, and what reads has a minute in its first 28 years, in which
 * every date falls on every day of the week. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/cron.h"

#define TEXT_MAX 300
#define YEARS 28

static int64_t first_active_day(const struct cron *cron)
{
	for (int64_t day = 0; day < YEARS * 366; day++)
		for (int hour = 0; hour < 24; hour++)
			if (cron->hours >> hour & 1)
				for (int minute = 0; minute < 60; minute++)
					if (cron_is_active(cron, day * CALENDAR_DAY_S +
									 hour * 3600 + minute * 60))
						return day;
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1];
	struct fault fault = { "" };
	struct cron cron;

	if (size > TEXT_MAX)
		return 0;
	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (cron_parse(&cron, text, &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	if (first_active_day(&cron) < 0)
		abort();
	return 0;
}
