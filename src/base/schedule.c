#include "base/schedule.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cron.h"
#include "base/time_zone.h"
#include "base/units.h"

struct schedule {
	struct time_zone *zone;
	uint32_t cron_count;
	struct cron cron[];
};

int schedule_new(struct schedule **schedule, const char *time_zone, const char *const *active,
		 struct fault *fault)
{
	struct schedule *made;
	uint32_t count = 0;
	int error;

	*schedule = NULL;
	while (active[count])
		count++;
	if (count == 0) {
		fault_set(fault,
			  "a schedule without cron times is never active; write one, such as "
			  "\"* 8-17 * * 1-5\"");
		return -EINVAL;
	}
	made = calloc(1, sizeof(*made) + count * sizeof(made->cron[0]));
	if (!made)
		return -ENOMEM;
	error = time_zone_load(&made->zone, time_zone ? time_zone : "UTC", fault);
	for (; error == 0 && made->cron_count < count; made->cron_count++)
		error = cron_parse(&made->cron[made->cron_count], active[made->cron_count], fault);
	if (error != 0) {
		schedule_free(made);
		return error;
	}
	*schedule = made;
	return 0;
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	time_zone_free(schedule->zone);
	free(schedule);
}

bool schedule_is_active(const struct schedule *schedule, uint64_t time_ns)
{
	int64_t utc_s = (int64_t)(time_ns / NS_PER_S);
	int64_t local_s = utc_s + time_zone_offset_s(schedule->zone, utc_s);

	for (uint32_t i = 0; i < schedule->cron_count; i++)
		if (cron_is_active(&schedule->cron[i], local_s))
			return true;
	return false;
}
