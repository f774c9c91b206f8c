/* buffer_pool.h - growing buffers out of memory that was set aside at start.
 *
 * Parsers that must keep bytes until a message is whole keep them here. A buffer starts in the
 * smallest class and moves up as it grows; past the largest, or when a class is used up, the append
 * fails, and the caller gives the message up and counts it. Nothing is ever taken from malloc()
 * after buffer_pool_new(). Not thread-safe: each worker owns its own pool.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_SMALL_BYTES 2048   /* a ClientHello, a request head, a DNS message */
#define BUFFER_MEDIUM_BYTES 16384 /* a post-quantum hello, a certificate chain, one TLS record */
#define BUFFER_LARGE_BYTES 65536  /* the most that pewit reassembles of anything */

struct buffer_pool;

/* All zero is an empty buffer that holds no memory. */
struct buffer {
	uint8_t *bytes;
	uint32_t length; /* bytes in use */
	uint32_t room;   /* bytes that fit without moving up a class; 0: nothing held */
};

struct buffer_pool_stats {
	uint64_t refused;            /* appends given up because a class was used up */
	uint32_t in_use[3], most[3]; /* buffers out now, and the most ever, per class */
};

/* Makes a pool of about `bytes` (1 MiB to 16 GiB), split between the classes; *pool is given.
 * The pages are touched only as they are used. Returns 0, -EINVAL or -ENOMEM. */
int buffer_pool_new(struct buffer_pool **pool, size_t bytes);
void buffer_pool_free(struct buffer_pool *pool);

/* Appends; false when the result would pass BUFFER_LARGE_BYTES or there is no room, and then the
 * buffer stays as it was. Pointers into the buffer are void after a successful append. */
bool buffer_append(struct buffer_pool *pool, struct buffer *buffer, const void *bytes,
		   size_t length);

/* Makes the buffer at least `length` long; new bytes are not initialised. As buffer_append(). */
bool buffer_extend(struct buffer_pool *pool, struct buffer *buffer, size_t length);

/* Removes the first `length` bytes (all, if there are fewer). */
void buffer_drop(struct buffer *buffer, size_t length);

/* Gives the memory back; the buffer is empty afterwards. An empty one is allowed. */
void buffer_release(struct buffer_pool *pool, struct buffer *buffer);

struct buffer_pool_stats buffer_pool_stats(const struct buffer_pool *pool);
