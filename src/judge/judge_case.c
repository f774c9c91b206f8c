/* Gathering the facts of one flow.
 *
 * Which name to judge by. A claim (SNI, Host) says what the client wants; a DNS answer says what it
 * was told. The claim comes first, because that is what the server acts on; the answer stands in when
 * there is no claim, and when the claim is the outer name of a real ECH. Both are compared: a claim
 * that DNS never gave this client for this address, while it gave another name, is contradicted. Two
 * names of one service, of one site, or two of Microsoft's shared ones, share addresses as a matter of
 * course and contradict nothing.
 *
 * Who is the client. A private endpoint never opens a connection. When one seems to, the capture began
 * in the middle or saw one side only: the case is turned round.
 */
#include "judge/judge_case.h"

#include <string.h>
#include <strings.h>

#include "base/ip.h"

#define CHAIN_STEPS_MAX 16 /* names of a chain that are looked up; dns_cache keeps fewer */
#define CHAIN_ARROW " -> "

enum { /* IANA numbers */
       PROTOCOL_ICMP = 1,
       PROTOCOL_IGMP = 2,
       PROTOCOL_TCP = 6,
       PROTOCOL_UDP = 17,
       PROTOCOL_ICMPV6 = 58,
};

enum {
	PORT_SSH = 22,
	PORT_DNS = 53,
	PORT_DHCP_FIRST = 67,
	PORT_DHCP_LAST = 68,
	PORT_DHCP6_FIRST = 546,
	PORT_DHCP6_LAST = 547,
	PORT_DOT = 853,
	PORT_RDP = 3389,
	PORT_WINRM = 5985,
	PORT_WINRM_TLS = 5986,
	PORT_HTTPS = 443,
	PORT_EPHEMERAL = 1024
};

static bool is_text(const char *text)
{
	return text && text[0] != '\0';
}

/* 10.0.0.4, [2001:db8::1], ::1 in place of a name. No name ends in a digit-only label. */
static bool is_address_text(const char *name)
{
	const char *last = strrchr(name, '.');

	if (name[0] == '[' || strchr(name, ':'))
		return true;
	last = last ? last + 1 : name;
	return last[strspn(last, "0123456789")] == '\0';
}

/* The part of a chain after its first name, or NULL. */
static const char *chain_rest(const char *chain)
{
	const char *arrow = chain ? strstr(chain, CHAIN_ARROW) : NULL;

	return arrow ? arrow + strlen(CHAIN_ARROW) : NULL;
}

/* Copies the next name of a chain to `name`; moves *chain on; false at the end. */
static bool chain_next(const char **chain, char name[NAME_MAX_BYTES + 1])
{
	const char *end = *chain ? strstr(*chain, CHAIN_ARROW) : NULL;
	size_t length = end ? (size_t)(end - *chain) : (*chain ? strlen(*chain) : 0);

	if (length == 0 || length > NAME_MAX_BYTES)
		return false;
	memcpy(name, *chain, length);
	name[length] = '\0';
	*chain = end ? end + strlen(CHAIN_ARROW) : NULL;
	return true;
}

static bool chain_has(const char *chain, const char *wanted)
{
	char name[NAME_MAX_BYTES + 1];

	for (unsigned i = 0; i < CHAIN_STEPS_MAX && chain_next(&chain, name); i++) {
		if (strcasecmp(name, wanted) == 0)
			return true;
	}
	return false;
}

/* The last two labels. */
static const char *site_of(const char *name)
{
	const char *site = name, *before = name;

	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		site = before;
		before = dot + 1;
	}
	return site;
}

static bool is_microsoft(const struct catalog_match *match)
{
	return strcmp(match->service->provider, "Microsoft") == 0;
}

/* Whether two names may share an address without meaning anything. */
static bool may_share(const struct catalog *catalog, const char *claimed, const char *told)
{
	struct catalog_match a, b;
	bool known_a = catalog_find(catalog, claimed, &a),
	     known_b = catalog_find(catalog, told, &b);

	if (known_a && known_b)
		return a.service == b.service ||
		       (is_microsoft(&a) && is_microsoft(&b) && !a.tenant_owned && !b.tenant_owned);
	return !known_a && !known_b && strcasecmp(site_of(claimed), site_of(told)) == 0;
}

static void choose_name(struct judge_case *facts, const struct judge_names *names)
{
	const struct judge_flow *flow = facts->flow;
	const char *claim = flow->claimed.value, *told = flow->resolved.value;
	bool has_claim = is_text(claim) && !is_address_text(claim);

	facts->is_hidden = has_claim && flow->ech == ECH_OFFERED && is_text(told);
	if (has_claim && !facts->is_hidden) {
		facts->name = flow->claimed;
		facts->is_claim = true;
		facts->is_told = flow->confirmed ||
				 (is_text(told) &&
				  (strcasecmp(claim, told) == 0 || chain_has(flow->chain, claim)));
		facts->is_contradicted = is_text(told) && !facts->is_told &&
					 !flow->resolved.ambiguous &&
					 !may_share(names->catalog, claim, told);
	} else if (is_text(told)) {
		facts->name = flow->resolved;
		facts->is_told = true;
	}
}

void judge_case_note_service(struct judge_case *facts, const struct judge_name *known)
{
	facts->is_known = known->is_known;
	if (known->is_known)
		facts->match = known->match;
}

static bool is_ai(const struct catalog_match *match)
{
	return strcmp(match->service->category, "azure-ai") == 0 ||
	       strcmp(match->service->category, "third-party-ai") == 0;
}

/* What a name of the chain may tell: an AI service, if the name itself has none (others there are only hops: half of the
 * web is hosted on somebody's), and an endpoint of the map. */
static void follow_chain(struct judge_case *facts, struct judge_names *names)
{
	char name[NAME_MAX_BYTES + 1];
	const char *chain = chain_rest(facts->flow->chain);

	for (unsigned i = 0; i < CHAIN_STEPS_MAX && !(facts->is_known && facts->named); i++) {
		const struct judge_name *hop;

		if (!chain_next(&chain, name))
			break;
		hop = judge_names_find(names, name);
		if (!facts->is_known && hop->is_known && is_ai(&hop->match))
			judge_case_note_service(facts, hop);
		if (!facts->named && hop->endpoint) {
			facts->named = hop->endpoint;
			facts->named_as = hop->endpoint->fqdn;
		}
	}
}

/* What catalog and map say of the name. */
static void look_up_name(struct judge_case *facts, struct judge_names *names)
{
	const struct judge_name *known = judge_names_find(names, facts->name.value);

	judge_case_note_service(facts, known);
	facts->resource = known->resource;
	if (facts->name.source == NAME_MAP)
		return; /* it is the endpoint's that is there */
	facts->named = known->endpoint;
	facts->named_as = facts->name.value;
	facts->has_egress = known->has_egress;
	if (facts->is_told)
		follow_chain(facts, names);
}

static bool list_has(const char *const *list, const char *word)
{
	for (size_t i = 0; word && list[i]; i++) {
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
}

static bool zone_may_use(const struct judge_case *facts, const struct map_endpoint *endpoint)
{
	const struct map_private_endpoint *pe = endpoint->private_endpoint;

	return !pe->allowed_zones[0] || list_has(pe->allowed_zones, facts->src.zone) ||
	       map_crossing_allowed(facts->map, facts->src.zone, pe, facts->dst.subnet);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void find_endpoint_at(struct judge_case *facts)
{
	const struct ip_addr *dst = &facts->flow->dst;

	facts->at = map_endpoint_at(facts->map, dst, 0);
	if (!facts->at)
		return;
	facts->is_served = facts->named && map_endpoint_serves(facts->map, facts->named_as, dst);
	if (facts->is_served && facts->named) {
		for (size_t i = 0; map_endpoint_at(facts->map, dst, i); i++) {
			const struct map_endpoint *one = map_endpoint_at(facts->map, dst, i);

			if (strcmp(one->fqdn, facts->named->fqdn) == 0)
				facts->at = one;
		}
	}
	if (!facts->name.value) {
		facts->name = (struct name){ .value = facts->at->fqdn,
					     .source = NAME_MAP,
					     .ambiguous = map_endpoint_at(facts->map, dst, 1) };
		facts->is_served = true;
	}
	facts->zone_may = zone_may_use(facts, facts->at);
}

static void find_crossing(struct judge_case *facts)
{
	struct map_subnet place = { .vnet = facts->dst.vnet, .zone = facts->dst.zone };
	const struct map_subnet *to = facts->dst.subnet ? facts->dst.subnet : &place;

	if (facts->dst.kind != PLACE_MAPPED || same_text(facts->src.zone, facts->dst.zone))
		return;
	facts->is_crossing = !map_crossing_allowed(facts->map, facts->src.zone, NULL, to);
}

static void find_egress(struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	const char *name = facts->has_egress ? facts->name.value : NULL;

	facts->egress =
		map_egress_find(facts->map, name, &flow->dst, flow->dst_port, facts->src.zone);
	if (!facts->egress)
		return;
	facts->egress_by_name = facts->egress->fqdn != NULL;
	facts->egress_elsewhere = facts->egress->ip_count != 0 && !facts->is_told;
	for (size_t i = 0; i < facts->egress->ip_count; i++) {
		if (ip_equal(&facts->egress->ips[i], &flow->dst))
			facts->egress_elsewhere = false;
	}
}

static bool is_icmp_noise(const struct judge_flow *flow)
{
	uint8_t type = flow->icmp_type;

	if (flow->protocol == PROTOCOL_ICMP) /* unreachable, quench, redirect, router, exceeded */
		return type == 3 || type == 4 || type == 5 || (type >= 9 && type <= 12);
	if (flow->protocol == PROTOCOL_ICMPV6) /* errors; MLD; ND; MLDv2 */
		return type < 128 || (type >= 130 && type <= 137) || type == 143;
	return flow->protocol == PROTOCOL_IGMP;
}

/* DNS over TLS or QUIC, by the protocols offered: "dot" (RFC 7858) or "doq" (RFC 9250). */
static bool offers_dns(const char *alpn)
{
	for (const char *at = alpn; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (at[0] == 'd' && at[1] == 'o' && (at[2] == 't' || at[2] == 'q') &&
		    (at[3] == ',' || at[3] == '\0'))
			return true;
	}
	return false;
}

static bool is_carried_dns(const struct judge_case *facts)
{
	static const char doh_path[] =
		"/dns-query"; /* RFC 8484 section 4.1's example, used by all */
	const struct judge_flow *flow = facts->flow;
	bool secure = flow->app == APP_TLS || flow->app == APP_QUIC;

	if (flow->http_path && strncmp(flow->http_path, doh_path, sizeof(doh_path) - 1) == 0)
		return true;
	if (flow->alpn && offers_dns(flow->alpn))
		return true;
	if (flow->dst_port == PORT_DOT)
		return secure || flow->app == APP_UNKNOWN;
	return facts->is_known && strcmp(facts->match.service->category, "public-resolver") == 0 &&
	       (secure || (flow->app == APP_UNKNOWN && flow->dst_port == PORT_HTTPS));
}

static void find_dns(struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	bool has_ports = flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP;

	facts->is_dns = flow->app == APP_DNS ||
			(has_ports && flow->dst_port == PORT_DNS && flow->app == APP_UNKNOWN);
	facts->is_encrypted_dns = has_ports && !facts->is_dns && is_carried_dns(facts);
	if (facts->is_dns || facts->is_encrypted_dns)
		facts->resolver_approved =
			map_is_resolver(facts->map, &flow->dst, flow->dst_port, facts->src.zone);
}

static bool is_winrm_port(uint16_t port)
{
	return port == PORT_WINRM || port == PORT_WINRM_TLS;
}

/* A port alone proves nothing while its bytes could be seen: a SYN to 22 is a probe. It counts when
 * the bytes that would tell were not captured. */
static void find_admin(struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	uint16_t port = flow->dst_port;
	bool blind = flow->app == APP_UNKNOWN && flow->protocol == PROTOCOL_TCP &&
		     (flow->midstream || (flow->snapped && flow->answered));
	bool winrm = (is_winrm_port(port) && (flow->app == APP_HTTP || flow->app == APP_TLS)) ||
		     (flow->http_path && strncmp(flow->http_path, "/wsman", 6) == 0);
	bool rdp = flow->app == APP_RDP || flow->app == APP_VNC || winrm ||
		   (blind && (port == PORT_RDP || is_winrm_port(port)));

	facts->is_rdp_like = rdp;
	facts->is_admin = rdp || flow->app == APP_SSH || flow->app == APP_TELNET ||
			  (blind && port == PORT_SSH);
}

static bool is_role(const struct place *place, const char *role)
{
	return place->role && strcmp(place->role, role) == 0;
}

/* Compute: what is inside and is neither an endpoint nor there to be passed through. */
static void find_admin_of_compute(struct judge_case *facts)
{
	facts->is_admin_of_compute = facts->is_admin && facts->dst.kind == PLACE_MAPPED &&
				     !is_role(&facts->dst, "private-endpoints") &&
				     !is_role(&facts->dst, "appliance");
	facts->is_admin_allowed =
		facts->is_admin_of_compute &&
		map_admin_allowed(facts->map, facts->is_rdp_like, &facts->flow->src);
}

static bool is_between(uint16_t port, uint16_t first, uint16_t last)
{
	return port >= first && port <= last;
}

static bool is_dhcp(const struct judge_flow *flow)
{
	uint16_t port = flow->dst_port, from = flow->src_port;

	return flow->protocol == PROTOCOL_UDP &&
	       ((is_between(port, PORT_DHCP_FIRST, PORT_DHCP_LAST) &&
		 is_between(from, PORT_DHCP_FIRST, PORT_DHCP_LAST)) ||
		(is_between(port, PORT_DHCP6_FIRST, PORT_DHCP6_LAST) &&
		 is_between(from, PORT_DHCP6_FIRST, PORT_DHCP6_LAST)));
}

static bool is_housekeeping(const struct judge_case *facts)
{
	uint8_t to = facts->dst.kind, from = facts->src.kind;

	if (to == PLACE_GROUP || to == PLACE_SELF || from == PLACE_SELF)
		return true;
	if (is_dhcp(facts->flow))
		return to != PLACE_PUBLIC && from != PLACE_PUBLIC;
	return to == PLACE_LINK_LOCAL && from == PLACE_LINK_LOCAL;
}

static bool is_platform(const struct judge_case *facts)
{
	return !facts->is_dns &&
	       (facts->src.kind == PLACE_PLATFORM ||
		map_platform_role(facts->map, &facts->flow->dst, facts->flow->dst_port));
}

/* What the map knows of the things at both ends. */
static void find_owned(struct judge_case *facts)
{
	facts->src_compute = map_compute_at(facts->map, &facts->flow->src);
	facts->dst_compute = map_compute_at(facts->map, &facts->flow->dst);
}

static bool seems_turned(const struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	bool src_serves = flow->src_port != 0 && flow->src_port < PORT_EPHEMERAL &&
			  flow->dst_port >= PORT_EPHEMERAL;

	if (facts->dst.kind != PLACE_MAPPED)
		return false;
	return facts->src.kind == PLACE_ENDPOINT || ((flow->midstream || flow->one_sided) &&
						     facts->src.kind == PLACE_PUBLIC && src_serves);
}

static void turn_round(struct judge_case *facts)
{
	struct place src = facts->src;

	facts->turned = *facts->flow;
	facts->turned.src = facts->flow->dst;
	facts->turned.dst = facts->flow->src;
	facts->turned.src_port = facts->flow->dst_port;
	facts->turned.dst_port = facts->flow->src_port;
	facts->flow = &facts->turned;
	facts->src = facts->dst;
	facts->dst = src;
	facts->is_turned = true;
}

void judge_case_of_flow(struct judge_case *facts, struct judge_known *known,
			const struct judge_flow *flow)
{
	struct judge_names *names = &known->names;
	const struct map *map = names->map;

	memset(facts, 0, sizeof(*facts));
	facts->map = map;
	facts->flow = flow;
	facts->src = *judge_places_find(&known->places, &flow->src);
	facts->dst = *judge_places_find(&known->places, &flow->dst);
	if (map && seems_turned(facts))
		turn_round(facts);
	choose_name(facts, names);
	if (facts->name.value)
		look_up_name(facts, names);
	facts->is_icmp_noise = is_icmp_noise(flow);
	if (!map)
		return;
	find_endpoint_at(facts);
	if (facts->name.source == NAME_MAP)
		look_up_name(facts, names);
	find_crossing(facts);
	find_egress(facts);
	find_dns(facts);
	find_admin(facts);
	find_admin_of_compute(facts);
	find_owned(facts);
	facts->is_housekeeping = is_housekeeping(facts);
	facts->is_platform = is_platform(facts);
	facts->told_is_ours = facts->is_contradicted &&
			      judge_names_find(names, flow->resolved.value)->endpoint != NULL;
	if (facts->is_dns && flow->dns_verdict == VERDICT_DNS_PRIVATE_LINK_LEAK)
		facts->leak = LEAK_SEEN;
}
