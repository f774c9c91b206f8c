/* Finding the rules that can hold at all.
 *
 * A rule whose condition is a conjunction with a test for equality, for a place under a name or in a
 * prefix can hold only for what passes that test. Such rules are listed under the test's operands, by
 * field and kind of test; judging looks the field's value up and tries only the rules that it finds,
 * and those that no index holds. So a thousand rules about a thousand names cost one look-up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/rules_model.h"

#define BITS 64

static int by_turn(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	if (x->effect != y->effect)
		return x->effect < y->effect ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->info.severity != y->info.severity)
		return x->info.severity > y->info.severity ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

/* How well a test tells rules apart; 0: it cannot be looked up. */
static unsigned worth(const struct predicate *predicate)
{
	switch (predicate->op) {
	case OP_UNDER:
		return 4;
	case OP_IS:
		return predicate->text ? 3 : predicate->number ? 2 : 0;
	case OP_CIDR:
		return 3;
	default:
		return 0;
	}
}

/* The best test that must hold for the condition to hold, or NULL. */
static const struct predicate *best_test(const struct rules *rules,
					 const struct condition *condition)
{
	const struct predicate *best = NULL, *one;

	if (condition->kind == CONDITION_TEST) {
		one = rules->predicate[condition->predicate];
		return worth(one) != 0 ? one : NULL;
	}
	if (condition->kind != CONDITION_ALL)
		return NULL;
	for (size_t i = 0; i < condition->count; i++) {
		one = best_test(rules, condition->part[i]);
		if (one && (!best || worth(one) > worth(best)))
			best = one;
	}
	return best;
}

static bool is_for(const struct rule_index *index, const struct predicate *test)
{
	return index->op == test->op && index->field.fact == test->field.fact &&
	       index->field.path.field == test->field.path.field &&
	       index->field.path.item == test->field.path.item;
}

static struct rule_index *index_of(struct rules *rules, const struct predicate *test)
{
	for (size_t i = 0; i < rules->index_count; i++)
		if (is_for(&rules->index[i], test))
			return &rules->index[i];
	struct rule_index *more = reallocarray(rules->index, rules->index_count + 1, sizeof(*more));

	if (!more)
		return NULL;
	rules->index = more;
	rules->index[rules->index_count] =
		(struct rule_index){ .field = test->field, .op = test->op };
	return &rules->index[rules->index_count++];
}

static int open_tables(struct rules *rules)
{
	int error = 0;

	for (size_t i = 0; i < rules->index_count && error == 0; i++) {
		struct rule_index *index = &rules->index[i];

		error = index->op == OP_CIDR ? prefix_table_new(&index->space, index->key_count)
					     : text_table_new(&index->words, index->key_count);
	}
	return error;
}

/* The list of a key, new or known. */
static struct rule_list *list_of(struct rules *rules, struct rule_index *index,
				 const struct predicate *test, size_t i)
{
	struct rule_list *fresh = arena_take(rules->arena, 1, sizeof(*fresh));

	if (!fresh)
		return NULL;
	if (test->prefix)
		return prefix_table_add(index->space, &test->prefix[i], fresh);
	if (test->number)
		return text_table_add(index->words, (const char *)&test->number[i],
				      sizeof(test->number[i]), fresh);
	return text_table_add(index->words, test->text[i], strlen(test->text[i]), fresh);
}

static int list_rule(struct rules *rules, struct rule_list *list, uint32_t rule)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 2;
		uint32_t *more = arena_take(rules->arena, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (list->count != 0)
			memcpy(more, list->rule, list->count * sizeof(*more));
		list->rule = more;
		list->room = room;
	}
	list->rule[list->count++] = rule;
	return 0;
}

static int enter(struct rules *rules, uint32_t number, const struct predicate *test)
{
	struct rule_index *index = index_of(rules, test);
	int error = 0;

	index->on |= rules->rule[number]->on;
	for (size_t i = 0; i < test->count && error == 0; i++) {
		struct rule_list *list = list_of(rules, index, test, i);

		error = list ? list_rule(rules, list, number) : -ENOMEM;
	}
	return error;
}

/* Suppressions hang on the rules that they name. */
static void hang_suppressions(struct rules *rules)
{
	for (size_t i = 0; i < rules->suppression_count; i++) {
		struct suppression *one = rules->suppressions[i];

		for (size_t r = 0; r < rules->rule_count; r++) {
			if (strcmp(rules->rule[r]->info.id, one->rule_id) == 0) {
				one->next = rules->rule[r]->suppressed;
				rules->rule[r]->suppressed = one;
			}
		}
	}
}

int rules_index(struct rules *rules)
{
	const struct predicate **test = calloc(rules->rule_count + 1, sizeof(*test));
	int error = 0;

	if (!test)
		return -ENOMEM;
	if (rules->rule_count != 0)
		qsort(rules->rule, rules->rule_count, sizeof(*rules->rule), by_turn);
	hang_suppressions(rules);
	rules->words = rules->rule_count / BITS + 1;
	rules->always = arena_take(rules->arena, rules->words, sizeof(*rules->always));
	if (!rules->always)
		error = -ENOMEM;
	for (size_t i = 0; i < rules->rule_count && error == 0; i++) {
		struct rule *rule = rules->rule[i];

		rule->number = (uint32_t)i;
		if (rule->effect == RULE_ALERT)
			rules->alerts_on |= rule->on;
		rules->verdict_count += rule->effect == RULE_VERDICT;
		/* A sign of life is not the condition. */
		test[i] = rule->window && rule->window->alive ? NULL : best_test(rules, rule->when);
		if (!test[i])
			rules->always[i / BITS] |= UINT64_C(1) << i % BITS;
		else if (index_of(rules, test[i]))
			index_of(rules, test[i])->key_count += test[i]->count;
		else
			error = -ENOMEM;
	}
	error = error ? error : open_tables(rules);
	for (size_t i = 0; i < rules->rule_count && error == 0; i++)
		if (test[i])
			error = enter(rules, (uint32_t)i, test[i]);
	free(test);
	return error;
}
