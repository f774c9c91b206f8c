#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "decode/decode.h"
#include "decode/fragments.h"

#define FRAME_OVERHEAD 34 /* what a frame has around its fragment, in these tests */

/* One fragment: which datagram, where, and how it comes. */
struct piece {
	uint32_t id;
	uint32_t offset, length;
	bool more;
	uint8_t version; /* 4 or 6; 0 means 4 */
	uint8_t fill;    /* its bytes; 0: their own offset, so that order shows */
	uint8_t protocol;
	uint32_t lost; /* bytes at its end that were not captured */
	uint64_t at_s;
	uint16_t port;
	uint32_t tunnel_id;
};

static enum fragments_outcome add(struct fragments *fragments, const struct piece *piece,
				  struct fragments_whole *whole)
{
	uint32_t captured = piece->length - piece->lost;
	uint8_t *bytes = malloc(captured + 1);
	struct packet packet = { .time_ns = ns(piece->at_s),
				 .length = piece->length + FRAME_OVERHEAD,
				 .port = piece->port };
	struct layers layers = {
		.src.bytes[15] = 1,
		.dst.bytes[15] = 2,
		.payload = bytes,
		.payload_captured = captured,
		.payload_length = piece->length,
		.ip_version = piece->version ? piece->version : 4,
		.ip_header = bytes,
		.fragment = { piece->id, (uint16_t)piece->offset, piece->more,
			      piece->protocol ? piece->protocol : 17 },
		.outcome = DECODE_FRAGMENT,
	};

	if (piece->tunnel_id != 0) {
		layers.tunnel_count = 1;
		layers.tunnel[0] = (struct tunnel){ .type = TUNNEL_VXLAN, .id = piece->tunnel_id };
	}
	assert_non_null(bytes);
	for (uint32_t i = 0; i < captured; i++)
		bytes[i] = piece->fill ? piece->fill : (uint8_t)((piece->offset + i) * 7 >> 3);
	enum fragments_outcome outcome = fragments_add(fragments, &packet, &layers, whole);
	free(bytes); /* what is kept has been copied */
	return outcome;
}

/* Every frame given is in exactly one counter. */
static void assert_all_counted(const struct fragments *fragments, uint64_t packets, uint64_t bytes)
{
	struct fragments_stats s = fragments_stats(fragments);

	assert_int_equal(s.whole_packets + s.pending_packets + s.expired_packets +
				 s.evicted_packets + s.refused_packets,
			 packets);
	assert_int_equal(s.whole_bytes + s.pending_bytes + s.expired_bytes + s.evicted_bytes +
				 s.refused_bytes,
			 bytes);
}

static struct fragments *make(uint32_t datagrams, size_t memory)
{
	struct fragments *fragments;

	assert_int_equal(fragments_new(&fragments, datagrams, memory, hash_seed_fixed()), 0);
	return fragments;
}

#define PIECES_MAX 5

struct sequence {
	const char *why;
	struct piece pieces[PIECES_MAX];
	char outcomes[PIECES_MAX + 1]; /* one letter each: held, whole, refused */
	uint32_t captured, length;     /* of the last whole datagram */
};

static void check_sequences(const struct sequence *rows, size_t count)
{
	static const char letters[] = {
		[FRAGMENTS_HELD] = 'h', [FRAGMENTS_WHOLE] = 'w', [FRAGMENTS_REFUSED] = 'r'
	};

	for (const struct sequence *row = rows; row < rows + count; row++) {
		struct fragments *fragments = make(8, 4 * FRAGMENTS_MEMORY_MIN);
		struct fragments_whole whole = { 0 };
		char outcomes[PIECES_MAX + 1] = "";
		uint64_t bytes = 0;

		print_message("%s\n", row->why);
		for (size_t i = 0; row->outcomes[i] != '\0'; i++) {
			outcomes[i] = letters[add(fragments, &row->pieces[i], &whole)];
			bytes += row->pieces[i].length + FRAME_OVERHEAD;
			assert_all_counted(fragments, i + 1, bytes);
		}
		assert_string_equal(outcomes, row->outcomes);
		assert_int_equal(whole.captured, row->captured);
		assert_int_equal(whole.length, row->length);
		for (uint32_t i = 0; i < whole.captured; i++)
			assert_int_equal(whole.bytes[i], (uint8_t)(i * 7 >> 3));
		fragments_free(fragments);
	}
}

static void fragments_in_any_order_make_their_datagram(void **state)
{
	static const struct sequence rows[] = {
		{ "in order",
		  { { 1, 0, 1480, true }, { 1, 1480, 1480, true }, { 1, 2960, 13 } },
		  "hhw",
		  2973,
		  2973 },
		{ "last first",
		  { { 1, 2960, 13 }, { 1, 1480, 1480, true }, { 1, 0, 1480, true } },
		  "hhw",
		  2973,
		  2973 },
		{ "two mixed",
		  { { 1, 0, 8, true }, { 2, 0, 16, true }, { 1, 8, 8 }, { 2, 16, 4 } },
		  "hhww",
		  20,
		  20 },
		{ "the longest",
		  { { 1, 0, 32768, true }, { 1, 32768, 32767 } },
		  "hw",
		  65535,
		  65535 },
		{ "IPv6",
		  { { 1, 0, 1432, true, 6 }, { 1, 1432, 100, false, 6 } },
		  "hw",
		  1532,
		  1532 },
		{ "a copy of one held",
		  { { 1, 0, 8, true }, { 1, 0, 8, true }, { 1, 8, 8 } },
		  "hhw",
		  16,
		  16 },
		{ "a copy of one held, IPv6",
		  { { 1, 0, 8, true, 6 }, { 1, 0, 8, true, 6 }, { 1, 8, 8, false, 6 } },
		  "hhw",
		  16,
		  16 },
		{ "copies after the end begin it anew",
		  { { 1, 0, 8, true }, { 1, 8, 8 }, { 1, 8, 8 }, { 1, 0, 8, true } },
		  "hwhw",
		  16,
		  16 },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void different_datagrams_stay_apart(void **state)
{
	static const struct sequence rows[] = {
		{ "another identification", { { 1, 0, 8, true }, { 2, 8, 8 } }, "hh" },
		{ "another version", { { 1, 0, 8, true, 4 }, { 1, 8, 8, false, 6 } }, "hh" },
		{ "another protocol, IPv4",
		  { { 1, 0, 8, true }, { 1, 8, 8, .protocol = 6 } },
		  "hh" },
		{ "another next header, IPv6: the first fragment's counts",
		  { { 1, 0, 8, true, 6 }, { 1, 8, 8, false, 6, .protocol = 6 } },
		  "hw",
		  16,
		  16 },
		{ "another interface", { { 1, 0, 8, true }, { 1, 8, 8, .port = 1 } }, "hh" },
		{ "another tunnel",
		  { { 1, 0, 8, true, .tunnel_id = 800 }, { 1, 8, 8, .tunnel_id = 801 } },
		  "hh" },
		{ "the same tunnel",
		  { { 1, 0, 8, true, .tunnel_id = 800 }, { 1, 8, 8, .tunnel_id = 800 } },
		  "hw",
		  16,
		  16 },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void contradictions_are_refused(void **state)
{
	static const struct sequence rows[] = {
		{ "past the longest datagram", { { 1, 65528, 8 } }, "r" },
		{ "past it, with one held", { { 1, 0, 8, true }, { 1, 65528, 8 } }, "hr" },
		{ "empty", { { 1, 8, 0, true } }, "r" },
		{ "empty and last", { { 1, 8, 0 } }, "r" },
		{ "more follow, but no multiple of eight", { { 1, 0, 9, true } }, "r" },
		{ "two ends", { { 1, 8, 8 }, { 1, 16, 8 } }, "hr" },
		{ "an end before what was held", { { 1, 16, 8, true }, { 1, 8, 8 } }, "hr" },
		{ "behind the end", { { 1, 8, 8 }, { 1, 16, 8, true } }, "hr" },
		{ "overlap in IPv6 (teardrop)",
		  { { 1, 0, 24, true, 6 }, { 1, 16, 24, false, 6 } },
		  "hr" },
		{ "another content in IPv6",
		  { { 1, 0, 8, true, 6 }, { 1, 0, 8, true, 6, .fill = 0xee } },
		  "hr" },
		{ "what follows a refusal is begun anew and waits",
		  { { 1, 0, 8, true, 6 },
		    { 1, 0, 8, true, 6, .fill = 0xee },
		    { 1, 8, 8, false, 6 } },
		  "hrh" },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void the_first_copy_wins_in_ipv4(void **state)
{
	static const struct sequence rows[] = {
		{ "another content in one's place",
		  { { 1, 0, 8, true }, { 1, 0, 8, true, .fill = 0xee }, { 1, 8, 8 } },
		  "hhw",
		  16,
		  16 },
		{ "an overlap's new part counts (teardrop)",
		  { { 1, 0, 24, true }, { 1, 8, 8, true, .fill = 0xee }, { 1, 24, 8 } },
		  "hhw",
		  32,
		  32 },
		{ "a long one over two short ones",
		  { { 1, 8, 8, true }, { 1, 24, 8, true }, { 1, 0, 40 } },
		  "hhw",
		  40,
		  40 },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void a_cut_fragment_leaves_a_hole(void **state)
{
	static const struct sequence rows[] = {
		{ "in the first",
		  { { 1, 0, 1480, true, .lost = 1423 }, { 1, 1480, 100 } },
		  "hw",
		  57,
		  1580 },
		{ "in the last",
		  { { 1, 0, 1480, true }, { 1, 1480, 100, .lost = 1 } },
		  "hw",
		  1579,
		  1580 },
		{ "in both: the first hole counts",
		  { { 1, 1480, 100, .lost = 50 }, { 1, 0, 1480, true, .lost = 3 } },
		  "hw",
		  1477,
		  1580 },
		{ "nothing captured", { { 1, 0, 8, true, .lost = 8 }, { 1, 8, 8 } }, "hw", 0, 16 },
		{ "a copy does not fill it: the first wins",
		  { { 1, 0, 16, true, .lost = 8 }, { 1, 0, 16, true }, { 1, 16, 8 } },
		  "hhw",
		  8,
		  24 },
		{ "a cut copy of one that was whole",
		  { { 1, 0, 16, true }, { 1, 0, 16, true, .lost = 8 }, { 1, 16, 8 } },
		  "hhw",
		  24,
		  24 },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void datagrams_expire(void **state)
{
	static const struct sequence rows[] = {
		{ "the last moment",
		  { { 1, 0, 8, true, .at_s = 10 }, { 1, 8, 8, .at_s = 39 } },
		  "hw",
		  16,
		  16 },
		{ "too late", { { 1, 0, 8, true, .at_s = 10 }, { 1, 8, 8, .at_s = 40 } }, "hh" },
		{ "later fragments do not prolong it",
		  { { 1, 0, 8, true, .at_s = 10 },
		    { 1, 8, 8, true, .at_s = 35 },
		    { 1, 16, 8, .at_s = 45 } },
		  "hhh" },
		{ "time may go back",
		  { { 1, 0, 8, true, .at_s = 100 }, { 1, 8, 8, .at_s = 1 } },
		  "hw",
		  16,
		  16 },
		{ "too old, though begun after a later one",
		  { { 1, 0, 8, true, .at_s = 100 },
		    { 2, 0, 8, true, .at_s = 10 },
		    { 2, 8, 8, .at_s = 90 } },
		  "hhh" },
	};

	(void)state;
	check_sequences(rows, ROW_COUNT(rows));
}

static void a_full_table_evicts_the_oldest(void **state)
{
	struct fragments *fragments = make(2, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole;

	(void)state;
	for (uint32_t id = 1; id <= 3; id++)
		assert_int_equal(add(fragments, &(struct piece){ id, 0, 8, true }, &whole),
				 FRAGMENTS_HELD);
	assert_int_equal(fragments_stats(fragments).evicted_packets, 1);
	assert_int_equal(fragments_stats(fragments).pending_packets, 2);
	assert_int_equal(add(fragments, &(struct piece){ 2, 8, 8 }, &whole), FRAGMENTS_WHOLE);
	assert_int_equal(add(fragments, &(struct piece){ 3, 8, 8 }, &whole), FRAGMENTS_WHOLE);
	assert_int_equal(add(fragments, &(struct piece){ 1, 8, 8 }, &whole), FRAGMENTS_HELD);
	assert_all_counted(fragments, 6, 6 * (8 + FRAME_OVERHEAD));
	fragments_free(fragments);
}

static void full_memory_evicts_others_but_never_the_one_that_grows(void **state)
{
	struct fragments *fragments = make(1000, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole = { 0 };
	uint64_t packets = 0, bytes = 0;

	(void)state;
	add(fragments, &(struct piece){ 1, 0, 32768, true }, &whole); /* the oldest */
	for (uint32_t id = 2; id < 200; id++) {
		add(fragments, &(struct piece){ id, 0, 8, true }, &whole);
		packets++;
		bytes += 8 + FRAME_OVERHEAD;
	}
	assert_int_not_equal(fragments_stats(fragments).evicted_packets, 0);

	add(fragments, &(struct piece){ 500, 0, 32768, true }, &whole);
	assert_int_equal(add(fragments, &(struct piece){ 500, 32768, 32767 }, &whole),
			 FRAGMENTS_WHOLE);
	assert_int_equal(whole.captured, 65535);
	assert_all_counted(fragments, packets + 3,
			   bytes + 32768 + 32768 + 32767 + 3 * FRAME_OVERHEAD);
	fragments_free(fragments);
}

static void the_oldest_may_grow_at_the_cost_of_others(void **state)
{
	struct fragments *fragments = make(1000, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole = { 0 };

	(void)state;
	add(fragments, &(struct piece){ 1, 0, 32768, true }, &whole);
	for (uint32_t id = 2; fragments_stats(fragments).pending_packets < 24; id++)
		add(fragments, &(struct piece){ id, 0, 8, true }, &whole);
	assert_int_equal(fragments_stats(fragments).evicted_packets, 0);
	assert_int_equal(add(fragments, &(struct piece){ 1, 32768, 32767 }, &whole),
			 FRAGMENTS_WHOLE);
	assert_int_equal(whole.frames, 2);
	assert_int_not_equal(fragments_stats(fragments).evicted_packets, 0);
	fragments_free(fragments);
}

static void memory_is_used_again(void **state)
{
	struct fragments *fragments = make(4, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole;

	(void)state;
	for (uint32_t id = 0; id < 1000; id++) {
		assert_int_equal(add(fragments, &(struct piece){ id, 4096, 4096 }, &whole),
				 FRAGMENTS_HELD);
		assert_int_equal(add(fragments, &(struct piece){ id, 0, 4096, true }, &whole),
				 FRAGMENTS_WHOLE);
		assert_int_equal(whole.captured, 8192);
	}
	assert_int_equal(fragments_stats(fragments).whole, 1000);
	assert_int_equal(fragments_stats(fragments).evicted_packets, 0);
	fragments_free(fragments);
}

static void a_whole_datagram_tells_what_it_came_in(void **state)
{
	struct fragments *fragments = make(4, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole;

	(void)state;
	add(fragments, &(struct piece){ 1, 8, 8, .version = 6, .protocol = 58, .at_s = 7 }, &whole);
	add(fragments, &(struct piece){ 1, 0, 8, true, 6, .protocol = 60, .at_s = 5 }, &whole);
	assert_int_equal(whole.frames, 2);
	assert_int_equal(whole.frame_bytes, 2 * (8 + FRAME_OVERHEAD));
	assert_int_equal(whole.first_time_ns, ns(5)); /* the earliest, not the first to arrive */
	assert_int_equal(whole.protocol, 60);         /* of the one at offset zero */
	fragments_free(fragments);
}

/* A tunnel in fragments that carries fragments: the outer frames end with the inner datagram. */
static void frames_of_a_datagram_follow_the_fragment_inside(void **state)
{
	static const struct piece outer[] = { { 1, 0, 16, true }, { 1, 16, 12 } };
	struct fragments *fragments = make(4, FRAGMENTS_MEMORY_MIN);
	struct fragments_whole whole;
	struct packet packet = { .length = 12 + FRAME_OVERHEAD };
	struct layers inner = { .ip_version = 4, .payload_length = 8, .payload_captured = 8 };
	struct layers last = { .ip_version = 4, .payload_length = 8, .fragment.offset_bytes = 8 };
	uint64_t outer_bytes = 16 + 12 + 2 * FRAME_OVERHEAD;

	(void)state;
	add(fragments, &outer[0], &whole);
	assert_int_equal(add(fragments, &outer[1], &whole), FRAGMENTS_WHOLE);
	inner.ip_header = whole.bytes;
	inner.payload = whole.bytes + 20;
	inner.fragment.more = true;
	assert_int_equal(fragments_add(fragments, &packet, &inner, &whole), FRAGMENTS_HELD);
	assert_all_counted(fragments, 2, outer_bytes);
	assert_int_equal(fragments_stats(fragments).pending_packets, 2);

	inner.fragment.id = 9; /* those frames are taken: this one is a frame of its own */
	assert_int_equal(fragments_add(fragments, &packet, &inner, &whole), FRAGMENTS_HELD);
	assert_int_equal(fragments_stats(fragments).pending_packets, 3);

	last.ip_header = (const uint8_t *)"";
	assert_int_equal(fragments_add(fragments, &packet, &last, &whole), FRAGMENTS_WHOLE);
	assert_int_equal(whole.frames, 3);
	assert_int_equal(whole.captured, 8);
	assert_all_counted(fragments, 4, outer_bytes + 2 * packet.length);
	fragments_free(fragments);
}

static void limits_are_checked_at_creation(void **state)
{
	static const struct {
		const char *why;
		uint32_t datagrams;
		size_t memory;
		int error;
	} rows[] = {
		{ "no datagrams", 0, 1 << 20, -EINVAL },
		{ "the most", FRAGMENTS_COUNT_MAX, 1 << 20, 0 },
		{ "more than that", FRAGMENTS_COUNT_MAX + 1, 1 << 20, -EINVAL },
		{ "memory for less than one datagram", 1, FRAGMENTS_MEMORY_MIN - 1, -EINVAL },
		{ "memory for one", 1, FRAGMENTS_MEMORY_MIN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fragments *fragments;

		print_message("%s\n", rows[i].why);
		assert_int_equal(fragments_new(&fragments, rows[i].datagrams, rows[i].memory,
					       hash_seed_fixed()),
				 rows[i].error);
		assert_int_equal(fragments == NULL, rows[i].error != 0);
		fragments_free(fragments);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_in_any_order_make_their_datagram),
		cmocka_unit_test(different_datagrams_stay_apart),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(the_first_copy_wins_in_ipv4),
		cmocka_unit_test(a_cut_fragment_leaves_a_hole),
		cmocka_unit_test(datagrams_expire),
		cmocka_unit_test(a_full_table_evicts_the_oldest),
		cmocka_unit_test(full_memory_evicts_others_but_never_the_one_that_grows),
		cmocka_unit_test(the_oldest_may_grow_at_the_cost_of_others),
		cmocka_unit_test(memory_is_used_again),
		cmocka_unit_test(a_whole_datagram_tells_what_it_came_in),
		cmocka_unit_test(frames_of_a_datagram_follow_the_fragment_inside),
		cmocka_unit_test(limits_are_checked_at_creation),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
