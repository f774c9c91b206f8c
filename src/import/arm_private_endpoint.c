/* Private endpoints, their DNS zone groups, and the NICs that have their addresses. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"

void arm_say_connection(struct reading *reading, struct thing *endpoint, struct node connections)
{
	struct node first = reading_path(reading, connections, "0");

	if (!first.at)
		return;
	reading_say_text(reading, endpoint, FACT_TARGET, first, "privateLinkServiceId");
	reading_say_text(reading, endpoint, FACT_GROUP_ID, first, "groupIds.0");
	reading_say_text(reading, endpoint, FACT_STATUS, first,
			 "privateLinkServiceConnectionState.status");
}

void arm_endpoint_names(struct reading *reading, struct thing *endpoint, struct node configs)
{
	for (struct each each = reading_each(configs); reading_step(reading, &each);) {
		const char *fqdn =
			reading_name(reading, reading_member(reading, each.item, "fqdn"));
		struct thing *name =
			reading_inside(reading, THING_ENDPOINT_NAME, endpoint, fqdn, each.item);

		reading_say_each(reading, name, FACT_IPS,
				 reading_member(reading, each.item, "ipAddresses"), "",
				 reading_address);
	}
}

/* A record set of a zone group: a name of the endpoint, and a record that Azure keeps in the zone. */
static void read_record_set(struct reading *reading, struct thing *endpoint, struct node set,
			    struct thing *zone)
{
	const char *name = reading_text(reading, set, "recordSetName");
	const char *type = reading_text(reading, set, "recordType");
	struct node ips = reading_member(reading, set, "ipAddresses");
	char bytes[ARM_ID_MAX], key[ARM_ID_MAX];
	struct text text = text_over(bytes, sizeof(bytes)), in_zone = text_over(key, sizeof(key));

	name = name ? name : reading_text(reading, set, "name");
	type = type ? type : reading_text(reading, set, "type");
	if (!name || !zone || (type && strcmp(type, "A") != 0 && strcmp(type, "AAAA") != 0))
		return;
	if (strcmp(name, "@") != 0) {
		text_add(&text, name);
		text_add(&text, ".");
	}
	text_add(&text, zone->name);
	text_add(&in_zone, type ? type : "A");
	text_add(&in_zone, " ");
	text_add(&in_zone, name);
	reading_say_each(reading,
			 reading_inside(reading, THING_PRIVATE_RECORD, endpoint,
					inventory_lower(reading->inventory, bytes), set),
			 FACT_IPS, ips, "", reading_address);
	reading_say_each(reading,
			 inventory_inside(reading->inventory, THING_RECORD, zone, key,
					  reading_place(reading, set)),
			 FACT_IPS, ips, "", reading_address);
}

void arm_zone_configs(struct reading *reading, struct thing *endpoint, struct node configs)
{
	for (struct each each = reading_each(configs); reading_step(reading, &each);) {
		const char *zone = reading_text(reading, each.item, "privateDnsZoneId");
		struct each sets = reading_each(reading_member(reading, each.item, "recordSets"));

		while (arm_id_is(zone) && endpoint && reading_step(reading, &sets))
			read_record_set(reading, endpoint, sets.item,
					reading_mention(reading, THING_ZONE, zone, each.item));
	}
}

void arm_zone_group(struct reading *reading, struct node resource, const char *id)
{
	char owner[ARM_ID_MAX + 1];

	if (!id || !arm_id_owner(id, "microsoft.network/privateendpoints", owner)) {
		reading_note(reading, resource,
			     "this DNS zone group has no id; its private endpoint is not known");
		return;
	}
	arm_zone_configs(reading, reading_mention(reading, THING_PRIVATE_ENDPOINT, owner, resource),
			 reading_member(reading, resource, "privateDnsZoneConfigs"));
}

void arm_private_endpoint(struct reading *reading, struct node resource, const char *id)
{
	struct thing *endpoint = reading_thing(reading, THING_PRIVATE_ENDPOINT, id, NULL, resource);

	if (!endpoint)
		return;
	reading_say_text(reading, endpoint, FACT_SUBNET, resource, "subnet.id");
	arm_say_connection(reading, endpoint,
			   reading_member(reading, resource, "privateLinkServiceConnections"));
	arm_say_connection(
		reading, endpoint,
		reading_member(reading, resource, "manualPrivateLinkServiceConnections"));
	arm_endpoint_names(reading, endpoint,
			   reading_member(reading, resource, "customDnsConfigs"));

	reading_say_each(reading, endpoint, FACT_NICS,
			 reading_member(reading, resource, "networkInterfaces"), "id",
			 reading_text_of);
	reading_say_each(reading, endpoint, FACT_IPS,
			 reading_member(reading, resource, "ipConfigurations"), "privateIPAddress",
			 reading_address);
}

static void read_ip_config(struct reading *reading, struct thing *nic, struct node config)
{
	struct node address = reading_member(reading, config, "privateIPAddress");
	const char *ip = reading_address(reading, address);
	const char *name = reading_text(reading, config, "name");
	struct node fqdns = reading_path(reading, config, "privateLinkConnectionProperties.fqdns");
	struct thing *thing;

	if (!ip)
		return; /* not given out yet: a plan, or a host that is off */
	thing = reading_inside(reading, THING_IP_CONFIG, nic, name ? name : ip, config);
	thing_say_text(reading->inventory, thing, FACT_IPS, ip, reading_place(reading, address));
	reading_say_text(reading, thing, FACT_SUBNET, config, "subnet.id");
	reading_say_text(reading, thing, FACT_GROUP_ID, config,
			 "privateLinkConnectionProperties.groupId");
	reading_say_text(reading, thing, FACT_PUBLIC_IP, config, "publicIPAddress.id");
	reading_say_each(reading, thing, FACT_FQDNS, fqdns, "", reading_name);
}

/* A NIC without an id is known by its place. */
static struct thing *nic_thing(struct reading *reading, struct node at, const char *id)
{
	struct source_place place = reading_place(reading, at);
	char made[ARM_ID_MAX];

	if (!id) {
		snprintf(made, sizeof(made), "%s:%u:%u", place.path, place.line, place.column);
		id = made;
	}
	return reading_thing(reading, THING_NIC, id, NULL, at);
}

void arm_nic(struct reading *reading, struct node resource, const char *id)
{
	struct thing *nic = nic_thing(reading, resource, id);
	struct each each = reading_each(reading_member(reading, resource, "ipConfigurations"));

	reading_say_text(reading, nic, FACT_OWNER, resource, "privateEndpoint.id");
	reading_say_text(reading, nic, FACT_OWNER, resource, "virtualMachine.id");
	reading_say_flag(reading, nic, FACT_FORWARDS, resource, "enableIPForwarding", false);
	reading_say_zone_tag(reading, nic, resource);
	while (nic && reading_step(reading, &each))
		read_ip_config(reading, nic, each.item);
}

void arm_nic_rows(struct reading *reading, struct node list)
{
	struct thing *nic = nic_thing(reading, list, NULL);

	for (struct each each = reading_each(list); reading_step(reading, &each);) {
		struct node address = reading_member(reading, each.item, "ipAddress");
		struct node fqdns = reading_member(reading, each.item, "fqdns");
		const char *ip = reading_address(reading, address);
		struct thing *thing = reading_inside(reading, THING_IP_CONFIG, nic, ip, each.item);

		thing_say_text(reading->inventory, thing, FACT_IPS, ip,
			       reading_place(reading, address));
		reading_say_each(reading, thing, FACT_FQDNS, fqdns, "", reading_name);
	}
}
