/* Segments in any order, with any overlap: each byte comes out once, in order, as first captured.
 *
 * Input: records of (seq low byte, seq high bits, length, flags), and the text of a segment is a
 * function of its sequence numbers, so that what comes out can be checked against what went in. */
#include <stdint.h>
#include <stdlib.h>

#include "base/units.h"
#include "identify/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
	uint32_t next; /* sequence number that must come next */
};

static uint8_t byte_at(uint32_t seq)
{
	return (uint8_t)(seq * 31 + (seq >> 8));
}

static bool take(void *context, const uint8_t *bytes, size_t length, uint64_t gap_bytes)
{
	struct check *check = context;

	check->next += (uint32_t)gap_bytes;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != byte_at(check->next++))
			abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buffer_pool *pool;
	struct stream stream = { 0 };
	struct check check = { 0 };
	uint8_t text[256];

	if (!pool && buffer_pool_new(&pool, 4 * MIB) != 0)
		abort();
	for (; size >= 4; data += 4, size -= 4) {
		uint32_t seq = data[0] | (uint32_t)data[1] << 8 | (uint32_t)(data[3] & 3) << 16;
		uint32_t length = data[2];
		struct stream_segment segment = { text, length, length, seq, false };

		if (!stream.started)
			check.next = seq;
		if (data[3] & 0x80) /* the snapshot length cut it */
			segment.captured = length / 2;
		for (uint32_t i = 0; i < length; i++)
			text[i] = byte_at(seq + i);
		stream_add(&stream, pool, &segment, take, &check);
	}
	stream_flush(&stream, pool, take, &check);
	stream_release(&stream, pool);
	struct buffer_pool_stats stats = buffer_pool_stats(pool);

	if (stats.in_use[0] + stats.in_use[1] + stats.in_use[2] != 0)
		abort();
	return 0;
}
