#include "unit.h" /* cmocka and the headers it needs, ROW_COUNT, ns() */

#include <stdio.h>
#include <string.h>

#include "identify/stream.h"

struct taken {
	char text[65536 * 2];
	size_t length;
	size_t pieces;
	size_t stop_after; /* pieces; 0: never */
};

static bool take(void *context, const uint8_t *bytes, size_t length, uint64_t gap_bytes)
{
	struct taken *taken = context;

	if (gap_bytes != 0)
		taken->length += (size_t)snprintf(taken->text + taken->length, 32, "<%llu>",
						  (unsigned long long)gap_bytes);
	memcpy(taken->text + taken->length, bytes, length);
	taken->length += length;
	taken->text[taken->length] = '\0';
	return ++taken->pieces != taken->stop_after;
}

static struct buffer_pool *pool;

static int make_pool(void **state)
{
	(void)state;
	return buffer_pool_new(&pool, 4 * MIB);
}

static int free_pool(void **state)
{
	(void)state;
	buffer_pool_free(pool);
	return 0;
}

struct row_segment {
	uint32_t seq;
	const char *text;
	uint32_t cut; /* bytes on the wire beyond the text */
};

static void segments_come_out_in_order_each_byte_once(void **state)
{
	static const struct {
		const char *why;
		struct row_segment segment[6];
		const char *at_once, *after_flush;
	} rows[] = {
		{ "in order", { { 100, "abc" }, { 103, "def" } }, "abcdef", "abcdef" },
		{ "reversed", { { 100, "a" }, { 104, "ef" }, { 101, "bcd" } }, "abcdef", "abcdef" },
		{ "a copy adds nothing",
		  { { 100, "abc" }, { 100, "xyz" }, { 103, "d" } },
		  "abcd",
		  "abcd" },
		{ "the first copy of an overlap counts, behind",
		  { { 100, "abc" }, { 101, "XXd" } },
		  "abcd",
		  "abcd" },
		{ "... and ahead",
		  { { 100, "a" }, { 103, "DE" }, { 101, "bcxxf" } },
		  "abcDEf",
		  "abcDEf" },
		{ "... and between two islands",
		  { { 100, "a" }, { 102, "C" }, { 104, "E" }, { 101, "bxdxf" } },
		  "abCdEf",
		  "abCdEf" },
		{ "a gap is told, not hidden", { { 100, "ab" }, { 105, "fg" } }, "ab", "ab<3>fg" },
		{ "the snapshot length makes a gap",
		  { { 100, "ab", 3 }, { 105, "fg" } },
		  "ab<3>fg",
		  "ab<3>fg" },
		{ "a keep-alive probe repeats an old byte",
		  { { 100, "ab" }, { 101, "?" }, { 102, "c" } },
		  "abc",
		  "abc" },
		{ "sequence numbers wrap",
		  { { 0xfffffffe, "ab" }, { 1, "d" }, { 0, "c" } },
		  "abcd",
		  "abcd" },
		{ "one stray segment far ahead moves nothing",
		  { { 100, "ab" }, { 900000, "zz" }, { 102, "c" } },
		  "abc",
		  "abc" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct stream stream = { 0 };
		struct taken taken = { .text = "" };

		print_message("%s\n", rows[i].why);
		for (size_t n = 0; n < 6 && rows[i].segment[n].text; n++) {
			const struct row_segment *row = &rows[i].segment[n];
			uint32_t length = (uint32_t)strlen(row->text);
			struct stream_segment segment = { (const uint8_t *)row->text, length,
							  length + row->cut, row->seq, false };

			stream_add(&stream, pool, &segment, take, &taken);
		}
		assert_string_equal(taken.text, rows[i].at_once);
		stream_flush(&stream, pool, take, &taken);
		assert_string_equal(taken.text, rows[i].after_flush);
		stream_release(&stream, pool);
		assert_int_equal(buffer_pool_stats(pool).in_use[0], 0);
	}
}

static void a_syn_counts_one(void **state)
{
	struct stream stream = { 0 };
	struct taken taken = { .text = "" };
	struct stream_segment syn = { (const uint8_t *)"early", 5, 5, 999, true };
	struct stream_segment data = { (const uint8_t *)" data", 5, 5, 1005, false };

	(void)state;
	stream_add(&stream, pool, &syn, take, &taken);
	stream_add(&stream, pool, &data, take, &taken);
	assert_string_equal(taken.text, "early data");
}

static void every_order_of_small_segments_gives_the_same_text(void **state)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog";
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct stream stream = { 0 };
		struct taken taken = { .text = "" };
		struct stream_segment first = { (const uint8_t *)text, 1, 1, 7, false };
		uint64_t have = 1;

		stream_add(&stream, pool, &first, take, &taken);
		while (have != (UINT64_C(1) << (sizeof(text) - 1)) - 1) {
			random = random * 1664525 + 1013904223;
			uint32_t at = (random >> 8) % (sizeof(text) - 1);
			uint32_t length = 1 + (random >> 20) % 5;

			if (at + length > sizeof(text) - 1)
				continue;
			struct stream_segment segment = { (const uint8_t *)text + at, length,
							  length, 7 + at, false };

			stream_add(&stream, pool, &segment, take, &taken);
			have |= ((UINT64_C(1) << length) - 1) << at;
		}
		assert_string_equal(taken.text, text);
		assert_int_equal(stream.range_count, 0);
	}
	assert_int_equal(buffer_pool_stats(pool).in_use[0], 0);
}

static void a_lost_stretch_is_given_up_after_enough_segments(void **state)
{
	struct stream stream = { 0 };
	struct taken taken = { .text = "" };
	struct stream_segment first = { (const uint8_t *)"a", 1, 1, 0, false };

	(void)state;
	stream_add(&stream, pool, &first, take, &taken);
	for (uint32_t i = 0; i < STREAM_FAR_MAX; i++) {
		struct stream_segment far = { (const uint8_t *)"z", 1, 1, 500001 + i, false };

		stream_add(&stream, pool, &far, take, &taken);
	}
	assert_string_equal(taken.text, "a<500007>z");
	stream_release(&stream, pool);
}

static void a_consumer_can_stop(void **state)
{
	struct stream stream = { 0 };
	struct taken taken = { .text = "", .stop_after = 1 };
	struct stream_segment first = { (const uint8_t *)"a", 1, 1, 0, false };

	(void)state;
	assert_int_equal(stream_add(&stream, pool, &first, take, &taken), STREAM_STOPPED);
	stream_release(&stream, pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_come_out_in_order_each_byte_once),
		cmocka_unit_test(a_syn_counts_one),
		cmocka_unit_test(every_order_of_small_segments_gives_the_same_text),
		cmocka_unit_test(a_lost_stretch_is_given_up_after_enough_segments),
		cmocka_unit_test(a_consumer_can_stop),
	};

	return cmocka_run_group_tests_name("stream", tests, make_pool, free_pool);
}
