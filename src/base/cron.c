#include "base/cron.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/calendar.h"
#include "base/spelling.h"

#define FIELDS 5
#define NAME_LENGTH 3
#define NUMBER_MAX 9999 /* where reading a number stops: it is out of any bounds */

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
				      "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY };

static const struct field {
	const char *name;
	unsigned low, high;
	const char *const *names; /* the first stands for `low` */
	unsigned name_count;
} fields[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, NULL, 0 },
	[HOUR] = { "hour", 0, 23, NULL, 0 },
	[DAY] = { "day of the month", 1, 31, NULL, 0 },
	[MONTH] = { "month", 1, 12, months, 12 },
	[WEEKDAY] = { "day of the week", 0, 7, weekdays, 7 },
};

struct reader {
	const char *text; /* the whole */
	const char *at;
	const struct field *field;
	struct fault *fault;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_end(char c)
{
	return c == '\0' || is_blank(c);
}

/* Bytes up to the end of the item, for quoting. */
static int item_length(const char *at)
{
	return (int)strcspn(at, ", \t");
}

static bool read_number(struct reader *reader, unsigned *value)
{
	const char *start = reader->at;

	*value = 0;
	for (; *reader->at >= '0' && *reader->at <= '9'; reader->at++)
		if (*value < NUMBER_MAX) /* too large already: it will be refused */
			*value = *value * 10 + (unsigned)(*reader->at - '0');
	return reader->at != start;
}

static bool wrong_name(struct reader *reader, const char *name, size_t length)
{
	const struct field *field = reader->field;
	char word[SPELLING_WORD_MAX + 1];
	size_t kept = length < SPELLING_WORD_MAX ? length : SPELLING_WORD_MAX;

	memcpy(word, name, kept);
	word[kept] = '\0';
	const char *nearest = spelling_nearest(word, field->names, field->name_count);
	fault_set(reader->fault, "cron \"%.80s\": %s: there is no \"%s\"; %s%s%s", reader->text,
		  field->name, word, nearest ? "did you mean " : "write a number",
		  nearest ? nearest : " or a name such as ", nearest ? "?" : field->names[0]);
	return false;
}

static bool read_name(struct reader *reader, unsigned *value)
{
	const struct field *field = reader->field;
	size_t length = 0;

	while (isalpha((unsigned char)reader->at[length]))
		length++;
	for (unsigned i = 0; i < field->name_count && length == NAME_LENGTH; i++) {
		if (strncasecmp(reader->at, field->names[i], length) == 0) {
			reader->at += length;
			*value = field->low + i;
			return true;
		}
	}
	return wrong_name(reader, reader->at, length);
}

static bool read_value(struct reader *reader, unsigned *value)
{
	const struct field *field = reader->field;
	const char *start = reader->at;

	if (field->names && isalpha((unsigned char)*reader->at))
		return read_name(reader, value);
	if (!read_number(reader, value)) {
		fault_set(reader->fault,
			  "cron \"%.80s\": %s: \"%.*s\" is not a number; "
			  "write *, a number, or a range such as %u-%u",
			  reader->text, field->name, item_length(start), start, field->low,
			  field->high);
		return false;
	}
	if (*value < field->low || *value > field->high) {
		fault_set(reader->fault, "cron \"%.80s\": %s: %.*s is not in %u to %u",
			  reader->text, field->name, (int)(reader->at - start), start, field->low,
			  field->high);
		return false;
	}
	return true;
}

/* A range, or "*"; a single value goes on to the field's end if a step follows. */
static bool read_range(struct reader *reader, unsigned *from, unsigned *to)
{
	const struct field *field = reader->field;

	*from = field->low;
	*to = field->high;
	if (*reader->at == '*') {
		reader->at++;
		return true;
	}
	if (!read_value(reader, from))
		return false;
	if (*reader->at != '-') {
		if (*reader->at != '/')
			*to = *from;
		return true;
	}
	reader->at++;
	if (!read_value(reader, to))
		return false;
	if (*to == 0 && field == &fields[WEEKDAY])
		*to = 7; /* sat-sun */
	if (*to < *from) {
		fault_set(reader->fault,
			  "cron \"%.80s\": %s: %u-%u runs backwards; write %u-%u,%u-%u",
			  reader->text, field->name, *from, *to, *from, field->high, field->low,
			  *to);
		return false;
	}
	return true;
}

static bool read_step(struct reader *reader, unsigned *step)
{
	*step = 1;
	if (*reader->at != '/')
		return true;
	reader->at++;
	if (read_number(reader, step) && *step != 0)
		return true;
	fault_set(reader->fault, "cron \"%.80s\": %s: after / a step of 1 or more is needed",
		  reader->text, reader->field->name);
	return false;
}

static bool read_field(struct reader *reader, uint64_t *bits)
{
	unsigned from, to, step;

	for (;;) {
		if (!read_range(reader, &from, &to) || !read_step(reader, &step))
			return false;
		for (; from <= to; from += step)
			*bits |= UINT64_C(1) << from;
		if (*reader->at != ',')
			break;
		reader->at++;
	}
	if (is_end(*reader->at))
		return true;
	fault_set(reader->fault, "cron \"%.80s\": %s: \"%.*s\" cannot follow; separate by commas",
		  reader->text, reader->field->name, item_length(reader->at), reader->at);
	return false;
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(*reader->at))
		reader->at++;
}

static bool read_fields(struct reader *reader, uint64_t bits[FIELDS], bool starred[FIELDS])
{
	static const char order[] = "minute hour day-of-month month day-of-week";

	for (unsigned i = 0; i < FIELDS; i++) {
		reader->field = &fields[i];
		skip_blanks(reader);
		if (*reader->at == '\0') {
			fault_set(reader->fault, "cron \"%.80s\": %u of five fields; write %s",
				  reader->text, i, order);
			return false;
		}
		starred[i] = *reader->at == '*';
		if (!read_field(reader, &bits[i]))
			return false;
	}
	skip_blanks(reader);
	if (*reader->at == '\0')
		return true;
	fault_set(reader->fault, "cron \"%.80s\": \"%.*s\" is a sixth field; write %s",
		  reader->text, item_length(reader->at), reader->at, order);
	return false;
}

/* 31 February and the like. */
static bool is_never(const struct cron *cron)
{
	static const uint8_t lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (!cron->any_weekday)
		return false;
	for (unsigned month = 0; month < 12; month++)
		if ((cron->months >> (month + 1) & 1) &&
		    (cron->days & ((UINT64_C(2) << lengths[month]) - 1)))
			return false;
	return true;
}

int cron_parse(struct cron *cron, const char *text, struct fault *fault)
{
	struct reader reader = { .text = text, .at = text, .fault = fault };
	uint64_t bits[FIELDS] = { 0 };
	bool starred[FIELDS];

	if (!read_fields(&reader, bits, starred))
		return -EINVAL;
	*cron = (struct cron){
		.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR],
		.days = (uint32_t)bits[DAY],
		.months = (uint16_t)bits[MONTH],
		.weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f),
		.any_day = starred[DAY],
		.any_weekday = starred[WEEKDAY],
	};
	if (is_never(cron)) {
		fault_set(fault, "cron \"%.80s\": none of its months has such a day", text);
		return -EINVAL;
	}
	return 0;
}

bool cron_is_active(const struct cron *cron, int64_t local_s)
{
	int64_t day = calendar_day_of(local_s);
	unsigned minute = (unsigned)(local_s - day * CALENDAR_DAY_S) / 60;
	const struct calendar_date date = calendar_date(day);
	bool is_day = cron->days >> date.day & 1;
	bool is_weekday = cron->weekdays >> date.weekday & 1;

	if (!(cron->minutes >> minute % 60 & 1) || !(cron->hours >> minute / 60 & 1) ||
	    !(cron->months >> date.month & 1))
		return false;
	if (cron->any_day || cron->any_weekday)
		return is_day && is_weekday;
	return is_day || is_weekday;
}
