/* flow_table.h - the live flows of one worker.
 *
 * Flows are spread over FLOW_SHARDS shards by a hash of their key that depends on nothing else; a
 * worker owns a run of shards. Everything that one flow can do to another (eviction, order of
 * time-outs) stays within a shard, so the output does not depend on how many workers share them.
 *
 * Limit: `flow_limit` flows over all shards, an equal part for each. A full shard evicts the flow
 * that is nearest to its time-out, of those that a bounded look finds (flow_table.c), and counts it.
 * Not thread-safe: a worker owns its table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "flow/tcp_state.h"
#include "pewit/flow.h"
#include "pewit/layers.h"

#define FLOW_SHARDS 64
#define FLOW_LIMIT_MIN FLOW_SHARDS
#define FLOW_LIMIT_MAX (16u << 20)
#define FLOW_LIMIT_DEFAULT (1u << 20)

struct flow_table;

/* Both directions of a flow have the same key: the lower (address, port) comes first. */
struct flow_key {
	struct ip_addr low, high;
	uint16_t low_port, high_port;
	uint8_t protocol;
	uint8_t zero[3]; /* compared and hashed as bytes: no padding */
};

/* The part that every packet touches: two cache lines, one allocation, never moved while live. */
struct flow {
	struct flow_key key;
	struct flow_count count[DIRECTIONS];
	uint64_t start_ns, last_ns;
	uint64_t first_sequence;
	uint32_t next;                   /* in its bucket */
	uint32_t wheel_next, wheel_prev; /* in its slot of the timer wheel */
	uint32_t detail; /* the pipeline's: names what it keeps beside, 0: nothing */
	uint32_t
		syn_seq; /* of the initiator's SYN: a SYN with another one opens a new connection */
	uint16_t wheel_slot;
	uint8_t tcp_state; /* enum tcp_state */
	uint8_t tcp_flags[DIRECTIONS];
	bool initiator_is_high : 1; /* which end of the key is src */
	bool midstream : 1;
	bool undecided : 1; /* the pipeline's: identify still wants its packets */
	bool live : 1;
	bool is_packed : 1; /* the pipeline's: what `detail` names */
	bool bypassed : 1;  /* the pipeline's: the kernel counts its packets and passes few up */
	bool is_carried_twice : 1; /* by two tunnels: a packet of it was a copy */
	uint8_t icmp_type;
	uint8_t shard;
	uint8_t severity;        /* the pipeline's: of the gravest finding that was raised */
	uint8_t tunnel;          /* which VXLAN its first packet came in, in a byte; 0: none */
	int8_t lead[DIRECTIONS]; /* packets that `tunnel` is ahead of any other by */
};
_Static_assert(sizeof(struct flow) == 128, "two cache lines");

/* Makes a flow of layers: its key, and which end the packet came from. */
struct flow_key flow_key_of(const struct layers *layers, bool *from_high);

/* Which shard a key belongs to; the same in every run. */
uint32_t flow_shard(const struct flow_key *key);

/* Hash within the table, for flow_prefetch() and flow_find(). */
uint64_t flow_hash(const struct flow_table *table, const struct flow_key *key);

/* first_shard, shard_count: the run of shards this table owns. Returns 0, -EINVAL, -ENOMEM. */
int flow_table_new(struct flow_table **table, uint32_t flow_limit, uint32_t first_shard,
		   uint32_t shard_count, struct hash_seed seed);
void flow_table_free(struct flow_table *table);

/* Called for each flow that ends, before its memory is reused. */
typedef void flow_ended(void *context, struct flow *flow, enum flow_end end);
void flow_table_on_end(struct flow_table *table, flow_ended *ended, void *context);

/* Ask memory for the bucket of a hash, then (some packets later) for the first flow in it. */
void flow_prefetch(const struct flow_table *table, uint64_t hash);
void flow_prefetch_record(const struct flow_table *table, uint64_t hash);

/* One packet's part in its flow, beyond what its layers say. */
struct flow_packet {
	const struct layers *layers;
	uint64_t time_ns, sequence;
	uint64_t hash; /* flow_hash() of key */
	struct flow_key key;
	bool from_high;
	uint32_t frames; /* 1, or the fragments it came in */
	uint64_t bytes;  /* of those frames on the wire */
};

/* Finds or makes the flow of a packet, ends the one before it on the same key where there was one
 * (timed out, or closed and opened anew), counts the packet and moves the TCP state on.
 * *direction says which way it went, *is_new that it is the flow's first. NULL: it is the copy, in a second
 * tunnel, of one that was counted already; nothing has changed but stats.copies. */
struct flow *flow_table_packet(struct flow_table *table, const struct flow_packet *packet,
			       enum direction *direction, bool *is_new);

/* Adds what was counted elsewhere: packets that the table was never given. last_ns: of the last. */
struct flow_addition {
	struct flow_count count[DIRECTIONS];
	uint64_t last_ns;
	uint8_t tcp_flags[DIRECTIONS];
};
void flow_add(struct flow *flow, const struct flow_addition *addition);

/* When the flow that flow_table_packet() gave last had its packet before that one; 0: it had none. */
uint64_t flow_table_previous_ns(const struct flow_table *table);

/* Ends every flow whose time-out has passed; shard by shard, in order. */
void flow_table_tick(struct flow_table *table, uint64_t now_ns);

/* Ends all that are left, shard by shard, oldest first_sequence first. */
void flow_table_shutdown(struct flow_table *table);

/* Some live flows, in the order of their places: up to `most`, after a bounded look. *cursor starts at 0 and
 * is FLOW_TABLE_END once all places were looked at; 0 flows before that is no end. */
#define FLOW_TABLE_END UINT32_MAX
size_t flow_table_some(const struct flow_table *table, uint32_t *cursor, const struct flow **flows,
		       size_t most);

struct flow_table_stats {
	uint64_t started, ended[FLOW_ENDS], midstream;
	uint64_t live, live_most;
	uint64_t copies, copied_bytes; /* packets that were not counted in a flow */
};
struct flow_table_stats flow_table_stats(const struct flow_table *table);

/* The ends of a flow, and the id that events carry. */
struct ip_addr flow_src(const struct flow *flow);
struct ip_addr flow_dst(const struct flow *flow);
uint16_t flow_src_port(const struct flow *flow);
uint16_t flow_dst_port(const struct flow *flow);
uint64_t flow_id(const struct flow *flow);
