/* The id is the SHA-1 of the five-tuple in a fixed order, in Base64:
 *
 *     seed (2) | address (4 or 16) | address (4 or 16) | protocol (1) | 0 (1) | port (2) | port (2)
 *
 * The smaller of (address, port) comes first, so both directions give one id. ICMP has no ports:
 * its type takes the place of the source port, and the type of the message that answers it that of
 * the destination port; a type that has no answer puts its code there, and the order stays as
 * sent. Other protocols end after the padding byte.
 *
 * At most 40 bytes are hashed, which is one block of SHA-1. So the one block is computed here:
 * nothing rests on its strength, and a library's digest context costs more than the hash. */
#include "event/community_id.h"

#include <string.h>

#include "base/ip.h"
#include "event/event_text.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58, SCTP = 132 };

#define BLOCK_BYTES 64
#define DIGEST_BYTES 20
#define NO_ANSWER 0xff

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

struct sha1 {
	uint32_t a, b, c, d, e;
	uint32_t word[16]; /* the last sixteen of the eighty */
};

/* Word i of the eighty; from the seventeenth on each is made of four before it. */
static inline uint32_t word_of(struct sha1 *s, unsigned i)
{
	uint32_t *word = &s->word[i & 15];

	if (i >= 16)
		*word = rotate(s->word[(i + 13) & 15] ^ s->word[(i + 8) & 15] ^
				       s->word[(i + 2) & 15] ^ *word,
			       1);
	return *word;
}

static inline void step(struct sha1 *s, uint32_t mixed, uint32_t word)
{
	uint32_t next = rotate(s->a, 5) + mixed + s->e + word;

	s->e = s->d;
	s->d = s->c;
	s->c = rotate(s->b, 30);
	s->b = s->a;
	s->a = next;
}

/* The four times twenty rounds: choose, parity, majority, parity. Unrolled, the state and the words
 * stay in registers and moving them costs nothing. */
static void rounds(struct sha1 *s)
{
#pragma GCC unroll 20
	for (unsigned i = 0; i < 20; i++)
		step(s, (s->d ^ (s->b & (s->c ^ s->d))) + 0x5a827999u, word_of(s, i));
#pragma GCC unroll 20
	for (unsigned i = 20; i < 40; i++)
		step(s, (s->b ^ s->c ^ s->d) + 0x6ed9eba1u, word_of(s, i));
#pragma GCC unroll 20
	for (unsigned i = 40; i < 60; i++)
		step(s, ((s->b & s->c) + (s->d & (s->b ^ s->c))) + 0x8f1bbcdcu, word_of(s, i));
#pragma GCC unroll 20
	for (unsigned i = 60; i < 80; i++)
		step(s, (s->b ^ s->c ^ s->d) + 0xca62c1d6u, word_of(s, i));
}

static uint32_t big_endian(uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(word);
#else
	return word;
#endif
}

/* SHA-1 (RFC 3174) of one block that the caller has padded. */
static void sha1_block(const uint8_t block[BLOCK_BYTES], uint8_t digest[DIGEST_BYTES])
{
	struct sha1 s = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u, { 0 } };
	const struct sha1 initial = s;

	memcpy(s.word, block, BLOCK_BYTES);
	for (unsigned i = 0; i < 16; i++)
		s.word[i] = big_endian(s.word[i]);
	rounds(&s);

	const uint32_t sums[] = { big_endian(s.a + initial.a), big_endian(s.b + initial.b),
				  big_endian(s.c + initial.c), big_endian(s.d + initial.d),
				  big_endian(s.e + initial.e) };
	memcpy(digest, sums, DIGEST_BYTES);
}

/* The type that answers a type of ICMP, or NO_ANSWER. */
static uint8_t icmp_answer(uint8_t type)
{
	static const uint8_t pairs[][2] = {
		{ 8, 0 },   { 0, 8 },  { 13, 14 }, { 14, 13 }, { 15, 16 },
		{ 16, 15 }, { 10, 9 }, { 9, 10 },  { 17, 18 }, { 18, 17 },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i][0] == type)
			return pairs[i][1];
	return NO_ANSWER;
}

static uint8_t icmpv6_answer(uint8_t type)
{
	switch (type) {
	case 128: /* echo */
	case 130: /* multicast listener query */
	case 133: /* router solicitation */
	case 135: /* neighbour solicitation */
	case 139: /* node information ("who are you") */
	case 144: /* home agent address discovery */
		return type + 1;
	case 129:
	case 131:
	case 134:
	case 136:
	case 140:
	case 145:
		return type - 1;
	default:
		return NO_ANSWER;
	}
}

struct tuple {
	const struct ip_addr *from, *to;
	uint16_t from_port, to_port;
	bool has_ports;
	bool one_way; /* the order is as sent */
};

static void take_icmp(const struct flow_record *flow, struct tuple *tuple)
{
	uint8_t answer = flow->protocol == ICMP ? icmp_answer(flow->icmp_type)
						: icmpv6_answer(flow->icmp_type);

	tuple->has_ports = true;
	tuple->one_way = answer == NO_ANSWER;
	tuple->from_port = flow->icmp_type;
	tuple->to_port = tuple->one_way ? flow->icmp_code : answer;
}

static struct tuple ordered_tuple(const struct flow_record *flow)
{
	struct tuple tuple = { .from = &flow->src, .to = &flow->dst };

	if (flow->protocol == TCP || flow->protocol == UDP || flow->protocol == SCTP) {
		tuple.has_ports = true;
		tuple.from_port = flow->src_port;
		tuple.to_port = flow->dst_port;
	} else if (flow->protocol == ICMP || flow->protocol == ICMPV6) {
		take_icmp(flow, &tuple);
	}

	int order = memcmp(tuple.from->bytes, tuple.to->bytes, sizeof(tuple.from->bytes));
	if (!tuple.one_way && (order > 0 || (order == 0 && tuple.from_port > tuple.to_port))) {
		struct tuple turned = tuple;

		turned.from = tuple.to;
		turned.to = tuple.from;
		turned.from_port = tuple.to_port;
		turned.to_port = tuple.from_port;
		return turned;
	}
	return tuple;
}

static size_t put_address(uint8_t *block, size_t at, const struct ip_addr *addr, bool is_v4)
{
	size_t size = is_v4 ? 4 : 16;

	memcpy(block + at, addr->bytes + 16 - size, size);
	return at + size;
}

void community_id_print(const struct flow_record *flow, char text[COMMUNITY_ID_LENGTH])
{
	const struct tuple tuple = ordered_tuple(flow);
	bool is_v4 = flow->ip_version == 4;
	uint8_t block[BLOCK_BYTES] = { 0 }, digest[DIGEST_BYTES];
	size_t at = 2; /* the seed is 0 */

	at = put_address(block, at, tuple.from, is_v4);
	at = put_address(block, at, tuple.to, is_v4);
	block[at] = flow->protocol;
	at += 2;
	if (tuple.has_ports) {
		block[at++] = (uint8_t)(tuple.from_port >> 8);
		block[at++] = (uint8_t)tuple.from_port;
		block[at++] = (uint8_t)(tuple.to_port >> 8);
		block[at++] = (uint8_t)tuple.to_port;
	}
	block[at] = 0x80;
	block[BLOCK_BYTES - 2] = (uint8_t)(at * 8 >> 8);
	block[BLOCK_BYTES - 1] = (uint8_t)(at * 8);

	sha1_block(block, digest);
	text[0] = '1';
	text[1] = ':';
	event_text_base64(digest, sizeof(digest), text + 2);
}
