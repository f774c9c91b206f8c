#include "judge/rules_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/schedule.h"
#include "base/units.h"

#define BITS 64
#define WORD_MAX 1024 /* bytes of a text that is looked up; longer ones are in no list */
#define THOUSAND 1000

enum answer { UNKNOWN, NO, YES };

struct rules_desk {
	const struct rules *rules;
	const void *part[EVENT_PARTS];
	const struct judge_case *facts;
	enum event_type type;
	uint32_t turn;
	uint64_t *candidate; /* rules worth trying, a bit each */
	uint64_t *answer;    /* of each predicate: turn << 2 | enum answer */
	char room[EVENT_ROOM], other_room[EVENT_ROOM], word[WORD_MAX];
};

int rules_desk_new(struct rules_desk **desk, const struct rules *rules)
{
	struct rules_desk *made = calloc(1, sizeof(*made));

	*desk = NULL;
	if (!made)
		return -ENOMEM;
	made->rules = rules;
	made->candidate = calloc(rules->words, sizeof(*made->candidate));
	made->answer = calloc(rules->predicate_count + 1, sizeof(*made->answer));
	if (!made->candidate || !made->answer) {
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
	free(desk);
}

/* Values -------------------------------------------------------------------------------------- */

/* The i-th value; facts have one. */
static bool read_value(struct rules_desk *desk, const struct rule_field *field, unsigned i,
		       struct value *value, char *room)
{
	if (field->fact)
		return i == 0 && judge_fact_read(field->fact, desk->facts, value);
	return event_read(desk->part, &field->path, i, value, room);
}

static bool is_list(const struct rule_field *field)
{
	const struct event_field *row = field->path.field;

	return !field->fact &&
	       (field->path.item || row->as == AS_STRINGS || row->as == AS_INTEGERS);
}

bool rules_value(struct rules_desk *desk, const struct rule_field *field, struct value *value)
{
	return read_value(desk, field, 0, value, desk->room);
}

/* Lower case, or NULL: too long to be in any list. */
static const char *lower(struct rules_desk *desk, const struct value *value)
{
	if (value->length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < value->length; i++) {
		char c = value->text[i];

		desk->word[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return desk->word;
}

/* Tests --------------------------------------------------------------------------------------- */

static bool is_under(const struct value *value, const char *name)
{
	size_t length = strlen(name);

	return value->length >= length &&
	       strncasecmp(value->text + value->length - length, name, length) == 0 &&
	       (value->length == length || value->text[value->length - length - 1] == '.');
}

static bool is_in_tail_table(struct rules_desk *desk, const struct value *value,
			     const struct text_table *table)
{
	const char *word = lower(desk, value), *end = word + value->length;

	while (word && word < end) {
		const char *dot = memchr(word, '.', (size_t)(end - word));

		if (text_table_find(table, word, (size_t)(end - word)))
			return true;
		word = dot ? dot + 1 : NULL;
	}
	return false;
}

static bool contains(const struct value *value, const char *part)
{
	size_t length = strlen(part);

	for (size_t at = 0; at + length <= value->length; at++)
		if (strncasecmp(value->text + at, part, length) == 0)
			return true;
	return false;
}

static bool test_text(const struct value *value, enum rule_op op, const char *operand)
{
	size_t length = strlen(operand);

	switch (op) {
	case OP_IS:
		return value->length == length && strncasecmp(value->text, operand, length) == 0;
	case OP_PREFIX:
		return value->length >= length && strncasecmp(value->text, operand, length) == 0;
	case OP_SUFFIX:
		return value->length >= length &&
		       strncasecmp(value->text + value->length - length, operand, length) == 0;
	case OP_UNDER:
		return is_under(value, operand);
	default:
		return contains(value, operand);
	}
}

static bool test_texts(struct rules_desk *desk, const struct predicate *test,
		       const struct value *value)
{
	if (test->words && test->op == OP_UNDER)
		return is_in_tail_table(desk, value, test->words);
	if (test->words) {
		const char *word = lower(desk, value);

		return word && text_table_find(test->words, word, value->length);
	}
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
		return a->length == b->length && strncasecmp(a->text, b->text, a->length) == 0;
	default:
		return ip_equal(&a->addr, &b->addr);
	}
}

static bool test_other(struct rules_desk *desk, const struct predicate *test,
		       const struct value *value)
{
	struct value other;

	if (!read_value(desk, &test->other, 0, &other, desk->other_room))
		return false;
	if (test->op == OP_SAME)
		return is_same(value, &other);
	/* In 128 bits, so that no count of bytes overflows. */
	return (__int128)value->number * THOUSAND >= (__int128)other.number * test->number[0];
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
		return test_texts(desk, test, value);
	default:
		return test_address(test, &value->addr);
	}
}

static bool ask(struct rules_desk *desk, const struct predicate *test)
{
	struct value value;
	bool found = false;

	for (unsigned i = 0; !found && read_value(desk, &test->field, i, &value, desk->room); i++) {
		found = test_value(desk, test, &value);
		if (!is_list(&test->field))
			break;
	}
	return test->op == OP_EXISTS ? found == test->flag : found;
}

static bool holds_test(struct rules_desk *desk, uint32_t number)
{
	uint64_t known = desk->answer[number], turn = (uint64_t)desk->turn << 2;

	if (known >> 2 == desk->turn)
		return (known & 3) == YES;
	bool holds = ask(desk, desk->rules->predicate[number]);

	desk->answer[number] = turn | (holds ? YES : NO);
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

static void add_list(struct rules_desk *desk, const struct rule_list *list)
{
	for (size_t i = 0; list && i < list->count; i++)
		desk->candidate[list->rule[i] / BITS] |= UINT64_C(1) << list->rule[i] % BITS;
}

static void add_prefixes(struct rules_desk *desk, const struct rule_index *index,
			 const struct ip_addr *addr)
{
	unsigned bits = PREFIX_TABLE_ANY;
	const struct rule_list *list;

	while ((list = prefix_table_find(index->space, addr, bits, &bits)) != NULL)
		add_list(desk, list);
}

static void add_tails(struct rules_desk *desk, const struct rule_index *index, const char *word,
		      size_t length)
{
	const char *end = word + length;

	while (word && word < end) {
		const char *dot = memchr(word, '.', (size_t)(end - word));

		add_list(desk, text_table_find(index->words, word, (size_t)(end - word)));
		word = dot ? dot + 1 : NULL;
	}
}

static void look_up(struct rules_desk *desk, const struct rule_index *index,
		    const struct value *value)
{
	const char *word;

	if (index->op == OP_CIDR) {
		add_prefixes(desk, index, &value->addr);
	} else if (value->type == VALUE_NUMBER) {
		add_list(desk, text_table_find(index->words, (const char *)&value->number,
					       sizeof(value->number)));
	} else if ((word = lower(desk, value)) != NULL) {
		if (index->op == OP_UNDER)
			add_tails(desk, index, word, value->length);
		else
			add_list(desk, text_table_find(index->words, word, value->length));
	}
}

static void find_candidates(struct rules_desk *desk)
{
	const struct rules *rules = desk->rules;
	struct value value;

	memcpy(desk->candidate, rules->always, rules->words * sizeof(*desk->candidate));
	for (size_t i = 0; i < rules->index_count; i++) {
		const struct rule_index *index = &rules->index[i];

		if (!(index->on >> desk->type & 1))
			continue;
		for (unsigned n = 0; read_value(desk, &index->field, n, &value, desk->room); n++) {
			look_up(desk, index, &value);
			if (!is_list(&index->field))
				break;
		}
	}
}

void rules_turn_to(struct rules_desk *desk, enum event_type type, const struct event *event,
		   const struct judge_case *facts)
{
	desk->turn++;
	if (desk->turn == 0) { /* after four billion turns: old answers must not come back */
		memset(desk->answer, 0, (desk->rules->predicate_count + 1) * sizeof(*desk->answer));
		desk->turn = 1;
	}
	desk->type = type;
	desk->facts = facts;
	if (event)
		event_parts(event, desk->part);
	else
		memset(desk->part, 0, sizeof(desk->part));
	find_candidates(desk);
}

static bool is_tried(const struct rules_desk *desk, const struct rule *rule)
{
	const struct event *event = desk->part[PART_EVENT];
	uint64_t now_ns = event ? event->time_ns : desk->facts->flow->now_ns;

	if (!(rule->on >> desk->type & 1))
		return false;
	return !rule->schedule || schedule_is_active(rule->schedule, now_ns) != rule->is_outside;
}

/* The first candidate from `number` on, below `end`; `end`: none. */
static uint32_t next_candidate(const struct rules_desk *desk, uint32_t number, uint32_t end)
{
	while (number < end) {
		uint64_t word = desk->candidate[number / BITS] >> number % BITS;

		if (word != 0) {
			number += (uint32_t)__builtin_ctzll(word);
			return number < end ? number : end;
		}
		number = (number / BITS + 1) * BITS;
	}
	return end;
}

const struct rule *rules_verdict(struct rules_desk *desk)
{
	uint32_t end = (uint32_t)desk->rules->verdict_count;

	for (uint32_t i = next_candidate(desk, 0, end); i < end;
	     i = next_candidate(desk, i + 1, end)) {
		const struct rule *rule = desk->rules->rule[i];

		if (is_tried(desk, rule) && holds(desk, rule->when))
			return rule;
	}
	return NULL;
}

const struct rule *rules_alert(struct rules_desk *desk, uint32_t *number, bool *is_alive)
{
	uint32_t end = (uint32_t)desk->rules->rule_count;
	uint32_t i = *number < desk->rules->verdict_count ? (uint32_t)desk->rules->verdict_count
							  : *number;

	for (i = next_candidate(desk, i, end); i < end; i = next_candidate(desk, i + 1, end)) {
		const struct rule *rule = desk->rules->rule[i];

		*number = i + 1;
		*is_alive = false;
		if (!is_tried(desk, rule))
			continue;
		if (holds(desk, rule->when))
			return rule;
		*is_alive = rule->window && rule->window->alive;
		if (*is_alive && holds(desk, rule->window->alive))
			return rule;
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

/* Texts --------------------------------------------------------------------------------------- */

static void add_value(struct text *text, const struct value *value)
{
	switch ((enum value_type)value->type) {
	case VALUE_BOOL:
		text_add(text, value->flag ? "true" : "false");
		break;
	case VALUE_NUMBER:
		if (value->number < 0)
			text_add(text, "-");
		text_add_number(text, value->number < 0 ? -(uint64_t)value->number
							: (uint64_t)value->number);
		break;
	case VALUE_TEXT:
		text_add_bytes(text, value->text, value->length);
		break;
	default:
		text_add_ip(text, &value->addr);
	}
}

void rules_write_message(struct rules_desk *desk, const struct rule *rule, struct text *text)
{
	for (size_t i = 0; i < rule->message_count; i++) {
		const struct message_part *part = &rule->message[i];
		struct value value;

		if (!part->is_field)
			text_add_bytes(text, part->text, part->length);
		else if (rules_value(desk, &part->field, &value))
			add_value(text, &value);
		else
			text_add(text, "(unknown)");
	}
}

/* Windows ------------------------------------------------------------------------------------- */

static uint64_t hash_value(const struct value *value)
{
	const struct hash_seed seed = hash_seed_fixed();

	switch ((enum value_type)value->type) {
	case VALUE_BOOL:
		return value->flag;
	case VALUE_NUMBER:
		return hash_bytes(&seed, &value->number, sizeof(value->number));
	case VALUE_TEXT:
		return hash_bytes(&seed, value->text, value->length);
	default:
		return hash_bytes(&seed, &value->addr, sizeof(value->addr));
	}
}

/* "src_ip=10.1.1.4 name.value=...". A key that does not fit keeps its length and, for its tail, a
 * number made of the whole. */
static bool write_key(struct rules_desk *desk, const struct rule_window *window,
		      struct window_sample *sample)
{
	struct text key = text_over(sample->key, sizeof(sample->key));
	uint64_t whole = 0;

	for (size_t i = 0; i < window->by_count; i++) {
		struct value value;

		if (!rules_value(desk, &window->by[i], &value))
			return false;
		text_add(&key, i == 0 ? "" : " ");
		text_add(&key, window->by_name[i]);
		text_add(&key, "=");
		add_value(&key, &value);
		whole = whole * 31 + hash_value(&value);
	}
	if (key.cut) {
		key.length = WINDOW_KEY_MAX - 21; /* a space and 20 digits */
		key.cut = false;
		text_add(&key, " ");
		text_add_number(&key, whole);
	}
	sample->length = (uint16_t)key.length;
	return true;
}

bool rules_sample(struct rules_desk *desk, const struct rule *rule, bool is_alive,
		  struct window_sample *sample)
{
	const struct rule_window *window = rule->window;
	const struct window_spec *spec = &desk->rules->window[window->number];
	struct value value;

	sample->window = window->number;
	sample->is_alive = is_alive;
	sample->at_least = 0;
	sample->value = 1;
	if (window->has_at_least_field) {
		if (!rules_value(desk, &window->at_least, &value) || value.number <= 0)
			return false;
		sample->at_least = (uint64_t)value.number;
	}
	if (window->has_value) {
		if (!rules_value(desk, &window->value, &value))
			return false;
		sample->value = spec->kind == WINDOW_SUM
					? (value.number > 0 ? (uint64_t)value.number : 0)
					: hash_value(&value);
	}
	return write_key(desk, window, sample);
}
