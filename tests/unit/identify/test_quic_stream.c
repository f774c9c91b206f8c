#include "unit.h"

#include <string.h>

#include "identify/quic_stream.h"

static int set_up(void **state)
{
	struct buffer_pool *pool;
	int error = buffer_pool_new(&pool, MIB);

	*state = pool;
	return error;
}

static int tear_down(void **state)
{
	buffer_pool_free(*state);
	return 0;
}

static void pieces_of_any_order_make_the_whole(void **state)
{
	enum { BYTES = 3000 };
	static uint8_t whole[BYTES];
	uint32_t random = 1;

	for (size_t i = 0; i < BYTES; i++)
		whole[i] = (uint8_t)(i * 31 + i / 256);
	for (int round = 0; round < 200; round++) {
		struct quic_stream stream = { 0 };
		bool have[BYTES] = { false };
		size_t expected = 0;

		while (expected < BYTES) {
			random = random * 1664525 + 1013904223;

			size_t from = (random >> 16) % BYTES;
			size_t length = 200 + (random >> 8) % 800;

			if (length > BYTES - from)
				length = BYTES - from;
			assert_int_equal(
				quic_stream_add(&stream, *state, from, whole + from, length),
				PARSE_MORE);
			memset(have + from, true, length);
			while (expected < BYTES && have[expected])
				expected++;
			assert_int_equal(quic_stream_contiguous(&stream), expected);
		}
		assert_int_equal(stream.range_count, 1);
		assert_memory_equal(stream.bytes.bytes, whole, BYTES);
		quic_stream_release(&stream, *state);
	}
}

static void bytes_that_came_first_stay(void **state)
{
	struct quic_stream stream = { 0 };

	quic_stream_add(&stream, *state, 2, (const uint8_t *)"cd", 2);
	quic_stream_add(&stream, *state, 6, (const uint8_t *)"gh", 2);
	quic_stream_add(&stream, *state, 0, (const uint8_t *)"0123456789", 10);
	assert_int_equal(quic_stream_contiguous(&stream), 10);
	assert_memory_equal(stream.bytes.bytes, "01cd45gh89", 10);
	quic_stream_release(&stream, *state);
}

static void a_full_pool_is_a_limit(void **state)
{
	struct quic_stream stream[64] = { 0 };
	size_t kept = 0;

	while (kept < 64 && quic_stream_add(&stream[kept], *state, QUIC_STREAM_MAX - 1,
					    (const uint8_t *)"x", 1) == PARSE_MORE)
		kept++;
	assert_int_not_equal(kept, 0);
	assert_int_not_equal(kept, 64);
	assert_int_equal(quic_stream_add(&stream[kept], *state, QUIC_STREAM_MAX - 1,
					 (const uint8_t *)"x", 1),
			 PARSE_LIMIT);
	for (size_t i = 0; i < 64; i++)
		quic_stream_release(&stream[i], *state);
	assert_int_equal(buffer_pool_stats(*state).in_use[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pieces_of_any_order_make_the_whole, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(bytes_that_came_first_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_pool_is_a_limit, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("quic_stream", tests, NULL, NULL);
}
