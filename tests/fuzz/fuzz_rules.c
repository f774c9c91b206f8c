/* A rule file: it loads or says where it is wrong; then every rule can be looked at and tried on events,
 * twice with the same result. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge/rules_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An event that has something for most fields. */
static const struct flow_record flow = {
	.src = { { [10] = 0xff, [11] = 0xff, 10, 40, 1, 7 } },
	.dst = { { [10] = 0xff, [11] = 0xff, 203, 0, 113, 9 } },
	.src_port = 50000,
	.dst_port = 443,
	.protocol = 6,
	.vlan = { 100 },
	.vlan_count = 1,
};
static const struct name name = { .value = "chat.openai.azure.com", .source = NAME_SNI };
static const struct tls_info tls = { .sni = "Chat.OpenAI.azure.com",
				     .alpn_offered = "h2,,http/1.1" };
static const struct dns_message dns = {
	.question_count = 1,
	.question = { { .name = "one\\.label.example", .type = DNS_TYPE_A } },
	.record_count = 1,
	.record = { { .name = "one.example", .type = DNS_TYPE_CNAME, .data = "two.example" } },
};

static const struct event events[] = {
	{ .type = EVENT_FLOW, .app_proto = "tls", .flow = &flow, .name = &name, .tls = &tls },
	{ .type = EVENT_DNS, .app_proto = "dns", .flow = &flow, .dns = &dns },
};

static void look_at(const struct rules *rules)
{
	struct rule_view view;
	struct fault sentence;

	for (size_t i = 0; i < rules_count(rules); i++) {
		view = rules_at(rules, i);
		if (!view.info->id || !view.message || view.on == 0 || view.line == 0 ||
		    !rules_find(rules, view.info->id, &view))
			abort();
	}
	for (size_t i = 0; rules_expired(rules, i, INT64_MAX, &sentence); i++)
		if (sentence.text[0] == '\0')
			abort();
}

static void speak(struct rules_desk *desk, const struct rule *rule, const struct event *event)
{
	struct window_sample sample;
	char said[EVIDENCE_TEXT_MAX + 1];
	struct text text = text_over(said, sizeof(said));

	rules_write_message(desk, rule, &text);
	rules_suppression(desk, rule, event->time_ns);
	if (rule->window && rules_sample(desk, rule, false, &sample) &&
	    sample.length != strlen(sample.key))
		abort();
}

static void try_on(struct rules_desk *desk, const struct rules *rules, const struct event *event)
{
	static const struct judge_flow judged = { .answered = true };
	static const struct judge_case facts = { .flow = &judged };
	const struct rule *rule, *first;
	uint32_t number = 0;
	bool is_alive;

	rules_turn_to(desk, (enum event_type)event->type, event, &facts);
	first = rules_verdict(desk);
	if (first && (first->effect != RULE_VERDICT || first->number >= rules_count(rules)))
		abort();
	if (first)
		speak(desk, first, event);
	while ((rule = rules_alert(desk, &number, &is_alive)) != NULL) {
		if (rule->effect != RULE_ALERT)
			abort();
		speak(desk, rule, event);
	}
	rules_turn_to(desk, (enum event_type)event->type, event, &facts);
	if (rules_verdict(desk) != first)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { "" };
	struct rules_desk *desk;
	struct rules *rules;

	if (rules_parse(&rules, (const char *)data, size, "r", &fault) != 0) {
		if (fault.text[0] == '\0' || rules)
			abort();
		return 0;
	}
	look_at(rules);
	if (rules_desk_new(&desk, rules) == 0) {
		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			try_on(desk, rules, &events[i]);
		rules_desk_free(desk);
	}
	rules_free(rules);
	return 0;
}
