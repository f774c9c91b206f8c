/* dns_cache.h - what each client was told: the names behind an address, with chain and resolver.
 *
 * Key: (client, address). Flows that start later carry the name that their client was last told for
 * the address, however long ago within DNS_CACHE_KEEP_S beyond the TTL: clients keep addresses, and
 * connections, past the TTL, and losing the name then is the commonest complaint about such tools.
 * A name is ambiguous when the client was told another one for the same address and that one has
 * not run out. Fixed memory, bucketed; a full bucket gives up the answer that runs out soonest, and
 * counts it. Not thread-safe: each worker owns its own, and all are fed the same answers in the
 * same order, so all hold the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "pewit/dns.h"
#include "pewit/identity.h"

#define DNS_CACHE_KEEP_S 3600  /* a name serves this long after its TTL, marked by its age */
#define DNS_CACHE_CHAIN_MAX 12 /* CNAMEs followed from a question; real chains have up to seven */
#define DNS_CACHE_TTL_MAX_S 604800 /* longer TTLs count as this: RFC 8767 section 4, seven days */

struct dns_cache;

/* What the cache knows of one address for one client. Lent until the next dns_cache_learn(). */
struct dns_known {
	struct name name;     /* the question's name, lower case; source NAME_DNS */
	bool has_privatelink; /* some name of the chain has a `privatelink` label */
	const char *chain;    /* "a -> b -> c": the question and each CNAME, cut at 1023 bytes */
};

/* bytes: memory for all; 64 KiB to 64 GiB. An address with a name and chain of usual length takes
 * 256 to 330 of them. Returns 0, -EINVAL or -ENOMEM; *cache is given. */
int dns_cache_new(struct dns_cache **cache, size_t bytes, struct hash_seed seed);
void dns_cache_free(struct dns_cache *cache);

/* Notes every address of a response, for the client that it was sent to: those of the answer
 * section whose owner is where the CNAMEs lead from the question. HTTPS records with `ech` are
 * noted by (client, name) too. Ignores requests, failures, and what was sent to a multicast
 * address. */
void dns_cache_learn(struct dns_cache *cache, const struct ip_addr *client,
		     const struct ip_addr *resolver, const struct dns_message *response,
		     uint64_t now_ns);

/* False: this client was never seen to be told anything for the address. */
bool dns_cache_find(const struct dns_cache *cache, const struct ip_addr *client,
		    const struct ip_addr *address, uint64_t now_ns, struct dns_known *known);

/* Whether the client was told, within the keeping time, an ECH configuration for the name. */
bool dns_cache_has_ech(const struct dns_cache *cache, const struct ip_addr *client,
		       const char *name, uint64_t now_ns);

/* Whether this client was told `name` (any case), or a name whose chain passed through it, for
 * `address`, however many names it was told since: what the SNI claims, borne out. */
bool dns_cache_confirms(const struct dns_cache *cache, const struct ip_addr *client,
			const struct ip_addr *address, const char *name, uint64_t now_ns);

struct dns_cache_stats {
	uint64_t learnt;  /* addresses noted, again or for the first time */
	uint64_t evicted; /* answers given up before their time, for want of room */
	uint64_t
		off_chain; /* addresses ignored: no chain of CNAMEs leads to them from the question */
};
struct dns_cache_stats dns_cache_stats(const struct dns_cache *cache);
