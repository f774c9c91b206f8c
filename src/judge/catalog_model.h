/* catalog_model.h - the inside of a catalog: shared by its reading, building and looking up; nobody
 * else's. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/name_table.h"
#include "judge/catalog.h"

#define CATALOG_LABELS_MAX 16 /* of a pattern; the longest Azure name form has 9 */
#define CATALOG_FORM_MAX 200 /* bytes of a pattern or zone: leaves room for what is derived of it */

enum label_kind { LABEL_LITERAL, LABEL_ANY, LABEL_RESOURCE, LABEL_WORKSPACE, LABEL_REGION };

/* One label of a pattern: what stands before and after its variable part. */
struct label {
	const char *before, *after;
	uint8_t before_length, after_length;
	uint8_t kind; /* enum label_kind; a literal is all `before` */
};

/* A pattern is a tail of plain labels, which is looked up, and the labels in front of it, which are
 * compared: *.workspace.{region}. + api.azureml.ms
 * A private DNS zone is one too, with the service that uses it. */
struct pattern {
	const struct pattern *next; /* with the same tail: see pattern_goes_before() */
	const struct catalog_service *service;
	const char *text; /* lower case, as written otherwise */
	const char *tail;
	const char *private_zone; /* or NULL */
	const char *public_name;  /* what clients ask for, with {resource} and {region}; or NULL */
	const char *cloud;
	const char *const *group_ids;
	struct label *label;  /* in front of the tail, left to right */
	uint32_t order;       /* among all: earlier comes first among equals */
	uint16_t plain_bytes; /* in the labels; among equals, more comes first */
	uint8_t label_count;
	bool is_open; /* the first label stands for one or more */
	bool is_tenant, is_privatelink;
	bool is_apex;    /* the name of a zone itself */
	bool is_derived; /* name: from a zone; zone: from a name, not from `private_zones` */
};

struct pattern_list {
	struct pattern **at; /* each in the arena */
	size_t count, room;
};

struct catalog {
	struct arena *arena;
	struct json **file; /* what the strings live in */
	size_t file_count, file_room;
	struct catalog_service *service;
	size_t service_count, service_room;
	struct pattern_list name, zone;
	struct name_table *by_tail, *by_zone;
};

/* Where the labels of a name are that stand for those in front of a pattern's tail. */
struct fitting {
	const char *name;
	struct {
		uint16_t at, length;
	} label[CATALOG_LABELS_MAX]; /* an open first one: everything there */
};

/* Reads the form in pattern->text. False: it is none. */
bool pattern_parse(struct pattern *pattern, struct arena *arena);
/* Whether a name, whose part from `start` is the pattern's tail, is of the pattern. */
bool pattern_fits(const struct pattern *pattern, const char *name, size_t start,
		  struct fitting *fitting);
/* Of two patterns with one tail: more labels before fewer, more plain text before less, file order. */
bool pattern_goes_before(const struct pattern *a, const struct pattern *b);

/* Where the label begins that makes a name a private-link one: privatelink, privatelink-global; or
 * NULL. The last one, when there are several: that is the zone's. */
const char *pattern_privatelink_label(const char *name);

/* Adds to a list. False: no memory. */
bool pattern_keep(struct pattern_list *list, struct pattern *pattern);

/* Reads one document, which becomes the catalog's own. */
int catalog_read(struct catalog *catalog, struct json *json, struct fault *fault);
/* Derives what follows from the zones, and builds the tables. -ENOMEM: no memory. */
int catalog_build(struct catalog *catalog);
