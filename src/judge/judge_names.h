/* judge_names.h - what map and catalog say of a name, and which names were asked about lately.
 *
 * A flow is judged several times, and most flows go to few names; each judgement asks five tables. So the answers for
 * JUDGE_NAMES names of usual length are kept, each in the one place that its bytes choose: another name there takes
 * it over. Nothing is believed without comparing the whole name. One worker's; made anew with map and catalog.
 */
#pragma once

#include "judge/catalog.h"
#include "judge/map.h"

#define JUDGE_NAMES_BITS 7
#define JUDGE_NAMES (1 << JUDGE_NAMES_BITS) /* 35 KiB */
#define JUDGE_NAME_BYTES 64                 /* longer names are looked up each time */

struct judge_name {
	char name[JUDGE_NAME_BYTES]; /* as it was asked, with its NUL; "" in a place never used */
	const struct map_endpoint *endpoint; /* of the map, or NULL */
	const struct map_resource *resource; /* so too */
	bool has_egress;                     /* allowed_egress has it, for some port and zone */
	bool is_known;                       /* the catalog has it: `match` */
	struct catalog_match match;
};

struct judge_names {
	const struct map *map; /* or NULL */
	const struct catalog *catalog;
	struct judge_name last; /* of a long name */
	struct judge_name kept[JUDGE_NAMES];
};

/* Lent until the next call. */
const struct judge_name *judge_names_find(struct judge_names *names, const char *name);
