/* Reading the catalog's files: services, their names and their private DNS zones (docs/catalog.md). */
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

static const char *const document_members[] = { "$schema", "version", "services" };
static const char *const service_members[] = {
	"id",        "title",         "category",       "provider",     "tenant_owned",
	"note",      "group_ids",     "resource_types", "service_tags", "ports",
	"udp_ports", "private_zones", "names",          "clouds",
};
static const char *const name_members[] = { "name", "private_zone", "public_name", "shared",
					    "group_ids" };

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
	const char *private_zone, *public_name; /* or NULL */
	const char *const *group_ids;
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

static void check_members(struct json_reader *reader, const struct json_value *object,
			  const char *const *known, size_t count)
{
	const struct json_value *member =
		json_type(object) == JSON_OBJECT ? json_first(object) : NULL;

	for (; member && reader->error == 0; member = json_next(member)) {
		const char *key = json_key(member), *near;

		if (is_one_of(key, known, count))
			continue;
		near = spelling_nearest(key, known, count);
		if (near)
			json_wrong(reader, member, "unknown member \"%.60s\"; did you mean \"%s\"?",
				   key, near);
		else
			json_wrong(reader, member,
				   "unknown member \"%.60s\"; docs/catalog.md lists them", key);
	}
}

static const char *const *read_texts(struct reading *reading, const struct json_value *object,
				     const char *key)
{
	const struct json_value *list =
		json_read(&reading->reader, object, key, JSON_ARRAY, JSON_MAY);
	const char **texts = take(reading, json_count(list) + 1, sizeof(*texts));
	size_t count = 0;

	for (const struct json_value *value = json_first(list); texts && value;
	     value = json_next(value))
		texts[count++] = json_read_value_text(&reading->reader, value);
	return texts;
}

static const uint16_t *read_ports(struct reading *reading, const struct json_value *object,
				  const char *key)
{
	const struct json_value *list =
		json_read(&reading->reader, object, key, JSON_ARRAY, JSON_MAY);
	uint16_t *ports = take(reading, json_count(list) + 1, sizeof(*ports));
	size_t count = 0;

	for (const struct json_value *value = json_first(list); ports && value;
	     value = json_next(value))
		ports[count++] =
			(uint16_t)json_read_value_number(&reading->reader, value, 1, UINT16_MAX);
	return ports;
}

/* Reads a form into `pattern`; what is wrong with it is wrong at `at`. */
static bool parse_form(struct reading *reading, const struct json_value *at, const char *text,
		       struct pattern *pattern)
{
	char *lower = arena_lower(reading->catalog->arena, text);

	if (!lower) {
		no_memory(reading);
		return false;
	}
	pattern->service = reading->service;
	pattern->cloud = reading->cloud;
	pattern->text = lower;
	if (strlen(lower) <= CATALOG_FORM_MAX && pattern_parse(pattern, reading->catalog->arena))
		return true;
	json_wrong(&reading->reader, at,
		   "\"%.80s\" is no name pattern; write plain labels at the end and *, "
		   "{resource}, {workspace}, {region} or {any} before them",
		   text);
	return false;
}

static bool has_kind(const struct pattern *pattern, uint8_t kind)
{
	for (unsigned i = 0; i < pattern->label_count; i++) {
		if (pattern->label[i].kind == kind)
			return true;
	}
	return false;
}

/* A public name may hold {resource} and {region}, once each, where the name that it is of has them. */
static void check_public_name(struct reading *reading, const struct entry *entry,
			      const struct pattern *pattern)
{
	struct pattern public = { .text = entry->public_name };
	bool sound = strlen(public.text) <= CATALOG_FORM_MAX &&
		     pattern_parse(&public, reading->catalog->arena);
	bool known = sound && !has_kind(&public, LABEL_ANY) && !has_kind(&public, LABEL_WORKSPACE);

	for (uint8_t kind = LABEL_RESOURCE; known && kind <= LABEL_REGION; kind++)
		known = !has_kind(&public, kind) || has_kind(pattern, kind);
	if (!known)
		json_wrong(&reading->reader, entry->at,
			   "\"public_name\" is made of plain labels, {resource} and {region}, and "
			   "holds only those that \"name\" has");
}

static bool is_same_zone(const struct pattern *a, const struct pattern *b)
{
	return a->service == b->service && strcmp(a->text, b->text) == 0;
}

/* Notes that the service uses a zone. Returns its text, or NULL: it is wrong. */
static const char *add_zone(struct reading *reading, const struct entry *entry, const char *text,
			    bool is_of_name)
{
	struct pattern_list *zones = &reading->catalog->zone;
	struct pattern *zone = take(reading, 1, sizeof(*zone));

	if (!zone || !parse_form(reading, entry->at, text, zone))
		return NULL;
	zone->group_ids = entry->group_ids;
	zone->is_tenant = reading->service->tenant_owned && !entry->is_shared;
	zone->is_derived = is_of_name;
	for (size_t i = 0; i < zones->count; i++) {
		if (is_same_zone(zones->at[i], zone))
			return zones->at[i]->text;
	}
	if (!pattern_keep(zones, zone))
		no_memory(reading);
	return zone->text;
}

static void add_name(struct reading *reading, const struct entry *entry, const char *name)
{
	struct pattern *pattern = take(reading, 1, sizeof(*pattern));

	if (!pattern || !parse_form(reading, entry->at, name, pattern))
		return;
	if (entry->private_zone)
		pattern->private_zone = add_zone(reading, entry, entry->private_zone, true);
	if (entry->public_name)
		check_public_name(reading, entry, pattern);
	pattern->public_name = entry->public_name;
	pattern->group_ids = entry->group_ids;
	pattern->is_tenant = reading->service->tenant_owned && !entry->is_shared;
	if (!pattern_keep(&reading->catalog->name, pattern))
		no_memory(reading);
}

/* ".openai.com": openai.com itself, and all names under it. */
static void add_site(struct reading *reading, const struct entry *entry)
{
	size_t length = strlen(entry->name) + 2;
	char *under = take(reading, length, 1);

	if (!under)
		return;
	under[0] = '*';
	memcpy(under + 1, entry->name, length - 1);
	add_name(reading, entry, entry->name + 1);
	if (reading->reader.error == 0)
		add_name(reading, entry, under);
}

static void read_entry(struct reading *reading, const struct json_value *value)
{
	struct json_reader *reader = &reading->reader;
	struct entry entry = { .at = value, .group_ids = reading->service->group_ids };

	if (json_type(value) == JSON_OBJECT) {
		check_members(reader, value, name_members, COUNT(name_members));
		entry.name = json_read_text(reader, value, "name", JSON_MUST);
		entry.private_zone = json_read_text(reader, value, "private_zone", JSON_MAY);
		entry.public_name = json_read_text(reader, value, "public_name", JSON_MAY);
		entry.is_shared = json_read_flag(reader, value, "shared");
		if (json_member(value, "group_ids"))
			entry.group_ids = read_texts(reading, value, "group_ids");
	} else {
		entry.name = json_read_value_text(reader, value);
	}
	if (reader->error != 0)
		return;
	if (entry.name[0] == '.')
		add_site(reading, &entry);
	else
		add_name(reading, &entry, entry.name);
}

static void read_names(struct reading *reading, const struct json_value *object, const char *key)
{
	const struct json_value *list =
		json_read(&reading->reader, object, key, JSON_ARRAY, JSON_MAY);
	const struct json_value *value = json_first(list);

	for (; value && reading->reader.error == 0; value = json_next(value))
		read_entry(reading, value);
}

static void read_zones(struct reading *reading, const struct json_value *object, const char *key)
{
	const struct json_value *list =
		json_read(&reading->reader, object, key, JSON_ARRAY, JSON_MAY);
	const struct json_value *value = json_first(list);

	for (; value && reading->reader.error == 0; value = json_next(value)) {
		struct entry entry = { .at = value, .group_ids = reading->service->group_ids };
		const char *zone = json_read_value_text(&reading->reader, value);

		if (zone)
			add_zone(reading, &entry, zone, false);
	}
}

/* Reads a member that has a list for each cloud. */
static void read_clouds(struct reading *reading, const struct json_value *object, const char *key,
			void (*read)(struct reading *, const struct json_value *, const char *))
{
	struct json_reader *reader = &reading->reader;
	const struct json_value *list = json_read(reader, object, key, JSON_OBJECT, JSON_MAY);
	const struct json_value *cloud = json_first(list);

	for (; cloud && reader->error == 0; cloud = json_next(cloud)) {
		check_word(reader, cloud, json_key(cloud), clouds, COUNT(clouds));
		reading->cloud = json_key(cloud);
		if (reader->error == 0)
			read(reading, list, json_key(cloud));
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
	service->note = json_read_text(reader, object, "note", JSON_MAY);
	service->tenant_owned = json_read_flag(reader, object, "tenant_owned");
	service->group_ids = read_texts(reading, object, "group_ids");
	service->resource_types = read_texts(reading, object, "resource_types");
	service->service_tags = read_texts(reading, object, "service_tags");
	service->ports = read_ports(reading, object, "ports");
	read_ports(reading, object, "udp_ports"); /* for people: checked, not kept */
	check_members(reader, object, service_members, COUNT(service_members));
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
	read_clouds(reading, object, "clouds", read_names);
	read_clouds(reading, object, "private_zones", read_zones);
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
	check_members(reader, root, document_members, COUNT(document_members));
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
