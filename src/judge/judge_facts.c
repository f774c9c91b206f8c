#include "judge/judge_facts.h"

#include <string.h>
#include <strings.h>

#include "base/units.h"

#define SECONDS_PER_DAY 86400

#define CREDENTIALS                                                                                \
	(CREDENTIAL_API_KEY | CREDENTIAL_BEARER | CREDENTIAL_BASIC | CREDENTIAL_OTHER_AUTH |       \
	 CREDENTIAL_SAS | CREDENTIAL_LOGIN) /* a cookie may be anything */

static bool give(struct value *value, const char *text)
{
	value->text = text;
	value->length = text ? strlen(text) : 0;
	return value->length != 0;
}

static bool give_number(struct value *value, int64_t number)
{
	value->number = number;
	return true;
}

static bool give_flag(struct value *value, bool flag)
{
	value->flag = flag;
	return true;
}

/* Imported settings: what was not imported is not there. */
static bool give_setting(struct value *value, uint8_t setting)
{
	value->flag = setting == MAP_ON;
	return setting != MAP_UNKNOWN;
}

/* Places ------------------------------------------------------------------------------------- */

const char *judge_facts_place(unsigned kind)
{
	static const char *const names[PLACES] = {
		[PLACE_PUBLIC] = "public",     [PLACE_MAPPED] = "mapped",
		[PLACE_ENDPOINT] = "endpoint", [PLACE_PLATFORM] = "platform",
		[PLACE_PRIVATE] = "private",   [PLACE_LINK_LOCAL] = "link_local",
		[PLACE_GROUP] = "group",       [PLACE_SELF] = "self",
	};

	return names[kind];
}

static bool src_place(const struct judge_case *facts, struct value *value)
{
	return give(value, judge_facts_place(facts->src.kind));
}

static bool dest_place(const struct judge_case *facts, struct value *value)
{
	return give(value, judge_facts_place(facts->dst.kind));
}

static bool src_zone(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->src.zone);
}

static bool dest_zone(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->dst.zone);
}

static bool src_role(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->src.role);
}

static bool dest_role(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->dst.role);
}

static bool src_vnet(const struct judge_case *facts, struct value *value)
{
	return facts->src.vnet && give(value, facts->src.vnet->name);
}

static bool dest_vnet(const struct judge_case *facts, struct value *value)
{
	return facts->dst.vnet && give(value, facts->dst.vnet->name);
}

/* Names -------------------------------------------------------------------------------------- */

static bool name(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->name.value);
}

static bool name_source(const struct judge_case *facts, struct value *value)
{
	static const char *const names[NAME_SOURCES] = {
		[NAME_SNI] = "sni", [NAME_QUIC] = "quic", [NAME_HTTP] = "http",
		[NAME_DNS] = "dns", [NAME_MAP] = "map",
	};

	return give(value, names[facts->name.source]);
}

static bool has_endpoint(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->named != NULL);
}

static bool category(const struct judge_case *facts, struct value *value)
{
	return facts->is_known && give(value, facts->match.service->category);
}

static bool service(const struct judge_case *facts, struct value *value)
{
	return facts->is_known && give(value, facts->match.service->id);
}

static bool service_resource(const struct judge_case *facts, struct value *value)
{
	return facts->is_known && give(value, facts->match.resource);
}

static bool service_region(const struct judge_case *facts, struct value *value)
{
	return facts->is_known && give(value, facts->match.region);
}

static bool tenant_owned(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->is_known && facts->match.tenant_owned);
}

static bool privatelink(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->is_known && facts->match.is_privatelink);
}

/* DNS ---------------------------------------------------------------------------------------- */

static bool dns_leak(const struct judge_case *facts, struct value *value)
{
	static const char *const names[] = {
		[LEAK_SEEN] = "seen",     [LEAK_PUBLIC] = "public", [LEAK_PRIVATE] = "private",
		[LEAK_ABSENT] = "absent", [LEAK_HIDDEN] = "hidden", [LEAK_STRAY] = "stray",
	};

	return facts->leak != LEAK_NONE && give(value, names[facts->leak]);
}

static bool zone_fallback(const struct judge_case *facts, struct value *value)
{
	const struct map_dns_zone *zone = facts->leak_zone;

	return zone && give_flag(value, zone->resolution_policy && strcmp(zone->resolution_policy,
									  "NxDomainRedirect") == 0);
}

/* What a flow carries ------------------------------------------------------------------------- */

static bool allowed(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->egress != NULL);
}

static bool credential(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, (facts->flow->credentials & CREDENTIALS) != 0);
}

#define CREDENTIAL_FACT(name, bit)                                                                 \
	static bool name(const struct judge_case *facts, struct value *value)                      \
	{                                                                                          \
		return give_flag(value, (facts->flow->credentials & (bit)) != 0);                  \
	}
CREDENTIAL_FACT(credential_api_key, CREDENTIAL_API_KEY)
CREDENTIAL_FACT(credential_bearer, CREDENTIAL_BEARER)
CREDENTIAL_FACT(credential_basic, CREDENTIAL_BASIC)
CREDENTIAL_FACT(credential_sas, CREDENTIAL_SAS)
CREDENTIAL_FACT(credential_login, CREDENTIAL_LOGIN)

static bool imds_token(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->flow->imds == IMDS_TOKEN);
}

static bool ech_offered(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->flow->ech == ECH_OFFERED);
}

static bool alpn(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->flow->alpn);
}

static bool certificate_name(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->flow->certificate_name);
}

/* Certificates and TLS ------------------------------------------------------------------------- */

static bool tls_version(const struct judge_case *facts, struct value *value)
{
	switch (facts->flow->tls_version) {
	case 0x0300: /* SSL 3 */
		return give_number(value, 3);
	case 0x0301:
	case 0x0302:
	case 0x0303:
	case 0x0304:
		return give_number(value, 10 + facts->flow->tls_version - 0x0301);
	default:
		return false;
	}
}

static bool certificate_days_left(const struct judge_case *facts, struct value *value)
{
	int64_t left_s =
		facts->flow->certificate_not_after_s - (int64_t)(facts->flow->now_ns / NS_PER_S);

	/* Towards the past, so that a certificate that has just ended has less than none left. */
	return facts->flow->certificate_seen &&
	       give_number(value, left_s >= 0
					  ? left_s / SECONDS_PER_DAY
					  : -((-left_s + SECONDS_PER_DAY - 1) / SECONDS_PER_DAY));
}

static bool certificate_self_signed(const struct judge_case *facts, struct value *value)
{
	return facts->flow->certificate_seen &&
	       give_flag(value, facts->flow->certificate_self_signed);
}

static bool imds_hops(const struct judge_case *facts, struct value *value)
{
	return facts->flow->imds != IMDS_NONE && give_number(value, facts->flow->imds_hops);
}

static bool workspace_foreign(const struct judge_case *facts, struct value *value)
{
	return facts->map && facts->is_known && facts->match.workspace[0] != '\0' &&
	       give_flag(value, !map_is_workspace(facts->map, facts->match.workspace));
}

/* Service tags --------------------------------------------------------------------------------- */

static const struct service_tag *tag_of(const struct judge_case *facts)
{
	return facts->tags && facts->dst.kind == PLACE_PUBLIC
		       ? service_tags_find(facts->tags, &facts->flow->dst)
		       : NULL;
}

static bool service_tag(const struct judge_case *facts, struct value *value)
{
	const struct service_tag *tag = tag_of(facts);

	return tag && give(value, tag->name);
}

static bool service_tag_service(const struct judge_case *facts, struct value *value)
{
	const struct service_tag *tag = tag_of(facts);

	return tag && give(value, tag->service);
}

static bool service_tag_region(const struct judge_case *facts, struct value *value)
{
	const struct service_tag *tag = tag_of(facts);

	return tag && give(value, tag->region);
}

/* The map's resource --------------------------------------------------------------------------- */

static bool resource_known(const struct judge_case *facts, struct value *value)
{
	return give_flag(value, facts->resource != NULL);
}

static bool resource_name(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give(value, facts->resource->name);
}

static bool resource_kind(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give(value, facts->resource->kind);
}

static bool resource_region(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give(value, facts->resource->region);
}

static bool resource_public_network_access(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give_setting(value, facts->resource->public_network_access);
}

static bool resource_local_auth(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give_setting(value, facts->resource->local_auth);
}

static bool resource_firewall(const struct judge_case *facts, struct value *value)
{
	return facts->resource && give_setting(value, facts->resource->firewall);
}

static bool is_default_filter(const char *policy)
{
	return !policy || strncasecmp(policy, "Microsoft.Default", 17) == 0;
}

static bool resource_content_filter(const struct judge_case *facts, struct value *value)
{
	bool is_known = false, is_own = true;

	for (size_t i = 0; facts->resource && i < facts->resource->deployment_count; i++) {
		const struct map_deployment *one = &facts->resource->deployments[i];

		is_known |= one->has_content_filter != MAP_UNKNOWN;
		is_own &= one->has_content_filter == MAP_UNKNOWN ||
			  !is_default_filter(one->content_filter);
	}
	return is_known && give_flag(value, is_own);
}

/* The client's host ---------------------------------------------------------------------------- */

static bool src_compute(const struct judge_case *facts, struct value *value)
{
	return facts->src_compute && give(value, facts->src_compute->name);
}

static bool src_compute_type(const struct judge_case *facts, struct value *value)
{
	return facts->src_compute && give(value, facts->src_compute->type);
}

static bool src_managed_identity(const struct judge_case *facts, struct value *value)
{
	return facts->src_compute && give_setting(value, facts->src_compute->managed_identity);
}

static bool dest_compute(const struct judge_case *facts, struct value *value)
{
	return facts->dst_compute && give(value, facts->dst_compute->name);
}

static bool dest_public_ip(const struct judge_case *facts, struct value *value)
{
	return facts->dst_compute && give_setting(value, facts->dst_compute->public_ip);
}

static bool dest_ssh_public(const struct judge_case *facts, struct value *value)
{
	return facts->dst_compute && give_setting(value, facts->dst_compute->ssh_public);
}

/* The table ------------------------------------------------------------------------------------ */

#define OF_CASE(name_, member, doc_)                                                               \
	{                                                                                          \
		.name = name_, .doc = doc_, .type = VALUE_BOOL, .place = FACT_OF_CASE,             \
		.offset = offsetof(struct judge_case, member)                                      \
	}
#define OF_FLOW(name_, member, doc_)                                                               \
	{                                                                                          \
		.name = name_, .doc = doc_, .type = VALUE_BOOL, .place = FACT_OF_FLOW,             \
		.offset = offsetof(struct judge_flow, member)                                      \
	}
#define FACT(function, type_, doc_)                                                                \
	{                                                                                          \
		.name = #function, .doc = doc_, .type = type_, .read = function                    \
	}
#define FACT_IF(function, type_, needs_, doc_)                                                     \
	{                                                                                          \
		.name = #function, .doc = doc_, .type = type_, .read = function, .needs = needs_   \
	}
#define EXACT(function, type_, need_, doc_)                                                        \
	{                                                                                          \
		.name = #function, .doc = doc_, .type = type_, .read = function, .needs = need_,   \
		.without = FACT_EXACT                                                              \
	}
#define SETTING(function, need_, doc_)                                                             \
	{                                                                                          \
		.name = #function, .doc = doc_, .type = VALUE_BOOL, .read = function,              \
		.needs = need_, .without = FACT_ABSENT                                             \
	}
#define OWN_IF(name_, type_, needs_, doc_)                                                         \
	{                                                                                          \
		.name = #name_, .doc = doc_, .type = type_, .read = judge_facts_##name_,           \
		.needs = needs_                                                                    \
	}
#define OWN(name_, type_, doc_)                                                                    \
	{                                                                                          \
		.name = #name_, .doc = doc_, .type = type_, .read = judge_facts_##name_            \
	}

const struct judge_fact judge_facts[] = {
	FACT(src_place, VALUE_TEXT,
	     "What the source is: public, mapped (in a VNet of the map), endpoint, platform, private "
	     "(not in the map), link_local, group, self"),
	FACT(dest_place, VALUE_TEXT, "What the destination is, in the same words"),
	FACT(src_zone, VALUE_TEXT, "Zone of the source: prod, dev, ..."),
	FACT(dest_zone, VALUE_TEXT, "Zone of the destination"),
	FACT(src_role, VALUE_TEXT, "Role of the source's subnet: compute, private-endpoints, ..."),
	FACT(dest_role, VALUE_TEXT, "Role of the destination's subnet"),
	FACT(src_vnet, VALUE_TEXT, "VNet of the source"),
	FACT(dest_vnet, VALUE_TEXT, "VNet of the destination"),

	EXACT(name, VALUE_TEXT, JUDGE_IF_NAME,
	      "The name that is judged: the claim, else what DNS told, else the map's"),
	FACT_IF(name_source, VALUE_TEXT, JUDGE_IF_NAME,
		"Where it is from: sni, quic, http, dns, map"),
	OF_CASE("name_claimed", is_claim, "It is a claim of the client, not evidence"),
	OF_CASE("name_told", is_told, "DNS told the client this name for this address"),
	OF_CASE("name_contradicted", is_contradicted,
		"DNS told the client another name for this address, and never this one"),
	OF_CASE("name_hidden", is_hidden, "The claim is the outer name of an encrypted hello"),
	OF_CASE("told_is_ours", told_is_ours,
		"Contradicted, and what DNS told is an endpoint of the map"),
	FACT_IF(has_endpoint, VALUE_BOOL, JUDGE_IF_NAMED,
		"The map has a private endpoint for the name"),
	OF_CASE("served", is_served, "A private endpoint at the destination serves the name"),
	OF_CASE("zone_may", zone_may, "The source's zone may use the private endpoint there"),
	OF_CASE("crossing", is_crossing, "Between zones that may not meet"),

	OF_CASE("known", is_known, "The catalog knows the name"),
	FACT_IF(category, VALUE_TEXT, JUDGE_IF_KNOWN,
		"Category of its service: azure-ai, azure-paas, third-party-ai, ..."),
	FACT_IF(service, VALUE_TEXT, JUDGE_IF_KNOWN, "Its service in the catalog"),
	FACT_IF(service_resource, VALUE_TEXT, JUDGE_IF_KNOWN,
		"Label of the name that names the resource"),
	FACT_IF(service_region, VALUE_TEXT, JUDGE_IF_KNOWN, "Region that the name carries"),
	FACT_IF(tenant_owned, VALUE_BOOL, JUDGE_IF_KNOWN,
		"The name is somebody's resource, not shared by all tenants"),
	FACT_IF(privatelink, VALUE_BOOL, JUDGE_IF_KNOWN, "The name itself is a privatelink one"),

	EXACT(allowed, VALUE_BOOL, JUDGE_IF_EGRESS, "An entry of allowed_egress covers it"),
	OF_CASE("allowed_by_name", egress_by_name, "... and covers it by its name"),
	OF_CASE("allowed_elsewhere", egress_elsewhere,
		"... but the entry lists addresses, and this is none of them"),

	OF_CASE("housekeeping", is_housekeeping, "Multicast, broadcast, link-local, DHCP"),
	OF_CASE("platform", is_platform, "With an Azure platform address of the map, DNS aside"),
	OF_CASE("dns", is_dns, "DNS in the clear"),
	OF_CASE("encrypted_dns", is_encrypted_dns, "DNS over TLS, HTTPS or QUIC"),
	OF_CASE("resolver_approved", resolver_approved, "The source may ask this resolver"),
	FACT_IF(dns_leak, VALUE_TEXT, JUDGE_IF_LEAK,
		"How an answer leads away from a private endpoint: public, private, absent, hidden, stray; "
		"seen: some answer of this flow did"),
	FACT_IF(zone_fallback, VALUE_BOOL, JUDGE_IF_LEAK,
		"The private DNS zone of the leak falls back to the internet (NxDomainRedirect)"),

	OF_CASE("admin", is_admin, "Remote administration: SSH, RDP, WinRM, VNC, Telnet"),
	OF_CASE("admin_of_compute", is_admin_of_compute, "... of a host of the map"),
	OF_CASE("admin_allowed", is_admin_allowed, "... and the source may administer it"),

	OWN_IF(dns_questions, VALUE_NUMBER, JUDGE_IF_DNS_FLOW, "Questions of a DNS flow"),
	OWN_IF(dns_coded, VALUE_NUMBER, JUDGE_IF_DNS_FLOW,
	       "Different coded names of one site in it, asked for in types that hold data"),
	OWN_IF(dns_lengthy, VALUE_NUMBER, JUDGE_IF_DNS_FLOW,
	       "... with long coded labels, in any type"),
	OWN_IF(dns_loose, VALUE_NUMBER, JUDGE_IF_DNS_FLOW, "... with both, of any site"),
	OWN_IF(dns_of_others, VALUE_NUMBER, JUDGE_IF_DNS_FLOW,
	       "... of other sites than the one: at least so many"),
	OWN_IF(dns_binary, VALUE_NUMBER, JUDGE_IF_DNS_FLOW,
	       "... with bytes that no host's name has"),
	OWN_IF(dns_bytes_up, VALUE_NUMBER, JUDGE_IF_DNS_FLOW, "Bytes that such names carried up"),
	OWN_IF(dns_bytes_down, VALUE_NUMBER, JUDGE_IF_DNS_FLOW,
	       "Bytes of answers that can carry data"),
	OWN(dns_site, VALUE_TEXT, "Site that most of these names are under"),
	OWN(dns_question, VALUE_TEXT, "First name that the DNS flow asked for"),
	OWN(dns_question_allowed, VALUE_BOOL, "allowed_egress has that name"),
	OWN_IF(query_site, VALUE_TEXT, JUDGE_IF_QUESTION,
	       "Of a DNS message: the site that its question is under"),
	OWN_IF(query_longest_label, VALUE_NUMBER, JUDGE_IF_QUESTION, "Its longest label, in bytes"),
	OWN_IF(query_name_length, VALUE_NUMBER, JUDGE_IF_QUESTION, "The name's length"),

	FACT(tls_version, VALUE_NUMBER,
	     "Version that the server chose: 10, 11, 12, 13; 3 is SSL 3"),
	FACT_IF(certificate_days_left, VALUE_NUMBER, JUDGE_IF_CERTIFICATE,
		"Whole days until the certificate ends (TLS 1.2 and earlier); below 0: it has ended"),
	FACT_IF(certificate_self_signed, VALUE_BOOL, JUDGE_IF_CERTIFICATE,
		"Its issuer and subject are the same"),
	FACT_IF(imds_hops, VALUE_NUMBER, JUDGE_IF_IMDS,
		"Routers between the one who asked IMDS and here, to judge by the TTL"),
	FACT_IF(workspace_foreign, VALUE_BOOL, JUDGE_IF_WORKSPACE,
		"The name carries the GUID of a workspace that is none of the map's"),
	FACT(service_tag, VALUE_TEXT, "Service tag of the public destination: Storage.WestEurope"),
	FACT(service_tag_service, VALUE_TEXT, "Its service: Storage"),
	FACT(service_tag_region, VALUE_TEXT, "Its region: westeurope"),

	FACT_IF(credential, VALUE_BOOL, JUDGE_IF_CREDENTIAL,
		"A credential in the clear, cookies aside"),
	FACT_IF(credential_api_key, VALUE_BOOL, JUDGE_IF_CREDENTIAL, "An API key in the clear"),
	FACT_IF(credential_bearer, VALUE_BOOL, JUDGE_IF_CREDENTIAL, "A bearer token in the clear"),
	FACT_IF(credential_basic, VALUE_BOOL, JUDGE_IF_CREDENTIAL,
		"A user and password (Basic) in the clear"),
	FACT_IF(credential_sas, VALUE_BOOL, JUDGE_IF_CREDENTIAL,
		"A shared access signature in the clear"),
	FACT_IF(credential_login, VALUE_BOOL, JUDGE_IF_CREDENTIAL,
		"A log-in of a database, mail or file server in the clear"),
	FACT_IF(imds_token, VALUE_BOOL, JUDGE_IF_IMDS, "A managed-identity token was asked for"),
	OF_FLOW("imds_no_metadata_header", imds_no_metadata_header,
		"... without the Metadata header"),
	OF_FLOW("imds_forwarded", imds_forwarded, "... with X-Forwarded-For"),
	FACT_IF(ech_offered, VALUE_BOOL, JUDGE_IF_ECH, "Encrypted Client Hello that is real"),
	FACT(alpn, VALUE_TEXT, "Protocols offered inside TLS, comma-separated"),
	FACT(certificate_name, VALUE_TEXT,
	     "Name in the server's certificate (TLS 1.2 and earlier)"),
	OWN_IF(certificate_name_matches, VALUE_BOOL, JUDGE_IF_TLS_CERTIFICATE,
	       "On tls events: a name in the certificate covers the server name asked for"),
	OF_FLOW("answered", answered, "The responder sent more than a refusal"),
	OF_FLOW("midstream", midstream, "The opening was not captured"),
	OF_FLOW("one_sided", one_sided, "Only one direction was captured"),

	FACT_IF(resource_known, VALUE_BOOL, JUDGE_IF_RESOURCE,
		"The name is one of the map's resources"),
	FACT_IF(resource_name, VALUE_TEXT, JUDGE_IF_RESOURCE, "That resource"),
	FACT_IF(resource_kind, VALUE_TEXT, JUDGE_IF_RESOURCE, "Its kind: OpenAI, AIServices, ..."),
	FACT_IF(resource_region, VALUE_TEXT, JUDGE_IF_RESOURCE, "Its region"),
	SETTING(resource_public_network_access, JUDGE_IF_RESOURCE,
		"Its public network access is on"),
	SETTING(resource_local_auth, JUDGE_IF_RESOURCE, "It accepts API keys"),
	SETTING(resource_firewall, JUDGE_IF_RESOURCE, "Its network rules deny by default"),
	SETTING(resource_content_filter, JUDGE_IF_RESOURCE,
		"Every deployment of it has a content-filter policy that is not a default one"),
	OWN_IF(resource_requests_per_minute, VALUE_NUMBER, JUDGE_IF_RESOURCE,
	       "Requests a minute that its deployments take"),
	OWN_IF(resource_requests_warning, VALUE_NUMBER, JUDGE_IF_RESOURCE, "80 % of them"),
	OWN_IF(resource_tokens_per_minute, VALUE_NUMBER, JUDGE_IF_RESOURCE,
	       "Tokens a minute that its deployments take"),
	OWN_IF(resource_bytes_per_minute, VALUE_NUMBER, JUDGE_IF_RESOURCE,
	       "Bytes a minute that their tokens make: 8 for each"),
	OWN(dest_region, VALUE_TEXT,
	    "Region that the name carries, else that of the address's service tag"),
	OWN(region_foreign, VALUE_BOOL, "The map has nothing in that region"),
	OWN_IF(imds_audience_allowed, VALUE_BOOL, JUDGE_IF_SRC_COMPUTE,
	       "On imds events: the map lists the resource among those of the host's identity"),

	FACT_IF(src_compute, VALUE_TEXT, JUDGE_IF_SRC_COMPUTE, "The map's compute at the source"),
	FACT_IF(src_compute_type, VALUE_TEXT, JUDGE_IF_SRC_COMPUTE, "Its type"),
	SETTING(src_managed_identity, JUDGE_IF_SRC_COMPUTE, "It has a managed identity"),
	FACT_IF(dest_compute, VALUE_TEXT, JUDGE_IF_DEST_COMPUTE,
		"The map's compute at the destination"),
	OWN_IF(src_outside_schedule, VALUE_BOOL, JUDGE_IF_SRC_SCHEDULE,
	       "By its schedule the source should not be active now"),
	OWN_IF(dest_outside_schedule, VALUE_BOOL, JUDGE_IF_DEST_SCHEDULE,
	       "By its schedule the destination should not"),
	OWN_IF(src_idle_shutdown_s, VALUE_NUMBER, JUDGE_IF_SRC_COMPUTE,
	       "Seconds after which it shuts down when idle"),
	SETTING(dest_public_ip, JUDGE_IF_DEST_COMPUTE, "It has a public address"),
	SETTING(dest_ssh_public, JUDGE_IF_DEST_COMPUTE, "Its SSH is open to the public"),
};

const size_t judge_fact_count = sizeof(judge_facts) / sizeof(judge_facts[0]);

bool judge_fact_read(const struct judge_fact *fact, const struct judge_case *facts,
		     struct value *value)
{
	value->type = fact->type;
	if (fact->read)
		return fact->read(facts, value);
	value->flag = judge_fact_flag(fact, facts);
	return true;
}
