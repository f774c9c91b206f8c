/* Facts of DNS that may carry data: what was counted of a flow's questions, and of a message's first. */
#include <string.h>

#include "judge/judge_facts.h"

static bool give(struct value *value, const char *text)
{
	value->text = text;
	value->length = text ? strlen(text) : 0;
	return value->length != 0;
}

static bool give_number(struct value *value, int64_t number)
{
	value->number = number;
	return true;
}

static bool give_flag(struct value *value, bool flag)
{
	value->flag = flag;
	return true;
}

#define DNS_COUNT(name, member)                                                                    \
	bool judge_facts_##name(const struct judge_case *facts, struct value *value)               \
	{                                                                                          \
		return facts->flow->dns_questions != 0 && give_number(value, facts->flow->member); \
	}
DNS_COUNT(dns_questions, dns_questions)
DNS_COUNT(dns_coded, dns_coded)
DNS_COUNT(dns_lengthy, dns_lengthy)
DNS_COUNT(dns_loose, dns_loose)
DNS_COUNT(dns_binary, dns_binary)
DNS_COUNT(dns_bytes_up, dns_bytes_up)
DNS_COUNT(dns_bytes_down, dns_bytes_down)

bool judge_facts_dns_of_others(const struct judge_case *facts, struct value *value)
{
	const struct judge_flow *flow = facts->flow;

	return flow->dns_questions != 0 &&
	       give_number(value, flow->dns_loose > flow->dns_lengthy
					  ? flow->dns_loose - flow->dns_lengthy
					  : 0);
}

bool judge_facts_dns_site(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->flow->dns_site);
}

bool judge_facts_dns_question(const struct judge_case *facts, struct value *value)
{
	return give(value, facts->flow->dns_question);
}

bool judge_facts_dns_question_allowed(const struct judge_case *facts, struct value *value)
{
	return facts->map && facts->flow->dns_question &&
	       give_flag(value, map_egress_by_name(facts->map, facts->flow->dns_question) != NULL);
}

bool judge_facts_query_site(const struct judge_case *facts, struct value *value)
{
	return facts->question && give(value, facts->question->site);
}

bool judge_facts_query_longest_label(const struct judge_case *facts, struct value *value)
{
	return facts->question && give_number(value, facts->question->longest);
}

bool judge_facts_query_name_length(const struct judge_case *facts, struct value *value)
{
	return facts->question && facts->leak_name &&
	       give_number(value, (int64_t)strlen(facts->leak_name));
}
