/* Reading a map: private DNS zones, allowed egress, resolvers, platform addresses, crossings, admin. */
#include <string.h>

#include "base/spelling.h"
#include "judge/map_model.h"

#define NAMES_MAX 64 /* as in map_read.c */

static const struct map_vnet *read_link(struct map *map, struct json_reader *reader,
					const struct json_value *value)
{
	const char *name = json_read_value_text(reader, value);
	const struct vnet *vnet = name ? map_vnet_named(map, name) : NULL;
	const char *names[NAMES_MAX] = { NULL };

	if (vnet || !name)
		return vnet ? &vnet->is : NULL;
	for (size_t i = 0; i < map->vnet_count && i < NAMES_MAX; i++)
		names[i] = map->vnet[i].is.name;
	const char *near = spelling_nearest(name, names, NAMES_MAX);
	json_wrong(reader, value, "no VNet is named \"%s\"%s%s%s", name,
		   near ? "; did you mean \"" : "; add it to vnets or unlink it", near ? near : "",
		   near ? "\"?" : "");
	return NULL;
}

static void read_record(struct map *map, struct json_reader *reader, struct zone_record *record,
			const struct json_value *object)
{
	record->at = object;
	record->name = map_lower(map, reader, json_read_text(reader, object, "name", JSON_MUST));
	record->type = json_read_text(reader, object, "type", JSON_MUST);

	const struct json_value *value =
		map_read_list(reader, object, "values", &record->value_count);
	record->value = map_take(map, reader, record->value_count, sizeof(*record->value));
	for (size_t i = 0; record->value && value; i++, value = json_next(value)) {
		record->value[i] = json_read_value_text(reader, value);
		if (record->type &&
		    (strcmp(record->type, "A") == 0 || strcmp(record->type, "AAAA") == 0))
			map_read_address(reader, value);
	}
}

static void read_zone(struct map *map, struct json_reader *reader, const struct json_value *object)
{
	struct dns_zone *zone = &map->zone[map->zone_count++];
	size_t count;

	zone->at = object;
	zone->is.name = map_read_name(map, reader, object, "zone", JSON_MUST);
	zone->is.resolution_policy = json_read_text(reader, object, "resolution_policy", JSON_MAY);

	const struct json_value *value = map_read_list(reader, object, "linked_vnets", &count);
	const struct map_vnet **linked = map_take(map, reader, count + 1, sizeof(*linked));
	for (size_t i = 0; linked && value; i++, value = json_next(value))
		linked[i] = read_link(map, reader, value);
	zone->is.linked = linked;

	value = map_read_list(reader, object, "records", &zone->record_count);
	zone->record = map_take(map, reader, zone->record_count, sizeof(*zone->record));
	for (size_t i = 0; zone->record && value; i++, value = json_next(value))
		read_record(map, reader, &zone->record[i], value);
}

static void read_egress(struct map *map, struct json_reader *reader,
			const struct json_value *object)
{
	struct egress *egress = &map->egress[map->egress_count++];
	const struct json_value *cidr = json_read(reader, object, "cidr", JSON_TEXT, JSON_MAY);

	egress->at = object;
	egress->is.fqdn = map_read_name(map, reader, object, "fqdn", JSON_MAY);
	if (cidr)
		egress->is.cidr = map_read_prefix(reader, cidr);
	if (!cidr == !egress->is.fqdn)
		json_wrong(reader, object,
			   "an allowed egress needs either \"fqdn\" or \"cidr\"; give exactly one");
	egress->is.category = json_read_text(reader, object, "category", JSON_MAY);
	egress->is.zones = map_read_zones(map, reader, object, "zones");
	egress->is.ports = map_read_ports(map, reader, object, &egress->is.port_count);
	egress->is.ips = map_read_addresses(map, reader, object, "ips", &egress->is.ip_count);
}

static void read_resolver(struct map *map, struct json_reader *reader,
			  const struct json_value *object)
{
	struct resolver *resolver = &map->resolver[map->resolver_count++];
	const struct json_value *ip = json_read(reader, object, "ip", JSON_TEXT, JSON_MUST);

	resolver->at = object;
	if (ip)
		resolver->addr = map_read_address(reader, ip);
	json_read_text(reader, object, "kind", JSON_MAY);
	resolver->zones = map_read_zones(map, reader, object, "zones");
	resolver->ports = map_read_ports(map, reader, object, &resolver->port_count);
}

/* The DNS servers of a VNet, as resolvers for its zone. */
static void add_dns_servers(struct map *map, struct json_reader *reader, const struct vnet *vnet)
{
	static const uint16_t dns_port[] = { 53 };

	for (size_t i = 0; i < vnet->dns_server_count; i++) {
		struct resolver *resolver = &map->resolver[map->resolver_count++];
		const char **zones = map_take(map, reader, 2, sizeof(*zones));

		if (!zones)
			return;
		zones[0] = vnet->is.zone;
		*resolver = (struct resolver){ .addr = vnet->dns_server[i],
					       .zones = zones,
					       .ports = dns_port,
					       .port_count = 1,
					       .at = vnet->at };
	}
}

static void read_resolvers(struct map *map, struct json_reader *reader,
			   const struct json_value *root)
{
	size_t count, servers = 0;
	const struct json_value *value = map_read_list(reader, root, "resolvers", &count);

	for (size_t i = 0; i < map->vnet_count; i++)
		servers += map->vnet[i].dns_server_count;
	map->resolver = map_take(map, reader, count + servers, sizeof(*map->resolver));
	for (; value && reader->error == 0; value = json_next(value))
		read_resolver(map, reader, value);
	for (size_t i = 0; i < map->vnet_count && reader->error == 0; i++)
		add_dns_servers(map, reader, &map->vnet[i]);
}

static void read_platform(struct map *map, struct json_reader *reader,
			  const struct json_value *object)
{
	static const char *const roles[] = { "imds", "wireserver" };
	struct platform *platform = &map->platform[map->platform_count++];
	const struct json_value *ip = json_read(reader, object, "ip", JSON_TEXT, JSON_MUST);

	if (ip)
		platform->addr = map_read_address(reader, ip);
	platform->role = json_read_text(reader, object, "role", JSON_MUST);
	platform->ports = map_read_ports(map, reader, object, &platform->port_count);
	if (!platform->role || strcmp(platform->role, roles[0]) == 0 ||
	    strcmp(platform->role, roles[1]) == 0)
		return;
	const char *near = spelling_nearest(platform->role, roles, 2);
	json_wrong(reader, json_member(object, "role"), "\"%s\" is no platform role; write %s%s%s",
		   platform->role, near ? "\"" : "\"imds\" or \"wireserver", near ? near : "",
		   "\"");
}

static bool is_zone(const struct map *map, const char *name)
{
	for (size_t i = 0; i < map->vnet_count; i++) {
		if (map->vnet[i].is.zone && strcmp(map->vnet[i].is.zone, name) == 0)
			return true;
	}
	for (size_t i = 0; i < map->subnet_count; i++) {
		if (map->subnet[i].is.zone && strcmp(map->subnet[i].is.zone, name) == 0)
			return true;
	}
	return false;
}

/* Sets the target that is named so: private endpoint, subnet, VNet or zone, in this order. */
static bool find_target(const struct map *map, struct crossing *crossing, const char *to)
{
	for (size_t i = 0; i < map->private_endpoint_count; i++) {
		if (strcmp(map->private_endpoint[i].is.name, to) == 0)
			crossing->endpoint = &map->private_endpoint[i].is;
	}
	for (size_t i = 0; i < map->subnet_count && !crossing->endpoint; i++) {
		if (strcmp(map->subnet[i].is.name, to) == 0)
			crossing->subnet = &map->subnet[i].is;
	}
	const struct vnet *vnet = map_vnet_named(map, to);
	if (!crossing->endpoint && !crossing->subnet && vnet)
		crossing->vnet = &vnet->is;
	else if (!crossing->endpoint && !crossing->subnet && is_zone(map, to))
		crossing->to_zone = to;
	return crossing->endpoint || crossing->subnet || crossing->vnet || crossing->to_zone;
}

static const char *nearest_target(const struct map *map, const char *to)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t known = 0;

	for (size_t i = 0; i < map->private_endpoint_count && known < NAMES_MAX; i++)
		names[known++] = map->private_endpoint[i].is.name;
	for (size_t i = 0; i < map->subnet_count && known < NAMES_MAX; i++)
		names[known++] = map->subnet[i].is.name;
	for (size_t i = 0; i < map->vnet_count && known < NAMES_MAX; i++)
		names[known++] = map->vnet[i].is.name;
	return spelling_nearest(to, names, known);
}

static void read_crossing(struct map *map, struct json_reader *reader,
			  const struct json_value *object)
{
	struct crossing *crossing = &map->crossing[map->crossing_count++];
	const char *to = json_read_text(reader, object, "to", JSON_MUST);

	crossing->at = object;
	crossing->from_zone = json_read_text(reader, object, "from_zone", JSON_MUST);
	if (!to || find_target(map, crossing, to))
		return;
	const char *near = nearest_target(map, to);
	json_wrong(reader, json_member(object, "to"),
		   "\"%s\" is no private endpoint, subnet, VNet or zone of this map%s%s%s", to,
		   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void read_cross_zone(struct map *map, struct json_reader *reader,
			    const struct json_value *root)
{
	const struct json_value *object =
		json_read(reader, root, "cross_zone", JSON_OBJECT, JSON_MAY);
	const char *otherwise = object ? json_read_text(reader, object, "default", JSON_MAY) : NULL;

	if (!object)
		return;
	map->crossing_default = otherwise && strcmp(otherwise, "allow") == 0;
	if (otherwise && !map->crossing_default && strcmp(otherwise, "deny") != 0)
		json_wrong(reader, json_member(object, "default"),
			   "\"%s\" is no default; write \"deny\" or \"allow\"", otherwise);

	size_t count;
	const struct json_value *value = map_read_list(reader, object, "allowed", &count);
	map->crossing = map_take(map, reader, count, sizeof(*map->crossing));
	for (; value && reader->error == 0; value = json_next(value))
		read_crossing(map, reader, value);
}

static struct ip_prefix *read_sources(struct map *map, struct json_reader *reader,
				      const struct json_value *object, const char *key,
				      size_t *count)
{
	const struct json_value *value = map_read_list(reader, object, key, count);
	struct ip_prefix *sources = map_take(map, reader, *count, sizeof(*sources));

	for (size_t i = 0; sources && value; i++, value = json_next(value))
		sources[i] = map_read_prefix(reader, value);
	return sources;
}

static void read_admin(struct map *map, struct json_reader *reader, const struct json_value *root)
{
	const struct json_value *object =
		json_read(reader, root, "compute_admin", JSON_OBJECT, JSON_MAY);

	if (!object)
		return;
	map->ssh_source =
		read_sources(map, reader, object, "ssh_allowed_sources", &map->ssh_source_count);
	map->rdp_source =
		read_sources(map, reader, object, "rdp_allowed_sources", &map->rdp_source_count);
}

void map_read_policy(struct map *map, struct json_reader *reader, const struct json_value *root)
{
	size_t count;
	const struct json_value *value = map_read_list(reader, root, "private_dns_zones", &count);

	map->zone = map_take(map, reader, count, sizeof(*map->zone));
	for (; value && reader->error == 0; value = json_next(value))
		read_zone(map, reader, value);

	value = map_read_list(reader, root, "allowed_egress", &count);
	map->egress = map_take(map, reader, count, sizeof(*map->egress));
	for (; value && reader->error == 0; value = json_next(value))
		read_egress(map, reader, value);

	read_resolvers(map, reader, root);
	value = map_read_list(reader, root, "platform", &count);
	map->platform = map_take(map, reader, count, sizeof(*map->platform));
	for (; value && reader->error == 0; value = json_next(value))
		read_platform(map, reader, value);
	read_cross_zone(map, reader, root);
	read_admin(map, reader, root);
}
