/* dns_traits.h - signs of data carried in DNS: of one question, and of a flow's questions together.
 *
 * A tunnel puts its bytes into the labels in front of a name that it owns, so those are many, each
 * asked once, and look coded; what comes back needs types that can hold data. Single questions say
 * little (content networks, mail and virus scanners have odd names too); a flow's say more. Nothing
 * here decides: src/judge/judge_tunnel.c does. Pure, bounded, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "pewit/dns.h"

/* Works out the traits of a question. `name` is lent to traits->site. */
void dns_traits_of(const char *name, uint16_t type, struct dns_traits *traits);

/* What a flow's messages came to. All zero at its start. Counts stand still at their largest value, and
 * those of different names never overstate: now and then a new name passes for one seen before. */
struct dns_activity {
	uint64_t seen;            /* Bloom filter of the names below */
	uint64_t up_bytes : 24;   /* of labels in front of the site, in the names below */
	uint64_t down_bytes : 24; /* of rdata of types that can hold data */
	uint64_t site : 16;       /* a hash of the site that most of the names share */
	uint16_t questions;       /* messages that ask */
	/* Different names, that are ... */
	uint8_t coded;     /* of that site, coded, asked for in a type that can hold data */
	uint8_t lengthy;   /* of that site, with a long coded label, asked for in any type */
	uint8_t loose;     /* of any site, both */
	uint8_t binary;    /* of any site, with bytes that are in no host's name */
	uint8_t last_data; /* data bytes of the latest: codes of one form have one length */
};
_Static_assert(sizeof(struct dns_activity) == 24, "kept for every DNS flow");

/* Adds a message, of either direction. True: a count of names grew. */
bool dns_activity_add(struct dns_activity *activity, const struct dns_message *message,
		      const struct hash_seed *seed);

/* The site of a question when it is the one that most of the names share; NULL. */
const char *dns_activity_site(const struct dns_activity *activity, const char *name,
			      const struct hash_seed *seed);
