#include "judge/map_model.h"
const struct map_resource *map_resource_by_name(const struct map *map, const char *name)
{
	(void)map;
	(void)name;
	return NULL;
}
const struct map_compute *map_compute_at(const struct map *map, const struct ip_addr *addr)
{
	(void)map;
	(void)addr;
	return NULL;
}
