/* frame.h - frames in hexadecimal, and what decode is to make of them. For decode's tests only. */
#pragma once

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "decode/decode.h"

#define FRAME_MAX 2048

/* Pieces to build frames from. Lengths are written out: they are what is tested. */
#define MACS "020000000a02020000000a01"
#define ETH4 MACS "0800"
#define ETH6 MACS "86dd"
#define V4(total, protocol)                                                                        \
	"4500" total "00070000"                                                                    \
	"40" protocol "0000"                                                                       \
	"0a000001"                                                                                 \
	"0a000002"
#define OUTER4(total, protocol)                                                                    \
	"4500" total "00070000"                                                                    \
	"3f" protocol "0000"                                                                       \
	"c0000201"                                                                                 \
	"c0000202"
#define FD00_1 "fd000000000000000000000000000001"
#define FD00_2 "fd000000000000000000000000000002"
#define V6(length, next) "60000000" length next "40" FD00_1 FD00_2
#define TCP "c00101bb00000001000000025018040000000000"
#define UDP(length) "c0020035" length "0000"
#define DATA "deadbeef"
#define V4_TCP V4("002c", "06") TCP DATA         /* 44 bytes */
#define V4_UDP V4("0020", "11") UDP("000c") DATA /* 32 bytes */
#define V6_TCP V6("0018", "06") TCP DATA         /* 64 bytes */

struct frame_row {
	const char *why;
	uint16_t link;
	const char *hex;
	uint32_t cut;     /* bytes of the frame that the capture lacks */
	uint32_t outcome; /* enum decode_outcome */
	const char *src;  /* NULL: no addresses to look at */
	uint8_t protocol;
	uint16_t src_port, dst_port;
	uint32_t payload, announced; /* captured and by the headers */
	uint8_t tunnels, tunnel;     /* how many, and the outermost's type */
	uint32_t tunnel_id;
	uint8_t vlans;
};

/* Bytes of a text of hex digits, in memory of exactly their length, so that ASan sees an overrun. */
static inline uint8_t *frame_bytes(const char *hex, uint32_t *length)
{
	size_t count = strlen(hex) / 2;
	uint8_t *bytes = malloc(count != 0 ? count : 1);

	assert_non_null(bytes);
	assert_int_equal(strlen(hex) % 2, 0);
	for (size_t i = 0; i < count; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*length = (uint32_t)count;
	return bytes;
}

/* Decodes the first `keep` bytes of a frame of `length`, into layers that hold rubbish before. */
static inline enum decode_outcome frame_decode(uint16_t link, const uint8_t *bytes, uint32_t keep,
					       uint32_t length, struct layers *layers)
{
	uint8_t *copy = malloc(keep != 0 ? keep : 1);
	struct packet packet = { .data = copy, .captured = keep, .length = length, .link = link };

	assert_non_null(copy);
	memcpy(copy, bytes, keep);
	memset(layers, 0xa5, sizeof(*layers));
	enum decode_outcome outcome = decode_packet(&decode_config_default, &packet, layers);
	assert_int_equal(layers->outcome, outcome);
	assert_true(layers->depth <= DECODE_DEPTH_MAX);
	free(copy); /* tests look at numbers, not at lent bytes */
	return outcome;
}

static inline void frame_check_flow(const struct frame_row *row, const struct layers *layers)
{
	char src[IP_TEXT_SIZE];

	ip_print(&layers->src, src);
	assert_string_equal(src, row->src);
	assert_int_equal(layers->protocol, row->protocol);
	assert_int_equal(layers->src_port, row->src_port);
	assert_int_equal(layers->dst_port, row->dst_port);
	assert_int_equal(layers->payload_captured, row->payload);
	assert_int_equal(layers->payload_length, row->announced);
	assert_int_equal(layers->payload != NULL, row->payload != 0);
}

static inline void frame_check(const struct frame_row *rows, size_t count)
{
	for (const struct frame_row *row = rows; row < rows + count; row++) {
		struct layers layers;
		uint32_t length;
		uint8_t *bytes = frame_bytes(row->hex, &length);

		print_message("%s\n", row->why);
		frame_decode(row->link, bytes, length, length + row->cut, &layers);
		assert_string_equal(decode_outcome_name(layers.outcome),
				    decode_outcome_name(row->outcome));
		assert_int_equal(layers.tunnel_count, row->tunnels);
		assert_int_equal(layers.vlan_count, row->vlans);
		if (row->tunnels != 0) {
			assert_int_equal(layers.tunnel[0].type, row->tunnel);
			assert_int_equal(layers.tunnel[0].id, row->tunnel_id);
		}
		if (row->src)
			frame_check_flow(row, &layers);
		free(bytes);
	}
}

/* Every shorter capture of a frame that is a flow: cut, or the same flow; never a complaint. */
static inline void frame_check_cuts(const struct frame_row *rows, size_t count)
{
	for (const struct frame_row *row = rows; row < rows + count; row++) {
		struct layers whole, cut;
		uint32_t length;
		uint8_t *bytes = frame_bytes(row->hex, &length);

		print_message("%s\n", row->why);
		frame_decode(row->link, bytes, length, length, &whole);
		assert_int_equal(whole.outcome, DECODE_FLOW);
		for (uint32_t keep = 0; keep < length; keep++) {
			if (frame_decode(row->link, bytes, keep, length, &cut) == DECODE_TRUNCATED)
				continue;
			assert_int_equal(cut.outcome, DECODE_FLOW);
			assert_true(ip_equal(&cut.src, &whole.src));
			assert_int_equal(cut.dst_port, whole.dst_port);
			assert_true(cut.payload_captured <= whole.payload_captured);
			assert_true(cut.payload_length >= whole.payload_length);
		}
		free(bytes);
	}
}
