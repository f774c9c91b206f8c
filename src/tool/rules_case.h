/* rules_case.h - a rule's case: a capture that fires it, and a near miss that does not.
 *
 *     FOLDER/cases/map.json                the expected map of all cases
 *     FOLDER/cases/RULE/fires.pcap         the rule must be among the verdicts or alerts
 *     FOLDER/cases/RULE/near-miss.pcap     it must not
 *     FOLDER/cases/RULE/map.json           in place of the common map, where there is one
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "run/rules_folder.h"

#define RULES_CASE_SEEN_MAX 32
#define RULES_CASE_ID_MAX 63

enum rules_case_capture { RULES_CASE_FIRES, RULES_CASE_NEAR_MISS, RULES_CASE_CAPTURES };
extern const char *const rules_case_names[RULES_CASE_CAPTURES]; /* "fires", "near-miss" */

struct rules_case {
	bool exists;                     /* both captures are there */
	bool right[RULES_CASE_CAPTURES]; /* the rule did with it what it should */
	/* Rules that gave a verdict or an alert, the first so many. */
	char seen[RULES_CASE_CAPTURES][RULES_CASE_SEEN_MAX][RULES_CASE_ID_MAX + 1];
	size_t seen_count[RULES_CASE_CAPTURES];
};

/* Replays the case of a rule. False with a sentence in fault when a replay fails. */
bool rules_case_run(struct rules_case *result, const struct rules_folders *folders,
		    const char *cases, const char *rule, struct fault *fault);
