/* Where values begin. cJSON's tree, walked parent before children, meets the values in the order in
 * which they begin in the text. So one pass over the text that notes the offset of every beginning
 * (a string followed by a colon is a key, not a value) gives the offsets in tree order; zipped with
 * the tree and sorted by value, they answer "where is this?" by binary search.
 */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"

struct spot {
	const cJSON *value;
	struct json_place place;
};

struct walk { /* over the text; `place` is that of the byte at `placed` */
	size_t at, placed;
	struct json_place place;
};

struct json {
	char *path;
	char *text;
	size_t length;
	cJSON *root;
	struct spot *spots; /* sorted by value */
	size_t spot_count;
};

static const cJSON *tree(const struct json_value *value)
{
	return (const cJSON *)value;
}

static const struct json_value *outside(const cJSON *value)
{
	return (const struct json_value *)value;
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' '; /* what cJSON passes over */
}

/* The offset after the string that begins at `at`. */
static size_t after_string(const struct json *json, size_t at)
{
	for (at++; at < json->length && json->text[at] != '"'; at++) {
		if (json->text[at] == '\\')
			at++;
	}
	return at < json->length ? at + 1 : json->length;
}

static bool is_key(const struct json *json, size_t after)
{
	while (after < json->length && is_blank(json->text[after]))
		after++;
	return after < json->length && json->text[after] == ':';
}

static bool begins_scalar(char c)
{
	return c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

/* The offset where the next value begins, from *at on; *at is moved past its first token. */
static size_t next_value(const struct json *json, size_t *at)
{
	while (*at < json->length) {
		size_t begin = *at;
		char c = json->text[begin];

		*at = c == '"' ? after_string(json, begin) : begin + 1;
		if (c == '{' || c == '[' || (c == '"' && !is_key(json, *at)))
			return begin;
		if (!begins_scalar(c))
			continue;
		while (*at < json->length && !strchr(",]}", json->text[*at]) &&
		       !is_blank(json->text[*at]))
			(*at)++;
		return begin;
	}
	return json->length;
}

static size_t count_values(const cJSON *value)
{
	size_t count = 1;

	/* Recursion is bounded by cJSON's own limit on nesting, 1000. */
	for (const cJSON *child = value->child; child; child = child->next)
		count += count_values(child);
	return count;
}

/* Moves the walk's place on to `offset`, which never goes back. */
static struct json_place place_on(const struct json *json, struct walk *walk, size_t offset)
{
	for (; walk->placed < offset && walk->placed < json->length; walk->placed++) {
		walk->place.column++;
		if (json->text[walk->placed] == '\n')
			walk->place = (struct json_place){ walk->place.line + 1, 1 };
	}
	return walk->place;
}

static void note_values(struct json *json, const cJSON *value, struct walk *walk)
{
	size_t begin = next_value(json, &walk->at);

	json->spots[json->spot_count++] = (struct spot){ value, place_on(json, walk, begin) };
	for (const cJSON *child = value->child; child; child = child->next)
		note_values(json, child, walk);
}

static int compare_spots(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)((const struct spot *)a)->value;
	uintptr_t right = (uintptr_t)((const struct spot *)b)->value;

	return left < right ? -1 : left > right;
}

static int note_places(struct json *json)
{
	struct walk walk = { .place = { 1, 1 } };

	json->spots = calloc(count_values(json->root), sizeof(*json->spots));
	if (!json->spots)
		return -ENOMEM;
	note_values(json, json->root, &walk);
	qsort(json->spots, json->spot_count, sizeof(*json->spots), compare_spots);
	return 0;
}

static int parse(struct json *json, struct fault *fault)
{
	const char *end = json->text;

	json->root = cJSON_ParseWithLengthOpts(json->text, json->length, &end, false);
	size_t at = json->root ? (size_t)(end - json->text) : json->length;

	while (json->root && at < json->length && is_blank(json->text[at]))
		at++;
	if (!json->root || at < json->length) {
		if (!json->root && end >= json->text && end <= json->text + json->length)
			at = (size_t)(end - json->text);
		struct walk walk = { .place = { 1, 1 } };
		struct json_place place = place_on(json, &walk, at);
		fault_set(fault, "%s:%u:%u: this is not JSON from here on; correct the syntax",
			  json->path, place.line, place.column);
		return -EINVAL;
	}
	return note_places(json);
}

int json_parse(struct json **json, const char *text, size_t length, const char *path,
	       struct fault *fault)
{
	int error = -ENOMEM;

	*json = NULL;
	if (length > JSON_BYTES_MAX) {
		fault_set(fault, "%s: larger than %zu bytes; is it the right file?", path,
			  JSON_BYTES_MAX);
		return -E2BIG;
	}
	struct json *made = calloc(1, sizeof(*made));
	if (made) {
		made->path = strdup(path);
		made->text = malloc(length + 1);
		made->length = length;
	}
	if (made && made->path && made->text) {
		memcpy(made->text, text, length);
		made->text[length] = '\0';
		error = parse(made, fault);
	}
	if (error != 0) {
		if (error == -ENOMEM)
			fault_set(fault, "%s: not enough memory", path);
		json_free(made);
		return error;
	}
	*json = made;
	return 0;
}

/* The whole file in *text, which the caller frees. */
static int read_file(const char *path, char **text, size_t *length)
{
	FILE *file = fopen(path, "re");
	size_t room = 0;
	int error = 0;

	*text = NULL;
	*length = 0;
	if (!file)
		return -errno;
	while (error == 0 && *length <= JSON_BYTES_MAX && !feof(file)) {
		if (*length == room) {
			room = room ? 2 * room : 65536;
			char *more = realloc(*text, room);
			if (!more) {
				error = -ENOMEM;
				break;
			}
			*text = more;
		}
		*length += fread(*text + *length, 1, room - *length, file);
		error = ferror(file) ? -EIO : 0;
	}
	fclose(file);
	return error;
}

int json_load(struct json **json, const char *path, struct fault *fault)
{
	char *text;
	size_t length;
	int error = read_file(path, &text, &length);

	*json = NULL;
	if (error != 0)
		fault_set(fault, "%s: cannot be read: %s", path, strerror(-error));
	else
		error = json_parse(json, text ? text : "", length, path, fault);
	free(text);
	return error;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	cJSON_Delete(json->root);
	free(json->spots);
	free(json->text);
	free(json->path);
	free(json);
}

const char *json_path(const struct json *json)
{
	return json->path;
}

const struct json_value *json_root(const struct json *json)
{
	return outside(json->root);
}

struct json_place json_place(const struct json *json, const struct json_value *value)
{
	struct spot key = { .value = tree(value) };
	const struct spot *found =
		bsearch(&key, json->spots, json->spot_count, sizeof(*json->spots), compare_spots);

	return found ? found->place : (struct json_place){ 1, 1 };
}

enum json_type json_type(const struct json_value *value)
{
	switch (tree(value)->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return JSON_BOOL;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_String:
		return JSON_TEXT;
	case cJSON_Array:
		return JSON_ARRAY;
	case cJSON_Object:
		return JSON_OBJECT;
	default:
		return JSON_NULL;
	}
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",   [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
		[JSON_TEXT] = "a text", [JSON_ARRAY] = "a list",       [JSON_OBJECT] = "an object",
	};

	return names[type];
}

const char *json_key(const struct json_value *value)
{
	return tree(value)->string;
}

const char *json_text(const struct json_value *value)
{
	return json_type(value) == JSON_TEXT ? tree(value)->valuestring : NULL;
}

double json_number(const struct json_value *value)
{
	return json_type(value) == JSON_NUMBER ? tree(value)->valuedouble : 0;
}

bool json_is_true(const struct json_value *value)
{
	return cJSON_IsTrue(tree(value));
}

size_t json_count(const struct json_value *value)
{
	size_t count = 0;

	for (const struct json_value *child = json_first(value); child; child = json_next(child))
		count++;
	return count;
}

const struct json_value *json_first(const struct json_value *value)
{
	return value ? outside(tree(value)->child) : NULL;
}

const struct json_value *json_next(const struct json_value *value)
{
	return outside(tree(value)->next);
}

const struct json_value *json_member(const struct json_value *object, const char *key)
{
	if (json_type(object) != JSON_OBJECT)
		return NULL;

	const struct json_value *member = json_first(object);
	while (member && strcmp(json_key(member), key) != 0)
		member = json_next(member);
	return member;
}

static void say(const struct json *json, const struct json_value *value, struct fault *fault,
		const char *sentence)
{
	struct json_place place = json_place(json, value);

	fault_set(fault, "%s:%u:%u: %s", json->path, place.line, place.column, sentence);
}

int json_fault(const struct json *json, const struct json_value *value, struct fault *fault,
	       const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	say(json, value, fault, sentence);
	return -EINVAL;
}

void json_wrong(struct json_reader *reader, const struct json_value *value, const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	va_list arguments;

	if (reader->error != 0)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	say(reader->json, value, reader->fault, sentence);
	reader->error = -EINVAL;
}

/* A member that may be `key` misspelt: no key of the object is nearer than this. */
static const char *misspelt(const struct json_value *object, const char *key)
{
	for (const struct json_value *m = json_first(object); m; m = json_next(m)) {
		if (spelling_nearest(json_key(m), &key, 1))
			return json_key(m);
	}
	return NULL;
}

static void say_missing(struct json_reader *reader, const struct json_value *object,
			const char *key)
{
	const char *instead = misspelt(object, key);

	if (instead)
		json_wrong(reader, object, "\"%s\" is missing; is \"%s\" a misspelling of it?", key,
			   instead);
	else
		json_wrong(reader, object, "\"%s\" is missing; add it", key);
}

const struct json_value *json_read(struct json_reader *reader, const struct json_value *object,
				   const char *key, enum json_type type, enum json_need need)
{
	if (reader->error != 0)
		return NULL;
	if (json_type(object) != JSON_OBJECT) {
		json_wrong(reader, object, "an object is expected here, not %s",
			   json_type_name(json_type(object)));
		return NULL;
	}

	const struct json_value *member = json_member(object, key);
	if (!member || json_type(member) == JSON_NULL) {
		if (need == JSON_MUST)
			say_missing(reader, object, key);
		return NULL;
	}
	if (json_type(member) != type) {
		json_wrong(reader, member, "\"%s\" must be %s, not %s", key, json_type_name(type),
			   json_type_name(json_type(member)));
		return NULL;
	}
	for (const struct json_value *m = json_next(member); m; m = json_next(m)) {
		if (strcmp(json_key(m), key) == 0)
			json_wrong(reader, m, "\"%s\" is given twice; remove one", key);
	}
	return reader->error == 0 ? member : NULL;
}

const char *json_read_value_text(struct json_reader *reader, const struct json_value *value)
{
	const char *text = json_text(value);

	if (!text)
		json_wrong(reader, value, "a text is expected here, not %s",
			   json_type_name(json_type(value)));
	else if (text[0] == '\0')
		json_wrong(reader, value, "this text is empty; fill it in or remove it");
	return reader->error == 0 ? text : NULL;
}

const char *json_read_text(struct json_reader *reader, const struct json_value *object,
			   const char *key, enum json_need need)
{
	const struct json_value *member = json_read(reader, object, key, JSON_TEXT, need);

	return member ? json_read_value_text(reader, member) : NULL;
}

uint32_t json_read_value_number(struct json_reader *reader, const struct json_value *value,
				uint32_t least, uint32_t most)
{
	double number = tree(value)->valuedouble;

	if (json_type(value) == JSON_NUMBER && number >= least && number <= most &&
	    floor(number) == number)
		return (uint32_t)number;
	json_wrong(reader, value, "a whole number from %u to %u is expected here", least, most);
	return 0;
}

bool json_read_flag(struct json_reader *reader, const struct json_value *object, const char *key)
{
	const struct json_value *member = json_read(reader, object, key, JSON_BOOL, JSON_MAY);

	return member && cJSON_IsTrue(tree(member));
}
