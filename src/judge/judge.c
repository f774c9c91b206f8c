/* Judging: gather the facts, try the rules, say why. Nothing here allocates, blocks or fails. */
#include "judge/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge_case.h"
#include "judge/judge_rule.h"
#include "judge/rules_match.h"

struct judge {
	struct judge_knowledge knowledge;
	struct rules_desk *desk;
	struct judge_case facts; /* of what was judged last */
	struct judge_flow flow;  /* what facts.flow points to, or stands for a DNS message */
	struct judge_known known;
	const struct rule *decided;  /* by the judgement made last; or NULL */
	struct judgement beside;     /* of an alert rule */
	struct window_sample sample; /* scratch */
	const struct event *judged;  /* that the desk has at hand since it was judged; or NULL */
};

int judge_new(struct judge **judge, const struct judge_knowledge *knowledge)
{
	struct judge *made = calloc(1, sizeof(*made));
	int error = made ? rules_desk_new(&made->desk, knowledge->rules) : -ENOMEM;

	*judge = NULL;
	if (error) {
		free(made);
		return error;
	}
	made->knowledge = *knowledge;
	made->known.places.map = knowledge->map;
	made->known.names.map = knowledge->map;
	made->known.names.catalog = knowledge->catalog;
	*judge = made;
	return 0;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	rules_desk_free(judge->desk);
	free(judge);
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
	judgement->rule = NULL;
	judgement->suppressed = NULL;
	judgement->endpoint = (struct endpoint){ .service = NULL };
}

/* What a rule that holds says. */
static void state(const struct rule *rule, struct judgement *judgement)
{
	judgement->verdict = rule->info.verdict;
	judgement->severity = rule->info.severity;
	judgement->rule_id = rule->info.id;
	judgement->title = rule->info.title;
	judgement->rule = &rule->info;
}

/* ... and why. */
static void explain(struct judge *judge, const struct rule *rule, struct judgement *judgement)
{
	if (rule->evidence_count == 0) {
		struct text text = judge_say(judgement, EVIDENCE_WIRE);

		rules_write_message(judge->desk, rule, &text);
	}
	for (size_t i = 0; i < rule->evidence_count; i++)
		rule->evidence[i](&judge->facts, judgement);
	judge_say_rest(&judge->facts, judgement);
	judge_say_tag(&judge->facts, judgement);
}

static void suppress(struct judge *judge, const struct rule *rule, const struct event *event,
		     struct judgement *judgement)
{
	const struct suppression *suppression =
		rule->suppressed ? rules_suppression(judge->desk, rule, event ? event->time_ns : 0)
				 : NULL;

	judgement->suppressed = suppression ? suppression->reason : NULL;
}

static void decide(struct judge *judge, enum event_type type, const struct event *event,
		   struct judgement *judgement)
{
	struct event with;
	const struct rule *rule;

	judge->judged = NULL;
	judge->decided = NULL;
	start(judgement);
	fill_endpoint(&judge->facts, &judgement->endpoint);
	if (!judge->facts.map || judge->facts.is_icmp_noise)
		return;
	if (event) { /* so that rules may ask for the endpoint */
		with = *event;
		with.judgement = judgement;
	}
	rules_turn_to(judge->desk, type, event ? &with : NULL, &judge->facts);
	judge->judged = event;
	rule = rules_verdict(judge->desk);
	if (!rule)
		return;
	suppress(judge, rule, event, judgement);
	state(rule, judgement);
	judge->decided = rule;
	if (rules_ask_evidence(judge->knowledge.rules))
		judge_explain(judge, judgement);
}

void judge_look(struct judge *judge, const struct judge_flow *flow)
{
	judge->judged = NULL;
	judge->flow = *flow; /* judge_alerts() asks it after the caller's is gone */
	judge_case_of_flow(&judge->facts, &judge->known, &judge->flow);
	judge->facts.tags = judge->knowledge.tags;
}

void judge_explain(struct judge *judge, struct judgement *judgement)
{
	if (judge->decided && judgement->evidence_count == 0)
		explain(judge, judge->decided, judgement);
}

void judge_decide(struct judge *judge, const struct event *event, const struct judge_flow *flow,
		  struct judgement *judgement)
{
	judge_look(judge, flow);
	decide(judge, EVENT_FLOW, event, judgement);
}

void judge_flow(struct judge *judge, const struct event *event, const struct judge_flow *flow,
		struct judgement *judgement)
{
	judge_decide(judge, event, flow, judgement);
	judge_explain(judge, judgement);
}

void judge_dns(struct judge *judge, const struct event *event, const struct judge_dns *dns,
	       struct judgement *judgement)
{
	judge_case_of_dns(&judge->facts, &judge->known, dns, &judge->flow);
	decide(judge, EVENT_DNS, event, judgement);
	judge_explain(judge, judgement);
}

uint16_t judge_alerts_on(const struct judge *judge)
{
	return judge->knowledge.map ? rules_alerts_on(judge->knowledge.rules) : 0;
}

static void alert(struct judge *judge, const struct rule *rule, const struct event *event,
		  const struct judge_sink *sink)
{
	struct judgement *beside = &judge->beside;

	start(beside);
	fill_endpoint(&judge->facts, &beside->endpoint);
	suppress(judge, rule, event, beside);
	state(rule, beside);
	explain(judge, rule, beside);
	sink->alert(sink->context, rule->number, beside);
}

void judge_alerts(struct judge *judge, const struct event *event, const struct judge_sink *sink)
{
	const struct rule *rule;
	uint32_t number = 0;
	bool is_alive;

	if (!(judge_alerts_on(judge) >> event->type & 1) || judge->facts.is_icmp_noise)
		return;
	if (event == judge->judged)
		rules_turn_on(judge->desk, event);
	else
		rules_turn_to(judge->desk, (enum event_type)event->type, event, &judge->facts);
	judge->judged = NULL;
	rules_spare(judge->desk, sink);
	while ((rule = rules_alert(judge->desk, &number, &is_alive)) != NULL) {
		if (!rule->window)
			alert(judge, rule, event, sink);
		else if (!(rule->suppressed &&
			   rules_suppression(judge->desk, rule, event->time_ns)) &&
			 rules_sample(judge->desk, rule, is_alive, &judge->sample))
			sink->sample(sink->context, rule->number, &judge->sample);
	}
}
