#include "import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/detect.h"
#include "import/overlay.h"
#include "import/reading.h"
#include "import/write_map.h"
#include "judge/map.h"

#define SUMMARY_BYTES 400
#define BUILT_NAME "the map that was built" /* in messages about it */

struct import {
	struct import_options options;
	struct inventory inventory;
	const char **sources;
	size_t source_count, source_room;
};

struct import *import_new(const struct import_options *options)
{
	struct import *import = calloc(1, sizeof(*import));

	if (import && !inventory_open(&import->inventory, options->hearer)) {
		free(import);
		return NULL;
	}
	if (import)
		import->options = *options;
	return import;
}

void import_free(struct import *import)
{
	if (!import)
		return;
	inventory_close(&import->inventory);
	free(import->sources);
	free(import);
}

static const char *add_source(struct import *import, const char *path)
{
	const char *copy = inventory_copy(&import->inventory, path);

	if (import->source_count == import->source_room) {
		size_t room = import->source_room ? 2 * import->source_room : 16;
		const char **more = realloc(import->sources, room * sizeof(*more));

		if (!more)
			return NULL;
		import->sources = more;
		import->source_room = room;
	}
	if (copy)
		import->sources[import->source_count++] = copy;
	return copy;
}

static void add_count(struct text *text, size_t count, const char *one, const char *many)
{
	if (count == 0)
		return;
	text_add(text, text->length ? ", " : "");
	text_add_number(text, count);
	text_add(text, " ");
	text_add(text, count == 1 ? one : many);
}

/* "az-pe.json: 3 private endpoints, 7 names", and what was passed over. */
static void tell(const struct import *import, const struct reading *reading)
{
	char bytes[SUMMARY_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));
	struct fault fault;

	for (size_t i = 0; i < THING_KINDS; i++)
		add_count(&text, reading->taken[i], thing_kind_names[i], thing_kind_plurals[i]);
	if (reading->notes > READING_NOTES_MAX)
		add_count(&text, reading->notes - READING_NOTES_MAX, "more note", "more notes");
	fault_set(&fault, "%.120s: %s", reading->path, text.length ? bytes : "nothing in it");
	import->options.hearer.hear(import->options.hearer.context, HEARD_TAKEN, fault.text);
	if (reading->ignored == 0)
		return;
	fault_set(&fault,
		  "%.120s: %zu that say nothing of a map were passed over, the first a %.120s",
		  reading->path, reading->ignored,
		  reading->ignored_type ? reading->ignored_type : "");
	import->options.hearer.hear(import->options.hearer.context, HEARD_NOTE, fault.text);
}

static int read_document(struct import *import, const struct json *json, const char *path,
			 struct fault *fault)
{
	struct reading reading = {
		.inventory = &import->inventory,
		.json = json,
		.path = path,
		.rank = RANK_LIVE,
		.reader = { .json = json, .fault = fault },
		.hearer = import->options.hearer,
	};

	detect_read(&reading);
	if (import->inventory.failed) {
		fault_set(fault, "%s: not enough memory", path);
		return -ENOMEM;
	}
	if (reading.reader.error != 0)
		return reading.foreign ? -ENOMSG : reading.reader.error;
	tell(import, &reading);
	return 0;
}

int import_read(struct import *import, const char *text, size_t length, const char *path,
		struct fault *fault)
{
	const char *kept = add_source(import, path);
	struct json *json;

	if (!kept) {
		fault_set(fault, "%s: not enough memory", path);
		return -ENOMEM;
	}
	int error = json_parse(&json, text, length, kept, fault);
	const char *foreign = error == -EINVAL ? detect_foreign_text(text, length) : NULL;
	if (error == 0) {
		error = read_document(import, json, kept, fault);
		json_free(json);
	} else if (foreign) {
		fault_set(fault, "%s: this is %s", path, foreign);
		error = -ENOMSG;
	}
	import->source_count -= error != 0;
	return error;
}

static int lay_over(struct writer *writer, const struct json *by_hand, struct fault *fault)
{
	struct writer whole = { NULL };
	struct json *built;
	int error = json_parse(&built, writer->bytes, writer->used, BUILT_NAME, fault);

	if (error != 0)
		return error;
	overlay_write(&whole, json_root(built), json_root(by_hand));
	json_free(built);
	free(writer->bytes);
	*writer = whole;
	return 0;
}

/* A map that does not load would be of no use to anybody. */
static int check_loads(const struct writer *writer, struct fault *fault)
{
	struct map *map;
	int error = map_parse(&map, writer->bytes, writer->used, BUILT_NAME, fault);

	if (error == 0)
		map_free(map);
	return error;
}

/* "built: 2 VNets, 9 names, ..." */
static void tell_built(const struct import *import)
{
	static const enum thing_kind kinds[] = {
		THING_VNET, THING_SUBNET,   THING_PRIVATE_ENDPOINT, THING_ENDPOINT_NAME,
		THING_ZONE, THING_RESOURCE, THING_COMPUTE
	};
	char bytes[SUMMARY_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));
	struct fault fault;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t count = 0;

		for (const struct thing *t = resolve_first(&import->inventory, kinds[i]); t;
		     t = resolve_next(t))
			count += t->listed || t->inside ||
				 (kinds[i] != THING_SUBNET && kinds[i] != THING_RESOURCE);
		add_count(&text, count, thing_kind_names[kinds[i]], thing_kind_plurals[kinds[i]]);
	}
	fault_set(&fault, "built: %s", text.length ? bytes : "an empty map");
	import->options.hearer.hear(import->options.hearer.context, HEARD_TAKEN, fault.text);
}

int import_build(struct import *import, const struct json *by_hand, char **text, size_t *length,
		 struct fault *fault)
{
	struct resolve all = {
		.inventory = &import->inventory,
		.catalog = import->options.catalog,
		.rules = import->options.rules,
		.rule_count = import->options.rule_count,
		.hearer = import->options.hearer,
	};
	struct generated generated = { import->options.at, import->sources, import->source_count };
	struct writer writer = { NULL };
	int error = 0;

	resolve(&all);
	write_map(&writer, &all, &generated);
	if (import->inventory.failed || writer.failed) {
		fault_set(fault, "not enough memory");
		error = -ENOMEM;
	}
	if (error == 0 && by_hand)
		error = lay_over(&writer, by_hand, fault);
	if (error == 0)
		error = check_loads(&writer, fault);
	if (error != 0) {
		free(writer.bytes);
		return error;
	}
	tell_built(import);
	*text = writer.bytes;
	*length = writer.used;
	return 0;
}
