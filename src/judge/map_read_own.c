/* Reading what the owners have beside the network: resources with their settings, compute, schedules,
 * prefixes on their own premises; and of VNets and subnets what only coverage and reports need. */
#include <errno.h>
#include <string.h>

#include "base/schedule.h"
#include "judge/map_model.h"

/* A list of texts, NULL-terminated. */
static const char *const *read_texts(struct map *map, struct json_reader *reader,
				     const struct json_value *object, const char *key)
{
	return map_read_zones(map, reader, object, key);
}

static uint8_t read_setting(struct json_reader *reader, const struct json_value *object,
			    const char *key)
{
	const struct json_value *value = json_read(reader, object, key, JSON_BOOL, JSON_MAY);

	return !value ? MAP_UNKNOWN : json_flag(value) ? MAP_ON : MAP_OFF;
}

static uint32_t read_number(struct json_reader *reader, const struct json_value *object,
			    const char *key)
{
	const struct json_value *value = json_read(reader, object, key, JSON_NUMBER, JSON_MAY);

	return value ? json_read_value_number(reader, value, 0, UINT32_MAX) : 0;
}

/* As Azure Resource Manager spells it, whatever the portal showed: "East US" is eastus. */
static const char *read_region(struct map *map, struct json_reader *reader,
			       const struct json_value *object)
{
	const char *text = json_read_text(reader, object, "region", JSON_MAY);
	char *region = text ? map_take(map, reader, strlen(text) + 1, 1) : NULL, *end = region;

	for (; region && *text != '\0'; text++)
		if (*text != ' ')
			*end++ = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
	return region;
}

/* Schedules ----------------------------------------------------------------------------------- */

static void compile_schedule(struct json_reader *reader, struct schedule_entry *entry)
{
	struct fault fault = { "" };

	if (reader->error != 0)
		return;
	reader->error =
		schedule_new(&entry->compiled, entry->is.time_zone, entry->is.active, &fault);
	if (reader->error == -ENOMEM || reader->error == 0)
		return;
	reader->error = 0;
	json_wrong(reader, entry->at, "schedule \"%.60s\": %s", entry->is.name, fault.text);
}

static void read_schedules(struct map *map, struct json_reader *reader,
			   const struct json_value *root)
{
	const struct json_value *value =
		map_read_list(reader, root, "schedules", &map->schedule_count);
	struct schedule_entry *entry = map_take(map, reader, map->schedule_count, sizeof(*entry));

	map->schedule = entry;
	for (; entry && value && reader->error == 0; value = json_next(value), entry++) {
		const char *zone = json_read_text(reader, value, "time_zone", JSON_MAY);

		entry->at = value;
		entry->is.name = json_read_text(reader, value, "name", JSON_MUST);
		entry->is.time_zone = zone ? zone : "UTC";
		json_read(reader, value, "active", JSON_ARRAY, JSON_MUST);
		entry->is.active = read_texts(map, reader, value, "active");
		compile_schedule(reader, entry);
	}
}

/* Maps may hold schedules of other forms, from before they had a meaning: those are no reference. */
static const struct map_schedule *find_schedule(const struct map *map,
						const struct json_value *object)
{
	const struct json_value *member = json_member(object, "schedule");
	const char *name = member ? json_text(member) : NULL;

	/* After an error, those behind it have no name. */
	for (size_t i = 0; name && i < map->schedule_count && map->schedule[i].is.name; i++)
		if (strcmp(map->schedule[i].is.name, name) == 0)
			return &map->schedule[i].is;
	return NULL;
}

/* VNets and subnets --------------------------------------------------------------------------- */

static void read_routes(struct map *map, struct json_reader *reader, struct subnet *subnet)
{
	const struct json_value *value =
		map_read_list(reader, subnet->at, "routes", &subnet->is.route_count);
	struct map_route *route = map_take(map, reader, subnet->is.route_count, sizeof(*route));

	subnet->is.routes = route;
	for (; route && value && reader->error == 0; value = json_next(value), route++) {
		const struct json_value *prefix =
			json_read(reader, value, "prefix", JSON_TEXT, JSON_MUST);
		const struct json_value *hop =
			json_read(reader, value, "next_hop", JSON_TEXT, JSON_MAY);

		if (prefix)
			route->prefix = map_read_prefix(reader, prefix);
		route->next_hop_type = json_read_text(reader, value, "next_hop_type", JSON_MUST);
		if (hop)
			route->next_hop = map_read_address(reader, hop);
	}
}

static void read_places(struct map *map, struct json_reader *reader)
{
	for (size_t i = 0; i < map->vnet_count; i++) {
		struct vnet *vnet = &map->vnet[i];

		vnet->is.resource_id = json_read_text(reader, vnet->at, "resource_id", JSON_MAY);
		vnet->is.region = read_region(map, reader, vnet->at);
		vnet->peerings = read_texts(map, reader, vnet->at, "peerings");
	}
	for (size_t i = 0; i < map->subnet_count; i++) {
		struct subnet *subnet = &map->subnet[i];

		subnet->is.schedule = find_schedule(map, subnet->at);
		subnet->is.private_endpoint_policies =
			json_read_text(reader, subnet->at, "private_endpoint_policies", JSON_MAY);
		subnet->is.service_endpoints =
			read_texts(map, reader, subnet->at, "service_endpoints");
		read_routes(map, reader, subnet);
	}
}

static void read_on_premises(struct map *map, struct json_reader *reader,
			     const struct json_value *root)
{
	const struct json_value *value =
		map_read_list(reader, root, "on_premises", &map->on_premises_count);
	struct on_premises *entry = map_take(map, reader, map->on_premises_count, sizeof(*entry));

	map->on_premises = entry;
	for (; entry && value && reader->error == 0; value = json_next(value), entry++) {
		entry->at = value;
		entry->is.name = json_read_text(reader, value, "name", JSON_MUST);
		entry->is.zone = json_read_text(reader, value, "zone", JSON_MAY);
		json_read(reader, value, "prefixes", JSON_ARRAY, JSON_MUST);
		entry->prefix =
			map_read_prefixes(map, reader, value, "prefixes", &entry->prefix_count);
	}
}

/* Resources ----------------------------------------------------------------------------------- */

static void read_deployment(struct json_reader *reader, const struct json_value *value,
			    struct map_deployment *deployment)
{
	const struct json_value *filter = json_member(value, "content_filter");

	deployment->name = json_read_text(reader, value, "name", JSON_MUST);
	deployment->model = json_read_text(reader, value, "model", JSON_MAY);
	deployment->model_version = json_read_text(reader, value, "model_version", JSON_MAY);
	deployment->sku = json_read_text(reader, value, "sku", JSON_MAY);
	deployment->content_filter = json_read_text(reader, value, "content_filter", JSON_MAY);
	/* null is not absent: it was imported, and there is none. */
	deployment->has_content_filter = !filter                      ? MAP_UNKNOWN
					 : deployment->content_filter ? MAP_ON
								      : MAP_OFF;
	deployment->capacity = read_number(reader, value, "capacity");
	deployment->requests_per_minute = read_number(reader, value, "requests_per_minute");
	deployment->tokens_per_minute = read_number(reader, value, "tokens_per_minute");
}

static void read_deployments(struct map *map, struct json_reader *reader,
			     const struct json_value *object, struct map_resource *resource)
{
	const struct json_value *value =
		map_read_list(reader, object, "deployments", &resource->deployment_count);
	struct map_deployment *deployment =
		map_take(map, reader, resource->deployment_count, sizeof(*deployment));

	resource->deployments = deployment;
	for (; deployment && value && reader->error == 0; value = json_next(value))
		read_deployment(reader, value, deployment++);
}

static const char *const *read_fqdns(struct map *map, struct json_reader *reader,
				     const struct json_value *object)
{
	size_t count;
	const struct json_value *value = map_read_list(reader, object, "fqdns", &count);
	const char **names = map_take(map, reader, count + 1, sizeof(*names));

	for (size_t i = 0; names && value && reader->error == 0; i++, value = json_next(value))
		names[i] = map_read_name_value(map, reader, value);
	return names;
}

static void read_resource(struct map *map, struct json_reader *reader,
			  const struct json_value *value, struct resource *entry)
{
	struct map_resource *is = &entry->is;

	entry->at = value;
	is->name = json_read_text(reader, value, "name", JSON_MUST);
	is->type = json_read_text(reader, value, "type", JSON_MAY);
	is->kind = json_read_text(reader, value, "kind", JSON_MAY);
	is->resource_id = json_read_text(reader, value, "resource_id", JSON_MAY);
	is->region = read_region(map, reader, value);
	is->zone = json_read_text(reader, value, "zone", JSON_MAY);
	is->workspace_guid =
		map_lower(map, reader, json_read_text(reader, value, "workspace_guid", JSON_MAY));
	is->fqdns = read_fqdns(map, reader, value);
	is->public_network_access = read_setting(reader, value, "public_network_access");
	is->local_auth = read_setting(reader, value, "local_auth");
	is->firewall = read_setting(reader, value, "firewall");
	read_deployments(map, reader, value, is);
}

static void read_resources(struct map *map, struct json_reader *reader,
			   const struct json_value *root)
{
	const struct json_value *value =
		map_read_list(reader, root, "resources", &map->resource_count);
	struct resource *entry = map_take(map, reader, map->resource_count, sizeof(*entry));

	map->resource = entry;
	for (; entry && value && reader->error == 0; value = json_next(value))
		read_resource(map, reader, value, entry++);
}

/* Compute ------------------------------------------------------------------------------------- */

static void read_compute(struct map *map, struct json_reader *reader,
			 const struct json_value *value, struct compute *entry)
{
	struct map_compute *is = &entry->is;

	entry->at = value;
	is->name = json_read_text(reader, value, "name", JSON_MUST);
	is->type = json_read_text(reader, value, "type", JSON_MAY);
	is->resource_id = json_read_text(reader, value, "resource_id", JSON_MAY);
	is->ips = map_read_addresses(map, reader, value, "ips", &is->ip_count);
	is->public_ip = read_setting(reader, value, "public_ip");
	is->ssh_public = read_setting(reader, value, "ssh_public");
	is->managed_identity = read_setting(reader, value, "managed_identity");
	is->identity_resources = read_texts(map, reader, value, "identity_resources");
	is->schedule = find_schedule(map, value);
	is->idle_shutdown_s = read_number(reader, value, "idle_shutdown_s");
	map->compute_address_count += is->ip_count;
}

static void read_computes(struct map *map, struct json_reader *reader,
			  const struct json_value *root)
{
	const struct json_value *value =
		map_read_list(reader, root, "compute", &map->compute_count);
	struct compute *entry = map_take(map, reader, map->compute_count, sizeof(*entry));

	map->compute = entry;
	for (; entry && value && reader->error == 0; value = json_next(value))
		read_compute(map, reader, value, entry++);
}

void map_read_own(struct map *map, struct json_reader *reader, const struct json_value *root)
{
	read_schedules(map, reader, root);
	read_places(map, reader);
	read_on_premises(map, reader, root);
	read_resources(map, reader, root);
	read_computes(map, reader, root);
}
