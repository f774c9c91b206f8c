#include "base/time_zone_rule.h"

#include "base/calendar.h"
#include "base/cursor.h"

#define OFFSET_HOURS_MAX 24 /* POSIX.1 */
#define TIME_HOURS_MAX 167  /* RFC 9636 section 3.3.1 */
#define NAME_LENGTH_MIN 3

static char peek(const struct cursor *text)
{
	return text->left != 0 ? (char)text->at[0] : '\0';
}

static bool take(struct cursor *text, char c)
{
	return peek(text) == c && cursor_skip(text, 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CEST" or "<+03>". */
static bool skip_name(struct cursor *text)
{
	bool quoted = take(text, '<');
	size_t length = 0;

	for (;; length++) {
		char c = peek(text);

		if (!is_letter(c) && !(quoted && (is_digit(c) || c == '+' || c == '-')))
			break;
		cursor_skip(text, 1);
	}
	return length >= NAME_LENGTH_MIN && (!quoted || take(text, '>'));
}

static bool take_number(struct cursor *text, unsigned low, unsigned high, unsigned *number)
{
	if (!is_digit(peek(text)))
		return false;
	for (*number = 0; is_digit(peek(text)) && *number <= high;)
		*number = *number * 10 + cursor_u8(text) - '0';
	return *number >= low && *number <= high;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct cursor *text, unsigned hours_max, int32_t *time_s)
{
	bool negative = take(text, '-');
	unsigned hours, minutes = 0, seconds = 0;

	if (!negative)
		take(text, '+');
	if (!take_number(text, 0, hours_max, &hours) ||
	    (take(text, ':') && (!take_number(text, 0, 59, &minutes) ||
				 (take(text, ':') && !take_number(text, 0, 59, &seconds)))))
		return false;
	*time_s = (int32_t)((hours * 60 + minutes) * 60 + seconds);
	if (negative)
		*time_s = -*time_s;
	return true;
}

static bool take_month_day(struct cursor *text, struct time_zone_change *change)
{
	unsigned month, week, weekday;

	if (!take_number(text, 1, 12, &month) || !take(text, '.') ||
	    !take_number(text, 1, 5, &week) || !take(text, '.') ||
	    !take_number(text, 0, 6, &weekday))
		return false;
	change->month = (uint8_t)month;
	change->week = (uint8_t)week;
	change->weekday = (uint8_t)weekday;
	return true;
}

static bool take_change(struct cursor *text, struct time_zone_change *change)
{
	unsigned day = 0;
	bool good;

	*change = (struct time_zone_change){ .kind = DAY_OF_YEAR, .time_s = 2 * 3600 };
	if (take(text, 'M')) {
		change->kind = DAY_OF_MONTH;
		good = take_month_day(text, change);
	} else if (take(text, 'J')) {
		change->kind = DAY_OF_365;
		good = take_number(text, 1, 365, &day);
	} else {
		good = take_number(text, 0, 365, &day);
	}
	change->day = (uint16_t)day;
	return good && (!take(text, '/') || take_time(text, TIME_HOURS_MAX, &change->time_s));
}

/* POSIX counts offsets to the west. */
static bool take_offset(struct cursor *text, int32_t *offset_s)
{
	if (!take_time(text, OFFSET_HOURS_MAX, offset_s))
		return false;
	*offset_s = -*offset_s;
	return true;
}

bool time_zone_rule_parse(struct time_zone_rule *rule, const char *bytes, size_t length)
{
	struct cursor text = cursor_over(bytes, length);

	*rule = (struct time_zone_rule){ 0 };
	if (!skip_name(&text) || !take_offset(&text, &rule->standard_s))
		return false;
	if (text.left == 0)
		return true;
	rule->has_summer = true;
	rule->summer_s = rule->standard_s + 3600;
	if (!skip_name(&text) || (peek(&text) != ',' && !take_offset(&text, &rule->summer_s)))
		return false;
	return take(&text, ',') && take_change(&text, &rule->start) && take(&text, ',') &&
	       take_change(&text, &rule->end) && text.left == 0;
}

static bool is_leap(int64_t year)
{
	return calendar_day(year, 3, 1) - calendar_day(year, 2, 1) == 29;
}

/* The day of the change in a year. */
static int64_t day_of(const struct time_zone_change *change, int64_t year)
{
	int64_t first = calendar_day(year, change->kind == DAY_OF_MONTH ? change->month : 1, 1);

	if (change->kind == DAY_OF_YEAR)
		return first + change->day;
	if (change->kind == DAY_OF_365)
		return first + change->day - 1 + (change->day > 59 && is_leap(year));

	int64_t day = first + (change->weekday + 7 - calendar_date(first).weekday) % 7 +
		      7 * (change->week - 1);
	if (calendar_date(day).month != change->month)
		day -= 7; /* a fifth that is not there: the last */
	return day;
}

int32_t time_zone_rule_offset_s(const struct time_zone_rule *rule, int64_t time_s)
{
	int64_t latest_s = INT64_MIN; /* the change that came last */
	int32_t offset_s = rule->standard_s;

	if (!rule->has_summer)
		return rule->standard_s;
	/* A change may lie a week outside its year, so the years around count too. Where summer time ends
	 * at the moment in which it begins again, it goes on. */
	int64_t this_year = calendar_date(calendar_day_of(time_s)).year;
	for (int64_t year = this_year - 1; year <= this_year + 1; year++) {
		int64_t end_s = day_of(&rule->end, year) * CALENDAR_DAY_S + rule->end.time_s -
				rule->summer_s;
		int64_t start_s = day_of(&rule->start, year) * CALENDAR_DAY_S + rule->start.time_s -
				  rule->standard_s;

		if (end_s <= time_s && end_s > latest_s) {
			latest_s = end_s;
			offset_s = rule->standard_s;
		}
		if (start_s <= time_s && start_s >= latest_s) {
			latest_s = start_s;
			offset_s = rule->summer_s;
		}
	}
	return offset_s;
}
