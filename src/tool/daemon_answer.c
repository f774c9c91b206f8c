#include "tool/daemon_answer.h"

#include <stddef.h>

static const struct json_value *member(const struct json_value *object, const char *key)
{
	return object ? json_member(object, key) : NULL;
}

double daemon_answer_number(const struct json_value *object, const char *key)
{
	const struct json_value *value = member(object, key);

	return value ? json_number(value) : 0;
}

const char *daemon_answer_text(const struct json_value *object, const char *key)
{
	const struct json_value *value = member(object, key);
	const char *text = value ? json_text(value) : NULL;

	return text ? text : "";
}

bool daemon_answer_flag(const struct json_value *object, const char *key)
{
	const struct json_value *value = member(object, key);

	return value && json_flag(value);
}

const struct json_value *daemon_answer_list(const struct json_value *object, const char *key)
{
	const struct json_value *list = member(object, key);

	return list && json_type(list) == JSON_ARRAY ? json_first(list) : NULL;
}

void daemon_answer_tame(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
