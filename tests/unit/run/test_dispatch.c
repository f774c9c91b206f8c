#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow_table.h"
#include "run/dispatch.h"

#define WORKERS_MAX 4
#define UNITS_MAX 4096

/* What each worker was handed, in order; payloads copied while they are lent. */
struct handed {
	uint8_t kind;
	uint32_t frames;
	uint64_t sequence, time_ns, bytes;
	uint16_t src_port;
	char payload[24]; /* its start */
};

struct hands {
	struct handed unit[WORKERS_MAX][UNITS_MAX];
	size_t count[WORKERS_MAX];
	size_t batches[WORKERS_MAX];
	uint64_t through[WORKERS_MAX];
	bool last[WORKERS_MAX];
};

static struct hands *hands;
static struct dispatch *dispatch;
static uint8_t frame[300 * 1024];

static void keep_unit(struct handed *kept, const struct unit *unit)
{
	size_t length = unit->layers.payload_captured;

	*kept = (struct handed){
		.kind = unit->kind,
		.frames = unit->frames,
		.sequence = unit->sequence,
		.time_ns = unit->time_ns,
		.bytes = unit->bytes,
		.src_port = unit->layers.src_port,
	};
	if (length > sizeof(kept->payload) - 1)
		length = sizeof(kept->payload) - 1;
	if (unit->kind != UNIT_TICK && length != 0)
		memcpy(kept->payload, unit->layers.payload, length);
}

/* Takes a batch as a worker does, and gives the same one back, empty and scribbled over. */
static struct batch *take_batch(void *context, uint32_t worker, struct batch *full)
{
	struct hands *taken = context;

	assert_true(full->count <= PIPELINE_BATCH && full->arena_used <= DISPATCH_ARENA_BYTES);
	assert_true(full->through >= taken->through[worker]);
	for (size_t i = 0; i < full->count; i++) {
		assert_true(taken->count[worker] < UNITS_MAX);
		assert_true(full->unit[i].sequence >= taken->through[worker]);
		keep_unit(&taken->unit[worker][taken->count[worker]++], &full->unit[i]);
	}
	taken->batches[worker]++;
	taken->through[worker] = full->through;
	taken->last[worker] = full->last;
	memset(full->arena, 0xa5, full->arena_used);
	full->count = full->arena_used = 0;
	full->last = false;
	return full;
}

static void open_decoding(uint32_t workers, const struct decode_config *decode)
{
	const struct dispatch_options options = {
		.workers = workers,
		.copy = true,
		.decode = decode,
		.exchange = take_batch,
		.context = hands,
	};

	dispatch_free(dispatch);
	memset(hands, 0, sizeof(*hands));
	assert_int_equal(dispatch_new(&dispatch, &options), 0);
}

static void open_dispatch(uint32_t workers)
{
	open_decoding(workers, NULL);
}

static int make_hands(void **state)
{
	(void)state;
	hands = calloc(1, sizeof(*hands));
	return hands ? 0 : -1;
}

static int free_all(void **state)
{
	(void)state;
	dispatch_free(dispatch);
	dispatch = NULL;
	free(hands);
	return 0;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A datagram between 10.0.0.a and 10.0.0.b. */
struct datagram {
	uint8_t a, b;
	uint16_t src_port, dst_port;
	const char *payload;
	size_t length; /* of the payload; what is past its text is zero */
};

static uint64_t sequence;

static void give(size_t length, uint64_t time_ns)
{
	const struct packet packet = {
		.sequence = sequence++,
		.time_ns = time_ns,
		.data = frame,
		.captured = (uint32_t)length,
		.length = (uint32_t)length,
		.link = LINK_RAW,
	};

	dispatch_packet(dispatch, &packet);
	memset(frame, 0x5a, length); /* lent for the call only */
}

static void put_ip(size_t length, uint8_t a, uint8_t b, uint16_t fragment)
{
	static const uint8_t header[20] = { 0x45, 0, 0,  0, 0x12, 0x34, 0,  0, 64, 17,
					    0,    0, 10, 0, 0,    0,    10, 0, 0,  0 };

	memcpy(frame, header, sizeof(header));
	put16(frame + 2, length);
	put16(frame + 6, fragment);
	frame[15] = a;
	frame[19] = b;
}

static void send_datagram(const struct datagram *datagram, uint64_t time_ns)
{
	size_t length = 28 + datagram->length;

	put_ip(length, datagram->a, datagram->b, 0);
	put16(frame + 20, datagram->src_port);
	put16(frame + 22, datagram->dst_port);
	put16(frame + 24, 8 + datagram->length);
	put16(frame + 26, 0);
	memset(frame + 28, 0, datagram->length);
	memcpy(frame + 28, datagram->payload, strlen(datagram->payload));
	give(length, time_ns);
}

/* A datagram from port 7777, in VXLAN to this port from port 8888. */
static void send_tunnelled(uint16_t port)
{
	static const uint8_t inside[] = {
		0x08, 0,    0, 0,  0, 0, 1, 0, 0,  0,  0, 0, 0,  0, 1, 0, 0,  0, 0, 0,
		8,    0, /* VXLAN, Ethernet */
		0x45, 0,    0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 1, 0, 2, /* IPv4 */
		0x1e, 0x61, 0, 9,  0, 8, 0, 0,                                         /* UDP */
	};

	put_ip(28 + sizeof(inside), 1, 2, 0);
	put16(frame + 20, 8888);
	put16(frame + 22, port);
	put16(frame + 24, 8 + sizeof(inside));
	put16(frame + 26, 0);
	memcpy(frame + 28, inside, sizeof(inside));
	give(28 + sizeof(inside), 1);
}

static size_t total(void)
{
	return hands->count[0] + hands->count[1] + hands->count[2] + hands->count[3];
}

static void workers_share_all_shards(void **state)
{
	(void)state;
	for (uint32_t workers = 1; workers <= 16; workers++) {
		assert_int_equal(dispatch_first_shard(0, workers), 0);
		assert_int_equal(dispatch_first_shard(workers, workers), FLOW_SHARDS);
		for (uint32_t i = 0; i < workers; i++)
			assert_true(dispatch_first_shard(i, workers) <
				    dispatch_first_shard(i + 1, workers));
	}
}

static void both_directions_of_a_flow_go_to_its_worker_alone(void **state)
{
	(void)state;
	for (uint32_t workers = 1; workers <= WORKERS_MAX; workers++) {
		size_t used = 0;

		open_dispatch(workers);
		for (uint16_t i = 0; i < 200; i++) {
			const struct datagram there = { 1, 2, (uint16_t)(2000 + i), 9, "hello", 5 },
					      back = { 2, 1, 9, (uint16_t)(2000 + i), "hi", 2 };
			size_t before[WORKERS_MAX];

			memcpy(before, hands->count, sizeof(before));
			send_datagram(&there, 1);
			send_datagram(&back, 1);
			dispatch_flush(dispatch, false);
			for (size_t n = 0; n < WORKERS_MAX; n++)
				assert_true((hands->count[n] - before[n]) % 2 == 0);
		}
		assert_int_equal(total(), 400);
		for (size_t n = 0; n < WORKERS_MAX; n++)
			used += hands->count[n] != 0;
		assert_int_equal(used, workers);
	}
}

static void payloads_outlive_the_packet(void **state)
{
	(void)state;
	open_dispatch(1);
	send_datagram(&(struct datagram){ 1, 2, 2000, 9, "first", 5 }, 1);
	send_datagram(&(struct datagram){ 1, 2, 2000, 9, "second", 6 }, 1);
	send_datagram(&(struct datagram){ 1, 2, 2000, 9, "", 0 }, 1);
	dispatch_flush(dispatch, true);
	assert_int_equal(hands->count[0], 3);
	assert_string_equal(hands->unit[0][0].payload, "first");
	assert_string_equal(hands->unit[0][1].payload, "second");
	assert_string_equal(hands->unit[0][2].payload, "");
}

static void tunnels_are_looked_into_on_the_ports_that_are_named(void **state)
{
	static const struct decode_config other = { .vxlan_ports = { 8472 } };
	static const struct {
		const char *why;
		const struct decode_config *decode;
		uint16_t port, seen;
	} rows[] = {
		{ "VXLAN's own port", NULL, 4789, 7777 },
		{ "another", NULL, 8472, 8888 },
		{ "the one that was named", &other, 8472, 7777 },
		{ "in place of VXLAN's own", &other, 4789, 8888 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		open_decoding(1, rows[i].decode);
		send_tunnelled(rows[i].port);
		dispatch_flush(dispatch, true);
		assert_int_equal(hands->count[0], 1);
		if (hands->unit[0][0].src_port != rows[i].seen)
			fail_msg("%s: %u", rows[i].why, hands->unit[0][0].src_port);
	}
}

/* A header says what it is: a question has QR clear (RFC 1035 section 4.1.1). */
static void answers_go_to_every_worker_before_their_packet(void **state)
{
	static const char question[12] = "Q\x01", answer[12] = "A\x01\x81";
	const struct datagram ask = { 1, 53, 2000, 53, question, 12 },
			      tell = { 53, 1, 53, 2000, answer, 12 };

	(void)state;
	open_dispatch(3);
	sequence = 0;
	send_datagram(&ask, 1);
	send_datagram(&tell, 2);
	send_datagram(&(struct datagram){ 53, 1, 53, 2000, "A\x01\x81", 11 }, 3); /* too short */
	send_datagram(&(struct datagram){ 53, 1, 54, 2000, answer, 12 }, 4);      /* not port 53 */
	dispatch_flush(dispatch, true);
	assert_int_equal(dispatch_stats(dispatch).answers, 1);
	for (size_t i = 0; i < 3; i++) {
		size_t answers = 0;

		for (size_t n = 0; n < hands->count[i]; n++) {
			const struct handed *unit = &hands->unit[i][n];

			if (unit->kind == UNIT_ANSWER) {
				answers++;
				assert_int_equal(unit->sequence, 2);
				assert_int_equal(unit->time_ns, 2);
				assert_int_equal(unit->payload[0], 'A');
			} else if (unit->sequence == 2) {
				assert_int_equal(answers, 1);
			}
		}
		assert_int_equal(answers, 1);
	}
	assert_int_equal(total(), 4 + 3);
}

static void packet_time_ticks_once_a_second_for_every_worker(void **state)
{
	static const struct {
		uint64_t time_ns;
		bool ticks;
		const char *why;
	} rows[] = {
		{ 100 * NS_PER_S, true, "the first packet sets the clock" },
		{ 100 * NS_PER_S + 999999999, false, "the same second" },
		{ 101 * NS_PER_S, true, "the next second" },
		{ 100 * NS_PER_S, false, "time goes backwards: the clock stays" },
		{ 101 * NS_PER_S, false, "and has been there before" },
		{ 500 * NS_PER_S, true, "a gap is one tick" },
	};
	size_t ticks = 0;

	(void)state;
	open_dispatch(2);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		send_datagram(&(struct datagram){ 1, 2, 2000, 9, "x", 1 }, rows[i].time_ns);
		dispatch_flush(dispatch, false);
		ticks += rows[i].ticks;
		if (total() != 2 * ticks + i + 1)
			fail_msg("%s: %zu units", rows[i].why, total());
	}
	for (size_t n = 0; n < 2; n++) {
		size_t seen = 0;

		for (size_t i = 0; i < hands->count[n]; i++)
			seen += hands->unit[n][i].kind == UNIT_TICK;
		assert_int_equal(seen, ticks);
	}
}

static void batches_go_out_when_full_and_all_at_a_flush(void **state)
{
	(void)state;
	open_dispatch(1);
	sequence = 0;
	for (size_t i = 0; i < PIPELINE_BATCH; i++)
		send_datagram(&(struct datagram){ 1, 2, 2000, 9, "x", 1 }, 1);
	assert_int_equal(hands->batches[0], 0);
	send_datagram(&(struct datagram){ 1, 2, 2000, 9, "x", 1 }, 1);
	assert_int_equal(hands->batches[0], 1);
	assert_int_equal(hands->count[0], PIPELINE_BATCH);
	dispatch_flush(dispatch, false);
	assert_int_equal(hands->count[0], PIPELINE_BATCH + 1);
	assert_false(hands->last[0]);
	dispatch_flush(dispatch, true);
	assert_int_equal(hands->batches[0], 3);
	assert_true(hands->last[0]);
	assert_int_equal(hands->through[0], PIPELINE_BATCH + 2); /* one past the last unit's */
}

static void large_packets_hand_a_batch_over_before_its_arena_is_full(void **state)
{
	const struct datagram large = { 1, 2, 2000, 9, "large", 60000 };

	(void)state;
	open_dispatch(1);
	for (size_t i = 0; i < 100; i++)
		send_datagram(&large, 1);
	dispatch_flush(dispatch, true);
	assert_int_equal(hands->count[0], 100);
	assert_in_range(hands->batches[0], 6, 20);
	for (size_t i = 0; i < 100; i++)
		assert_string_equal(hands->unit[0][i].payload, "large");
}

static void a_datagram_in_fragments_is_one_unit_with_all_its_frames(void **state)
{
	enum { MORE = 0x2000, SECOND = 16 / 8 };
	struct dispatch_stats stats;

	(void)state;
	open_dispatch(2);
	put_ip(36, 1, 2, MORE); /* eight bytes of UDP header, eight of payload */
	memcpy(frame + 20,
	       "\x07\xd0\x00\x09\x00\x12\x00\x00"
	       "fragment",
	       16);
	give(36, 1);
	dispatch_flush(dispatch, false);
	assert_int_equal(total(), 0);
	put_ip(22, 1, 2, SECOND);
	memcpy(frame + 20, "ed", 2);
	give(22, 2);
	dispatch_flush(dispatch, true);
	stats = dispatch_stats(dispatch);
	assert_int_equal(total(), 1);
	for (size_t n = 0; n < 2; n++) {
		const struct handed *unit = &hands->unit[n][0];

		if (hands->count[n] == 0)
			continue;
		assert_int_equal(unit->frames, 2);
		assert_int_equal(unit->bytes, 58);
		assert_int_equal(unit->src_port, 2000);
		assert_string_equal(unit->payload, "fragmented");
	}
	assert_int_equal(stats.flow_frames, 2);
	assert_int_equal(stats.flow_bytes, 58);
}

static void what_makes_no_flow_is_counted_by_its_reason(void **state)
{
	static const uint8_t version_7[20] = { 0x75 };
	struct dispatch_stats stats;

	(void)state;
	open_dispatch(1);
	memcpy(frame, version_7, sizeof(version_7));
	give(sizeof(version_7), 1);
	put_ip(20, 1, 2, 0);
	give(10, 1); /* not even its IP header */
	send_datagram(&(struct datagram){ 1, 2, 2000, 9, "x", 1 }, 1);
	dispatch_flush(dispatch, true);
	stats = dispatch_stats(dispatch);
	assert_int_equal(stats.packets[DECODE_FLOW], 1);
	assert_int_equal(stats.flow_frames, 1);
	assert_int_equal(stats.flow_bytes, 29);

	uint64_t packets = 0, bytes = 0;
	for (int i = 0; i < DECODE_OUTCOMES; i++) {
		packets += stats.packets[i];
		bytes += stats.bytes[i];
	}
	assert_int_equal(packets, 3);
	assert_int_equal(bytes, 20 + 10 + 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_share_all_shards),
		cmocka_unit_test(both_directions_of_a_flow_go_to_its_worker_alone),
		cmocka_unit_test(payloads_outlive_the_packet),
		cmocka_unit_test(tunnels_are_looked_into_on_the_ports_that_are_named),
		cmocka_unit_test(answers_go_to_every_worker_before_their_packet),
		cmocka_unit_test(packet_time_ticks_once_a_second_for_every_worker),
		cmocka_unit_test(batches_go_out_when_full_and_all_at_a_flush),
		cmocka_unit_test(large_packets_hand_a_batch_over_before_its_arena_is_full),
		cmocka_unit_test(a_datagram_in_fragments_is_one_unit_with_all_its_frames),
		cmocka_unit_test(what_makes_no_flow_is_counted_by_its_reason),
	};

	return cmocka_run_group_tests(tests, make_hands, free_all);
}
