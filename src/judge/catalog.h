/* catalog.h - which service a name belongs to: Azure's, and the AI services of others.
 *
 * Data in the JSON files of rules/catalog, compiled at load into a table keyed by suffix: a look-up walks the
 * labels of the name from the right and costs the same however many services there are. Matches are
 * by whole labels: azure.com does not match notazure.com.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct catalog;

struct catalog_service {
	const char *id;    /* azure-openai */
	const char *title; /* "Azure OpenAI" */
	const char
		*category; /* azure-ai, azure-paas, azure-platform, azure-shared, third-party-ai */
	const char *provider; /* "Microsoft", "OpenAI", ... */
	bool tenant_owned; /* the name carries somebody's resource; false: shared by all tenants */
};

struct catalog_match {
	const struct catalog_service *service;
	const char *suffix;       /* the pattern that matched */
	const char *private_zone; /* private DNS zone it should use; NULL: has no private form */
	const char *cloud;        /* public, usgov, china */
	bool is_privatelink;      /* the name itself is a privatelink one */
	char resource[64];        /* label that names the resource; "" */
	char region[32];          /* when the name carries one; "" */
};

/* Loads every .json file of a folder. 0 and *catalog, given; or -errno with the place in fault. */
int catalog_load(struct catalog **catalog, const char *folder, struct fault *fault);
void catalog_free(struct catalog *catalog);
size_t catalog_service_count(const struct catalog *catalog);

/* name: any case, no trailing dot. False: no service known has such a name. */
bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_match *match);
