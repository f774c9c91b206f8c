/* schedule.h - when something is active: cron times on the wall clock of a time zone.
 *
 * On the day that clocks go forward the hour that is left out never comes; on the day that they go back
 * the hour that comes twice counts both times.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct schedule;

/* active: cron texts (base/cron.h), NULL-terminated, at least one; active in any of them. time_zone: an
 * IANA name; NULL: UTC. Nothing is kept of either. Returns 0 and *schedule, given; or -errno with what is
 * wrong in fault. */
int schedule_new(struct schedule **schedule, const char *time_zone, const char *const *active,
		 struct fault *fault);
void schedule_free(struct schedule *schedule); /* NULL is allowed */

/* time_ns: UTC, since the epoch. No allocation, no clock. */
bool schedule_is_active(const struct schedule *schedule, uint64_t time_ns);
