/* A TZif file (RFC 9636 section 3), of which only the second half is used:
 *
 *     | header | data, 32 bits | header | data, 64 bits | \n rule \n |
 *
 * and of the data only when the offset changes and to what. */
#include "base/time_zone.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/spelling.h"
#include "base/time_zone_rule.h"

#define FOLDER "/usr/share/zoneinfo"
#define FILE_BYTES_MAX 65536 /* the longest there is has 4 KB */
#define NAME_LENGTH_MAX 64
#define NEIGHBOURS_MAX 512 /* names of an area that did-you-mean looks at */
#define TYPES_MAX 256      /* their numbers are bytes */
#define CHANGES_MAX 4096
/* RFC 9636 section 3.2: what an offset should keep to. */
#define OFFSET_LEAST (-89999)
#define OFFSET_MOST 93599

struct change {
	int64_t from_s;
	int32_t offset_s;
};

struct time_zone {
	int32_t first_s; /* offset before the first change */
	bool has_rule;
	struct time_zone_rule rule; /* after the last change */
	uint32_t change_count;
	struct change change[];
};

struct header {
	uint8_t version; /* '2' and on, or 0 */
	uint32_t ut_count, standard_count, leap_count, change_count, type_count, char_count;
};

/* ---- the file's bytes ---- */

static bool read_header(struct cursor *file, struct header *header)
{
	const uint8_t *magic = cursor_take(file, 4);

	if (!magic || memcmp(magic, "TZif", 4) != 0)
		return false;
	header->version = cursor_u8(file);
	cursor_skip(file, 15);
	header->ut_count = cursor_u32(file);
	header->standard_count = cursor_u32(file);
	header->leap_count = cursor_u32(file);
	header->change_count = cursor_u32(file);
	header->type_count = cursor_u32(file);
	header->char_count = cursor_u32(file);
	return !file->failed;
}

/* Passes over the data of 32-bit times. */
static bool skip_data(struct cursor *file, const struct header *header)
{
	uint64_t bytes = (uint64_t)header->change_count * (4 + 1) +
			 (uint64_t)header->type_count * 6 + header->char_count +
			 (uint64_t)header->leap_count * (4 + 4) + header->standard_count +
			 header->ut_count;

	return bytes <= file->left && cursor_skip(file, (size_t)bytes);
}

/* NULL, or what is wrong with a file of these counts. */
static const char *check_header(const struct header *header)
{
	if (header->version < '2')
		return "is TZif of version 1; make one of version 2 or later with zic";
	if (header->leap_count != 0)
		return "counts leap seconds, and packet time does not; use the zone without right/";
	if (header->type_count == 0 || header->type_count > TYPES_MAX)
		return "is damaged: it has no kind of local time";
	if (header->change_count > CHANGES_MAX)
		return "is damaged: it has more changes than centuries can hold";
	return NULL;
}

static bool read_types(struct cursor types, uint32_t count, int32_t offsets[TYPES_MAX])
{
	for (uint32_t i = 0; i < count; i++) {
		offsets[i] = (int32_t)cursor_u32(&types);
		cursor_skip(&types, 2);
		if (offsets[i] < OFFSET_LEAST || offsets[i] > OFFSET_MOST)
			return false;
	}
	return !types.failed;
}

static bool read_changes(struct time_zone *zone, struct cursor times, struct cursor kinds,
			 const int32_t *offsets, uint32_t type_count)
{
	for (uint32_t i = 0; i < zone->change_count; i++) {
		struct change *change = &zone->change[i];
		uint8_t kind = cursor_u8(&kinds);

		change->from_s = (int64_t)cursor_u64(&times);
		if (kind >= type_count || (i != 0 && change->from_s <= change[-1].from_s))
			return false;
		change->offset_s = offsets[kind];
	}
	return !times.failed && !kinds.failed;
}

/* "\n", the rule or nothing, "\n". */
static bool read_footer(struct time_zone *zone, struct cursor *file)
{
	const uint8_t *end;

	if (cursor_u8(file) != '\n')
		return false;
	end = file->left != 0 ? memchr(file->at, '\n', file->left) : NULL;
	if (!end)
		return false;
	zone->has_rule = end != file->at;
	return !zone->has_rule ||
	       time_zone_rule_parse(&zone->rule, (const char *)file->at, (size_t)(end - file->at));
}

static bool read_data(struct time_zone *zone, struct cursor *file, const struct header *header)
{
	int32_t offsets[TYPES_MAX];
	struct cursor times = cursor_sub(file, (size_t)header->change_count * 8);
	struct cursor kinds = cursor_sub(file, header->change_count);
	struct cursor types = cursor_sub(file, (size_t)header->type_count * 6);

	cursor_skip(file, header->char_count);
	cursor_skip(file, header->standard_count);
	cursor_skip(file, header->ut_count);
	if (file->failed || !read_types(types, header->type_count, offsets) ||
	    !read_changes(zone, times, kinds, offsets, header->type_count))
		return false;
	zone->first_s = offsets[0];
	return read_footer(zone, file);
}

static struct time_zone *new_zone(uint32_t change_count)
{
	struct time_zone *zone = calloc(1, sizeof(*zone) + change_count * sizeof(zone->change[0]));

	if (zone)
		zone->change_count = change_count;
	return zone;
}

static int wrong(struct fault *fault, const char *path, const char *what)
{
	fault_set(fault, "%s: %s", path, what);
	return -EINVAL;
}

int time_zone_parse(struct time_zone **zone, const void *bytes, size_t size, const char *path,
		    struct fault *fault)
{
	struct cursor file = cursor_over(bytes, size);
	struct header header;
	const char *problem;

	*zone = NULL;
	if (!read_header(&file, &header))
		return wrong(fault, path, "is not a TZif file; reinstall tzdata");
	problem = check_header(&header);
	if (!problem && (!skip_data(&file, &header) || !read_header(&file, &header)))
		problem = "is damaged: its second half is missing; reinstall tzdata";
	problem = problem ? problem : check_header(&header);
	if (problem)
		return wrong(fault, path, problem);

	struct time_zone *made = new_zone(header.change_count);
	if (!made) {
		fault_set(fault, "%s: not enough memory", path);
		return -ENOMEM;
	}
	if (!read_data(made, &file, &header)) {
		time_zone_free(made);
		return wrong(fault, path,
			     "is damaged: its table or rule does not hold together; "
			     "reinstall tzdata");
	}
	*zone = made;
	return 0;
}

void time_zone_free(struct time_zone *zone)
{
	free(zone);
}

/* ---- names ---- */

/* Parts of letters, digits and _+-, joined by slashes: nothing that leads out of the folder. */
static bool is_name(const char *name)
{
	char before = '/';
	size_t length = 0;

	for (; name[length] != '\0' && length <= NAME_LENGTH_MAX; length++) {
		char c = name[length];

		if (c == '/' ? before == '/' : !isalnum((unsigned char)c) && !strchr("_+-", c))
			return false;
		before = c;
	}
	return length <= NAME_LENGTH_MAX && before != '/';
}

/* The name in the same area that was probably meant, or "". */
static void find_nearest(const char *name, char nearest[NAME_LENGTH_MAX + 1])
{
	const char *slash = strrchr(name, '/'), *word = slash ? slash + 1 : name;
	char folder[sizeof(FOLDER) + 1 + NAME_LENGTH_MAX];
	const char *names[NEIGHBOURS_MAX];
	struct dirent *entry;
	size_t count = 0;
	DIR *list;

	nearest[0] = '\0';
	snprintf(folder, sizeof(folder), FOLDER "/%.*s", (int)(word - name), name);
	list = opendir(folder);
	while (list && count < NEIGHBOURS_MAX && (entry = readdir(list)) != NULL) {
		char *copy = strdup(entry->d_name);

		if (!copy)
			break;
		names[count++] = copy;
	}
	if (list)
		closedir(list);
	const char *found = spelling_nearest(word, names, count);
	if (found && strlen(found) + (size_t)(word - name) <= NAME_LENGTH_MAX)
		snprintf(nearest, NAME_LENGTH_MAX + 1, "%.*s%s", (int)(word - name), name, found);
	while (count != 0)
		free((char *)names[--count]);
}

static int unknown(const char *name, struct fault *fault)
{
	char nearest[NAME_LENGTH_MAX + 1];

	if (access(FOLDER, F_OK) != 0) {
		fault_set(fault, "time zone \"%s\": there is no " FOLDER "; install tzdata", name);
		return -ENOENT;
	}
	find_nearest(name, nearest);
	if (nearest[0] != '\0')
		fault_set(fault, "there is no time zone \"%s\"; did you mean %s?", name, nearest);
	else
		fault_set(fault,
			  "there is no time zone \"%s\"; write an IANA name such as "
			  "Europe/Berlin",
			  name);
	return -ENOENT;
}

int time_zone_load(struct time_zone **zone, const char *name, struct fault *fault)
{
	char path[sizeof(FOLDER) + 1 + NAME_LENGTH_MAX];
	uint8_t *bytes;
	size_t size;
	FILE *file;
	int error;

	*zone = NULL;
	if (!is_name(name)) {
		fault_set(fault,
			  "\"%.80s\" is no time zone; write an IANA name such as "
			  "Europe/Berlin",
			  name);
		return -EINVAL;
	}
	if (strcmp(name, "UTC") == 0) {
		*zone = new_zone(0);
		return *zone ? 0 : -ENOMEM;
	}
	snprintf(path, sizeof(path), FOLDER "/%s", name);
	file = fopen(path, "re");
	bytes = malloc(FILE_BYTES_MAX);
	if (!bytes) {
		error = -ENOMEM;
	} else if (!file) {
		error = unknown(name, fault);
	} else {
		size = fread(bytes, 1, FILE_BYTES_MAX, file);
		error = ferror(file) ? unknown(name, fault) /* a folder */
				     : time_zone_parse(zone, bytes, size, path, fault);
	}
	if (file)
		fclose(file);
	free(bytes);
	return error;
}

int32_t time_zone_offset_s(const struct time_zone *zone, int64_t time_s)
{
	uint32_t low = 0, high = zone->change_count; /* changes before low are in the past */

	if (zone->has_rule && (high == 0 || time_s >= zone->change[high - 1].from_s))
		return time_zone_rule_offset_s(&zone->rule, time_s);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (zone->change[middle].from_s <= time_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? zone->first_s : zone->change[low - 1].offset_s;
}
