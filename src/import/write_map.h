/* write_map.h - the resolved inventory as an expected map, version 1 (docs/map.md).
 *
 * Sorted, so that the same facts give the same bytes whatever the order of the files.
 */
#pragma once

#include "import/resolve.h"
#include "import/writer.h"

struct generated {      /* who made the map, from what */
	const char *at; /* or NULL: the output is the same every time */
	const char *const *sources;
	size_t source_count;
};

void write_map(struct writer *writer, struct resolve *resolve, const struct generated *generated);

/* Its parts: the members of the map. */
void write_map_networks(struct writer *writer, struct resolve *resolve);
void write_map_resources(struct writer *writer, struct resolve *resolve);

/* The things of a kind, sorted by label or name; owner: NULL for those of any. arena. */
struct things {
	struct thing **at;
	size_t count;
};
struct things write_map_sorted(struct resolve *resolve, enum thing_kind kind,
			       const struct thing *owner);

/* Members out of facts, if they are known. */
void write_map_text(struct writer *writer, const char *key, const struct thing *thing,
		    enum fact_kind kind);
void write_map_flag(struct writer *writer, const char *key, const struct thing *thing,
		    enum fact_kind kind);
void write_map_number(struct writer *writer, const char *key, const struct thing *thing,
		      enum fact_kind kind);
/* The id, if it is whole. */
void write_map_id(struct writer *writer, const struct thing *thing);
