/* layers.h - what the headers of one packet say: the product of decode, pure values and lent bytes.
 *
 * Addresses, ports and payload are those of the innermost packet that decode reached; the envelopes
 * it passed are in `tunnel`. All numbers are in host order. No pointer outlives the packet's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/ip_addr.h"

#define LAYERS_TUNNELS_MAX 2 /* envelopes kept, outermost first; deeper ones are counted */
#define LAYERS_VLANS_MAX 2 /* 802.1ad carries two; more are passed over and counted in vlan_count */

enum tunnel_type {
	TUNNEL_NONE,
	TUNNEL_VXLAN,  /* RFC 7348 */
	TUNNEL_GENEVE, /* RFC 8926 */
	TUNNEL_GRE,    /* RFC 2784, 2890; NVGRE RFC 7637 */
	TUNNEL_ERSPAN,
	TUNNEL_IPIP,  /* RFC 2003, 2473, 4213: any IP in any IP */
	TUNNEL_PPPOE, /* no addresses: src and dst are zero */
	TUNNEL_GTPU,
	TUNNEL_ETHERIP, /* RFC 3378 */
	TUNNEL_TYPES
};

struct tunnel {
	struct ip_addr src, dst; /* outer addresses */
	uint32_t id;             /* VNI (VXLAN, GENEVE), key (GRE), session (ERSPAN, PPPoE), TEID */
	uint16_t src_port, dst_port; /* outer UDP ports, or 0 */
	uint8_t type;                /* enum tunnel_type */
	uint8_t ip_version;          /* of the outer header: 4, 6 or 0 */
};

/* What decode can say of a packet. Each outcome indexes a counter; only the first makes a flow. */
enum decode_outcome {
	DECODE_FLOW,      /* addresses and protocol known; ports too where the protocol has them */
	DECODE_FRAGMENT,  /* an IP fragment, in `fragment`: give it to fragments_add() */
	DECODE_NOT_IP,    /* a well-formed frame of another network protocol: ARP, LLDP, STP, ... */
	DECODE_TRUNCATED, /* the capture cut the headers (snapshot length) */
	DECODE_MALFORMED, /* a header contradicts itself or the packet's length */
	DECODE_UNSUPPORTED, /* a link type, or a header version, that pewit does not know */
	DECODE_TOO_DEEP,    /* more headers in each other than DECODE_DEPTH_MAX */
	DECODE_OUTCOMES
};

/* Where the fragment stands. The bytes it carries are layers.payload. */
struct fragment {
	uint32_t id;           /* IPv4 identification (16 bits) or IPv6 fragment identification */
	uint16_t offset_bytes; /* of its data in the datagram's payload */
	bool more;             /* more fragments follow */
	uint8_t protocol;      /* next header of the whole datagram's payload */
};

/* TCP flags, as on the wire (RFC 9293 section 3.1). */
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_ACK 0x10u
#define TCP_URG 0x20u
#define TCP_ECE 0x40u
#define TCP_CWR 0x80u

struct layers {
	struct ip_addr src, dst;
	const uint8_t
		*payload; /* after the innermost header decoded; lent; NULL if nothing is left */
	uint32_t payload_captured; /* bytes at payload */
	uint32_t
		payload_length; /* bytes the headers announce: more than captured in a cut packet */
	uint32_t tcp_seq, tcp_ack;
	uint16_t src_port, dst_port; /* TCP, UDP, SCTP; 0 otherwise */
	uint16_t tcp_window;
	uint16_t ether_type; /* innermost EtherType seen, or 0 */
	uint8_t ip_version;  /* 4 or 6; 0 unless an IP header was read */
	uint8_t protocol;    /* IANA protocol number of the innermost IP packet's payload */
	uint8_t ttl;         /* or hop limit */
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint8_t vlan_count;   /* VLAN tags seen; the first LAYERS_VLANS_MAX are in vlan[] */
	uint8_t tunnel_count; /* envelopes passed; the first LAYERS_TUNNELS_MAX are in tunnel[] */
	uint8_t outcome;      /* enum decode_outcome */
	uint8_t depth;        /* headers that decode walked; where fragments resume */
	uint16_t vlan[LAYERS_VLANS_MAX]; /* VLAN ids, outermost first; those inside a tunnel too */
	const uint8_t *ip_header;        /* innermost IP header, lent; for nDPI */
	uint32_t ip_captured;     /* bytes at ip_header up to the end of the captured IP packet */
	struct fragment fragment; /* with DECODE_FRAGMENT only */
	struct tunnel tunnel[LAYERS_TUNNELS_MAX];
};
