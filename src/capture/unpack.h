/* unpack.h - decompression, one file per kind, all behind one table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNPACK_HEAD_BYTES 4 /* first bytes that tell the kinds apart */

struct unpack_io {
	const uint8_t *in; /* both ends move forward as bytes are used */
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

struct unpack_kind {
	const char *name; /* as in a sentence: "gzip" */
	bool (*recognises)(const uint8_t head[UNPACK_HEAD_BYTES]);
	void *(*open)(void); /* NULL: out of memory */

	/* Unpacks what it can. NULL, or what the library says is wrong; the text is lent until
	 * close(). Nothing used and nothing made means that it wants more input. */
	const char *(*run)(void *state, struct unpack_io *io);

	/* Whether the input may end here: between two frames. */
	bool (*is_whole)(const void *state);
	void (*close)(void *state);
};

extern const struct unpack_kind unpack_gzip; /* RFC 1952; any number of members */
extern const struct unpack_kind unpack_zstd; /* RFC 8878; any number of frames */
