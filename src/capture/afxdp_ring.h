/* afxdp_ring.h - one AF_XDP socket, for receiving only: one queue of one interface.
 *
 * Memory is in pieces of one size, each for one frame. Free ones are in the fill ring, where the kernel
 * takes them; those with frames in the receive ring. Both have as many places as there are pieces, so
 * neither is ever full here (kernel, Documentation/networking/af_xdp.rst).
 *
 *     fill: pieces -> kernel -> receive: frames -> lent to the worker -> fill
 *
 * libxdp has such rings too, bound to a dispatcher of its own and another way of loading programs; what is
 * needed of them is less than what would have to be worked around.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/packet.h"

#define XRING_FRAME_MAX 3840 /* a page, less what the kernel keeps free before a frame */

struct xring_queue { /* shared with the kernel */
	uint32_t *producer, *consumer, *flags;
	void *places;
	void *map;
	size_t map_bytes;
};

struct xring {
	int fd; /* -1: closed */
	uint8_t *memory;
	size_t memory_bytes;
	uint32_t pieces, piece_bytes; /* powers of 2 */
	struct xring_queue fill, receive;
	uint32_t lent;      /* frames, at the receive ring's consumer */
	uint64_t processed; /* frames handed out */
	uint16_t port;      /* of its packets */
	bool is_gone;       /* its interface is no more */
};

struct xring_options {
	unsigned interface;
	uint32_t queue;
	uint16_t port;
	size_t bytes;        /* rounded down to a power of 2 of pieces, at least 64 */
	uint32_t frame_most; /* bytes of the largest frame; at most XRING_FRAME_MAX */
	bool only_copy;      /* the program does not run in the driver */
};

/* Opens and binds. 0, or -errno with fault. */
int xring_open(struct xring *ring, const struct xring_options *options, struct fault *fault);
void xring_close(struct xring *ring); /* a closed one is allowed */
bool xring_is_zero_copy(const struct xring *ring);

/* The next frames, at most `most`, lent until xring_give_back(): all that is lent must be back before.
 * Never waits: poll() ring->fd. */
size_t xring_next(struct xring *ring, struct packet *packets, size_t most);
void xring_give_back(struct xring *ring);

/* Frames that reached the socket and found no room. */
uint64_t xring_dropped(const struct xring *ring);
/* Frames in the ring that were not handed out. */
uint32_t xring_waiting(const struct xring *ring);
