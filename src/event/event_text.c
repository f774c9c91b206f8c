#include "event/event_text.h"

#include <string.h>

#include "base/calendar.h"
#include "base/emit.h"
#include "base/units.h"

#define FIRST_SECOND INT64_C(-62167219200) /* 0000-01-01T00:00:00 */
#define LAST_SECOND INT64_C(253402300799)  /* 9999-12-31T23:59:59 */
#define FIRST_READ_YEAR 1970
#define LAST_READ_YEAR 2554 /* when the nanoseconds run out of 64 bits */

/* Two digits of a value below 100. */
static char *put_pair(char *text, uint32_t value)
{
	memcpy(text, emit_pairs + (size_t)value * 2, 2);
	return text + 2;
}

static char *put_day(char *text, int64_t day)
{
	const struct calendar_date date = calendar_date(day);

	text = put_pair(text, (uint32_t)date.year / 100);
	text = put_pair(text, (uint32_t)date.year % 100);
	*text++ = '-';
	text = put_pair(text, date.month);
	*text++ = '-';
	return put_pair(text, date.day);
}

void event_text_date(int64_t time_s, char text[EVENT_DATE_LENGTH])
{
	if (time_s < FIRST_SECOND)
		time_s = FIRST_SECOND;
	if (time_s > LAST_SECOND)
		time_s = LAST_SECOND;

	int64_t day = calendar_day_of(time_s);
	uint32_t second = (uint32_t)(time_s - day * CALENDAR_DAY_S);

	text = put_day(text, day);
	*text++ = 'T';
	text = put_pair(text, second / 3600);
	*text++ = ':';
	text = put_pair(text, second / 60 % 60);
	*text++ = ':';
	put_pair(text, second % 60);
}

void event_text_fraction(uint32_t of_second_ns, char text[EVENT_FRACTION_LENGTH])
{
	uint32_t us = of_second_ns / (uint32_t)NS_PER_US;

	*text++ = '.';
	text = put_pair(text, us / 10000);
	text = put_pair(text, us / 100 % 100);
	text = put_pair(text, us % 100);
	memcpy(text, "+0000", 5);
}

void event_text_time(uint64_t time_ns, char text[EVENT_TIME_LENGTH])
{
	event_text_date((int64_t)(time_ns / NS_PER_S), text);
	event_text_fraction((uint32_t)(time_ns % NS_PER_S), text + EVENT_DATE_LENGTH);
}

/* Digits for '0', everything else for itself. Numbers go to number[], in their order. */
static bool read_pattern(const char *text, const char *pattern, uint32_t *number)
{
	bool in_number = false;

	for (; *pattern != '\0'; text++, pattern++) {
		if (*pattern != '0') {
			if (*text != *pattern)
				return false;
			number += in_number;
			in_number = false;
			continue;
		}
		if (*text < '0' || *text > '9')
			return false;
		*number = (in_number ? *number * 10 : 0) + (uint32_t)(*text - '0');
		in_number = true;
	}
	return *text == '\0';
}

bool event_text_read_time(const char *text, uint64_t *time_ns)
{
	uint32_t number[8]; /* year, month, day, hour, minute, second, microsecond, zone */

	if (!read_pattern(text, "0000-00-00T00:00:00.000000+0000", number))
		return false;
	if (number[0] < FIRST_READ_YEAR || number[0] > LAST_READ_YEAR || number[1] < 1 ||
	    number[1] > 12 || number[2] < 1 || number[2] > 31 || number[3] > 23 || number[4] > 59 ||
	    number[5] > 59 || number[7] != 0)
		return false;

	uint64_t days = (uint64_t)calendar_day((int)number[0], number[1], number[2]);
	uint64_t second = days * CALENDAR_DAY_S + number[3] * 3600 + number[4] * 60 + number[5];
	return !__builtin_mul_overflow(second, NS_PER_S, time_ns) &&
	       !__builtin_add_overflow(*time_ns, number[6] * NS_PER_US, time_ns);
}

/* 0 to 255, without leading zeros. */
static char *put_byte(char *text, uint8_t byte)
{
	if (byte >= 100) {
		*text = (char)('0' + byte / 100);
		return put_pair(text + 1, byte % 100);
	}
	if (byte >= 10)
		return put_pair(text, byte);
	*text = (char)('0' + byte);
	return text + 1;
}

static size_t print_v4(const uint8_t *bytes, char *text)
{
	char *at = put_byte(text, bytes[0]);

	for (int i = 1; i < 4; i++) {
		*at++ = '.';
		at = put_byte(at, bytes[i]);
	}
	return (size_t)(at - text);
}

struct zero_run {
	unsigned start, length;
};

/* The first of the longest runs of zero words, at least two: what RFC 5952 section 4.2 shortens. */
static struct zero_run longest_zero_run(const uint16_t words[8])
{
	struct zero_run best = { 8, 1 }, run = { 0, 0 };

	for (unsigned i = 0; i < 8; i++) {
		if (words[i] != 0) {
			run.length = 0;
			continue;
		}
		if (run.length++ == 0)
			run.start = i;
		if (run.length > best.length)
			best = run;
	}
	return best;
}

static size_t print_v6(const uint8_t *bytes, char *text)
{
	uint16_t words[8];
	char *at = text;

	for (unsigned i = 0; i < 8; i++)
		words[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);

	struct zero_run run = longest_zero_run(words);
	for (unsigned i = 0; i < 8; i++) {
		if (i == run.start) {
			*at++ = ':';
			i += run.length - 1;
			if (i == 7)
				*at++ = ':';
			continue;
		}
		if (i != 0)
			*at++ = ':';
		for (int shift = 12; shift >= 0; shift -= 4)
			if (words[i] >> shift != 0 || shift == 0)
				*at++ = "0123456789abcdef"[words[i] >> shift & 15];
	}
	return (size_t)(at - text);
}

size_t event_text_ip(const struct ip_addr *addr, char text[IP_TEXT_SIZE])
{
	return ip_is_v4(addr) ? print_v4(addr->bytes + 12, text) : print_v6(addr->bytes, text);
}

size_t event_text_base64(const uint8_t *bytes, size_t size, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *at = text;
	size_t i = 0;

	for (; i + 3 <= size; i += 3) {
		uint32_t group =
			(uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

		*at++ = digits[group >> 18];
		*at++ = digits[group >> 12 & 63];
		*at++ = digits[group >> 6 & 63];
		*at++ = digits[group & 63];
	}
	if (i < size) {
		uint32_t second = i + 1 < size ? bytes[i + 1] : 0;

		*at++ = digits[bytes[i] >> 2];
		*at++ = digits[(bytes[i] << 4 & 0x30) | second >> 4];
		*at++ = i + 1 < size ? digits[second << 2 & 63] : '=';
		*at++ = '=';
	}
	return (size_t)(at - text);
}
