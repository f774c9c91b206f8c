/* Peerings: who is peered with whom, and whose traffic an appliance gets all the same. */
#include <string.h>
#include <strings.h>

#include "judge/map_model.h"

const char *map_peering(const struct map *map, const struct map_vnet *vnet, size_t i,
			const struct map_vnet **peer)
{
	const char *const *names = ((const struct vnet *)vnet)->peerings;

	*peer = NULL;
	if (!names || !names[i])
		return NULL;
	for (size_t at = 0; at < map->vnet_count && !*peer; at++) {
		const struct map_vnet *one = &map->vnet[at].is;

		if (strcmp(one->name, names[i]) == 0 ||
		    (one->resource_id && strcasecmp(one->resource_id, names[i]) == 0))
			*peer = one;
	}
	return names[i];
}

static bool is_sent(const struct map_subnet *subnet, const struct ip_prefix *space)
{
	for (size_t i = 0; i < subnet->route_count; i++) {
		const struct map_route *route = &subnet->routes[i];

		if (route->prefix.bits == space->bits &&
		    ip_prefix_contains(&route->prefix, &space->addr) &&
		    strcasecmp(route->next_hop_type, "VirtualAppliance") == 0)
			return true;
	}
	return false;
}

bool map_routes_to_appliance(const struct map_subnet *subnet, const struct map_vnet *peer)
{
	const struct vnet *vnet = (const struct vnet *)peer;

	for (size_t i = 0; i < vnet->space_count; i++)
		if (!is_sent(subnet, &vnet->space[i]))
			return false;
	return vnet->space_count != 0;
}
