#include "import/overlay.h"

#include <string.h>
#include <strings.h>

/* Both documents are JSON that was read, so recursion is bounded by the reader's limit on nesting. */

static void write_merged(struct writer *writer, const char *key, const struct json_value *built,
			 const struct json_value *over);

static bool is_scalar(const struct json_value *value)
{
	return json_type(value) != JSON_OBJECT && json_type(value) != JSON_ARRAY;
}

static bool holds_objects(const struct json_value *list)
{
	for (const struct json_value *e = json_first(list); e; e = json_next(e)) {
		if (!is_scalar(e))
			return true;
	}
	return false;
}

static const char *text_at(const struct json_value *object, const char *key)
{
	const struct json_value *member = json_member(object, key);

	return member ? json_text(member) : NULL;
}

/* Whether two elements are about the same thing. Records of one name differ by type. */
static bool same_thing(const struct json_value *a, const struct json_value *b)
{
	static const char *const keys[] = { "name", "fqdn", "cidr", "zone", "ip", "prefix" };
	const char *type_a = text_at(a, "type"), *type_b = text_at(b, "type");

	if (type_a && type_b && strcasecmp(type_a, type_b) != 0)
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *left = text_at(a, keys[i]), *right = text_at(b, keys[i]);

		if (left && right)
			return strcasecmp(left, right) == 0;
	}
	return false;
}

static const struct json_value *same_in(const struct json_value *list,
					const struct json_value *element)
{
	const struct json_value *other = json_first(list);

	while (other && !same_thing(other, element))
		other = json_next(other);
	return other;
}

static void write_list(struct writer *writer, const char *key, const struct json_value *built,
		       const struct json_value *over)
{
	const struct json_value *element;

	if (!holds_objects(built) && !(over && holds_objects(over))) {
		writer_open_line(writer, key);
		for (element = json_first(over ? over : built); element;
		     element = json_next(element))
			write_merged(writer, NULL, element, NULL);
		writer_close_line(writer);
		return;
	}
	writer_open(writer, key, '[');
	for (element = json_first(built); element; element = json_next(element))
		write_merged(writer, NULL, element, over ? same_in(over, element) : NULL);
	for (element = over ? json_first(over) : NULL; element; element = json_next(element)) {
		if (!same_in(built, element))
			write_merged(writer, NULL, element, NULL);
	}
	writer_close(writer, ']');
}

static void write_object(struct writer *writer, const char *key, const struct json_value *built,
			 const struct json_value *over)
{
	const struct json_value *member;

	writer_open(writer, key, '{');
	for (member = json_first(built); member; member = json_next(member))
		write_merged(writer, json_key(member), member,
			     over ? json_member(over, json_key(member)) : NULL);
	for (member = over ? json_first(over) : NULL; member; member = json_next(member)) {
		if (!json_member(built, json_key(member)))
			write_merged(writer, json_key(member), member, NULL);
	}
	writer_close(writer, '}');
}

static void write_scalar(struct writer *writer, const char *key, const struct json_value *value)
{
	switch (json_type(value)) {
	case JSON_TEXT:
		writer_text(writer, key, json_text(value));
		break;
	case JSON_NUMBER:
		writer_number(writer, key, json_number(value));
		break;
	case JSON_BOOL:
		writer_flag(writer, key, json_flag(value));
		break;
	default:
		writer_null(writer, key);
	}
}

static void write_merged(struct writer *writer, const char *key, const struct json_value *built,
			 const struct json_value *over)
{
	if (over && json_type(over) != json_type(built)) {
		built = over;
		over = NULL;
	}
	if (json_type(built) == JSON_ARRAY)
		write_list(writer, key, built, over);
	else if (json_type(built) == JSON_OBJECT)
		write_object(writer, key, built, over);
	else
		write_scalar(writer, key, over ? over : built);
}

void overlay_write(struct writer *writer, const struct json_value *built,
		   const struct json_value *by_hand)
{
	write_merged(writer, NULL, built, by_hand);
	writer_end(writer);
}
