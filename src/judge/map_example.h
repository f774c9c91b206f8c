/* map_example.h - addresses out of a map for made-up traffic: who might be the client, whom it asks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "judge/map.h"

/* One address for each zone, in the map's order, of a subnet where hosts are: with the role compute, if
 * the zone has one. Returns how many were written, at most `most`. */
size_t map_example_clients(const struct map *map, struct ip_addr *clients, size_t most);

/* A resolver that clients in the zone (or NULL) may ask on port 53; false: there is none. */
bool map_example_resolver(const struct map *map, const char *zone, struct ip_addr *resolver);
