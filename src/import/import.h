/* import.h - an expected map out of what owners have: az, Resource Manager, Resource Graph, templates,
 * Terraform.
 *
 *     documents -> detect -> arm*, template, terraform -> inventory -> resolve -> write_map -> overlay
 *
 * detect.h finds out what a document is; the readers add facts to one inventory.h; resolve.h joins them;
 * write_map.h writes the map; what its owner wrote by hand goes over it (overlay.h).
 */
#pragma once

#include <stddef.h>

#include "base/fault.h"
#include "base/json.h"
#include "import/inventory.h"
#include "import/resolve.h"

struct import;

struct import_options {
	const struct catalog *catalog; /* lent; NULL: names are not understood */
	const struct zone_rule *rules; /* lent; the first that fits counts */
	size_t rule_count;
	const char *at; /* time for `generated`; NULL: none */
	/* Hears notes, warnings, contradictions, and per document what was taken. */
	struct hearer hearer;
};

struct import *import_new(const struct import_options *options); /* NULL: no memory */
void import_free(struct import *import);

/* Takes all that a document says. 0; -EINVAL: it is damaged; -ENOMSG: it is something else than a source of a
 * map; -ENOMEM, -E2BIG. With the place in fault. */
int import_read(struct import *import, const char *text, size_t length, const char *path,
		struct fault *fault);

/* The map of all that was read, given (free()); over it the hand-written document, unless that is NULL. It
 * does load. 0, -EINVAL or -ENOMEM with a sentence in fault. */
int import_build(struct import *import, const struct json *by_hand, char **text, size_t *length,
		 struct fault *fault);
