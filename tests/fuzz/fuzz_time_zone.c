/* A TZif file: it reads or says what is wrong, and gives an offset within a day or so at any time. */
#include <stdint.h>
#include <stdlib.h>

#include "base/time_zone.h"

#define OFFSET_MAX (27 * 3600) /* a summer time of 24 hours and one more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t step_s = 86400 * INT64_C(37) + 4711;
	struct fault fault = { "" };
	struct time_zone *zone;

	if (time_zone_parse(&zone, data, size, "f", &fault) != 0) {
		if (fault.text[0] == '\0' || zone)
			abort();
		return 0;
	}
	for (int64_t time_s = -100 * step_s; time_s < 1000 * step_s; time_s += step_s) {
		int32_t offset_s = time_zone_offset_s(zone, time_s);

		if (offset_s < -OFFSET_MAX || offset_s > OFFSET_MAX)
			abort();
	}
	time_zone_free(zone);
	return 0;
}
