#include "baseline/baseline_field.h"

#include "event/event_text.h"

const char *baseline_field_text(struct json_reader *reader, const struct json_value *object,
				const char *key)
{
	const char *text = object ? json_read_text(reader, object, key, JSON_MAY) : NULL;

	return text ? text : "";
}

uint64_t baseline_field_count(struct json_reader *reader, const struct json_value *object,
			      const char *key, enum json_need need)
{
	const struct json_value *value =
		object ? json_read(reader, object, key, JSON_NUMBER, need) : NULL;

	return value ? json_read_value_count(reader, value) : 0;
}

uint64_t baseline_field_time(struct json_reader *reader, const struct json_value *object,
			     const char *key, enum json_need need)
{
	const struct json_value *value =
		object ? json_read(reader, object, key, JSON_TEXT, need) : NULL;
	uint64_t time_ns = 0;

	if (value && !event_text_read_time(json_text(value), &time_ns))
		json_wrong(reader, value,
			   "\"%s\" must be a time such as 2026-11-22T22:00:38.609260+0000", key);
	return time_ns;
}

unsigned baseline_field_value(struct json_reader *reader, const struct json_value *value,
			      const char *what, int (*value_of)(const char *name), unsigned none)
{
	const char *text = json_read_value_text(reader, value);
	int number = text ? value_of(text) : (int)none;

	if (number >= 0)
		return (unsigned)number;
	json_wrong(reader, value, "this version of pewit knows no %s \"%.64s\"", what, text);
	return none;
}

unsigned baseline_field_word(struct json_reader *reader, const struct json_value *object,
			     const char *key, int (*value_of)(const char *name), unsigned none)
{
	const struct json_value *value =
		object ? json_read(reader, object, key, JSON_TEXT, JSON_MAY) : NULL;

	return value ? baseline_field_value(reader, value, key, value_of, none) : none;
}

struct ip_addr baseline_field_ip(struct json_reader *reader, const struct json_value *value)
{
	const char *text = value ? json_read_value_text(reader, value) : NULL;
	struct ip_addr addr = { { 0 } };

	if (text && !ip_parse(text, &addr))
		json_wrong(reader, value, "\"%.64s\" is no IPv4 or IPv6 address", text);
	return addr;
}
