/* Evidence of service tags: whose address it is, by Microsoft's own list. */
#include "judge/judge_rule.h"

/* Whether the list has the address where the name's service should be. */
static bool is_where_it_should_be(const struct judge_case *facts)
{
	const char *const *tag = facts->is_known ? facts->match.service->service_tags : NULL;

	for (; tag && *tag; tag++)
		if (service_tags_holds(facts->tags, *tag, &facts->flow->dst))
			return true;
	return false;
}

/* Of public destinations only: the list has no others. Says nothing of an address in no tag, because
 * the list does not have all of Azure's. */
void judge_say_tag(const struct judge_case *facts, struct judgement *judgement)
{
	const struct service_tag *tag;
	struct text text;

	if (!facts->tags || facts->dst.kind != PLACE_PUBLIC)
		return;
	tag = service_tags_find(facts->tags, &facts->flow->dst);
	if (!tag)
		return;
	text = judge_say(judgement, EVIDENCE_ADDRESS);
	text_add_ip(&text, &facts->flow->dst);
	text_add(&text, " is in service tag ");
	text_add(&text, tag->name);
	text_add(&text, " (");
	text_add(&text, service_tags_version(facts->tags));
	text_add(&text, "): ");
	if (tag->is_cloud)
		text_add(&text, "Azure's, of no service that the list knows");
	else if (is_where_it_should_be(facts))
		text_add(&text, "where the service of this name answers; a sign, not proof");
	else
		text_add(&text, "a sign of the service, not proof");
}
