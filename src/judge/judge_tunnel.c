/* Is a DNS flow a tunnel? Thresholds over what src/identify/dns_traits.h counted, and who is excused.
 *
 * Each count is one of different names in one flow, one client port to one resolver. Stub resolvers take a
 * new port for each question, so a handful in one flow is already much:
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
#include <string.h>
#include <strings.h>

#include "judge/judge_rule.h"

#define CODED_MIN 4
#define LENGTHY_MIN 8
#define LOOSE_MIN 8
#define BINARY_MIN 1
#define NAME_SHOWN 90 /* as in judge_say.c */

/* Virus scanners, mail filters and reputation services that ask by DNS: hashes and addresses in
 * names, by the thousand, and meant to. Under the service's own domain nobody else can listen. */
static const char *const carriers[] = {
	"avast.com",     "avqs.mcafee.com", "avts.mcafee.com", "barracudacentral.org",
	"cymru.com",     "dnswl.org",       "e5.sk",           "eset.com",
	"mailshell.net", "mailspike.net",   "senderbase.org",  "sophosxl.net",
	"sorbs.net",     "spamcop.net",     "spamhaus.net",    "spamhaus.org",
	"surbl.org",     "trendmicro.com",  "uribl.com",       "webroot.com",
};

static bool is_under(const char *name, const char *domain)
{
	size_t length = strlen(name), end = strlen(domain);

	if (length < end || strcasecmp(name + length - end, domain) != 0)
		return false;
	return length == end || name[length - end - 1] == '.';
}

static bool is_carrier(const char *name)
{
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (is_under(name, carriers[i]))
			return true;
	return false;
}

/* Whether the names belong to somebody who may: the first question names them, but most of the names must
 * be of the same site, and hardly one of another. */
static bool is_excused(const struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	bool others =
		flow->dns_loose >= flow->dns_lengthy + LOOSE_MIN || flow->dns_binary >= BINARY_MIN;

	if (!flow->dns_site || !flow->dns_question || others)
		return false;
	return is_carrier(flow->dns_question) || map_egress_by_name(facts->map, flow->dns_question);
}

bool judge_is_tunnel(const struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;

	if (flow->app != APP_DNS)
		return false;
	if (flow->dns_coded < CODED_MIN && flow->dns_lengthy < LENGTHY_MIN &&
	    flow->dns_loose < LOOSE_MIN && flow->dns_binary < BINARY_MIN)
		return false;
	return !is_excused(facts);
}

/* Which of the thresholds was passed. */
static void add_kind(struct text *text, const struct judge_flow *flow)
{
	bool coded = flow->dns_coded >= CODED_MIN, lengthy = flow->dns_lengthy >= LENGTHY_MIN;
	bool loose = flow->dns_loose >= LOOSE_MIN;

	if (!coded && !lengthy && !loose) {
		text_add(text, "names with bytes that no host's name has");
		return;
	}
	text_add(text, "at least ");
	text_add_number(text, coded     ? flow->dns_coded
			      : lengthy ? flow->dns_lengthy
					: flow->dns_loose);
	text_add(text, coded     ? " different coded names in types that carry data"
		       : lengthy ? " different names with long coded labels"
				 : " different long coded names in types that carry data");
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
