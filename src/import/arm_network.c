/* VNets, subnets, peerings, route tables, public addresses. */
#include <string.h>

#include "base/ip.h"
#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"

const char *arm_id_inside(struct reading *reading, const char *owner, const char *kind,
			  const char *name)
{
	char bytes[ARM_ID_MAX + 1];
	struct text text = text_over(bytes, sizeof(bytes));

	if (!owner || !name)
		return NULL;
	text_add(&text, owner);
	text_add(&text, "/");
	text_add(&text, kind);
	text_add(&text, "/");
	text_add(&text, name);
	return text.cut ? NULL : inventory_copy(reading->inventory, bytes);
}

/* The prefixes of `key` or, as newer versions have it, of its plural. */
static void say_prefixes(struct reading *reading, struct thing *thing, struct node object)
{
	struct node many = reading_member(reading, object, "addressPrefixes");
	struct node one = reading_member(reading, object, "addressPrefix");

	reading_say_prefixes(reading, thing, reading_type(many) == JSON_ARRAY ? many : one);
}

void arm_subnet(struct reading *reading, struct node resource, const char *id)
{
	char vnet[ARM_ID_MAX + 1], type[ARM_TYPE_MAX + 1];

	if (!id || !arm_id_type(id, type) ||
	    strcmp(type, "microsoft.network/virtualnetworks/subnets") != 0 ||
	    !arm_id_owner(id, "microsoft.network/virtualnetworks", vnet)) {
		reading_note(reading, resource,
			     "this subnet has no id that tells its VNet; it was left out");
		return;
	}
	struct thing *subnet = reading_thing(reading, THING_SUBNET, id, NULL, resource);

	reading_mention(reading, THING_VNET, vnet, resource);
	say_prefixes(reading, subnet, resource);
	reading_say_text(reading, subnet, FACT_ROUTE_TABLE, resource, "routeTable.id");
	reading_say_text(reading, subnet, FACT_ENDPOINT_POLICIES, resource,
			 "privateEndpointNetworkPolicies");
	reading_say_each(reading, subnet, FACT_SERVICE_ENDPOINTS,
			 reading_member(reading, resource, "serviceEndpoints"), "service",
			 reading_text_of);
}

void arm_vnet(struct reading *reading, struct node resource, const char *id)
{
	struct thing *vnet = reading_thing(reading, THING_VNET, id, NULL, resource);
	struct node space = reading_path(reading, resource, "addressSpace");

	if (!vnet)
		return;
	if (reading_type(space) == JSON_OBJECT)
		space = reading_member(reading, space, "addressPrefixes");
	reading_say_prefixes(reading, vnet, space);
	reading_say_each(reading, vnet, FACT_DNS_SERVERS,
			 reading_path(reading, resource, "dhcpOptions.dnsServers"), "",
			 reading_address);
	reading_say_text(reading, vnet, FACT_REGION, resource, "location");
	reading_say_zone_tag(reading, vnet, resource);
	reading_say_each(reading, vnet, FACT_PEERINGS,
			 reading_member(reading, resource, "virtualNetworkPeerings"),
			 "remoteVirtualNetwork.id", reading_text_of);

	struct each each = reading_each(reading_member(reading, resource, "subnets"));
	while (reading_step(reading, &each)) {
		const char *own = reading_text(reading, each.item, "id");
		const char *name = reading_text(reading, each.item, "name");

		arm_subnet(reading, each.item,
			   own ? own : arm_id_inside(reading, id, "subnets", name));
	}
}

void arm_peering(struct reading *reading, struct node resource, const char *id)
{
	char owner[ARM_ID_MAX + 1];

	if (!id || !arm_id_owner(id, "microsoft.network/virtualnetworks", owner))
		return;
	thing_add_text(reading->inventory, reading_mention(reading, THING_VNET, owner, resource),
		       FACT_PEERINGS, reading_text(reading, resource, "remoteVirtualNetwork.id"),
		       reading_place(reading, resource));
}

static void read_route(struct reading *reading, struct node route, struct thing *table,
		       const char *name)
{
	const char *prefix = reading_text(reading, route, "addressPrefix");
	struct node next = reading_member(reading, route, "nextHopIpAddress");
	const char *type = reading_text(reading, route, "nextHopType");
	struct ip_prefix parsed;

	if (!next.at)
		next = reading_member(reading, route, "nextHopInIpAddress"); /* Terraform's */
	if (!prefix || !ip_prefix_parse(prefix, &parsed, NULL)) {
		reading_note(reading, route,
			     "the route to \"%.60s\" is not to a prefix; a map cannot hold it",
			     prefix ? prefix : "");
		return;
	}
	struct thing *thing =
		reading_inside(reading, THING_ROUTE, table, name ? name : prefix, route);
	reading_say_prefixes(reading, thing, reading_member(reading, route, "addressPrefix"));
	thing_say_text(reading->inventory, thing, FACT_NEXT_HOP_TYPE, type ? type : "None",
		       reading_place(reading, route));
	if (reading_type(next) == JSON_TEXT)
		thing_say_text(reading->inventory, thing, FACT_NEXT_HOP,
			       reading_text_of(reading, next) ? reading_address(reading, next)
							      : NULL,
			       reading_place(reading, next));
}

void arm_route(struct reading *reading, struct node resource, const char *id)
{
	char owner[ARM_ID_MAX + 1];

	if (id && arm_id_owner(id, "microsoft.network/routetables", owner))
		read_route(reading, resource,
			   reading_mention(reading, THING_ROUTE_TABLE, owner, resource),
			   arm_id_name(id));
}

void arm_route_table(struct reading *reading, struct node resource, const char *id)
{
	struct thing *table = reading_thing(reading, THING_ROUTE_TABLE, id, NULL, resource);
	struct each each = reading_each(reading_member(reading, resource, "routes"));

	while (table && reading_step(reading, &each))
		read_route(reading, each.item, table, reading_text(reading, each.item, "name"));
}

void arm_public_ip(struct reading *reading, struct node resource, const char *id)
{
	struct thing *thing = reading_thing(reading, THING_PUBLIC_IP, id, NULL, resource);
	struct node address = reading_member(reading, resource, "ipAddress");
	const char *user = reading_text(reading, resource, "ipConfiguration.id");
	char nic[ARM_ID_MAX + 1];

	if (reading_type(address) == JSON_TEXT && reading_text_of(reading, address))
		thing_say_text(reading->inventory, thing, FACT_IPS,
			       reading_address(reading, address), reading_place(reading, address));
	if (user && arm_id_owner(user, "microsoft.network/networkinterfaces", nic))
		thing_say_text(reading->inventory, thing, FACT_OWNER, nic,
			       reading_place(reading, resource));
}
