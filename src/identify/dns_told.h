/* dns_told.h - a set of facts that run out: "this client was told this name for this address".
 *
 * A fact is a 64-bit hash; the set says whether it holds now, and nothing else. Fixed memory; where
 * it is full, the fact that runs out soonest makes room. Part of the DNS cache; see dns_cache.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_told;

/* bytes: 64 at least. NULL: no memory. */
struct dns_told *dns_told_new(size_t bytes);
void dns_told_free(struct dns_told *told);

/* The fact holds until then, or longer if it already did. */
void dns_told_add(struct dns_told *told, uint64_t fact, uint64_t until_ns);
bool dns_told_has(const struct dns_told *told, uint64_t fact, uint64_t now_ns);
