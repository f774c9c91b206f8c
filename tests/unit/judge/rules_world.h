/* rules_world.h - rules from a text, and one event to try them on. */
#pragma once

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/rules_match.h"

#define NOON_NS (UINT64_C(1798632000) * NS_PER_S) /* 2026-12-30 12:00 UTC */

struct trial { /* an event with all that conditions ask of it */
	struct event event;
	struct flow_record flow;
	struct name name;
	struct tls_info tls;
	struct dns_message dns;
	struct judge_flow judged;
	struct judge_case facts;
};

static inline struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static inline struct trial *set_trial(void)
{
	static const struct catalog_service service = { .id = "azure-openai",
							.category = "azure-ai" };
	static struct trial trial;

	memset(&trial, 0, sizeof(trial));
	trial.flow = (struct flow_record){ .src = addr("10.40.1.7"),
					   .dst = addr("203.0.113.9"),
					   .src_port = 50000,
					   .dst_port = 443,
					   .protocol = 6,
					   .vlan = { 100, 200 },
					   .vlan_count = 2,
					   .count = { { 10, 5000 }, { 9, 1000 } } };
	trial.name = (struct name){ .value = "chat.openai.azure.com", .source = NAME_SNI };
	strncpy(trial.tls.sni, "Chat.OpenAI.Azure.COM", NAME_MAX_BYTES);
	strncpy(trial.tls.alpn_offered, "h2,http/1.1", TLS_ALPN_MAX);
	trial.dns.question_count = 2;
	trial.dns.question[0] = (struct dns_question){ .name = "One.Example", .type = DNS_TYPE_A };
	trial.dns.question[1] = (struct dns_question){ .name = "two.example", .type = DNS_TYPE_A };
	trial.event = (struct event){ .type = EVENT_FLOW,
				      .time_ns = NOON_NS,
				      .app_proto = "tls",
				      .flow = &trial.flow,
				      .name = &trial.name,
				      .tls = &trial.tls,
				      .dns = &trial.dns };
	trial.judged.answered = true;
	trial.facts.flow = &trial.judged;
	trial.facts.is_known = true;
	trial.facts.match.service = &service;
	trial.facts.src.zone = "dev";
	return &trial;
}

/* Rules that must load. */
static inline struct rules *rules_of(const char *text)
{
	struct fault fault = { "" };
	struct rules *rules;

	if (rules_parse(&rules, text, strlen(text), "r.json", &fault) != 0)
		fail_msg("%s\nin: %s", fault.text, text);
	return rules;
}
