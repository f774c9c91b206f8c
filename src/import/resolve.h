/* resolve.h - joining what the sources told: endpoints with NICs, names, zones, networks; hosts with
 * addresses; subnets with roles.
 */
#pragma once

#include <stdbool.h>

#include "import/inventory.h"
#include "judge/catalog.h"

struct zone_rule { /* --zone PATTERN=ZONE */
	const char *pattern, *zone;
};

struct resolve {
	struct inventory *inventory;
	const struct catalog *catalog;
	const struct zone_rule *rules;
	size_t rule_count;
	struct hearer hearer;
};

/* Once, after everything was read. */
void resolve(struct resolve *resolve);

/* Its parts, in this order. Names: of resources that are still to be made, of endpoints by their NICs, zone
 * groups, resources and records. Networks: where endpoints and hosts are, and what that makes of subnets. */
void resolve_names(struct resolve *resolve);
void resolve_records(struct resolve *resolve);
void resolve_networks(struct resolve *resolve);

/* The name by which clients ask for a private one; itself, if it has no other. */
const char *resolve_public_name(struct resolve *resolve, const char *private_name);

/* Says a sentence with the place of a thing. */
void resolve_say(struct resolve *resolve, const struct thing *thing, enum heard what,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Things of a kind that are not another's other name, in order of their being made: NULL ends. */
struct thing *resolve_first(const struct inventory *inventory, enum thing_kind kind);
struct thing *resolve_next(const struct thing *thing);
struct thing *resolve_first_inside(const struct thing *owner, enum thing_kind kind);
struct thing *resolve_next_inside(const struct thing *thing);

/* The zone of a thing: as a rule says, as its tag says; or NULL. */
const char *resolve_zone(const struct resolve *resolve, const struct thing *thing);

/* The VNet of a subnet's or any id, made if it is new; NULL: none in it. */
struct thing *resolve_vnet_of(struct resolve *resolve, const char *subnet_id,
			      const struct thing *user);
/* The subnet that holds an address, and the VNet; NULL: none known does. */
struct thing *resolve_subnet_at(struct resolve *resolve, const char *address);
struct thing *resolve_vnet_at(struct resolve *resolve, const char *address);
