/* baseline.h - what was seen on a network, grouped: who was spoken to, from where, how much.
 *
 * A group is one destination (a name or, where none was seen, an address) with one verdict by one rule.
 * It is fed with flows (baseline_read.h reads them from events) or with the groups of another baseline.
 * learn.h proposes from it what the expected map lacks; diff.h compares two.
 *
 * Everything comes from the wire in the end, so everything is bounded. Sets keep their smallest
 * members and say that there were more; flows that would need a group too many are counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "pewit/identity.h"
#include "pewit/verdict.h"

#define BASELINE_GROUPS_DEFAULT 16384 /* about 1.8 KiB each, touched as used */
#define BASELINE_GROUPS_MAX 262144
#define BASELINE_TOLD_PER_GROUP 4 /* pairs of name and address that DNS gave, kept for each */
#define BASELINE_TEXT_MAX 511     /* bytes of any text that is kept; longer ones are cut */

#define BASELINE_PORTS_MAX 16
#define BASELINE_ADDRESSES_MAX 32
#define BASELINE_SOURCES_MAX 64
#define BASELINE_ZONES_MAX 8

struct baseline_port {
	uint16_t port;    /* 0: the protocol has none */
	uint8_t protocol; /* IANA number */
};

struct baseline_group {
	const char *name;               /* lower case; "": no name was seen */
	struct ip_prefix place;         /* without a name: the address; with one: zero */
	const char *rule_id;            /* these are "" when unknown */
	const char *service, *category; /* as the catalog calls them */
	const char *private_endpoint;   /* of the map */
	const char *reason;             /* the deciding sentence of the first flow */
	uint64_t flows, bytes_up, bytes_down;
	uint64_t first_ns, last_ns; /* packet time */
	uint32_t name_sources;      /* 1u << enum name_source, or-ed */
	uint8_t verdict;            /* enum verdict */
	uint8_t severity;           /* enum severity: the highest */
	bool confirmed;             /* DNS was seen to give the name for one of the addresses */
	bool has_zoneless;          /* some source lies in no zone */

	/* Sorted; `more` says that not all are here. */
	uint8_t port_count, address_count, source_count, zone_count;
	bool more_ports, more_addresses, more_sources, more_zones;
	struct baseline_port port[BASELINE_PORTS_MAX]; /* of the destination */
	struct ip_addr address[BASELINE_ADDRESSES_MAX];
	struct ip_addr source[BASELINE_SOURCES_MAX];
	const char *zone[BASELINE_ZONES_MAX]; /* of the sources */
};

struct baseline;

struct baseline_options {
	size_t groups;   /* at most; 0: BASELINE_GROUPS_DEFAULT */
	uint8_t v4_bits; /* addresses without a name are counted by this prefix; 0: 32 */
	uint8_t v6_bits; /* 0: 128 */
};

int baseline_new(struct baseline **baseline, const struct baseline_options *options);
void baseline_free(struct baseline *baseline); /* NULL is allowed */

/* Adds what was seen to its group, or makes one; nothing of it need outlive the call. One flow is a
 * group with one of each. 0 or -ENOMEM. */
int baseline_add(struct baseline *baseline, const struct baseline_group *seen);

/* DNS gave this address for this name. */
int baseline_told(struct baseline *baseline, const char *name, const struct ip_addr *addr);

/* After everything is in: sorts by name, address, verdict and rule, and settles `confirmed`. */
void baseline_finish(struct baseline *baseline);

size_t baseline_count(const struct baseline *baseline);
const struct baseline_group *baseline_group(const struct baseline *baseline, size_t i);

struct baseline_totals {
	uint64_t flows, bytes;
	uint64_t first_ns, last_ns;  /* 0: nothing was seen */
	uint64_t flows_left_out;     /* their groups would have been too many */
	uint64_t answers_left_out;   /* pairs of DNS past the limit */
	uint64_t lines, lines_other; /* events read, and those that say nothing of flows */
	uint64_t lines_cut;          /* last lines of files that end in the middle */
};
struct baseline_totals baseline_totals(const struct baseline *baseline);
/* For readers: adds to the last three. */
void baseline_count_lines(struct baseline *baseline, uint64_t lines, uint64_t other, uint64_t cut);

/* Puts a member into a sorted set; *more is set when one had to give way. */
void baseline_put_ip(struct ip_addr *set, uint8_t *count, size_t most, bool *more,
		     const struct ip_addr *addr);
void baseline_put_port(struct baseline_group *group, struct baseline_port port);
void baseline_put_zone(struct baseline_group *group, const char *zone); /* lent */
/* All of `more` but its texts: counts, times, sets. */
void baseline_put_group(struct baseline_group *group, const struct baseline_group *more);

static inline uint64_t baseline_bytes(const struct baseline_group *group)
{
	return group->bytes_up + group->bytes_down;
}

/* Orders by destination alone: names, then addresses. */
int baseline_compare(const struct baseline_group *a, const struct baseline_group *b);
