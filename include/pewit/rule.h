/* rule.h - what a person needs to know of a rule, and the windows that some rules count in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/verdict.h"

/* Lent by the rules, which outlive every event. Texts are "" when the file does not say. Lists end
 * with NULL. */
struct rule_info {
	const char *id;     /* PEW-AREA-NNN; never reused */
	const char *system; /* of its file: managed-identity, azure-openai, ... */
	const char *title;
	const char *proves, *cannot; /* what a match shows, and what it does not */
	const char *why, *remedy;    /* why it matters; what to do */
	const char *const *attack;   /* ATT&CK technique ids */
	uint8_t verdict;             /* enum verdict */
	uint8_t severity;            /* enum severity */
};

enum window_kind {
	WINDOW_COUNT,    /* matching events */
	WINDOW_DISTINCT, /* different values of a field in them */
	WINDOW_SUM,      /* of a number in them */
	WINDOW_ABSENT,   /* nothing matched for a while, from one who is seen alive */
};

/* A rule that fires on many events together. They may be of any worker, so the collector counts. */
struct window_spec {
	const struct rule_info *rule;
	uint64_t length_ns;
	uint64_t at_least; /* fires at this value; a sample may carry its own */
	const char *field; /* DISTINCT, SUM: what is counted, for people; NULL: not said */
	uint8_t kind;      /* enum window_kind */
};

/* What DISTINCT can tell apart (report/windows_distinct.h): higher thresholds are refused. */
#define WINDOW_DISTINCT_MAX 4096

#define WINDOW_KEY_MAX 511 /* bytes; longer keys are cut, and a hash of the whole is added */

/* What one event adds to a window. */
struct window_sample {
	uint32_t window;   /* index of its struct window_spec */
	bool is_alive;     /* WINDOW_ABSENT: a sign of life, not the thing that is missed */
	uint16_t length;   /* of the key */
	uint64_t at_least; /* 0: the spec's */
	uint64_t value;    /* SUM: the number; DISTINCT: a hash of the value; COUNT: 1 */
	char key[WINDOW_KEY_MAX + 1]; /* values of the rule's `by` fields, "src_ip=10.1.1.4 ..." */
};
