/* quic_stream.h - the CRYPTO stream of a client's Initials, put together from frames in any order. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"

#define QUIC_RANGES_MAX 32 /* gaps that CRYPTO frames may leave: browsers cut a hello into eleven */
#define QUIC_STREAM_MAX 65535 /* what 16 bits count, one less than the largest buffer */

struct quic_stream {         /* all zero: empty */
	struct buffer bytes; /* with holes */
	struct {
		uint16_t from, to; /* [from, to) has come */
	} range[QUIC_RANGES_MAX];  /* sorted, not touching */
	uint8_t range_count;
};

/* Adds what a frame brings. Where bytes came before, the first ones stay, as in the usual
 * servers. PARSE_MORE, or PARSE_LIMIT: too far, too many gaps or no buffer left. */
enum parse_outcome quic_stream_add(struct quic_stream *stream, struct buffer_pool *pool,
				   uint64_t offset, const uint8_t *bytes, size_t length);

/* How many bytes there are from the beginning without a gap. */
size_t quic_stream_contiguous(const struct quic_stream *stream);

void quic_stream_release(struct quic_stream *stream, struct buffer_pool *pool);
