/* Matching: which rules are worth trying, and which of them hold. */
#include <string.h>

#include "base/bits.h"
#include "base/schedule.h"
#include "base/units.h"
#include "judge/judge.h"
#include "judge/rules_desk.h"
#include "judge/rules_filter.h"

#define THOUSAND 1000

/* Tests --------------------------------------------------------------------------------------- */

/* A dot that a backslash makes part of its label (RFC 1035 section 5.1). */
static bool is_escaped(const char *begin, const char *dot)
{
	const char *at = dot;

	while (at > begin && at[-1] == '\\')
		at--;
	return (dot - at) % 2 != 0;
}

/* The label after the next dot, or NULL. */
static const char *next_label(const char *at, const char *end)
{
	const char *begin = at, *dot;

	do {
		dot = memchr(at, '.', (size_t)(end - at));
		at = dot ? dot + 1 : NULL;
	} while (dot && is_escaped(begin, dot));
	return at;
}

static bool ends_with(const struct value *value, const char *end, size_t length)
{
	return value->length >= length &&
	       memcmp(value->text + value->length - length, end, length) == 0;
}

static bool is_under(const struct value *value, const char *name, size_t length)
{
	if (!ends_with(value, name, length))
		return false;
	if (value->length == length)
		return true;

	const char *dot = value->text + value->length - length - 1;
	return *dot == '.' && !is_escaped(value->text, dot);
}

static bool is_in_tail_table(const struct value *value, const struct text_table *table)
{
	const char *end = value->text + value->length;

	for (const char *at = value->text; at && at < end; at = next_label(at, end))
		if (text_table_find(table, at, (size_t)(end - at)))
			return true;
	return false;
}

static bool test_text(const struct value *value, enum rule_op op, const char *operand)
{
	size_t length = strlen(operand);

	switch (op) {
	case OP_IS:
		return value->length == length && memcmp(value->text, operand, length) == 0;
	case OP_PREFIX:
		return value->length >= length && memcmp(value->text, operand, length) == 0;
	case OP_SUFFIX:
		return ends_with(value, operand, length);
	case OP_UNDER:
		return is_under(value, operand, length);
	default:
		return memmem(value->text, value->length, operand, length) != NULL;
	}
}

static bool test_texts(const struct predicate *test, const struct value *value)
{
	if (test->words && test->op == OP_UNDER)
		return is_in_tail_table(value, test->words);
	if (test->words)
		return text_table_find(test->words, value->text, value->length) != NULL;
	for (size_t i = 0; i < test->count; i++)
		if (test_text(value, (enum rule_op)test->op, test->text[i]))
			return true;
	return false;
}

static bool test_number(const struct predicate *test, int64_t number)
{
	if (test->op == OP_AT_LEAST)
		return number >= test->number[0];
	if (test->op == OP_AT_MOST)
		return number <= test->number[0];
	if (test->words)
		return text_table_find(test->words, (const char *)&number, sizeof(number)) != NULL;
	for (size_t i = 0; i < test->count; i++)
		if (test->number[i] == number)
			return true;
	return false;
}

static bool test_address(const struct predicate *test, const struct ip_addr *addr)
{
	if (test->space)
		return prefix_table_find(test->space, addr, PREFIX_TABLE_ANY, NULL) != NULL;
	for (size_t i = 0; i < test->count; i++)
		if (ip_prefix_contains(&test->prefix[i], addr))
			return true;
	return false;
}

static bool is_same(const struct value *a, const struct value *b)
{
	switch ((enum value_type)a->type) {
	case VALUE_BOOL:
		return a->flag == b->flag;
	case VALUE_NUMBER:
		return a->number == b->number;
	case VALUE_TEXT:
		return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
	default:
		return ip_equal(&a->addr, &b->addr);
	}
}

static bool test_other(struct rules_desk *desk, const struct predicate *test,
		       const struct value *value)
{
	const struct value *other = rules_desk_value(desk, &test->other);

	if (!other || test->op == OP_SAME)
		return other && is_same(value, other);
	/* In 128 bits, so that no count of bytes overflows. */
	return (__int128)value->number * THOUSAND >= (__int128)other->number * test->number[0];
}

static bool test_value(struct rules_desk *desk, const struct predicate *test,
		       const struct value *value)
{
	if (test->op == OP_EXISTS)
		return true;
	if (test->op == OP_SAME || test->op == OP_TIMES)
		return test_other(desk, test, value);
	switch ((enum value_type)value->type) {
	case VALUE_BOOL:
		return value->flag == test->flag;
	case VALUE_NUMBER:
		return test_number(test, value->number);
	case VALUE_TEXT:
		return test_texts(test, value);
	default:
		return test_address(test, &value->addr);
	}
}

/* Whether some element passes. */
static bool test_list(struct rules_desk *desk, const struct predicate *test)
{
	enum event_found is = EVENT_FOUND;
	struct value value;
	bool found = false;

	for (unsigned i = 0; !found && is != EVENT_PAST; i++) {
		is = rules_desk_element(desk, &test->field, i, &value);
		found = is == EVENT_FOUND && test_value(desk, test, &value);
	}
	return found;
}

static bool ask(struct rules_desk *desk, const struct predicate *test)
{
	const struct value *value;
	struct value flag;
	bool found;

	if (test->field.fact && !test->field.fact->read) {
		found = judge_fact_flag(test->field.fact, desk->facts) == test->flag;
		return test->op == OP_EXISTS || found;
	}
	if (test->field.fact && test->field.type == VALUE_BOOL) { /* cheaper read than kept */
		found = judge_fact_read(test->field.fact, desk->facts, &flag) &&
			test_value(desk, test, &flag);
	} else if (test->field.is_list) {
		found = test_list(desk, test);
	} else {
		value = rules_desk_value(desk, &test->field);
		found = value && test_value(desk, test, value);
	}
	return test->op == OP_EXISTS ? found == test->flag : found;
}

static bool holds_test(struct rules_desk *desk, uint32_t number)
{
	uint32_t known = desk->answer[number];

	if (known >> 1 == desk->turn)
		return known & 1;
	bool holds = ask(desk, desk->rules->predicate[number]);

	desk->answer[number] = desk->turn << 1 | holds;
	return holds;
}

static bool holds(struct rules_desk *desk, const struct condition *condition)
{
	bool is_any = condition->kind == CONDITION_ANY;

	if (condition->kind == CONDITION_TEST)
		return holds_test(desk, condition->predicate);
	if (condition->kind == CONDITION_NOT)
		return !holds(desk, condition->part[0]);
	for (size_t i = 0; i < condition->count; i++)
		if (holds(desk, condition->part[i]) == is_any)
			return is_any;
	return !is_any;
}

/* Candidates ---------------------------------------------------------------------------------- */

static void clear_candidates(struct rules_desk *desk)
{
	size_t words = (size_t)1 << desk->rules->group_shift;

	for (; desk->groups != 0; desk->groups &= desk->groups - 1)
		memset(desk->candidate + (size_t)__builtin_ctzll(desk->groups) * words, 0,
		       words * sizeof(*desk->candidate));
}

static void add_candidate(struct rules_desk *desk, uint32_t number)
{
	bits_set(desk->candidate, number);
	bits_set(&desk->groups, number / BITS_WORD >> desk->rules->group_shift);
}

/* The first candidate from `number` on, below `end`; `end`: none. */
static uint32_t next_candidate(const struct rules_desk *desk, uint32_t number, uint32_t end)
{
	while (number < end) {
		uint32_t at = number / BITS_WORD;
		uint64_t groups = desk->groups >> (at >> desk->rules->group_shift);
		uint64_t word = desk->candidate[at] >> number % BITS_WORD;

		if (groups == 0)
			return end;
		if (word != 0) {
			number += (uint32_t)__builtin_ctzll(word);
			return number < end ? number : end;
		}
		number = (at + 1) * BITS_WORD;
		if (!(groups & 1)) { /* to the next that is not empty */
			at = (at >> desk->rules->group_shift) + (uint32_t)__builtin_ctzll(groups);
			number = (at << desk->rules->group_shift) * BITS_WORD;
		}
	}
	return end;
}

static void add_list(struct rules_desk *desk, const struct rule_list *list)
{
	for (size_t i = 0; list && i < list->count; i++)
		add_candidate(desk, list->rule[i]);
}

static void add_prefixes(struct rules_desk *desk, const struct rule_index *index,
			 const struct ip_addr *addr)
{
	unsigned bits = PREFIX_TABLE_ANY;
	const struct rule_list *list;

	while ((list = prefix_table_find(index->space, addr, bits, &bits)) != NULL)
		add_list(desk, list);
}

static void add_tails(struct rules_desk *desk, const struct rule_index *index,
		      const struct value *value)
{
	const char *end = value->text + value->length;

	for (const char *at = value->text; at && at < end; at = next_label(at, end))
		add_list(desk, text_table_find(index->words, at, (size_t)(end - at)));
}

/* Ends (or beginnings) of all lengths that operands have. */
static void add_ends(struct rules_desk *desk, const struct rule_index *index,
		     const struct value *value)
{
	for (size_t i = 0; i < index->length_count && index->length[i] <= value->length; i++) {
		size_t length = index->length[i];
		size_t at = index->op == OP_SUFFIX ? value->length - length : 0;

		add_list(desk, text_table_find(index->words, value->text + at, length));
	}
}

/* Every four bytes of the text; the filter says of most that no operand holds them. */
static void add_parts(struct rules_desk *desk, const struct rule_index *index,
		      const struct value *value)
{
	for (size_t at = 0; at + RULES_GRAM <= value->length; at++) {
		if (rules_filter_has(&index->filter, eight_few(value->text + at, RULES_GRAM)))
			add_list(desk, text_table_find(index->words, value->text + at, RULES_GRAM));
	}
}

static void look_up(struct rules_desk *desk, const struct rule_index *index,
		    const struct value *value)
{
	if (!rules_filter_may_have(index, value))
		return;
	switch ((enum rule_op)index->op) {
	case OP_CIDR:
		add_prefixes(desk, index, &value->addr);
		break;
	case OP_UNDER:
		add_tails(desk, index, value);
		break;
	case OP_PREFIX:
	case OP_SUFFIX:
		add_ends(desk, index, value);
		break;
	case OP_CONTAINS:
		add_parts(desk, index, value);
		break;
	default:
		if (value->type == VALUE_NUMBER)
			add_list(desk, text_table_find(index->words, (const char *)&value->number,
						       sizeof(value->number)));
		else
			add_list(desk, text_table_find(index->words, value->text, value->length));
	}
}

static void look_up_list(struct rules_desk *desk, const struct rule_index *index)
{
	enum event_found is = EVENT_FOUND;
	struct value value;

	for (unsigned i = 0; is != EVENT_PAST; i++) {
		is = rules_desk_element(desk, &index->field, i, &value);
		if (is == EVENT_FOUND)
			look_up(desk, index, &value);
	}
}

static void add_group(struct rules_desk *desk, const struct rule_always_list *list, unsigned group)
{
	for (uint32_t i = list->begin[group]; i < list->begin[group + 1]; i++)
		if ((desk->state & list->way[i].mask) == list->way[i].want)
			add_candidate(desk, list->way[i].rule);
}

/* Of the rules in no index, those that have an open way. */
static void add_always(struct rules_desk *desk, enum rule_effect effect)
{
	const struct rule_always_list *list =
		desk->rules->always_on[effect][desk->type][desk->src * PLACES + desk->dest];

	if (!list)
		return;
	add_group(desk, list, 0);
	for (uint64_t open = desk->state & list->bits; open != 0; open &= open - 1) {
		uint64_t before = list->bits & ((open & -open) - 1);

		add_group(desk, list, 1 + (unsigned)__builtin_popcountll(before));
	}
}

static void find_candidates(struct rules_desk *desk, enum rule_effect effect)
{
	enum rules_pass after = desk->is_same ? PASS_ALERT_AFTER : PASS_ALERT;
	enum rules_pass pass = effect == RULE_VERDICT ? PASS_VERDICT : after;
	const struct rule_asked_list *list = &desk->rules->asked_on[pass][desk->type];
	const struct value *value;

	if (!desk->is_same)
		clear_candidates(desk);
	add_always(desk, effect);
	for (size_t i = 0; i < list->count; i++) {
		const struct rule_asked *asked = &list->index[i];
		const struct rule_index *index = asked->index;

		if ((desk->state & asked->given) != asked->given ||
		    !rules_filter_may_stand(asked, desk->part[asked->part]))
			continue;
		if (index->field.is_list)
			look_up_list(desk, index);
		else if ((value = rules_desk_value(desk, &index->field)) != NULL)
			look_up(desk, index, value);
	}
}

static bool is_open(const struct rules_desk *desk, const struct rule_way *way)
{
	return (desk->state & way->mask) == way->want && way->src >> desk->src & 1 &&
	       way->dest >> desk->dest & 1;
}

/* Whether the rule is tried on such events, and has an open way. */
static bool may_hold(const struct rules_desk *desk, uint32_t number)
{
	const struct rule_gate *gate = &desk->rules->gate[number];
	bool is_any = false;

	for (size_t i = 0; !is_any && i < gate->ways.count; i++)
		is_any = is_open(desk, &gate->ways.way[i]);
	return is_any && gate->on >> desk->type & 1;
}

static bool is_its_time(const struct rules_desk *desk, uint32_t number)
{
	const struct event *event = desk->part[PART_EVENT];
	const struct rule *rule;

	if (!desk->rules->gate[number].has_schedule)
		return true;
	rule = desk->rules->rule[number];
	return schedule_is_active(rule->schedule,
				  event ? event->time_ns : desk->facts->flow->now_ns) !=
	       rule->is_outside;
}

static bool holds_rest(struct rules_desk *desk, uint32_t number)
{
	const struct rule_gate *gate = &desk->rules->gate[number];

	if (!gate->is_listed)
		return holds(desk, desk->rules->rule[number]->rest);
	for (unsigned i = 0; i < gate->test_count; i++)
		if (!holds_test(desk, gate->test[i]))
			return false;
	return true;
}

const struct rule *rules_verdict(struct rules_desk *desk)
{
	uint32_t end = (uint32_t)desk->rules->verdict_count;

	find_candidates(desk, RULE_VERDICT);
	for (uint32_t i = next_candidate(desk, 0, end); i < end;
	     i = next_candidate(desk, i + 1, end)) {
		if (may_hold(desk, i) && is_its_time(desk, i) && holds_rest(desk, i))
			return desk->rules->rule[i];
	}
	return NULL;
}

void rules_spare(struct rules_desk *desk, const struct judge_sink *sink)
{
	desk->sink = sink;
}

static bool is_spared(const struct rules_desk *desk, uint32_t number)
{
	const struct judge_sink *sink = desk->sink;

	return sink && sink->is_done &&
	       sink->is_done(sink->context, number, desk->rules->gate[number].window);
}

const struct rule *rules_alert(struct rules_desk *desk, uint32_t *number, bool *is_alive)
{
	uint32_t begin = (uint32_t)desk->rules->verdict_count;
	uint32_t end = (uint32_t)desk->rules->rule_count;

	if (*number == 0)
		find_candidates(desk, RULE_ALERT);
	for (uint32_t i = next_candidate(desk, *number < begin ? begin : *number, end); i < end;
	     i = next_candidate(desk, i + 1, end)) {
		*number = i + 1;
		*is_alive = false;
		if (!may_hold(desk, i) || is_spared(desk, i) || !is_its_time(desk, i))
			continue;
		if (holds_rest(desk, i))
			return desk->rules->rule[i];
		*is_alive = desk->rules->gate[i].has_alive;
		if (*is_alive && holds(desk, desk->rules->rule[i]->window->alive))
			return desk->rules->rule[i];
	}
	return NULL;
}

const struct suppression *rules_suppression(struct rules_desk *desk, const struct rule *rule,
					    uint64_t time_ns)
{
	for (const struct suppression *one = rule->suppressed; one; one = one->next)
		if ((int64_t)(time_ns / NS_PER_S) < one->until_s &&
		    (!one->when || holds(desk, one->when)))
			return one;
	return NULL;
}
