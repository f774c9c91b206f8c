#include "judge/coverage.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define SCOPE_MAX 160
#define REASON_MAX 400

static const char *const vantages[VANTAGES] = {
	[VANTAGE_UNKNOWN] = "unknown",
	[VANTAGE_HOST] = "host",
	[VANTAGE_NVA] = "nva",
	[VANTAGE_MIRROR] = "mirror",
};

static const char none[] = "not_observable", partly[] = "partial";

struct listing {
	const struct coverage_question *question;
	void (*say)(void *context, const struct coverage *item);
	void *context;
	size_t count;
};

const char *coverage_vantage_name(enum vantage vantage)
{
	return vantages[vantage];
}

bool coverage_vantage_named(const char *name, enum vantage *vantage)
{
	for (int i = VANTAGE_HOST; i < VANTAGES; i++) {
		if (strcmp(vantages[i], name) == 0) {
			*vantage = (enum vantage)i;
			return true;
		}
	}
	return false;
}

static void say(struct listing *listing, const struct coverage *item)
{
	listing->count++;
	listing->say(listing->context, item);
}

/* What holds at a vantage, whatever the map says (Azure's routing: learn.microsoft.com, private endpoint
 * network policies; what is IP address 168.63.129.16; virtual network TAP; Gateway Load Balancer). */
static const struct {
	uint8_t vantage;
	struct coverage item;
} facts[] = {
	{ VANTAGE_UNKNOWN,
	  { "vantage", NULL, partly,
	    "it was not said where the capture was taken, so what could not be seen there is not known",
	    "give --vantage host, nva or mirror" } },
	{ VANTAGE_NVA,
	  { "imds", NULL, none,
	    "requests to the metadata service (169.254.169.254) never leave a host",
	    "capture on the hosts" } },
	{ VANTAGE_NVA,
	  { "platform_dns", NULL, none,
	    "questions to 168.63.129.16 leave from the node under a host, not through an appliance: names rest on SNI and Host alone",
	    "point the VNets' DNS servers at a resolver that is reached through the appliance" } },
	{ VANTAGE_NVA,
	  { "same_subnet", NULL, none,
	    "traffic inside a VNet passes an appliance only where a route sends it there",
	    "mirror the hosts (virtual network TAP), or capture on them" } },
	{ VANTAGE_NVA,
	  { "managed_vnet", NULL, none,
	    "compute in a managed VNet (Azure ML, Foundry) uses Microsoft's network, not yours",
	    "use the workspace's outbound rules and Azure's own logs for it" } },
	{ VANTAGE_MIRROR,
	  { "imds", NULL, none,
	    "requests to the metadata service (169.254.169.254) never leave a host",
	    "capture on the hosts" } },
	{ VANTAGE_MIRROR,
	  { "mirror_source", NULL, partly,
	    "only what is mirrored is here, and a mirror drops silently when it is overloaded",
	    "compare with VNet flow logs" } },
	{ VANTAGE_HOST,
	  { "this_host", NULL, partly, "only this host's own traffic is here", NULL } },
};

static void list_facts(struct listing *listing)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].vantage == listing->question->vantage)
			say(listing, &facts[i].item);
}

/* "vnet-prod/snet-compute" */
static void name_subnet(char scope[SCOPE_MAX], const struct map_subnet *subnet)
{
	struct text text = text_over(scope, SCOPE_MAX);

	text_add_short(&text, subnet->vnet->name, SCOPE_MAX / 2 - 2);
	text_add(&text, "/");
	text_add_short(&text, subnet->name, SCOPE_MAX / 2 - 2);
}

/* privateEndpointNetworkPolicies that let routes apply to private endpoints. */
static bool routes_apply(const struct map_subnet *subnet)
{
	const char *policies = subnet->private_endpoint_policies;

	return policies && (strcasecmp(policies, "Enabled") == 0 ||
			    strcasecmp(policies, "RouteTableEnabled") == 0);
}

static bool sends_to_appliance(const struct map_subnet *subnet)
{
	for (size_t i = 0; i < subnet->route_count; i++)
		if (strcasecmp(subnet->routes[i].next_hop_type, "VirtualAppliance") == 0)
			return true;
	return false;
}

static bool is_role(const struct map_subnet *subnet, const char *role)
{
	return subnet->role && strcmp(subnet->role, role) == 0;
}

static void list_endpoint_subnet(struct listing *listing, const struct map_subnet *subnet)
{
	char scope[SCOPE_MAX];
	struct coverage item = {
		.id = "private_endpoints",
		.scope = scope,
		.level = none,
		.reason =
			"a private endpoint puts a /32 route into its VNet and those peered with it, so "
			"traffic to it goes past the appliance: only what leaks is seen, and not what "
			"is right",
		.remedy =
			"set privateEndpointNetworkPolicies of the subnet to RouteTableEnabled, and "
			"route its prefix to the appliance",
	};

	name_subnet(scope, subnet);
	if (routes_apply(subnet)) {
		item.level = partly;
		item.reason =
			"routes apply to the private endpoints of this subnet: traffic from subnets "
			"that send it to the appliance is seen, from others not";
		item.remedy = NULL;
	}
	say(listing, &item);
}

static void list_compute_subnet(struct listing *listing, const struct map_subnet *subnet)
{
	char scope[SCOPE_MAX];
	const struct coverage item = {
		.id = "no_route",
		.scope = scope,
		.level = none,
		.reason =
			"no route of this subnet in the map leads to an appliance: what its hosts send "
			"does not pass here",
		.remedy = "give the subnet a route table, or import the one that it has",
	};

	name_subnet(scope, subnet);
	if (!sends_to_appliance(subnet))
		say(listing, &item);
}

static void list_service_endpoints(struct listing *listing, const struct map_subnet *subnet)
{
	char scope[SCOPE_MAX], reason[REASON_MAX];
	struct text text = text_over(reason, sizeof(reason));
	const struct coverage item = { .id = "service_endpoints",
				       .scope = scope,
				       .level = none,
				       .reason = reason,
				       .remedy = "use private endpoints in the place of service "
						 "endpoints" };

	name_subnet(scope, subnet);
	text_add(&text, "traffic to ");
	for (size_t i = 0; subnet->service_endpoints[i]; i++) {
		text_add(&text, i == 0 ? "" : ", ");
		text_add_short(&text, subnet->service_endpoints[i], 60);
	}
	text_add(&text, " leaves this subnet by service endpoints, past the appliance");
	say(listing, &item);
}

static void list_subnets(struct listing *listing)
{
	const struct coverage_question *question = listing->question;

	if (!question->map || question->vantage != VANTAGE_NVA)
		return;
	for (size_t i = 0; i < map_subnet_count(question->map); i++) {
		const struct map_subnet *subnet = map_subnet(question->map, i);

		if (is_role(subnet, "private-endpoints"))
			list_endpoint_subnet(listing, subnet);
		else if (!is_role(subnet, "appliance"))
			list_compute_subnet(listing, subnet);
		if (subnet->service_endpoints && subnet->service_endpoints[0])
			list_service_endpoints(listing, subnet);
	}
}

/* Peered VNets talk to each other directly, unless routes as long as the peering's say otherwise.
 * An item for each direction: the routes of an end decide what leaves there. */
static void list_peering(struct listing *listing, const struct map_vnet *vnet, const char *name,
			 const struct map_vnet *peer)
{
	char scope[SCOPE_MAX];
	struct text text = text_over(scope, sizeof(scope));
	size_t sent = 0, senders = 0;
	struct coverage item = {
		.id = "peering",
		.scope = scope,
		.level = none,
		.reason = "a peering's own routes lead straight to the other VNet: what is sent "
			  "there does not pass here",
		.remedy = "route the other VNet's whole prefixes to the appliance: 0.0.0.0/0 is "
			  "less specific than the peering's route",
	};

	for (size_t i = 0; peer && i < map_subnet_count(listing->question->map); i++) {
		const struct map_subnet *subnet = map_subnet(listing->question->map, i);

		if (subnet->vnet != vnet || is_role(subnet, "appliance") ||
		    is_role(subnet, "private-endpoints"))
			continue;
		senders++;
		sent += map_routes_to_appliance(subnet, peer);
	}
	if (peer && sent == senders)
		return;
	if (!peer || sent != 0)
		item.level = partly;
	if (!peer) {
		item.reason = "the peered VNet is not in the map, so whether routes send its "
			      "traffic to the appliance is not known";
		item.remedy = "import that VNet too";
	} else if (sent != 0) {
		item.reason = "some subnets send what is for the peered VNet to an appliance, "
			      "others straight there";
	}
	text_add_short(&text, vnet->name, SCOPE_MAX / 2 - 4);
	text_add(&text, " to ");
	text_add_short(&text, peer ? peer->name : name, SCOPE_MAX / 2 - 4);
	say(listing, &item);
}

static void list_peerings(struct listing *listing)
{
	const struct map *map = listing->question->map;

	if (!map || listing->question->vantage != VANTAGE_NVA)
		return;
	for (size_t i = 0; i < map_vnet_count(map); i++) {
		const struct map_vnet *vnet = map_vnet(map, i), *peer;
		const char *name;

		for (size_t at = 0; (name = map_peering(map, vnet, at, &peer)) != NULL; at++)
			list_peering(listing, vnet, name, peer);
	}
}

static void list_seen(struct listing *listing)
{
	const struct coverage_seen *seen = listing->question->seen;
	const struct coverage damaged = { "damaged_capture", NULL, partly,
					  "part of the captures could not be read", NULL };
	const struct coverage cut = {
		"snapshot_length", NULL, partly,
		"packets were cut by the snapshot length: names may be missing",
		"capture whole packets (tcpdump -s 0)"
	};
	const struct coverage lost = { "loss", NULL, partly,
				       "packets or flows were lost to a limit; see the statistics",
				       "raise the limit that the statistics name" };
	const struct coverage no_dns = {
		"no_dns", NULL, partly,
		"no DNS answer was seen: names are claims of the clients, and leaks in DNS cannot be seen",
		"capture where the clients' DNS passes too"
	};
	const struct coverage midstream = {
		"midstream", NULL, partly,
		"more than a tenth of the flows had begun before the capture: their names are missing, "
		"and who opened them is a guess",
		NULL
	};
	const struct coverage tags = {
		"service_tags_stale", NULL, partly,
		"the list of service tags is more than four weeks older than the "
		"traffic: prefixes move between services",
		"take a list of that week"
	};

	if (seen->damaged_files != 0)
		say(listing, &damaged);
	if (seen->cut_packets != 0)
		say(listing, &cut);
	if (seen->lost != 0)
		say(listing, &lost);
	if (seen->flows != 0 && seen->dns_answers == 0)
		say(listing, &no_dns);
	if (seen->midstream > seen->flows / 10)
		say(listing, &midstream);
	if (seen->tags_days_old != 0)
		say(listing, &tags);
}

bool coverage_has(const struct rule_view *rule, enum vantage vantage)
{
	static const uint8_t bits[VANTAGES] = {
		[VANTAGE_HOST] = RULE_ON_HOST,
		[VANTAGE_NVA] = RULE_ON_NVA,
		[VANTAGE_MIRROR] = RULE_ON_MIRROR,
	};

	return rule->vantage == 0 || vantage == VANTAGE_UNKNOWN || rule->vantage & bits[vantage];
}

static void list_rules(struct listing *listing)
{
	const struct coverage_question *question = listing->question;
	char reason[REASON_MAX];

	for (size_t i = 0; question->rules && i < rules_count(question->rules); i++) {
		const struct rule_view rule = rules_at(question->rules, i);
		struct text text = text_over(reason, sizeof(reason));
		const struct coverage item = {
			.id = "rule", .scope = rule.info->id, .level = none, .reason = reason
		};

		if (coverage_has(&rule, question->vantage))
			continue;
		text_add(&text, "not observable from ");
		text_add(&text, question->vantage == VANTAGE_NVA      ? "an appliance: "
				: question->vantage == VANTAGE_MIRROR ? "a mirror: "
								      : "a host: ");
		text_add_short(&text, rule.info->title, 200);
		say(listing, &item);
	}
}

size_t coverage_list(const struct coverage_question *question,
		     void (*tell)(void *context, const struct coverage *item), void *context)
{
	struct listing listing = { .question = question, .say = tell, .context = context };

	list_facts(&listing);
	list_subnets(&listing);
	list_peerings(&listing);
	list_seen(&listing);
	list_rules(&listing);
	return listing.count;
}
