/* Members, paths and texts of one document. What makes facts of them is in reading_facts.c. */
#include "import/reading.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/template.h"

#define PATH_KEY_MAX 64 /* longest key that this program asks for */

struct node reading_root(struct reading *reading)
{
	return (struct node){ .at = json_root(reading->json) };
}

struct node reading_value(struct reading *reading, const struct json_value *value,
			  const struct scope *scope)
{
	struct node node = { .at = value, .scope = scope };
	const char *text = value && scope ? json_text(value) : NULL;

	if (text && text[0] == '[')
		return template_evaluate(reading, node, text);
	return node;
}

/* Equal but for case and underscores. */
static bool same_letters(const char *a, const char *b)
{
	for (;;) {
		while (*a == '_')
			a++;
		while (*b == '_')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

/* A member with these letters; one that is not null goes before one that is. */
static const struct json_value *member_of(struct node object, const char *key)
{
	const struct json_value *found = NULL;

	if (!object.at || json_type(object.at) != JSON_OBJECT)
		return NULL;
	for (const struct json_value *m = json_first(object.at); m; m = json_next(m)) {
		if (!same_letters(json_key(m), key))
			continue;
		if (json_type(m) != JSON_NULL)
			return m;
		found = found ? found : m;
	}
	return found;
}

struct node reading_member(struct reading *reading, struct node object, const char *key)
{
	/* Compute of Azure ML has properties in its properties. */
	for (int depth = 0; depth < 3 && object.at; depth++) {
		const struct json_value *member = member_of(object, key);

		if (member)
			return reading_value(reading, member, object.scope);
		const struct json_value *more = member_of(object, "properties");
		object = reading_value(reading, more, object.scope);
	}
	return (struct node){ NULL };
}

struct each reading_each(struct node list)
{
	bool many = list.at && !list.text && json_type(list.at) == JSON_ARRAY;

	return (struct each){ .next = many ? json_first(list.at) : NULL, .scope = list.scope };
}

bool reading_step(struct reading *reading, struct each *each)
{
	if (!each->next || reading->reader.error != 0)
		return false;
	each->item = reading_value(reading, each->next, each->scope);
	each->next = json_next(each->next);
	return true;
}

static struct node element(struct reading *reading, struct node list, const char *number)
{
	struct each each = reading_each(list);

	for (unsigned long i = strtoul(number, NULL, 10); reading_step(reading, &each); i--) {
		if (i == 0)
			return each.item;
	}
	return (struct node){ NULL };
}

struct node reading_path(struct reading *reading, struct node object, const char *path)
{
	while (object.at && *path) {
		char key[PATH_KEY_MAX + 1] = "";
		size_t length = strcspn(path, ".");

		memcpy(key, path, length < PATH_KEY_MAX ? length : PATH_KEY_MAX);
		object = isdigit((unsigned char)key[0]) ? element(reading, object, key)
							: reading_member(reading, object, key);
		path += length;
		path += *path == '.';
	}
	return object;
}

enum json_type reading_type(struct node node)
{
	if (node.text)
		return JSON_TEXT;
	return node.at ? json_type(node.at) : JSON_NULL;
}

bool reading_is_null(struct node node)
{
	return node.at && reading_type(node) == JSON_NULL;
}

const char *reading_text_of(struct reading *reading, struct node node)
{
	const char *text = node.text ? node.text : (node.at ? json_text(node.at) : NULL);

	if (node.at && !text && json_type(node.at) != JSON_NULL) {
		reading_wrong(reading, node, "a text is expected here, not %s; is the file whole?",
			      json_type_name(json_type(node.at)));
		return NULL;
	}
	return text && *text && reading->reader.error == 0 ? text : NULL;
}

const char *reading_text(struct reading *reading, struct node object, const char *path)
{
	return reading_text_of(reading, reading_path(reading, object, path));
}

struct source_place reading_place(const struct reading *reading, struct node node)
{
	struct json_place place = json_place(reading->json, node.at);
	const char *path = reading->path;

	return (struct source_place){ path, place.line, place.column, reading->rank };
}

static void say(struct reading *reading, struct node at, enum heard what, const char *sentence)
{
	struct fault fault = { "" };

	json_fault(reading->json, at.at ? at.at : json_root(reading->json), &fault, "%s", sentence);
	reading->hearer.hear(reading->hearer.context, what, fault.text);
}

void reading_warn(struct reading *reading, struct node at, const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	say(reading, at, HEARD_WARNING, sentence);
}

void reading_note(struct reading *reading, struct node at, const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	va_list arguments;

	if (++reading->notes > READING_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	say(reading, at, HEARD_NOTE, sentence);
}

void reading_wrong(struct reading *reading, struct node at, const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	json_wrong(&reading->reader, at.at ? at.at : json_root(reading->json), "%s", sentence);
}
