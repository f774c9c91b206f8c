/* Invariant between calls: range[] is sorted, its ranges neither touch nor overlap, the first does
 * not start at 0 (else it would have been handed on), and ahead.bytes[from..to) of each is filled.
 * All offsets are relative to next_seq; when that moves, buffer and ranges move with it.
 */
#include "identify/stream.h"

#include <string.h>

static void drop_ranges(struct stream *stream, uint32_t count)
{
	stream->range_count -= (uint8_t)count;
	memmove(stream->range, stream->range + count,
		stream->range_count * sizeof(stream->range[0]));
}

/* next_seq moves over `length` bytes that need no more waiting for. */
static void advance(struct stream *stream, struct buffer_pool *pool, uint32_t length)
{
	uint32_t gone = 0;

	stream->next_seq += length;
	while (gone < stream->range_count && stream->range[gone].to <= length)
		gone++;
	drop_ranges(stream, gone);
	for (uint32_t i = 0; i < stream->range_count; i++) {
		uint32_t from = stream->range[i].from;

		stream->range[i].from = from > length ? from - length : 0;
		stream->range[i].to -= length;
	}
	stream->skip += length;
	if (stream->range_count == 0)
		stream_release(stream, pool);
}

/* Hands on one piece and moves past it. */
static bool hand_on(struct stream *stream, const uint8_t *bytes, uint32_t length,
		    stream_piece *piece, void *context)
{
	uint64_t gap = stream->gap_bytes;

	if (length == 0)
		return true;
	stream->gap_bytes = 0;
	return piece(context, bytes, length, gap);
}

/* Hands on the waiting range that next_seq has reached, if any. */
static bool hand_on_waiting(struct stream *stream, struct buffer_pool *pool, stream_piece *piece,
			    void *context)
{
	while (stream->range_count != 0 && stream->range[0].from == 0) {
		uint32_t length = stream->range[0].to;
		bool more =
			hand_on(stream, stream->ahead.bytes + stream->skip, length, piece, context);

		advance(stream, pool, length);
		if (!more)
			return false;
	}
	return true;
}

/* Skips the gap before the first waiting range and hands that on. */
static bool skip_gap(struct stream *stream, struct buffer_pool *pool, stream_piece *piece,
		     void *context)
{
	uint32_t missing = stream->range[0].from;

	stream->gap_bytes += missing;
	advance(stream, pool, missing);
	return hand_on_waiting(stream, pool, piece, context);
}

/* Makes [from, to) one of the ranges, merged with those it touches; false: too many islands. */
static bool note_range(struct stream *stream, uint32_t from, uint32_t to)
{
	uint32_t first = 0, last;

	while (first < stream->range_count && stream->range[first].to < from)
		first++;
	for (last = first; last < stream->range_count && stream->range[last].from <= to; last++) {
		from = stream->range[last].from < from ? stream->range[last].from : from;
		to = stream->range[last].to > to ? stream->range[last].to : to;
	}
	if (first == last && stream->range_count == STREAM_RANGES_MAX)
		return false;
	memmove(stream->range + first + 1, stream->range + last,
		(stream->range_count - last) * sizeof(stream->range[0]));
	stream->range_count = (uint8_t)(stream->range_count + 1 - (last - first));
	stream->range[first].from = from;
	stream->range[first].to = to;
	return true;
}

/* Copies into the holes of [offset, offset + length) only: the first copy counts. */
static void fill_holes(struct stream *stream, uint32_t offset, const uint8_t *bytes,
		       uint32_t length)
{
	uint8_t *ahead = stream->ahead.bytes + stream->skip;
	uint32_t at = offset, end = offset + length;

	for (uint32_t i = 0; i < stream->range_count && at < end; i++) {
		uint32_t hole_end = stream->range[i].from < end ? stream->range[i].from : end;

		if (hole_end > at)
			memcpy(ahead + at, bytes + (at - offset), hole_end - at);
		if (stream->range[i].to > at)
			at = stream->range[i].to;
	}
	if (at < end)
		memcpy(ahead + at, bytes + (at - offset), end - at);
}

/* Keeps a segment that lies `offset` bytes ahead. */
static bool keep(struct stream *stream, struct buffer_pool *pool, uint32_t offset,
		 const uint8_t *bytes, uint32_t length)
{
	if (offset > BUFFER_LARGE_BYTES || length > BUFFER_LARGE_BYTES - offset)
		return false;
	if (stream->skip + offset + length > BUFFER_LARGE_BYTES) {
		buffer_drop(&stream->ahead, stream->skip);
		stream->skip = 0;
	}
	if (!buffer_extend(pool, &stream->ahead, (size_t)stream->skip + offset + length))
		return false;
	fill_holes(stream, offset, bytes, length);
	return note_range(stream, offset, offset + length);
}

/* A segment whose first byte is the next one expected. Its own bytes win only where nothing waits:
 * what came earlier, though further on, was captured first. */
static bool take_in_order(struct stream *stream, struct buffer_pool *pool,
			  const struct stream_segment *segment, stream_piece *piece, void *context)
{
	uint32_t length = segment->captured;
	bool whole = stream->range_count == 0 || stream->range[0].from >= length;
	uint32_t fresh = whole ? length : stream->range[0].from;
	uint32_t cut = whole ? segment->length - length : 0; /* by the snapshot length */

	stream->far = 0;
	if (!hand_on(stream, segment->bytes, fresh, piece, context))
		return false;
	advance(stream, pool, fresh);
	if (cut != 0) {
		stream->gap_bytes += cut;
		advance(stream, pool, cut);
	}
	return hand_on_waiting(stream, pool, piece, context);
}

/* Starts the stream, and trims what was handed on before. False: nothing new in the segment. */
static bool trim(struct stream *stream, struct stream_segment *segment)
{
	if (!stream->started) {
		stream->next_seq = segment->seq;
		stream->started = true;
	}
	int32_t behind = (int32_t)(stream->next_seq - segment->seq);

	if (behind <= 0)
		return segment->length != 0;
	if ((uint32_t)behind >= segment->length)
		return false;
	uint32_t skip = (uint32_t)behind < segment->captured ? (uint32_t)behind : segment->captured;

	segment->bytes += skip;
	segment->captured -= skip;
	segment->length -= (uint32_t)behind;
	segment->seq = stream->next_seq;
	return true;
}

/* A segment that cannot be kept: gives up waiting for what is missing before it. */
static bool make_way(struct stream *stream, struct buffer_pool *pool, uint32_t offset,
		     stream_piece *piece, void *context)
{
	if (stream->range_count != 0)
		return skip_gap(stream, pool, piece, context);
	stream->gap_bytes += offset;
	advance(stream, pool, offset);
	return true;
}

enum stream_outcome stream_add(struct stream *stream, struct buffer_pool *pool,
			       const struct stream_segment *given, stream_piece *piece,
			       void *context)
{
	struct stream_segment segment = *given;
	enum stream_outcome outcome = STREAM_OK;

	segment.seq += segment.syn;
	while (trim(stream, &segment)) {
		uint32_t offset = segment.seq - stream->next_seq;

		if (offset == 0) {
			if (!take_in_order(stream, pool, &segment, piece, context))
				return STREAM_STOPPED;
			continue; /* what waited may have covered only part of it */
		}
		if (segment.captured == 0 ||
		    keep(stream, pool, offset, segment.bytes, segment.captured))
			return outcome;
		if (offset > BUFFER_LARGE_BYTES && ++stream->far < STREAM_FAR_MAX)
			return outcome;
		outcome = STREAM_GAVE_UP;
		if (!make_way(stream, pool, offset, piece, context))
			return STREAM_STOPPED;
	}
	return outcome;
}

enum stream_outcome stream_flush(struct stream *stream, struct buffer_pool *pool,
				 stream_piece *piece, void *context)
{
	while (stream->range_count != 0)
		if (!skip_gap(stream, pool, piece, context))
			return STREAM_STOPPED;
	return STREAM_OK;
}

void stream_release(struct stream *stream, struct buffer_pool *pool)
{
	buffer_release(pool, &stream->ahead);
	stream->range_count = 0;
	stream->skip = 0;
}
