/* pipeline_detail.h - what a flow keeps beside its counters, until it ends.
 *
 * A detail is large, as names are, and mostly empty. Those of the flows at work stand open, at most
 * DETAILS_OPEN of them; when another is wanted, the one opened longest ago is packed: zeros take no room. A
 * packed detail is opened again when its flow is looked at. So a flow that is decided, and one that a flood
 * left behind after one packet, cost what they have to say.
 */
#pragma once

#include "base/slabs.h"
#include "flow/flow_table.h"
#include "identify/dns_traits.h"
#include "identify/identify.h"
#include "pewit/verdict.h"

#define FIRED_MAX                                                                                  \
	8 /* alert rules that one flow may fire while it lives; the rest fire at its end */
#define CHAIN_KEPT 383 /* bytes of a CNAME chain that a flow keeps: seven names of a usual length */
#define DETAILS_OPEN 8192 /* 15 MB, touched as used */

struct detail {
	struct identity identity;
	uint32_t identify_state;
	uint32_t next_free;
	struct flow *flow; /* whose it is; NULL: it is free */
	uint64_t told_ns;  /* when its client was told the name below */
	struct ip_addr resolver;
	struct tunnel tunnel[LAYERS_TUNNELS_MAX];
	uint16_t vlan[LAYERS_VLANS_MAX];
	uint8_t tunnel_count, vlan_count;
	uint8_t verdict;                   /* as judged last */
	uint8_t dns_verdict, dns_severity; /* worst of its own DNS messages */
	uint8_t icmp_code;
	uint8_t fired_count;
	uint16_t fired[FIRED_MAX]; /* numbers of alert rules that need not fire again */
	bool resolved_ambiguous, resolved_privatelink;
	struct nat_sides nat; /* once found: it outlives the kernel's entry */
	struct dns_activity dns;
	char resolved[NAME_MAX_BYTES + 1];
	char chain[CHAIN_KEPT + 1];
	char dns_evidence[EVIDENCE_TEXT_MAX + 1]; /* of the message behind dns_verdict */
};
_Static_assert(sizeof(struct detail) % 8 == 0 && sizeof(struct detail) <= 2048,
	       "a bit of four words for each of its words");

struct details;

/* Called for an open detail that must go although there is no room to pack it: its flow must give up all
 * that hangs on it. */
typedef void detail_lost(void *context, struct flow *flow);

/* flows: so many have a detail at most. 0 or -ENOMEM; *details is given. */
int details_new(struct details **details, uint32_t flows, detail_lost *lost, void *context);
void details_free(struct details *details);

/* The flow's detail, open; NULL: it has none. Lent until another flow's is asked for, unless that call names it
 * as `held`. */
struct detail *details_find(struct details *details, struct flow *flow, const struct detail *held);

/* The same; one that is all zero if it has none. Never NULL. */
struct detail *details_need(struct details *details, struct flow *flow, const struct detail *held);

/* A copy in `copy`, or the open one, to look at alone; NULL: it has none. */
const struct detail *details_peek(const struct details *details, const struct flow *flow,
				  struct detail *copy);

/* The flow, whose detail is open, has none any more. */
void details_drop(struct details *details, struct flow *flow);

/* Bytes that packed details take. */
size_t details_packed_bytes(const struct details *details);
