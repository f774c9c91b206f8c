/* stream.h - one direction of a TCP connection, put in order (RFC 9293 section 3.4).
 *
 * Segments go in as they were captured: out of order, repeated, overlapping. Pieces come out in
 * order, each byte once. What lies ahead of a gap waits in a buffer of at most BUFFER_LARGE_BYTES;
 * in-order bytes are handed on where they lie, without a copy. Where copies of the same bytes
 * differ, the first one captured counts: it is the one that the server most likely answered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"

#define STREAM_RANGES_MAX                                                                          \
	16 /* islands beyond a gap; a hello in one-byte segments, shuffled, has more */

#define STREAM_FAR_MAX 8 /* one stray segment must not move the stream; so many in a row do */

struct stream {
	struct buffer ahead; /* bytes from next_seq on, with holes */
	struct {
		uint32_t from, to;  /* relative to next_seq */
	} range[STREAM_RANGES_MAX]; /* what of it has come: sorted, not touching */
	uint64_t gap_bytes;         /* missed, not yet told to the consumer */
	uint32_t next_seq;
	uint32_t skip; /* bytes at the start of `ahead` that next_seq has passed */
	uint8_t range_count;
	uint8_t far; /* segments in a row that lay beyond the buffer's reach */
	bool started;
};

struct stream_segment {
	const uint8_t *bytes;
	uint32_t captured; /* bytes at `bytes`; the snapshot length may have cut the rest */
	uint32_t length;   /* bytes that the segment carried */
	uint32_t seq;      /* of the first byte; a SYN counts one, and its data starts after it */
	bool syn;
};

/* Bytes in order; gap_bytes > 0: so many were never captured just before them. False: the consumer
 * wants no more, and the stream drops what it holds. */
typedef bool stream_piece(void *context, const uint8_t *bytes, size_t length, uint64_t gap_bytes);

enum stream_outcome {
	STREAM_OK,
	STREAM_STOPPED, /* the consumer wants no more */
	STREAM_GAVE_UP, /* no room for what waits; gaps were skipped over to go on */
};

enum stream_outcome stream_add(struct stream *stream, struct buffer_pool *pool,
			       const struct stream_segment *segment, stream_piece *piece,
			       void *context);

/* Hands out what still waits, gaps and all: the connection is over, or nobody waits any longer. */
enum stream_outcome stream_flush(struct stream *stream, struct buffer_pool *pool,
				 stream_piece *piece, void *context);
void stream_release(struct stream *stream, struct buffer_pool *pool);
