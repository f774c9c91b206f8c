/* Gates: tests of boolean facts that must hold, or must not, for a rule to hold. Most rules that are
 * tried on everything ask for some fact that is seldom so. The facts that most of them ask for are a word
 * of bits, found once for each event; a rule is passed over when its bits are not as it needs them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/rules_model.h"

struct use {
	uint32_t count, predicate;
};

/* Facts that have to be worked out are left for the rules that ask. */
static bool is_gate(const struct predicate *test)
{
	return test->op == OP_IS && test->field.fact && test->field.type == VALUE_BOOL &&
	       !test->field.fact->read;
}

/* Calls `note` for each test that decides by itself whether the condition cannot hold. */
static void each_gate(const struct rules *rules, const struct condition *condition, bool is_wanted,
		      void (*note)(void *context, uint32_t predicate, bool is_wanted),
		      void *context)
{
	/* A negated conjunction is a disjunction, and the other way round. */
	uint8_t through = is_wanted ? CONDITION_ALL : CONDITION_ANY;

	if (condition->kind == CONDITION_TEST) {
		if (is_gate(rules->predicate[condition->predicate]))
			note(context, condition->predicate, is_wanted);
	} else if (condition->kind == CONDITION_NOT) {
		each_gate(rules, condition->part[0], !is_wanted, note, context);
	} else if (condition->kind == through) {
		for (size_t i = 0; i < condition->count; i++)
			each_gate(rules, condition->part[i], is_wanted, note, context);
	}
}

static bool has_gates(const struct rule *rule)
{
	return !rule->window || !rule->window->alive; /* a sign of life is not the condition */
}

static void count_use(void *context, uint32_t predicate, bool is_wanted)
{
	struct use *use = context;

	(void)is_wanted;
	use[predicate].count++;
}

static int by_count(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->predicate < y->predicate ? -1 : 1;
}

static int choose(struct rules *rules)
{
	struct use *use = calloc(rules->predicate_count + 1, sizeof(*use));

	if (!use)
		return -ENOMEM;
	for (size_t i = 0; i < rules->predicate_count; i++)
		use[i].predicate = (uint32_t)i;
	for (size_t i = 0; i < rules->rule_count; i++)
		if (has_gates(rules->rule[i]))
			each_gate(rules, rules->rule[i]->when, true, count_use, use);
	qsort(use, rules->predicate_count, sizeof(*use), by_count);
	while (rules->gate_count < RULES_GATES && use[rules->gate_count].count != 0) {
		rules->gate_test[rules->gate_count] =
			rules->predicate[use[rules->gate_count].predicate];
		rules->gate_count++;
	}
	free(use);
	return 0;
}

struct gating {
	const struct rules *rules;
	struct rule_gate *gate;
};

static void set_gate(void *context, uint32_t predicate, bool is_wanted)
{
	struct gating *gating = context;
	const struct rules *rules = gating->rules;

	for (size_t i = 0; i < rules->gate_count; i++)
		if (rules->gate_test[i] == rules->predicate[predicate])
			*(is_wanted ? &gating->gate->need : &gating->gate->forbid) |= UINT64_C(1)
										      << i;
}

/* The places that rules ask for most, and are told by a bit. */
static uint32_t needs_of_place(const struct predicate *test)
{
	if (test->op != OP_IS || test->field.type != VALUE_TEXT || test->count != 1)
		return 0;
	if (strcmp(test->field.fact->name, "src_place") == 0)
		return strcmp(test->text[0], "mapped") == 0 ? JUDGE_IF_SRC_MAPPED : 0;
	if (strcmp(test->field.fact->name, "dest_place") == 0)
		return strcmp(test->text[0], "public") == 0 ? JUDGE_IF_DEST_PUBLIC : 0;
	return 0;
}

/* What must be given for a test to hold: all but "is false" and "is not there" need the fact. */
static uint32_t needs_of_test(const struct predicate *test)
{
	bool is_wanted =
		test->op == OP_EXISTS || (test->op == OP_IS && test->field.type == VALUE_BOOL)
			? test->flag
			: true;

	if (!test->field.fact || !is_wanted)
		return 0;
	return test->field.fact->needs | needs_of_place(test);
}

static uint32_t needs_of(const struct rules *rules, const struct condition *condition)
{
	uint32_t needs = 0, some = UINT32_MAX;

	switch ((enum condition_kind)condition->kind) {
	case CONDITION_TEST:
		return needs_of_test(rules->predicate[condition->predicate]);
	case CONDITION_ALL:
		for (size_t i = 0; i < condition->count; i++)
			needs |= needs_of(rules, condition->part[i]);
		return needs;
	case CONDITION_ANY: /* what each of them needs */
		for (size_t i = 0; i < condition->count; i++)
			some &= needs_of(rules, condition->part[i]);
		return condition->count ? some : 0;
	default:
		return 0;
	}
}

/* The rules in no index, by effect and type, with their gates beside them. */
static int list_always(struct rules *rules, enum rule_effect effect, unsigned type)
{
	struct rule_always_list *list = &rules->always_on[effect][type];

	list->rule = arena_take(rules->arena, rules->rule_count, sizeof(*list->rule));
	if (!list->rule)
		return -ENOMEM;
	for (size_t i = 0; i < rules->rule_count; i++)
		if (rules->always[i / 64] >> i % 64 & 1 && rules->rule[i]->effect == effect &&
		    rules->gate[i].on >> type & 1)
			list->rule[list->count++] =
				(struct rule_always){ rules->gate[i], (uint32_t)i };
	return 0;
}

static int list_all(struct rules *rules)
{
	int error = 0;

	for (unsigned type = 0; type < EVENT_TYPES && error == 0; type++)
		for (int effect = 0; effect < RULE_EFFECTS && error == 0; effect++)
			error = list_always(rules, (enum rule_effect)effect, type);
	return error;
}

int rules_gate(struct rules *rules)
{
	int error = choose(rules);

	rules->gate = arena_take(rules->arena, rules->rule_count, sizeof(*rules->gate));
	if (error || !rules->gate)
		return -ENOMEM;
	for (size_t i = 0; i < rules->rule_count; i++) {
		struct gating gating = { rules, &rules->gate[i] };

		const struct rule *rule = rules->rule[i];

		rules->gate[i].on = rule->on;
		rules->gate[i].facts = needs_of(rules, rule->when);
		rules->gate[i].alive = rule->window && rule->window->alive
					       ? needs_of(rules, rule->window->alive)
					       : UINT32_MAX;
		if (has_gates(rules->rule[i]))
			each_gate(rules, rules->rule[i]->when, true, set_gate, &gating);
	}
	return list_all(rules);
}
