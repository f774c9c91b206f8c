/* judge_rule.h - one rule: when it holds, what it means, and what is said then. */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "judge/judge_case.h"

struct judge_rule {
	const char *id; /* PEW-AREA-NNN; never reused */
	enum verdict verdict;
	enum severity severity;
	const char *title;
	bool (*applies)(const struct judge_case *facts);
	void (*explain)(const struct judge_case *facts, struct judgement *judgement);
};

/* The rules in the order in which they are tried. The last applies to everything. */
extern const struct judge_rule judge_rules[];
extern const size_t judge_rule_count;

/* An empty evidence sentence of the kind; when there is no room left, one that takes nothing. */
struct text judge_say(struct judgement *judgement, enum evidence_kind kind);

/* The deciding sentences of the rules. */
void judge_say_housekeeping(const struct judge_case *facts, struct judgement *judgement);
void judge_say_platform(const struct judge_case *facts, struct judgement *judgement);
void judge_say_token(const struct judge_case *facts, struct judgement *judgement);
void judge_say_leak(const struct judge_case *facts, struct judgement *judgement);
void judge_say_resolver(const struct judge_case *facts, struct judgement *judgement);
void judge_say_admin(const struct judge_case *facts, struct judgement *judgement);
void judge_say_inbound(const struct judge_case *facts, struct judgement *judgement);
void judge_say_mismatch(const struct judge_case *facts, struct judgement *judgement);
void judge_say_crossing(const struct judge_case *facts, struct judgement *judgement);
void judge_say_endpoint(const struct judge_case *facts, struct judgement *judgement);
void judge_say_bypass(const struct judge_case *facts, struct judgement *judgement);
void judge_say_service(const struct judge_case *facts, struct judgement *judgement);
void judge_say_credential(const struct judge_case *facts, struct judgement *judgement);
void judge_say_egress(const struct judge_case *facts, struct judgement *judgement);
void judge_say_inside(const struct judge_case *facts, struct judgement *judgement);
void judge_say_unlisted(const struct judge_case *facts, struct judgement *judgement);

/* judge_tunnel.c: data in DNS. */
bool judge_is_tunnel(const struct judge_case *facts);
void judge_say_tunnel(const struct judge_case *facts, struct judgement *judgement);

/* Last of all: the service tag of a public destination; nothing without a list. */
void judge_say_tag(const struct judge_case *facts, struct judgement *judgement);

/* What is said after them, whatever the rule: the name, the limits of what was seen. */
void judge_say_rest(const struct judge_case *facts, struct judgement *judgement);
