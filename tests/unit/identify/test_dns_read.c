#include "unit.h"

#include <string.h>

#include "identify/dns.h"

#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1" /* 19 bytes */
#define FRAME "\0\x13" QUERY

struct taken {
	int count;
	size_t bytes;
	uint8_t last[65536];
};

static struct taken taken;

static void take(void *context, const uint8_t *message, size_t length)
{
	struct taken *into = context;

	into->count++;
	into->bytes += length;
	memcpy(into->last, message, length);
}

static int make_pool(void **state)
{
	taken = (struct taken){ 0 };
	return buffer_pool_new((struct buffer_pool **)state, MIB);
}

static int free_pool(void **state)
{
	buffer_pool_free(*state);
	return 0;
}

static enum parse_outcome read_all(struct dns_reader *reader, struct buffer_pool *pool,
				   const void *bytes, size_t length, size_t piece)
{
	enum parse_outcome outcome = PARSE_MORE;

	for (size_t at = 0; at < length && outcome == PARSE_MORE; at += piece) {
		size_t left = length - at;

		outcome = dns_read(reader, pool, (const uint8_t *)bytes + at,
				   left < piece ? left : piece, take, &taken);
	}
	return outcome;
}

static void messages_come_whole_from_pieces_of_any_size(void **state)
{
	static const char stream[] = FRAME "\0\0" FRAME FRAME "\0\0";

	for (size_t piece = 1; piece <= sizeof(stream); piece++) {
		struct dns_reader reader = { 0 };

		taken = (struct taken){ 0 };
		assert_int_equal(read_all(&reader, *state, stream, sizeof(stream) - 1, piece),
				 PARSE_MORE);
		assert_int_equal(taken.count, 3);
		assert_memory_equal(taken.last, QUERY, 19);
		dns_reader_release(&reader, *state);
	}
	assert_int_equal(buffer_pool_stats(*state).in_use[0], 0);
}

static void the_longest_message_comes_whole(void **state)
{
	static uint8_t stream[2 + 65535] = "\xff\xff" QUERY;
	struct dns_reader reader = { 0 };

	assert_int_equal(read_all(&reader, *state, stream, sizeof(stream), 1460), PARSE_MORE);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.bytes, 65535);
	dns_reader_release(&reader, *state);
}

static void other_protocols_are_told_from_their_first_frame(void **state)
{
	static const struct {
		const char *why, *bytes;
		size_t length;
	} rows[] = {
		{ "a TLS record", "\x16\3\1\2\0\1\0\1\xfc\3\3\x5a\x5a\x5a", 14 },
		{ "HTTP", "GET / HTTP/1.1\r\n", 16 },
		{ "a frame too short for a header", "\0\7abcdefg", 9 },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		for (size_t piece = 1; piece <= rows[i].length; piece++) {
			struct dns_reader reader = { 0 };

			print_message("%s, by %zu\n", rows[i].why, piece);
			assert_int_equal(
				read_all(&reader, *state, rows[i].bytes, rows[i].length, piece),
				PARSE_NOT);
			assert_int_equal(taken.count, 0);
			dns_reader_release(&reader, *state);
		}
}

static void no_room_ends_the_direction(void **state)
{
	static const uint8_t start[] = "\x80\0" QUERY;
	struct dns_reader readers[32] = { 0 };
	enum parse_outcome outcome = PARSE_MORE;
	static uint8_t filler[32000];

	for (size_t i = 0; i < ROW_COUNT(readers) && outcome == PARSE_MORE; i++) {
		outcome = read_all(&readers[i], *state, start, sizeof(start) - 1, 64);
		if (outcome == PARSE_MORE)
			outcome = read_all(&readers[i], *state, filler, sizeof(filler), 32000);
	}
	assert_int_equal(outcome, PARSE_LIMIT);
	for (size_t i = 0; i < ROW_COUNT(readers); i++)
		dns_reader_release(&readers[i], *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_come_whole_from_pieces_of_any_size,
						make_pool, free_pool),
		cmocka_unit_test_setup_teardown(the_longest_message_comes_whole, make_pool,
						free_pool),
		cmocka_unit_test_setup_teardown(other_protocols_are_told_from_their_first_frame,
						make_pool, free_pool),
		cmocka_unit_test_setup_teardown(no_room_ends_the_direction, make_pool, free_pool),
	};

	return cmocka_run_group_tests_name("dns_read", tests, NULL, NULL);
}
