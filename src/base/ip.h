/* ip.h - addresses and prefixes: text to value and back, and what contains what. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pewit/ip_addr.h"

#define IP_TEXT_SIZE 46 /* INET6_ADDRSTRLEN: longest text with its NUL */

/* A prefix over struct ip_addr; an IPv4 /24 has 96 + 24 bits. */
struct ip_prefix {
	struct ip_addr addr; /* host bits are zero */
	uint8_t bits;        /* 0 to 128 */
};

static inline struct ip_addr ip_from_v4(const uint8_t bytes[4])
{
	struct ip_addr addr = { { [10] = 0xff, [11] = 0xff } };

	memcpy(addr.bytes + 12, bytes, 4);
	return addr;
}

static inline struct ip_addr ip_from_v6(const uint8_t bytes[16])
{
	struct ip_addr addr;

	memcpy(addr.bytes, bytes, 16);
	return addr;
}

static inline bool ip_is_v4(const struct ip_addr *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr->bytes, mapped, sizeof(mapped)) == 0;
}

static inline bool ip_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static inline bool ip_is_zero(const struct ip_addr *addr)
{
	static const struct ip_addr zero;

	return ip_equal(addr, &zero);
}

/* Text form: dotted for IPv4, RFC 5952 for IPv6. Returns its length. */
size_t ip_print(const struct ip_addr *addr, char text[IP_TEXT_SIZE]);

/* Reads one address of either family; nothing may follow it. False: not an address. */
bool ip_parse(const char *text, struct ip_addr *addr);

/* Reads "10.0.0.0/8", "fd00::/8" or a bare address. Host bits that are set are cleared and said so
 * in *had_host_bits (may be NULL). False: not a prefix. */
bool ip_prefix_parse(const char *text, struct ip_prefix *prefix, bool *had_host_bits);

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr);
