/* nat.h - the two sides of a connection that an appliance translates. */
#pragma once

#include <stdint.h>

#include "pewit/ip_addr.h"

/* A connection as it is on one wire: src opened it. No padding: hashed and compared as bytes. */
struct nat_tuple {
	struct ip_addr src, dst;
	uint16_t src_port, dst_port; /* host order */
	uint8_t protocol;            /* IANA number */
	uint8_t zero[3];
};

/* Who its ends are beyond the translation. An end that is not translated has the zero address. */
struct nat_sides {
	struct ip_addr src; /* the real client */
	/* Of a connection seen before its destination was translated, the real server; of one seen
	 * after, the address that the client asked for. */
	struct ip_addr dst;
	uint16_t src_port, dst_port; /* host order */
	uint8_t zero[4];
};
