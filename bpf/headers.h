/* headers.h - from a frame to its inner five-tuple, for programs of any type.
 *
 * The includer defines, before it includes this, how bytes are read, and how the first words of a frame are:
 *
 *     static __always_inline bool frame_read(const struct frame *frame, __u32 at, void *to, __u32 bytes);
 *     static __always_inline bool frame_words(const struct frame *frame, __u64 *to, __u32 words);
 *
 * A read past the end is false. Walks Ethernet, up to two VLAN tags, IPv4 and IPv6, and one envelope of
 * VXLAN, GENEVE, GRE or IP in IP: what decode/ finds in the same frame, or nothing. Whatever is not
 * understood has no key, and goes up to the program that understands more.
 */
#pragma once

#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_TEB 0x6558 /* transparent Ethernet bridging, in GRE and GENEVE */

#define PROTOCOL_IPIP 4
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_IPV6_IN_IP 41
#define PROTOCOL_GRE 47
#define PROTOCOL_SCTP 132

#define FIN 0x01
#define SYN 0x02
#define RST 0x04

#define ENVELOPES 2 /* IP headers walked: the envelope's and the inner one */
#define VLAN_TAGS 2

struct five_tuple {
	__u8 src[16], dst[16];
	__u16 src_port, dst_port; /* host order */
	__u8 protocol, tcp_flags;
	bool is_fragment; /* of the innermost datagram reached: no ports, no key */
};

/* Where the walk stands. */
struct walk {
	__u32 at;
	__u16 ether_type; /* of what is at `at`; 0: nothing that is understood */
};

static __always_inline bool walk_ethernet(const struct frame *frame, struct walk *walk)
{
	struct {
		__u8 addresses[12];
		__be16 type;
	} __attribute__((packed)) header;
	struct {
		__be16 tag, type;
	} vlan;

	if (!frame_read(frame, walk->at, &header, sizeof(header)))
		return false;
	walk->at += sizeof(header);
	walk->ether_type = bpf_ntohs(header.type);
	for (int i = 0; i < VLAN_TAGS; i++) {
		if (walk->ether_type != ETHERTYPE_VLAN && walk->ether_type != ETHERTYPE_QINQ)
			break;
		if (!frame_read(frame, walk->at, &vlan, sizeof(vlan)))
			return false;
		walk->at += sizeof(vlan);
		walk->ether_type = bpf_ntohs(vlan.type);
	}
	return true;
}

static __always_inline void map_ipv4(__u8 to[16], const __u8 from[4])
{
	__builtin_memset(to, 0, 10);
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, from, 4);
}

static __always_inline bool walk_ipv4(const struct frame *frame, struct walk *walk,
				      struct five_tuple *tuple)
{
	struct {
		__u8 version_length, tos;
		__be16 length, id, fragment;
		__u8 ttl, protocol;
		__be16 checksum;
		__u8 src[4], dst[4];
	} ip;

	if (!frame_read(frame, walk->at, &ip, sizeof(ip)))
		return false;
	__u32 bytes = (ip.version_length & 0x0f) * 4;

	if (ip.version_length >> 4 != 4 || bytes < sizeof(ip))
		return false;
	map_ipv4(tuple->src, ip.src);
	map_ipv4(tuple->dst, ip.dst);
	tuple->protocol = ip.protocol;
	tuple->is_fragment = (ip.fragment & bpf_htons(0x3fff)) != 0; /* more, or an offset */
	walk->at += bytes;
	return true;
}

/* Extension headers are left to the program: rare, and decode knows them all. */
static __always_inline bool walk_ipv6(const struct frame *frame, struct walk *walk,
				      struct five_tuple *tuple)
{
	struct {
		__be32 version_flow;
		__be16 length;
		__u8 next, hops;
		__u8 src[16], dst[16];
	} ip;

	if (!frame_read(frame, walk->at, &ip, sizeof(ip)))
		return false;
	if (bpf_ntohl(ip.version_flow) >> 28 != 6)
		return false;
	__builtin_memcpy(tuple->src, ip.src, 16);
	__builtin_memcpy(tuple->dst, ip.dst, 16);
	tuple->protocol = ip.next;
	tuple->is_fragment = ip.next == 44;
	walk->at += sizeof(ip);
	return true;
}

/* Unrolled, so that each port is read at a constant address: the verifier takes no other. */
static __always_inline bool is_listed(const volatile bpf_u16 ports[BPF_TUNNEL_PORTS], __u16 port)
{
	bool found = false;

#pragma clang loop unroll(full)
	for (int i = 0; i < BPF_TUNNEL_PORTS; i++)
		found |= ports[i] == port;
	return found && port != 0;
}

/* RFC 2784, 2890: flags say which of checksum, key and sequence stand between. */
static __always_inline bool walk_gre(const struct frame *frame, struct walk *walk)
{
	struct {
		__be16 flags, type;
	} gre;

	if (!frame_read(frame, walk->at, &gre, sizeof(gre)))
		return false;
	__u16 flags = bpf_ntohs(gre.flags);

	if (flags & 0x4fff) /* routing, or a version other than 0: not understood here */
		return false;
	walk->at += sizeof(gre) + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) +
		    (flags & 0x1000 ? 4 : 0);
	walk->ether_type = bpf_ntohs(gre.type);
	return walk->ether_type != ETHERTYPE_TEB || walk_ethernet(frame, walk);
}

/* RFC 8926: 8 bytes and options in units of 4. */
static __always_inline bool walk_geneve(const struct frame *frame, struct walk *walk)
{
	struct {
		__u8 version_options, flags;
		__be16 type;
		__be32 vni;
	} geneve;

	if (!frame_read(frame, walk->at, &geneve, sizeof(geneve)))
		return false;
	if (geneve.version_options >> 6 != 0)
		return false;
	walk->at += sizeof(geneve) + (geneve.version_options & 0x3f) * 4;
	walk->ether_type = bpf_ntohs(geneve.type);
	return walk->ether_type != ETHERTYPE_TEB || walk_ethernet(frame, walk);
}

static __always_inline bool walk_vxlan(const struct frame *frame, struct walk *walk)
{
	struct {
		__u8 flags, reserved[3];
		__be32 vni;
	} vxlan;

	if (!frame_read(frame, walk->at, &vxlan, sizeof(vxlan)) || !(vxlan.flags & 0x08))
		return false;
	walk->at += sizeof(vxlan);
	return walk_ethernet(frame, walk);
}

enum walk_result { WALK_DONE, WALK_INSIDE, WALK_FAILED };

/* After an IP header: ports, or into an envelope. */
static __always_inline enum walk_result walk_transport(const struct frame *frame, struct walk *walk,
						       struct five_tuple *tuple,
						       const volatile struct bpf_settings *settings)
{
	struct {
		__be16 src, dst, length, checksum;
	} udp;
	struct {
		__be16 src, dst;
		__be32 seq, ack;
		__u8 offset, flags;
	} __attribute__((packed)) tcp;

	tuple->src_port = tuple->dst_port = 0;
	tuple->tcp_flags = 0;
	if (tuple->is_fragment)
		return WALK_DONE;
	switch (tuple->protocol) {
	case PROTOCOL_TCP:
		if (!frame_read(frame, walk->at, &tcp, sizeof(tcp)))
			return WALK_FAILED;
		tuple->src_port = bpf_ntohs(tcp.src);
		tuple->dst_port = bpf_ntohs(tcp.dst);
		tuple->tcp_flags = tcp.flags;
		return WALK_DONE;
	case PROTOCOL_UDP:
		if (!frame_read(frame, walk->at, &udp, sizeof(udp)))
			return WALK_FAILED;
		tuple->src_port = bpf_ntohs(udp.src);
		tuple->dst_port = bpf_ntohs(udp.dst);
		walk->at += sizeof(udp);
		if (is_listed(settings->vxlan_ports, tuple->dst_port))
			return walk_vxlan(frame, walk) ? WALK_INSIDE : WALK_FAILED;
		if (is_listed(settings->geneve_ports, tuple->dst_port))
			return walk_geneve(frame, walk) ? WALK_INSIDE : WALK_FAILED;
		return WALK_DONE;
	case PROTOCOL_GRE:
		return walk_gre(frame, walk) ? WALK_INSIDE : WALK_FAILED;
	case PROTOCOL_IPIP:
		walk->ether_type = ETHERTYPE_IPV4;
		return WALK_INSIDE;
	case PROTOCOL_IPV6_IN_IP:
		walk->ether_type = ETHERTYPE_IPV6;
		return WALK_INSIDE;
	}
	return WALK_FAILED; /* ICMP, SCTP, ...: never many, never bypassed */
}

/* Most frames by far: Ethernet, IPv4 without options, TCP or UDP; in host order. */
struct plain {
	__u32 src, dst;
	__u16 src_port, dst_port;
	__u8 protocol, tcp_flags;
};

#define PLAIN_WORDS 6 /* up to the flags of TCP; a shorter frame goes the long way */

/* One read in place of three, for a call is what costs here, and words that are taken apart in registers: of a
 * packed structure the compiler takes byte after byte. False: it is another, or an envelope.
 *
 *     word 1: ...... type(2) version tos     3: checksum(2) src(4) dst...     5: ... ack(4) offset flags
 *          2: length(2) id(2) fragment(2) ttl protocol     4: ...dst ports(2, 2) sequence... */
static __always_inline bool plain_read(const struct frame *frame, struct plain *plain,
				       const volatile struct bpf_settings *settings)
{
	__u64 word[PLAIN_WORDS];

	if (!frame_words(frame, word, PLAIN_WORDS))
		return false;
	__u64 second = bpf_be64_to_cpu(word[2]), third = bpf_be64_to_cpu(word[3]),
	      fourth = bpf_be64_to_cpu(word[4]);

	if ((bpf_be64_to_cpu(word[1]) & 0xffffff00) != (ETHERTYPE_IPV4 << 16 | 0x45 << 8) ||
	    (second >> 16 & 0x3fff) != 0)
		return false;
	plain->protocol = (__u8)second;
	plain->src = (__u32)(third >> 16);
	plain->dst = (__u32)(third << 16 | fourth >> 48);
	plain->src_port = (__u16)(fourth >> 32);
	plain->dst_port = (__u16)(fourth >> 16);
	plain->tcp_flags = 0;
	if (plain->protocol == PROTOCOL_TCP) {
		plain->tcp_flags = (__u8)bpf_be64_to_cpu(word[5]);
		return true;
	}
	return plain->protocol == PROTOCOL_UDP &&
	       (plain->dst_port < settings->tunnel_least ||
		plain->dst_port > settings->tunnel_most ||
		(!is_listed(settings->vxlan_ports, plain->dst_port) &&
		 !is_listed(settings->geneve_ports, plain->dst_port)));
}

static __always_inline void map_ipv4_number(__u8 to[16], __u32 address)
{
	__be32 address_be = bpf_htonl(address);

	map_ipv4(to, (const __u8 *)&address_be);
}

static __always_inline bool plain_five_tuple(const struct frame *frame, struct five_tuple *tuple,
					     const volatile struct bpf_settings *settings)
{
	struct plain plain;

	if (!plain_read(frame, &plain, settings))
		return false;
	tuple->src_port = plain.src_port;
	tuple->dst_port = plain.dst_port;
	tuple->tcp_flags = plain.tcp_flags;
	map_ipv4_number(tuple->src, plain.src);
	map_ipv4_number(tuple->dst, plain.dst);
	tuple->protocol = plain.protocol;
	tuple->is_fragment = false;
	return true;
}

/* The innermost five-tuple that is understood; false: none. A function of its own, so that the compiler
 * does not weave it into each caller in a way that the verifier cannot follow. */
static __attribute__((noinline)) bool frame_five_tuple(const struct frame *frame,
						       struct five_tuple *tuple,
						       const volatile struct bpf_settings *settings)
{
	struct walk walk = { 0 };

	if (plain_five_tuple(frame, tuple, settings))
		return true;
	if (!walk_ethernet(frame, &walk))
		return false;
	for (int i = 0; i < ENVELOPES; i++) {
		bool is_ip = walk.ether_type == ETHERTYPE_IPV4   ? walk_ipv4(frame, &walk, tuple)
			     : walk.ether_type == ETHERTYPE_IPV6 ? walk_ipv6(frame, &walk, tuple)
								 : false;

		if (!is_ip)
			return false;
		enum walk_result result = walk_transport(frame, &walk, tuple, settings);

		if (result != WALK_INSIDE)
			return result == WALK_DONE;
	}
	return false; /* an envelope in an envelope */
}

/* As memcmp() of 16 bytes says, in two steps. */
static __always_inline int compare_addresses(const __u8 a[16], const __u8 b[16])
{
	__u64 x, y;

	for (int i = 0; i < 16; i += 8) {
		__builtin_memcpy(&x, a + i, 8);
		__builtin_memcpy(&y, b + i, 8);
		x = bpf_be64_to_cpu(x);
		y = bpf_be64_to_cpu(y);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* The key of a tuple, as flow_key_of() makes it; whether the frame came from the key's high end. */
static __always_inline bool key_of(const struct five_tuple *tuple, struct bypass_key *key)
{
	int order = compare_addresses(tuple->src, tuple->dst);
	bool from_high = order > 0 || (order == 0 && tuple->src_port > tuple->dst_port);

	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->low, from_high ? tuple->dst : tuple->src, 16);
	__builtin_memcpy(key->high, from_high ? tuple->src : tuple->dst, 16);
	key->low_port = from_high ? tuple->dst_port : tuple->src_port;
	key->high_port = from_high ? tuple->src_port : tuple->dst_port;
	key->protocol = tuple->protocol;
	return from_high;
}

/* As half a word of a key: ::ffff:0:0/96 and the address. */
static __always_inline __u64 mapped_ipv4(__u32 address)
{
	return bpf_cpu_to_be64(0xffff00000000ULL | address);
}

/* The same of a plain frame, without the way over sixteen bytes. In whole words: the kernel hashes and compares
 * in words, and one that was just written in parts is one that it waits for. */
static __always_inline bool plain_key(const struct plain *plain, struct bypass_key *key)
{
	__u32 src = plain->src, dst = plain->dst;
	bool from_high = src == dst ? plain->src_port > plain->dst_port : src > dst;
	__u64 low_port = from_high ? plain->dst_port : plain->src_port;
	__u64 high_port = from_high ? plain->src_port : plain->dst_port;
	const __u64 words[] = {
		0,
		mapped_ipv4(from_high ? dst : src),
		0,
		mapped_ipv4(from_high ? src : dst),
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		low_port | high_port << 16 | (__u64)plain->protocol << 32,
#else
		low_port << 48 | high_port << 32 | (__u64)plain->protocol << 24,
#endif
	};

	_Static_assert(sizeof(words) == sizeof(*key), "a key is five words");
	__builtin_memcpy(key, words, sizeof(words));
	return from_high;
}
