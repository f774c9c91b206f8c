/* rules_filter.h - tells of most values that no key of an index fits them, before anything is looked up.
 *
 * A few bytes of a key choose a bit: of a text its last ones (OP_PREFIX: its first; OP_CONTAINS: some four), of an address
 * its network's first sixteen bits, of a number all. A value whose bit is not set is in no key's reach.
 */
#pragma once

#include <string.h>

#include "base/bits.h"
#include "base/eight.h"
#include "base/ip.h"
#include "judge/rules_model.h"

#define RULES_FILTER_NETWORK 16u /* bits of an address that count */

static inline size_t rules_filter_bit(const struct rule_index *index, uint64_t word)
{
	return word * UINT64_C(0x9e3779b97f4a7c15) >> index->filter_shift; /* Fibonacci hashing */
}

static inline bool rules_filter_has(const struct rule_index *index, uint64_t word)
{
	return bits_has(index->filter, rules_filter_bit(index, word));
}

/* The bytes of a text that count, of index->grain and more. */
static inline uint64_t rules_filter_text(const struct rule_index *index, const char *text,
					 size_t length)
{
	return eight_few(index->op == OP_PREFIX ? text : text + length - index->grain,
			 index->grain);
}

/* Mapped IPv4 addresses go by their own first bits. */
static inline uint64_t rules_filter_addr(const struct ip_addr *addr)
{
	const uint8_t *from = ip_is_v4(addr) ? addr->bytes + 12 : addr->bytes;

	return (uint64_t)from[0] << 8 | from[1];
}

static inline bool rules_filter_may_have(const struct rule_index *index, const struct value *value)
{
	if (value->type == VALUE_ADDRESS)
		return rules_filter_has(index, rules_filter_addr(&value->addr));
	if (value->type == VALUE_NUMBER)
		return rules_filter_has(index, (uint64_t)value->number);
	return value->length >= index->grain &&
	       (index->op == OP_CONTAINS ||
		rules_filter_has(index, rules_filter_text(index, value->text, value->length)));
}
