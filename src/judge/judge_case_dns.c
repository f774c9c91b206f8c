/* Gathering the facts of one DNS message: does what an approved resolver said keep private what is
 * private?
 *
 * Every name of the answer counts, the question and each CNAME: people put names of their own before
 * Azure's. A name that the map has an endpoint for must end at an address where the map has it. A
 * privatelink name of somebody else is their business (Microsoft's own sign-in passes one) unless it
 * ends inside our address space, or at a zone of ours that hides it.
 */
#include <string.h>

#include "judge/judge_case.h"

#define RCODE_NXDOMAIN 3
#define PORT_DNS 53
#define PROTOCOL_UDP 17

static bool is_address(const struct dns_record *record)
{
	return record->section == DNS_ANSWER && record->has_addr &&
	       (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA);
}

/* The i-th name that the message speaks of: the question, then the targets of CNAMEs; NULL for the
 * records between, and *end past the last. */
static const char *spoken_name(const struct dns_message *message, unsigned i, bool *end)
{
	*end = i > message->record_count;
	if (*end || i == 0)
		return *end || message->question_count == 0 ? NULL : message->question[0].name;

	const struct dns_record *record = &message->record[i - 1];
	return record->section == DNS_ANSWER && record->type == DNS_TYPE_CNAME ? record->data
									       : NULL;
}

static bool is_inside(uint8_t kind)
{
	return kind == PLACE_MAPPED || kind == PLACE_ENDPOINT || kind == PLACE_PRIVATE;
}

/* The first address that is not where the map has the endpoint. */
static void find_misplaced(struct judge_case *facts, const struct dns_message *message)
{
	for (unsigned i = 0; i < message->record_count && facts->leak == LEAK_NONE; i++) {
		const struct dns_record *record = &message->record[i];

		if (!is_address(record) ||
		    map_endpoint_serves(facts->map, facts->leak_alias, &record->addr))
			continue;
		facts->leak_addr = record->addr;
		facts->leak = judge_place_of(facts->map, &record->addr).kind == PLACE_PUBLIC
				      ? LEAK_PUBLIC
				      : LEAK_PRIVATE;
	}
}

static void find_stray(struct judge_case *facts, const struct dns_message *message)
{
	for (unsigned i = 0; i < message->record_count && facts->leak == LEAK_NONE; i++) {
		const struct dns_record *record = &message->record[i];

		if (!is_address(record) ||
		    !is_inside(judge_place_of(facts->map, &record->addr).kind))
			continue;
		facts->leak_addr = record->addr;
		facts->leak = LEAK_STRAY;
	}
}

/* The private zone of what was asked: the alias's own or, for a public name, its private form's. */
static const struct map_dns_zone *zone_of(const struct judge_case *facts)
{
	const struct map_dns_zone *zone = map_dns_zone_of(facts->map, facts->leak_alias);

	if (!zone && facts->leak_of && facts->leak_of->private_dns_name)
		zone = map_dns_zone_of(facts->map, facts->leak_of->private_dns_name);
	return zone;
}

static void judge_own(struct judge_case *facts, const struct dns_message *message)
{
	if (message->rcode == RCODE_NXDOMAIN)
		facts->leak = LEAK_ABSENT;
	else
		find_misplaced(facts, message);
	facts->leak_zone = zone_of(facts);
}

static void judge_foreign(struct judge_case *facts, const struct dns_message *message)
{
	facts->leak_zone = zone_of(facts);
	if (message->rcode == RCODE_NXDOMAIN && facts->leak_zone)
		facts->leak = LEAK_HIDDEN;
	else
		find_stray(facts, message);
}

static void find_leak(struct judge_case *facts, struct judge_names *names,
		      const struct dns_message *message)
{
	const char *privatelink = NULL;
	bool end = false;

	for (unsigned i = 0; !end && !facts->leak_of; i++) {
		const char *name = spoken_name(message, i, &end);
		const struct judge_name *known = name ? judge_names_find(names, name) : NULL;

		if (!known)
			continue;
		facts->leak_of = known->endpoint;
		facts->leak_alias = name;
		if (!privatelink && known->is_known && known->match.is_privatelink)
			privatelink = name;
	}
	if (facts->leak_of) {
		judge_own(facts, message);
	} else if (privatelink) {
		facts->leak_alias = privatelink;
		judge_foreign(facts, message);
	}
}

void judge_case_of_dns(struct judge_case *facts, struct judge_known *known,
		       const struct judge_dns *dns, struct judge_flow *dns_flow)
{
	struct judge_names *names = &known->names;
	const struct dns_message *message = dns->message;
	const char *asked = message->question_count != 0 ? message->question[0].name : NULL;

	*dns_flow = (struct judge_flow){ .src = dns->client,
					 .behind = dns->behind,
					 .dst = dns->resolver,
					 .dst_port = dns->resolver_port,
					 .protocol = PROTOCOL_UDP,
					 .app = APP_DNS,
					 .answered = message->response };
	judge_case_of_flow(facts, known, dns_flow);
	if (asked)
		judge_case_note_service(facts, judge_names_find(names, asked));
	facts->leak_name = asked;
	facts->question = dns->traits;
	if (!names->map)
		return;
	if (message->response && asked && facts->resolver_approved)
		find_leak(facts, names, message);
	if (!facts->named && asked)
		facts->named =
			facts->leak_of ? facts->leak_of : judge_names_find(names, asked)->endpoint;
}
