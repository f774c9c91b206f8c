/* Fields that map version 1 does not have, by a table of those that it has.
 *
 * They are no error: a newer map may carry more. But a misspelt optional field reads as an absent one,
 * silently, so each is named, with the field that was probably meant.
 */
#include <string.h>

#include "base/spelling.h"
#include "judge/map_model.h"

#define FIELDS_MAX 16

enum shape {
	SHAPE_NONE, /* a value that is looked at elsewhere */
	SHAPE_MAP,
	SHAPE_VNET,
	SHAPE_SUBNET,
	SHAPE_PRIVATE_ENDPOINT,
	SHAPE_ENDPOINT,
	SHAPE_ZONE,
	SHAPE_RECORD,
	SHAPE_EGRESS,
	SHAPE_RESOLVER,
	SHAPE_PLATFORM,
	SHAPE_CROSS_ZONE,
	SHAPE_CROSSING,
	SHAPE_ADMIN,
	SHAPE_ROUTE,
	SHAPE_RESOURCE,
	SHAPE_DEPLOYMENT,
	SHAPE_COMPUTE,
	SHAPE_SCHEDULE,
	SHAPE_ON_PREMISES,
	SHAPE_GENERATED,
	SHAPES
};

struct field {
	const char *name;
	enum shape shape; /* of the object, or of each element of the list, that it holds */
};

static const struct field fields[SHAPES][FIELDS_MAX] = {
	[SHAPE_MAP] = { { "version", SHAPE_NONE },
			{ "vnets", SHAPE_VNET },
			{ "private_endpoints", SHAPE_PRIVATE_ENDPOINT },
			{ "private_dns_zones", SHAPE_ZONE },
			{ "allowed_egress", SHAPE_EGRESS },
			{ "resolvers", SHAPE_RESOLVER },
			{ "platform", SHAPE_PLATFORM },
			{ "cross_zone", SHAPE_CROSS_ZONE },
			{ "compute_admin", SHAPE_ADMIN },
			{ "resources", SHAPE_RESOURCE },
			{ "compute", SHAPE_COMPUTE },
			{ "schedules", SHAPE_SCHEDULE },
			{ "on_premises", SHAPE_ON_PREMISES },
			{ "generated", SHAPE_GENERATED },
			{ "$schema", SHAPE_NONE } },
	[SHAPE_VNET] = { { "name", SHAPE_NONE },
			 { "zone", SHAPE_NONE },
			 { "address_space", SHAPE_NONE },
			 { "dns_servers", SHAPE_NONE },
			 { "subnets", SHAPE_SUBNET },
			 { "resource_id", SHAPE_NONE },
			 { "region", SHAPE_NONE },
			 { "peerings", SHAPE_NONE } },
	[SHAPE_SUBNET] = { { "name", SHAPE_NONE },
			   { "role", SHAPE_NONE },
			   { "prefixes", SHAPE_NONE },
			   { "zone", SHAPE_NONE },
			   { "schedule", SHAPE_NONE },
			   { "private_endpoint_policies", SHAPE_NONE },
			   { "service_endpoints", SHAPE_NONE },
			   { "resource_id", SHAPE_NONE },
			   { "routes", SHAPE_ROUTE } },
	[SHAPE_PRIVATE_ENDPOINT] = { { "name", SHAPE_NONE },
				     { "vnet", SHAPE_NONE },
				     { "subnet", SHAPE_NONE },
				     { "category", SHAPE_NONE },
				     { "allowed_zones", SHAPE_NONE },
				     { "resource_id", SHAPE_NONE },
				     { "group_id", SHAPE_NONE },
				     { "endpoints", SHAPE_ENDPOINT } },
	[SHAPE_ENDPOINT] = { { "fqdn", SHAPE_NONE },
			     { "private_dns_name", SHAPE_NONE },
			     { "ips", SHAPE_NONE } },
	[SHAPE_ZONE] = { { "zone", SHAPE_NONE },
			 { "linked_vnets", SHAPE_NONE },
			 { "records", SHAPE_RECORD },
			 { "resolution_policy", SHAPE_NONE } },
	[SHAPE_RECORD] = { { "name", SHAPE_NONE },
			   { "type", SHAPE_NONE },
			   { "values", SHAPE_NONE } },
	[SHAPE_EGRESS] = { { "fqdn", SHAPE_NONE },
			   { "cidr", SHAPE_NONE },
			   { "zones", SHAPE_NONE },
			   { "ports", SHAPE_NONE },
			   { "category", SHAPE_NONE },
			   { "ips", SHAPE_NONE } },
	[SHAPE_RESOLVER] = { { "ip", SHAPE_NONE },
			     { "kind", SHAPE_NONE },
			     { "zones", SHAPE_NONE },
			     { "ports", SHAPE_NONE } },
	[SHAPE_PLATFORM] = { { "ip", SHAPE_NONE },
			     { "role", SHAPE_NONE },
			     { "ports", SHAPE_NONE } },
	[SHAPE_CROSS_ZONE] = { { "default", SHAPE_NONE }, { "allowed", SHAPE_CROSSING } },
	[SHAPE_CROSSING] = { { "from_zone", SHAPE_NONE }, { "to", SHAPE_NONE } },
	[SHAPE_ADMIN] = { { "ssh_allowed_sources", SHAPE_NONE },
			  { "rdp_allowed_sources", SHAPE_NONE } },
	[SHAPE_ROUTE] = { { "prefix", SHAPE_NONE },
			  { "next_hop_type", SHAPE_NONE },
			  { "next_hop", SHAPE_NONE } },
	[SHAPE_RESOURCE] = { { "name", SHAPE_NONE },
			     { "type", SHAPE_NONE },
			     { "kind", SHAPE_NONE },
			     { "resource_id", SHAPE_NONE },
			     { "region", SHAPE_NONE },
			     { "zone", SHAPE_NONE },
			     { "fqdns", SHAPE_NONE },
			     { "workspace_guid", SHAPE_NONE },
			     { "public_network_access", SHAPE_NONE },
			     { "local_auth", SHAPE_NONE },
			     { "firewall", SHAPE_NONE },
			     { "deployments", SHAPE_DEPLOYMENT } },
	[SHAPE_DEPLOYMENT] = { { "name", SHAPE_NONE },
			       { "model", SHAPE_NONE },
			       { "model_version", SHAPE_NONE },
			       { "sku", SHAPE_NONE },
			       { "capacity", SHAPE_NONE },
			       { "requests_per_minute", SHAPE_NONE },
			       { "tokens_per_minute", SHAPE_NONE },
			       { "content_filter", SHAPE_NONE } },
	[SHAPE_COMPUTE] = { { "name", SHAPE_NONE },
			    { "type", SHAPE_NONE },
			    { "resource_id", SHAPE_NONE },
			    { "ips", SHAPE_NONE },
			    { "public_ip", SHAPE_NONE },
			    { "ssh_public", SHAPE_NONE },
			    { "managed_identity", SHAPE_NONE },
			    { "identity_resources", SHAPE_NONE },
			    { "schedule", SHAPE_NONE },
			    { "idle_shutdown_s", SHAPE_NONE } },
	[SHAPE_SCHEDULE] = { { "name", SHAPE_NONE },
			     { "time_zone", SHAPE_NONE },
			     { "active", SHAPE_NONE } },
	[SHAPE_ON_PREMISES] = { { "name", SHAPE_NONE },
				{ "prefixes", SHAPE_NONE },
				{ "zone", SHAPE_NONE } },
	[SHAPE_GENERATED] = { { "by", SHAPE_NONE },
			      { "at", SHAPE_NONE },
			      { "sources", SHAPE_NONE } },
};

static const struct field *find_field(enum shape shape, const char *name)
{
	for (size_t i = 0; i < FIELDS_MAX && fields[shape][i].name; i++) {
		if (strcmp(fields[shape][i].name, name) == 0)
			return &fields[shape][i];
	}
	return NULL;
}

static void say_unknown(struct map_lint *lint, enum shape shape, const struct json_value *member)
{
	const char *names[FIELDS_MAX];

	for (size_t i = 0; i < FIELDS_MAX; i++)
		names[i] = fields[shape][i].name;
	const char *near = spelling_nearest(json_key(member), names, FIELDS_MAX);
	if (near)
		map_lint_say(lint, MAP_WARNING, member,
			     "unknown field \"%.60s\" is passed over; did you mean \"%s\"?",
			     json_key(member), near);
	else
		map_lint_say(
			lint, MAP_NOTE, member,
			"unknown field \"%.60s\" is passed over; remove it if it is no comment "
			"of yours",
			json_key(member));
}

static void check_object(struct map_lint *lint, enum shape shape, const struct json_value *object)
{
	for (const struct json_value *m = json_first(object); m; m = json_next(m)) {
		const struct field *field = find_field(shape, json_key(m));

		/* How an entry came to be, of any shape: docs/learn.md. */
		if (!field && strcmp(json_key(m), "learned") != 0)
			say_unknown(lint, shape, m);
		if (!field || field->shape == SHAPE_NONE)
			continue;
		/* Recursion follows the table, four shapes deep. */
		if (json_type(m) == JSON_OBJECT)
			check_object(lint, field->shape, m);
		for (const struct json_value *e = json_first(m); e && json_type(m) == JSON_ARRAY;
		     e = json_next(e))
			check_object(lint, field->shape, e);
	}
}

void map_check_fields(struct map_lint *lint)
{
	check_object(lint, SHAPE_MAP, json_root(lint->map->json));
}
