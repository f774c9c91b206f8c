/* dispatch.h - the reader's half of replay: packets in, batches of units for each worker out.
 *
 * Decodes, reassembles fragments, takes DNS answers out for every worker, keeps packet time, and
 * counts what makes no flow. Not thread-safe: the one reader owns it; batches are given away.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decode/decode.h"
#include "decode/fragments.h"
#include "pewit/packet.h"
#include "pipeline.h"

#define DISPATCH_ARENA_BYTES (1024 * 1024) /* holds one packet of any size, and 64 of usual size */

/* Units for one worker. Bytes that do not stay where the source put them are copied to the arena. */
struct batch {
	struct unit unit[PIPELINE_BATCH];
	size_t count;
	size_t arena_used;
	uint64_t through; /* no later batch of this worker has a smaller sequence */
	bool last;
	uint8_t *arena; /* DISPATCH_ARENA_BYTES */
};

int batch_new(struct batch **batch); /* 0 or -ENOMEM; given */
void batch_free(struct batch *batch);

/* Takes a batch that is full or due, and gives an empty one for the same worker. */
typedef struct batch *dispatch_exchange(void *context, uint32_t worker, struct batch *full);

struct dispatch_options {
	uint32_t workers;
	bool copy; /* packets do not outlive the call: their bytes go to the arena */
	/* Units are numbered by packet time, so that those of several dispatchers can be merged;
	 * else one after the other. */
	bool by_time;
	struct hash_seed seed;              /* of tables */
	const struct decode_config *decode; /* lent; NULL: decode_config_default */
	dispatch_exchange *exchange;
	void *context;
};

struct dispatch;

int dispatch_new(struct dispatch **dispatch, const struct dispatch_options *options);
void dispatch_free(struct dispatch *dispatch);

void dispatch_packet(struct dispatch *dispatch, const struct packet *packet);
/* A DNS answer over UDP that went to another dispatcher: only what it teaches is dealt. */
void dispatch_answer(struct dispatch *dispatch, const struct packet *packet);
/* No packet came for a while: time has passed all the same. */
void dispatch_tick(struct dispatch *dispatch, uint64_t now_ns);
/* Hands out every batch, even empty ones, so that all workers know how far the reader is. */
void dispatch_flush(struct dispatch *dispatch, bool last);

/* First shard of a worker; of worker + 1 for where it ends. */
uint32_t dispatch_first_shard(uint32_t worker, uint32_t workers);

struct dispatch_stats {
	uint64_t packets[DECODE_OUTCOMES], bytes[DECODE_OUTCOMES]; /* each frame once */
	uint64_t flow_frames, flow_bytes; /* of packets that went to a flow: fragments counted */
	uint64_t answers, tunnels_too_many, answers_evicted;
	struct fragments_stats fragments;
};
struct dispatch_stats dispatch_stats(const struct dispatch *dispatch);
