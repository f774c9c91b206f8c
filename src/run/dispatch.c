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
	uint64_t next_sequence;
	const struct packet *packet; /* at work */
	const struct layers *layers;
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

static uint32_t worker_of(const struct dispatch *dispatch, uint32_t shard)
{
	uint32_t worker = shard * dispatch->options.workers / FLOW_SHARDS;

	while (dispatch_first_shard(worker + 1, dispatch->options.workers) <= shard)
		worker++;
	return worker;
}

int dispatch_new(struct dispatch **dispatch, const struct dispatch_options *options)
{
	struct dispatch *made =
		calloc(1, sizeof(*made) + options->workers * sizeof(made->batch[0]));
	int error;

	*dispatch = NULL;
	if (!made)
		return -ENOMEM;
	made->options = *options;
	error = fragments_new(&made->fragments, FRAGMENT_DATAGRAMS, FRAGMENT_BYTES,
			      hash_seed_fixed());
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

	batch->through = dispatch->next_sequence;
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
		unit->sequence = dispatch->packet->sequence;
		unit->time_ns = dispatch->packet->time_ns;
		unit->layers.src = dispatch->layers->src;
		unit->layers.dst = dispatch->layers->dst;
		unit->layers.payload = keep(dispatch->batch[i], message, length);
		unit->layers.payload_captured = unit->layers.payload_length = length;
	}
}

static void deal_answers(struct dispatch *dispatch, const struct layers *layers)
{
	if (layers->src_port != PORT_DNS)
		return;
	dispatch->layers = layers;
	if (layers->protocol == PROTOCOL_TCP)
		dns_tap_segment(dispatch->tap, layers, deal_answer, dispatch);
	else if (layers->protocol == PROTOCOL_UDP && layers->payload_captured >= DNS_HEADER_BYTES &&
		 (layers->payload[2] & DNS_QR))
		deal_answer(dispatch, layers->payload, layers->payload_captured);
}

static void keep_time(struct dispatch *dispatch, const struct packet *packet)
{
	uint64_t now_s = packet->time_ns / NS_PER_S;

	if (now_s <= dispatch->clock_s)
		return;
	dispatch->clock_s = now_s;
	for (uint32_t i = 0; i < dispatch->options.workers; i++) {
		struct unit *unit = next_unit(dispatch, i, 0);

		unit->kind = UNIT_TICK;
		unit->sequence = packet->sequence;
		unit->time_ns = packet->time_ns;
	}
}

/* A packet for its flow's worker. */
static void deal_packet(struct dispatch *dispatch, const struct layers *layers, uint32_t frames,
			uint64_t bytes)
{
	const struct packet *packet = dispatch->packet;
	bool from_high;
	struct flow_key key = flow_key_of(layers, &from_high);
	uint32_t worker = worker_of(dispatch, flow_shard(&key));
	bool copy = dispatch->options.copy || frames > 1;
	size_t room =
		copy ? (size_t)bounded(layers->ip_captured) + bounded(layers->payload_captured) : 0;
	struct unit *unit = next_unit(dispatch, worker, room);

	unit->kind = UNIT_PACKET;
	unit->sequence = packet->sequence;
	unit->time_ns = packet->time_ns;
	unit->frames = frames;
	unit->bytes = bytes;
	unit->layers = *layers;
	if (copy)
		keep_layers(dispatch->batch[worker], &unit->layers);
	dispatch->stats.flow_frames += frames;
	dispatch->stats.flow_bytes += bytes;
}

void dispatch_packet(struct dispatch *dispatch, const struct packet *packet)
{
	struct layers layers;
	struct fragments_whole whole = { .frames = 1, .frame_bytes = packet->length };
	enum decode_outcome outcome = decode_packet(&decode_config_default, packet, &layers);

	dispatch->packet = packet;
	dispatch->next_sequence = packet->sequence;
	keep_time(dispatch, packet);
	if (outcome == DECODE_FRAGMENT) {
		if (fragments_add(dispatch->fragments, packet, &layers, &whole) != FRAGMENTS_WHOLE)
			return;
		outcome = decode_datagram(&decode_config_default, &whole, &layers);
	}
	dispatch->stats.packets[outcome] += whole.frames;
	dispatch->stats.bytes[outcome] += whole.frame_bytes;
	if (outcome == DECODE_FLOW) {
		deal_answers(dispatch, &layers);
		deal_packet(dispatch, &layers, whole.frames, whole.frame_bytes);
	}
}

void dispatch_flush(struct dispatch *dispatch, bool last)
{
	dispatch->next_sequence += last;
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
