#include "judge/judge_names.h"

#include <string.h>

#include "base/eight.h"

#define PLACE_BITS 7
#define MIX UINT64_C(0x9e3779b97f4a7c15) /* 2^64 divided by the golden ratio */

_Static_assert(JUDGE_NAMES == 1 << PLACE_BITS, "the top bits of a product choose the place");

/* By the first eight bytes and those in the middle: names of one site end alike. */
static size_t place_of(const char *name, size_t length)
{
	size_t half = length / 2;
	uint64_t first = eight_few(name, length < 8 ? length : 8);
	uint64_t middle = eight_few(name + half, length - half < 8 ? length - half : 8);

	return ((first * MIX ^ middle ^ length) * MIX) >> (64 - PLACE_BITS);
}

static void look_up(const struct judge_names *names, const char *name, struct judge_name *known)
{
	known->endpoint = names->map ? map_endpoint_by_name(names->map, name) : NULL;
	known->resource = names->map ? map_resource_by_name(names->map, name) : NULL;
	known->is_known = catalog_find(names->catalog, name, &known->match);
}

const struct judge_name *judge_names_find(struct judge_names *names, const char *name)
{
	size_t length = strnlen(name, JUDGE_NAME_BYTES);
	struct judge_name *known = &names->last;

	if (length > 0 && length < JUDGE_NAME_BYTES) {
		known = &names->kept[place_of(name, length)];
		if (memcmp(known->name, name, length + 1) == 0)
			return known;
		memcpy(known->name, name, length + 1);
	}
	look_up(names, name, known);
	return known;
}
