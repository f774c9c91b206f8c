/* judge_rule.h - what is said when a rule holds: the evidence writers. */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "judge/judge_case.h"

/* Rules name their writers. The first one's sentences decide, so they come first. */
struct judge_writer {
	const char *name; /* "bypass" */
	const char *doc;  /* what it says */
	void (*write)(const struct judge_case *facts, struct judgement *judgement);
};
extern const struct judge_writer judge_writers[];
extern const size_t judge_writer_count;

/* An empty evidence sentence of the kind; when there is no room left, one that takes nothing. */
struct text judge_say(struct judgement *judgement, enum evidence_kind kind);

/* What is said after them, whatever the rule: the name, the limits of what was seen. */
void judge_say_rest(const struct judge_case *facts, struct judgement *judgement);

/* Last of all: the service tag of a public destination; nothing without a list. */
void judge_say_tag(const struct judge_case *facts, struct judgement *judgement);

/* judge_tunnel.c: data in DNS. */
void judge_say_tunnel(const struct judge_case *facts, struct judgement *judgement);

/* judge_say_dns.c */
void judge_say_leak(const struct judge_case *facts, struct judgement *judgement);
void judge_say_resolver(const struct judge_case *facts, struct judgement *judgement);
