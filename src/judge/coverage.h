/* coverage.h - what cannot be seen from where pewit stands, with the reason.
 *
 * From the vantage, what the map knows of subnets and routes, and what the capture was like. So that
 * silence is never taken for a clean record: a rule that needs more than the vantage gives is not
 * observable, it does not pass.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/map.h"
#include "judge/rules.h"
#include "pewit/event.h"

enum vantage { VANTAGE_UNKNOWN, VANTAGE_HOST, VANTAGE_NVA, VANTAGE_MIRROR, VANTAGES };

const char *coverage_vantage_name(enum vantage vantage);              /* "nva" */
bool coverage_vantage_named(const char *name, enum vantage *vantage); /* false: none */

struct coverage_seen { /* what the capture was like */
	uint64_t flows, midstream, dns_answers;
	uint64_t damaged_files, cut_packets;
	uint64_t lost;          /* packets or flows that a limit or the kernel took away */
	uint32_t tags_days_old; /* of the service tags at the last packet; 0: none, or fresh */
};

struct coverage_question {
	enum vantage vantage;
	const struct map *map;     /* or NULL */
	const struct rules *rules; /* or NULL */
	const struct coverage_seen *seen;
};

/* Calls `say` for each item, in a fixed order; it is lent for the call. Returns how many. */
size_t coverage_list(const struct coverage_question *question,
		     void (*say)(void *context, const struct coverage *item), void *context);

/* Whether a rule can be seen from a vantage. */
bool coverage_has(const struct rule_view *rule, enum vantage vantage);
