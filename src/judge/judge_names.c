#include "judge/judge_names.h"

#include <string.h>

#include "base/eight.h"

static void look_up(const struct judge_names *names, const char *name, struct judge_name *known)
{
	known->endpoint = names->map ? map_endpoint_by_name(names->map, name) : NULL;
	known->resource = names->map ? map_resource_by_name(names->map, name) : NULL;
	known->has_egress = names->map && map_egress_by_name(names->map, name);
	known->is_known = catalog_find(names->catalog, name, &known->match);
}

const struct judge_name *judge_names_find(struct judge_names *names, const char *name)
{
	size_t length = strnlen(name, JUDGE_NAME_BYTES);
	struct judge_name *known = &names->last;

	if (length > 0 && length < JUDGE_NAME_BYTES) {
		known = &names->kept[eight_place(name, length, JUDGE_NAMES_BITS)];
		if (memcmp(known->name, name, length + 1) == 0)
			return known;
		memcpy(known->name, name, length + 1);
	}
	look_up(names, name, known);
	return known;
}
