/* Layout. One array of flows and one of bucket heads, both sized for the limit and touched only as
 * they fill (anonymous memory). A bucket is a chain of indices through struct flow, short because
 * there are as many buckets as flows may be. Index 0 means "none", so flow 0 is never used.
 *
 * Each shard has a timer wheel of WHEEL_SLOTS slots of one second. A flow stands in the slot of the
 * time-out it had when it was put there; later packets do not move it, as that would touch its
 * neighbours' cache lines. When its slot comes up, a flow that has had packets since is put where it
 * belongs now. A time-out therefore fires in the tick after it has passed, never before.
 *
 * A look-up that meets a flow whose time-out has passed ends it and begins another, so that the
 * result does not depend on when the tick came.
 */
#include "flow/flow_table.h"
#include "flow/flow_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/pages.h"
#include "base/units.h"

#define WHEEL_SLOTS 2048 /* seconds: longer than the longest time-out (tcp_state.c) */
#define SOME_LOOK 4096   /* places that one call of flow_table_some() looks at: half a megabyte */
#define EVICT_LOOK 16    /* flows that one eviction looks at, so that its cost is bounded */
#define WELL_KNOWN_PORTS 1024

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

struct shard {
	uint32_t slot[WHEEL_SLOTS]; /* index of the first flow in it; 0: none */
	uint64_t wheel_s;           /* second up to which the wheel has run */
	uint32_t live, limit;
	uint32_t free; /* chain of flows of this shard that were used and are not live */
};

struct flow_table {
	struct hash_seed seed;
	struct flow *flows; /* [0] is not used */
	uint32_t *heads;
	uint64_t head_mask;
	uint64_t now_s;
	uint64_t previous_ns; /* flow_table_previous_ns() */
	flow_ended *ended;
	void *context;
	struct flow_table_stats stats;
	size_t flow_bytes, head_bytes;
	uint32_t fresh; /* records from here on were never used */
	uint32_t first_shard, shard_count;
	struct shard shards[];
};

static uint64_t power_of_two_from(uint64_t least)
{
	uint64_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

int flow_table_new(struct flow_table **table, uint32_t flow_limit, uint32_t first_shard,
		   uint32_t shard_count, struct hash_seed seed)
{
	*table = NULL;
	if (flow_limit < FLOW_LIMIT_MIN || flow_limit > FLOW_LIMIT_MAX || shard_count == 0 ||
	    first_shard + shard_count > FLOW_SHARDS)
		return -EINVAL;

	struct flow_table *made = calloc(1, sizeof(*made) + shard_count * sizeof(struct shard));
	if (!made)
		return -ENOMEM;
	uint32_t per_shard = flow_limit / FLOW_SHARDS;
	uint64_t buckets = power_of_two_from((uint64_t)per_shard * shard_count);

	made->seed = seed;
	made->first_shard = first_shard;
	made->shard_count = shard_count;
	made->head_mask = buckets - 1;
	made->head_bytes = buckets * sizeof(*made->heads);
	made->flow_bytes = ((size_t)per_shard * shard_count + 1) * sizeof(*made->flows);
	made->heads = pages_take_dense(made->head_bytes);
	made->flows = pages_take_dense(made->flow_bytes);
	if (!made->heads || !made->flows) {
		flow_table_free(made);
		return -ENOMEM;
	}
	made->fresh = 1;
	for (uint32_t i = 0; i < shard_count; i++)
		made->shards[i].limit = per_shard;
	*table = made;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	pages_give(table->flows, table->flow_bytes);
	pages_give(table->heads, table->head_bytes);
	free(table);
}

void flow_table_on_end(struct flow_table *table, flow_ended *ended, void *context)
{
	table->ended = ended;
	table->context = context;
}

struct flow_key flow_key_of(const struct layers *layers, bool *from_high)
{
	int order = memcmp(&layers->src, &layers->dst, sizeof(layers->src));

	if (order == 0)
		order = (int)layers->src_port - (int)layers->dst_port;
	*from_high = order > 0;
	if (order > 0)
		return (struct flow_key){ layers->dst,      layers->src,      layers->dst_port,
					  layers->src_port, layers->protocol, { 0 } };
	return (struct flow_key){ layers->src,      layers->dst,      layers->src_port,
				  layers->dst_port, layers->protocol, { 0 } };
}

uint32_t flow_shard(const struct flow_key *key)
{
	const struct hash_seed fixed = hash_seed_fixed();

	return (uint32_t)(hash_bytes(&fixed, key, sizeof(*key)) >> 32) % FLOW_SHARDS;
}

uint64_t flow_hash(const struct flow_table *table, const struct flow_key *key)
{
	return hash_bytes(&table->seed, key, sizeof(*key));
}

void flow_prefetch(const struct flow_table *table, uint64_t hash)
{
	__builtin_prefetch(&table->heads[hash & table->head_mask]);
}

void flow_prefetch_record(const struct flow_table *table, uint64_t hash)
{
	const struct flow *flow = &table->flows[table->heads[hash & table->head_mask]];

	__builtin_prefetch(flow, 1);
	__builtin_prefetch((const char *)flow + 64, 1);
}

static uint32_t index_of(const struct flow_table *table, const struct flow *flow)
{
	return (uint32_t)(flow - table->flows);
}

static struct shard *shard_of(struct flow_table *table, const struct flow *flow)
{
	return &table->shards[flow->shard - table->first_shard];
}

static uint64_t deadline_ns(const struct flow *flow)
{
	bool answered = flow->count[TO_CLIENT].packets != 0;

	return flow->last_ns + flow_timeout_ns(flow->key.protocol, flow->tcp_state, answered);
}

static void wheel_remove(struct flow_table *table, struct flow *flow)
{
	if (flow->wheel_prev != 0)
		table->flows[flow->wheel_prev].wheel_next = flow->wheel_next;
	else
		shard_of(table, flow)->slot[flow->wheel_slot] = flow->wheel_next;
	if (flow->wheel_next != 0)
		table->flows[flow->wheel_next].wheel_prev = flow->wheel_prev;
}

static void wheel_insert(struct flow_table *table, struct flow *flow)
{
	struct shard *shard = shard_of(table, flow);
	uint64_t due_s = deadline_ns(flow) / NS_PER_S + 1;

	/* What the wheel has passed fires at its next step; what lies beyond its turn is looked at
	 * once a turn. */
	if (due_s <= shard->wheel_s)
		due_s = shard->wheel_s + 1;
	else if (due_s - shard->wheel_s >= WHEEL_SLOTS)
		due_s = shard->wheel_s + WHEEL_SLOTS - 1;

	uint32_t index = index_of(table, flow);
	uint16_t slot = (uint16_t)(due_s % WHEEL_SLOTS);

	flow->wheel_slot = slot;
	flow->wheel_prev = 0;
	flow->wheel_next = shard->slot[slot];
	if (flow->wheel_next != 0)
		table->flows[flow->wheel_next].wheel_prev = index;
	shard->slot[slot] = index;
}

static void unlink_from_bucket(struct flow_table *table, const struct flow *flow)
{
	uint64_t hash = flow_hash(table, &flow->key);
	uint32_t *link = &table->heads[hash & table->head_mask];

	while (*link != index_of(table, flow))
		link = &table->flows[*link].next;
	*link = flow->next;
}

static void end_flow(struct flow_table *table, struct flow *flow, enum flow_end end)
{
	struct shard *shard = shard_of(table, flow);

	/* A closed connection lingers for late copies: its end is the close, not the time-out. */
	if (flow->tcp_state >= TCP_STATE_CLOSED && end != FLOW_END_EVICTED)
		end = FLOW_END_CLOSED;
	if (table->ended)
		table->ended(table->context, flow, end);
	table->stats.ended[end]++;
	table->stats.live--;
	wheel_remove(table, flow);
	unlink_from_bucket(table, flow);
	flow->live = false;
	flow->next = shard->free;
	shard->free = index_of(table, flow);
	shard->live--;
}

/* The flow nearest to its time-out, of the first EVICT_LOOK that the wheel holds from now on. */
static struct flow *victim_of(struct flow_table *table, const struct shard *shard)
{
	struct flow *victim = NULL;
	unsigned looked = 0;

	for (uint64_t s = 1; s <= WHEEL_SLOTS && looked < EVICT_LOOK; s++) {
		uint32_t index = shard->slot[(shard->wheel_s + s) % WHEEL_SLOTS];

		for (; index != 0 && looked < EVICT_LOOK; looked++) {
			struct flow *flow = &table->flows[index];

			if (!victim || deadline_ns(flow) < deadline_ns(victim))
				victim = flow;
			index = flow->wheel_next;
		}
	}
	return victim;
}

static struct flow *take_record(struct flow_table *table, struct shard *shard)
{
	if (shard->live == shard->limit)
		end_flow(table, victim_of(table, shard), FLOW_END_EVICTED);
	if (shard->free != 0) {
		struct flow *flow = &table->flows[shard->free];

		shard->free = flow->next;
		return flow;
	}
	return &table->flows[table->fresh++]; /* as many as all shards may have */
}

/* Whether the first packet seen of a flow came from its server: then the capture missed the start.
 * Only a SYN proves who began; otherwise a well-known port, or the lower one, is the server's. */
static bool is_from_server(const struct layers *layers)
{
	if (layers->protocol == PROTOCOL_TCP) {
		if (layers->tcp_flags & TCP_SYN)
			return (layers->tcp_flags & TCP_ACK) != 0;
		return layers->src_port < layers->dst_port;
	}
	return layers->protocol == PROTOCOL_UDP && layers->src_port < WELL_KNOWN_PORTS &&
	       layers->dst_port >= WELL_KNOWN_PORTS;
}

static bool starts_midstream(const struct layers *layers)
{
	if (layers->protocol == PROTOCOL_TCP)
		return (layers->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
	return is_from_server(layers);
}

static struct flow *begin(struct flow_table *table, const struct flow_packet *packet)
{
	uint32_t number = flow_shard(&packet->key);
	struct shard *shard = &table->shards[number - table->first_shard];
	struct flow *flow = take_record(table, shard);
	uint32_t *head = &table->heads[packet->hash & table->head_mask];

	memset(flow, 0, sizeof(*flow));
	flow->key = packet->key;
	flow->shard = (uint8_t)number;
	flow->start_ns = flow->last_ns = packet->time_ns;
	flow->first_sequence = packet->sequence;
	flow->initiator_is_high = packet->from_high != is_from_server(packet->layers);
	flow->midstream = starts_midstream(packet->layers);
	flow->undecided = true;
	flow->live = true;
	flow->icmp_type = packet->layers->icmp_type;
	flow->next = *head;
	*head = index_of(table, flow);
	if (shard->live++ == 0 && shard->wheel_s < table->now_s)
		shard->wheel_s = table->now_s; /* an empty wheel need not turn to catch up */
	wheel_insert(table, flow);

	table->stats.started++;
	table->stats.midstream += flow->midstream;
	if (++table->stats.live > table->stats.live_most)
		table->stats.live_most = table->stats.live;
	return flow;
}

/* Whether a SYN opens another connection on the key of a flow. A copy of the flow's own SYN carries
 * the same sequence number; a SYN from the other end counts only once the flow is closing. */
static bool is_reopened(const struct flow *flow, const struct flow_packet *packet)
{
	const struct layers *layers = packet->layers;
	bool from_initiator = packet->from_high == flow->initiator_is_high;

	if (layers->protocol != PROTOCOL_TCP ||
	    (layers->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (from_initiator && (flow->tcp_flags[TO_SERVER] & TCP_SYN))
		return layers->tcp_seq != flow->syn_seq;
	return flow->tcp_state >= TCP_STATE_FIN_WAIT;
}

static struct flow *find(const struct flow_table *table, const struct flow_packet *packet)
{
	uint32_t index = table->heads[packet->hash & table->head_mask];

	while (index != 0) {
		struct flow *flow = &table->flows[index];

		if (memcmp(&flow->key, &packet->key, sizeof(flow->key)) == 0)
			return flow;
		index = flow->next;
	}
	return NULL;
}

/* A closing connection has less time left than the wheel thinks. */
static void move_state(struct flow_table *table, struct flow *flow, enum direction direction,
		       uint8_t flags)
{
	uint8_t before = flow->tcp_state;

	flow->tcp_flags[direction] |= flags;
	flow->tcp_state =
		(uint8_t)tcp_state_next(flow->tcp_state, direction, flags, flow->tcp_flags);
	if (flow->tcp_state != before && flow->tcp_state >= TCP_STATE_FIN_WAIT) {
		wheel_remove(table, flow);
		wheel_insert(table, flow);
	}
}

/* The packet's flow was there before; whether nothing of it is to be counted. */
static bool pass_over(struct flow_table *table, struct flow *flow, const struct flow_packet *packet)
{
	if (flow->tunnel == 0 || !flow_copy_is(flow, packet))
		return false;
	table->stats.copies += packet->frames;
	table->stats.copied_bytes += packet->bytes;
	return true;
}

struct flow *flow_table_packet(struct flow_table *table, const struct flow_packet *packet,
			       enum direction *direction, bool *is_new)
{
	const struct layers *layers = packet->layers;
	struct flow *flow = find(table, packet);

	if (flow && packet->time_ns >= deadline_ns(flow)) {
		end_flow(table, flow, FLOW_END_TIMEOUT);
		flow = NULL;
	} else if (flow && pass_over(table, flow, packet)) {
		return NULL;
	} else if (flow && is_reopened(flow, packet)) {
		end_flow(table, flow, FLOW_END_REUSED);
		flow = NULL;
	}
	*is_new = !flow;
	if (!flow) {
		flow = begin(table, packet);
		flow_copy_begin(flow, packet);
	}

	*direction = packet->from_high == flow->initiator_is_high ? TO_SERVER : TO_CLIENT;
	table->previous_ns = *is_new ? 0 : flow->last_ns;
	if (packet->time_ns > flow->last_ns)
		flow->last_ns = packet->time_ns;
	flow->count[*direction].packets += packet->frames;
	flow->count[*direction].bytes += packet->bytes;
	if (layers->protocol == PROTOCOL_TCP) {
		if ((layers->tcp_flags & TCP_SYN) && *direction == TO_SERVER)
			flow->syn_seq = layers->tcp_seq;
		move_state(table, flow, *direction, layers->tcp_flags);
	}
	return flow;
}

/* Runs one slot: ends what is due and puts back what has lived on. */
static void run_slot(struct flow_table *table, struct shard *shard, uint32_t slot, uint64_t now_ns)
{
	uint32_t index = shard->slot[slot];

	shard->slot[slot] = 0;
	while (index != 0) {
		struct flow *flow = &table->flows[index];
		uint32_t next = flow->wheel_next;

		/* It stands alone in the slot now, as wheel_remove() expects. */
		flow->wheel_prev = flow->wheel_next = 0;
		if (deadline_ns(flow) > now_ns) {
			wheel_insert(table, flow);
		} else {
			shard->slot[slot] = index;
			end_flow(table, flow, FLOW_END_TIMEOUT);
		}
		index = next;
	}
}

uint64_t flow_table_previous_ns(const struct flow_table *table)
{
	return table->previous_ns;
}

void flow_add(struct flow *flow, const struct flow_addition *addition)
{
	for (int i = 0; i < DIRECTIONS; i++) {
		flow->count[i].packets += addition->count[i].packets;
		flow->count[i].bytes += addition->count[i].bytes;
		flow->tcp_flags[i] |= addition->tcp_flags[i];
	}
	if (addition->last_ns > flow->last_ns)
		flow->last_ns = addition->last_ns;
}

void flow_table_tick(struct flow_table *table, uint64_t now_ns)
{
	uint64_t now_s = now_ns / NS_PER_S;

	if (now_s <= table->now_s)
		return;
	table->now_s = now_s;
	for (uint32_t i = 0; i < table->shard_count; i++) {
		struct shard *shard = &table->shards[i];
		uint64_t from = shard->wheel_s;

		/* After a long silence one turn sees every slot. */
		if (now_s - from > WHEEL_SLOTS)
			from = now_s - WHEEL_SLOTS;
		shard->wheel_s = now_s;
		if (shard->live == 0)
			continue;
		for (uint64_t s = from + 1; s <= now_s; s++)
			run_slot(table, shard, (uint32_t)(s % WHEEL_SLOTS), now_ns);
	}
}

static int by_first_sequence(const void *a, const void *b, void *flows)
{
	const struct flow *left = (const struct flow *)flows + *(const uint32_t *)a;
	const struct flow *right = (const struct flow *)flows + *(const uint32_t *)b;

	if (left->first_sequence == right->first_sequence)
		return 0;
	return left->first_sequence < right->first_sequence ? -1 : 1;
}

static uint32_t live_of(const struct flow_table *table, const struct shard *shard, uint32_t *live)
{
	uint32_t count = 0;

	for (uint32_t slot = 0; slot < WHEEL_SLOTS; slot++)
		for (uint32_t i = shard->slot[slot]; i != 0; i = table->flows[i].wheel_next)
			live[count++] = i;
	return count;
}

void flow_table_shutdown(struct flow_table *table)
{
	uint32_t *live = table->shard_count ? malloc(table->shards[0].limit * sizeof(*live)) : NULL;

	for (uint32_t i = 0; i < table->shard_count; i++) {
		struct shard *shard = &table->shards[i];

		if (!live) { /* no memory to sort in: end them as the wheel holds them */
			while (shard->live != 0)
				end_flow(table, victim_of(table, shard), FLOW_END_SHUTDOWN);
			continue;
		}
		uint32_t count = live_of(table, shard, live);

		qsort_r(live, count, sizeof(*live), by_first_sequence, table->flows);
		for (uint32_t n = 0; n < count; n++)
			end_flow(table, &table->flows[live[n]], FLOW_END_SHUTDOWN);
	}
	free(live);
}

struct flow_table_stats flow_table_stats(const struct flow_table *table)
{
	return table->stats;
}

struct ip_addr flow_src(const struct flow *flow)
{
	return flow->initiator_is_high ? flow->key.high : flow->key.low;
}

struct ip_addr flow_dst(const struct flow *flow)
{
	return flow->initiator_is_high ? flow->key.low : flow->key.high;
}

uint16_t flow_src_port(const struct flow *flow)
{
	return flow->initiator_is_high ? flow->key.high_port : flow->key.low_port;
}

uint16_t flow_dst_port(const struct flow *flow)
{
	return flow->initiator_is_high ? flow->key.low_port : flow->key.high_port;
}

uint64_t flow_id(const struct flow *flow)
{
	const struct hash_seed fixed = hash_seed_fixed();
	struct {
		struct flow_key key;
		uint64_t start_ns, first_sequence;
	} of = { flow->key, flow->start_ns, flow->first_sequence };

	/* 53 bits survive every JSON reader; 0 means none. */
	return (hash_bytes(&fixed, &of, sizeof(of)) >> 11) | 1;
}

size_t flow_table_some(const struct flow_table *table, uint32_t *cursor, const struct flow **flows,
		       size_t most)
{
	uint32_t at = *cursor ? *cursor : 1;
	size_t count = 0;

	for (int looked = 0; at < table->fresh && count < most && looked < SOME_LOOK;
	     looked++, at++)
		if (table->flows[at].live)
			flows[count++] = &table->flows[at];
	*cursor = at < table->fresh ? at : FLOW_TABLE_END;
	return count;
}
