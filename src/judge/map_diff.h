/* map_diff.h - what is different in another map.
 *
 * Entries are matched by name, not by place: an order that has changed is no change. Entries of one name
 * are matched in their order. Remarks (map_entry.h) are not compared.
 */
#pragma once

#include "judge/map.h"

enum map_change { MAP_ADDED, MAP_REMOVED, MAP_CHANGED };

struct map_difference {
	enum map_change change;
	const char *section;        /* vnets, private_endpoints, ... */
	const char *path;           /* vnets "vnet-prod" subnets "snet-jobs" role */
	const char *before, *after; /* the values; NULL: none, or no single one */
};

/* Calls `say` for each, the strings lent; in the order of the old map's sections, within a list by name.
 * Returns 0 or -ENOMEM. */
int map_diff(const struct map *old, const struct map *new,
	     void (*say)(void *context, const struct map_difference *difference), void *context);
