/* time_zone_rule.h - "CET-1CEST,M3.5.0,M10.5.0/3": when clocks change each year, as POSIX.1 (TZ) writes it,
 * with the wider hours of RFC 9636 section 3.3.1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum time_zone_day_kind {
	DAY_OF_365,   /* Jn: 1 to 365, 29 February is never counted */
	DAY_OF_YEAR,  /* n: 0 to 365 */
	DAY_OF_MONTH, /* Mm.w.d: the w-th weekday d of month m; 5 is the last */
};

struct time_zone_change {
	uint8_t kind;
	uint8_t month, week, weekday;
	uint16_t day;
	int32_t time_s; /* after that day's midnight, on the clock before the change */
};

struct time_zone_rule {
	int32_t standard_s; /* UTC offset */
	int32_t summer_s;
	bool has_summer;
	struct time_zone_change start, end; /* of summer time */
};

/* False: it is no such rule. */
bool time_zone_rule_parse(struct time_zone_rule *rule, const char *text, size_t length);

int32_t time_zone_rule_offset_s(const struct time_zone_rule *rule, int64_t time_s);
