#include "judge/rules_desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/eight.h"

#define TURNS (UINT32_C(1) << 31)

static bool has_word(const struct rule_field *field)
{
	return field->type == VALUE_TEXT && !field->is_list;
}

static int take_slots(struct rules_desk *desk)
{
	const struct rules *rules = desk->rules;
	size_t texts = 0;

	for (size_t i = 0; i < rules->field_count; i++)
		texts += has_word(&rules->field[i]);
	desk->slot = calloc(rules->field_count + 1, sizeof(*desk->slot));
	desk->words = calloc(texts + 1, RULES_WORD_MAX);
	if (!desk->slot || !desk->words)
		return -ENOMEM;
	for (size_t i = 0, text = 0; i < rules->field_count; i++)
		if (has_word(&rules->field[i]))
			desk->slot[i].word = desk->words + RULES_WORD_MAX * text++;
	return 0;
}

int rules_desk_new(struct rules_desk **desk, const struct rules *rules)
{
	struct rules_desk *made = calloc(1, sizeof(*made));

	*desk = NULL;
	if (!made)
		return -ENOMEM;
	made->rules = rules;
	made->candidate = calloc((size_t)BITS_WORD << rules->group_shift, sizeof(*made->candidate));
	made->answer = calloc(rules->predicate_count + 1, sizeof(*made->answer));
	if (!made->candidate || !made->answer || take_slots(made) != 0) {
		rules_desk_free(made);
		return -ENOMEM;
	}
	*desk = made;
	return 0;
}

void rules_desk_free(struct rules_desk *desk)
{
	if (!desk)
		return;
	free(desk->candidate);
	free(desk->answer);
	free(desk->slot);
	free(desk->words);
	free(desk);
}

static uint64_t find_gates(const struct rules *rules, const struct judge_case *facts)
{
	uint64_t gates = 0;

	for (size_t i = 0; i < rules->gate_count; i++) {
		const struct rule_gate_fact *fact = &rules->gate_fact[i];
		const void *from = fact->is_of_flow ? (const void *)facts->flow : facts;

		gates |= (uint64_t)((const bool *)from)[fact->offset] << i;
	}
	return gates << (JUDGE_NEEDS + EVENT_PARTS);
}

/* The event's parts, and which of them there are; desk->state says of none yet. */
static void find_parts(struct rules_desk *desk, const struct event *event)
{
	if (event)
		event_parts(event, desk->part);
	else
		memset(desk->part, 0, sizeof(desk->part));
	for (unsigned i = 0; i < EVENT_PARTS; i++)
		desk->state |= desk->part[i] ? RULES_IF_PART(i) : 0;
}

static void set_part(struct rules_desk *desk, enum event_part part, const void *at)
{
	uint64_t bit = RULES_IF_PART(part);

	desk->part[part] = at;
	desk->state = at ? desk->state | bit : desk->state & ~bit;
}

void rules_turn_to(struct rules_desk *desk, enum event_type type, const struct event *event,
		   const struct judge_case *facts)
{
	const struct rules *rules = desk->rules;

	if (++desk->turn == TURNS) { /* old answers must not come back */
		memset(desk->answer, 0, (rules->predicate_count + 1) * sizeof(*desk->answer));
		for (size_t i = 0; i < rules->field_count; i++)
			desk->slot[i].turn = 0;
		desk->turn = 1;
	}
	desk->is_same = false;
	desk->sink = NULL;
	desk->type = type;
	desk->facts = facts;
	desk->src = facts->src.kind;
	desk->dest = facts->dst.kind;
	desk->state = judge_facts_given(facts) | find_gates(rules, facts);
	find_parts(desk, event);
}

void rules_turn_on(struct rules_desk *desk, const struct event *event)
{
	const struct rules *rules = desk->rules;

	desk->is_same = true;
	desk->part[PART_EVENT] = event;
	set_part(desk, PART_JUDGEMENT, event->judgement);
	set_part(desk, PART_ENDPOINT, event->judgement ? &event->judgement->endpoint : NULL);
	for (size_t i = 0; i < rules->late_predicates; i++)
		desk->answer[rules->late_predicate[i]] = 0;
	for (size_t i = 0; i < rules->late_fields; i++)
		desk->slot[rules->late_field[i]].turn = 0;
}

/* The i-th value, as it stands in the event; facts have one. */
static enum event_found read_value(struct rules_desk *desk, const struct rule_field *field,
				   unsigned i, struct value *value)
{
	if (!field->fact)
		return event_read(desk->part, &field->path, i, value, desk->room);
	return i == 0 && judge_fact_read(field->fact, desk->facts, value) ? EVENT_FOUND
									  : EVENT_PAST;
}

bool rules_value(struct rules_desk *desk, const struct rule_field *field, struct value *value)
{
	enum event_found found;
	unsigned i = 0;

	do
		found = read_value(desk, field, i++, value);
	while (found == EVENT_ABSENT);
	return found == EVENT_FOUND;
}

/* Makes a text lower case, in `word`; false: it is longer than any may be. */
static bool lower(struct value *value, char word[RULES_WORD_MAX])
{
	size_t length = value->length, at = 0;

	if (length > RULES_WORD_MAX)
		return false;
	for (; at + 8 <= length; at += 8)
		eight_store(word + at, eight_lower(eight_load(value->text + at)));
	if (at < length) /* RULES_WORD_MAX is a multiple of eight */
		eight_store(word + at, eight_lower(eight_few(value->text + at, length - at)));
	value->text = word;
	return true;
}

void rules_desk_read(struct rules_desk *desk, const struct rule_field *field,
		     struct rules_slot *slot)
{
	slot->turn = desk->turn;
	slot->is_there =
		field->fact ? judge_fact_read(field->fact, desk->facts, &slot->value)
			    : event_read_one(desk->part, &field->path, &slot->value, desk->room);
	if (slot->is_there && slot->value.type == VALUE_TEXT)
		slot->is_there = lower(&slot->value, slot->word);
}

enum event_found rules_desk_element(struct rules_desk *desk, const struct rule_field *field,
				    unsigned i, struct value *value)
{
	enum event_found found = read_value(desk, field, i, value);

	if (found == EVENT_FOUND && value->type == VALUE_TEXT && !lower(value, desk->word))
		return EVENT_ABSENT;
	return found;
}
