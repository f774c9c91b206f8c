/* rules.h - rules as data: what is wrong, what that proves, and what to do (docs/rules.md).
 *
 * Read from JSON, compiled at load, immutable and shared by all workers afterwards. Equal tests of all
 * rules are one predicate, asked at most once for each thing that is judged; rules that can only hold for
 * certain names, addresses, ports or words are found by these. Matching (rules_match.h) allocates
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/rule.h"

struct json_value;
struct rules;

#define RULES_MAX 16384 /* of all files */

enum rule_effect { RULE_VERDICT, RULE_ALERT, RULE_EFFECTS };
enum rule_vantage { RULE_ON_HOST = 1, RULE_ON_NVA = 2, RULE_ON_MIRROR = 4 };

struct rule_control {
	const char
		*framework; /* nist_800_53_r5, iso_27001_2022, soc_2, hipaa, mcsb, azure_policy */
	const char *id;
	const char *name; /* azure_policy: its display name; else NULL */
};

struct rule_view { /* one rule, for people and documents */
	const struct rule_info *info;
	const char *message;
	const struct json_value *source; /* its object in the file */
	const char *path;                /* file that it is from */
	uint32_t line;
	uint16_t on; /* 1u << enum event_type, or-ed */
	uint8_t effect;
	uint8_t vantage; /* enum rule_vantage, or-ed; 0: not said */
	uint32_t order;
	bool indicates, has_window, has_schedule;
	const struct rule_control *controls;
	size_t control_count;
};

/* Reads rule files: each path is a file, or a folder whose *.json files and those of its pack/ are
 * read, schemas aside. 0 and *rules, given (rules_free()); or -errno with "FILE:LINE:COLUMN: what is
 * wrong; what to do" in fault. */
int rules_load(struct rules **rules, const char *const *paths, size_t count, struct fault *fault);
int rules_parse(struct rules **rules, const char *text, size_t length, const char *path,
		struct fault *fault);
void rules_free(struct rules *rules); /* NULL is allowed */

/* In the order in which they are tried: those that give verdicts first. */
size_t rules_count(const struct rules *rules);
struct rule_view rules_at(const struct rules *rules, size_t i);
bool rules_find(const struct rules *rules, const char *id, struct rule_view *view);

/* The windows of all rules; struct window_sample.window indexes them. */
const struct window_spec *rules_windows(const struct rules *rules, size_t *count);

/* Whether some rule asks for the evidence of a verdict. */
bool rules_ask_evidence(const struct rules *rules);

/* Event types that some rule with the effect "alert" is tried on, as bits. */
uint16_t rules_alerts_on(const struct rules *rules);

/* The i-th field that a condition may ask; false past the last. Lent. */
struct rule_field_view {
	char name[64];
	const char *type; /* text, number, boolean, address */
	const char *doc;
};
bool rules_field(size_t i, struct rule_field_view *view);

/* The i-th suppression that has run out at a time (s since the epoch), as a sentence; false past the
 * last. */
bool rules_expired(const struct rules *rules, size_t i, int64_t now_s, struct fault *sentence);
