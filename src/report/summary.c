#include "report/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/ip.h"
#include "pewit/rule.h"

#define BUCKETS (2 * SUMMARY_GROUPS_MAX) /* a power of two: open addressing at most half full */

struct summary {
	struct arena *texts;
	struct hash_seed seed;
	struct summary_counts verdict[VERDICTS], ungrouped[VERDICTS];
	uint64_t first_ns, last_ns;
	uint32_t group_count;
	uint32_t bucket[BUCKETS]; /* index of the group, plus 1; 0: empty */
	struct summary_group group[SUMMARY_GROUPS_MAX];
};

int summary_new(struct summary **summary)
{
	*summary = calloc(1, sizeof(**summary));
	if (!*summary)
		return -ENOMEM;
	(*summary)->texts = arena_new();
	if (!(*summary)->texts) {
		summary_free(*summary);
		*summary = NULL;
		return -ENOMEM;
	}
	(*summary)->seed = hash_seed_random(); /* the order of groups does not rest on it */
	(*summary)->first_ns = UINT64_MAX;
	return 0;
}

void summary_free(struct summary *summary)
{
	if (!summary)
		return;
	arena_free(summary->texts);
	free(summary);
}

/* A resolver is asked for many names, and they name the flow no better than its address does: only
 * where the verdict is a finding is the question worth a group. */
static const char *name_of(const struct finding *flow)
{
	bool is_question = flow->name.source == NAME_QUESTION;

	return is_question && flow->judgement.verdict <= VERDICT_EXPECTED ? "" : flow->name_text;
}

static uint64_t hash_flow(const struct summary *summary, const struct finding *flow)
{
	struct {
		struct ip_addr src, dst;
		uint64_t verdict, name;
	} key = {
		.src = flow->flow.src,
		.dst = flow->flow.dst,
		.verdict = flow->judgement.verdict,
		.name = hash_bytes(&summary->seed, name_of(flow), strlen(name_of(flow))),
	};

	return hash_bytes(&summary->seed, &key, sizeof(key));
}

static const char *shown(const char *text)
{
	return text ? text : "";
}

/* A copy: what texts are lent from may be gone when the summary is printed. */
static const char *keep(struct summary *summary, const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	char *kept = text ? arena_take(summary->texts, bytes, 1) : NULL;

	return kept ? memcpy(kept, text, bytes) : NULL;
}

static bool belongs(const struct summary_group *group, const struct finding *flow)
{
	return group->verdict == flow->judgement.verdict &&
	       strcmp(shown(group->rule_id), shown(flow->judgement.rule_id)) == 0 &&
	       group->protocol == flow->flow.protocol && ip_equal(&group->src, &flow->flow.src) &&
	       ip_equal(&group->dst, &flow->flow.dst) && strcmp(group->name, name_of(flow)) == 0;
}

static void start_group(struct summary *summary, struct summary_group *group,
			const struct finding *flow)
{
	const struct judgement *judgement = &flow->judgement;

	group->src = flow->flow.src;
	group->dst = flow->flow.dst;
	group->protocol = flow->flow.protocol;
	group->first_ns = UINT64_MAX;
	group->verdict = judgement->verdict;
	group->severity = judgement->severity;
	group->rule_id = keep(summary, judgement->rule_id);
	group->title = keep(summary, judgement->title);
	group->advice = judgement->rule ? keep(summary, judgement->rule->remedy) : NULL;
	group->service = keep(summary, judgement->endpoint.service);
	group->private_endpoint = keep(summary, judgement->endpoint.private_endpoint);
	memcpy(group->name, name_of(flow), strlen(name_of(flow)) + 1);
	for (; group->reason_count < SUMMARY_REASONS_MAX &&
	       group->reason_count < judgement->evidence_count;
	     group->reason_count++)
		memcpy(group->reason[group->reason_count],
		       judgement->evidence[group->reason_count].text, sizeof(group->reason[0]));
}

/* The group of the flow, made if it is new; NULL: there is no room for another. */
static struct summary_group *group_of(struct summary *summary, const struct finding *flow)
{
	uint64_t at = hash_flow(summary, flow) & (BUCKETS - 1);

	for (; summary->bucket[at] != 0; at = (at + 1) & (BUCKETS - 1)) {
		struct summary_group *group = &summary->group[summary->bucket[at] - 1];

		if (belongs(group, flow))
			return group;
	}
	if (summary->group_count == SUMMARY_GROUPS_MAX)
		return NULL;

	struct summary_group *group = &summary->group[summary->group_count++];
	summary->bucket[at] = summary->group_count;
	start_group(summary, group, flow);
	return group;
}

static void count(struct summary_counts *counts, const struct flow_record *flow)
{
	counts->flows++;
	counts->packets += flow->count[TO_SERVER].packets + flow->count[TO_CLIENT].packets;
	counts->bytes_up += flow->count[TO_SERVER].bytes;
	counts->bytes_down += flow->count[TO_CLIENT].bytes;
}

static void note_port(struct summary_group *group, uint16_t port)
{
	for (int i = 0; i < group->port_count; i++)
		if (group->ports[i] == port)
			return;
	if (port == 0)
		return;
	if (group->port_count < SUMMARY_PORTS_MAX)
		group->ports[group->port_count++] = port;
	else
		group->more_ports = true;
}

void summary_add(struct summary *summary, const struct finding *flow)
{
	const struct flow_record *record = &flow->flow;
	unsigned verdict = flow->judgement.verdict < VERDICTS ? flow->judgement.verdict : 0;
	struct summary_group *group = group_of(summary, flow);

	count(&summary->verdict[verdict], record);
	if (record->start_ns < summary->first_ns)
		summary->first_ns = record->start_ns;
	if (record->end_ns > summary->last_ns)
		summary->last_ns = record->end_ns;
	if (!group) {
		count(&summary->ungrouped[verdict], record);
		return;
	}
	count(&group->counts, record);
	note_port(group, record->dst_port);
	if (record->start_ns < group->first_ns)
		group->first_ns = record->start_ns;
	if (record->end_ns > group->last_ns)
		group->last_ns = record->end_ns;
}

const struct summary_group *summary_groups(const struct summary *summary, size_t *group_count)
{
	*group_count = summary->group_count;
	return summary->group;
}

struct summary_counts summary_verdict(const struct summary *summary, unsigned verdict)
{
	return summary->verdict[verdict];
}

struct summary_counts summary_ungrouped(const struct summary *summary, unsigned verdict)
{
	return summary->ungrouped[verdict];
}

bool summary_span(const struct summary *summary, uint64_t *first_ns, uint64_t *last_ns)
{
	*first_ns = summary->first_ns;
	*last_ns = summary->last_ns;
	return summary->first_ns <= summary->last_ns;
}
