/* ip_addr.h - an address of either family in one shape. */
#pragma once

#include <stdint.h>

/* An IPv6 address, or an IPv4 one in its mapped form (RFC 4291 section 2.5.5.2). */
struct ip_addr {
	uint8_t bytes[16]; /* network order */
};
