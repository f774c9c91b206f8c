#include "capture/unpack.h"

#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

#define GZIP_ONLY 16 /* added to the window bits: expect a gzip header, not a zlib one */

struct gzip {
	z_stream stream;
	bool whole; /* between two members */
};

static bool gzip_recognises(const uint8_t head[UNPACK_HEAD_BYTES])
{
	return head[0] == 0x1f && head[1] == 0x8b && head[2] == Z_DEFLATED;
}

static void *gzip_open(void)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (gzip && inflateInit2(&gzip->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
		free(gzip);
		return NULL;
	}
	return gzip;
}

static const char *inflate_once(struct gzip *gzip, struct unpack_io *io)
{
	z_stream *stream = &gzip->stream;
	uInt in = io->in_left > UINT_MAX ? UINT_MAX : (uInt)io->in_left;
	uInt out = io->out_left > UINT_MAX ? UINT_MAX : (uInt)io->out_left;

	stream->next_in = (Bytef *)io->in; /* zlib only reads it */
	stream->avail_in = in;
	stream->next_out = io->out;
	stream->avail_out = out;
	int result = inflate(stream, Z_NO_FLUSH);
	io->in += in - stream->avail_in;
	io->in_left -= in - stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_left -= out - stream->avail_out;

	gzip->whole = result == Z_STREAM_END;
	if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
		return NULL;
	return stream->msg ? stream->msg : zError(result);
}

static const char *gzip_run(void *state, struct unpack_io *io)
{
	struct gzip *gzip = state;

	if (gzip->whole) {
		/* Tapes and some tools pad with zeros after the last member. */
		while (io->in_left > 0 && *io->in == 0) {
			io->in++;
			io->in_left--;
		}
		if (io->in_left == 0)
			return NULL;
		inflateReset(&gzip->stream);
	}
	return inflate_once(gzip, io);
}

static bool gzip_is_whole(const void *state)
{
	return ((const struct gzip *)state)->whole;
}

static void gzip_close(void *state)
{
	struct gzip *gzip = state;

	inflateEnd(&gzip->stream);
	free(gzip);
}

const struct unpack_kind unpack_gzip = {
	.name = "gzip",
	.recognises = gzip_recognises,
	.open = gzip_open,
	.run = gzip_run,
	.is_whole = gzip_is_whole,
	.close = gzip_close,
};
