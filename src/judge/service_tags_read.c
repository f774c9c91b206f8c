/* Reading the list. Members that are not known are passed over: Microsoft adds some now and then.
 *
 * Regions. A tag's name ends in the region as Azure Resource Manager spells it (AzureMonitor.FranceCentral),
 * its `region` member may have an older code (centralfrance), and the tags of AzureCloud have that in
 * their names too. What a code means is learnt from the other tags of the same list, so that a region
 * compares with that of a resource.
 */
#include "judge/service_tags_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/text_table.h"

#define TAGS_MAX 65535       /* twenty times today's; an index has 16 bits */
#define PREFIXES_MAX 1000000 /* ten times today's */
#define NAME_SIZE 128        /* the longest of 2025 has 47 bytes */
#define KEY_SIZE 32
#define PREFIX_SIZE 64 /* an IPv6 prefix has at most 49 bytes */
#define CLOUD_TAG "AzureCloud"

struct reading {
	struct json_scan scan;
	struct service_tags_list *list;
	struct arena *arena;
};

static void no_memory(struct reading *reading)
{
	if (reading->scan.error == 0)
		fault_set(reading->scan.fault, "%s: not enough memory", reading->scan.path);
	reading->scan.error = -ENOMEM;
}

/* Makes room for one more. */
static bool grow(struct reading *reading, void **array, size_t *room, size_t used, size_t size)
{
	size_t want = *room ? 2 * *room : 256;
	void *moved;

	if (used < *room)
		return true;
	moved = realloc(*array, want * size);
	if (!moved) {
		no_memory(reading);
		return false;
	}
	*array = moved;
	*room = want;
	return true;
}

static char *keep(struct reading *reading, const char *text, size_t length)
{
	char *copy = arena_take(reading->arena, length + 1, 1);

	if (copy)
		memcpy(copy, text, length);
	else
		no_memory(reading);
	return copy;
}

/* Lower case, no blanks. */
static char *keep_region(struct reading *reading, const char *text)
{
	char *copy = keep(reading, text, strlen(text)), *to = copy;

	for (; copy && *text != '\0'; text++)
		if (*text != ' ')
			*to++ = (char)tolower((unsigned char)*text);
	if (copy)
		*to = '\0';
	return copy;
}

/* Prefixes ----------------------------------------------------------------------------------- */

static void read_prefix(struct reading *reading, size_t tag)
{
	struct json_scan *scan = &reading->scan;
	struct service_tags_list *list = reading->list;
	struct tagged_prefix *to;
	char text[PREFIX_SIZE];
	bool host_bits;

	if (!json_scan_text(scan, text, sizeof(text)))
		return;
	if (list->prefix_count == PREFIXES_MAX) {
		json_scan_wrong(scan, scan->value,
				"more than %d prefixes: this is no list of "
				"service tags",
				PREFIXES_MAX);
		return;
	}
	if (!grow(reading, (void **)&list->prefixes, &list->prefix_room, list->prefix_count,
		  sizeof(*list->prefixes)))
		return;
	to = &list->prefixes[list->prefix_count++];
	to->tag = (uint16_t)tag;
	if (!ip_prefix_parse(text, &to->prefix, &host_bits))
		json_scan_wrong(scan, scan->value,
				"\"%s\" is no prefix such as 20.60.0.0/16; take the file as "
				"Microsoft publishes it",
				text);
	else if (host_bits)
		json_scan_wrong(scan, scan->value, "\"%s\" has host bits set", text);
}

/* A list that is null has nothing in it. */
static void read_prefixes(struct reading *reading, size_t tag)
{
	struct json_scan *scan = &reading->scan;

	if (json_scan_is(scan, 'n')) {
		json_scan_skip(scan);
		return;
	}
	json_scan_begin(scan, '[');
	while (json_scan_element(scan))
		read_prefix(reading, tag);
}

/* Tags --------------------------------------------------------------------------------------- */

/* Reads a text that goes into sentences and onto terminals. */
static void read_name(struct json_scan *scan, char name[NAME_SIZE], const char *what)
{
	if (!json_scan_text(scan, name, NAME_SIZE))
		return;
	for (const char *at = name; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._- ", *at))
			json_scan_wrong(scan, scan->value,
					"this is no %s: letters, digits, dots, dashes", what);
}

static void read_properties(struct reading *reading, size_t tag, char region[NAME_SIZE])
{
	struct json_scan *scan = &reading->scan;
	char key[KEY_SIZE];

	json_scan_begin(scan, '{');
	while (json_scan_member(scan, key, sizeof(key))) {
		if (strcmp(key, "addressPrefixes") == 0)
			read_prefixes(reading, tag);
		else if (strcmp(key, "region") == 0 && !json_scan_is(scan, 'n'))
			read_name(scan, region, "region");
		else
			json_scan_skip(scan);
	}
}

static bool is_cloud(const char *name)
{
	size_t length = strlen(CLOUD_TAG);

	return strncasecmp(name, CLOUD_TAG, length) == 0 &&
	       (name[length] == '\0' || name[length] == '.');
}

static void keep_tag(struct reading *reading, struct service_tag *tag, const char *name,
		     const char *region)
{
	const char *dot = *region != '\0' ? strrchr(name, '.') : NULL;

	tag->name = keep(reading, name, strlen(name));
	tag->service = keep(reading, name, dot ? (size_t)(dot - name) : strlen(name));
	tag->region = keep_region(reading, region);
	tag->is_cloud = is_cloud(name);
}

static void read_tag(struct reading *reading)
{
	struct json_scan *scan = &reading->scan;
	struct service_tags_list *list = reading->list;
	char key[KEY_SIZE], name[NAME_SIZE] = "", region[NAME_SIZE] = "";
	size_t number = list->tag_count;
	const char *start = scan->at;

	if (number == TAGS_MAX) {
		json_scan_wrong(scan, start, "more than %d tags: this is no list of service tags",
				TAGS_MAX);
		return;
	}
	if (!grow(reading, (void **)&list->tags, &list->tag_room, number, sizeof(*list->tags)))
		return;
	json_scan_begin(scan, '{');
	while (json_scan_member(scan, key, sizeof(key))) {
		if (strcmp(key, "name") == 0) {
			read_name(scan, name, "name of a tag");
		} else if (strcmp(key, "properties") == 0) {
			read_properties(reading, number, region);
		} else {
			json_scan_skip(scan);
		}
	}
	if (scan->error == 0 && *name == '\0')
		json_scan_wrong(scan, start, "a tag without a name");
	if (scan->error != 0)
		return;
	list->tag_count++;
	keep_tag(reading, &list->tags[number], name, region);
}

static void read_document(struct reading *reading)
{
	struct json_scan *scan = &reading->scan;
	char key[KEY_SIZE], cloud[NAME_SIZE] = "";
	bool has_values = false;

	json_scan_begin(scan, '{');
	while (json_scan_member(scan, key, sizeof(key))) {
		if (strcmp(key, "changeNumber") == 0) {
			reading->list->change_number = json_scan_number(scan);
		} else if (strcmp(key, "cloud") == 0) {
			read_name(scan, cloud, "cloud");
		} else if (strcmp(key, "values") == 0) {
			has_values = true;
			json_scan_begin(scan, '[');
			while (json_scan_element(scan))
				read_tag(reading);
		} else {
			json_scan_skip(scan);
		}
	}
	if (json_scan_end(scan) == 0 && !has_values)
		json_scan_wrong(scan, scan->text,
				"no member \"values\": this is no list of service "
				"tags, as Microsoft publishes them weekly");
	if (scan->error == 0 && reading->list->prefix_count == 0)
		json_scan_wrong(scan, scan->text, "the list holds no prefix");
	reading->list->cloud = keep(reading, cloud, strlen(cloud));
}

/* Regions ------------------------------------------------------------------------------------ */

/* The region in a tag's name; NULL: it has none, or is one of AzureCloud. */
static const char *region_in_name(const struct service_tag *tag)
{
	const char *dot = strrchr(tag->name, '.');

	return dot && !tag->is_cloud && tag->region[0] != '\0' ? dot + 1 : NULL;
}

/* Codes that some tag spells as itself mean themselves; the others what the first tag has. */
static void learn_regions(struct reading *reading, struct text_table *meanings)
{
	const struct service_tags_list *list = reading->list;

	for (size_t i = 0; i < list->tag_count; i++) {
		const char *code = list->tags[i].region, *named = region_in_name(&list->tags[i]);

		if (named && strcasecmp(named, code) == 0)
			text_table_add(meanings, code, strlen(code), (void *)code);
	}
	for (size_t i = 0; i < list->tag_count; i++) {
		const char *code = list->tags[i].region, *named = region_in_name(&list->tags[i]);

		if (!named || text_table_find(meanings, code, strlen(code)))
			continue;
		char *meaning = keep_region(reading, named);
		if (meaning)
			text_table_add(meanings, code, strlen(code), meaning);
	}
}

static void spell_regions(struct reading *reading)
{
	struct service_tags_list *list = reading->list;
	struct text_table *meanings;

	if (reading->scan.error != 0)
		return;
	if (text_table_new(&meanings, list->tag_count) != 0) {
		no_memory(reading);
		return;
	}
	learn_regions(reading, meanings);
	for (size_t i = 0; i < list->tag_count; i++) {
		const char *code = list->tags[i].region;
		const char *meaning = text_table_find(meanings, code, strlen(code));

		if (meaning)
			list->tags[i].region = meaning;
	}
	text_table_free(meanings);
}

int service_tags_read(struct service_tags_list *list, struct arena *arena, const char *text,
		      size_t length, const char *path, struct fault *fault)
{
	struct reading reading = {
		.scan = json_scan_over(text, length, path, fault),
		.list = list,
		.arena = arena,
	};

	memset(list, 0, sizeof(*list));
	read_document(&reading);
	spell_regions(&reading);
	if (reading.scan.error != 0)
		service_tags_list_end(list);
	return reading.scan.error;
}

void service_tags_list_end(struct service_tags_list *list)
{
	free(list->tags);
	free(list->prefixes);
	memset(list, 0, sizeof(*list));
}
