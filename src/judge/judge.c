/* Judging: gather the facts, try the rules, say why. Nothing here allocates, blocks or fails. */
#include "judge/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge_case.h"
#include "judge/judge_rule.h"

struct judge {
	const struct map *map; /* NULL: nothing is judged */
	const struct catalog *catalog;
	const struct service_tags *tags; /* or NULL */
};

int judge_new(struct judge **judge, const struct map *map, const struct catalog *catalog)
{
	*judge = calloc(1, sizeof(**judge));
	if (!*judge)
		return -ENOMEM;
	(*judge)->map = map;
	(*judge)->catalog = catalog;
	return 0;
}

void judge_free(struct judge *judge)
{
	free(judge);
}

void judge_use_tags(struct judge *judge, const struct service_tags *tags)
{
	judge->tags = tags;
}

static void copy_label(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

static void fill_endpoint(const struct judge_case *facts, struct endpoint *endpoint)
{
	const struct map_endpoint *own = facts->named ? facts->named : facts->at;

	if (own) {
		endpoint->private_endpoint = own->private_endpoint->name;
		endpoint->category = own->private_endpoint->category;
	}
	if (!facts->is_known)
		return;
	endpoint->service = facts->match.service->id;
	endpoint->category = facts->match.service->category;
	endpoint->zone = facts->match.private_zone;
	copy_label(endpoint->resource, sizeof(endpoint->resource), facts->match.resource);
	copy_label(endpoint->region, sizeof(endpoint->region), facts->match.region);
}

static void start(struct judgement *judgement)
{
	/* All but the evidence texts, which are 3 KiB and have a count. */
	judgement->verdict = VERDICT_NONE;
	judgement->severity = SEVERITY_NONE;
	judgement->evidence_count = 0;
	judgement->rule_id = NULL;
	judgement->title = NULL;
	judgement->endpoint = (struct endpoint){ .service = NULL };
}

static void decide(const struct judge_case *facts, struct judgement *judgement)
{
	const struct judge_rule *rule = judge_rules;

	start(judgement);
	fill_endpoint(facts, &judgement->endpoint);
	if (!facts->map || facts->is_icmp_noise)
		return;
	while (!rule->applies(facts)) /* the last one does */
		rule++;
	judgement->verdict = rule->verdict;
	judgement->severity = rule->severity;
	judgement->rule_id = rule->id;
	judgement->title = rule->title;
	rule->explain(facts, judgement);
	judge_say_rest(facts, judgement);
	judge_say_tag(facts, judgement);
}

void judge_flow(const struct judge *judge, const struct judge_flow *flow,
		struct judgement *judgement)
{
	struct judge_case facts;

	judge_case_of_flow(&facts, judge->map, judge->catalog, flow);
	facts.tags = judge->tags;
	decide(&facts, judgement);
}

void judge_dns(const struct judge *judge, const struct judge_dns *dns, struct judgement *judgement)
{
	struct judge_case facts;
	struct judge_flow flow;

	judge_case_of_dns(&facts, judge->map, judge->catalog, dns, &flow);
	decide(&facts, judgement);
}
