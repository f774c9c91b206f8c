/* Reading the configuration: one document, and those of conf.d over it.
 *
 * The documents stay with the configuration: its strings are theirs. Only paths are copied, to the arena.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "daemon/config_member.h"

#define FOLDER "conf.d"
#define EXTENSION ".json"

struct reading {
	struct config_document *document;
	struct json_reader reader;
	const char *folder; /* of the file, with its last slash; "" */
	size_t folder_length;
};

static void no_memory(struct reading *reading)
{
	if (reading->reader.error != 0)
		return;
	fault_set(reading->reader.fault, "%s: not enough memory", json_path(reading->reader.json));
	reading->reader.error = -ENOMEM;
}

/* A path as the file means it. */
static const char *resolve(struct reading *reading, const char *path)
{
	size_t length = strlen(path) + 1, folder = reading->folder_length;

	if (strcmp(path, "-") == 0)
		return path;
	if (path[0] == '/')
		folder = 0;
	char *whole = arena_take(reading->document->arena, folder + length, 1);
	if (!whole) {
		no_memory(reading);
		return NULL;
	}
	memcpy(whole, reading->folder, folder);
	memcpy(whole + folder, path, length);
	config_member_tidy(whole);
	return whole;
}

static const char *read_text(struct reading *reading, const struct config_member *member,
			     const struct json_value *value)
{
	const char *text = json_read_value_text(&reading->reader, value);

	if (!text)
		return NULL;
	if (!config_member_is_text(text)) {
		json_wrong(&reading->reader, value,
			   "this text holds control characters, or is not UTF-8");
		return NULL;
	}
	return config_member_is_path(member) ? resolve(reading, text) : text;
}

static uint64_t read_number(struct reading *reading, const struct config_member *member,
			    const struct json_value *value)
{
	if (member->most > UINT32_MAX)
		return json_read_value_count(&reading->reader, value);
	return json_read_value_number(&reading->reader, value, (uint32_t)member->least,
				      (uint32_t)member->most);
}

static uint64_t read_word(struct reading *reading, const struct config_member *member,
			  const struct json_value *value)
{
	const char *word = json_read_value_text(&reading->reader, value);
	const char *nearest = NULL;
	char all[CONFIG_WORDS_SIZE];
	int number = word ? config_member_word(member, word, &nearest) : 0;

	if (number >= 0)
		return (uint64_t)number;
	config_member_words(member, all);
	if (nearest)
		json_wrong(&reading->reader, value,
			   "there is no \"%.60s\" for %s; did you mean %s?", word, member->key,
			   nearest);
	else
		json_wrong(&reading->reader, value, "there is no \"%.60s\" for %s; there are %s",
			   word, member->key, all);
	return 0;
}

static void read_list(struct reading *reading, const struct config_member *member,
		      const struct json_value *list)
{
	struct config *config = &reading->document->config;
	const struct json_value *value = json_first(list);
	uint64_t bits = 0;
	size_t i = 0;

	if (json_count(list) > member->most) {
		json_wrong(&reading->reader, list, "%zu elements: %s takes %llu at most",
			   json_count(list), member->key, (unsigned long long)member->most);
		return;
	}
	for (; value && reading->reader.error == 0; i++, value = json_next(value)) {
		if (member->kind == CONFIG_WORDS)
			bits |= UINT64_C(1) << read_word(reading, member, value);
		else if (member->kind == CONFIG_PORTS)
			config_member_ports(member, config)[i] = (uint16_t)json_read_value_number(
				&reading->reader, value, 1, UINT16_MAX);
		else
			config_member_texts(member, config)[i] = read_text(reading, member, value);
	}
	if (member->kind == CONFIG_WORDS) {
		config_member_put(member, config, bits);
	} else if (member->kind == CONFIG_PORTS) {
		config_member_ports(member, config)[i] = 0;
	} else {
		config_member_texts(member, config)[i] = NULL;
		*config_member_count(member, config) = i;
	}
}

static enum json_type type_of(const struct config_member *member)
{
	switch ((enum config_kind)member->kind) {
	case CONFIG_FLAG:
		return JSON_BOOL;
	case CONFIG_NUMBER:
		return JSON_NUMBER;
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_WORD:
		return JSON_TEXT;
	default:
		return JSON_ARRAY;
	}
}

static void read_value(struct reading *reading, const struct config_member *member,
		       const struct json_value *value)
{
	struct config *config = &reading->document->config;

	switch ((enum config_kind)member->kind) {
	case CONFIG_FLAG:
		config_member_put(member, config, json_flag(value));
		break;
	case CONFIG_NUMBER:
		config_member_put(member, config, read_number(reading, member, value));
		break;
	case CONFIG_WORD:
		config_member_put(member, config, read_word(reading, member, value));
		break;
	case CONFIG_TEXT:
	case CONFIG_PATH:
		*config_member_texts(member, config) = read_text(reading, member, value);
		break;
	default:
		read_list(reading, member, value);
	}
}

static void read_member(struct reading *reading, const struct config_member *member,
			const struct json_value *object)
{
	struct config_document *document = reading->document;
	struct config_origin *origin = &document->origin[config_member_index(member)];
	const char *name = config_member_name(member);
	const struct json_value *value = json_member(object, name);

	if (value && json_type(value) == JSON_NULL) {
		config_member_reset(member, &document->config);
		*origin = (struct config_origin){ .json = NULL };
		return;
	}
	value = json_read(&reading->reader, object, name, type_of(member), JSON_MAY);
	if (!value)
		return;
	*origin = (struct config_origin){ .json = reading->reader.json, .value = value };
	read_value(reading, member, value);
}

/* "$schema" is for editors, "$set_by" what config_dump_document() adds. */
static bool is_remark(const char *key)
{
	return strcmp(key, "$schema") == 0 || strcmp(key, "$set_by") == 0;
}

static bool is_section(const char *key)
{
	const struct config_section *section;

	for (size_t i = 0; (section = config_member_section(i)); i++)
		if (section->name[0] != '\0' && strcmp(section->name, key) == 0)
			return true;
	return false;
}

static bool is_member(const char *key, const struct config_section *section)
{
	const struct config_member *member;

	for (size_t i = 0; (member = config_member_at(i)); i++)
		if (config_member_in(member, section) &&
		    strcmp(config_member_name(member), key) == 0)
			return true;
	return false;
}

/* What an unknown key of a section was meant to be: another member of it, or a section. */
static const char *nearest_in(const char *key, const struct config_section *section)
{
	const char *names[2 * CONFIG_MEMBERS_MAX];
	const struct config_member *member;
	const struct config_section *other;
	size_t count = 0;

	for (size_t i = 0; (member = config_member_at(i)); i++)
		if (config_member_in(member, section))
			names[count++] = config_member_name(member);
	for (size_t i = 0; section->name[0] == '\0' && (other = config_member_section(i)); i++)
		names[count++] = other->name;
	return spelling_nearest(key, names, count);
}

static void say_unknown(struct reading *reading, const struct json_value *value,
			const struct config_section *section)
{
	const char *key = json_key(value), *near = nearest_in(key, section);
	const struct config_member *member;

	if (near) {
		json_wrong(&reading->reader, value,
			   "there is no \"%.60s\"%s%s; did you mean \"%s\"?", key,
			   section->name[0] ? " in " : "", section->name, near);
		return;
	}
	for (size_t i = 0; (member = config_member_at(i)); i++) {
		if (strcmp(config_member_name(member), key) != 0)
			continue;
		json_wrong(&reading->reader, value, "\"%.60s\" does not belong here; it is %s", key,
			   member->key);
		return;
	}
	json_wrong(&reading->reader, value,
		   "there is no \"%.60s\"%s%s; docs/configuration.md names all there is", key,
		   section->name[0] ? " in " : "", section->name);
}

static void refuse_unknown(struct reading *reading, const struct json_value *object,
			   const struct config_section *section)
{
	bool outside = section->name[0] == '\0';

	for (const struct json_value *value = json_first(object); value; value = json_next(value)) {
		const char *key = json_key(value);

		if (!is_member(key, section) && !(outside && (is_remark(key) || is_section(key))))
			say_unknown(reading, value, section);
	}
}

static void read_section(struct reading *reading, const struct config_section *section)
{
	const struct json_value *object = json_root(reading->reader.json);
	const struct config_member *member;

	if (section->name[0] != '\0')
		object = json_read(&reading->reader, object, section->name, JSON_OBJECT, JSON_MAY);
	if (!object)
		return;
	refuse_unknown(reading, object, section);
	for (size_t i = 0; (member = config_member_at(i)) && reading->reader.error == 0; i++)
		if (config_member_in(member, section))
			read_member(reading, member, object);
}

/* Takes the document over, also on an error. */
static int read_document(struct config_document *document, struct json *json, struct fault *fault)
{
	struct reading reading = {
		.document = document,
		.reader = { .json = json, .fault = fault },
		.folder = json_path(json),
	};
	const struct config_section *section;
	const char *slash = strrchr(reading.folder, '/');

	reading.folder_length = slash ? (size_t)(slash - reading.folder) + 1 : 0;
	document->file[document->file_count++] = json;
	if (json_type(json_root(json)) != JSON_OBJECT)
		json_wrong(&reading.reader, json_root(json), "an object is expected here, not %s",
			   json_type_name(json_type(json_root(json))));
	for (size_t i = 0; (section = config_member_section(i)) && reading.reader.error == 0; i++)
		read_section(&reading, section);
	return reading.reader.error;
}

static int read_file(struct config_document *document, const char *path, struct fault *fault)
{
	struct json *json;
	int error = json_load(&json, path, fault);

	return error ? error : read_document(document, json, fault);
}

/* conf.d ------------------------------------------------------------------------------------- */

static int is_wanted(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), tail = sizeof(EXTENSION) - 1;

	return entry->d_name[0] != '.' && length > tail &&
	       strcmp(entry->d_name + length - tail, EXTENSION) == 0;
}

/* By bytes: the same order under every locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_listed(struct config_document *document, const char *folder,
		       struct dirent *const *entries, int count, struct fault *fault)
{
	int error = 0;

	if (count > CONFIG_FILES_MAX - 1) {
		fault_set(fault, "%s: %d files; %d at most: put several into one", folder, count,
			  CONFIG_FILES_MAX - 1);
		return -E2BIG;
	}
	for (int i = 0; i < count && error == 0; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
			return -ENOMEM;
		error = read_file(document, path, fault);
		free(path);
	}
	return error;
}

static int read_folder(struct config_document *document, const char *folder, struct fault *fault)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_wanted, by_name);

	if (count < 0) {
		int error = errno;

		if (error == ENOENT)
			return 0;
		fault_set(fault, "%s: cannot be read: %s", folder, strerror(error));
		return -error;
	}
	int error = read_listed(document, folder, entries, count, fault);
	while (count > 0)
		free(entries[--count]);
	free(entries);
	return error;
}

static int read_folder_beside(struct config_document *document, const char *path,
			      struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) + 1 : 0;
	char *folder = NULL;
	int error;

	if (asprintf(&folder, "%.*s" FOLDER, length, path) < 0)
		return -ENOMEM;
	error = read_folder(document, folder, fault);
	free(folder);
	return error;
}

/* Opening ------------------------------------------------------------------------------------ */

static struct config_document *document_new(void)
{
	struct config_document *document = calloc(1, sizeof(*document));

	if (!document)
		return NULL;
	document->config = config_default();
	document->arena = arena_new();
	if (document->arena)
		return document;
	free(document);
	return NULL;
}

/* Gives the document, or on an error ends it. */
static int give(struct config_document **document, struct config_document *made, int error,
		struct fault *fault)
{
	if (error == 0) {
		if (made->file_count != 0)
			made->config.path = json_path(made->file[0]);
		*document = made;
		return 0;
	}
	if (error == -ENOMEM)
		fault_set(fault, "not enough memory for the configuration");
	config_free(made);
	*document = NULL;
	return error;
}

int config_read(struct config_document **document, const char *path, struct fault *fault)
{
	struct config_document *made = document_new();
	int error = made ? 0 : -ENOMEM;

	if (!error && path) {
		error = read_file(made, path, fault);
		error = error ? error : read_folder_beside(made, path, fault);
	}
	return give(document, made, error, fault);
}

int config_parse(struct config_document **document, const char *text, size_t length,
		 const char *path, struct fault *fault)
{
	struct config_document *made = document_new();
	struct json *json;
	int error = made ? json_parse(&json, text, length, path, fault) : -ENOMEM;

	error = error ? error : read_document(made, json, fault);
	return give(document, made, error, fault);
}
