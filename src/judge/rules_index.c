/* Finding the rules that can hold at all.
 *
 * A condition has a cover when it can hold only if one of some tests does that a table answers: for
 * equality, a beginning, an end, a part, a place under a name or in a prefix. Of a conjunction one part's cover
 * will do; a disjunction needs those of all its parts. Rules with a cover are listed under the operands
 * of its tests, by field and kind of test; judging looks the field's value up and tries only the rules
 * that it finds, and those that no index holds. So a thousand rules about a thousand names cost one
 * look-up. A look-up costs as much as a few tests, so an index of few rules is not worth it: those are
 * tried on everything, past their gates (rules_gate.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "judge/rules_desk.h"
#include "judge/rules_filter.h"

#define COVER_MAX 32  /* tests of one rule; with more it is tried on everything */
#define RULES_LEAST 8 /* of an index that is worth its look-up */

#define FILTER_KEY 32 /* bits of a filter for each key: one value in 32 passes for nothing */
#define FILTER_LEAST 10u
#define FILTER_MOST 16u /* powers of two */

struct cover {
	size_t count; /* 0: none */
	unsigned worth;
	const struct predicate *test[COVER_MAX];
};

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

/* Covers -------------------------------------------------------------------------------------- */

static struct rule_index *index_of(const struct rules *rules, const struct predicate *test)
{
	for (size_t i = 0; i < rules->index_count; i++)
		if (rules->index[i].op == test->op &&
		    rules->index[i].field.number == test->field.number)
			return &rules->index[i];
	return NULL;
}

static size_t shortest(const struct predicate *test)
{
	size_t shortest = SIZE_MAX;

	for (size_t i = 0; i < test->count; i++)
		if (strlen(test->text[i]) < shortest)
			shortest = strlen(test->text[i]);
	return shortest;
}

/* How well a kind of test tells rules apart; 0: it cannot be looked up. */
static unsigned rank(const struct predicate *test)
{
	if (rules_is_of_place(test))
		return 0;
	switch (test->op) {
	case OP_UNDER:
		return 7;
	case OP_CIDR:
		return 6;
	case OP_SUFFIX:
	case OP_PREFIX:
		return 4;
	case OP_CONTAINS:
		return shortest(test) >= RULES_GRAM ? 3 : 0;
	case OP_IS:
		return test->text ? 5 : test->number ? 2 : 0;
	default:
		return 0;
	}
}

/* The same, where enough rules ask the like. */
static unsigned worth(const struct rules *rules, const struct predicate *test)
{
	const struct rule_index *index = index_of(rules, test);

	return index && index->rule_count >= RULES_LEAST ? rank(test) : 0;
}

static void add_cover(struct cover *cover, const struct cover *part)
{
	if (part->count == 0 || cover->count + part->count > COVER_MAX) {
		cover->count = 0;
		return;
	}
	memcpy(cover->test + cover->count, part->test, part->count * sizeof(part->test[0]));
	cover->worth = cover->count == 0 || part->worth < cover->worth ? part->worth : cover->worth;
	cover->count += part->count;
}

static void find_cover(const struct rules *rules, const struct condition *condition,
		       struct cover *cover)
{
	struct cover part;

	cover->count = 0;
	if (condition->kind == CONDITION_TEST) {
		cover->test[0] = rules->predicate[condition->predicate];
		cover->worth = worth(rules, cover->test[0]);
		cover->count = cover->worth != 0;
	}
	for (size_t i = 0; i < condition->count && condition->kind == CONDITION_ALL; i++) {
		find_cover(rules, condition->part[i], &part);
		if (part.count != 0 && (cover->count == 0 || part.worth > cover->worth))
			*cover = part;
	}
	for (size_t i = 0; i < condition->count && condition->kind == CONDITION_ANY; i++) {
		find_cover(rules, condition->part[i], &part);
		add_cover(cover, &part);
		if (cover->count == 0)
			return;
	}
}

static void find_cover_of_rule(const struct rules *rules, const struct rule *rule,
			       struct cover *cover)
{
	struct cover alive;

	find_cover(rules, rule->when, cover);
	if (cover->count == 0 || !rule->window || !rule->window->alive)
		return;
	find_cover(rules, rule->window->alive, &alive);
	add_cover(cover, &alive);
}

/* Indexes ------------------------------------------------------------------------------------- */

static int count_test(struct rules *rules, const struct predicate *test)
{
	struct rule_index *index = index_of(rules, test);

	if (rank(test) == 0)
		return 0;
	if (!index) {
		index = reallocarray(rules->index, rules->index_count + 1, sizeof(*index));
		if (!index)
			return -ENOMEM;
		rules->index = index;
		index += rules->index_count++;
		*index = (struct rule_index){ .field = test->field,
					      .given = rules_needs_of_field(&test->field),
					      .op = test->op,
					      .filter.grain = UINT8_MAX };
	}
	index->rule_count++;
	return 0;
}

/* Counts the tests that may be of a cover, so that it is known which indexes are worth having. */
static int count_tests(struct rules *rules, const struct condition *condition)
{
	int error = 0;

	if (condition->kind == CONDITION_TEST)
		return count_test(rules, rules->predicate[condition->predicate]);
	for (size_t i = 0; i < condition->count && error == 0; i++)
		if (condition->kind != CONDITION_NOT)
			error = count_tests(rules, condition->part[i]);
	return error;
}

/* Bits that all addresses of a prefix begin with, in their own family; 0: it holds all of IPv4. */
static unsigned shared_bits(const struct ip_prefix *prefix)
{
	const struct ip_addr v4 = ip_from_v4((const uint8_t[4]){ 0 });

	if (ip_is_v4(&prefix->addr) && prefix->bits >= 96)
		return prefix->bits - 96;
	return ip_prefix_contains(prefix, &v4) ? 0 : prefix->bits;
}

/* How much of the operands of a test a filter can go by. */
static uint8_t grain_of(const struct predicate *test)
{
	size_t grain = RULES_FILTER_NETWORK_MOST;

	if (test->op == OP_CONTAINS)
		return RULES_GRAM;
	if (test->text)
		return (uint8_t)(shortest(test) < RULES_GRAIN ? shortest(test) : RULES_GRAIN);
	for (size_t i = 0; test->prefix && i < test->count; i++)
		if (shared_bits(&test->prefix[i]) < grain)
			grain = shared_bits(&test->prefix[i]);
	return (uint8_t)(grain < RULES_FILTER_NETWORK_LEAST ? RULES_FILTER_NETWORK_LEAST : grain);
}

/* What an index has to hold of a rule, before its tables are made. */
static void announce(struct rules *rules, const struct rule *rule)
{
	struct cover cover;

	find_cover_of_rule(rules, rule, &cover);
	for (size_t i = 0; i < cover.count; i++) {
		struct rule_index *index = index_of(rules, cover.test[i]);
		uint8_t grain = grain_of(cover.test[i]);

		index->on[rule->effect] |= rule->on;
		index->key_count += cover.test[i]->count;
		if (grain < index->filter.grain)
			index->filter.grain = grain;
	}
}

/* Kinds of tests that many rules have, but none of them as its cover, need no look-up. */
static void drop_idle(struct rules *rules)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->index_count; i++)
		if (rules->index[i].key_count != 0)
			rules->index[kept++] = rules->index[i];
	rules->index_count = kept;
}

static bool has_ends(const struct rule_index *index)
{
	return index->op == OP_PREFIX || index->op == OP_SUFFIX;
}

static int open_filter(struct rules *rules, struct rule_index *index)
{
	unsigned bits = FILTER_LEAST;

	while (bits < FILTER_MOST && (size_t)1 << bits < FILTER_KEY * index->key_count)
		bits++;
	index->filter.shift = (uint8_t)(64 - bits);
	index->filter.bits =
		arena_take(rules->arena, BITS_WORDS((size_t)1 << bits), sizeof(uint64_t));
	return index->filter.bits ? 0 : -ENOMEM;
}

static int open_tables(struct rules *rules, struct rule_index *index)
{
	int error = open_filter(rules, index);

	if (error)
		return error;
	if (index->op == OP_CIDR)
		return prefix_table_new(&index->space, index->key_count);
	error = text_table_new(&index->words, index->key_count);
	if (error == 0 && has_ends(index)) {
		index->length = arena_take(rules->arena, RULES_WORD_MAX, sizeof(*index->length));
		error = index->length ? 0 : -ENOMEM;
	}
	return error;
}

/* Keeps the lengths sorted; longer ones than a text may be fit none. */
static void note_length(struct rule_index *index, size_t length)
{
	size_t at = 0;

	if (length > RULES_WORD_MAX)
		return;
	while (at < index->length_count && index->length[at] < length)
		at++;
	if (at < index->length_count && index->length[at] == length)
		return;
	memmove(index->length + at + 1, index->length + at,
		(index->length_count - at) * sizeof(*index->length));
	index->length[at] = (uint16_t)length;
	index->length_count++;
}

/* The four bytes of a text that the fewest other rules are listed under. */
static const char *rarest_gram(const struct rule_index *index, const char *text)
{
	const char *rarest = text;
	size_t fewest = SIZE_MAX;

	for (size_t at = 0; at + RULES_GRAM <= strlen(text); at++) {
		const struct rule_list *list = text_table_find(index->words, text + at, RULES_GRAM);
		size_t count = list ? list->count : 0;

		if (count < fewest) {
			fewest = count;
			rarest = text + at;
		}
	}
	return rarest;
}

static void pass(struct rule_index *index, uint64_t word)
{
	bits_set(index->filter.bits, rules_filter_bit(&index->filter, word));
}

/* All beginnings that an address of the prefix can have. */
static void pass_prefix(struct rule_index *index, const struct ip_prefix *prefix)
{
	unsigned shared = shared_bits(prefix);
	uint64_t first = shared != 0 ? rules_filter_addr(&index->filter, &prefix->addr) : 0;
	uint64_t count =
		shared < index->filter.grain ? UINT64_C(1) << (index->filter.grain - shared) : 1;

	for (uint64_t i = 0; i < count; i++)
		pass(index, first + i);
}

/* The list of a key, new or known. */
static struct rule_list *list_of(struct rules *rules, struct rule_index *index,
				 const struct predicate *test, size_t i)
{
	struct rule_list *fresh = arena_take(rules->arena, 1, sizeof(*fresh));

	if (!fresh)
		return NULL;
	if (test->prefix) {
		pass_prefix(index, &test->prefix[i]);
		return prefix_table_add(index->space, &test->prefix[i], fresh);
	}
	if (test->number) {
		pass(index, (uint64_t)test->number[i]);
		return text_table_add(index->words, (const char *)&test->number[i],
				      sizeof(test->number[i]), fresh);
	}
	if (test->op == OP_CONTAINS) {
		const char *gram = rarest_gram(index, test->text[i]);

		pass(index, eight_few(gram, RULES_GRAM));
		return text_table_add(index->words, gram, RULES_GRAM, fresh);
	}
	pass(index,
	     rules_filter_text(&index->filter, index->op, test->text[i], strlen(test->text[i])));
	if (has_ends(index))
		note_length(index, strlen(test->text[i]));
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

static int enter_test(struct rules *rules, const struct rule *rule, const struct predicate *test)
{
	struct rule_index *index = index_of(rules, test);
	int error = 0;

	for (size_t i = 0; i < test->count && error == 0; i++) {
		struct rule_list *list = list_of(rules, index, test, i);

		error = list ? list_rule(rules, list, rule->number) : -ENOMEM;
	}
	return error;
}

static int enter(struct rules *rules, const struct rule *rule)
{
	struct cover cover;
	int error = 0;

	find_cover_of_rule(rules, rule, &cover);
	if (cover.count == 0) {
		rules->always[rules->always_count++] = rule->number;
		return 0;
	}
	for (size_t i = 0; i < cover.count && error == 0; i++)
		error = enter_test(rules, rule, cover.test[i]);
	return error;
}

static bool is_asked(const struct rule_index *index, enum rules_pass pass, unsigned type)
{
	unsigned on = index->on[pass == PASS_VERDICT ? RULE_VERDICT : RULE_ALERT];

	if (pass == PASS_ALERT_AFTER && !index->field.is_late)
		on &= ~(unsigned)index->on[RULE_VERDICT];
	return on >> type & 1;
}

static struct rule_asked asked_of(const struct rule_index *index)
{
	const struct event_path *path = &index->field.path;
	struct rule_asked asked = {
		.given = index->given, .filter = index->filter, .as = AS_LIST, .index = index
	};

	if (!index->field.fact && !index->field.is_list) {
		asked.as = path->as;
		asked.part = path->part;
		asked.offset = path->offset;
	}
	return asked;
}

static int list_asked(struct rules *rules, enum rules_pass pass, unsigned type)
{
	struct rule_asked_list *list = &rules->asked_on[pass][type];

	list->index = arena_take(rules->arena, rules->index_count + 1, sizeof(*list->index));
	if (!list->index)
		return -ENOMEM;
	for (size_t i = 0; i < rules->index_count; i++)
		if (is_asked(&rules->index[i], pass, type))
			list->index[list->count++] = asked_of(&rules->index[i]);
	return 0;
}

static int list_all_asked(struct rules *rules)
{
	int error = 0;

	for (unsigned pass = 0; pass < RULES_PASSES; pass++)
		for (unsigned type = 0; type < EVENT_TYPES && error == 0; type++)
			error = list_asked(rules, (enum rules_pass)pass, type);
	return error;
}

/* Suppressions hang on the rules that they name, which are there: rules.c looked. */
static void hang_suppressions(struct rules *rules)
{
	for (size_t i = 0; i < rules->suppression_count; i++) {
		struct suppression *one = rules->suppressions[i];
		struct rule *rule = rules_by_id(rules, one->rule_id);

		one->next = rule->suppressed;
		rule->suppressed = one;
	}
}

static int count_rule(struct rules *rules, const struct rule *rule)
{
	int error = count_tests(rules, rule->when);

	if (error == 0 && rule->window && rule->window->alive)
		error = count_tests(rules, rule->window->alive);
	if (rule->effect == RULE_ALERT)
		rules->alerts_on |= rule->on;
	rules->verdict_count += rule->effect == RULE_VERDICT;
	return error;
}

static bool is_late(const struct predicate *test)
{
	return test->field.is_late ||
	       ((test->op == OP_SAME || test->op == OP_TIMES) && test->other.is_late);
}

static int list_late(struct rules *rules)
{
	rules->late_predicate = arena_take(rules->arena, rules->predicate_count, sizeof(uint32_t));
	rules->late_field = arena_take(rules->arena, rules->field_count, sizeof(uint32_t));
	if (!rules->late_predicate || !rules->late_field)
		return -ENOMEM;
	for (size_t i = 0; i < rules->predicate_count; i++)
		if (is_late(rules->predicate[i]))
			rules->late_predicate[rules->late_predicates++] = (uint32_t)i;
	for (size_t i = 0; i < rules->field_count; i++)
		if (rules->field[i].is_late)
			rules->late_field[rules->late_fields++] = (uint32_t)i;
	return 0;
}

int rules_index(struct rules *rules)
{
	int error = 0;

	if (rules->rule_count != 0)
		qsort(rules->rule, rules->rule_count, sizeof(*rules->rule), by_turn);
	hang_suppressions(rules);
	while (rules->rule_count / BITS_WORD >= (size_t)BITS_WORD << rules->group_shift)
		rules->group_shift++;
	rules->always = arena_take(rules->arena, rules->rule_count + 1, sizeof(*rules->always));
	if (!rules->always)
		error = -ENOMEM;
	for (size_t i = 0; i < rules->rule_count && error == 0; i++) {
		rules->rule[i]->number = (uint32_t)i;
		error = count_rule(rules, rules->rule[i]);
	}
	for (size_t i = 0; i < rules->rule_count && error == 0; i++)
		announce(rules, rules->rule[i]);
	drop_idle(rules);
	for (size_t i = 0; i < rules->index_count && error == 0; i++)
		error = open_tables(rules, &rules->index[i]);
	for (size_t i = 0; i < rules->rule_count && error == 0; i++)
		error = enter(rules, rules->rule[i]);
	error = error ? error : list_all_asked(rules);
	error = error ? error : list_late(rules);
	return error ? error : rules_gate(rules);
}
