/* Looking up what the owners have: resources by name, compute and prefixes by address. */
#include <errno.h>
#include <string.h>

#include "base/schedule.h"
#include "judge/map_model.h"

#define HOST_BITS 128
#define LABEL_BYTES_MAX 63 /* RFC 1035 section 2.3.4 */

/* A whole word, which the table of names finds as well. What is longer than a label is met in no name. */
static int index_label(struct name_table *table, const char *word, void *whose)
{
	size_t length = strlen(word);

	return length > LABEL_BYTES_MAX || name_table_add(table, word, length, whose) ? 0 : -ENOMEM;
}

static int index_resource(struct map *map, struct resource *resource)
{
	const char *guid = resource->is.workspace_guid;

	for (size_t i = 0; resource->is.fqdns[i]; i++)
		if (!map_add_name(map->by_resource_name, map->by_resource_wildcard,
				  resource->is.fqdns[i], resource))
			return -ENOMEM;
	return guid ? index_label(map->by_workspace, guid, resource) : 0;
}

static int index_region(struct map *map, const char *region, void *whose)
{
	if (!region || *region == '\0')
		return 0;
	map->has_regions = true;
	return index_label(map->by_region, region, whose);
}

static int index_regions(struct map *map)
{
	int error = name_table_new(&map->by_region);

	for (size_t i = 0; i < map->resource_count && !error; i++)
		error = index_region(map, map->resource[i].is.region, &map->resource[i]);
	for (size_t i = 0; i < map->vnet_count && !error; i++)
		error = index_region(map, map->vnet[i].is.region, &map->vnet[i]);
	return error;
}

static int index_resources(struct map *map)
{
	int error = name_table_new(&map->by_resource_name);

	error = error ? error : name_table_new(&map->by_resource_wildcard);
	error = error ? error : name_table_new(&map->by_workspace);
	for (size_t i = 0; i < map->resource_count && !error; i++)
		error = index_resource(map, &map->resource[i]);
	return error;
}

static int index_compute(struct map *map)
{
	if (prefix_table_new(&map->by_compute, map->compute_address_count) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->compute_count; i++) {
		for (size_t j = 0; j < map->compute[i].is.ip_count; j++) {
			struct ip_prefix host = { map->compute[i].is.ips[j], HOST_BITS };

			prefix_table_add(map->by_compute, &host, &map->compute[i]);
		}
	}
	return 0;
}

static int index_on_premises(struct map *map)
{
	size_t prefixes = 0;

	for (size_t i = 0; i < map->on_premises_count; i++)
		prefixes += map->on_premises[i].prefix_count;
	if (prefix_table_new(&map->by_on_premises, prefixes) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->on_premises_count; i++)
		for (size_t j = 0; j < map->on_premises[i].prefix_count; j++)
			prefix_table_add(map->by_on_premises, &map->on_premises[i].prefix[j],
					 &map->on_premises[i]);
	return 0;
}

int map_index_own(struct map *map)
{
	int error = index_resources(map);

	error = error ? error : index_regions(map);
	error = error ? error : index_compute(map);
	return error ? error : index_on_premises(map);
}

void map_free_own(struct map *map)
{
	for (size_t i = 0; map->schedule && i < map->schedule_count; i++)
		schedule_free(map->schedule[i].compiled);
	name_table_free(map->by_resource_name);
	name_table_free(map->by_resource_wildcard);
	name_table_free(map->by_workspace);
	name_table_free(map->by_region);
	prefix_table_free(map->by_compute);
	prefix_table_free(map->by_on_premises);
}

const struct map_resource *map_resource_by_name(const struct map *map, const char *name)
{
	const struct resource *found =
		map_find_name(map->by_resource_name, map->by_resource_wildcard, name);

	return found ? &found->is : NULL;
}

size_t map_resource_count(const struct map *map)
{
	return map->resource_count;
}

const struct map_resource *map_resource(const struct map *map, size_t i)
{
	return i < map->resource_count ? &map->resource[i].is : NULL;
}

bool map_is_workspace(const struct map *map, const char *guid)
{
	return name_table_find(map->by_workspace, guid) != NULL;
}

bool map_has_regions(const struct map *map)
{
	return map->has_regions;
}

bool map_has_region(const struct map *map, const char *region)
{
	return name_table_find(map->by_region, region) != NULL;
}

const struct map_compute *map_compute_at(const struct map *map, const struct ip_addr *addr)
{
	const struct compute *found =
		prefix_table_find(map->by_compute, addr, PREFIX_TABLE_ANY, NULL);

	return found ? &found->is : NULL;
}

size_t map_compute_count(const struct map *map)
{
	return map->compute_count;
}

const struct map_compute *map_compute(const struct map *map, size_t i)
{
	return i < map->compute_count ? &map->compute[i].is : NULL;
}

const struct map_schedule *map_schedule_at(const struct map *map, const struct ip_addr *addr)
{
	const struct map_compute *compute = map_compute_at(map, addr);
	const struct map_subnet *subnet = map_subnet_of(map, addr);

	if (compute && compute->schedule)
		return compute->schedule;
	return subnet ? subnet->schedule : NULL;
}

enum map_setting map_activity_at(const struct map *map, const struct ip_addr *addr,
				 uint64_t time_ns)
{
	const struct map_schedule *is = map_schedule_at(map, addr);
	const struct schedule_entry *entry = (const struct schedule_entry *)is;

	_Static_assert(offsetof(struct schedule_entry, is) == 0, "a schedule begins its entry");
	if (!entry || !entry->compiled)
		return MAP_UNKNOWN;
	return schedule_is_active(entry->compiled, time_ns) ? MAP_ON : MAP_OFF;
}

size_t map_schedule_count(const struct map *map)
{
	return map->schedule_count;
}

const struct map_schedule *map_schedule(const struct map *map, size_t i)
{
	return i < map->schedule_count ? &map->schedule[i].is : NULL;
}

const struct map_on_premises *map_on_premises_of(const struct map *map, const struct ip_addr *addr)
{
	const struct on_premises *found =
		prefix_table_find(map->by_on_premises, addr, PREFIX_TABLE_ANY, NULL);

	return found ? &found->is : NULL;
}

size_t map_vnet_count(const struct map *map)
{
	return map->vnet_count;
}

const struct map_vnet *map_vnet(const struct map *map, size_t i)
{
	return i < map->vnet_count ? &map->vnet[i].is : NULL;
}

size_t map_subnet_count(const struct map *map)
{
	return map->subnet_count;
}

const struct map_subnet *map_subnet(const struct map *map, size_t i)
{
	return i < map->subnet_count ? &map->subnet[i].is : NULL;
}
