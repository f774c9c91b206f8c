#include "judge/map_example.h"

#include <string.h>

#include "judge/map_model.h"

#define FIRST_HOST 4 /* Azure keeps the first four addresses of a subnet */
#define PORT_DNS 53

static bool is_role(const struct subnet *subnet, const char *role)
{
	return subnet->is.role && strcmp(subnet->is.role, role) == 0;
}

static bool is_zone(const struct subnet *subnet, const char *zone)
{
	const char *own = subnet->is.zone;

	return own == zone || (own && zone && strcmp(own, zone) == 0);
}

static bool is_host_place(const struct subnet *subnet)
{
	return subnet->prefix_count != 0 && !is_role(subnet, "private-endpoints") &&
	       !is_role(subnet, "appliance");
}

/* Whether an earlier subnet with hosts has the zone of this one. */
static bool is_repeated(const struct map *map, size_t of)
{
	for (size_t i = 0; i < of; i++)
		if (is_host_place(&map->subnet[i]) &&
		    is_zone(&map->subnet[i], map->subnet[of].is.zone))
			return true;
	return false;
}

static const struct subnet *best_of_zone(const struct map *map, const struct subnet *first)
{
	for (size_t i = 0; i < map->subnet_count; i++)
		if (is_host_place(&map->subnet[i]) && is_role(&map->subnet[i], "compute") &&
		    is_zone(&map->subnet[i], first->is.zone))
			return &map->subnet[i];
	return first;
}

size_t map_example_clients(const struct map *map, struct ip_addr *clients, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < map->subnet_count && count < most; i++) {
		const struct subnet *subnet = &map->subnet[i];

		if (!is_host_place(subnet) || is_repeated(map, i))
			continue;
		subnet = best_of_zone(map, subnet);
		clients[count] = subnet->prefix[0].addr;
		if (subnet->prefix[0].bits <= 125) /* there is room for the fifth address */
			clients[count].bytes[15] |= FIRST_HOST;
		count++;
	}
	return count;
}

bool map_example_resolver(const struct map *map, const char *zone, struct ip_addr *resolver)
{
	for (size_t i = 0; i < map->resolver_count; i++) {
		if (!map_is_resolver(map, &map->resolver[i].addr, PORT_DNS, zone))
			continue;
		*resolver = map->resolver[i].addr;
		return true;
	}
	return false;
}
