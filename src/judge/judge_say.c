/* Evidence: the sentences that say why, for people who act on them.
 *
 * The rule's own sentence comes first, then the name and where it came from, then what could not be
 * seen. No sentence says more than the packets did: a handshake with a public address proves the
 * path, not that the service accepted; a claim is called a claim.
 */
#include <string.h>

#include "base/units.h"
#include "judge/judge_rule.h"

#define NAME_SHOWN 90 /* bytes of a name in a sentence: three fit beside the words */
#define LIST_SHOWN 4  /* entries of a list in a sentence */

struct text judge_say(struct judgement *judgement, enum evidence_kind kind)
{
	struct evidence *evidence;

	if (judgement->evidence_count == EVIDENCE_MAX)
		return text_over(NULL, 0);
	evidence = &judgement->evidence[judgement->evidence_count++];
	evidence->kind = kind;
	return text_over(evidence->text, sizeof(evidence->text));
}

static void add_name(struct text *text, const char *name)
{
	text_add_short(text, name, NAME_SHOWN);
}

static void add_list(struct text *text, const char *const *list)
{
	for (size_t i = 0; list[i] && i <= LIST_SHOWN; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add(text, i == LIST_SHOWN ? "..." : list[i]);
	}
}

static void add_addresses(struct text *text, const struct ip_addr *addresses, size_t count)
{
	for (size_t i = 0; i < count && i <= LIST_SHOWN; i++) {
		text_add(text, i == 0 ? "" : ", ");
		if (i == LIST_SHOWN)
			text_add(text, "...");
		else
			text_add_ip(text, &addresses[i]);
	}
}

/* "10.10.2.6 (pe-contoso-openai)", or that the map gives no address. */
static void add_endpoint(struct text *text, const struct map_endpoint *endpoint)
{
	if (endpoint->ip_count == 0)
		text_add(text, "of unknown address");
	add_addresses(text, endpoint->ips, endpoint->ip_count);
	text_add(text, " (");
	add_name(text, endpoint->private_endpoint->name);
	text_add(text, ")");
}

static void add_zone(struct text *text, const struct place *place, const struct ip_addr *addr)
{
	text_add_ip(text, addr);
	if (place->zone) {
		text_add(text, " of zone ");
		add_name(text, place->zone);
	} else if (place->vnet) {
		text_add(text, " of a VNet without a zone");
	} else {
		text_add(text, ", which is in no VNet of the map,");
	}
}

static const char *what_is(const struct place *place)
{
	static const char *const words[] = {
		[PLACE_PUBLIC] = " is a public address",
		[PLACE_MAPPED] = " is inside a VNet of the map",
		[PLACE_ENDPOINT] = " is a private endpoint of the map",
		[PLACE_PLATFORM] = " is an Azure platform address",
		[PLACE_PRIVATE] = " is private space that the map does not know: add it if yours",
		[PLACE_LINK_LOCAL] = " is a link-local address that the map does not list",
		[PLACE_GROUP] = " is a multicast or broadcast address",
		[PLACE_SELF] = " is a loopback or unspecified address",
	};

	return words[place->kind];
}

static void say_address(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_ADDRESS);

	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, what_is(&facts->dst));
}

static void say_the_housekeeping(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_ADDRESS);

	text_add_ip(&text, &facts->flow->src);
	text_add(&text, " to ");
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " port ");
	text_add_number(&text, facts->flow->dst_port);
	text_add(&text, " stays on the local network (multicast, broadcast, link-local or DHCP)");
}

static void say_the_platform(const struct judge_case *facts, struct judgement *judgement)
{
	bool from = facts->src.kind == PLACE_PLATFORM;
	const struct ip_addr *addr = from ? &facts->flow->src : &facts->flow->dst;
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	text_add_ip(&text, addr);
	text_add(&text, " is the platform service \"");
	text_add(&text, map_platform_at(facts->map, addr));
	text_add(&text, from ? "\" of the map: probes and answers come from it" : "\" of the map");
}

static void say_the_token(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_WIRE);

	text_add_ip(&text, &facts->flow->src);
	text_add(&text, " asked ");
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " for a managed-identity token");
	if (facts->flow->imds_no_metadata_header)
		text_add(&text,
			 "; a request had no Metadata header, which IMDS refuses and which a "
			 "server tricked into fetching a URL would send");
	if (facts->flow->imds_forwarded)
		text_add(&text, "; a request carried X-Forwarded-For, so it came through a proxy");
}

static void say_the_admin(const struct judge_case *facts, struct judgement *judgement)
{
	static const char *const protocols[APPS] = {
		[APP_SSH] = "SSH",       [APP_RDP] = "RDP",    [APP_VNC] = "VNC",
		[APP_TELNET] = "Telnet", [APP_HTTP] = "WinRM", [APP_TLS] = "WinRM"
	};
	const struct judge_flow *flow = facts->flow;
	const char *protocol = flow->app < APPS ? protocols[flow->app] : NULL;
	struct text text = judge_say(judgement, EVIDENCE_WIRE);

	text_add(&text, protocol ? protocol : "remote administration, to judge by the port alone,");
	text_add(&text, " from ");
	add_zone(&text, &facts->src, &flow->src);
	text_add(&text, " to ");
	add_zone(&text, &facts->dst, &flow->dst);
	text_add(&text, " port ");
	text_add_number(&text, flow->dst_port);
	text = judge_say(judgement, EVIDENCE_MAP);
	text_add_ip(&text, &flow->src);
	text_add(&text, facts->is_rdp_like ? " is in none of rdp_allowed_sources"
					   : " is in none of ssh_allowed_sources");
}

static void say_the_inbound(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_ADDRESS);

	text_add(&text, "the public address ");
	text_add_ip(&text, &facts->flow->src);
	text_add(&text, facts->flow->answered ? " reached " : " tried to reach ");
	add_zone(&text, &facts->dst, &facts->flow->dst);
	text_add(&text, " port ");
	text_add_number(&text, facts->flow->dst_port);
}

static void say_told(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text;

	if (!facts->is_contradicted)
		return;
	text = judge_say(judgement, EVIDENCE_DNS);
	text_add(&text, "the client was told ");
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " for ");
	add_name(&text, facts->flow->resolved.value);
	text_add(&text, ", never for ");
	add_name(&text, facts->name.value);
}

/* What the name is expected to be at, or why it is not expected here. */
static void say_belongs(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	add_name(&text, facts->name.value);
	if (facts->named) {
		text_add(&text, " has private endpoint ");
		add_endpoint(&text, facts->named);
	} else if (facts->egress && facts->egress_by_name && facts->egress_elsewhere) {
		text_add(&text, " is allowed, and known at ");
		add_addresses(&text, facts->egress->ips, facts->egress->ip_count);
	} else if (facts->egress && facts->egress_by_name) {
		text_add(&text, " is an allowed name");
	} else {
		text_add(&text, " has no private endpoint in the map");
	}
	text_add(&text, "; the client used it at ");
	text_add_ip(&text, &facts->flow->dst);
}

static void say_the_mismatch(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text;

	say_belongs(facts, judgement);
	say_told(facts, judgement);
	if (!facts->at) {
		say_address(facts, judgement);
		return;
	}
	text = judge_say(judgement, EVIDENCE_ADDRESS);
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " is the private endpoint ");
	add_name(&text, facts->at->private_endpoint->name);
	text_add(&text, ", which serves ");
	add_name(&text, facts->at->fqdn);
}

static void say_the_crossing(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_flow *flow = facts->flow;
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	add_zone(&text, &facts->src, &flow->src);
	text_add(&text, flow->answered ? " reached " : " tried to reach ");
	if (facts->dst.kind == PLACE_ENDPOINT) {
		text_add(&text, "private endpoint ");
		add_name(&text, facts->at->private_endpoint->name);
		text_add(&text, " (");
		text_add_ip(&text, &flow->dst);
		text_add(&text, "), which is for ");
		add_list(&text, facts->at->private_endpoint->allowed_zones);
	} else {
		add_zone(&text, &facts->dst, &flow->dst);
		text_add(&text, " on port ");
		text_add_number(&text, flow->dst_port);
		text_add(&text, "; the map allows no such crossing");
	}
}

static void say_the_endpoint(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " is the private endpoint ");
	add_name(&text, facts->at->private_endpoint->name);
	text_add(&text, " of ");
	add_name(&text, facts->at->fqdn);
	if (facts->src.zone) {
		text_add(&text, ", and zone ");
		add_name(&text, facts->src.zone);
		text_add(&text, " may use it");
	}
}

static void say_the_bypass(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	add_name(&text, facts->name.value);
	text_add(&text, " has private endpoint ");
	add_endpoint(&text, facts->named);
	text_add(&text, facts->flow->answered ? "; the client reached " : "; the client tried ");
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " instead");
	say_told(facts, judgement);
	if (facts->flow->resolved_privatelink && facts->is_told) {
		text = judge_say(judgement, EVIDENCE_DNS);
		text_add(&text,
			 "the answer passed a privatelink name and went on to a public address: "
			 "the resolver does not use the private DNS zone");
	}
}

static void say_the_unlisted(const struct judge_case *facts, struct judgement *judgement);

static void say_the_service(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_CATALOG);

	add_name(&text, facts->name.value);
	text_add(&text, " is ");
	text_add(&text, facts->match.service->title);
	if (strcmp(facts->match.service->provider, "Microsoft") != 0 &&
	    strcmp(facts->match.service->provider, facts->match.service->title) != 0) {
		text_add(&text, " by ");
		text_add(&text, facts->match.service->provider);
	}
	if (facts->match.tenant_owned)
		text_add(&text, ", a resource that is not in the map: another tenant's, or one of "
				"yours without a private endpoint");
	else if (strcmp(facts->match.service->category, "azure-ai") == 0)
		text_add(&text, ", shared by all tenants");
	text_add(&text, facts->flow->answered ? "; reached at " : "; tried at ");
	text_add_ip(&text, &facts->flow->dst);
	say_the_unlisted(facts, judgement);
}

static void add_credentials(struct text *text, uint32_t credentials)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} kinds[] = {
		{ CREDENTIAL_API_KEY, "an API key" },
		{ CREDENTIAL_BEARER, "a bearer token" },
		{ CREDENTIAL_BASIC, "a user and password (Basic)" },
		{ CREDENTIAL_OTHER_AUTH, "an Authorization header" },
		{ CREDENTIAL_SAS, "a shared access signature" },
		{ CREDENTIAL_LOGIN, "a log-in" },
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((credentials & kinds[i].bit) == 0)
			continue;
		text_add(text, between);
		text_add(text, kinds[i].name);
		between = ", ";
	}
}

static void say_credentials(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_WIRE);

	add_credentials(&text, facts->flow->credentials);
	text_add(&text, " went unencrypted to ");
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " port ");
	text_add_number(&text, facts->flow->dst_port);
}

static void say_the_credential(const struct judge_case *facts, struct judgement *judgement)
{
	say_credentials(facts, judgement);
	if (facts->at)
		say_the_endpoint(facts, judgement);
}

static void say_the_egress(const struct judge_case *facts, struct judgement *judgement)
{
	char address[64];
	struct text prefix = text_over(address, sizeof(address));
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	if (facts->egress_by_name) {
		add_name(&text, facts->name.value);
	} else {
		text_add_ip(&prefix, &facts->flow->dst);
		text_add(&text, address);
	}
	text_add(&text, " is allowed egress");
	if (facts->egress->category) {
		text_add(&text, " (");
		add_name(&text, facts->egress->category);
		text_add(&text, ")");
	}
}

static void say_the_inside(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	add_zone(&text, &facts->src, &facts->flow->src);
	text_add(&text, " to ");
	add_zone(&text, &facts->dst, &facts->flow->dst);
	text_add(&text, facts->is_admin ? ": the map allows this source to administer"
					: ": inside the zone, or an allowed crossing");
}

/* Why the allow-list does not cover it, when it nearly does. */
static void say_nearly(const struct judge_case *facts, struct judgement *judgement)
{
	const struct map_egress *egress =
		facts->name.value ? map_egress_by_name(facts->map, facts->name.value) : NULL;
	struct text text = judge_say(judgement, EVIDENCE_MAP);

	if (!egress) {
		text_add(&text, facts->name.value ? "the name is not in allowed_egress"
						  : "the address is in no allowed_egress");
		return;
	}
	add_name(&text, egress->fqdn);
	text_add(&text, " is allowed only");
	if (egress->zones[0]) {
		text_add(&text, " from ");
		add_list(&text, egress->zones);
	}
	for (size_t i = 0; i < egress->port_count && i < LIST_SHOWN; i++) {
		text_add(&text, i == 0 ? " on port " : ", ");
		text_add_number(&text, egress->ports[i]);
	}
}

static void say_the_unlisted(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text;

	if (facts->dst.kind == PLACE_MAPPED) {
		text = judge_say(judgement, EVIDENCE_MAP);
		text_add_ip(&text, &facts->flow->dst);
		text_add(&text, " is in a subnet of private endpoints, and no endpoint of the map "
				"has this address: somebody else's, or the map is out of date");
		return;
	}
	if (!facts->is_known || judgement->evidence_count == 0)
		say_address(facts, judgement);
	if (facts->dst.kind == PLACE_PUBLIC)
		say_nearly(facts, judgement);
}

static void add_age(struct text *text, uint64_t age_ns)
{
	text_add(text, ", ");
	text_add_number(text, age_ns / NS_PER_S);
	text_add(text, " s before");
}

static void say_name(const struct judge_case *facts, struct judgement *judgement)
{
	static const char *const claims[NAME_SOURCES] = {
		[NAME_SNI] = "TLS SNI", [NAME_QUIC] = "QUIC SNI", [NAME_HTTP] = "HTTP Host"
	};
	const struct name *name = &facts->name;
	struct text text = judge_say(judgement, EVIDENCE_NAME);

	if (name->source == NAME_MAP) {
		text_add(&text, "no name was seen; the map knows the address as ");
		add_name(&text, name->value);
	} else if (name->source == NAME_DNS) {
		text_add(&text, "the client was told this address for ");
		add_name(&text, name->value);
		text_add(&text, " by ");
		text_add_ip(&text, &name->resolver);
		add_age(&text, name->age_ns);
		text_add(&text, facts->is_hidden
					? "; the SNI is the outer name of an encrypted hello"
					: "; the flow itself carries no name");
	} else {
		text_add(&text, "the client claims ");
		add_name(&text, name->value);
		text_add(&text, " (");
		text_add(&text, claims[name->source] ? claims[name->source] : "name");
		text_add(&text, facts->is_told ? "), and DNS gave it this address"
					       : "); no DNS answer seen gives it this address");
	}
}

/* The server's own word; worth saying when nothing better names it. */
static void say_certificate(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text;

	if (!facts->flow->certificate_name || facts->name.value)
		return;
	text = judge_say(judgement, EVIDENCE_WIRE);
	text_add(&text, "the server's certificate is for ");
	add_name(&text, facts->flow->certificate_name);
}

static void say_limit(struct judgement *judgement, const char *sentence)
{
	struct text text = judge_say(judgement, EVIDENCE_LIMIT);

	text_add(&text, sentence);
}

static void say_unseen(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_flow *flow = facts->flow;

	if (facts->is_turned)
		say_limit(judgement, "the opening was not captured; judged as if the serving side "
				     "did not open it");
	else if (flow->midstream)
		say_limit(judgement, "the opening was not captured: who opened the connection is a "
				     "guess, and a name may have been missed");
	if (flow->snapped)
		say_limit(judgement,
			  "packets were cut by the snapshot length: a name may have been "
			  "missed");
	if (flow->one_sided)
		say_limit(judgement, "only one direction was captured");
	else if (!flow->answered)
		say_limit(judgement, "no answer was seen: nothing shows that it got through");
	if (facts->name.ambiguous)
		say_limit(judgement, "several names stand for this address; the latest is used");
}

static void say_nat(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_ADDRESS);

	text_add(&text, "client ");
	text_add_ip(&text, facts->is_turned ? &facts->flow->dst : &facts->flow->src);
	text_add(&text, " behind ");
	text_add_ip(&text, &facts->flow->behind);
	text_add(&text, " by conntrack");
}

void judge_say_rest(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_flow *flow = facts->flow;
	bool is_public = facts->dst.kind == PLACE_PUBLIC;

	if (!ip_is_zero(&flow->behind))
		say_nat(facts, judgement);
	if (judgement->verdict != VERDICT_CLEARTEXT_CREDENTIAL && flow->app != APP_DNS &&
	    (flow->credentials & ~(uint32_t)CREDENTIAL_COOKIE) != 0)
		say_credentials(facts, judgement);
	if (facts->name.value)
		say_name(facts, judgement);
	else if (is_public && !facts->is_dns)
		say_limit(judgement, "no name was seen for it: no SNI, no Host, no DNS answer");
	say_certificate(facts, judgement);
	if (facts->is_dns)
		return;
	say_unseen(facts, judgement);
	if (is_public && flow->answered && judgement->severity != SEVERITY_NONE &&
	    (flow->app == APP_TLS || flow->app == APP_QUIC))
		say_limit(judgement,
			  "the handshake proves the path; whether the service accepted the "
			  "requests inside is not visible");
}

const struct judge_writer judge_writers[] = {
	{ "housekeeping", "what stays on the local network", say_the_housekeeping },
	{ "platform", "the platform service at the address", say_the_platform },
	{ "token", "who asked IMDS for a token, and how", say_the_token },
	{ "leak", "what was answered, what should have been, which zone is to blame",
	  judge_say_leak },
	{ "tunnel", "what a DNS flow carried, and under which site", judge_say_tunnel },
	{ "resolver", "which resolver, and for whom it is approved", judge_say_resolver },
	{ "admin", "who administers what, and who may", say_the_admin },
	{ "inbound", "what reached compute from outside", say_the_inbound },
	{ "mismatch", "where the name belongs, what DNS told, what the address is",
	  say_the_mismatch },
	{ "crossing", "the zones, and what the map allows", say_the_crossing },
	{ "endpoint", "the private endpoint, and who may use it", say_the_endpoint },
	{ "bypass", "the private endpoint that was passed by, and how DNS led there",
	  say_the_bypass },
	{ "service", "whose service the name is", say_the_service },
	{ "credential", "which kinds of credential went in the clear", say_the_credential },
	{ "egress", "the entry that allows it", say_the_egress },
	{ "inside", "the two ends inside the network", say_the_inside },
	{ "unlisted", "why nothing allows it", say_the_unlisted },
};

const size_t judge_writer_count = sizeof(judge_writers) / sizeof(judge_writers[0]);
