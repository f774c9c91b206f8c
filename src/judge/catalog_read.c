/* Reading the catalog's files: services, their names, and the privatelink names that follow.
 *
 * A name is a pattern, label by label:
 *   openai         that label
 *   bedrock*       any label that begins so; the star may stand anywhere, once
 *   {resource}     any label: the resource (also {region}; {any} is not kept)
 *   first label * or {resource}: one label or more
 *   .openai.com    openai.com itself and all names under it
 * Each private_zone gives one more pattern by itself: every name under the zone is a privatelink name
 * of the service. Zones are shared (blob.core.windows.net serves half a dozen services); the first
 * service of the catalog that has the zone gets the name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "judge/catalog_model.h"

#define SERVICES_MAX                                                                               \
	4096 /* forty times what is known; keeps a damaged file from eating the memory */

static const char *const categories[] = { "azure-ai",     "azure-paas",     "azure-platform",
					  "azure-shared", "third-party-ai", "public-resolver" };
static const char *const clouds[] = { "public", "usgov", "china" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
	struct catalog *catalog;
	struct json_reader reader;
	const struct catalog_service *service;
	const char *cloud;
};

/* One name as the file gives it. */
struct entry {
	const struct json_value *at; /* for messages */
	const char *name;
	const char *private_zone; /* or NULL */
	bool is_shared;
};

static void no_memory(struct reading *reading)
{
	if (reading->reader.error != 0)
		return;
	fault_set(reading->reader.fault, "%s: not enough memory", json_path(reading->reader.json));
	reading->reader.error = -ENOMEM;
}

static void *take(struct reading *reading, size_t count, size_t size)
{
	void *taken = arena_take(reading->catalog->arena, count, size);

	if (!taken)
		no_memory(reading);
	return taken;
}

/* The variable part of a label that begins at `text`: its kind and length; 0: no variable begins. */
static size_t variable_at(const char *text, uint8_t *kind)
{
	static const struct {
		const char *text;
		uint8_t kind;
	} variables[] = {
		{ "*", LABEL_ANY },
		{ "{any}", LABEL_ANY },
		{ "{resource}", LABEL_RESOURCE },
		{ "{region}", LABEL_REGION },
	};

	for (size_t i = 0; i < COUNT(variables); i++) {
		size_t length = strlen(variables[i].text);

		if (strncmp(text, variables[i].text, length) == 0) {
			*kind = variables[i].kind;
			return length;
		}
	}
	return 0;
}

/* Reads the label of `length` bytes at `text`. False: it is none. */
static bool parse_label(const char *text, size_t length, struct label *label)
{
	size_t before = strcspn(text, "*{."), variable;

	*label = (struct label){ .before = text, .after = text + length };
	if (length == 0 || length > CATALOG_RESOURCE_MAX)
		return false;
	label->before_length = (uint8_t)(before < length ? before : length);
	if (before >= length)
		return memchr(text, '}', length) == NULL;
	variable = variable_at(text + before, &label->kind);
	if (variable == 0)
		return false;
	label->after = text + before + variable;
	label->after_length = (uint8_t)(length - before - variable);
	return !memchr(label->after, '*', label->after_length) &&
	       !memchr(label->after, '{', label->after_length);
}

/* Splits a name into the labels in front and the plain tail. False: it is no pattern. */
static bool parse_pattern(struct pattern *pattern, const char *name, struct label *front,
			  unsigned *front_count)
{
	struct label labels[CATALOG_LABELS_MAX];
	unsigned count = 0, plain = 0;

	for (const char *at = name; at; count++) {
		size_t length = strcspn(at, ".");

		if (count == CATALOG_LABELS_MAX || !parse_label(at, length, &labels[count]))
			return false;
		plain = labels[count].kind == LABEL_LITERAL ? plain + 1 : 0;
		at = at[length] == '.' ? at + length + 1 : NULL;
	}
	if (plain == 0)
		return false;
	*front_count = count - plain;
	memcpy(front, labels, *front_count * sizeof(*front));
	pattern->tail = labels[*front_count].before;
	return true;
}

static bool keep_pattern(struct reading *reading, struct pattern *pattern)
{
	struct catalog *catalog = reading->catalog;

	if (catalog->pattern_count == catalog->pattern_room) {
		size_t room = catalog->pattern_room ? 2 * catalog->pattern_room : 256;
		struct pattern **more = reallocarray(catalog->pattern, room, sizeof(*more));

		if (!more) {
			no_memory(reading);
			return false;
		}
		catalog->pattern = more;
		catalog->pattern_room = room;
	}
	catalog->pattern[catalog->pattern_count++] = pattern;
	return true;
}

static bool has_privatelink_label(const char *name)
{
	static const char label[] = "privatelink";
	const char *found = strstr(name, label);

	for (; found; found = strstr(found + 1, label)) {
		char after = found[sizeof(label) - 1];

		if ((found == name || found[-1] == '.') && (after == '.' || after == '\0'))
			return true;
	}
	return false;
}

/* Adds the pattern of one name. A name that cannot be read is wrong at `entry`. */
static void add_name(struct reading *reading, const struct entry *entry, const char *name)
{
	struct label front[CATALOG_LABELS_MAX];
	struct pattern *pattern = take(reading, 1, sizeof(*pattern));
	char *lower = arena_lower(reading->catalog->arena, name);
	unsigned count;

	if (!pattern || !lower) {
		no_memory(reading);
		return;
	}
	if (!parse_pattern(pattern, lower, front, &count)) {
		json_wrong(&reading->reader, entry->at,
			   "\"%.80s\" is no name pattern; write plain labels at the end and *, "
			   "{resource}, {region} or {any} before them",
			   name);
		return;
	}
	pattern->service = reading->service;
	pattern->text = lower;
	pattern->private_zone = entry->private_zone;
	pattern->cloud = reading->cloud;
	pattern->label_count = (uint8_t)count;
	pattern->label = take(reading, count, sizeof(*pattern->label));
	if (!pattern->label)
		return;
	memcpy(pattern->label, front, count * sizeof(*front));
	for (unsigned i = 0; i < count; i++)
		pattern->plain_bytes = (uint16_t)(pattern->plain_bytes + front[i].before_length +
						  front[i].after_length);
	pattern->is_open = count != 0 && front[0].before_length + front[0].after_length == 0 &&
			   (front[0].kind == LABEL_RESOURCE || lower[0] == '*');
	pattern->is_tenant = reading->service->tenant_owned && !entry->is_shared;
	pattern->is_privatelink = has_privatelink_label(lower);
	keep_pattern(reading, pattern);
}

/* Adds `front` and then `name` as one pattern. */
static void add_under(struct reading *reading, const struct entry *entry, const char *front,
		      const char *name)
{
	size_t length = strlen(front) + strlen(name) + 1;
	char *under = take(reading, length, 1);

	if (!under)
		return;
	memcpy(stpcpy(under, front), name, strlen(name) + 1);
	add_name(reading, entry, under);
}

static bool zone_is_known(const struct catalog *catalog, const char *zone)
{
	static const char front[] = "{resource}.";

	for (size_t i = catalog->pattern_count; i-- > 0;) {
		const char *text = catalog->pattern[i]->text;

		if (strncmp(text, front, sizeof(front) - 1) == 0 &&
		    strcmp(text + sizeof(front) - 1, zone) == 0)
			return true;
	}
	return false;
}

static void add_entry(struct reading *reading, const struct entry *entry)
{
	if (entry->name[0] == '.') {
		add_name(reading, entry, entry->name + 1);
		add_under(reading, entry, "*", entry->name);
	} else {
		add_name(reading, entry, entry->name);
	}
	if (entry->private_zone && !zone_is_known(reading->catalog, entry->private_zone))
		add_under(reading, entry, "{resource}.", entry->private_zone);
}

static void read_entry(struct reading *reading, const struct json_value *value)
{
	struct json_reader *reader = &reading->reader;
	struct entry entry = { .at = value };

	if (json_type(value) == JSON_OBJECT) {
		entry.name = json_read_text(reader, value, "name", JSON_MUST);
		entry.private_zone = json_read_text(reader, value, "private_zone", JSON_MAY);
		entry.is_shared = json_read_flag(reader, value, "shared");
	} else {
		entry.name = json_read_value_text(reader, value);
	}
	if (reader->error == 0)
		add_entry(reading, &entry);
}

static void read_names(struct reading *reading, const struct json_value *object, const char *key)
{
	const struct json_value *list =
		json_read(&reading->reader, object, key, JSON_ARRAY, JSON_MAY);
	const struct json_value *value = json_first(list);

	for (; value && reading->reader.error == 0; value = json_next(value))
		read_entry(reading, value);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static void check_word(struct json_reader *reader, const struct json_value *value, const char *word,
		       const char *const *words, size_t count)
{
	const char *near;

	if (!word || is_one_of(word, words, count))
		return;
	near = spelling_nearest(word, words, count);
	json_wrong(reader, value, "unknown word \"%.60s\"; did you mean \"%s\"?", word,
		   near ? near : words[0]);
}

static void read_clouds(struct reading *reading, const struct json_value *object)
{
	struct json_reader *reader = &reading->reader;
	const struct json_value *list = json_read(reader, object, "clouds", JSON_OBJECT, JSON_MAY);
	const struct json_value *cloud = json_first(list);

	for (; cloud && reader->error == 0; cloud = json_next(cloud)) {
		check_word(reader, cloud, json_key(cloud), clouds, COUNT(clouds));
		reading->cloud = json_key(cloud);
		if (reader->error == 0)
			read_names(reading, list, json_key(cloud));
	}
}

static void no_twin(struct reading *reading, const struct json_value *object)
{
	const struct catalog *catalog = reading->catalog;

	for (size_t i = 0; i + 1 < catalog->service_count; i++) {
		if (strcmp(catalog->service[i].id, reading->service->id) == 0)
			json_wrong(&reading->reader, json_member(object, "id"),
				   "a second service has the id \"%s\"; rename one or join them",
				   reading->service->id);
	}
}

static void read_service(struct reading *reading, const struct json_value *object)
{
	struct json_reader *reader = &reading->reader;
	struct catalog_service *service =
		&reading->catalog->service[reading->catalog->service_count];

	service->id = json_read_text(reader, object, "id", JSON_MUST);
	service->title = json_read_text(reader, object, "title", JSON_MUST);
	service->category = json_read_text(reader, object, "category", JSON_MUST);
	service->provider = json_read_text(reader, object, "provider", JSON_MUST);
	service->tenant_owned = json_read_flag(reader, object, "tenant_owned");
	if (reader->error == 0)
		check_word(reader, json_member(object, "category"), service->category, categories,
			   COUNT(categories));
	if (reader->error != 0)
		return;
	reading->catalog->service_count++;
	reading->service = service;
	reading->cloud = clouds[0];
	no_twin(reading, object);
	read_names(reading, object, "names");
	read_clouds(reading, object);
}

/* Patterns point to services, so their array must not move: it has its full size from the start. */
static void make_room(struct reading *reading)
{
	struct catalog *catalog = reading->catalog;

	if (catalog->service)
		return;
	catalog->service_room = SERVICES_MAX;
	catalog->service = take(reading, SERVICES_MAX, sizeof(*catalog->service));
}

static int read_document(struct reading *reading)
{
	struct json_reader *reader = &reading->reader;
	const struct json_value *root = json_root(reader->json);
	const struct json_value *version =
		json_read(reader, root, "version", JSON_NUMBER, JSON_MUST);
	const struct json_value *list = json_read(reader, root, "services", JSON_ARRAY, JSON_MUST);
	const struct json_value *value = json_first(list);

	if (version && json_read_value_number(reader, version, 0, UINT16_MAX) != 1)
		json_wrong(reader, version, "this catalog has another version than 1");
	make_room(reading);
	for (; value && reader->error == 0; value = json_next(value)) {
		if (reading->catalog->service_count == reading->catalog->service_room)
			json_wrong(reader, value, "more than %d services", SERVICES_MAX);
		else
			read_service(reading, value);
	}
	return reader->error;
}

int catalog_read(struct catalog *catalog, struct json *json, struct fault *fault)
{
	struct reading reading = { .catalog = catalog, .reader = { .json = json, .fault = fault } };

	if (catalog->file_count == catalog->file_room) {
		size_t room = catalog->file_room ? 2 * catalog->file_room : 8;
		struct json **more = reallocarray(catalog->file, room, sizeof(*more));

		if (!more) {
			no_memory(&reading);
			json_free(json);
			return -ENOMEM;
		}
		catalog->file = more;
		catalog->file_room = room;
	}
	catalog->file[catalog->file_count++] = json;
	return read_document(&reading);
}
