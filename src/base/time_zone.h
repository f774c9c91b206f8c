/* time_zone.h - the clock on the wall: UTC offsets by IANA name, from the system's zone files.
 *
 * Reads TZif of version 2 and later (RFC 9636) without asking the C library, whose time zone belongs to
 * the whole process. Past the last transition of the table the rule of the footer holds. "UTC" needs
 * no file.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct time_zone;

/* name: "Europe/Berlin". Returns 0 and *zone, given; or -ENOENT, -EINVAL, -ENOMEM, ... with what is
 * wrong, and the name that was probably meant, in fault. */
int time_zone_load(struct time_zone **zone, const char *name, struct fault *fault);

/* The same from the bytes of a file; path is for the fault. */
int time_zone_parse(struct time_zone **zone, const void *bytes, size_t size, const char *path,
		    struct fault *fault);
void time_zone_free(struct time_zone *zone); /* NULL is allowed */

/* Seconds to add to UTC at a time: 3600 in Berlin's winter. */
int32_t time_zone_offset_s(const struct time_zone *zone, int64_t time_s);
