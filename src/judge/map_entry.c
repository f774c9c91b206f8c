#include "judge/map_entry.h"

#include <stdio.h>
#include <string.h>

const struct json_value *map_entry_key(const struct json_value *value)
{
	static const char *const keys[] = { "name",   "zone", "fqdn",     "cidr",
					    "prefix", "ip",   "from_zone" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct json_value *member = json_member(value, keys[i]);

		if (member && json_text(member))
			return member;
	}
	return NULL;
}

void map_entry_plain(const char *from, struct text *text)
{
	for (; *from != '\0'; from++) {
		bool plain = (unsigned char)*from >= ' ' && *from != 0x7f;

		text_add_bytes(text, plain ? from : "?", 1);
	}
}

void map_entry_value(const struct json_value *value, struct text *text)
{
	char digits[32];
	double number = json_number(value);

	switch (json_type(value)) {
	case JSON_TEXT:
		map_entry_plain(json_text(value), text);
		return;
	case JSON_NUMBER:
		snprintf(digits, sizeof(digits), "%.15g", number);
		text_add(text, digits);
		return;
	case JSON_BOOL:
		text_add(text, json_flag(value) ? "true" : "false");
		return;
	case JSON_NULL:
		text_add(text, "null");
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		text_add(text, "...");
		return;
	}
}

void map_entry_name(const struct json_value *value, struct text *text)
{
	const struct json_value *key = map_entry_key(value);
	const struct json_value *type = json_member(value, "type"), *to = json_member(value, "to");

	map_entry_value(key ? key : value, text);
	if (key && type && json_text(type)) {
		text_add(text, " ");
		map_entry_plain(json_text(type), text);
	}
	if (key && to && json_text(to)) {
		text_add(text, " to ");
		map_entry_plain(json_text(to), text);
	}
}

bool map_entry_is_remark(const struct json_value *member)
{
	const char *key = json_key(member);

	return key && (strcmp(key, "generated") == 0 || strcmp(key, "learned") == 0 ||
		       strcmp(key, "$schema") == 0);
}
