/* Linting a map: the VNets, their subnets and their resolvers. */
#include <stdlib.h>
#include <string.h>

#include "judge/map_model.h"

#define AZURE_DNS "168.63.129.16"

/* A prefix and whose it is; for finding overlaps by sorting. */
struct owned {
	struct ip_prefix prefix;
	const void *owner;
	const char *name;
	const struct json_value *at;
};

static int compare_owned(const void *a, const void *b)
{
	const struct owned *left = a, *right = b;
	int order = memcmp(&left->prefix.addr, &right->prefix.addr, sizeof(left->prefix.addr));

	return order != 0 ? order : left->prefix.bits - right->prefix.bits;
}

/* Sorted, a prefix that overlaps an earlier one lies in the widest one that is still open. */
static void check_overlaps(struct map_lint *lint, struct owned *owned, size_t count,
			   enum map_finding finding, const char *what)
{
	const struct owned *open = owned;
	char text[IP_TEXT_SIZE];

	qsort(owned, count, sizeof(*owned), compare_owned);
	for (size_t i = 1; i < count; i++) {
		if (!ip_prefix_contains(&open->prefix, &owned[i].prefix.addr)) {
			open = &owned[i];
			continue;
		}
		if (open->owner == owned[i].owner)
			continue;
		ip_print(&owned[i].prefix.addr, text);
		map_lint_say(lint, finding, owned[i].at,
			     "%s \"%.60s\" and \"%.60s\" overlap at %s; correct one of them", what,
			     owned[i].name, open->name, text);
	}
}

static void check_spaces(struct map_lint *lint)
{
	const struct map *map = lint->map;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < map->vnet_count; i++)
		count += map->vnet[i].space_count;
	struct owned *owned = calloc(count + 1, sizeof(*owned));
	for (size_t i = 0; owned && i < map->vnet_count; i++) {
		const struct vnet *vnet = &map->vnet[i];

		for (size_t j = 0; j < vnet->space_count; j++)
			owned[at++] =
				(struct owned){ vnet->space[j], vnet, vnet->is.name, vnet->at };
	}
	if (owned)
		check_overlaps(lint, owned, at, MAP_WARNING, "the address spaces of VNets");
	free(owned);
}

static void check_subnet_overlaps(struct map_lint *lint)
{
	const struct map *map = lint->map;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < map->subnet_count; i++)
		count += map->subnet[i].prefix_count;
	struct owned *owned = calloc(count + 1, sizeof(*owned));
	for (size_t i = 0; owned && i < map->subnet_count; i++) {
		const struct subnet *subnet = &map->subnet[i];

		for (size_t j = 0; j < subnet->prefix_count; j++)
			owned[at++] = (struct owned){ subnet->prefix[j], subnet, subnet->is.name,
						      subnet->at };
	}
	if (owned)
		check_overlaps(lint, owned, at, MAP_ERROR, "subnets");
	free(owned);
}

static void check_subnets(struct map_lint *lint)
{
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < lint->map->subnet_count; i++) {
		const struct subnet *subnet = &lint->map->subnet[i];
		const struct vnet *vnet = (const struct vnet *)subnet->is.vnet;

		for (size_t j = 0; j < subnet->prefix_count; j++) {
			if (map_check_lies_in(&subnet->prefix[j], vnet->space, vnet->space_count))
				continue;
			ip_print(&subnet->prefix[j].addr, text);
			map_lint_say(lint, MAP_ERROR, subnet->at,
				     "subnet \"%.60s\" (%s) lies outside the address space of VNet "
				     "\"%.60s\"; correct one of them",
				     subnet->is.name, text, vnet->is.name);
		}
		if (!subnet->is.role)
			map_lint_say(lint, MAP_NOTE, subnet->at,
				     "subnet \"%.60s\" has no role; give one (compute, "
				     "private-endpoints, appliance, ...)",
				     subnet->is.name);
	}
}

static void check_vnets(struct map_lint *lint)
{
	const struct map *map = lint->map;

	for (size_t i = 0; i < map->vnet_count; i++) {
		const struct vnet *vnet = &map->vnet[i];

		if (!vnet->is.zone)
			map_lint_say(lint, MAP_WARNING, vnet->at,
				     "VNet \"%.60s\" has no zone, so no rule with zones covers it; "
				     "give one",
				     vnet->is.name);
		if (vnet->dns_server_count == 0)
			map_lint_say(
				lint, MAP_NOTE, vnet->at,
				"VNet \"%.60s\" has no dns_servers; give 168.63.129.16 for the "
				"VNet's own",
				vnet->is.name);
	}
}

static bool has_own_entry(const struct map *map, const struct ip_addr *addr)
{
	for (size_t i = 0; i < map->resolver_count; i++) {
		bool from_vnet = map->resolver[i].ports && map->resolver[i].port_count == 1 &&
				 json_member(map->resolver[i].at, "dns_servers");

		if (!from_vnet && ip_equal(&map->resolver[i].addr, addr))
			return true;
	}
	return false;
}

bool map_check_is_azure_dns(const struct ip_addr *addr)
{
	struct ip_addr azure;

	return ip_parse(AZURE_DNS, &azure) && ip_equal(addr, &azure);
}

/* Azure's resolver is no server that somebody could have put there: it answers a VNet that names it, and
 * nobody else. */
static void check_resolvers(struct map_lint *lint)
{
	const struct map *map = lint->map;
	char text[IP_TEXT_SIZE];

	if (map->resolver_count == 0)
		map_lint_say(lint, MAP_WARNING, json_root(map->json),
			     "no resolver at all, so all DNS is a finding; add resolvers");
	for (size_t i = 0; i < map->vnet_count; i++) {
		const struct vnet *vnet = &map->vnet[i];

		for (size_t j = 0; j < vnet->dns_server_count; j++) {
			if (map_check_is_azure_dns(&vnet->dns_server[j]) ||
			    has_own_entry(map, &vnet->dns_server[j]))
				continue;
			ip_print(&vnet->dns_server[j], text);
			map_lint_say(lint, MAP_WARNING, vnet->at,
				     "DNS server %s of VNet \"%.60s\" is not in resolvers; add it",
				     text, vnet->is.name);
		}
	}
}

void map_check_places(struct map_lint *lint)
{
	check_spaces(lint);
	check_subnet_overlaps(lint);
	check_subnets(lint);
	check_vnets(lint);
	check_resolvers(lint);
}
