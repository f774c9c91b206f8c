/* rules_desk.h - what one worker knows of the event at hand: the values of its fields, each read once,
 * and the answers to the tests that were asked. Nobody's but matching's. Nothing here allocates after
 * rules_desk_new().
 */
#pragma once

#include "judge/rules_match.h"

#define RULES_WORD_MAX 1024 /* of a text that is tested; no field of one value is longer */

struct rules_slot { /* a field's value, if it was read on this turn; texts in lower case */
	uint32_t turn;
	bool is_there;
	struct value value;
	char *word; /* RULES_WORD_MAX bytes, for a text */
};

struct rules_desk {
	const struct rules *rules;
	const void *part[EVENT_PARTS];
	const struct judge_case *facts;
	enum event_type type;
	uint32_t turn;     /* below 2^31 */
	uint64_t state;    /* what is so: RULES_IF_PART(), RULES_IF_FACT(), enum judge_need */
	uint8_t src, dest; /* enum place_kind */
	bool is_same;      /* the event of the turn before, judged since */
	const struct judge_sink *sink; /* rules_spare() */
	uint64_t *candidate;           /* rules worth trying, a bit each */
	uint64_t
		groups; /* of candidates, those that are not all 0: words in a row, rules.group_shift */
	uint32_t *answer;        /* of each predicate: turn << 1 | it holds */
	struct rules_slot *slot; /* of each field that is asked */
	char *words;
	char room[EVENT_ROOM], word[RULES_WORD_MAX];
};

/* Reads a field that was not asked on this turn. */
void rules_desk_read(struct rules_desk *desk, const struct rule_field *field,
		     struct rules_slot *slot);

/* The value of a field that is no list, texts in lower case; NULL: not there. Lent until the turn ends. */
static inline const struct value *rules_desk_value(struct rules_desk *desk,
						   const struct rule_field *field)
{
	struct rules_slot *slot = &desk->slot[field->number];

	if (slot->turn != desk->turn)
		rules_desk_read(desk, field, slot);
	return slot->is_there ? &slot->value : NULL;
}

/* The i-th element of a list, lower case. Lent until the next call. */
enum event_found rules_desk_element(struct rules_desk *desk, const struct rule_field *field,
				    unsigned i, struct value *value);
