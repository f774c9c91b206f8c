/* service_tags.h - whose address is that: Microsoft's weekly list of Azure prefixes by service tag.
 *
 * ServiceTags_*.json as published: {changeNumber, cloud, values[{name, properties{region,
 * systemService, addressPrefixes[]}}]}; learn.microsoft.com/azure/virtual-network/service-tags-overview.
 * An address alone never proves a service: many services share addresses, and not all addresses are
 * in the list. So a tag is evidence with a confidence, and no tag is no proof of anything.
 *
 * Immutable once loaded; look-ups allocate nothing and cost tens of nanoseconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/ip.h"

struct service_tags;

struct service_tag {
	const char *name;    /* Storage.EastUS2 */
	const char *service; /* Storage */
	const char *region;  /* francecentral: as Azure Resource Manager spells it, also where the
			      * list has an old code (centralfrance); "" if the tag has none */
	bool is_cloud;       /* AzureCloud...: only says that it is Azure's */
};

/* Reads a list. Returns 0 and *tags, given (service_tags_free()), or -errno with
 * "FILE:LINE:COLUMN: what is wrong; what to do" in fault. */
int service_tags_load(struct service_tags **tags, const char *path, struct fault *fault);
int service_tags_parse(struct service_tags **tags, const char *text, size_t length,
		       const char *path, struct fault *fault);
void service_tags_free(struct service_tags *tags); /* NULL is allowed */

/* The tag that says most of an address: the longest prefix of a service's tag, with a region before
 * without; a shorter service prefix before a longer one of AzureCloud; NULL: in no list. Among tags with
 * the same prefix the shorter name comes first, then the alphabet. */
const struct service_tag *service_tags_find(const struct service_tags *tags,
					    const struct ip_addr *addr);
/* Whether a tag with this name holds the address, alone or with a region: case does not count. */
bool service_tags_holds(const struct service_tags *tags, const char *tag,
			const struct ip_addr *addr);

/* All tags that hold the address, longer prefixes first, at each the one that says most first. Fills
 * found[] with the first `most`; returns how many there are. */
size_t service_tags_all(const struct service_tags *tags, const struct ip_addr *addr,
			const struct service_tag **found, size_t most);

struct service_tags_info {
	const char *cloud; /* Public, AzureGovernment, China, as in the file */
	uint32_t change_number;
	int64_t date_s; /* from the file's name (.._YYYYMMDD.json), else its time of change; 0: unknown */
	bool date_is_named;
	size_t tags, prefixes, distinct_prefixes;
	size_t bytes; /* of memory */
};
struct service_tags_info service_tags_info(const struct service_tags *tags);
/* Days from the list's date to `time_s`; 0 when the date is unknown, or later. */
uint32_t service_tags_age_days(const struct service_tags *tags, int64_t time_s);
/* Which list it is, for evidence: "list of 2025-11-17", or "list number 376" when its file's name has
 * no date (a time of change may be that of a copy, and would make events differ). */
const char *service_tags_version(const struct service_tags *tags);

/* Published weekly; older than this, the list is stale: prefixes move between services. */
#define SERVICE_TAGS_STALE_DAYS 28
