#include "identify/tls_der.h"

#include "base/calendar.h"

bool tls_der_next(struct cursor *cursor, struct tls_der *element)
{
	const uint8_t *start = cursor->at;
	uint32_t length;

	if (cursor->left == 0)
		return false;
	element->tag = cursor_u8(cursor);
	length = cursor_u8(cursor);
	switch (length) {
	case 0x81:
		length = cursor_u8(cursor);
		break;
	case 0x82:
		length = cursor_u16(cursor);
		break;
	case 0x83:
		length = cursor_u24(cursor);
		break;
	default:
		if (length >= 0x80)
			cursor->failed = true;
	}
	if ((element->tag & 0x1f) == 0x1f)
		cursor->failed = true; /* the tag goes on in further bytes */
	if (cursor->failed)
		return false;
	element->content = cursor_sub(cursor, length);
	element->whole = cursor_over(start, (size_t)(cursor->at - start));
	return !cursor->failed;
}

struct cursor tls_der_take(struct cursor *cursor, uint8_t tag)
{
	struct tls_der element;

	if (!cursor->failed && tls_der_next(cursor, &element) && element.tag == tag)
		return element.content;
	cursor->failed = true;
	return (struct cursor){ .failed = true };
}

bool tls_der_skip_if(struct cursor *cursor, uint8_t tag)
{
	struct tls_der element;

	return cursor->left != 0 && cursor->at[0] == tag && tls_der_next(cursor, &element);
}

/* A number of two decimal digits; -1 if it is none. */
static int two_digits(struct cursor *text)
{
	unsigned int tens = cursor_u8(text) - (unsigned int)'0';
	unsigned int ones = cursor_u8(text) - (unsigned int)'0';

	return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -1;
}

/* UTCTime has two digits of the year, from 1950 to 2049 (RFC 5280 section 4.1.2.5.1). */
static int take_year(struct cursor *text, uint8_t tag)
{
	int first = two_digits(text);
	int second;

	if (tag == DER_UTC_TIME)
		return first < 0 ? -1 : first + (first < 50 ? 2000 : 1900);
	second = two_digits(text);
	return first < 0 || second < 0 ? -1 : first * 100 + second;
}

/* Month, day, hour, minute and second, and the Z that DER wants behind them. */
static bool take_rest(struct cursor *text, int part[5])
{
	static const struct {
		int least, most;
	} range[5] = { { 1, 12 }, { 1, 31 }, { 0, 23 }, { 0, 59 }, { 0, 60 } };

	for (int i = 0; i < 5; i++) {
		part[i] = 0;
		if (i == 4 && text->left == 1)
			break; /* old certificates leave the seconds out */
		part[i] = two_digits(text);
		if (part[i] < range[i].least || part[i] > range[i].most)
			return false;
	}
	return cursor_u8(text) == 'Z' && text->left == 0;
}

bool tls_der_time(struct cursor *cursor, int64_t *seconds)
{
	struct tls_der element;
	int year, part[5];

	if (!tls_der_next(cursor, &element) ||
	    (element.tag != DER_UTC_TIME && element.tag != DER_GENERALIZED_TIME))
		return false;
	year = take_year(&element.content, element.tag);
	if (year < 0 || !take_rest(&element.content, part))
		return false;
	*seconds = calendar_day(year, (unsigned)part[0], (unsigned)part[1]) * CALENDAR_DAY_S +
		   (part[2] * 60 + part[3]) * 60 + part[4];
	return true;
}
