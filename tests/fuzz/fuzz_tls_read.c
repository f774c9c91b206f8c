/* Any bytes as both directions of a connection, cut in two ways: whole, and in pieces whose length
 * the input chooses. However it is cut, the outcome and what was read must be the same, and every
 * buffer must come back.
 *
 * Input: a byte for the piece's length, whose lowest bit says which side is read first; a byte for
 * the share of the client; the client's bytes; the server's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "identify/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sides {
	const uint8_t *bytes[DIRECTIONS];
	size_t length[DIRECTIONS];
};

struct result {
	enum parse_outcome outcome[DIRECTIONS];
	struct tls_info info;
};

static enum parse_outcome read_side(struct buffer_pool *pool, const struct sides *sides,
				    enum direction direction, size_t piece, struct tls_info *info)
{
	struct tls_reader reader = { 0 };
	enum parse_outcome outcome = PARSE_MORE;

	for (size_t at = 0; at < sides->length[direction]; at += piece) {
		size_t left = sides->length[direction] - at;

		outcome = tls_read(&reader, pool, direction, sides->bytes[direction] + at,
				   left < piece ? left : piece, info);
	}
	tls_reader_release(&reader, pool);
	return outcome;
}

static void read_both(struct buffer_pool *pool, const struct sides *sides, size_t piece,
		      enum direction first, struct result *result)
{
	enum direction second = first == TO_SERVER ? TO_CLIENT : TO_SERVER;

	memset(result, 0, sizeof(*result));
	result->outcome[first] = read_side(pool, sides, first, piece, &result->info);
	result->outcome[second] = read_side(pool, sides, second, piece, &result->info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, cut;
	struct buffer_pool *pool;
	struct sides sides;

	if (size < 2 || buffer_pool_new(&pool, MIB) != 0)
		return 0;

	enum direction first = data[0] % 2 ? TO_CLIENT : TO_SERVER;
	size_t client = (size - 2) * data[1] / UINT8_MAX;
	sides = (struct sides){ { data + 2, data + 2 + client }, { client, size - 2 - client } };
	read_both(pool, &sides, SIZE_MAX / 2, first, &whole);
	read_both(pool, &sides, (size_t)data[0] / 2 + 1, first, &cut);
	if (memcmp(&whole, &cut, sizeof(whole)) != 0)
		abort();

	struct buffer_pool_stats stats = buffer_pool_stats(pool);
	if (stats.in_use[0] + stats.in_use[1] + stats.in_use[2] != 0)
		abort();
	buffer_pool_free(pool);
	return 0;
}
