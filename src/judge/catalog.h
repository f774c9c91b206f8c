/* catalog.h - which service a name belongs to: Azure's, and the AI services of others.
 *
 * Data in the JSON files of rules/catalog, compiled at load into a table keyed by suffix: a look-up walks the
 * labels of the name from the right and costs the same however many services there are. Matches are
 * by whole labels: azure.com does not match notazure.com.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define CATALOG_RESOURCE_MAX 63 /* a label, RFC 1035 section 2.3.4 */

struct catalog;

struct catalog_service {
	const char *id;       /* azure-openai */
	const char *title;    /* "Azure OpenAI" */
	const char *category; /* azure-ai, azure-paas, azure-platform, azure-shared, third-party-ai,
			    * public-resolver */
	const char *provider; /* "Microsoft", "OpenAI", ... */
	bool tenant_owned; /* the name carries somebody's resource; false: shared by all tenants */
	/* Lists end with NULL, ports with 0; empty when unknown. */
	const char *const *group_ids;      /* private-link sub-resources: account, blob, vault */
	const char *const *resource_types; /* Microsoft.CognitiveServices/accounts */
	const char *const *service_tags;   /* tags whose addresses it answers at */
	const uint16_t *ports;             /* TCP; UDP is in `title`'s document only */
};

struct catalog_match {
	const struct catalog_service *service;
	const char *suffix;       /* the pattern that matched */
	const char *private_zone; /* private DNS zone it should use; NULL: has no private form */
	const char *cloud;        /* public, usgov, china */
	bool tenant_owned;   /* as the service, unless this very name is shared by all tenants */
	bool is_privatelink; /* the name itself is a privatelink one */
	char resource[CATALOG_RESOURCE_MAX + 1]; /* label that names the resource; "" */
	char region[32];                         /* when the name carries one; "" */
};

/* As catalog_load(), of one document in memory. */
int catalog_parse(struct catalog **catalog, const char *text, size_t length, const char *path,
		  struct fault *fault);

/* Loads every .json file of a folder, in the order of their names. 0 and *catalog, given; or -errno with the place in fault. */
int catalog_load(struct catalog **catalog, const char *folder, struct fault *fault);
void catalog_free(struct catalog *catalog);
size_t catalog_service_count(const struct catalog *catalog);
const struct catalog_service *catalog_service(const struct catalog *catalog, size_t i);

/* name: any case, no trailing dot. False: no service known has such a name. */
bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_match *match);

/* Private DNS zones, both ways. Zones may hold placeholders: privatelink.{region}.azmk8s.io stands for
 * one with a region in that place. */

/* The i-th service that uses this private DNS zone (as it is found in DNS: eastus in the place of
 * {region}), or NULL past the last. */
const struct catalog_service *catalog_zone_service(const struct catalog *catalog, const char *zone,
						   size_t i);

/* The public name of a private one: "contoso.privatelink.openai.azure.com" is contoso.openai.azure.com,
 * with the exceptions of vaultcore, Azure ML's inference names and registries' data endpoints. name:
 * with or without the privatelink label; any case. False: not a private-link name that is known. */
#define CATALOG_NAME_MAX 255
bool catalog_public_name(const struct catalog *catalog, const char *name,
			 char public_name[CATALOG_NAME_MAX + 1]);
