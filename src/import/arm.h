/* arm.h - resources of Azure Resource Manager, one reader a type.
 *
 * az, REST, Resource Graph and templates describe a resource by the same properties; reading.h hides
 * how each dresses them.
 */
#pragma once

#include "import/reading.h"

/* Takes a resource of this type (any case). id: NULL when the document does not tell. False: a type that says
 * nothing about a map. */
bool arm_read(struct reading *reading, struct node resource, const char *type, const char *id);

/* Whether arm_read() has a reader for the type. */
bool arm_knows(const char *type);

/* The readers, by file. */
typedef void arm_reader(struct reading *reading, struct node resource, const char *id);
arm_reader arm_vnet, arm_subnet, arm_peering, arm_route_table, arm_route, arm_public_ip;
arm_reader arm_private_endpoint, arm_zone_group, arm_nic;
arm_reader arm_zone, arm_link, arm_record_a, arm_record_aaaa, arm_record_cname;
arm_reader arm_deployment, arm_vm, arm_scale_set, arm_cluster, arm_ml_compute;

/* The id of something inside a resource that has none of its own: OWNER/KIND/NAME. NULL: too long. */
const char *arm_id_inside(struct reading *reading, const char *owner, const char *kind,
			  const char *name);
/* Managed identity: none, or some. */
void arm_say_identity(struct reading *reading, struct thing *thing, struct node resource);
/* Names that a resource answers to: a name, an address of the web, or lists and objects of them. */
void arm_say_hosts(struct reading *reading, struct thing *thing, struct node node);
/* What the connection of a private endpoint leads to. */
void arm_say_connection(struct reading *reading, struct thing *endpoint, struct node connections);
/* Names and addresses of a private endpoint: custom DNS configurations, and those of its zone group. */
void arm_endpoint_names(struct reading *reading, struct thing *endpoint, struct node configs);
void arm_zone_configs(struct reading *reading, struct thing *endpoint, struct node configs);

/* Settings of a resource that we own: a vault, an account, a workspace, ... False: not such a type. */
bool arm_resource(struct reading *reading, struct node resource, const char *type, const char *id);
bool arm_resource_knows(const char *type);

/* The rows {FQDNs, IPAddress} that a query of a NIC's addresses gives. */
void arm_nic_rows(struct reading *reading, struct node list);
