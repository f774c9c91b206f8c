/* Feeds a stream whole, and in pieces whose size the first byte gives: the messages are the
 * same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/units.h"
#include "identify/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t hash;
	uint32_t count;
};

static void take(void *context, const uint8_t *message, size_t length)
{
	const struct hash_seed seed = hash_seed_fixed();
	struct sum *sum = context;

	sum->hash = sum->hash * 31 + hash_bytes(&seed, message, length);
	sum->count++;
}

static enum parse_outcome feed(struct buffer_pool *pool, const uint8_t *data, size_t size,
			       size_t piece, struct sum *sum)
{
	struct dns_reader reader = { 0 };
	enum parse_outcome outcome = PARSE_MORE;

	for (size_t at = 0; at < size && outcome == PARSE_MORE; at += piece) {
		size_t length = size - at < piece ? size - at : piece;
		uint8_t *copy = malloc(length); /* so that reading past the piece is seen */

		memcpy(copy, data + at, length);
		outcome = dns_read(&reader, pool, copy, length, take, sum);
		free(copy);
	}
	dns_reader_release(&reader, pool);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buffer_pool *pool;
	struct sum whole = { 0 }, pieces = { 0 };

	if (size == 0 || (!pool && buffer_pool_new(&pool, MIB) != 0))
		return 0;

	enum parse_outcome a = feed(pool, data + 1, size - 1, size, &whole);
	enum parse_outcome b = feed(pool, data + 1, size - 1, data[0] + 1u, &pieces);
	assert(a == b && whole.count == pieces.count && whole.hash == pieces.hash);
	assert(buffer_pool_stats(pool).in_use[0] == 0);
	return 0;
}
