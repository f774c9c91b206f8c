/* judge_facts.h - what rules may ask beyond the fields of an event: what pewit works out from the map,
 * the catalog, the service tags and the packets. One table; names begin with "fact.".
 */
#pragma once

#include "event/event_read.h"
#include "judge/judge_case.h"

/* What many facts need, each found at once: a rule that asks for such a fact is passed over without it. */
enum judge_need {
	JUDGE_IF_KNOWN = 1 << 0, /* the name's service */
	JUDGE_IF_NAMED = 1 << 1, /* the map's endpoint of the name */
	JUDGE_IF_LEAK = 1 << 2,
	JUDGE_IF_EGRESS = 1 << 3,
	JUDGE_IF_DNS_FLOW = 1 << 4,
	JUDGE_IF_QUESTION = 1 << 5,
	JUDGE_IF_CERTIFICATE = 1 << 6,
	JUDGE_IF_TLS_CERTIFICATE = 1 << 7, /* ... of the event at hand */
	JUDGE_IF_IMDS = 1 << 8,
	JUDGE_IF_WORKSPACE = 1 << 9, /* the name carries a workspace's GUID */
	JUDGE_IF_CREDENTIAL = 1 << 10,
	JUDGE_IF_ECH = 1 << 11,
	JUDGE_IF_RESOURCE = 1 << 12,
	JUDGE_IF_SRC_COMPUTE = 1 << 13,
	JUDGE_IF_DEST_COMPUTE = 1 << 14,
	JUDGE_IF_SRC_SCHEDULE = 1 << 15,
	JUDGE_IF_DEST_SCHEDULE = 1 << 16,
	JUDGE_IF_SRC_ROLE_COMPUTE = 1 << 17,
	JUDGE_IF_NAME = 1 << 18, /* that is judged */
	JUDGE_NEEDS = 19,        /* so many bits */
};

/* What a fact is without its needs. */
enum fact_without {
	FACT_ABSENT_OR_FALSE,
	FACT_ABSENT,
	FACT_EXACT, /* a bool: false, and true with them; another: absent, and there with them */
};

struct judge_fact {
	const char *name; /* without "fact." */
	const char *doc;
	uint8_t type;    /* enum value_type */
	uint8_t place;   /* enum fact_place, of a plain bool */
	uint16_t offset; /* of that bool in its struct */
	/* The value, or false: there is none. NULL: the bool at `offset`. */
	bool (*read)(const struct judge_case *facts, struct value *value);
	uint32_t needs;  /* enum judge_need, or-ed */
	uint8_t without; /* enum fact_without */
};

enum fact_place { FACT_OF_CASE, FACT_OF_FLOW };

extern const struct judge_fact judge_facts[];
extern const size_t judge_fact_count;

/* The word for an enum place_kind, as src_place and dest_place have it. */
const char *judge_facts_place(unsigned kind);

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

/* Which of the needs are met, as bits. */
uint32_t judge_facts_given(const struct judge_case *facts);

/* A fact that is a plain bool. */
static inline bool judge_fact_flag(const struct judge_fact *fact, const struct judge_case *facts)
{
	const void *from = fact->place == FACT_OF_FLOW ? (const void *)facts->flow : facts;

	return *((const bool *)from + fact->offset);
}

bool judge_fact_read(const struct judge_fact *fact, const struct judge_case *facts,
		     struct value *value);
