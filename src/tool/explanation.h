/* explanation.h - what pewit knows of a name or an address, and what it would say of traffic to it.
 *
 * The verdicts come from the judge itself, which is asked about traffic that was made up for it: a flow to
 * the private endpoint, one to a public address, the answer of a resolver. So an explanation cannot
 * say anything else than a replay would.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "judge/judge_case.h"
#include "tool/lookup.h"

#define EXPLANATION_SOURCES_MAX 8
#define EXPLANATION_CASES_MAX 6 /* of one source */
#define EXPLANATION_TITLE_MAX 383

struct explanation_case { /* traffic that was made up, and the judgement of it */
	char title[EXPLANATION_TITLE_MAX + 1]; /* "TCP 443 to its private endpoint 10.10.2.6" */
	struct ip_addr dst;
	uint16_t port;
	bool is_dns;  /* an answer of the resolver at dst */
	bool made_up; /* the public address in it is only an example */
	struct judgement judgement;
	const char *advice; /* or NULL */
};

struct explanation_source {
	struct ip_addr addr;
	struct place place;
	bool is_example; /* of its zone; no --from was given */
	size_t case_count;
	struct explanation_case cases[EXPLANATION_CASES_MAX];
};

struct explanation {
	const struct lookup *lookup;
	const char *map_path;
	char name[CATALOG_NAME_MAX + 1]; /* lower case; "": an address is asked about */
	bool has_address;                /* asked about, or given beside the name */
	struct ip_addr address;
	uint16_t port; /* 0: --port was not given */

	bool is_known; /* `match` is the service of the name */
	struct catalog_match match;
	char public_name[CATALOG_NAME_MAX + 1]; /* of a private-link name; else "" */
	const struct map_endpoint *endpoint; /* by the name, or the first at the address; or NULL */
	const struct map_egress *egress;     /* by the name, whatever zone and port; or NULL */
	const struct map_dns_zone *zone;     /* private DNS zone of the map for the name; or NULL */
	const struct map_resource *resource; /* or NULL */
	struct place place;                  /* of the address */
	const char *platform;                /* role of the address, or NULL */
	const struct service_tag *tag;       /* of the address, or NULL */

	struct explanation_source *source; /* none without a map */
	size_t source_count;
};

struct explanation_question {
	const char *name;              /* or NULL */
	const struct ip_addr *address; /* or NULL; one of the two there is */
	const struct ip_addr *from;    /* or NULL: an example of each zone */
	uint16_t port;                 /* 0: what the service uses */
};

/* 0 or -ENOMEM. The knowledge outlives the explanation; end with explanation_free(). */
int explanation_make(struct explanation *explanation, const struct lookup *lookup,
		     const struct explanation_question *question);
void explanation_free(struct explanation *explanation);

/* explanation_traffic.c: makes up the traffic of one source and has it judged. */
void explanation_judge(const struct explanation *explanation, struct explanation_source *source);

/* explanation_print.c, explanation_json.c */
void explanation_print(FILE *out, const struct explanation *explanation, bool colour);
void explanation_print_json(FILE *out, const struct explanation *explanation);
