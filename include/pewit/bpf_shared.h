/* bpf_shared.h - what the kernel programs of bpf/ and the program share: keys, counters, settings.
 *
 * Plain fixed-width members, no padding but named, the same layout on both sides.
 */
#pragma once

#ifdef __bpf__
typedef __u8 bpf_u8;
typedef __u16 bpf_u16;
typedef __u32 bpf_u32;
typedef __u64 bpf_u64;
#else
#include <stdint.h>
typedef uint8_t bpf_u8;
typedef uint16_t bpf_u16;
typedef uint32_t bpf_u32;
typedef uint64_t bpf_u64;
#endif

/* An inner five-tuple, both directions alike: the lower (address, port) comes first, as bytes in
 * network order. Addresses are IPv6 or IPv4-mapped: as struct flow_key of flow/flow_table.h. */
struct bypass_key {
	bpf_u8 low[16], high[16];
	bpf_u16 low_port, high_port; /* host order */
	bpf_u8 protocol;
	bpf_u8 zero[3];
};

/* A bypassed flow: where it is counted, and whether its frames are passed up again. The counts stand
 * apart, so that changing this loses none of them. */
struct bypass_flow {
	bpf_u32 slot;
	bpf_u32 is_passing;
};

/* What the kernel saw of one bypassed flow on one processor: a cache line. Index 0: from the low end. */
struct bypass_count {
	bpf_u64 packets[2], bytes[2]; /* frames and their wire lengths, bypassed ones alone */
	bpf_u64 last_ns;    /* of the last bypassed one, CLOCK_MONOTONIC at the tick before */
	bpf_u64 last_up_ns; /* of the last that was passed up because it was time */
	bpf_u8 tcp_flags[2];
	bpf_u8 zero[14];
};

/* Frames of one interface on one processor. What was not bypassed was passed up. */
struct bpf_counters {
	bpf_u64 received, received_bytes;
	bpf_u64 bypassed, bypassed_bytes;
	bpf_u64 unparsed; /* passed up because no five-tuple was found */
	bpf_u64 homeless; /* AF_XDP: dropped, for its queue has no socket */
	bpf_u32 first_socket,
		queues;    /* AF_XDP: the interface's run in the map of sockets; no counts */
	bpf_u32 interface; /* last, for it is what makes the rest count; 0: free */
	bpf_u32 zero;
};

#define BPF_INTERFACES 64 /* index numbers that are counted at once; a power of 2 */
#define BPF_TUNNEL_PORTS 8
#define BPF_SOCKETS 128 /* of AF_XDP, over all interfaces: one for each queue */

/* Settings, written before the programs are attached; in their read-only data. */
struct bpf_settings {
	bpf_u64 hash_seed;
	bpf_u64 refresh_ns; /* a bypassed flow passes one frame up this often */
	bpf_u32 workers;
	bpf_u16 vxlan_ports[BPF_TUNNEL_PORTS]; /* host order; 0 ends the list */
	bpf_u16 geneve_ports[BPF_TUNNEL_PORTS];
	bpf_u16 tunnel_least, tunnel_most; /* of both: most frames need no look at the lists */
};
