/* catalog_json.h - the endpoint catalog as JSON. */
#pragma once

#include "base/emit.h"
#include "judge/catalog.h"

/* Members of a service that every output has; the caller opens and closes the object. */
void catalog_emit_head(struct emit *json, const struct catalog_service *service);
void catalog_emit_service(struct emit *json, const struct catalog *catalog,
			  const struct catalog_service *service);
void catalog_emit_match(struct emit *json, const struct catalog *catalog, const char *name);
