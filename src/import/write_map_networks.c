/* VNets with their subnets, private endpoints, private DNS zones. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm_id.h"
#include "import/reading.h"
#include "import/write_map.h"

#define UNKNOWN_VNET "(unknown)" /* Azure allows no such name; of endpoints that no source places */
#define AZURE_DNS "168.63.129.16"
#define NAME_BYTES 254

static const struct thing *find(struct resolve *resolve, enum thing_kind kind, const char *id)
{
	return inventory_find(resolve->inventory, kind, id);
}

static void write_routes(struct writer *writer, struct resolve *resolve, const struct thing *subnet)
{
	const struct thing *table =
		find(resolve, THING_ROUTE_TABLE, thing_text(subnet, FACT_ROUTE_TABLE));
	struct things routes = { NULL, 0 };

	if (table)
		routes = write_map_sorted(resolve, THING_ROUTE, table);
	if (routes.count == 0)
		return;
	writer_open(writer, "routes", '[');
	for (size_t i = 0; i < routes.count; i++) {
		writer_open(writer, NULL, '{');
		write_map_text(writer, "prefix", routes.at[i], FACT_PREFIXES);
		write_map_text(writer, "next_hop_type", routes.at[i], FACT_NEXT_HOP_TYPE);
		write_map_text(writer, "next_hop", routes.at[i], FACT_NEXT_HOP);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

/* Texts, or an empty list: for members that must be there. */
static void write_list(struct writer *writer, const char *key, struct values values)
{
	if (values.count != 0) {
		writer_values(writer, key, values);
		return;
	}
	writer_open_line(writer, key);
	writer_close_line(writer);
}

static void write_subnet(struct writer *writer, struct resolve *resolve, const struct thing *subnet)
{
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", subnet->name);
	write_map_text(writer, "role", subnet, FACT_ROLE);
	writer_text(writer, "zone", resolve_zone(resolve, subnet));
	write_list(writer, "prefixes", thing_values(subnet, FACT_PREFIXES));
	write_map_text(writer, "private_endpoint_policies", subnet, FACT_ENDPOINT_POLICIES);
	writer_values(writer, "service_endpoints", thing_values(subnet, FACT_SERVICE_ENDPOINTS));
	write_routes(writer, resolve, subnet);
	write_map_id(writer, subnet);
	writer_close(writer, '}');
}

static bool is_in(struct resolve *resolve, const struct thing *subnet, const struct thing *vnet)
{
	char owner[ARM_ID_MAX + 1];

	return subnet->listed &&
	       arm_id_owner(subnet->id, "microsoft.network/virtualnetworks", owner) &&
	       find(resolve, THING_VNET, owner) == vnet;
}

static void write_subnets(struct writer *writer, struct resolve *resolve, const struct thing *vnet,
			  const struct things *subnets)
{
	bool open = false;

	for (size_t i = 0; i < subnets->count; i++) {
		if (!is_in(resolve, subnets->at[i], vnet))
			continue;
		if (!open)
			writer_open(writer, "subnets", '[');
		open = true;
		write_subnet(writer, resolve, subnets->at[i]);
	}
	if (open)
		writer_close(writer, ']');
}

static void write_peerings(struct writer *writer, struct resolve *resolve, const struct thing *vnet)
{
	struct values peers = thing_values(vnet, FACT_PEERINGS);
	const char **names = arena_take(resolve->inventory->arena, peers.count + 1, sizeof(*names));

	for (size_t i = 0; names && i < peers.count; i++) {
		const struct thing *peer = find(resolve, THING_VNET, peers.at[i]);

		names[i] = peer ? peer->label : peers.at[i];
	}
	if (names)
		writer_values(writer, "peerings", (struct values){ names, peers.count });
}

/* A VNet without DNS servers of its own asks Azure's. */
static struct values dns_servers(const struct thing *vnet)
{
	static const char *const azure[] = { AZURE_DNS };
	bool told = vnet->listed && thing_fact(vnet, FACT_PREFIXES);

	if (thing_fact(vnet, FACT_DNS_SERVERS) || !told)
		return thing_values(vnet, FACT_DNS_SERVERS);
	return (struct values){ azure, 1 };
}

static void write_vnet(struct writer *writer, struct resolve *resolve, const struct thing *vnet,
		       const struct things *subnets)
{
	if (!thing_fact(vnet, FACT_PREFIXES))
		resolve_say(resolve, vnet, HEARD_WARNING,
			    "VNet \"%.80s\" is only referred to, and its address space is not "
			    "known; give what az network vnet list prints",
			    vnet->name);
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", vnet->label);
	writer_text(writer, "zone", resolve_zone(resolve, vnet));
	write_list(writer, "address_space", thing_values(vnet, FACT_PREFIXES));
	writer_values(writer, "dns_servers", dns_servers(vnet));
	write_map_text(writer, "region", vnet, FACT_REGION);
	write_peerings(writer, resolve, vnet);
	write_subnets(writer, resolve, vnet, subnets);
	write_map_id(writer, vnet);
	writer_close(writer, '}');
}

static const char *first_ip(const struct thing *endpoint)
{
	for (struct thing *name = resolve_first_inside(endpoint, THING_ENDPOINT_NAME); name;
	     name = resolve_next_inside(name)) {
		if (thing_text(name, FACT_IPS))
			return thing_text(name, FACT_IPS);
	}
	return NULL;
}

static const struct thing *vnet_of(struct resolve *resolve, const struct thing *endpoint)
{
	const struct thing *vnet =
		resolve_vnet_of(resolve, thing_text(endpoint, FACT_SUBNET), endpoint);

	return vnet ? vnet : resolve_vnet_at(resolve, first_ip(endpoint));
}

/* One that the owner of the resource has not approved, or no longer does, leads nowhere. */
static bool leads_nowhere(const struct thing *endpoint)
{
	const char *status = thing_text(endpoint, FACT_STATUS);

	return status && *status && strcasecmp(status, "Approved") != 0;
}

static void write_vnets(struct writer *writer, struct resolve *resolve,
			const struct things *endpoints)
{
	struct things vnets = write_map_sorted(resolve, THING_VNET, NULL);
	struct things subnets = write_map_sorted(resolve, THING_SUBNET, NULL);
	bool unknown = false;

	writer_open(writer, "vnets", '[');
	for (size_t i = 0; i < vnets.count; i++)
		write_vnet(writer, resolve, vnets.at[i], &subnets);
	for (size_t i = 0; i < endpoints->count; i++)
		unknown |= !leads_nowhere(endpoints->at[i]) && !vnet_of(resolve, endpoints->at[i]);
	if (unknown) {
		writer_open(writer, NULL, '{');
		writer_text(writer, "name", UNKNOWN_VNET);
		write_list(writer, "address_space", (struct values){ NULL, 0 });
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

/* Without the label by which certificates are asked for: both names have one private name. */
static const char *without_cert(const char *fqdn, char bytes[NAME_BYTES])
{
	const char *cert = strstr(fqdn, ".cert.api.");
	struct text text = text_over(bytes, NAME_BYTES);

	if (!cert || !strstr(fqdn, ".workspace."))
		return fqdn;
	text_add_bytes(&text, fqdn, (size_t)(cert - fqdn));
	text_add(&text, cert + strlen(".cert"));
	return bytes;
}

/* Where the private zone of a name puts it: contoso.privatelink.openai.azure.com. NULL: not known. */
static const char *private_name(struct resolve *resolve, const char *fqdn, char bytes[NAME_BYTES])
{
	struct catalog_match match;
	char back[CATALOG_NAME_MAX + 1], own[NAME_BYTES];
	struct text text = text_over(bytes, NAME_BYTES);

	fqdn = without_cert(fqdn, own);
	if (!resolve->catalog || !catalog_find(resolve->catalog, fqdn, &match) ||
	    !match.private_zone || strchr(match.private_zone, '{'))
		return NULL;
	const char *dot = strchr(match.private_zone, '.');
	size_t length = strlen(fqdn), tail = dot ? strlen(dot) : 0; /* .openai.azure.com */
	bool same = dot && length > tail && strcasecmp(fqdn + length - tail, dot) == 0;

	text_add_bytes(&text, fqdn, same ? length - tail : strcspn(fqdn, "."));
	text_add(&text, ".");
	text_add(&text, match.private_zone);
	if (text.cut || !catalog_public_name(resolve->catalog, bytes, back) ||
	    strcasecmp(back, fqdn) != 0)
		return NULL;
	return bytes;
}

static void write_endpoint(struct writer *writer, struct resolve *resolve, const struct thing *name)
{
	const char *told = thing_text(name, FACT_PRIVATE_NAME);
	char bytes[NAME_BYTES];

	writer_open(writer, NULL, '{');
	writer_text(writer, "fqdn", name->name);
	writer_text(writer, "private_dns_name",
		    told ? told : private_name(resolve, name->name, bytes));
	write_list(writer, "ips", thing_values(name, FACT_IPS));
	writer_close(writer, '}');
}

static const char *category(struct resolve *resolve, const struct things *names)
{
	struct catalog_match match;

	return names->count != 0 && resolve->catalog &&
			       catalog_find(resolve->catalog, names->at[0]->name, &match)
		       ? match.service->category
		       : NULL;
}

static void complain(struct resolve *resolve, const struct thing *endpoint,
		     const struct things *names)
{
	if (names->count == 0)
		resolve_say(resolve, endpoint, HEARD_WARNING,
			    "no names of private endpoint \"%.80s\" are known; give what az "
			    "network nic list prints",
			    endpoint->name);
	else if (!first_ip(endpoint))
		resolve_say(resolve, endpoint, HEARD_WARNING,
			    "no address of private endpoint \"%.80s\" is known; give what az "
			    "network nic list prints when it is deployed",
			    endpoint->name);
	else if (!vnet_of(resolve, endpoint))
		resolve_say(resolve, endpoint, HEARD_WARNING,
			    "the VNet of private endpoint \"%.80s\" is not known; give what az "
			    "network private-endpoint list and az network vnet list print",
			    endpoint->name);
}

static void write_private_endpoint(struct writer *writer, struct resolve *resolve,
				   const struct thing *endpoint)
{
	struct things names = write_map_sorted(resolve, THING_ENDPOINT_NAME, endpoint);
	const struct thing *vnet = vnet_of(resolve, endpoint);
	const struct thing *subnet = find(resolve, THING_SUBNET, thing_text(endpoint, FACT_SUBNET));
	const char *target = thing_text(endpoint, FACT_TARGET);

	complain(resolve, endpoint, &names);
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", endpoint->label);
	writer_text(writer, "vnet", vnet ? vnet->label : UNKNOWN_VNET);
	writer_text(writer, "subnet",
		    subnet && vnet && is_in(resolve, subnet, vnet) ? subnet->name : NULL);
	writer_text(writer, "category", category(resolve, &names));
	writer_text(writer, "resource_id", target && !strstr(target, "/?/") ? target : NULL);
	write_map_text(writer, "group_id", endpoint, FACT_GROUP_ID);
	writer_open(writer, "endpoints", '[');
	for (size_t i = 0; i < names.count; i++)
		write_endpoint(writer, resolve, names.at[i]);
	writer_close(writer, ']');
	writer_close(writer, '}');
}

static void write_private_endpoints(struct writer *writer, struct resolve *resolve,
				    const struct things *endpoints)
{
	writer_open(writer, "private_endpoints", '[');
	for (size_t i = 0; i < endpoints->count; i++) {
		const struct thing *endpoint = endpoints->at[i];

		if (leads_nowhere(endpoint))
			resolve_say(resolve, endpoint, HEARD_NOTE,
				    "private endpoint \"%.80s\" is %.40s and leads nowhere; it was "
				    "left out",
				    endpoint->name, thing_text(endpoint, FACT_STATUS));
		else
			write_private_endpoint(writer, resolve, endpoint);
	}
	writer_close(writer, ']');
}

static void write_record(struct writer *writer, const struct thing *record)
{
	const char *space = strchr(record->name, ' ');
	bool is_alias = thing_fact(record, FACT_FQDNS) != NULL;
	char type[16] = "";
	struct text text = text_over(type, sizeof(type));

	if (!space)
		return;
	text_add_bytes(&text, record->name, (size_t)(space - record->name));
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", space + 1);
	writer_text(writer, "type", type);
	writer_values(writer, "values", thing_values(record, is_alias ? FACT_FQDNS : FACT_IPS));
	writer_close(writer, '}');
}

/* The strictest thing to know: one link that falls back to the internet is enough. */
static const char *policy_of(struct resolve *resolve, const struct thing *zone)
{
	const char *policy = thing_text(zone, FACT_POLICY), *other = NULL;

	for (struct thing *link = resolve_first_inside(zone, THING_LINK); link;
	     link = resolve_next_inside(link)) {
		const char *own = thing_text(link, FACT_POLICY);

		if (own && policy && strcasecmp(own, policy) != 0)
			other = link->name;
		if (own && (!policy || strcasecmp(own, "NxDomainRedirect") == 0))
			policy = own;
	}
	if (other)
		resolve_say(resolve, zone, HEARD_NOTE,
			    "the links of zone \"%.120s\" differ in their resolution policy; "
			    "%.40s is taken for all",
			    zone->name, policy);
	return policy;
}

static void write_zone(struct writer *writer, struct resolve *resolve, const struct thing *zone)
{
	struct things links = write_map_sorted(resolve, THING_LINK, zone);
	struct things records = write_map_sorted(resolve, THING_RECORD, zone);
	const char **linked =
		arena_take(resolve->inventory->arena, links.count + 1, sizeof(*linked));
	size_t count = 0;

	if (!reading_name_ok(zone->name)) {
		resolve_say(resolve, zone, HEARD_WARNING,
			    "\"%.80s\" is no name for a DNS zone; it was left out", zone->name);
		return;
	}
	for (size_t i = 0; linked && i < links.count; i++) {
		const struct thing *vnet =
			find(resolve, THING_VNET, thing_text(links.at[i], FACT_VNET));

		if (vnet)
			linked[count++] = vnet->label;
	}
	writer_open(writer, NULL, '{');
	writer_text(writer, "zone", zone->name);
	writer_text(writer, "resolution_policy", policy_of(resolve, zone));
	writer_values(writer, "linked_vnets", (struct values){ linked, count });
	writer_open(writer, "records", '[');
	for (size_t i = 0; i < records.count; i++)
		write_record(writer, records.at[i]);
	writer_close(writer, ']');
	writer_close(writer, '}');
}

void write_map_networks(struct writer *writer, struct resolve *resolve)
{
	struct things endpoints = write_map_sorted(resolve, THING_PRIVATE_ENDPOINT, NULL);
	struct things zones = write_map_sorted(resolve, THING_ZONE, NULL);

	write_vnets(writer, resolve, &endpoints);
	write_private_endpoints(writer, resolve, &endpoints);
	writer_open(writer, "private_dns_zones", '[');
	for (size_t i = 0; i < zones.count; i++)
		write_zone(writer, resolve, zones.at[i]);
	writer_close(writer, ']');
}
