#include "judge/judge_place.h"

#include <string.h>

#include "base/eight.h"
#include "base/ip.h"

static bool is_v4_in(const struct ip_addr *addr, uint8_t first, uint8_t second_from,
		     uint8_t second_to)
{
	return ip_is_v4(addr) && addr->bytes[12] == first && addr->bytes[13] >= second_from &&
	       addr->bytes[13] <= second_to;
}

static uint8_t kind_by_range(const struct ip_addr *addr)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	const uint8_t *b = addr->bytes;

	if (ip_is_v4(addr)) {
		if (b[12] == 0 || b[12] == 127)
			return PLACE_SELF;
		if (b[12] >= 224)
			return b[12] < 240 || b[12] == 255 ? PLACE_GROUP : PLACE_PUBLIC;
		if (is_v4_in(addr, 169, 254, 254))
			return PLACE_LINK_LOCAL;
		if (b[12] == 10 || is_v4_in(addr, 172, 16, 31) || is_v4_in(addr, 192, 168, 168) ||
		    is_v4_in(addr, 100, 64, 127))
			return PLACE_PRIVATE;
		return PLACE_PUBLIC;
	}
	if (ip_is_zero(addr) || memcmp(b, loopback, sizeof(loopback)) == 0)
		return PLACE_SELF;
	if (b[0] == 0xff)
		return PLACE_GROUP;
	if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return PLACE_LINK_LOCAL;
	return (b[0] & 0xfe) == 0xfc ? PLACE_PRIVATE : PLACE_PUBLIC;
}

/* Prefixes that are the owners' outside Azure are as private as a VNet. */
static void find_premises(const struct map *map, const struct ip_addr *addr, struct place *place)
{
	const struct map_on_premises *premises = map_on_premises_of(map, addr);

	if (!premises)
		return;
	place->kind = PLACE_MAPPED;
	place->zone = premises->zone;
	place->role = "on-premises";
}

struct place judge_place_of(const struct map *map, const struct ip_addr *addr)
{
	struct place place = { .kind = kind_by_range(addr) };

	if (!map || place.kind == PLACE_GROUP || place.kind == PLACE_SELF)
		return place;
	place.subnet = map_subnet_of(map, addr);
	place.vnet = place.subnet ? place.subnet->vnet : map_vnet_of(map, addr);
	if (place.vnet) {
		place.kind = PLACE_MAPPED;
		place.zone = place.subnet ? place.subnet->zone : place.vnet->zone;
		place.role = place.subnet ? place.subnet->role : NULL;
	} else {
		find_premises(map, addr, &place);
	}
	if (map_platform_at(map, addr))
		place.kind = PLACE_PLATFORM;
	else if (map_endpoint_at(map, addr, 0))
		place.kind = PLACE_ENDPOINT;
	return place;
}

const struct place *judge_places_find(struct judge_places *places, const struct ip_addr *addr)
{
	size_t at = eight_place((const char *)addr->bytes, sizeof(addr->bytes), JUDGE_PLACES_BITS);
	struct judge_place *known = &places->kept[at];

	if (!known->is_kept || !ip_equal(&known->addr, addr)) {
		known->addr = *addr;
		known->is_kept = true;
		known->place = judge_place_of(places->map, addr);
	}
	return &known->place;
}
