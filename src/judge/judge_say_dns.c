/* Evidence of the DNS rules. */
#include "judge/judge_rule.h"

#define NAME_SHOWN 90 /* as in judge_say.c */

static void add_client(struct text *text, const struct judge_case *facts)
{
	text_add_ip(text, &facts->flow->src);
	if (facts->src.zone) {
		text_add(text, " (zone ");
		text_add_short(text, facts->src.zone, NAME_SHOWN);
		text_add(text, ")");
	}
}

void judge_say_resolver(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_flow *flow = facts->flow;
	struct text text = judge_say(judgement, EVIDENCE_DNS);

	text_add_ip(&text, &flow->dst);
	text_add(&text, " port ");
	text_add_number(&text, flow->dst_port);
	if (facts->resolver_approved) {
		text_add(&text, " is an approved resolver");
		return;
	}
	text_add(&text, map_has_resolver(facts->map, &flow->dst)
				? " is a resolver of the map, but not for "
				: " is no resolver of the map; the question came from ");
	add_client(&text, facts);
	if (map_has_resolver(facts->map, &flow->dst))
		text_add(&text, " or not on this port");
	if (!facts->is_encrypted_dns)
		return;
	text = judge_say(judgement, EVIDENCE_WIRE);
	text_add(&text,
		 "DNS inside TLS, QUIC or HTTP, by its port, ALPN, path or the resolver's name; "
		 "the questions are not visible");
}

/* Which private zone should have answered, and whether it could. */
static void say_zone(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text;

	if (!facts->leak_zone)
		return;
	text = judge_say(judgement, EVIDENCE_MAP);
	text_add(&text, "private DNS zone ");
	text_add_short(&text, facts->leak_zone->name, NAME_SHOWN);
	if (!facts->src.vnet) {
		text_add(&text, " should answer; the client is in no VNet of the map");
	} else if (map_dns_zone_is_linked(facts->map, facts->leak_zone, facts->src.vnet)) {
		text_add(&text, " is linked to ");
		text_add_short(&text, facts->src.vnet->name, NAME_SHOWN);
		text_add(&text,
			 ": its record is missing or wrong, or the resolver forwards elsewhere");
	} else {
		text_add(&text, " is not linked to ");
		text_add_short(&text, facts->src.vnet->name, NAME_SHOWN);
		text_add(&text, ": link it");
	}
	if (facts->leak_zone->resolution_policy) {
		text_add(&text, "; resolution policy ");
		text_add_short(&text, facts->leak_zone->resolution_policy, NAME_SHOWN);
	}
}

static void add_expected(struct text *text, const struct map_endpoint *endpoint)
{
	text_add(text, ", which has private endpoint ");
	if (endpoint->ip_count != 0)
		text_add_ip(text, &endpoint->ips[0]);
	text_add(text, " (");
	text_add_short(text, endpoint->private_endpoint->name, NAME_SHOWN);
	text_add(text, ")");
}

void judge_say_leak(const struct judge_case *facts, struct judgement *judgement)
{
	struct text text = judge_say(judgement, EVIDENCE_DNS);

	if (facts->leak == LEAK_SEEN) {
		text_add(&text,
			 "an answer on this flow leads away from a private endpoint; see its DNS "
			 "event");
		return;
	}
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " told ");
	add_client(&text, facts);
	if (facts->leak == LEAK_ABSENT || facts->leak == LEAK_HIDDEN) {
		text_add(&text, " that there is no ");
	} else {
		text_add(&text, facts->leak == LEAK_PUBLIC ? " the public address "
							   : " the private address ");
		text_add_ip(&text, &facts->leak_addr);
		text_add(&text, " for ");
	}
	text_add_short(&text, facts->leak_name, NAME_SHOWN);
	if (facts->leak_of)
		add_expected(&text, facts->leak_of);
	else
		text_add(&text, ", a private-link name that the map does not have");
	say_zone(facts, judgement);
}
