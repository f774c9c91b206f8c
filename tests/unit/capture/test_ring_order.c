#include "unit.h"

#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>

#include "capture/ring_order.h"

#define RINGS 3
#define BLOCKS 8
#define MOST 16
#define NEVER UINT64_MAX

/* A ring as the kernel fills it, in memory of our own: fd 0 stands for an open socket that is not read. */
static struct ring new_ring(uint16_t port)
{
	return (struct ring){
		.fd = 0,
		.memory = calloc(BLOCKS, RING_BLOCK_BYTES),
		.block_count = BLOCKS,
		.port = port,
	};
}

/* Hands over block number `block` with frames of these times; 0 ends them. */
static void hand_over(struct ring *ring, uint32_t block, const uint64_t *times_ns)
{
	uint8_t *memory = ring->memory + (size_t)block * RING_BLOCK_BYTES;
	struct tpacket_hdr_v1 *header = &((struct tpacket_block_desc *)(void *)memory)->hdr.bh1;
	uint32_t at = 256;

	header->offset_to_first_pkt = at;
	header->num_pkts = 0;
	for (; times_ns[header->num_pkts] != 0; header->num_pkts++, at += 256) {
		struct tpacket3_hdr *frame = (struct tpacket3_hdr *)(void *)(memory + at);

		frame->tp_sec = (uint32_t)(times_ns[header->num_pkts] / NS_PER_S);
		frame->tp_nsec = (uint32_t)(times_ns[header->num_pkts] % NS_PER_S);
		frame->tp_next_offset = 256;
	}
	header->block_status = TP_STATUS_USER;
}

struct row {
	const char *why;
	uint64_t first[RINGS][5]; /* times in the rings' first blocks */
	uint64_t settled_ns;
	bool wait_all;
	uint64_t taken[10];
};

static const struct row rows[] = {
	{ "the answer in the first ring is later than the question in the second",
	  { { 20, 40 }, { 10, 30 }, { 50 } },
	  .settled_ns = 0,
	  /* What the second shows next is not known before the next call. */
	  .taken = { 10, 20, 30 } },
	{ "a ring that shows nothing may still get an earlier one",
	  { { 20 }, { 30 } },
	  .settled_ns = 19,
	  .taken = { 0 } },
	{ "up to the time that has settled no ring can get one any more",
	  { { 20, 26 }, { 24, 30 } },
	  .settled_ns = 25,
	  .taken = { 20, 24 } },
	{ "all rings show a frame, and yet answers elsewhere may not have settled",
	  { { 20 }, { 30 }, { 40 } },
	  .settled_ns = 25,
	  .wait_all = true,
	  .taken = { 20 } },
	{ "the end: everything has settled",
	  { { 20 }, { 10, 30 } },
	  .settled_ns = NEVER,
	  .taken = { 10, 20 } },
	{ "a ring has half of its blocks free: nothing is held back",
	  { { 20, 30 }, { 0 }, { 10 } },
	  .settled_ns = 5,
	  .taken = { 10 } },
	{ "the clock was set back: what lies far ahead does not wait for it",
	  { { 9 * NS_PER_S, 9 * NS_PER_S + 1 } },
	  .settled_ns = NS_PER_S,
	  .taken = { 9 * NS_PER_S, 9 * NS_PER_S + 1 } },
};
#define HALF_FULL 5 /* the row in which the first ring's block in the middle waits too */

static void frames_are_taken_in_the_order_of_their_time(void **state)
{
	static const uint64_t later[] = { 60, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ring rings[RINGS];
		struct packet packets[MOST];
		size_t count;

		for (uint16_t r = 0; r < RINGS; r++) {
			rings[r] = new_ring(r);
			if (rows[i].first[r][0] != 0)
				hand_over(&rings[r], 0, rows[i].first[r]);
		}
		if (i == HALF_FULL)
			hand_over(&rings[0], BLOCKS / 2, later);
		count = ring_order_next(rings, RINGS, rows[i].settled_ns, rows[i].wait_all, packets,
					MOST);
		for (size_t n = 0; n < count; n++)
			if (packets[n].time_ns != rows[i].taken[n])
				fail_msg("%s: frame %zu is of %lu", rows[i].why, n,
					 (unsigned long)packets[n].time_ns);
		if (rows[i].taken[count] != 0)
			fail_msg("%s: only %zu frames", rows[i].why, count);
		for (size_t r = 0; r < RINGS; r++)
			free(rings[r].memory);
	}
}

/* Over many calls every frame comes, once, in order, and every block goes back. */
static void blocks_are_walked_through_and_given_back(void **state)
{
	struct ring rings[2] = { new_ring(0), new_ring(1) };
	static const uint64_t times[2][2][3] = { { { 10, 40 }, { 50, 70 } },
						 { { 20, 30 }, { 60, 80 } } };
	struct packet packets[MOST];
	uint64_t last_ns = 0;
	size_t total = 0, count;

	(void)state;
	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t block = 0; block < 2; block++)
			hand_over(&rings[r], block, times[r][block]);
	while ((count = ring_order_next(rings, 2, NEVER, false, packets, 3)) != 0) {
		for (size_t i = 0; i < count; i++) {
			assert_true(packets[i].time_ns > last_ns);
			last_ns = packets[i].time_ns;
		}
		total += count;
	}
	assert_int_equal(total, 8);
	for (size_t r = 0; r < 2; r++) {
		assert_int_equal(rings[r].block, 2);
		assert_int_equal(rings[r].processed, 4);
		free(rings[r].memory);
	}
}

/* With one interface there is nothing to be in order with. */
static void one_ring_alone_waits_for_nothing(void **state)
{
	struct ring ring = new_ring(0);
	static const uint64_t times[] = { 10, 20, 0 };
	struct packet packets[MOST];

	(void)state;
	hand_over(&ring, 0, times);
	assert_int_equal(ring_order_next(&ring, 1, 5, false, packets, MOST), 2);
	free(ring.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_taken_in_the_order_of_their_time),
		cmocka_unit_test(blocks_are_walked_through_and_given_back),
		cmocka_unit_test(one_ring_alone_waits_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
