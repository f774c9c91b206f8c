/* map.h - the expected map: what the owners believe their network to be.
 *
 * A JSON document, version 1 (docs/map.md, rules/map.schema.json). Loaded whole, checked whole,
 * immutable afterwards; look-ups allocate nothing. Unknown fields are passed over (the map may
 * grow) but named by map_check(). "Private" means inside the map's VNets, peerings and on-premises
 * prefixes, not RFC 1918.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/ip.h"

struct json_value;
struct map;
struct map_schedule;

struct map_vnet {
	const char *name, *zone;          /* zone: prod, dev, ... or NULL */
	const char *resource_id, *region; /* or NULL */
};

struct map_route { /* of the route table of a subnet */
	struct ip_prefix prefix;
	const char *next_hop_type; /* VirtualAppliance, Internet, VnetLocal, None, ... */
	struct ip_addr next_hop;   /* zero: none */
};

struct map_subnet {
	const struct map_vnet *vnet;
	const char *name, *role; /* role: compute, private-endpoints, appliance, ... or NULL */
	const char *zone;        /* its own, or its VNet's */
	const struct map_schedule *schedule; /* or NULL */
	const char *
		private_endpoint_policies; /* privateEndpointNetworkPolicies: Disabled, ...; NULL */
	const char *const *service_endpoints; /* Microsoft.Storage, ...; NULL-terminated */
	const struct map_route *routes;
	size_t route_count;
};

struct map_private_endpoint {
	const char *name, *category, *resource_id, *group_id; /* the last two may be NULL */
	const struct map_vnet *vnet;
	const char *const *allowed_zones; /* NULL-terminated; empty: any zone */
};

struct map_endpoint { /* one FQDN of a private endpoint */
	const struct map_private_endpoint *private_endpoint;
	const char *fqdn;             /* lower case; may start with "*." */
	const char *private_dns_name; /* or NULL */
	const struct ip_addr *ips;
	size_t ip_count;
};

struct map_egress {
	const char *fqdn; /* lower case, may start with "*."; NULL when it is a prefix */
	struct ip_prefix cidr;
	const char *category;
	const char *const *zones; /* NULL-terminated; empty: any */
	const uint16_t *ports;
	size_t port_count;         /* 0: any */
	const struct ip_addr *ips; /* addresses the name is known at; none: unknown */
	size_t ip_count;
};

struct map_dns_zone {                         /* a private DNS zone */
	const char *name;                     /* lower case */
	const char *resolution_policy;        /* Default, NxDomainRedirect; or NULL: not said */
	const struct map_vnet *const *linked; /* NULL-terminated */
};

/* What was imported of a setting: absent is not the same as off. */
enum map_setting { MAP_UNKNOWN, MAP_OFF, MAP_ON };

struct map_deployment { /* of a model, in an Azure OpenAI or AI services account */
	const char *name, *model, *model_version, *sku; /* NULL: not said */
	const char *content_filter; /* name of its content-filter (RAI) policy; NULL: none */
	uint8_t has_content_filter; /* enum map_setting: MAP_OFF: imported, and there is none */
	uint32_t capacity;          /* units of 1,000 tokens a minute; 0: unknown */
	uint32_t requests_per_minute, tokens_per_minute; /* 0: unknown */
};

struct map_resource { /* a thing we own, with its settings */
	const char *name;
	const char *type; /* Microsoft.CognitiveServices/accounts; or NULL, as the next four */
	const char *kind; /* OpenAI, AIServices, ... */
	const char *resource_id, *region, *zone;
	const char *const *fqdns;   /* lower case; NULL-terminated */
	const char *workspace_guid; /* Azure ML, Log Analytics; or NULL */
	uint8_t public_network_access, local_auth,
		firewall; /* enum map_setting; firewall: default deny */
	const struct map_deployment *deployments;
	size_t deployment_count;
};

struct map_schedule { /* when something may be active */
	const char *name;
	const char *time_zone;     /* IANA: Europe/Berlin; "UTC" if not said */
	const char *const *active; /* cron: minute hour day month weekday; active in any of them */
};

struct map_compute {
	const char *name;
	const char *type; /* vm, vmss, aml-compute-instance, aml-cluster, aks, ...; or NULL */
	const char *resource_id;
	const struct ip_addr *ips;
	size_t ip_count;
	uint8_t public_ip, ssh_public, managed_identity; /* enum map_setting */
	const char *const *identity_resources; /* audiences it may ask tokens for; empty: any */
	const struct map_schedule *schedule;   /* its own; or NULL */
	uint32_t idle_shutdown_s;              /* 0: unknown */
};

struct map_on_premises {
	const char *name, *zone; /* zone: or NULL */
};

/* Reads a map. Returns 0 and *map, given (map_free()), or -errno with "FILE:LINE:COLUMN: what is
 * wrong; what to do" in fault. */
int map_load(struct map **map, const char *path, struct fault *fault);
int map_parse(struct map **map, const char *text, size_t length, const char *path,
	      struct fault *fault);
void map_free(struct map *map);

/* Where an address is. */
const struct map_subnet *map_subnet_of(const struct map *map, const struct ip_addr *addr);
const struct map_vnet *map_vnet_of(const struct map *map, const struct ip_addr *addr);

/* The endpoint that serves a name, or NULL. Its public and its private (privatelink) name both count,
 * in any case; exact before wildcard, longer wildcard before shorter. When several private endpoints
 * serve one name (one per VNet, say), the first of the map. */
const struct map_endpoint *map_endpoint_by_name(const struct map *map, const char *name);

/* Whether some endpoint at this address serves this name: the one right answer to "is it there?". */
bool map_endpoint_serves(const struct map *map, const char *name, const struct ip_addr *addr);

/* The private DNS zone that a name lies in, the longest; or NULL. */
const struct map_dns_zone *map_dns_zone_of(const struct map *map, const char *name);
/* Whether a zone of this name is linked to the VNet. */
bool map_dns_zone_is_linked(const struct map *map, const struct map_dns_zone *zone,
			    const struct map_vnet *vnet);

/* Endpoints at an address, the i-th, or NULL past the last. */
const struct map_endpoint *map_endpoint_at(const struct map *map, const struct ip_addr *addr,
					   size_t i);

/* The i-th private endpoint with its first FQDN, and so on: for summaries and checks. */
size_t map_endpoint_count(const struct map *map);
const struct map_endpoint *map_endpoint(const struct map *map, size_t i);

/* The allowed egress that covers it, or NULL: by name before by prefix. name may be NULL, zone too (and
 * then only entries for any zone cover it). */
const struct map_egress *map_egress_find(const struct map *map, const char *name,
					 const struct ip_addr *addr, uint16_t port,
					 const char *zone);
/* The allowed egress with this name, whatever zone and port. */
const struct map_egress *map_egress_by_name(const struct map *map, const char *name);

/* Whether clients in the zone may ask this resolver. The DNS servers of a VNet count for its zone, on
 * port 53. */
bool map_is_resolver(const struct map *map, const struct ip_addr *addr, uint16_t port,
		     const char *zone);
/* Whether the address is a resolver for anybody, on any port. */
bool map_has_resolver(const struct map *map, const struct ip_addr *addr);
/* "imds", "wireserver" or NULL: the platform service at this address (and port, if it names any). */
const char *map_platform_role(const struct map *map, const struct ip_addr *addr, uint16_t port);
/* The same whatever the port: probes and DHCP come from and go to it. */
const char *map_platform_at(const struct map *map, const struct ip_addr *addr);

/* May `from_zone` reach this? NULL targets are passed over. */
bool map_crossing_allowed(const struct map *map, const char *from_zone,
			  const struct map_private_endpoint *endpoint,
			  const struct map_subnet *subnet);
bool map_admin_allowed(const struct map *map, bool rdp, const struct ip_addr *source);

/* Resources, by a name that they serve (any case) or in order; NULL: none. */
const struct map_resource *map_resource_by_name(const struct map *map, const char *name);
size_t map_resource_count(const struct map *map);
const struct map_resource *map_resource(const struct map *map, size_t i);

/* Whether something of the map (a VNet, a resource) says that it is in this region, any case; and
 * whether anything says where it is. */
bool map_has_region(const struct map *map, const char *region);
bool map_has_regions(const struct map *map);

/* Whether a GUID is the workspace of one of our resources (Azure ML, Log Analytics). */
bool map_is_workspace(const struct map *map, const char *guid);

const struct map_compute *map_compute_at(const struct map *map, const struct ip_addr *addr);
size_t map_compute_count(const struct map *map);
const struct map_compute *map_compute(const struct map *map, size_t i);

/* When the host at an address may be active: its own schedule, else its subnet's; NULL: always. */
const struct map_schedule *map_schedule_at(const struct map *map, const struct ip_addr *addr);
/* Whether the host at an address may be active at a time (UTC): MAP_UNKNOWN: it has no schedule. */
enum map_setting map_activity_at(const struct map *map, const struct ip_addr *addr,
				 uint64_t time_ns);
size_t map_schedule_count(const struct map *map);
const struct map_schedule *map_schedule(const struct map *map, size_t i);

const struct map_on_premises *map_on_premises_of(const struct map *map, const struct ip_addr *addr);

size_t map_vnet_count(const struct map *map);
const struct map_vnet *map_vnet(const struct map *map, size_t i);
size_t map_subnet_count(const struct map *map);
const struct map_subnet *map_subnet(const struct map *map, size_t i);

/* The i-th VNet that the map peers with one, as it is named there; NULL past the last (i goes up
 * by one). *peer: NULL when it
 * is not in the map. */
const char *map_peering(const struct map *map, const struct map_vnet *vnet, size_t i,
			const struct map_vnet **peer);
/* Whether routes of a subnet send the whole address space of a VNet to an appliance. A peering brings a
 * route of its own for each prefix of that space, so a shorter one, as 0.0.0.0/0, does not. */
bool map_routes_to_appliance(const struct map_subnet *subnet, const struct map_vnet *peer);

/* The document that it was read from: for showing and comparing, not for judging. */
const struct json_value *map_document(const struct map *map);

/* Lints the map: each sentence "FILE:LINE: severity: what; what to do". Returns how many were found;
 * calls `say` for each. */
enum map_finding { MAP_NOTE, MAP_WARNING, MAP_ERROR };
size_t map_check(const struct map *map,
		 void (*say)(void *context, enum map_finding finding, const char *sentence),
		 void *context);
