/* learn.h - from what was seen to what the map lacks.
 *
 * Learning never excuses a finding: only egress that is merely unlisted becomes an entry by itself. Any
 * other finding is refused with a reason, and becomes an entry only when its verdict is accepted by
 * name, marked so, and only if a map can allow it at all.
 *
 * A claimed name is the client's word. It becomes an entry only if it is a plain host name, so that no
 * client can claim "*.com" and have it allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/json_print.h"
#include "baseline/baseline.h"
#include "judge/map.h"

enum learn_section {                 /* of the map, where an entry goes */
		     LEARN_NOTHING,  /* it is as the map says, or was not judged */
		     LEARN_REFUSED,  /* a finding that stays one */
		     LEARN_EGRESS,   /* allowed_egress */
		     LEARN_ENDPOINT, /* private_endpoints */
		     LEARN_RESOLVER, /* resolvers */
		     LEARN_CROSSING, /* cross_zone.allowed */
		     LEARN_SSH,      /* compute_admin.ssh_allowed_sources */
		     LEARN_RDP,      /* compute_admin.rdp_allowed_sources */
		     LEARN_SECTIONS
};

enum learn_confidence {
	LEARN_LOW,    /* an address, or a name that has other findings too */
	LEARN_MEDIUM, /* a name by claim or by DNS */
	LEARN_HIGH,   /* a claimed name that DNS gave for the address */
};

struct learn_item {
	const struct baseline_group *group;
	const char *why; /* LEARN_REFUSED: why, and what to do */
	const char *tag; /* service tag of the address, or NULL */
	uint8_t section, confidence;
	uint8_t also;    /* enum verdict: another finding with this name; VERDICT_NONE: none */
	bool accepted;   /* a finding that was accepted by its verdict */
	bool may_accept; /* LEARN_REFUSED: accepting its verdict would make an entry */
};

struct learn_options {
	const struct map *map;
	uint64_t accept;    /* 1 << enum verdict, or-ed */
	uint8_t confidence; /* enum learn_confidence: at least, to become an entry */
	bool pin;           /* entries by name list the addresses too */
	const char *(*tag_of)(void *context, const struct ip_addr *addr); /* or NULL */
	void *tag_context;
};

struct learn {
	const struct baseline *baseline; /* finished; outlives this */
	struct learn_options options;
	struct learn_item *item; /* as the groups of the baseline */
	size_t count;
};

/* 0 or -ENOMEM. */
int learn_from(struct learn *learn, const struct baseline *baseline,
	       const struct learn_options *options);
void learn_free(struct learn *learn);

/* Whether some map entry can allow what has this verdict. */
bool learn_can_accept(enum verdict verdict);
const char *learn_confidence_name(enum learn_confidence confidence);
const char *learn_section_name(enum learn_section section);
/* Whether the item gives entries to the section. One host may be administered by SSH and by RDP. */
bool learn_is_in(const struct learn_item *item, enum learn_section section);
size_t learn_count(const struct learn *learn, enum learn_section section);

/* learn_print.c */

/* The entries of a section, as elements of the list at hand. */
void learn_print_entries(struct json_print *print, const struct learn *learn,
			 enum learn_section section);
/* The whole document (docs/learn.md). sources: files that it was learned from. */
void learn_print_document(FILE *out, const struct learn *learn, const char *const *sources,
			  size_t source_count);

/* learn_merge.c: the map's text with the entries added; all else stays as it is, byte for byte. *merged
 * is given (free()). 0 or -errno with fault. */
int learn_merge(const struct learn *learn, const char *text, size_t length, const char *path,
		char **merged, struct fault *fault);

/* learn_summary.c: what was learned and what was not, for people. */
void learn_print_summary(FILE *out, const struct learn *learn, bool colour);
