/* rules_match.h - which rules hold for one event. The data path: nothing here allocates. */
#pragma once

#include "judge/rules_model.h"

struct rules_desk; /* one worker's: what was found out about the event at hand */

int rules_desk_new(struct rules_desk **desk, const struct rules *rules); /* 0 or -ENOMEM */
void rules_desk_free(struct rules_desk *desk);

/* rules_desk.c: turns to another event. facts and event are lent until the next call; event may be NULL: then it
 * has no fields, and rules are tried as on `type`. */
void rules_turn_to(struct rules_desk *desk, enum event_type type, const struct event *event,
		   const struct judge_case *facts);

/* ... to the same event with the judgement that it has got: what was found out about the rest of it stays. */
void rules_turn_on(struct rules_desk *desk, const struct event *event);

/* The first rule that gives a verdict, or NULL. */
const struct rule *rules_verdict(struct rules_desk *desk);

/* The first alert rule that holds at *number or after, or NULL; *number is then its number + 1. Start
 * at 0. For windows of absence: also what only shows life; *is_alive says so. */
const struct rule *rules_alert(struct rules_desk *desk, uint32_t *number, bool *is_alive);

/* For rules_alert() until the next turn: rules that need not be tried, as they would say nothing new. NULL:
 * none. */
struct judge_sink;
void rules_spare(struct rules_desk *desk, const struct judge_sink *sink);

/* The suppression that covers the event for this rule at a time, or NULL. */
const struct suppression *rules_suppression(struct rules_desk *desk, const struct rule *rule,
					    uint64_t time_ns);

/* The first value of a field, as it stands in the event; false: not there. Lent until the next call. */
bool rules_value(struct rules_desk *desk, const struct rule_field *field, struct value *value);

/* rules_say.c: writes the rule's message. */
void rules_write_message(struct rules_desk *desk, const struct rule *rule, struct text *text);

/* What the event adds to the rule's window; false: nothing (a field of it is not there). */
bool rules_sample(struct rules_desk *desk, const struct rule *rule, bool is_alive,
		  struct window_sample *sample);
