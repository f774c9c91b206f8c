#include "capture/unpack.h"

#include <stdlib.h>

#include <zstd.h>

#define WINDOW_LOG_MAX 27 /* 128 MiB: what the zstd tool accepts unasked; bounds our memory */

struct zstd {
	ZSTD_DStream *stream;
	bool whole; /* between two frames */
};

static bool zstd_recognises(const uint8_t head[UNPACK_HEAD_BYTES])
{
	bool frame = head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f && head[3] == 0xfd;
	bool skippable =
		(head[0] & 0xf0) == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18;

	return frame || skippable;
}

static void *zstd_open(void)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));

	if (!zstd)
		return NULL;
	zstd->stream = ZSTD_createDStream();
	if (!zstd->stream) {
		free(zstd);
		return NULL;
	}
	ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return zstd;
}

static const char *zstd_run(void *state, struct unpack_io *io)
{
	struct zstd *zstd = state;
	ZSTD_inBuffer in = { .src = io->in, .size = io->in_left };
	ZSTD_outBuffer out = { .dst = io->out, .size = io->out_left };

	if (zstd->whole && io->in_left == 0)
		return NULL; /* the library would take the call for the start of a frame */
	size_t hint = ZSTD_decompressStream(zstd->stream, &out, &in);
	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += out.pos;
	io->out_left -= out.pos;
	zstd->whole = hint == 0;
	return ZSTD_isError(hint) ? ZSTD_getErrorName(hint) : NULL;
}

static bool zstd_is_whole(const void *state)
{
	return ((const struct zstd *)state)->whole;
}

static void zstd_close(void *state)
{
	struct zstd *zstd = state;

	ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

const struct unpack_kind unpack_zstd = {
	.name = "zstd",
	.recognises = zstd_recognises,
	.open = zstd_open,
	.run = zstd_run,
	.is_whole = zstd_is_whole,
	.close = zstd_close,
};
