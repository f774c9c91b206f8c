#include "run/dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/flow_table.h"
#include "run/dns_tap.h"

#define FRAGMENT_DATAGRAMS 4096
#define FRAGMENT_BYTES (64 * MIB) /* touched as used */

enum {
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PORT_DNS = 53,
	DNS_HEADER_BYTES = 12,
	DNS_QR = 0x80, /* in the third byte: a response */
};

struct dispatch {
	struct dispatch_options options;
	struct fragments *fragments;
	struct dns_tap *tap;
	uint64_t clock_s;
	uint64_t sequence;           /* of the unit being dealt; see pipeline.h */
	const struct layers *answer; /* the one being dealt, with its time */
	uint64_t answer_ns;
	struct dispatch_stats stats;
	struct batch *batch[]; /* being filled, one a worker */
};

int batch_new(struct batch **batch)
{
	*batch = calloc(1, sizeof(**batch));
	if (!*batch)
		return -ENOMEM;
	(*batch)->arena = malloc(DISPATCH_ARENA_BYTES);
	if ((*batch)->arena)
		return 0;
	free(*batch);
	*batch = NULL;
	return -ENOMEM;
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	free(batch->arena);
	free(batch);
}

uint32_t dispatch_first_shard(uint32_t worker, uint32_t workers)
{
	return worker * FLOW_SHARDS / workers;
}

static uint32_t worker_of(const struct dispatch *dispatch, const struct layers *layers)
{
	bool from_high;
	uint32_t worker;

	if (dispatch->options.workers == 1)
		return 0;
	struct flow_key key = flow_key_of(layers, &from_high);
	uint32_t shard = flow_shard(&key);

	worker = shard * dispatch->options.workers / FLOW_SHARDS;
	while (dispatch_first_shard(worker + 1, dispatch->options.workers) <= shard)
		worker++;
	return worker;
}

static fragments_alone on_alone;

int dispatch_new(struct dispatch **dispatch, const struct dispatch_options *options)
{
	struct dispatch *made =
		calloc(1, sizeof(*made) + options->workers * sizeof(made->batch[0]));
	int error;

	*dispatch = NULL;
	if (!made)
		return -ENOMEM;
	made->options = *options;
	if (!made->options.decode)
		made->options.decode = &decode_config_default;
	error = fragments_new(&made->fragments, FRAGMENT_DATAGRAMS, FRAGMENT_BYTES, options->seed);
	if (!error)
		fragments_on_alone(made->fragments, on_alone, made);
	error = error ? error : dns_tap_new(&made->tap);
	for (uint32_t i = 0; i < options->workers && !error; i++)
		error = batch_new(&made->batch[i]);
	if (error) {
		dispatch_free(made);
		return error;
	}
	*dispatch = made;
	return 0;
}

void dispatch_free(struct dispatch *dispatch)
{
	if (!dispatch)
		return;
	for (uint32_t i = 0; i < dispatch->options.workers; i++)
		batch_free(dispatch->batch[i]);
	dns_tap_free(dispatch->tap);
	fragments_free(dispatch->fragments);
	free(dispatch);
}

static void hand_over(struct dispatch *dispatch, uint32_t worker)
{
	struct batch *batch = dispatch->batch[worker];

	batch->through = dispatch->sequence;
	dispatch->batch[worker] =
		dispatch->options.exchange(dispatch->options.context, worker, batch);
}

/* Room for one more unit, and for `bytes` in the arena. */
static struct unit *next_unit(struct dispatch *dispatch, uint32_t worker, size_t bytes)
{
	struct batch *batch = dispatch->batch[worker];

	if (batch->count == PIPELINE_BATCH || bytes > DISPATCH_ARENA_BYTES - batch->arena_used) {
		hand_over(dispatch, worker);
		batch = dispatch->batch[worker];
	}
	return &batch->unit[batch->count++];
}

static const uint8_t *keep(struct batch *batch, const uint8_t *bytes, uint32_t length)
{
	uint8_t *kept = batch->arena + batch->arena_used;

	memcpy(kept, bytes, length);
	batch->arena_used += length;
	return kept;
}

static uint32_t bounded(uint32_t length)
{
	return length < DISPATCH_ARENA_BYTES / 2 ? length : DISPATCH_ARENA_BYTES / 2;
}

/* Copies what the layers point to: the innermost IP packet, or the payload alone when that lies
 * elsewhere (a reassembled datagram). */
static void keep_layers(struct batch *batch, struct layers *layers)
{
	const uint8_t *ip = layers->ip_header, *payload = layers->payload;
	uint32_t ip_bytes = ip ? bounded(layers->ip_captured) : 0;
	bool inside = payload && ip && payload >= ip && payload <= ip + ip_bytes &&
		      layers->payload_captured <= (size_t)(ip + ip_bytes - payload);

	if (ip)
		layers->ip_header = keep(batch, ip, ip_bytes);
	layers->ip_captured = ip_bytes;
	if (inside) {
		layers->payload = layers->ip_header + (payload - ip);
	} else if (payload) {
		layers->payload_captured = bounded(layers->payload_captured);
		layers->payload = keep(batch, payload, layers->payload_captured);
	}
}

/* One DNS answer, for every worker. */
static void deal_answer(void *context, const uint8_t *message, uint32_t length)
{
	struct dispatch *dispatch = context;

	dispatch->stats.answers++;
	for (uint32_t i = 0; i < dispatch->options.workers; i++) {
		struct unit *unit = next_unit(dispatch, i, length);

		unit->kind = UNIT_ANSWER;
		unit->sequence = dispatch->sequence;
		unit->time_ns = dispatch->answer_ns;
		unit->layers.src = dispatch->answer->src;
		unit->layers.dst = dispatch->answer->dst;
		unit->layers.payload = keep(dispatch->batch[i], message, length);
		unit->layers.payload_captured = unit->layers.payload_length = length;
	}
}

static void deal_answers(struct dispatch *dispatch, const struct layers *layers, uint64_t time_ns)
{
	if (layers->src_port != PORT_DNS)
		return;
	dispatch->answer = layers;
	dispatch->answer_ns = time_ns;
	if (layers->protocol == PROTOCOL_TCP)
		dns_tap_segment(dispatch->tap, layers, deal_answer, dispatch);
	else if (layers->protocol == PROTOCOL_UDP && layers->payload_captured >= DNS_HEADER_BYTES &&
		 (layers->payload[2] & DNS_QR))
		deal_answer(dispatch, layers->payload, bounded(layers->payload_captured));
}

/* The next unit's place in the stream. */
static void move_on(struct dispatch *dispatch, uint64_t time_ns)
{
	dispatch->sequence++;
	if (dispatch->options.by_time && time_ns > dispatch->sequence)
		dispatch->sequence = time_ns;
}

void dispatch_tick(struct dispatch *dispatch, uint64_t now_ns)
{
	uint64_t now_s = now_ns / NS_PER_S;

	if (now_s <= dispatch->clock_s)
		return;
	dispatch->clock_s = now_s;
	move_on(dispatch, now_ns);
	for (uint32_t i = 0; i < dispatch->options.workers; i++) {
		struct unit *unit = next_unit(dispatch, i, 0);

		unit->kind = UNIT_TICK;
		unit->sequence = dispatch->sequence;
		unit->time_ns = now_ns;
	}
}

/* What a packet is to its flow, beside its layers. */
struct dealt {
	uint64_t time_ns, bytes;
	uint32_t frames;
	bool copy; /* its bytes will be gone */
};

/* A packet for its flow's worker. */
static void deal_packet(struct dispatch *dispatch, const struct layers *layers,
			const struct dealt *dealt)
{
	uint32_t worker = worker_of(dispatch, layers);
	size_t room = dealt->copy ? (size_t)bounded(layers->ip_captured) +
					    bounded(layers->payload_captured)
				  : 0;
	struct unit *unit = next_unit(dispatch, worker, room);

	unit->kind = UNIT_PACKET;
	unit->sequence = dispatch->sequence;
	unit->time_ns = dealt->time_ns;
	unit->frames = dealt->frames;
	unit->bytes = dealt->bytes;
	memcpy(&unit->layers, layers, /* the rest is unset in most packets, and large */
	       layers->tunnel_count == 0 ? offsetof(struct layers, fragment) : sizeof(*layers));
	if (dealt->copy)
		keep_layers(dispatch->batch[worker], &unit->layers);
	dispatch->stats.flow_frames += dealt->frames;
	dispatch->stats.flow_bytes += dealt->bytes;
}

/* Counts a packet by what decode made of it, and deals it if it belongs to a flow. */
static void take(struct dispatch *dispatch, const struct layers *layers, const struct dealt *dealt)
{
	dispatch->stats.packets[layers->outcome] += dealt->frames;
	dispatch->stats.bytes[layers->outcome] += dealt->bytes;
	if (layers->outcome != DECODE_FLOW)
		return;
	move_on(dispatch, dealt->time_ns);
	deal_answers(dispatch, layers, dealt->time_ns);
	deal_packet(dispatch, layers, dealt);
}

/* A datagram that never became whole: its first fragment stands for itself. */
static void on_alone(void *context, const struct fragments_whole *first,
		     const struct layers *first_layers)
{
	struct dispatch *dispatch = context;
	struct layers layers = *first_layers;
	const struct dealt dealt = { first->first_time_ns, first->frame_bytes, first->frames,
				     true };

	decode_datagram(dispatch->options.decode, first, &layers);
	take(dispatch, &layers, &dealt);
}

void dispatch_packet(struct dispatch *dispatch, const struct packet *packet)
{
	struct layers layers;
	struct fragments_whole whole;
	struct dealt dealt = { packet->time_ns, packet->length, 1, dispatch->options.copy };

	dispatch_tick(dispatch, packet->time_ns);
	decode_packet(dispatch->options.decode, packet, &layers);
	/* A tunnel in fragments may carry fragments; each round passes headers, which are bounded. */
	while (layers.outcome == DECODE_FRAGMENT) {
		if (fragments_add(dispatch->fragments, packet, &layers, &whole) != FRAGMENTS_WHOLE)
			return;
		dealt.frames = whole.frames;
		dealt.bytes = whole.frame_bytes;
		dealt.copy = true;
		decode_datagram(dispatch->options.decode, &whole, &layers);
	}
	take(dispatch, &layers, &dealt);
}

void dispatch_answer(struct dispatch *dispatch, const struct packet *packet)
{
	struct layers layers;

	decode_packet(dispatch->options.decode, packet, &layers);
	if (layers.outcome != DECODE_FLOW)
		return;
	dispatch_tick(dispatch, packet->time_ns);
	move_on(dispatch, packet->time_ns);
	deal_answers(dispatch, &layers, packet->time_ns);
}

void dispatch_flush(struct dispatch *dispatch, bool last)
{
	if (last) {
		fragments_flush(dispatch->fragments);
		dispatch->sequence++;
	}
	for (uint32_t i = 0; i < dispatch->options.workers; i++) {
		dispatch->batch[i]->last = last;
		hand_over(dispatch, i);
	}
}

struct dispatch_stats dispatch_stats(const struct dispatch *dispatch)
{
	struct dispatch_stats stats = dispatch->stats;

	stats.fragments = fragments_stats(dispatch->fragments);
	stats.answers_evicted = dns_tap_evicted(dispatch->tap);
	return stats;
}
