/* rules_filter.h - tells of most values that no key of an index fits them, before anything is looked up.
 *
 * A few bytes of a key choose a bit: of a text its last ones (OP_PREFIX: its first; OP_CONTAINS: some four), of an address
 * its network's first ones, of a number all. A value whose bit is not set is in no key's reach.
 */
#pragma once

#include <endian.h>
#include <string.h>

#include "base/bits.h"
#include "base/eight.h"
#include "base/ip.h"
#include "judge/rules_model.h"

/* Bits of an address that count. A shorter prefix has a bit for each beginning of so many bits that it holds. */
#define RULES_FILTER_NETWORK_LEAST 16u
#define RULES_FILTER_NETWORK_MOST 32u

static inline size_t rules_filter_bit(const struct rule_filter *filter, uint64_t word)
{
	return word * UINT64_C(0x9e3779b97f4a7c15) >> filter->shift; /* Fibonacci hashing */
}

static inline bool rules_filter_has(const struct rule_filter *filter, uint64_t word)
{
	return bits_has(filter->bits, rules_filter_bit(filter, word));
}

/* The bytes of a text that count, of filter->grain and more. */
static inline uint64_t rules_filter_text(const struct rule_filter *filter, uint8_t op,
					 const char *text, size_t length)
{
	return eight_few(op == OP_PREFIX ? text : text + length - filter->grain, filter->grain);
}

/* Mapped IPv4 addresses go by their own first bits. */
static inline uint64_t rules_filter_addr(const struct rule_filter *filter,
					 const struct ip_addr *addr)
{
	uint32_t first;

	memcpy(&first, ip_is_v4(addr) ? addr->bytes + 12 : addr->bytes, sizeof(first));
	return be32toh(first) >> (32 - filter->grain);
}

static inline bool rules_filter_may_have(const struct rule_index *index, const struct value *value)
{
	const struct rule_filter *filter = &index->filter;

	if (value->type == VALUE_ADDRESS)
		return rules_filter_has(filter, rules_filter_addr(filter, &value->addr));
	if (value->type == VALUE_NUMBER)
		return rules_filter_has(filter, (uint64_t)value->number);
	return value->length >= filter->grain &&
	       (index->op == OP_CONTAINS ||
		rules_filter_has(filter,
				 rules_filter_text(filter, index->op, value->text, value->length)));
}

/* The same of an address or a port where it stands in the event: most are in no key's reach, and never read. */
static inline bool rules_filter_may_stand(const struct rule_asked *asked, const void *part)
{
	const void *at = (const uint8_t *)part + asked->offset;

	if (asked->as == AS_IP)
		return rules_filter_has(&asked->filter, rules_filter_addr(&asked->filter, at));
	return asked->as != AS_PORT || rules_filter_has(&asked->filter, *(const uint16_t *)at);
}
