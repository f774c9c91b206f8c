/* map_model.h - the inside of a map: shared by reading, looking up and checking; nobody else's.
 *
 * Arrays live in the map's arena, strings in its JSON document or its arena. Every record keeps the
 * JSON value that it came from, so that a finding can say its line.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "base/name_table.h"
#include "base/prefix_table.h"
#include "judge/map.h"

struct vnet {
	struct map_vnet is; /* first: a struct map_vnet of this map is a struct vnet */
	const struct json_value *at;
	struct ip_prefix *space;
	size_t space_count;
	struct ip_addr *dns_server;
	size_t dns_server_count;
	const char *const *peerings; /* NULL-terminated */
};

struct subnet {
	struct map_subnet is;
	const struct json_value *at;
	struct ip_prefix *prefix;
	size_t prefix_count;
};

struct private_endpoint {
	struct map_private_endpoint is;
	const struct json_value *at;
	const struct subnet *subnet;     /* or NULL: not said */
	size_t endpoint, endpoint_count; /* its part of map.endpoint */
};

struct endpoint_entry {
	struct map_endpoint is;
	const struct json_value *at;
};

struct zone_record {
	const char *name, *type; /* name: relative, lower case */
	const char **value;
	size_t value_count;
	const struct json_value *at;
};

struct dns_zone {
	struct map_dns_zone is;
	const struct json_value *at;
	struct dns_zone *next; /* of the same name: one per resource group that holds it */
	struct zone_record *record;
	size_t record_count;
};

struct egress {
	struct map_egress is;
	const struct json_value *at;
	struct egress *next; /* with the same name or prefix */
};

struct resolver {
	struct ip_addr addr;
	const char *const *zones; /* NULL-terminated; empty: any */
	const uint16_t *ports;
	size_t port_count; /* 0: any */
	const struct json_value *at;
	struct resolver *next; /* at the same address */
};

struct platform {
	struct ip_addr addr;
	const char *role;
	const uint16_t *ports;
	size_t port_count;
};

struct crossing { /* one of the targets is set */
	const char *from_zone, *to_zone;
	const struct map_private_endpoint *endpoint;
	const struct map_subnet *subnet;
	const struct map_vnet *vnet;
	const struct json_value *at;
};

struct resource {
	struct map_resource is;
	const struct json_value *at;
};

struct compute {
	struct map_compute is;
	const struct json_value *at;
};

struct schedule_entry {
	struct map_schedule is;
	struct schedule *compiled;
	const struct json_value *at;
};

struct on_premises {
	struct map_on_premises is;
	const struct json_value *at;
	struct ip_prefix *prefix;
	size_t prefix_count;
};

struct at_address { /* one address of one endpoint; sorted by address */
	struct ip_addr addr;
	const struct endpoint_entry *entry;
};

struct map {
	struct json *json;
	struct arena *arena;

	struct vnet *vnet;
	struct subnet *subnet;
	struct private_endpoint *private_endpoint;
	struct endpoint_entry *endpoint;
	struct dns_zone *zone;
	struct egress *egress;
	struct resolver *resolver; /* those of resolvers[], then the VNets' dns_servers */
	struct platform *platform;
	struct crossing *crossing;
	struct ip_prefix *ssh_source, *rdp_source;
	struct at_address *at_address;
	size_t vnet_count, subnet_count, private_endpoint_count, endpoint_count, zone_count,
		egress_count, resolver_count, platform_count, crossing_count, ssh_source_count,
		rdp_source_count, at_address_count;
	bool crossing_default;

	/* What the owners have: map_read_own.c, map_own.c. */
	struct resource *resource;
	struct compute *compute;
	struct schedule_entry *schedule;
	struct on_premises *on_premises;
	size_t resource_count, compute_count, compute_address_count, schedule_count,
		on_premises_count;
	struct name_table *by_resource_name, *by_resource_wildcard, *by_workspace, *by_region;
	bool has_regions;
	struct prefix_table *by_compute, *by_on_premises;

	/* Look-ups; values point into the arrays above. Names that may be wildcards are in two tables:
	 * whole names, and what follows "*.". */
	struct prefix_table *by_subnet, *by_space;
	struct prefix_table *by_address;  /* /128 -> first struct at_address */
	struct prefix_table *by_resolver; /* /128 -> first struct resolver */
	struct prefix_table *by_egress_prefix;
	struct name_table *by_name, *by_wildcard; /* endpoints' fqdn and private_dns_name */
	struct name_table *by_egress_name, *by_egress_wildcard;
	struct name_table *by_zone; /* private DNS zones: their names */
};

/* map_read.c and map_read_policy.c: fill the arrays. The first error is in reader. */
void map_read(struct map *map, struct json_reader *reader);
void map_read_policy(struct map *map, struct json_reader *reader, const struct json_value *root);

void map_read_own(struct map *map, struct json_reader *reader, const struct json_value *root);

/* map_own.c */
int map_index_own(struct map *map); /* 0 or -ENOMEM */
void map_free_own(struct map *map);

/* map.c: names that may be wildcards, in two tables. Adding gives what holds the place now, or NULL: no
 * memory. */
void *map_add_name(struct name_table *whole, struct name_table *wildcard, const char *name,
		   void *value);
void *map_find_name(const struct name_table *whole, const struct name_table *wildcard,
		    const char *name);

/* Pieces that the readers use. */
const struct json_value *map_read_list(struct json_reader *reader, const struct json_value *object,
				       const char *key, size_t *count);
void *map_take(struct map *map, struct json_reader *reader, size_t count, size_t size);
const char *map_lower(struct map *map, struct json_reader *reader, const char *text);
struct ip_addr map_read_address(struct json_reader *reader, const struct json_value *value);
struct ip_prefix map_read_prefix(struct json_reader *reader, const struct json_value *value);
const struct ip_addr *map_read_addresses(struct map *map, struct json_reader *reader,
					 const struct json_value *object, const char *key,
					 size_t *count);
const char *const *map_read_zones(struct map *map, struct json_reader *reader,
				  const struct json_value *object, const char *key);
const uint16_t *map_read_ports(struct map *map, struct json_reader *reader,
			       const struct json_value *object, size_t *count);
/* A DNS name, maybe with "*." before it; lower case, no trailing dot. */
const char *map_read_name(struct map *map, struct json_reader *reader,
			  const struct json_value *object, const char *key, enum json_need need);
/* The same of an element of a list. */
const char *map_read_name_value(struct map *map, struct json_reader *reader,
				const struct json_value *value);
struct ip_prefix *map_read_prefixes(struct map *map, struct json_reader *reader,
				    const struct json_value *object, const char *key,
				    size_t *count);
const struct vnet *map_vnet_named(const struct map *map, const char *name);

/* A lint run: where findings go. */
struct map_lint {
	const struct map *map;
	void (*say)(void *context, enum map_finding finding, const char *sentence);
	void *context;
	size_t count;
};

/* Says "FILE:LINE: severity: " and the sentence. */
void map_lint_say(struct map_lint *lint, enum map_finding finding, const struct json_value *at,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* map_check_fields.c: fields that version 1 does not have. */
void map_check_fields(struct map_lint *lint);
/* map_check_places.c: VNets, subnets, resolvers. */
void map_check_places(struct map_lint *lint);
/* map_check_dns.c: private DNS zones, their records and links. */
void map_check_dns(struct map_lint *lint);
/* map_check_own.c: resources, compute, schedules. */
void map_check_own(struct map_lint *lint);
/* Whether a name still holds a placeholder, as {region}. */
bool map_check_is_placeholder(const char *name);
/* Whether it is what a VNet without DNS servers of its own asks. */
bool map_check_is_azure_dns(const struct ip_addr *addr);
/* Whether a prefix lies in one of `count` others. */
bool map_check_lies_in(const struct ip_prefix *inner, const struct ip_prefix *outer, size_t count);
