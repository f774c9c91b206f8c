/* The id is the SHA-1 of the five-tuple in a fixed order, in Base64:
 *
 *     seed (2) | address (4 or 16) | address (4 or 16) | protocol (1) | 0 (1) | port (2) | port (2)
 *
 * The smaller of (address, port) comes first, so both directions give one id. ICMP has no ports:
 * its type takes the place of the source port, and the type of the message that answers it that of
 * the destination port; a type that has no answer puts its code there, and the order stays as
 * sent. Other protocols end after the padding byte.
 *
 * At most 40 bytes are hashed, which is one block of SHA-1: the library's compression function does it alone, with the
 * processor's instructions for it where there are any. Its digest contexts cost more than the hash, and nothing rests on
 * the strength of it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "event/community_id.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/ip.h"
#include "event/event_text.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58, SCTP = 132 };

#define BLOCK_BYTES SHA_CBLOCK
#define DIGEST_BYTES SHA_DIGEST_LENGTH
#define NO_ANSWER 0xff

/* SHA-1 of one block that the caller has padded. */
static void sha1_block(const uint8_t block[BLOCK_BYTES], uint8_t digest[DIGEST_BYTES])
{
	SHA_CTX sha1;

	SHA1_Init(&sha1);
	SHA1_Transform(&sha1, block);

	const uint32_t sums[] = { htobe32(sha1.h0), htobe32(sha1.h1), htobe32(sha1.h2),
				  htobe32(sha1.h3), htobe32(sha1.h4) };
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
