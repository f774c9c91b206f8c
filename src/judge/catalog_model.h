/* catalog_model.h - the inside of a catalog: shared by reading and looking up; nobody else's. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text_table.h"
#include "judge/catalog.h"

#define CATALOG_LABELS_MAX 16 /* of a pattern; the longest Azure name form has 9 */

enum label_kind { LABEL_LITERAL, LABEL_ANY, LABEL_RESOURCE, LABEL_REGION };

/* One label of a pattern: what stands before and after its variable part. */
struct label {
	const char *before, *after;
	uint8_t before_length, after_length;
	uint8_t kind; /* enum label_kind; a literal is all `before` */
};

/* A pattern is a tail of plain labels, which is looked up, and the labels in front of it, which are
 * compared: *.workspace.{region}. + api.azureml.ms */
struct pattern {
	struct pattern *next; /* with the same tail: more labels before fewer, then in file order */
	const struct catalog_service *service;
	const char *text; /* as written */
	const char *tail;
	const char *private_zone; /* or NULL */
	const char *cloud;
	struct label *label; /* in front of the tail, left to right */
	uint8_t label_count;
	uint16_t plain_bytes; /* in them; among equals, more comes first */
	bool is_open;         /* the first label stands for one or more */
	bool is_tenant, is_privatelink;
};

struct catalog {
	struct arena *arena;
	struct json **file; /* what the strings live in */
	size_t file_count, file_room;
	struct catalog_service *service;
	size_t service_count, service_room;
	struct pattern **pattern; /* all, in file order; each in the arena */
	size_t pattern_count, pattern_room;
	struct text_table *by_tail;
};

/* Reads one document, which becomes the catalog's own. */
int catalog_read(struct catalog *catalog, struct json *json, struct fault *fault);
