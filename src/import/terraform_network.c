/* Readers of Terraform's types, and how their ids are made when a plan has none.
 *
 * The provider's schemas are Resource Manager's with other words; where the words agree but for case and
 * underscores, the readers of arm.h do the work.
 */
#include <string.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"
#include "import/terraform.h"
#include "import/terraform_plan.h"

static void vnet(struct reading *reading, struct node values, const char *id)
{
	struct each each = reading_each(reading_member(reading, values, "subnet"));

	arm_vnet(reading, values, id);
	reading_say_each(reading, reading_mention(reading, THING_VNET, id, values),
			 FACT_DNS_SERVERS, reading_member(reading, values, "dns_servers"), "",
			 reading_address);
	while (reading_step(reading, &each)) {
		const char *own = reading_text(reading, each.item, "id");
		const char *name = reading_text(reading, each.item, "name");

		arm_subnet(reading, each.item,
			   own ? own : arm_id_inside(reading, id, "subnets", name));
	}
}

static void vnet_dns(struct reading *reading, struct node values, const char *id)
{
	(void)id;
	reading_say_each(reading,
			 reading_mention(reading, THING_VNET,
					 plan_id(reading, values, "virtual_network_id"), values),
			 FACT_DNS_SERVERS, reading_member(reading, values, "dns_servers"), "",
			 reading_address);
}

static void peering(struct reading *reading, struct node values, const char *id)
{
	char owner[ARM_ID_MAX + 1];

	if (!id || !arm_id_owner(id, "microsoft.network/virtualnetworks", owner))
		return;
	thing_add_text(reading->inventory, reading_mention(reading, THING_VNET, owner, values),
		       FACT_PEERINGS, plan_id(reading, values, "remote_virtual_network_id"),
		       reading_place(reading, values));
}

static void subnet(struct reading *reading, struct node values, const char *id)
{
	arm_subnet(reading, values, id);
	reading_say_each(reading, reading_mention(reading, THING_SUBNET, id, values),
			 FACT_SERVICE_ENDPOINTS,
			 reading_member(reading, values, "service_endpoints"), "", reading_text_of);
}

static void association(struct reading *reading, struct node values, const char *id)
{
	struct thing *subnet_thing = reading_mention(reading, THING_SUBNET,
						     plan_id(reading, values, "subnet_id"), values);

	(void)id;
	thing_say_text(reading->inventory, subnet_thing, FACT_ROUTE_TABLE,
		       plan_id(reading, values, "route_table_id"), reading_place(reading, values));
}

static void say_id(struct reading *reading, struct thing *thing, enum fact_kind kind,
		   struct node values, const char *key)
{
	thing_say_text(reading->inventory, thing, kind, plan_id(reading, values, key),
		       reading_place(reading, values));
}

static void private_endpoint(struct reading *reading, struct node values, const char *id)
{
	struct thing *endpoint = reading_thing(reading, THING_PRIVATE_ENDPOINT, id, NULL, values);
	struct node connection = reading_path(reading, values, "private_service_connection.0");

	if (!endpoint)
		return;
	say_id(reading, endpoint, FACT_SUBNET, values, "subnet_id");
	say_id(reading, endpoint, FACT_TARGET, values,
	       "private_service_connection.0.private_connection_resource_id");
	reading_say_text(reading, endpoint, FACT_GROUP_ID, connection, "subresource_names.0");
	reading_say_each(reading, endpoint, FACT_IPS,
			 reading_member(reading, values, "private_service_connection"),
			 "private_ip_address", reading_address);
	arm_endpoint_names(reading, endpoint,
			   reading_member(reading, values, "custom_dns_configs"));
	arm_zone_configs(reading, endpoint,
			 reading_member(reading, values, "private_dns_zone_configs"));
	reading_say_each(reading, endpoint, FACT_NICS,
			 reading_member(reading, values, "network_interface"), "id",
			 reading_text_of);
}

static void nic(struct reading *reading, struct node values, const char *id)
{
	struct thing *thing = reading_thing(reading, THING_NIC, id, NULL, values);
	struct each each = reading_each(reading_member(reading, values, "ip_configuration"));

	reading_say_flag(reading, thing, FACT_FORWARDS, values, "ip_forwarding_enabled", false);
	reading_say_flag(reading, thing, FACT_FORWARDS, values, "enable_ip_forwarding", false);
	reading_say_text(reading, thing, FACT_OWNER, values, "virtual_machine_id");
	while (thing && reading_step(reading, &each)) {
		struct node address = reading_member(reading, each.item, "private_ip_address");
		const char *ip = reading_address(reading, address);
		const char *name = reading_text(reading, each.item, "name");
		struct thing *config =
			reading_inside(reading, THING_IP_CONFIG, thing, name, each.item);

		thing_say_text(reading->inventory, config, FACT_IPS, ip,
			       reading_place(reading, each.item));
		reading_say_text(reading, config, FACT_SUBNET, each.item, "subnet_id");
		reading_say_text(reading, config, FACT_PUBLIC_IP, each.item,
				 "public_ip_address_id");
	}
}

static struct thing *record(struct reading *reading, struct node values, const char *id,
			    const char *type)
{
	char zone[ARM_ID_MAX + 1], bytes[ARM_ID_MAX];
	struct text name = text_over(bytes, sizeof(bytes));

	if (!id || !arm_id_owner(id, "microsoft.network/privatednszones", zone))
		return NULL;
	text_add(&name, type);
	text_add(&name, " ");
	text_add(&name, arm_id_name(id));
	return reading_inside(reading, THING_RECORD,
			      reading_mention(reading, THING_ZONE, zone, values),
			      inventory_copy(reading->inventory, bytes), values);
}

static void record_a(struct reading *reading, struct node values, const char *id)
{
	reading_say_each(reading, record(reading, values, id, "A"), FACT_IPS,
			 reading_member(reading, values, "records"), "", reading_address);
}

static void record_aaaa(struct reading *reading, struct node values, const char *id)
{
	reading_say_each(reading, record(reading, values, id, "AAAA"), FACT_IPS,
			 reading_member(reading, values, "records"), "", reading_address);
}

static void record_cname(struct reading *reading, struct node values, const char *id)
{
	struct node to = reading_member(reading, values, "record");

	thing_say_text(reading->inventory, record(reading, values, id, "CNAME"), FACT_FQDNS,
		       reading_name(reading, to), reading_place(reading, to));
}

static void link_vnet(struct reading *reading, struct node values, const char *id)
{
	char zone[ARM_ID_MAX + 1];
	const char *network = plan_id(reading, values, "virtual_network_id");

	if (!id || !arm_id_owner(id, "microsoft.network/privatednszones", zone))
		return;
	struct thing *link = reading_inside(reading, THING_LINK,
					    reading_mention(reading, THING_ZONE, zone, values),
					    arm_id_name(id), values);
	thing_say_text(reading->inventory, link, FACT_VNET, network,
		       reading_place(reading, values));
	reading_say_text(reading, link, FACT_POLICY, values, "resolution_policy");
	if (arm_id_is(network))
		reading_mention(reading, THING_VNET, network, values);
}

static void route_table(struct reading *reading, struct node values, const char *id)
{
	struct each each = reading_each(reading_member(reading, values, "route"));

	reading_thing(reading, THING_ROUTE_TABLE, id, NULL, values);
	while (reading_step(reading, &each))
		arm_route(reading, each.item,
			  arm_id_inside(reading, id, "routes",
					reading_text(reading, each.item, "name")));
}

static void vm(struct reading *reading, struct node values, const char *id)
{
	struct thing *thing = reading_thing(reading, THING_COMPUTE, id, NULL, values);
	struct node public_ips = reading_member(reading, values, "public_ip_addresses");

	thing_say_text(reading->inventory, thing, FACT_TYPE, "vm", reading_place(reading, values));
	reading_say_zone_tag(reading, thing, values);
	reading_say_each(reading, thing, FACT_NICS,
			 reading_member(reading, values, "network_interface_ids"), "",
			 reading_text_of);
	reading_say_each(reading, thing, FACT_IPS,
			 reading_member(reading, values, "private_ip_addresses"), "",
			 reading_address);
	if (reading_type(public_ips) == JSON_ARRAY)
		thing_say_text(reading->inventory, thing, FACT_PUBLIC_IP,
			       json_first(public_ips.at) ? "true" : "false",
			       reading_place(reading, public_ips));
	if (reading_type(reading_member(reading, values, "identity")) == JSON_ARRAY)
		thing_say_text(reading->inventory, thing, FACT_IDENTITY,
			       reading_path(reading, values, "identity.0").at ? "true" : "false",
			       reading_place(reading, values));
}

static void ml_compute(struct reading *reading, struct node values, const char *id,
		       const char *type)
{
	struct thing *thing = reading_thing(reading, THING_COMPUTE, id, NULL, values);

	thing_say_text(reading->inventory, thing, FACT_TYPE, type, reading_place(reading, values));
	say_id(reading, thing, FACT_SUBNET, values, "subnet_resource_id");
	reading_say_flag(reading, thing, FACT_PUBLIC_IP, values, "node_public_ip_enabled", false);
	reading_say_flag(reading, thing, FACT_SSH_PUBLIC, values, "ssh_public_access_enabled",
			 false);
}

static void ml_instance(struct reading *reading, struct node values, const char *id)
{
	ml_compute(reading, values, id, "aml-compute-instance");
}

static void ml_cluster(struct reading *reading, struct node values, const char *id)
{
	ml_compute(reading, values, id, "aml-cluster");
}

static void deployment(struct reading *reading, struct node values, const char *id)
{
	char owner[ARM_ID_MAX + 1];
	struct node sku = reading_path(reading, values, "sku.0");
	struct node scale = reading_path(reading, values, "scale.0");

	if (!id || !arm_id_owner(id, "microsoft.cognitiveservices/accounts", owner))
		return;
	struct thing *account = reading_mention(reading, THING_RESOURCE, owner, values);
	struct thing *thing =
		reading_inside(reading, THING_DEPLOYMENT, account, arm_id_name(id), values);
	thing_say_text(reading->inventory, account, FACT_TYPE,
		       "Microsoft.CognitiveServices/accounts", reading_place(reading, values));
	reading_say_text(reading, thing, FACT_MODEL, values, "model.0.name");
	reading_say_text(reading, thing, FACT_MODEL_VERSION, values, "model.0.version");
	reading_say_text(reading, thing, FACT_SKU, sku.at ? sku : scale, sku.at ? "name" : "type");
	reading_say_number(reading, thing, FACT_CAPACITY, sku.at ? sku : scale, "capacity");
	reading_say_text(reading, thing, FACT_CONTENT_FILTER, values, "rai_policy_name");
}

#define NETWORK "Microsoft.Network/"
#define COMPUTE "Microsoft.Compute/"
#define ML "Microsoft.MachineLearningServices/"

static const struct type_row {
	const char *type;
	const char *arm;      /* NULL: it is part of another */
	const char *within;   /* key of the name of what it is inside of; or NULL */
	const char *owner_id; /* key of that one's id instead; or NULL */
	terraform_reader *read;
} rows[] = {
	{ "azurerm_virtual_network", NETWORK "virtualNetworks", NULL, NULL, vnet },
	{ "azurerm_virtual_network_dns_servers", NULL, NULL, NULL, vnet_dns },
	{ "azurerm_virtual_network_peering", NETWORK "virtualNetworks/virtualNetworkPeerings",
	  "virtual_network_name", NULL, peering },
	{ "azurerm_subnet", NETWORK "virtualNetworks/subnets", "virtual_network_name", NULL,
	  subnet },
	{ "azurerm_subnet_route_table_association", NULL, NULL, NULL, association },
	{ "azurerm_route_table", NETWORK "routeTables", NULL, NULL, route_table },
	{ "azurerm_route", NETWORK "routeTables/routes", "route_table_name", NULL, arm_route },
	{ "azurerm_private_endpoint", NETWORK "privateEndpoints", NULL, NULL, private_endpoint },
	{ "azurerm_network_interface", NETWORK "networkInterfaces", NULL, NULL, nic },
	{ "azurerm_public_ip", NETWORK "publicIPAddresses", NULL, NULL, arm_public_ip },
	{ "azurerm_private_dns_zone", NETWORK "privateDnsZones", NULL, NULL, arm_zone },
	{ "azurerm_private_dns_zone_virtual_network_link",
	  NETWORK "privateDnsZones/virtualNetworkLinks", "private_dns_zone_name", NULL, link_vnet },
	{ "azurerm_private_dns_a_record", NETWORK "privateDnsZones/A", "zone_name", NULL,
	  record_a },
	{ "azurerm_private_dns_aaaa_record", NETWORK "privateDnsZones/AAAA", "zone_name", NULL,
	  record_aaaa },
	{ "azurerm_private_dns_cname_record", NETWORK "privateDnsZones/CNAME", "zone_name", NULL,
	  record_cname },
	{ "azurerm_linux_virtual_machine", COMPUTE "virtualMachines", NULL, NULL, vm },
	{ "azurerm_windows_virtual_machine", COMPUTE "virtualMachines", NULL, NULL, vm },
	{ "azurerm_virtual_machine", COMPUTE "virtualMachines", NULL, NULL, vm },
	{ "azurerm_machine_learning_compute_instance", ML "workspaces/computes", NULL,
	  "machine_learning_workspace_id", ml_instance },
	{ "azurerm_machine_learning_compute_cluster", ML "workspaces/computes", NULL,
	  "machine_learning_workspace_id", ml_cluster },
	{ "azurerm_cognitive_deployment", "Microsoft.CognitiveServices/accounts/deployments", NULL,
	  "cognitive_account_id", deployment },
};

static const struct type_row *row_of(const char *type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i];
	}
	return NULL;
}

terraform_reader *terraform_reader_of(const char *type)
{
	const struct type_row *row = row_of(type);

	return row ? row->read : NULL;
}

/* The id of what the azapi provider makes: in a group, or in another resource. */
static const char *azapi_id(struct reading *reading, struct node values)
{
	const char *type = reading_text(reading, values, "type");
	const char *parent = reading_text(reading, values, "parent_id");
	const char *name = reading_text(reading, values, "name");
	char bytes[ARM_ID_MAX + 1];
	struct text text = text_over(bytes, sizeof(bytes));

	if (!type || !parent || !name)
		return NULL;
	size_t length = strcspn(type, "@"), from = 0;
	for (size_t i = 0; arm_id_is(parent) && i < length; i++)
		from = type[i] == '/' ? i + 1 : from;
	text_add(&text, parent);
	text_add(&text, from ? "/" : "/providers/");
	text_add_bytes(&text, type + from, length - from);
	text_add(&text, "/");
	text_add(&text, name);
	return text.cut ? NULL : inventory_copy(reading->inventory, bytes);
}

static const char *made_id(struct reading *reading, const struct type_row *row, const char *arm,
			   struct node values)
{
	const char *name = reading_text(reading, values, "name");
	const char *within = row && row->within ? reading_text(reading, values, row->within) : NULL;
	char bytes[ARM_ID_MAX], id[ARM_ID_MAX + 1];
	struct text names = text_over(bytes, sizeof(bytes));

	if (!name || (row && row->within && !within))
		return NULL;
	text_add(&names, within ? within : "");
	text_add(&names, within ? "/" : "");
	text_add(&names, name);
	if (names.cut ||
	    !arm_id_make(id, NULL, reading_text(reading, values, "resource_group_name"), arm,
			 bytes))
		return NULL;
	return inventory_copy(reading->inventory, id);
}

const char *terraform_id(struct reading *reading, const char *type, struct node values)
{
	const struct type_row *row = row_of(type);
	const char *arm = row ? row->arm : terraform_resource_type(type);
	const char *id = reading_text(reading, values, "id");

	if (arm_id_is(id))
		return id;
	if (strcmp(type, "azapi_resource") == 0)
		return azapi_id(reading, values);
	if (!arm)
		return NULL;
	if (row && row->owner_id)
		return arm_id_inside(reading, plan_id(reading, values, row->owner_id),
				     strrchr(arm, '/') + 1, reading_text(reading, values, "name"));
	return made_id(reading, row, arm, values);
}
