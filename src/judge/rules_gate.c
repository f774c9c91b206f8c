/* Gates: what must be so for a rule to hold, cheap to ask.
 *
 * Most rules that are tried on everything ask for some fact that is seldom so, or for a part that few events
 * have. Boolean facts are a word of bits, found once for each event, and so are the needs of other facts
 * and the parts of the event. Each rule has a few ways in which it can hold, one for each part of a
 * disjunction; it is passed over when the bits close all of them. What its only way asks is not asked
 * again: the rest of its condition is made here too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/rules_model.h"

struct use {
	const struct judge_fact *fact;
	uint32_t count;
};

_Static_assert(PLACES == 8, "places are bits of a byte");
static const struct rule_way open_way = { .src = UINT8_MAX, .dest = UINT8_MAX };

/* Facts that have to be worked out are left for the rules that ask. */
static bool is_gate(const struct predicate *test)
{
	return test->op == OP_IS && test->field.fact && test->field.type == VALUE_BOOL &&
	       !test->field.fact->read;
}

/* Choosing the facts --------------------------------------------------------------------------- */

static void count_uses(const struct rules *rules, const struct condition *condition,
		       struct use *use)
{
	const struct predicate *test;

	for (size_t i = 0; i < condition->count; i++)
		count_uses(rules, condition->part[i], use);
	if (condition->kind != CONDITION_TEST)
		return;
	test = rules->predicate[condition->predicate];
	if (is_gate(test))
		use[test->field.fact - judge_facts].count++;
}

static int by_count(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->fact < y->fact ? -1 : 1;
}

static int choose(struct rules *rules)
{
	struct use *use = calloc(judge_fact_count, sizeof(*use));

	if (!use)
		return -ENOMEM;
	for (size_t i = 0; i < judge_fact_count; i++)
		use[i].fact = &judge_facts[i];
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct rule *rule = rules->rule[i];

		count_uses(rules, rule->when, use);
		if (rule->window && rule->window->alive)
			count_uses(rules, rule->window->alive, use);
	}
	qsort(use, judge_fact_count, sizeof(*use), by_count);
	while (rules->gate_count < RULES_GATES && rules->gate_count < judge_fact_count &&
	       use[rules->gate_count].count != 0) {
		const struct judge_fact *fact = use[rules->gate_count].fact;

		rules->gate_fact[rules->gate_count] =
			(struct rule_gate_fact){ fact->offset, fact->place == FACT_OF_FLOW, fact };
		rules->gate_count++;
	}
	free(use);
	return 0;
}

/* Ways ---------------------------------------------------------------------------------------- */

/* The bit of a fact; 0: it was not chosen. */
static uint64_t bit_of(const struct rules *rules, const struct judge_fact *fact)
{
	for (size_t i = 0; i < rules->gate_count; i++)
		if (rules->gate_fact[i].fact == fact)
			return RULES_IF_FACT(i);
	return 0;
}

bool rules_is_of_place(const struct predicate *test)
{
	const struct judge_fact *fact = test->field.fact;

	return fact && test->op == OP_IS &&
	       (strcmp(fact->name, "src_place") == 0 || strcmp(fact->name, "dest_place") == 0);
}

/* The places that a test names. */
static uint8_t places_of(const struct predicate *test)
{
	unsigned places = 0;

	for (size_t i = 0; i < test->count; i++)
		for (unsigned kind = 0; kind < PLACES; kind++)
			if (strcmp(test->text[i], judge_facts_place(kind)) == 0)
				places |= 1u << kind;
	return (uint8_t)places;
}

/* The role that rules ask for most. */
static bool is_of_compute(const struct predicate *test)
{
	return test->op == OP_IS && test->field.fact && test->count == 1 &&
	       strcmp(test->field.fact->name, "src_role") == 0 &&
	       strcmp(test->text[0], "compute") == 0;
}

/* The protocol that they ask for most. */
static bool is_of_tcp(const struct predicate *test)
{
	return test->op == OP_IS && !test->field.fact && test->field.path.as == AS_PROTOCOL &&
	       test->count == 1 && strcmp(test->text[0], "tcp") == 0;
}

static bool is_of_exact_need(const struct predicate *test)
{
	const struct judge_fact *fact = test->field.fact;

	return fact && fact->without == FACT_EXACT &&
	       test->op == (fact->type == VALUE_BOOL ? OP_IS : OP_EXISTS);
}

/* The bit that answers a test; 0: none does. */
static uint64_t bit_of_test(const struct rules *rules, const struct predicate *test)
{
	if (is_gate(test))
		return bit_of(rules, test->field.fact);
	if (is_of_exact_need(test))
		return test->field.fact->needs;
	if (is_of_tcp(test))
		return RULES_IF_PART(PART_TCP);
	return is_of_compute(test) ? JUDGE_IF_SRC_ROLE_COMPUTE : 0;
}

uint64_t rules_needs_of_field(const struct rule_field *field)
{
	return field->fact ? field->fact->needs : RULES_IF_PART(field->path.part);
}

/* Whether a test says what is to be, not a text or number of which there are many. */
static bool has_flag(const struct predicate *test)
{
	return test->op == OP_EXISTS || (test->op == OP_IS && test->field.type == VALUE_BOOL);
}

/* Of a test that must hold: all but "is false" and "is not there" need the field. */
static uint64_t needs_of_test(const struct predicate *test)
{
	const struct judge_fact *fact = test->field.fact;
	bool may_be_false = !fact || fact->without != FACT_ABSENT;

	if (has_flag(test) && !test->flag && (test->op == OP_EXISTS || may_be_false))
		return 0;
	return rules_needs_of_field(&test->field);
}

static struct rule_way way_of_test(const struct rules *rules, const struct predicate *test,
				   bool is_wanted)
{
	struct rule_way way = open_way;

	way.mask = bit_of_test(rules, test);
	if ((has_flag(test) ? test->flag : true) == is_wanted)
		way.want = way.mask;
	if (rules_is_of_place(test))
		*(test->field.fact->name[0] == 's' ? &way.src : &way.dest) =
			is_wanted ? places_of(test) : (uint8_t)~places_of(test);
	if (is_wanted) {
		way.mask |= needs_of_test(test);
		way.want |= needs_of_test(test);
	}
	return way;
}

static struct rule_way both(const struct rule_way *a, const struct rule_way *b)
{
	bool is_contrary = ((a->want ^ b->want) & a->mask & b->mask) != 0;

	return (struct rule_way){ .mask = a->mask | b->mask,
				  .want = a->want | b->want,
				  .src = is_contrary ? 0 : a->src & b->src,
				  .dest = a->dest & b->dest };
}

/* One way that is open whenever one of them is. */
static void narrow(struct rule_ways *ways)
{
	struct rule_way *one = &ways->way[0];

	for (size_t i = 1; i < ways->count; i++) {
		const struct rule_way *other = &ways->way[i];

		one->mask &= other->mask & ~(one->want ^ other->want);
		one->want &= one->mask;
		one->src |= other->src;
		one->dest |= other->dest;
	}
	if (ways->count > 1)
		ways->count = 1;
}

static void add_ways(struct rule_ways *ways, struct rule_ways *more)
{
	if (ways->count + more->count > RULES_WAYS)
		narrow(more);
	if (ways->count + more->count > RULES_WAYS)
		narrow(ways);
	for (size_t i = 0; i < more->count; i++)
		ways->way[ways->count++] = more->way[i];
}

static void multiply_ways(struct rule_ways *ways, struct rule_ways *other)
{
	struct rule_ways product = { .count = 0 };

	if (ways->count * other->count > RULES_WAYS)
		narrow(other);
	for (size_t i = 0; i < ways->count; i++)
		for (size_t j = 0; j < other->count; j++)
			product.way[product.count++] = both(&ways->way[i], &other->way[j]);
	*ways = product;
}

/* The ways in which a condition can hold, or with `is_wanted` false, not hold. A negated conjunction is a
 * disjunction, and the other way round. */
static void find_ways(const struct rules *rules, const struct condition *condition, bool is_wanted,
		      struct rule_ways *ways)
{
	bool all = (condition->kind == CONDITION_ALL) == is_wanted;
	struct rule_ways part;

	*ways = (struct rule_ways){ .way = { open_way }, .count = all };
	if (condition->kind == CONDITION_NOT) {
		find_ways(rules, condition->part[0], !is_wanted, ways);
	} else if (condition->kind == CONDITION_TEST) {
		ways->count = 1;
		ways->way[0] =
			way_of_test(rules, rules->predicate[condition->predicate], is_wanted);
	} else {
		for (size_t i = 0; i < condition->count; i++) {
			find_ways(rules, condition->part[i], is_wanted, &part);
			(all ? multiply_ways : add_ways)(ways, &part);
		}
	}
}

/* A window counts what has its key and its value. */
static uint64_t needs_of_window(const struct rule_window *window)
{
	uint64_t needs = 0;

	for (size_t i = 0; i < window->by_count; i++)
		needs |= rules_needs_of_field(&window->by[i]);
	if (window->has_value)
		needs |= rules_needs_of_field(&window->value);
	if (window->has_at_least_field)
		needs |= rules_needs_of_field(&window->at_least);
	return needs;
}

static void find_ways_of_rule(const struct rules *rules, const struct rule *rule,
			      struct rule_gate *gate)
{
	struct rule_ways alive;

	gate->on = rule->on;
	gate->has_schedule = rule->schedule != NULL;
	gate->has_alive = rule->window && rule->window->alive;
	gate->window = rule->window ? rule->window->number : JUDGE_NO_WINDOW;
	find_ways(rules, rule->when, true, &gate->ways);
	if (!rule->window)
		return;
	if (rule->window->alive) {
		find_ways(rules, rule->window->alive, true, &alive);
		add_ways(&gate->ways, &alive);
	}
	for (size_t i = 0; i < gate->ways.count; i++) {
		gate->ways.way[i].mask |= needs_of_window(rule->window);
		gate->ways.way[i].want |= needs_of_window(rule->window);
	}
}

/* What is left to ask ------------------------------------------------------------------------- */

/* Whether the test holds once its way is open. */
static bool is_answered(const struct rules *rules, const struct condition *condition)
{
	const struct predicate *test;

	if (condition->kind != CONDITION_TEST)
		return false;
	test = rules->predicate[condition->predicate];
	return rules_is_of_place(test) || bit_of_test(rules, test) != 0;
}

static const struct condition *rest_of(struct rules *rules, const struct rule *rule)
{
	struct condition *rest;

	if (rule->when->kind != CONDITION_ALL || (rule->window && rule->window->alive))
		return rule->when;
	rest = arena_take(rules->arena, 1, sizeof(*rest));
	if (!rest)
		return NULL;
	*rest = (struct condition){ .kind = CONDITION_ALL };
	rest->part = arena_take(rules->arena, rule->when->count + 1, sizeof(rest->part[0]));
	for (size_t i = 0; rest->part && i < rule->when->count; i++)
		if (!is_answered(rules, rule->when->part[i]))
			rest->part[rest->count++] = rule->when->part[i];
	return rest->part ? rest : NULL;
}

/* Rules in no index ----------------------------------------------------------------------------- */

#define NO_BIT -1 /* before those of a word */
#define BITS 64

struct always_way {
	struct rule_always rule;
	int bit;
};

struct always { /* ways of them, while they are grouped */
	struct always_way *way;
	size_t count;
	unsigned wanted[BITS]; /* of so many ways */
};

/* Those that are tried on a type of events between two kinds of places. */
static void collect(const struct rules *rules, enum rule_effect effect, unsigned type,
		    unsigned places, struct always *always)
{
	for (size_t i = 0; i < rules->always_count; i++) {
		const struct rule_gate *gate = &rules->gate[rules->always[i]];
		bool is_tried =
			gate->on >> type & 1 && rules->rule[rules->always[i]]->effect == effect;

		for (size_t j = 0; is_tried && j < gate->ways.count; j++) {
			const struct rule_way *way = &gate->ways.way[j];

			if (!(way->src >> places / PLACES & 1) ||
			    !(way->dest >> places % PLACES & 1))
				continue;
			always->way[always->count++].rule =
				(struct rule_always){ way->mask, way->want, rules->always[i] };
			for (uint64_t left = way->want; left != 0; left &= left - 1)
				always->wanted[__builtin_ctzll(left)]++;
		}
	}
}

/* The bit that a way is grouped by: of those that it wants, the one that the fewest do. NO_BIT: it wants none. */
static int rarest(const struct always *always, uint64_t want)
{
	int rarest = NO_BIT;

	for (uint64_t left = want; left != 0; left &= left - 1) {
		int bit = __builtin_ctzll(left);

		if (rarest == NO_BIT || always->wanted[bit] < always->wanted[rarest])
			rarest = bit;
	}
	return rarest;
}

static int by_bit(const void *a, const void *b)
{
	const struct always_way *x = a, *y = b;

	return x->bit < y->bit ? -1 : x->bit > y->bit;
}

static void group(struct always *always)
{
	for (size_t i = 0; i < always->count; i++)
		always->way[i].bit = rarest(always, always->way[i].rule.want);
	qsort(always->way, always->count, sizeof(*always->way), by_bit);
}

static struct rule_always_list *list_of(struct rules *rules, const struct always *always)
{
	struct rule_always *way = arena_take(rules->arena, always->count, sizeof(*way));
	struct rule_always_list *list =
		arena_take(rules->arena, 1, sizeof(*list) + (BITS + 2) * sizeof(list->begin[0]));
	size_t groups = 1;

	if (!way || !list)
		return NULL;
	*list = (struct rule_always_list){ .way = way, .count = always->count };
	for (size_t i = 0; i < always->count; i++) {
		int bit = always->way[i].bit;

		way[i] = always->way[i].rule;
		if (bit == NO_BIT || list->bits >> bit & 1)
			continue;
		list->bits |= UINT64_C(1) << bit;
		list->begin[groups++] = (uint32_t)i;
	}
	list->begin[groups] = (uint32_t)always->count;
	return list;
}

static bool is_like(const struct rule_always_list *list, const struct always *always)
{
	bool is_same = list && list->count == always->count;

	for (size_t i = 0; is_same && i < always->count; i++) {
		const struct rule_always *a = &list->way[i], *b = &always->way[i].rule;

		is_same = a->rule == b->rule && a->mask == b->mask && a->want == b->want;
	}
	return is_same;
}

static int list_always(struct rules *rules, enum rule_effect effect, unsigned type, unsigned places,
		       struct always *always)
{
	const struct rule_always_list **lists = rules->always_on[effect][type];

	always->count = 0;
	memset(always->wanted, 0, sizeof(always->wanted));
	collect(rules, effect, type, places, always);
	if (always->count == 0)
		return 0;
	group(always);
	for (unsigned before = 0; before < places && !lists[places]; before++)
		if (is_like(lists[before], always))
			lists[places] = lists[before];
	if (!lists[places])
		lists[places] = list_of(rules, always);
	return lists[places] ? 0 : -ENOMEM;
}

static int list_all(struct rules *rules)
{
	struct always always = { .way = calloc(rules->always_count * RULES_WAYS + 1,
					       sizeof(*always.way)) };
	int error = always.way ? 0 : -ENOMEM;

	for (unsigned at = 0; at < RULE_EFFECTS * EVENT_TYPES * PLACES * PLACES && !error; at++) {
		unsigned places = at % (PLACES * PLACES),
			 type = at / (PLACES * PLACES) % EVENT_TYPES;
		enum rule_effect effect = at / (PLACES * PLACES) / EVENT_TYPES;

		error = list_always(rules, effect, type, places, &always);
	}
	free(always.way);
	return error;
}

/* The tests of the rest, if it is nothing else. */
static void list_tests(const struct rule *rule, struct rule_gate *gate)
{
	const struct condition *rest = rule->rest;

	if (rest->kind != CONDITION_ALL || rest->count > RULES_GATE_TESTS)
		return;
	for (size_t i = 0; i < rest->count; i++) {
		if (rest->part[i]->kind != CONDITION_TEST)
			return;
		gate->test[i] = rest->part[i]->predicate;
	}
	gate->test_count = (uint8_t)rest->count;
	gate->is_listed = true;
}

int rules_gate(struct rules *rules)
{
	int error = choose(rules);

	rules->gate = arena_take(rules->arena, rules->rule_count, sizeof(*rules->gate));
	if (error || !rules->gate)
		return -ENOMEM;
	for (size_t i = 0; i < rules->rule_count; i++) {
		find_ways_of_rule(rules, rules->rule[i], &rules->gate[i]);
		rules->rule[i]->rest = rest_of(rules, rules->rule[i]);
		if (!rules->rule[i]->rest)
			return -ENOMEM;
		list_tests(rules->rule[i], &rules->gate[i]);
	}
	return list_all(rules);
}
