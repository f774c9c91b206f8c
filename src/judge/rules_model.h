/* rules_model.h - the inside of rules: shared by reading, compiling and matching; nobody else's. */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "base/prefix_table.h"
#include "base/text.h"
#include "base/text_table.h"
#include "event/event_read.h"
#include "judge/judge_facts.h"
#include "judge/judge_rule.h"
#include "judge/rules.h"

#define RULES_FIELDS_MAX 512
#define RULES_DEPTH_MAX 16 /* conditions in each other */
#define RULES_PREDICATES_MAX 60000
#define RULES_LINEAR 4       /* up to so many words are compared one by one */
#define RULES_EVIDENCE_MAX 4 /* writers of one rule */
#define RULES_BY_MAX 4       /* fields of a window's key */
#define RULES_PARTS_MAX 32   /* of a message */

struct rule_field {
	uint8_t type;                  /* enum value_type */
	const struct judge_fact *fact; /* or: */
	struct event_path path;
};

enum rule_op {
	OP_IS,
	OP_PREFIX,
	OP_SUFFIX,
	OP_UNDER,
	OP_CONTAINS,
	OP_CIDR,
	OP_AT_LEAST,
	OP_AT_MOST,
	OP_TIMES, /* at least `number[0]` thousandths of the other field */
	OP_SAME,
	OP_EXISTS,
};

/* One test of one field against one or more operands. */
struct predicate {
	struct rule_field field, other; /* other: OP_TIMES, OP_SAME */
	uint8_t op;
	bool flag;               /* OP_IS of a boolean, OP_EXISTS: what is wanted */
	size_t count;            /* operands, in the array of the field's type */
	const char *const *text; /* lower case */
	const int64_t *number;
	const struct ip_prefix *prefix;
	struct text_table *words;   /* OP_IS, OP_UNDER of many texts; or NULL */
	struct prefix_table *space; /* OP_CIDR of many; or NULL */
	uint64_t hash;              /* of all the above, for interning */
};

enum condition_kind { CONDITION_ALL, CONDITION_ANY, CONDITION_NOT, CONDITION_TEST };

struct condition {
	uint8_t kind;
	uint32_t predicate; /* CONDITION_TEST */
	const struct condition **part;
	size_t count;
};

struct message_part { /* a text, or the value of a field */
	const char *text;
	size_t length;
	struct rule_field field;
	bool is_field;
};

struct suppression {
	const struct condition *when; /* NULL: always */
	const char *reason, *until;
	int64_t until_s; /* first second after it */
	const char *rule_id;
	const struct json_value *at;
	const struct json *json;
	struct suppression *next; /* of the same rule */
};

struct rule_window {
	uint32_t number; /* in rules.window */
	struct rule_field by[RULES_BY_MAX];
	const char *by_name[RULES_BY_MAX];
	size_t by_count;
	struct rule_field value;    /* DISTINCT, SUM */
	struct rule_field at_least; /* from the event itself */
	bool has_value, has_at_least_field;
	const struct condition *alive; /* ABSENT */
};

struct rule {
	struct rule_info info;
	const struct condition *when;
	struct schedule *schedule; /* holds only in it; or NULL: always */
	bool is_outside;           /* ... only out of it */
	void (*evidence[RULES_EVIDENCE_MAX])(const struct judge_case *facts,
					     struct judgement *judgement);
	size_t evidence_count;
	const struct message_part *message;
	size_t message_count;
	const char *message_text;
	struct suppression *suppressed;
	struct rule_window *window; /* or NULL */
	const struct rule_control *controls;
	size_t control_count;
	const struct json *json;
	const struct json_value *at;
	uint32_t order, position;
	uint32_t number; /* its place in rules.rule */
	uint16_t on;
	uint8_t effect, vantage;
	bool indicates;
};

/* Rules that can hold only if a field has one of the index's keys. */
struct rule_index {
	struct rule_field field;
	uint8_t op; /* OP_IS, OP_UNDER, OP_CIDR */
	size_t key_count;
	struct text_table *words;   /* text, or the bytes of a number -> struct rule_list */
	struct prefix_table *space; /* -> struct rule_list */
	uint16_t on;                /* event types that its rules are tried on */
};

struct rule_list {
	uint32_t *rule;
	size_t count, room;
};

struct rules {
	struct arena *arena;
	struct json **file;
	size_t file_count;
	struct rule **rule; /* in the order in which they are tried */
	size_t rule_count, rule_room;
	size_t verdict_count; /* the first of them give verdicts */
	struct predicate **predicate;
	size_t predicate_count, predicate_room;
	struct window_spec *window;
	size_t window_count;
	size_t suppression_count, suppression_room;
	struct suppression **suppressions;
	struct rule_index *index;
	size_t index_count;
	size_t words;     /* of 64 rules in a set */
	uint64_t *always; /* rules in no index */
	uint16_t alerts_on;
};

/* rules_read.c: adds the rules of one file. The document belongs to the rules then, even on error. */
int rules_read(struct rules *rules, struct json *json, struct fault *fault);

/* rules_condition.c */
struct rules_reader {
	struct rules *rules;
	struct json_reader json;
};
const struct condition *rules_read_condition(struct rules_reader *reader,
					     const struct json_value *value, unsigned depth);
bool rules_read_field(struct rules_reader *reader, const struct json_value *at, const char *name,
		      struct rule_field *field);
void *rules_take(struct rules_reader *reader, size_t count, size_t size);

/* rules_index.c: orders the rules and finds what finds them. */
int rules_index(struct rules *rules);
