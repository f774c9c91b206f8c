/* The rules, in order. First match wins; the last row catches all: no implicit allow.
 *
 * The order is the meaning. What is certain whatever the name (token requests, platform, DNS, who may
 * administer what) comes before what depends on names; a name at a place where it cannot be comes
 * before what would be said of the name or the place alone; findings come before what would excuse
 * them; `expected` rows come last but for the leftovers. A credential in the clear is told of
 * destinations that nothing else is wrong with.
 *
 * A condition reads facts and decides nothing else, so that rules can become data: each row is a
 * filter over struct judge_case.
 */
#include "judge/judge_rule.h"

#include <string.h>

#define CREDENTIALS                                                                                \
	(CREDENTIAL_API_KEY | CREDENTIAL_BEARER | CREDENTIAL_BASIC | CREDENTIAL_OTHER_AUTH |       \
	 CREDENTIAL_SAS | CREDENTIAL_LOGIN) /* a cookie may be anything */

enum {
	PROTOCOL_UDP = 17,
	PORT_DHCP_FIRST = 67,
	PORT_DHCP_LAST = 68,
	PORT_DHCP6_FIRST = 546,
	PORT_DHCP6_LAST = 547
};

static bool is_role(const struct place *place, const char *role)
{
	return place->role && strcmp(place->role, role) == 0;
}

static bool is_category(const struct judge_case *facts, const char *category)
{
	return facts->is_known && strcmp(facts->match.service->category, category) == 0;
}

static bool is_inside(const struct place *place)
{
	return place->kind == PLACE_MAPPED || place->kind == PLACE_ENDPOINT;
}

static bool is_outside(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_PUBLIC;
}

static bool bad_token_request(const struct judge_case *facts)
{
	return facts->flow->imds == IMDS_TOKEN &&
	       (facts->flow->imds_no_metadata_header || facts->flow->imds_forwarded);
}

static bool token_request(const struct judge_case *facts)
{
	return facts->flow->imds == IMDS_TOKEN;
}

static bool is_dhcp(const struct judge_flow *flow)
{
	uint16_t port = flow->dst_port, from = flow->src_port;

	return flow->protocol == PROTOCOL_UDP &&
	       ((port >= PORT_DHCP_FIRST && port <= PORT_DHCP_LAST && from >= PORT_DHCP_FIRST &&
		 from <= PORT_DHCP_LAST) ||
		(port >= PORT_DHCP6_FIRST && port <= PORT_DHCP6_LAST && from >= PORT_DHCP6_FIRST &&
		 from <= PORT_DHCP6_LAST));
}

static bool housekeeping(const struct judge_case *facts)
{
	uint8_t to = facts->dst.kind, from = facts->src.kind;

	if (to == PLACE_GROUP || to == PLACE_SELF || from == PLACE_SELF)
		return true;
	if (is_dhcp(facts->flow))
		return to != PLACE_PUBLIC && from != PLACE_PUBLIC;
	return to == PLACE_LINK_LOCAL && from == PLACE_LINK_LOCAL;
}

static bool platform(const struct judge_case *facts)
{
	if (facts->is_dns)
		return false;
	return facts->src.kind == PLACE_PLATFORM ||
	       map_platform_role(facts->map, &facts->flow->dst, facts->flow->dst_port);
}

static bool leak_of_own(const struct judge_case *facts)
{
	return facts->leak == LEAK_SEEN || facts->leak == LEAK_PUBLIC ||
	       facts->leak == LEAK_PRIVATE;
}

static bool leak_absent(const struct judge_case *facts)
{
	return facts->leak == LEAK_ABSENT;
}

static bool leak_hidden(const struct judge_case *facts)
{
	return facts->leak == LEAK_HIDDEN;
}

static bool leak_stray(const struct judge_case *facts)
{
	return facts->leak == LEAK_STRAY;
}

static bool resolver_bypass(const struct judge_case *facts)
{
	return facts->is_dns && !facts->resolver_approved;
}

/* A resolver's name that the map allows by name is no bypass. */
static bool encrypted_resolver_bypass(const struct judge_case *facts)
{
	return facts->is_encrypted_dns && !facts->resolver_approved &&
	       !(facts->egress && facts->egress_by_name);
}

static bool resolver_approved(const struct judge_case *facts)
{
	return (facts->is_dns || facts->is_encrypted_dns) && facts->resolver_approved;
}

/* Compute: what is inside and is neither an endpoint nor there to be passed through. */
static bool admin_of_compute(const struct judge_case *facts)
{
	return facts->is_admin && facts->dst.kind == PLACE_MAPPED &&
	       !is_role(&facts->dst, "private-endpoints") && !is_role(&facts->dst, "appliance");
}

static bool admin_allowed(const struct judge_case *facts)
{
	return admin_of_compute(facts) &&
	       map_admin_allowed(facts->map, facts->is_rdp_like, &facts->flow->src);
}

static bool admin_from_public(const struct judge_case *facts)
{
	return admin_of_compute(facts) && facts->src.kind == PLACE_PUBLIC && !admin_allowed(facts);
}

static bool admin(const struct judge_case *facts)
{
	return admin_of_compute(facts) && !admin_allowed(facts);
}

static bool inbound(const struct judge_case *facts)
{
	return facts->src.kind == PLACE_PUBLIC && is_inside(&facts->dst) && !admin_allowed(facts);
}

static bool foreign_name_at_endpoint(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_ENDPOINT && facts->is_claim && !facts->is_served;
}

static bool own_name_elsewhere_inside(const struct judge_case *facts)
{
	return facts->named && !facts->is_served && facts->dst.kind != PLACE_PUBLIC;
}

static bool own_name_contradicted(const struct judge_case *facts)
{
	return facts->named && is_outside(facts) && facts->is_contradicted;
}

static bool own_address_other_name(const struct judge_case *facts)
{
	return is_outside(facts) && facts->told_is_ours;
}

static bool allowed_name_elsewhere(const struct judge_case *facts)
{
	return facts->egress && facts->egress_by_name && !facts->named && is_outside(facts) &&
	       (facts->egress_elsewhere || facts->is_contradicted);
}

static bool cloud_name_inside(const struct judge_case *facts)
{
	return facts->is_known && !facts->named && facts->name.source != NAME_MAP &&
	       !is_category(facts, "public-resolver") &&
	       (facts->dst.kind == PLACE_MAPPED || facts->dst.kind == PLACE_PRIVATE) &&
	       !(facts->egress && facts->egress_by_name);
}

static bool endpoint_crossing(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_ENDPOINT && !facts->zone_may;
}

static bool direct_crossing(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_MAPPED && facts->is_crossing && !admin_allowed(facts);
}

static bool bypass(const struct judge_case *facts)
{
	return facts->named && is_outside(facts);
}

/* Findings about a service hold unless the map allows the very name; a prefix allows no service. */
static bool reaches_service(const struct judge_case *facts, const char *category)
{
	return is_outside(facts) && is_category(facts, category) &&
	       !(facts->egress && facts->egress_by_name);
}

static bool public_ai_tenant(const struct judge_case *facts)
{
	return reaches_service(facts, "azure-ai") && facts->match.tenant_owned;
}

static bool public_ai_shared(const struct judge_case *facts)
{
	return reaches_service(facts, "azure-ai");
}

static bool third_party_ai(const struct judge_case *facts)
{
	return reaches_service(facts, "third-party-ai");
}

static bool foreign_resource(const struct judge_case *facts)
{
	return facts->is_known && facts->match.tenant_owned && is_outside(facts) &&
	       !(facts->egress && facts->egress_by_name);
}

static bool at_endpoint(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_ENDPOINT;
}

static bool allowed_egress(const struct judge_case *facts)
{
	return facts->egress != NULL && !is_inside(&facts->dst);
}

/* A private-endpoint subnet holds nothing but private endpoints: one that the map does not know may
 * be anybody's. */
static bool unknown_endpoint(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_MAPPED && is_role(&facts->dst, "private-endpoints");
}

static bool inside(const struct judge_case *facts)
{
	return facts->dst.kind == PLACE_MAPPED && !unknown_endpoint(facts);
}

static bool credential(const struct judge_case *facts)
{
	return (facts->flow->credentials & CREDENTIALS) != 0 &&
	       (at_endpoint(facts) || allowed_egress(facts) || inside(facts));
}

static bool admin_leaving(const struct judge_case *facts)
{
	return facts->is_admin;
}

static bool named_leaving(const struct judge_case *facts)
{
	return facts->name.value && is_outside(facts);
}

static bool nameless_leaving(const struct judge_case *facts)
{
	return is_outside(facts);
}

static bool anything(const struct judge_case *facts)
{
	(void)facts;
	return true;
}

const struct judge_rule judge_rules[] = {
	{ "PEW-ID-001", VERDICT_IDENTITY_TOKEN_REQUEST, SEVERITY_HIGH,
	  "Managed-identity token request that looks forged or forwarded", bad_token_request,
	  judge_say_token },
	{ "PEW-ID-002", VERDICT_IDENTITY_TOKEN_REQUEST, SEVERITY_INFO,
	  "Managed-identity token requested", token_request, judge_say_token },

	{ "PEW-OK-001", VERDICT_EXPECTED, SEVERITY_NONE, "Local network housekeeping", housekeeping,
	  judge_say_housekeeping },
	{ "PEW-OK-002", VERDICT_EXPECTED, SEVERITY_NONE, "Azure platform service", platform,
	  judge_say_platform },

	{ "PEW-DNS-001", VERDICT_DNS_PRIVATE_LINK_LEAK, SEVERITY_HIGH,
	  "DNS answer leads away from the private endpoint", leak_of_own, judge_say_leak },
	{ "PEW-DNS-002", VERDICT_DNS_PRIVATE_LINK_LEAK, SEVERITY_MEDIUM,
	  "Name of a private endpoint does not exist in DNS", leak_absent, judge_say_leak },
	{ "PEW-DNS-003", VERDICT_DNS_PRIVATE_LINK_LEAK, SEVERITY_LOW,
	  "Private DNS zone hides a resource of somebody else", leak_hidden, judge_say_leak },
	{ "PEW-DNS-004", VERDICT_DNS_PRIVATE_LINK_LEAK, SEVERITY_MEDIUM,
	  "Private link to an address that the map does not know", leak_stray, judge_say_leak },
	{ "PEW-DNS-020", VERDICT_DNS_TUNNEL, SEVERITY_HIGH, "Data carried in DNS questions",
	  judge_is_tunnel, judge_say_tunnel },
	{ "PEW-DNS-010", VERDICT_DNS_RESOLVER_BYPASS, SEVERITY_MEDIUM,
	  "DNS to a resolver that is not approved", resolver_bypass, judge_say_resolver },
	{ "PEW-DNS-011", VERDICT_DNS_RESOLVER_BYPASS, SEVERITY_MEDIUM,
	  "Encrypted DNS to a resolver that is not approved", encrypted_resolver_bypass,
	  judge_say_resolver },
	{ "PEW-OK-003", VERDICT_EXPECTED, SEVERITY_NONE, "DNS with an approved resolver",
	  resolver_approved, judge_say_resolver },

	{ "PEW-ADM-001", VERDICT_ADMIN_ACCESS, SEVERITY_CRITICAL,
	  "Remote administration of compute from a public address", admin_from_public,
	  judge_say_admin },
	{ "PEW-ADM-002", VERDICT_ADMIN_ACCESS, SEVERITY_HIGH, "Remote administration of compute",
	  admin, judge_say_admin },
	{ "PEW-NET-001", VERDICT_INBOUND_PUBLIC, SEVERITY_HIGH,
	  "Public source reaches the private network", inbound, judge_say_inbound },

	{ "PEW-NAM-001", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_HIGH,
	  "Private endpoint addressed by a name that it does not serve", foreign_name_at_endpoint,
	  judge_say_mismatch },
	{ "PEW-NAM-002", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_HIGH,
	  "Name of a private endpoint at another private address", own_name_elsewhere_inside,
	  judge_say_mismatch },
	{ "PEW-NAM-003", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_HIGH,
	  "Name of a private endpoint claimed at somebody else's address", own_name_contradicted,
	  judge_say_mismatch },
	{ "PEW-NAM-004", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_HIGH,
	  "Another name claimed where DNS led to an own resource", own_address_other_name,
	  judge_say_mismatch },
	{ "PEW-NAM-005", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_MEDIUM,
	  "Allowed name claimed at an address that is not known to be its own",
	  allowed_name_elsewhere, judge_say_mismatch },
	{ "PEW-NAM-006", VERDICT_NAME_ADDRESS_MISMATCH, SEVERITY_MEDIUM,
	  "Cloud name at a private address that the map does not have for it", cloud_name_inside,
	  judge_say_mismatch },

	{ "PEW-ZON-001", VERDICT_ZONE_CROSSING, SEVERITY_HIGH,
	  "Private endpoint used from a zone that may not", endpoint_crossing, judge_say_crossing },
	{ "PEW-ZON-002", VERDICT_ZONE_CROSSING, SEVERITY_HIGH, "Direct traffic between zones",
	  direct_crossing, judge_say_crossing },

	{ "PEW-PE-001", VERDICT_PRIVATE_ENDPOINT_BYPASS, SEVERITY_HIGH,
	  "Resource with a private endpoint reached at a public address", bypass,
	  judge_say_bypass },

	{ "PEW-AI-001", VERDICT_PUBLIC_AI_ENDPOINT, SEVERITY_HIGH,
	  "Public Azure AI resource that is not in the map", public_ai_tenant, judge_say_service },
	{ "PEW-AI-002", VERDICT_PUBLIC_AI_ENDPOINT, SEVERITY_MEDIUM,
	  "Shared Azure AI endpoint that is not allowed", public_ai_shared, judge_say_service },
	{ "PEW-AI-003", VERDICT_THIRD_PARTY_AI, SEVERITY_MEDIUM, "AI service outside Azure",
	  third_party_ai, judge_say_service },
	{ "PEW-RES-001", VERDICT_FOREIGN_RESOURCE, SEVERITY_HIGH,
	  "Azure resource that is not in the map", foreign_resource, judge_say_service },

	{ "PEW-CRD-001", VERDICT_CLEARTEXT_CREDENTIAL, SEVERITY_HIGH, "Credential in the clear",
	  credential, judge_say_credential },

	{ "PEW-OK-004", VERDICT_EXPECTED, SEVERITY_NONE, "Private endpoint", at_endpoint,
	  judge_say_endpoint },
	{ "PEW-OK-005", VERDICT_EXPECTED, SEVERITY_NONE, "Allowed administration", admin_allowed,
	  judge_say_inside },
	{ "PEW-OK-006", VERDICT_EXPECTED, SEVERITY_NONE, "Allowed egress", allowed_egress,
	  judge_say_egress },
	{ "PEW-EGR-001", VERDICT_UNEXPECTED_EGRESS, SEVERITY_MEDIUM,
	  "Private-endpoint address that the map does not know", unknown_endpoint,
	  judge_say_unlisted },
	{ "PEW-OK-007", VERDICT_EXPECTED, SEVERITY_NONE, "Inside the private network", inside,
	  judge_say_inside },

	{ "PEW-EGR-002", VERDICT_UNEXPECTED_EGRESS, SEVERITY_HIGH,
	  "Remote administration of an outside host", admin_leaving, judge_say_unlisted },
	{ "PEW-EGR-003", VERDICT_UNEXPECTED_EGRESS, SEVERITY_MEDIUM,
	  "Public name that is not allowed", named_leaving, judge_say_unlisted },
	{ "PEW-EGR-004", VERDICT_UNEXPECTED_EGRESS, SEVERITY_MEDIUM,
	  "Public address that is not allowed", nameless_leaving, judge_say_unlisted },
	{ "PEW-EGR-005", VERDICT_UNEXPECTED_EGRESS, SEVERITY_LOW,
	  "Address that the map does not know", anything, judge_say_unlisted },
};

const size_t judge_rule_count = sizeof(judge_rules) / sizeof(judge_rules[0]);
