/* rules_model.h - the inside of rules: shared by reading, compiling and matching; nobody else's. */
#pragma once

#include <string.h>

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
#define RULES_BUCKETS 4096   /* of ids and of predicates, while rules are read */
#define RULES_LINEAR 4       /* up to so many words are compared one by one */
#define RULES_EVIDENCE_MAX 4 /* writers of one rule */
#define RULES_GRAM 4         /* bytes of an OP_CONTAINS operand that find it */
#define RULES_GRAIN 8        /* bytes of other operands that do, or as many as the shortest has */
#define RULES_BY_MAX 4       /* fields of a window's key */
#define RULES_PARTS_MAX 32   /* of a message */

struct rule_field {
	uint8_t type; /* enum value_type */
	bool is_list;
	bool is_late;                  /* of the judgement, which rules that give it cannot see */
	uint16_t number;               /* its place in rules.field, if a test asks it */
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
	struct rule_field field;
	uint8_t op;
	bool flag;               /* OP_IS of a boolean, OP_EXISTS: what is wanted */
	size_t count;            /* operands, in the array of the field's type */
	const char *const *text; /* lower case */
	const int64_t *number;
	const struct ip_prefix *prefix;
	struct text_table *words;   /* OP_IS, OP_UNDER of many; or NULL */
	struct prefix_table *space; /* OP_CIDR of many; or NULL */
	struct rule_field other;    /* OP_TIMES, OP_SAME */
	uint64_t hash;              /* of all the above, for interning */
	uint32_t place;             /* in rules.predicate */
	struct predicate *next;     /* in its bucket */
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

/* Whom src_ip stands for behind a translation. */
#define RULES_CLIENT "nat.src_ip"

struct rule_window {
	uint32_t number; /* in rules.window */
	struct rule_field by[RULES_BY_MAX];
	const char *by_name[RULES_BY_MAX];
	size_t by_count;
	struct rule_field
		client; /* the real one, which takes the place of by[client_at] where it is known */
	size_t client_at;           /* by_count or more: of none */
	struct rule_field value;    /* DISTINCT, SUM */
	struct rule_field at_least; /* from the event itself */
	bool has_value, has_at_least_field;
	const struct condition *alive; /* ABSENT */
};

struct rule {
	struct rule_info info;
	const struct condition *when;
	const struct condition *rest; /* of `when`, once its gate is passed */
	struct schedule *schedule;    /* holds only in it; or NULL: always */
	bool is_outside;              /* ... only out of it */
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
	struct rule *next; /* in its bucket */
};

/* What is so of an event, as bits of one word: needs of facts (enum judge_need), parts of the event, and the
 * boolean facts that rules ask for most (rules.gate_fact). */
#define RULES_IF_PART(part) (UINT64_C(1) << (JUDGE_NEEDS + (part)))
#define RULES_IF_FACT(i) (UINT64_C(1) << (JUDGE_NEEDS + EVENT_PARTS + (i)))
#define RULES_GATES (64 - JUDGE_NEEDS - EVENT_PARTS)

struct rule_list {
	uint32_t *rule;
	size_t count, room;
};

/* rules_filter.h: a bit for each key, chosen by a part of it. */
struct rule_filter {
	uint64_t *bits;
	uint8_t shift; /* leaves so many bits of a word's product less */
	uint8_t grain; /* bytes of a text, or bits of an address, that count */
};

/* Rules that can hold only if a field passes a test against one of the index's keys. */
struct rule_index {
	struct rule_field field;
	uint64_t given; /* without these bits it has no value */
	uint8_t op;     /* enum rule_op */
	size_t rule_count, key_count;
	struct text_table *words;   /* text, or the bytes of a number -> struct rule_list */
	struct prefix_table *space; /* -> struct rule_list */
	uint16_t *length;           /* OP_PREFIX, OP_SUFFIX: of the keys, shortest first */
	size_t length_count;
	struct rule_filter filter;
	uint16_t on[RULE_EFFECTS]; /* event types that its rules are tried on */
};

/* When indexes are asked. After the verdict on the same event, the candidates of those that the verdict asked are
 * known, whatever their effect. */
enum rules_pass { PASS_VERDICT, PASS_ALERT, PASS_ALERT_AFTER, RULES_PASSES };

/* An index that is asked on a type of events, in a pass, and what tells before it is looked at that it has nothing. */
struct rule_asked {
	uint64_t given; /* as the index has it */
	struct rule_filter filter;
	uint8_t as,
		part; /* AS_IP, AS_PORT: the filter is asked of the value as it stands in the event */
	uint16_t offset;
	const struct rule_index *index;
};
struct rule_asked_list {
	struct rule_asked *index;
	size_t count;
};

#define RULES_WAYS 3 /* of one rule; more are taken together */

/* One way in which a rule can hold: of the bits in `mask`, just those in `want` are so. */
struct rule_way {
	uint64_t mask, want;
	uint8_t src, dest; /* 1 << enum place_kind: the places that will do */
};
struct rule_ways { /* one of them must be open */
	struct rule_way way[RULES_WAYS];
	size_t count;
};

#define RULES_GATE_TESTS 6

/* All that matching needs of a rule that does not hold, as most that are tried do not. */
struct rule_gate {
	struct rule_ways ways;
	uint16_t on; /* event types that the rule is tried on */
	bool has_schedule, has_alive;
	bool is_listed; /* test[] is all of the rule's rest: predicates that must hold */
	uint8_t test_count;
	uint32_t test[RULES_GATE_TESTS];
	uint32_t window; /* its number, or JUDGE_NO_WINDOW */
};

/* A way of a rule in no index: tried on each event of a type between such places. */
struct rule_always {
	uint64_t mask, want;
	uint32_t rule;
};
/* Such ways by a bit that they want: of bits that are not there, no way needs a look. */
struct rule_always_list {
	uint64_t bits; /* that have a group */
	size_t count;
	const struct rule_always
		*way;     /* those that want no bit, then the groups, lowest bit first */
	uint32_t begin[]; /* of each, and the end */
};

/* A boolean fact, where it stands. */
struct rule_gate_fact {
	uint16_t offset;
	bool is_of_flow;
	const struct judge_fact *fact;
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
	struct rule_field *field; /* those that tests ask */
	size_t field_count;
	struct rule_index *index;
	size_t index_count;
	/* Predicates and fields that ask for the judgement: another answer once there is one. */
	uint32_t *late_predicate, *late_field;
	size_t late_predicates, late_fields;
	struct rule_asked_list asked_on[RULES_PASSES][EVENT_TYPES];
	unsigned
		group_shift; /* 1 << so many words, of 64 rules each, share a bit in rules_desk.groups */
	uint32_t *always; /* rules in no index, by number */
	size_t always_count;
	struct rule_gate *gate; /* of each rule */
	/* One list serves all places that have the same; NULL: none. */
	const struct rule_always_list *always_on[RULE_EFFECTS][EVENT_TYPES][PLACES * PLACES];
	size_t gate_count;
	struct rule_gate_fact gate_fact[RULES_GATES];
	uint16_t alerts_on;
	bool asks_evidence;
	struct rule **rule_bucket;           /* by id; while reading only, as is */
	struct predicate **predicate_bucket; /* by hash */
};

/* rules_read.c: the rule of an id, while rules are read; or NULL. */
struct rule *rules_by_id(const struct rules *rules, const char *id);
/* Adds the rules of one file. The document belongs to the rules then, even on error. */
int rules_read(struct rules *rules, struct json *json, struct fault *fault);

struct rules_reader {
	struct rules *rules;
	struct json_reader json;
};
/* Names the members that an object may have; another is wrong. */
void rules_check_members(struct rules_reader *reader, const struct json_value *object,
			 const char *const *names, size_t count);

/* rules_read_window.c: the window of a rule, if it has one. */
void rules_read_window(struct rules_reader *reader, const struct json_value *object,
		       struct rule *rule);

/* rules_predicate.c: the place of a predicate, which may be one that is there. */
uint32_t rules_intern(struct rules_reader *reader, struct predicate *predicate,
		      const struct json_value *at);

/* rules_condition.c */
const struct condition *rules_read_condition(struct rules_reader *reader,
					     const struct json_value *value, unsigned depth);
bool rules_read_field(struct rules_reader *reader, const struct json_value *at, const char *name,
		      struct rule_field *field);
void *rules_take(struct rules_reader *reader, size_t count, size_t size);

/* rules_index.c: orders the rules and finds what finds them. */
int rules_index(struct rules *rules);

/* rules_gate.c: what a field needs to have a value at all. */
uint64_t rules_needs_of_field(const struct rule_field *field);
/* Whether a gate answers the test, so that it need not be looked up. */
bool rules_is_of_place(const struct predicate *test);
/* Finds what must be so for each of them. */
int rules_gate(struct rules *rules);
