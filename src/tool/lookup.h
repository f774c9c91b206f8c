/* lookup.h - what the judge is made of, loaded from what the options name.
 *
 * The one place where commands other than replay build a judge.
 */
#pragma once

#include <stddef.h>

#include "base/fault.h"
#include "judge/catalog.h"
#include "judge/judge.h"
#include "judge/map.h"
#include "judge/service_tags.h"
#include "run/rules_folder.h"

struct lookup_files {
	const char *map; /* or NULL: nothing is judged */
	struct rules_asked rules;
	const char *service_tags; /* or NULL */
};

struct lookup {
	struct rules_folders folders;
	struct rules *rules;
	struct catalog *catalog;
	struct map *map;           /* or NULL */
	struct service_tags *tags; /* or NULL */
	struct judge *judge;
};

/* 0, or -errno with what to do in fault. End with lookup_close() in any case. */
int lookup_open(struct lookup *lookup, const struct lookup_files *files, struct fault *fault);
void lookup_close(struct lookup *lookup);

/* What the list of service tags says of an address, or NULL. */
const struct service_tag *lookup_tag(const struct lookup *lookup, const struct ip_addr *addr);
/* What the map says of the resource with this name, or NULL. */
const struct map_resource *lookup_resource(const struct lookup *lookup, const char *name);

/* The public name of a private-link one; false: it is none that is known. */
bool lookup_public_name(const struct lookup *lookup, const char *name,
			char public_name[CATALOG_NAME_MAX + 1]);
