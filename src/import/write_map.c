#include "import/write_map.h"

#include <stdlib.h>
#include <string.h>

#include "import/arm_id.h"

static const char *sort_name(const struct thing *thing)
{
	return thing->label ? thing->label : thing->name;
}

static int compare(const void *a, const void *b)
{
	const struct thing *left = *(struct thing *const *)a, *right = *(struct thing *const *)b;
	int order = strcmp(sort_name(left), sort_name(right));

	if (order == 0 && left->id && right->id)
		order = strcmp(left->id, right->id);
	return order;
}

static struct thing *first_of(const struct resolve *resolve, enum thing_kind kind,
			      const struct thing *owner)
{
	return owner ? resolve_first_inside(owner, kind) : resolve_first(resolve->inventory, kind);
}

static struct thing *next_of(const struct thing *thing, const struct thing *owner)
{
	return owner ? resolve_next_inside(thing) : resolve_next(thing);
}

struct things write_map_sorted(struct resolve *resolve, enum thing_kind kind,
			       const struct thing *owner)
{
	struct things things = { NULL, 0 };
	size_t count = 0;

	for (struct thing *t = first_of(resolve, kind, owner); t; t = next_of(t, owner))
		count++;
	things.at = arena_take(resolve->inventory->arena, count, sizeof(*things.at));
	if (!things.at) {
		resolve->inventory->failed = true;
		return things;
	}
	for (struct thing *t = first_of(resolve, kind, owner); t; t = next_of(t, owner))
		things.at[things.count++] = t;
	if (count != 0)
		qsort(things.at, count, sizeof(*things.at), compare);
	return things;
}

void write_map_text(struct writer *writer, const char *key, const struct thing *thing,
		    enum fact_kind kind)
{
	writer_text(writer, key, thing_text(thing, kind));
}

void write_map_flag(struct writer *writer, const char *key, const struct thing *thing,
		    enum fact_kind kind)
{
	const char *text = thing_text(thing, kind);

	if (text)
		writer_flag(writer, key, strcmp(text, "true") == 0);
}

void write_map_number(struct writer *writer, const char *key, const struct thing *thing,
		      enum fact_kind kind)
{
	const char *text = thing_text(thing, kind);

	if (text)
		writer_number(writer, key, strtod(text, NULL));
}

void write_map_id(struct writer *writer, const struct thing *thing)
{
	if (arm_id_is(thing->written) && !strstr(thing->id, "/?/"))
		writer_text(writer, "resource_id", thing->written);
}

/* Azure's own addresses: the same in every VNet of every cloud. */
static void write_platform(struct writer *writer)
{
	static const struct {
		const char *ip, *role;
		int ports[2];
	} rows[] = {
		{ "168.63.129.16", "wireserver", { 80, 32526 } },
		{ "169.254.169.254", "imds", { 80, 0 } },
	};

	writer_open(writer, "platform", '[');
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		writer_open(writer, NULL, '{');
		writer_text(writer, "ip", rows[i].ip);
		writer_text(writer, "role", rows[i].role);
		writer_open_line(writer, "ports");
		for (size_t k = 0; k < 2 && rows[i].ports[k]; k++)
			writer_number(writer, NULL, rows[i].ports[k]);
		writer_close_line(writer);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void write_generated(struct writer *writer, const struct generated *generated)
{
	writer_open(writer, "generated", '{');
	writer_text(writer, "by", "pewit map build");
	writer_text(writer, "at", generated->at);
	writer_open_line(writer, "sources");
	for (size_t i = 0; i < generated->source_count; i++)
		writer_text(writer, NULL, generated->sources[i]);
	writer_close_line(writer);
	writer_close(writer, '}');
}

void write_map(struct writer *writer, struct resolve *resolve, const struct generated *generated)
{
	writer_open(writer, NULL, '{');
	writer_number(writer, "version", 1);
	write_generated(writer, generated);
	write_map_networks(writer, resolve);
	write_map_resources(writer, resolve);
	write_platform(writer);
	writer_close(writer, '}');
	writer_end(writer);
}
