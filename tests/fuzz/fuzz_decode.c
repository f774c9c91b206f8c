/* The input is a frame behind three bytes: the link type's place in the table below, and how many
 * bytes of the frame were not captured (0xffff: as many again). What is decoded in two ways must agree. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "decode/decode.h"
#include "decode/fragments.h"
#include "decode/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t links[] = {
	LINK_ETHERNET,   LINK_NULL,      LINK_RAW_BSD,   LINK_PPP,
	LINK_PPP_HDLC,   LINK_PPP_ETHER, LINK_RAW,       LINK_C_HDLC,
	LINK_IEEE802_11, LINK_LOOP,      LINK_LINUX_SLL, LINK_IEEE802_11_RADIOTAP,
	LINK_PPI,        LINK_IPV4,      LINK_IPV6,      LINK_LINUX_SLL2,
};

static void check_inside(const uint8_t *part, uint32_t length, const uint8_t *all, size_t size)
{
	if (!part)
		return;
	assert(part >= all && length <= size && (size_t)(part - all) <= size - length);
}

static void check(const struct layers *layers, const uint8_t *bytes, size_t size)
{
	assert(layers->outcome < DECODE_OUTCOMES);
	assert(layers->depth <= DECODE_DEPTH_MAX);
	assert(layers->vlan_count <= DECODE_DEPTH_MAX && layers->tunnel_count <= DECODE_DEPTH_MAX);
	if (layers->outcome != DECODE_FLOW && layers->outcome != DECODE_FRAGMENT)
		return;
	assert(layers->ip_version == 4 || layers->ip_version == 6);
	assert(layers->payload_captured <= layers->payload_length);
	assert((layers->payload == NULL) == (layers->payload_captured == 0));
	check_inside(layers->payload, layers->payload_captured, bytes, size);
	check_inside(layers->ip_header, layers->ip_captured, bytes, size);
	for (size_t i = 0; i < layers->tunnel_count && i < LAYERS_TUNNELS_MAX; i++)
		assert(layers->tunnel[i].type > TUNNEL_NONE &&
		       layers->tunnel[i].type < TUNNEL_TYPES);
}

/* Goes on as if the fragment were a whole datagram. */
static void go_on(struct layers *layers, const uint8_t *bytes, size_t size)
{
	for (int round = 0; layers->outcome == DECODE_FRAGMENT; round++) {
		struct fragments_whole whole = {
			.bytes = layers->payload,
			.captured = layers->payload_captured,
			.length = layers->payload_length,
			.protocol = layers->fragment.protocol,
		};

		assert(round <= DECODE_DEPTH_MAX); /* the depth goes on, so this ends */
		decode_datagram(&decode_config_default, &whole, layers);
		check(layers, bytes, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor input = cursor_over(data, size);
	uint16_t link = links[cursor_u8(&input) % (sizeof(links) / sizeof(links[0]))];
	uint32_t cut = cursor_u16(&input);
	struct layers layers, again;

	if (input.failed)
		return 0;
	uint8_t *bytes = malloc(input.left + 1); /* so that reading past the frame is seen */
	uint32_t captured = (uint32_t)input.left;
	memcpy(bytes, input.at, input.left);
	struct packet packet = {
		.data = bytes,
		.captured = captured,
		.length = captured + (cut == UINT16_MAX ? captured : cut),
		.link = link,
	};

	memset(&layers, 0x5a, sizeof(layers));
	memset(&again, 0x5a, sizeof(again));
	decode_packet(&decode_config_default, &packet, &layers);
	check(&layers, bytes, captured);
	decode_walk(&decode_config_default, &packet, &again); /* without the short way */
	assert(memcmp(&layers, &again, sizeof(layers)) == 0);
	go_on(&layers, bytes, captured);
	free(bytes);
	return 0;
}
