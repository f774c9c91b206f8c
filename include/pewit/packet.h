/* packet.h - one frame as a source hands it over. */
#pragma once

#include <stdint.h>

/* Link types are libpcap's LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html). */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_RAW_BSD = 12, /* DLT_RAW written straight to a file by some systems; as LINK_RAW */
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW = 101,
	LINK_C_HDLC = 104,
	LINK_IEEE802_11 = 105,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IEEE802_11_RADIOTAP = 127,
	LINK_PPI = 192,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

struct packet {
	uint64_t sequence;   /* place in capture order, from 0; over all files of one replay */
	uint64_t time_ns;    /* capture time, ns since the epoch */
	const uint8_t *data; /* lent by the source; see capture/source.h for how long */
	uint32_t captured;   /* bytes at data; at most `length` */
	uint32_t length;     /* bytes on the wire, link header included */
	uint16_t link;       /* enum link_type */
	uint16_t port;       /* index of the file's or system's interface, from 0 */
};
