#include "identify/quic_stream.h"

#include <stdbool.h>
#include <string.h>

/* Copies what lies between the ranges that are there already. */
static void fill_gaps(struct quic_stream *stream, uint16_t from, uint16_t to, const uint8_t *bytes)
{
	uint16_t at = from;

	for (uint8_t i = 0; i < stream->range_count && stream->range[i].from < to; i++) {
		if (stream->range[i].to <= at)
			continue;
		if (stream->range[i].from > at)
			memcpy(stream->bytes.bytes + at, bytes + (at - from),
			       stream->range[i].from - at);
		at = stream->range[i].to;
	}
	if (at < to)
		memcpy(stream->bytes.bytes + at, bytes + (at - from), to - at);
}

/* Puts [from, to) in place of the ranges `first` to `last` - 1, which it has swallowed. */
static bool replace(struct quic_stream *stream, uint8_t first, uint8_t last, uint16_t from,
		    uint16_t to)
{
	uint8_t after = stream->range_count - last;

	if (first == last && stream->range_count == QUIC_RANGES_MAX)
		return false;
	memmove(&stream->range[first + 1], &stream->range[last], after * sizeof(stream->range[0]));
	stream->range[first].from = from;
	stream->range[first].to = to;
	stream->range_count = first + 1 + after;
	return true;
}

static bool mark(struct quic_stream *stream, uint16_t from, uint16_t to)
{
	uint8_t first = 0, last;

	while (first < stream->range_count && stream->range[first].to < from)
		first++;
	for (last = first; last < stream->range_count && stream->range[last].from <= to; last++) {
		if (stream->range[last].from < from)
			from = stream->range[last].from;
		if (stream->range[last].to > to)
			to = stream->range[last].to;
	}
	return replace(stream, first, last, from, to);
}

enum parse_outcome quic_stream_add(struct quic_stream *stream, struct buffer_pool *pool,
				   uint64_t offset, const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return PARSE_MORE;
	if (offset > QUIC_STREAM_MAX || length > QUIC_STREAM_MAX - offset)
		return PARSE_LIMIT;
	if (!buffer_extend(pool, &stream->bytes, (size_t)offset + length))
		return PARSE_LIMIT;

	uint16_t from = (uint16_t)offset, to = (uint16_t)(offset + length);

	fill_gaps(stream, from, to, bytes);
	return mark(stream, from, to) ? PARSE_MORE : PARSE_LIMIT;
}

size_t quic_stream_contiguous(const struct quic_stream *stream)
{
	return stream->range_count != 0 && stream->range[0].from == 0 ? stream->range[0].to : 0;
}

void quic_stream_release(struct quic_stream *stream, struct buffer_pool *pool)
{
	buffer_release(pool, &stream->bytes);
	stream->range_count = 0;
}
