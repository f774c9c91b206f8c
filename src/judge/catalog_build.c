/* Building a catalog's tables from what its files say.
 *
 * Each private DNS zone gives two more name forms: every name under it is a privatelink name of the
 * service, and the zone's own name is nobody's resource. Zones are shared (blob.core.windows.net serves
 * half a dozen services); the first service of the catalog that has the zone gets its names, those whose
 * names lead to the zone before those that only use it too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/catalog_model.h"

/* Adds `front` and the zone as a name form, unless it is one. */
static int derive(struct catalog *catalog, struct name_table *forms, const struct pattern *zone,
		  const char *front)
{
	size_t front_length = strlen(front), length = front_length + strlen(zone->text);
	struct pattern *pattern = arena_take(catalog->arena, 1, sizeof(*pattern));
	char *text = arena_take(catalog->arena, length + 1, 1);

	if (!pattern || !text)
		return -ENOMEM;
	memcpy(stpcpy(text, front), zone->text, length - front_length + 1);

	void *held = name_table_add(forms, text, length, pattern);
	if (held != pattern)
		return held ? 0 : -ENOMEM;
	*pattern = (struct pattern){
		.service = zone->service,
		.text = text,
		.private_zone = zone->text,
		.cloud = zone->cloud,
		.group_ids = zone->group_ids,
		.is_tenant = zone->is_tenant && front_length != 0,
		.is_derived = true,
		.is_apex = front_length == 0,
	};
	return pattern_parse(pattern, catalog->arena) && pattern_keep(&catalog->name, pattern)
		       ? 0
		       : -ENOMEM;
}

static int derive_all(struct catalog *catalog)
{
	struct name_table *forms; /* that are there */
	int error = name_table_new(&forms);

	for (size_t i = 0; error == 0 && i < catalog->name.count; i++) {
		struct pattern *pattern = catalog->name.at[i];

		if (!name_table_add(forms, pattern->text, strlen(pattern->text), pattern))
			error = -ENOMEM;
	}
	for (unsigned only_used = 0; only_used < 2; only_used++) {
		for (size_t i = 0; error == 0 && i < catalog->zone.count; i++) {
			const struct pattern *zone = catalog->zone.at[i];

			if (zone->is_derived == (only_used != 0))
				continue;
			error = derive(catalog, forms, zone,
				       zone->is_tenant ? "{resource}." : "*.");
			if (error == 0)
				error = derive(catalog, forms, zone, "");
		}
	}
	name_table_free(forms);
	return error;
}

static int by_tail_then_order(const void *a, const void *b)
{
	const struct pattern *left = *(const struct pattern *const *)a,
			     *right = *(const struct pattern *const *)b;
	int order = strcmp(left->tail, right->tail);

	if (order != 0)
		return order;
	return pattern_goes_before(left, right) ? -1 : 1;
}

/* Chains the patterns of each tail, best first, and puts the chains in a table. */
static int build_table(struct name_table **table, const struct pattern_list *list)
{
	struct pattern **sorted;
	int error = name_table_new(table);

	if (error != 0 || list->count == 0)
		return error;
	sorted = malloc(list->count * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, list->at, list->count * sizeof(*sorted));
	qsort(sorted, list->count, sizeof(*sorted), by_tail_then_order);
	for (size_t i = 0; i < list->count; i++) {
		struct pattern *one = sorted[i];

		if (i != 0 && strcmp(sorted[i - 1]->tail, one->tail) == 0)
			sorted[i - 1]->next = one;
		else if (!name_table_add(*table, one->tail, strlen(one->tail), one))
			error = -ENOMEM;
	}
	free(sorted);
	return error;
}

int catalog_build(struct catalog *catalog)
{
	int error = derive_all(catalog);

	if (error == 0)
		error = build_table(&catalog->by_tail, &catalog->name);
	if (error == 0)
		error = build_table(&catalog->by_zone, &catalog->zone);
	return error;
}
