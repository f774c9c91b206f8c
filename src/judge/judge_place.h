/* judge_place.h - where an address is, by the map and by its range.
 *
 * A flow is judged several times, and most flows have an end in common with others: what was found of an address is
 * kept, each in the one place that its bytes choose. One worker's; made anew with the map.
 */
#pragma once

#include "judge/map.h"

enum place_kind { /* "private" is what the map says, not RFC 1918 */
		  PLACE_PUBLIC,
		  PLACE_MAPPED,   /* inside a VNet of the map */
		  PLACE_ENDPOINT, /* the address of a private endpoint of the map */
		  PLACE_PLATFORM, /* IMDS, wire server: addresses of the map's platform[] */
		  PLACE_PRIVATE,  /* RFC 1918, ULA or CGNAT space that the map does not know */
		  PLACE_LINK_LOCAL,
		  PLACE_GROUP, /* multicast, broadcast */
		  PLACE_SELF,  /* unspecified, loopback */
		  PLACES,
};

struct place {
	uint8_t kind; /* enum place_kind */
	const char *zone, *role;
	const struct map_vnet *vnet;
	const struct map_subnet *subnet; /* or NULL: inside a VNet, in no subnet of it */
};

struct place judge_place_of(const struct map *map, const struct ip_addr *addr); /* map: or NULL */

#define JUDGE_PLACES_BITS 7
#define JUDGE_PLACES (1 << JUDGE_PLACES_BITS) /* 7 KiB */

struct judge_places {
	const struct map *map; /* or NULL */
	struct judge_place {
		struct ip_addr addr;
		bool is_kept;
		struct place place;
	} kept[JUDGE_PLACES];
};

/* As judge_place_of(). Lent until the next call. */
const struct place *judge_places_find(struct judge_places *places, const struct ip_addr *addr);
