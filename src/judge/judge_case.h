/* judge_case.h - everything that the rules may ask about one flow or DNS message, gathered once.
 *
 * The rules only read this; none of them looks anything up. So their order can change, and become
 * data, without changing what they see.
 */
#pragma once

#include "judge/judge.h"
#include "judge/judge_names.h"
#include "judge/judge_place.h"

/* What was looked up lately. One worker's. */
struct judge_known {
	struct judge_names names;
	struct judge_places places;
};

enum dns_leak {
	LEAK_NONE,
	LEAK_SEEN,    /* some message of this flow leaked; its own event says how */
	LEAK_PUBLIC,  /* a name with a private endpoint, a public address */
	LEAK_PRIVATE, /* a name with a private endpoint, another private address */
	LEAK_ABSENT,  /* a name with a private endpoint: no such name */
	LEAK_HIDDEN,  /* somebody else's privatelink name in a zone of ours that does not have it */
	LEAK_STRAY, /* somebody else's privatelink name at a private address that the map has not */
};

struct judge_case {
	const struct map *map;
	const struct service_tags *tags; /* or NULL */
	const struct judge_flow *flow;   /* turned round if src was the one that serves */
	struct judge_flow turned;        /* the copy that `flow` points to then */
	struct place src, dst;

	struct name name;     /* what to judge by: the claim, else what DNS told, else the map's */
	bool is_claim;        /* a claim of the client, not evidence */
	bool is_told;         /* DNS told the client this name for this address */
	bool is_contradicted; /* DNS told the client another name for it, and never this one */
	bool is_hidden;       /* the claim is the outer name of an ECH that is real */

	const struct map_endpoint *named; /* the map's endpoint of this name, or NULL */
	bool has_egress;                  /* allowed_egress has the name, for some port and zone */
	const char *named_as;             /* the name, or the CNAME of its chain, that found it */
	const struct map_endpoint *at;    /* the endpoint at dst: of this name, else the first */
	bool is_served;                   /* an endpoint at dst serves the name */
	bool zone_may;                    /* src's zone may use `at` */
	bool is_crossing;                 /* between zones that may not */
	bool told_is_ours; /* is_contradicted, and what DNS told is an endpoint of the map */

	bool is_known; /* `match` holds the name's service */
	struct catalog_match match;

	const struct map_egress *egress; /* the entry that allows it, or NULL */
	bool egress_by_name;
	bool egress_elsewhere; /* the entry lists addresses, and this is none of them */

	const struct map_resource *resource; /* ours, by the name; or NULL */
	const struct map_compute *src_compute, *dst_compute;

	bool is_icmp_noise; /* errors, neighbour discovery, group membership */
	bool is_dns, is_encrypted_dns, resolver_approved;
	bool is_admin,
		is_rdp_like; /* remote administration; of the kind rdp_allowed_sources is for */
	bool is_admin_of_compute; /* ... of what is inside, and neither endpoint nor appliance */
	bool is_admin_allowed;    /* ... by a source that may */
	bool is_housekeeping, is_platform;
	bool is_turned;

	const struct dns_traits *question; /* of the message's first question; or NULL */
	uint8_t leak;           /* enum dns_leak; with LEAK_PUBLIC and later, the next four: */
	const char *leak_name;  /* as asked */
	const char *leak_alias; /* the name of the chain that tells, or leak_name */
	const struct map_endpoint *leak_of;   /* the map's endpoint of it, or NULL */
	struct ip_addr leak_addr;             /* what was answered */
	const struct map_dns_zone *leak_zone; /* the private zone it lies in, or NULL */
};

void judge_case_of_flow(struct judge_case *facts, struct judge_known *known,
			const struct judge_flow *flow);

/* dns_flow: room for the flow that stands for the message; outlives the case. */
void judge_case_of_dns(struct judge_case *facts, struct judge_known *known,
		       const struct judge_dns *dns, struct judge_flow *dns_flow);

void judge_case_note_service(struct judge_case *facts, const struct judge_name *known);
