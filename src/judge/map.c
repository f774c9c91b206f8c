/* The expected map, loaded and looked up.
 *
 * Reading (map_read*.c) fills plain arrays; then the tables below are built over them, once. Names go
 * to two tables, whole names and what follows "*."; a look-up tries the whole name, then walks
 * the wildcards above it, longest first. Addresses go to longest-prefix tables. Records
 * that share a key are chained in map order. Nothing changes after that, so any number of workers may
 * read one map without a lock.
 */
#include "judge/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/eight.h"
#include "judge/map_model.h"

/* What `name` finds as a whole, else the longest wildcard that covers it, else NULL. */
void *map_find_name(const struct name_table *whole, const struct name_table *wildcard,
		    const char *name)
{
	void *found = name_table_find(whole, name);
	struct name_walk walk;

	if (found)
		return found;
	name_walk_begin(&walk, wildcard, name);
	do {
		found = name_walk_next(&walk);
	} while (found && walk.start == 0); /* a wildcard does not cover its own end */
	return found;
}

/* Adds under a whole name or, without its "*.", a wildcard; returns what holds the place now, or NULL:
 * no memory. */
void *map_add_name(struct name_table *whole, struct name_table *wildcard, const char *name,
		   void *value)
{
	if (strncmp(name, "*.", 2) == 0)
		return name_table_add(wildcard, name + 2, strlen(name + 2), value);
	return name_table_add(whole, name, strlen(name), value);
}

static int compare_addresses(const void *a, const void *b)
{
	const struct at_address *left = a, *right = b;
	int order = memcmp(&left->addr, &right->addr, sizeof(left->addr));

	if (order != 0)
		return order;
	return left->entry < right->entry ? -1 : left->entry > right->entry; /* map order */
}

static struct ip_prefix host(const struct ip_addr *addr)
{
	return (struct ip_prefix){ .addr = *addr, .bits = 128 };
}

static int index_endpoints(struct map *map)
{
	size_t at = 0;

	map->at_address = arena_take(map->arena, map->at_address_count, sizeof(*map->at_address));
	if (!map->at_address || name_table_new(&map->by_name) != 0 ||
	    name_table_new(&map->by_wildcard) != 0 ||
	    prefix_table_new(&map->by_address, map->at_address_count) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->endpoint_count; i++) {
		struct endpoint_entry *entry = &map->endpoint[i];

		if (!map_add_name(map->by_name, map->by_wildcard, entry->is.fqdn, entry))
			return -ENOMEM;
		for (size_t j = 0; j < entry->is.ip_count; j++)
			map->at_address[at++] = (struct at_address){ entry->is.ips[j], entry };
	}
	for (size_t i = 0; i < map->endpoint_count; i++) { /* public names come first */
		struct endpoint_entry *entry = &map->endpoint[i];

		if (entry->is.private_dns_name && !map_add_name(map->by_name, map->by_wildcard,
								entry->is.private_dns_name, entry))
			return -ENOMEM;
	}
	qsort(map->at_address, at, sizeof(*map->at_address), compare_addresses);
	for (size_t i = 0; i < at; i++) {
		struct ip_prefix prefix = host(&map->at_address[i].addr);

		prefix_table_add(map->by_address, &prefix, &map->at_address[i]);
	}
	return 0;
}

static int index_places(struct map *map)
{
	size_t prefixes = 0, spaces = 0;

	for (size_t i = 0; i < map->subnet_count; i++)
		prefixes += map->subnet[i].prefix_count;
	for (size_t i = 0; i < map->vnet_count; i++)
		spaces += map->vnet[i].space_count;
	if (prefix_table_new(&map->by_subnet, prefixes) != 0 ||
	    prefix_table_new(&map->by_space, spaces) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->subnet_count; i++) {
		for (size_t j = 0; j < map->subnet[i].prefix_count; j++)
			prefix_table_add(map->by_subnet, &map->subnet[i].prefix[j],
					 &map->subnet[i]);
	}
	for (size_t i = 0; i < map->vnet_count; i++) {
		for (size_t j = 0; j < map->vnet[i].space_count; j++)
			prefix_table_add(map->by_space, &map->vnet[i].space[j], &map->vnet[i]);
	}
	return 0;
}

static int index_egress(struct map *map)
{
	if (name_table_new(&map->by_egress_name) != 0 ||
	    name_table_new(&map->by_egress_wildcard) != 0 ||
	    prefix_table_new(&map->by_egress_prefix, map->egress_count) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->egress_count; i++) {
		struct egress *egress = &map->egress[i], *head;

		if (egress->is.fqdn)
			head = map_add_name(map->by_egress_name, map->by_egress_wildcard,
					    egress->is.fqdn, egress);
		else
			head = prefix_table_add(map->by_egress_prefix, &egress->is.cidr, egress);
		if (!head)
			return -ENOMEM;
		while (head != egress && head->next)
			head = head->next;
		if (head != egress)
			head->next = egress;
	}
	return 0;
}

static int index_resolvers(struct map *map)
{
	if (prefix_table_new(&map->by_resolver, map->resolver_count) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->resolver_count; i++) {
		struct ip_prefix prefix = host(&map->resolver[i].addr);
		struct resolver *head =
			prefix_table_add(map->by_resolver, &prefix, &map->resolver[i]);

		if (head != &map->resolver[i]) {
			map->resolver[i].next = head->next;
			head->next = &map->resolver[i];
		}
	}
	return 0;
}

static int index_zones(struct map *map)
{
	if (name_table_new(&map->by_zone) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < map->zone_count; i++) {
		struct dns_zone *zone = &map->zone[i];
		struct dns_zone *head =
			name_table_add(map->by_zone, zone->is.name, strlen(zone->is.name), zone);

		if (!head)
			return -ENOMEM;
		if (head != zone) {
			zone->next = head->next;
			head->next = zone;
		}
	}
	return 0;
}

static int fill(struct map *map, struct fault *fault)
{
	struct json_reader reader = { .json = map->json, .fault = fault };

	map_read(map, &reader);
	if (reader.error != 0)
		return reader.error;
	if (index_endpoints(map) == 0 && index_places(map) == 0 && index_egress(map) == 0 &&
	    index_resolvers(map) == 0 && index_zones(map) == 0 && map_index_own(map) == 0)
		return 0;
	fault_set(fault, "%s: not enough memory", json_path(map->json));
	return -ENOMEM;
}

/* Makes the map of a document, which becomes the map's own, or is freed. */
static int build(struct map **map, struct json *json, struct fault *fault)
{
	struct map *made = calloc(1, sizeof(*made));
	int error = -ENOMEM;

	if (made)
		made->arena = arena_new();
	if (!made || !made->arena) {
		fault_set(fault, "%s: not enough memory", json_path(json));
		json_free(json);
		free(made);
		return error;
	}
	made->json = json;
	error = fill(made, fault);
	if (error != 0) {
		map_free(made);
		return error;
	}
	*map = made;
	return 0;
}

int map_parse(struct map **map, const char *text, size_t length, const char *path,
	      struct fault *fault)
{
	struct json *json;
	int error = json_parse(&json, text, length, path, fault);

	*map = NULL;
	return error != 0 ? error : build(map, json, fault);
}

int map_load(struct map **map, const char *path, struct fault *fault)
{
	struct json *json;
	int error = json_load(&json, path, fault);

	*map = NULL;
	return error != 0 ? error : build(map, json, fault);
}

void map_free(struct map *map)
{
	if (!map)
		return;
	prefix_table_free(map->by_subnet);
	prefix_table_free(map->by_space);
	prefix_table_free(map->by_address);
	prefix_table_free(map->by_resolver);
	prefix_table_free(map->by_egress_prefix);
	name_table_free(map->by_name);
	name_table_free(map->by_wildcard);
	name_table_free(map->by_egress_name);
	name_table_free(map->by_egress_wildcard);
	name_table_free(map->by_zone);
	map_free_own(map);
	arena_free(map->arena);
	json_free(map->json);
	free(map);
}

const struct json_value *map_document(const struct map *map)
{
	return json_root(map->json);
}

const struct map_subnet *map_subnet_of(const struct map *map, const struct ip_addr *addr)
{
	const struct subnet *subnet =
		prefix_table_find(map->by_subnet, addr, PREFIX_TABLE_ANY, NULL);

	return subnet ? &subnet->is : NULL;
}

const struct map_vnet *map_vnet_of(const struct map *map, const struct ip_addr *addr)
{
	const struct vnet *vnet = prefix_table_find(map->by_space, addr, PREFIX_TABLE_ANY, NULL);

	return vnet ? &vnet->is : NULL;
}

const struct map_endpoint *map_endpoint_by_name(const struct map *map, const char *name)
{
	const struct endpoint_entry *entry = map_find_name(map->by_name, map->by_wildcard, name);

	return entry ? &entry->is : NULL;
}

static const struct at_address *first_at(const struct map *map, const struct ip_addr *addr)
{
	return prefix_table_find(map->by_address, addr, PREFIX_TABLE_ANY, NULL);
}

static bool is_at(const struct map *map, const struct at_address *at, const struct ip_addr *addr)
{
	return at && at < map->at_address + map->at_address_count && ip_equal(&at->addr, addr);
}

const struct map_endpoint *map_endpoint_at(const struct map *map, const struct ip_addr *addr,
					   size_t i)
{
	const struct at_address *first = first_at(map, addr);

	if (!first || i >= map->at_address_count || !is_at(map, first + i, addr))
		return NULL;
	return &first[i].entry->is;
}

/* Whether a name is `pattern`, or lies under it when that is a wildcard. */
static bool covers(const char *pattern, const char *name, size_t name_length)
{
	size_t length = pattern ? strlen(pattern) : 0;

	if (length > 2 && strncmp(pattern, "*.", 2) == 0)
		return name_length > length - 1 &&
		       eight_same(name + name_length - (length - 1), pattern + 1, length - 1);
	return length != 0 && length == name_length && eight_same(name, pattern, length);
}

bool map_endpoint_serves(const struct map *map, const char *name, const struct ip_addr *addr)
{
	size_t length = strlen(name);

	for (const struct at_address *at = first_at(map, addr); is_at(map, at, addr); at++) {
		if (covers(at->entry->is.fqdn, name, length) ||
		    covers(at->entry->is.private_dns_name, name, length))
			return true;
	}
	return false;
}

size_t map_endpoint_count(const struct map *map)
{
	return map->endpoint_count;
}

const struct map_endpoint *map_endpoint(const struct map *map, size_t i)
{
	return i < map->endpoint_count ? &map->endpoint[i].is : NULL;
}

const struct map_dns_zone *map_dns_zone_of(const struct map *map, const char *name)
{
	const struct dns_zone *zone = map_find_name(map->by_zone, map->by_zone, name);

	return zone ? &zone->is : NULL;
}

bool map_dns_zone_is_linked(const struct map *map, const struct map_dns_zone *zone,
			    const struct map_vnet *vnet)
{
	const struct dns_zone *one = name_table_find(map->by_zone, zone->name);

	for (; one; one = one->next) {
		for (size_t i = 0; one->is.linked[i]; i++) {
			if (one->is.linked[i] == vnet)
				return true;
		}
	}
	return false;
}

/* An empty list means any. */
static bool has_zone(const char *const *zones, const char *zone)
{
	if (!zones[0])
		return true;
	for (size_t i = 0; zone && zones[i]; i++) {
		if (strcmp(zones[i], zone) == 0)
			return true;
	}
	return false;
}

static bool has_port(const uint16_t *ports, size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++) {
		if (ports[i] == port)
			return true;
	}
	return count == 0;
}

static const struct map_egress *first_match(const struct egress *egress, uint16_t port,
					    const char *zone)
{
	for (; egress; egress = egress->next) {
		if (has_zone(egress->is.zones, zone) &&
		    has_port(egress->is.ports, egress->is.port_count, port))
			return &egress->is;
	}
	return NULL;
}

/* As map_find_name(), but a longer name that does not allow it does not hide a shorter one that does. */
static const struct map_egress *egress_of_name(const struct map *map, const char *name,
					       uint16_t port, const char *zone)
{
	const struct map_egress *found =
		first_match(name_table_find(map->by_egress_name, name), port, zone);
	const struct egress *wildcard;
	struct name_walk walk;

	name_walk_begin(&walk, map->by_egress_wildcard, name);
	while (!found && (wildcard = name_walk_next(&walk))) {
		if (walk.start != 0)
			found = first_match(wildcard, port, zone);
	}
	return found;
}

const struct map_egress *map_egress_find(const struct map *map, const char *name,
					 const struct ip_addr *addr, uint16_t port,
					 const char *zone)
{
	const struct map_egress *found = name ? egress_of_name(map, name, port, zone) : NULL;
	unsigned below = PREFIX_TABLE_ANY;

	while (!found) {
		const struct egress *egress =
			prefix_table_find(map->by_egress_prefix, addr, below, &below);

		if (!egress)
			return NULL;
		found = first_match(egress, port, zone);
	}
	return found;
}

const struct map_egress *map_egress_by_name(const struct map *map, const char *name)
{
	const struct egress *egress =
		map_find_name(map->by_egress_name, map->by_egress_wildcard, name);

	return egress ? &egress->is : NULL;
}

bool map_is_resolver(const struct map *map, const struct ip_addr *addr, uint16_t port,
		     const char *zone)
{
	const struct resolver *resolver =
		prefix_table_find(map->by_resolver, addr, PREFIX_TABLE_ANY, NULL);

	for (; resolver; resolver = resolver->next) {
		if (has_zone(resolver->zones, zone) &&
		    has_port(resolver->ports, resolver->port_count, port))
			return true;
	}
	return false;
}

bool map_has_resolver(const struct map *map, const struct ip_addr *addr)
{
	return prefix_table_find(map->by_resolver, addr, PREFIX_TABLE_ANY, NULL) != NULL;
}

const char *map_platform_role(const struct map *map, const struct ip_addr *addr, uint16_t port)
{
	for (size_t i = 0; i < map->platform_count; i++) { /* there are two or three */
		const struct platform *platform = &map->platform[i];

		if (ip_equal(&platform->addr, addr) &&
		    has_port(platform->ports, platform->port_count, port))
			return platform->role;
	}
	return NULL;
}

const char *map_platform_at(const struct map *map, const struct ip_addr *addr)
{
	for (size_t i = 0; i < map->platform_count; i++) {
		if (ip_equal(&map->platform[i].addr, addr))
			return map->platform[i].role;
	}
	return NULL;
}

static bool crosses_to(const struct crossing *crossing, const struct map_private_endpoint *endpoint,
		       const struct map_subnet *subnet)
{
	if (endpoint && (crossing->endpoint == endpoint || crossing->vnet == endpoint->vnet))
		return crossing->endpoint || crossing->vnet;
	if (!subnet)
		return false;
	return crossing->subnet == subnet || crossing->vnet == subnet->vnet ||
	       (crossing->to_zone && subnet->zone && strcmp(crossing->to_zone, subnet->zone) == 0);
}

bool map_crossing_allowed(const struct map *map, const char *from_zone,
			  const struct map_private_endpoint *endpoint,
			  const struct map_subnet *subnet)
{
	for (size_t i = 0; from_zone && i < map->crossing_count; i++) {
		if (strcmp(map->crossing[i].from_zone, from_zone) == 0 &&
		    crosses_to(&map->crossing[i], endpoint, subnet))
			return true;
	}
	return map->crossing_default;
}

bool map_admin_allowed(const struct map *map, bool rdp, const struct ip_addr *source)
{
	const struct ip_prefix *from = rdp ? map->rdp_source : map->ssh_source;
	size_t count = rdp ? map->rdp_source_count : map->ssh_source_count;

	for (size_t i = 0; i < count; i++) {
		if (ip_prefix_contains(&from[i], source))
			return true;
	}
	return false;
}
