/* Linting a map: what it says is well-formed, but can it be meant?
 *
 * Each check is one function over the loaded map and one row of the table at the end. A finding says
 * what is odd and what to do; errors make wrong verdicts certain, warnings likely, notes are choices
 * worth a second look.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/spelling.h"
#include "judge/map_model.h"

#define SENTENCE_MAX 640
#define ZONES_MAX 64 /* distinct zones compared with; people have three to five */

void map_lint_say(struct map_lint *lint, enum map_finding finding, const struct json_value *at,
		  const char *format, ...)
{
	static const char *const words[] = {
		[MAP_NOTE] = "note", [MAP_WARNING] = "warning", [MAP_ERROR] = "error"
	};
	char sentence[SENTENCE_MAX];
	va_list arguments;
	int used = snprintf(sentence, sizeof(sentence), "%s:%u: %s: ", json_path(lint->map->json),
			    json_place(lint->map->json, at).line, words[finding]);

	lint->count++;
	if (used > 0 && (size_t)used < sizeof(sentence)) {
		va_start(arguments, format);
		vsnprintf(sentence + used, sizeof(sentence) - (size_t)used, format, arguments);
		va_end(arguments);
	}
	lint->say(lint->context, finding, sentence);
}

bool map_check_lies_in(const struct ip_prefix *inner, const struct ip_prefix *outer, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (inner->bits >= outer[i].bits && ip_prefix_contains(&outer[i], &inner->addr))
			return true;
	}
	return false;
}

static void check_address(struct map_lint *lint, const struct private_endpoint *pe,
			  const struct endpoint_entry *entry, const struct ip_addr *addr)
{
	const struct vnet *vnet = (const struct vnet *)pe->is.vnet;
	struct ip_prefix host = { .addr = *addr, .bits = 128 };
	char text[IP_TEXT_SIZE];

	ip_print(addr, text);
	if (pe->subnet && !map_check_lies_in(&host, pe->subnet->prefix, pe->subnet->prefix_count))
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "%s of private endpoint \"%.60s\" is outside its subnet \"%.60s\"; "
			     "correct one of them",
			     text, pe->is.name, pe->subnet->is.name);
	else if (!pe->subnet && !map_check_lies_in(&host, vnet->space, vnet->space_count))
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "%s of private endpoint \"%.60s\" is outside its VNet \"%.60s\"; "
			     "correct one of them",
			     text, pe->is.name, vnet->is.name);
}

static void check_private_endpoints(struct map_lint *lint)
{
	const struct map *map = lint->map;

	for (size_t i = 0; i < map->private_endpoint_count; i++) {
		const struct private_endpoint *pe = &map->private_endpoint[i];

		if (pe->endpoint_count == 0)
			map_lint_say(
				lint, MAP_WARNING, pe->at,
				"private endpoint \"%.60s\" has no endpoints; add its names and "
				"addresses (from its network interface, if need be)",
				pe->is.name);
		if (!pe->is.allowed_zones[0])
			map_lint_say(lint, MAP_NOTE, pe->at,
				     "private endpoint \"%.60s\" may be used from any zone; list "
				     "allowed_zones to bound it",
				     pe->is.name);
		if (pe->subnet &&
		    (!pe->subnet->is.role || strcmp(pe->subnet->is.role, "private-endpoints") != 0))
			map_lint_say(
				lint, MAP_NOTE, pe->at,
				"private endpoint \"%.60s\" is in subnet \"%.60s\", whose role "
				"is not private-endpoints",
				pe->is.name, pe->subnet->is.name);
	}
}

static void check_endpoints(struct map_lint *lint)
{
	const struct map *map = lint->map;

	for (size_t i = 0; i < map->endpoint_count; i++) {
		const struct endpoint_entry *entry = &map->endpoint[i];
		const struct private_endpoint *pe =
			(const struct private_endpoint *)entry->is.private_endpoint;
		const struct map_endpoint *first = map_endpoint_by_name(map, entry->is.fqdn);

		if (entry->is.ip_count == 0)
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "%.90s has no address, so nothing is expected for it; add ips",
				     entry->is.fqdn);
		for (size_t j = 0; j < entry->is.ip_count; j++)
			check_address(lint, pe, entry, &entry->is.ips[j]);
		if (first && first != &entry->is && strcmp(first->fqdn, entry->is.fqdn) == 0)
			map_lint_say(
				lint, MAP_NOTE, entry->at,
				"%.90s is also a name of \"%.60s\"; right only if both serve it",
				entry->is.fqdn, first->private_endpoint->name);
		if (map_egress_by_name(map, entry->is.fqdn))
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "%.90s has a private endpoint and is allowed egress too; its "
				     "public use stays a finding, so remove it from allowed_egress",
				     entry->is.fqdn);
	}
}

bool map_check_is_placeholder(const char *name)
{
	return name && strpbrk(name, "{}<>$%") != NULL;
}

static void check_placeholders(struct map_lint *lint)
{
	const struct map *map = lint->map;

	for (size_t i = 0; i < map->endpoint_count; i++) {
		const struct endpoint_entry *entry = &map->endpoint[i];

		if (map_check_is_placeholder(entry->is.fqdn) ||
		    map_check_is_placeholder(entry->is.private_dns_name))
			map_lint_say(lint, MAP_ERROR, entry->at,
				     "%.90s holds a placeholder; write the region or name itself",
				     entry->is.fqdn);
	}
	for (size_t i = 0; i < map->egress_count; i++) {
		if (map_check_is_placeholder(map->egress[i].is.fqdn))
			map_lint_say(lint, MAP_ERROR, map->egress[i].at,
				     "%.90s holds a placeholder; write the region or name itself",
				     map->egress[i].is.fqdn);
	}
	for (size_t i = 0; i < map->zone_count; i++) {
		if (map_check_is_placeholder(map->zone[i].is.name))
			map_lint_say(lint, MAP_ERROR, map->zone[i].at,
				     "%.90s holds a placeholder; write the region or name itself",
				     map->zone[i].is.name);
	}
}

static bool is_everything(const struct ip_prefix *prefix)
{
	return prefix->bits == 0 || (ip_is_v4(&prefix->addr) && prefix->bits == 96);
}

static void check_egress(struct map_lint *lint)
{
	for (size_t i = 0; i < lint->map->egress_count; i++) {
		const struct egress *egress = &lint->map->egress[i];
		const char *fqdn = egress->is.fqdn;

		if (!fqdn && is_everything(&egress->is.cidr))
			map_lint_say(lint, egress->is.port_count == 0 ? MAP_ERROR : MAP_WARNING,
				     egress->at,
				     "this allows the whole internet%s; list names or prefixes",
				     egress->is.port_count == 0 ? " on every port" : "");
		else if (fqdn && strncmp(fqdn, "*.", 2) == 0 && !strchr(fqdn + 2, '.'))
			map_lint_say(lint, MAP_WARNING, egress->at,
				     "\"%.60s\" allows a whole top-level domain; list names", fqdn);
		else if (egress->is.port_count == 0)
			map_lint_say(lint, MAP_NOTE, egress->at,
				     "this allows every port; list the ports that are needed");
	}
}

static size_t collect_zones(const struct map *map, const char *zones[ZONES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < map->vnet_count && count < ZONES_MAX; i++)
		zones[count++] = map->vnet[i].is.zone;
	for (size_t i = 0; i < map->subnet_count && count < ZONES_MAX; i++) {
		if (map->subnet[i].is.zone != map->subnet[i].is.vnet->zone)
			zones[count++] = map->subnet[i].is.zone;
	}
	return count;
}

static bool zone_exists(const struct map *map, const char *zone)
{
	for (size_t i = 0; i < map->vnet_count; i++) {
		if (map->vnet[i].is.zone && strcmp(map->vnet[i].is.zone, zone) == 0)
			return true;
	}
	for (size_t i = 0; i < map->subnet_count; i++) {
		if (map->subnet[i].is.zone && strcmp(map->subnet[i].is.zone, zone) == 0)
			return true;
	}
	return false;
}

static void check_zone_name(struct map_lint *lint, const struct json_value *at, const char *zone)
{
	const char *zones[ZONES_MAX];
	const char *near;

	if (zone_exists(lint->map, zone))
		return;
	near = spelling_nearest(zone, zones, collect_zones(lint->map, zones));
	map_lint_say(lint, MAP_WARNING, at, "no VNet or subnet is in zone \"%.60s\"%s%.60s%s", zone,
		     near ? "; did you mean \"" : "; correct the name", near ? near : "",
		     near ? "\"?" : "");
}

static void check_zone_names(struct map_lint *lint)
{
	const struct map *map = lint->map;

	for (size_t i = 0; i < map->private_endpoint_count; i++) {
		const char *const *zone = map->private_endpoint[i].is.allowed_zones;

		for (; *zone; zone++)
			check_zone_name(lint, map->private_endpoint[i].at, *zone);
	}
	for (size_t i = 0; i < map->egress_count; i++) {
		for (const char *const *zone = map->egress[i].is.zones; *zone; zone++)
			check_zone_name(lint, map->egress[i].at, *zone);
	}
	for (size_t i = 0; i < map->resolver_count; i++) {
		for (const char *const *zone = map->resolver[i].zones; *zone; zone++)
			check_zone_name(lint, map->resolver[i].at, *zone);
	}
	for (size_t i = 0; i < map->crossing_count; i++)
		check_zone_name(lint, map->crossing[i].at, map->crossing[i].from_zone);
}

static void check_policy(struct map_lint *lint)
{
	const struct map *map = lint->map;
	bool has_imds = false, has_wireserver = false;

	if (map->crossing_default)
		map_lint_say(lint, MAP_WARNING, json_root(map->json),
			     "cross_zone allows all crossings by default; deny by default and list "
			     "those that are needed");
	for (size_t i = 0; i < map->platform_count; i++) {
		has_imds = has_imds || strcmp(map->platform[i].role, "imds") == 0;
		has_wireserver = has_wireserver || strcmp(map->platform[i].role, "wireserver") == 0;
	}
	if (!has_imds || !has_wireserver)
		map_lint_say(
			lint, MAP_WARNING, json_root(map->json),
			"platform lacks \"%s\"; add it, or its traffic is a finding on every VM",
			has_imds ? "wireserver" : "imds");
}

size_t map_check(const struct map *map,
		 void (*say)(void *context, enum map_finding finding, const char *sentence),
		 void *context)
{
	static void (*const checks[])(struct map_lint * lint) = {
		map_check_fields, map_check_places, check_private_endpoints,
		check_endpoints,  map_check_dns,    check_placeholders,
		check_egress,     check_zone_names, check_policy,
		map_check_own,
	};
	struct map_lint lint = { .map = map, .say = say, .context = context };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&lint);
	return lint.count;
}
