/* judge_facts.h - what rules may ask beyond the fields of an event: what pewit works out from the map,
 * the catalog, the service tags and the packets. One table; names begin with "fact.".
 */
#pragma once

#include "event/event_read.h"
#include "judge/judge_case.h"

struct judge_fact {
	const char *name; /* without "fact." */
	const char *doc;
	uint8_t type;    /* enum value_type */
	uint8_t place;   /* enum fact_place, of a plain bool */
	uint16_t offset; /* of that bool in its struct */
	/* The value, or false: there is none. NULL: the bool at `offset`. */
	bool (*read)(const struct judge_case *facts, struct value *value);
};

enum fact_place { FACT_OF_CASE, FACT_OF_FLOW };

extern const struct judge_fact judge_facts[];
extern const size_t judge_fact_count;

/* Those that take some working out, in judge_facts_own.c: true, and the value; or false: none. */
bool judge_facts_certificate_name_matches(const struct judge_case *facts, struct value *value);
bool judge_facts_imds_audience_allowed(const struct judge_case *facts, struct value *value);
bool judge_facts_dest_region(const struct judge_case *facts, struct value *value);
bool judge_facts_region_foreign(const struct judge_case *facts, struct value *value);
bool judge_facts_resource_requests_per_minute(const struct judge_case *facts, struct value *value);
bool judge_facts_resource_tokens_per_minute(const struct judge_case *facts, struct value *value);
bool judge_facts_resource_bytes_per_minute(const struct judge_case *facts, struct value *value);
bool judge_facts_resource_requests_warning(const struct judge_case *facts, struct value *value);
bool judge_facts_src_outside_schedule(const struct judge_case *facts, struct value *value);
bool judge_facts_dest_outside_schedule(const struct judge_case *facts, struct value *value);
bool judge_facts_src_idle_shutdown_s(const struct judge_case *facts, struct value *value);

/* judge_facts_dns.c */
bool judge_facts_dns_questions(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_coded(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_lengthy(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_loose(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_binary(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_bytes_up(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_bytes_down(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_of_others(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_site(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_question(const struct judge_case *facts, struct value *value);
bool judge_facts_dns_question_allowed(const struct judge_case *facts, struct value *value);
bool judge_facts_query_site(const struct judge_case *facts, struct value *value);
bool judge_facts_query_longest_label(const struct judge_case *facts, struct value *value);
bool judge_facts_query_name_length(const struct judge_case *facts, struct value *value);

/* A fact that is a plain bool. */
static inline bool judge_fact_flag(const struct judge_fact *fact, const struct judge_case *facts)
{
	const void *from = fact->place == FACT_OF_FLOW ? (const void *)facts->flow : facts;

	return *((const bool *)from + fact->offset);
}

bool judge_fact_read(const struct judge_fact *fact, const struct judge_case *facts,
		     struct value *value);
