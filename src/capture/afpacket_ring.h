/* afpacket_ring.h - one AF_PACKET socket with its TPACKET_V3 ring: one worker's share of one interface.
 *
 * The kernel fills blocks and hands them over whole; the worker walks a block frame by frame and
 * gives it back when the last frame in it has been used (packet(7), Documentation/networking/
 * packet_mmap.rst of the kernel).
 *
 *     | block | block | block | ...            ring.block_bytes each
 *       `-- frame -> frame -> frame            struct tpacket3_hdr, tp_next_offset
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/packet.h"

#define RING_BLOCK_BYTES (1u << 20) /* holds the largest frame that GRO makes, many times over */
#define RING_RETIRE_MS 20           /* a block that is not full is handed over after this */
#define RING_BLOCKS_TO_WAIT                                                                        \
	8 /* blocks handed over after their time hold few frames, and are used up */

struct ring {
	int fd; /* -1: closed */
	uint8_t *memory;
	uint32_t block_count;
	uint32_t block;     /* the one at work */
	uint32_t left;      /* frames of it that were not handed out */
	uint8_t *frame;     /* the next of them */
	bool holds;         /* the block's frames are lent: it goes back at the next call */
	uint64_t processed; /* frames handed out */
	uint64_t received, dropped, freezes; /* of the kernel, added up: reading them clears them */
	unsigned interface;                  /* index */
	uint16_t port;                       /* of its packets */
};

struct ring_options {
	int socket;    /* given: AF_PACKET, SOCK_RAW, no protocol */
	int interface; /* index */
	uint16_t port;
	size_t bytes;
	bool only_in; /* not what the host itself sends */
	bool promiscuous;
	int fanout_group;                   /* 0: none */
	int fanout_program, filter_program; /* descriptors; -1: none */
};

/* Sets up and starts a ring; needs no privilege. 0, or -errno with fault. */
int ring_open(struct ring *ring, const struct ring_options *options, struct fault *fault);
void ring_close(struct ring *ring); /* a closed one is allowed */

/* Whether a frame is there, and its time; gives back what ring_next() lent when that was the whole block. */
bool ring_head(struct ring *ring, uint64_t *time_ns);
uint64_t ring_time(const struct ring *ring); /* of the next frame: needs ring->left != 0 */

/* The next frames up to a time, at most `most`; lent until the next call. Never waits: poll() ring->fd. */
size_t ring_next(struct ring *ring, struct packet *packets, size_t most, uint64_t until_ns);

/* Too few blocks are free for frames to wait in it: half or more are to be read, or it has few at all. */
bool ring_is_short(const struct ring *ring);

/* Nothing that comes from now on is received, nor counted; what is there can still be read. */
void ring_refuse(struct ring *ring);

/* Takes the error that the kernel leaves when the interface goes down: until then poll() does not wait. */
void ring_take_error(struct ring *ring);

/* Adds what the kernel counted since the last call. */
void ring_count(struct ring *ring);

/* Frames in the ring that were not handed out: what was received is processed, dropped or waits. */
uint64_t ring_waiting(const struct ring *ring);
