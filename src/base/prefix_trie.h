/* prefix_trie.h - the longest prefix that contains an address, of a hundred thousand and more.
 *
 * A compressed multibit trie, one tree a family: built once from a sorted list, then only read. A
 * look-up takes one step for the first 16 bits and one for every further 6, and stops where nothing
 * longer follows; it allocates nothing. For a few prefixes that come one by one there is prefix_table.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

#define PREFIX_TRIE_NONE UINT32_MAX

/* The order of the list: IPv4 first, then by address, shorter before longer, so that a prefix comes before
 * those inside it. */
int prefix_trie_compare(const struct ip_prefix *a, const struct ip_prefix *b);

struct prefix_trie;

/* prefixes: sorted so, no two alike; only read now. Those below 96 bits are IPv6's and hold no IPv4
 * address. 0 and *trie, given; -ENOMEM; -EINVAL when they are not sorted. */
int prefix_trie_new(struct prefix_trie **trie, const struct ip_prefix *prefixes, uint32_t count);
void prefix_trie_free(struct prefix_trie *trie); /* NULL is allowed */

/* Index, in the list, of the longest prefix that contains the address; or PREFIX_TRIE_NONE. */
uint32_t prefix_trie_find(const struct prefix_trie *trie, const struct ip_addr *addr);

size_t prefix_trie_bytes(const struct prefix_trie *trie); /* of memory */
