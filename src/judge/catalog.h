/* catalog.h - which service a name belongs to: Azure's, and the AI services of others.
 *
 * Data in the JSON files of rules/catalog (docs/catalog.md, rules/catalog.schema.json), compiled at load
 * into a table keyed by suffix: a look-up walks the labels of the name from the right and costs tens of
 * nanoseconds however many services there are. Matches are by whole labels: azure.com does not match
 * notazure.com. Immutable once loaded; look-ups allocate nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define CATALOG_RESOURCE_MAX 63 /* a label, RFC 1035 section 2.3.4 */
#define CATALOG_GUID_LENGTH 36

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
	const uint16_t *ports;             /* TCP; UDP is in the document only */
	const char *note;                  /* one sentence for people, or NULL */
};

struct catalog_match {
	const struct catalog_service *service;
	const char *suffix;           /* the pattern that matched */
	const char *const *group_ids; /* of this name: fewer than the service's, when it tells */
	const char *private_zone; /* private DNS zone it should use; NULL: has no private form */
	const char *cloud;        /* public, usgov, china */
	bool tenant_owned;   /* as the service, unless this very name is shared by all tenants */
	bool is_privatelink; /* the name itself is a privatelink one */
	char resource[CATALOG_RESOURCE_MAX + 1]; /* label that names the resource; "" */
	char workspace[CATALOG_GUID_LENGTH + 1]; /* GUID of the workspace in the name; "" */
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

/* The i-th other service whose names look the same (Service Bus for Event Hubs): which of them it is, the
 * name does not tell. NULL past the last. This and the next two search the whole catalog: for people, not
 * for packets. */
const struct catalog_service *catalog_find_other(const struct catalog *catalog,
						 const struct catalog_match *match, size_t i);

/* A form that a service's names take, as the files have it. */
struct catalog_name {
	const char *name, *private_zone /* or NULL */, *cloud;
	const char *const *group_ids;
	bool tenant_owned;
};

/* The i-th of the service; false past the last. */
bool catalog_service_name(const struct catalog *catalog, const struct catalog_service *service,
			  size_t i, struct catalog_name *name);
/* The i-th private DNS zone of the service, with placeholders, and its cloud; NULL past the last. */
const char *catalog_service_zone(const struct catalog *catalog,
				 const struct catalog_service *service, size_t i,
				 const char **cloud);

/* Private DNS zones, both ways. Zones may hold placeholders: privatelink.{region}.azmk8s.io stands for
 * one with a region in that place. */

/* The i-th service that uses this private DNS zone (as it is found in DNS: eastus in the place of
 * {region}), or NULL past the last. */
const struct catalog_service *catalog_zone_service(const struct catalog *catalog, const char *zone,
						   size_t i);

/* The public name of a private one: "contoso.privatelink.openai.azure.com" is contoso.openai.azure.com,
 * with the exceptions of vaultcore, Azure ML's inference names and registries' data endpoints. name:
 * with or without the privatelink label (then often its own public name); any case. False: not a
 * private-link name that is known, or one that clients use as it is and that has no other. */
#define CATALOG_NAME_MAX 255
bool catalog_public_name(const struct catalog *catalog, const char *name,
			 char public_name[CATALOG_NAME_MAX + 1]);
