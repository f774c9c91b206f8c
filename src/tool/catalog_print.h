/* catalog_print.h - the endpoint catalog's services and names, for people and as JSON. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "judge/catalog.h"

/* A line a service; of one category only, unless NULL. JSON: one object. False: no memory. */
bool catalog_print_list(const struct catalog *catalog, const char *category, bool json);

/* All that the catalog knows of a service. */
bool catalog_print_service(const struct catalog *catalog, const struct catalog_service *service,
			   bool json);

/* What a name says: of a service, or that it is a private DNS zone; or that it is neither. */
bool catalog_print_match(const struct catalog *catalog, const char *name, bool json);
