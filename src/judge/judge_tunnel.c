/* Evidence of data in DNS: what src/identify/dns_traits.h counted of a flow. The thresholds, and who is
 * excused, are the rule's (rules/pack/exfiltration.json); each count is one of different names in one
 * flow, one client port to one resolver. Stub resolvers take a new port for each question, so a handful
 * in one flow is already much:
 *
 *   coded     iodine's handshake is five questions, all alike but for a few letters; data follows
 *             only when it is answered. Of five the first has none before it to be like.
 *   lengthy   a long label alone is no proof: content networks and load balancers have them, but
 *             not eight of one site from one port.
 *   loose     tunnels without a domain of their own (dnscat straight to its server).
 *   binary    no host has such a name, and 40 bytes of it are no typing error.
 *
 * What is not seen: tunnels that stay below all of these, or ask each question from another port. For
 * these there are rules with windows, over source and site.
 */
#include "judge/judge_rule.h"

#define NAME_SHOWN 90 /* as in judge_say.c */

/* The count that says most. */
static void add_kind(struct text *text, const struct judge_flow *flow)
{
	bool lengthy = flow->dns_lengthy > flow->dns_coded;
	bool loose = flow->dns_loose > flow->dns_coded && flow->dns_loose > flow->dns_lengthy;

	if (flow->dns_coded + flow->dns_lengthy + flow->dns_loose == 0) {
		text_add(text, "names with bytes that no host's name has");
		return;
	}
	text_add(text, "at least ");
	text_add_number(text, loose     ? flow->dns_loose
			      : lengthy ? flow->dns_lengthy
					: flow->dns_coded);
	text_add(text, loose     ? " different long coded names in types that carry data"
		       : lengthy ? " different names with long coded labels"
				 : " different coded names in types that carry data");
}

void judge_say_tunnel(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_flow *flow = facts->flow;
	struct text text = judge_say(judgement, EVIDENCE_DNS);

	text_add_ip(&text, &flow->src);
	text_add(&text, " asked ");
	text_add_ip(&text, &flow->dst);
	text_add(&text, " for ");
	add_kind(&text, flow);
	if (flow->dns_site) {
		text_add(&text, " under ");
		text_add_short(&text, flow->dns_site, NAME_SHOWN);
	}
	if (flow->dns_question) {
		text_add(&text, "; the first question was ");
		text_add_short(&text, flow->dns_question, NAME_SHOWN);
	}
	text = judge_say(judgement, EVIDENCE_WIRE);
	text_add(&text, "at least ");
	text_add_number(&text, flow->dns_bytes_up);
	text_add(&text, " bytes went up in names of this kind, ");
	text_add_number(&text, flow->dns_bytes_down);
	text_add(&text, " came down in answers that can carry data; what they hold is not visible");
}
