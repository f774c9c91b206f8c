#include "unit.h" /* cmocka and the headers it needs, ROW_COUNT, ns() */

#include <string.h>

#include "base/ip.h"
#include "base/units.h"
#include "flow/flow_table.h"

struct ended {
	unsigned count;
	enum flow_end last_end;
	struct flow last;
};

static void note_end(void *context, struct flow *flow, enum flow_end end)
{
	struct ended *ended = context;

	ended->count++;
	ended->last_end = end;
	ended->last = *flow;
}

static struct flow_table *table;
static struct ended ended;

static int make_table(void **state)
{
	(void)state;
	ended = (struct ended){ 0 };
	int error = flow_table_new(&table, 64 * 16, 0, FLOW_SHARDS, hash_seed_fixed());

	if (!error)
		flow_table_on_end(table, note_end, &ended);
	return error;
}

static int free_table(void **state)
{
	(void)state;
	flow_table_free(table);
	return 0;
}

/* One packet between 10.0.0.<client> and 10.0.0.<server>. */
struct row {
	const char *why;
	uint64_t at_s;
	uint8_t src, dst;
	uint16_t src_port, dst_port;
	uint8_t protocol, flags;
	uint32_t seq;
};

static struct flow *send(const struct row *row, enum direction *direction, bool *is_new)
{
	static uint64_t sequence;
	struct layers layers = { .src_port = row->src_port,
				 .dst_port = row->dst_port,
				 .protocol = row->protocol,
				 .tcp_flags = row->flags,
				 .tcp_seq = row->seq };
	struct flow_packet packet = { .layers = &layers,
				      .time_ns = ns(row->at_s),
				      .sequence = sequence++,
				      .frames = 1,
				      .bytes = 100 };

	layers.src = ip_from_v4((uint8_t[]){ 10, 0, 0, row->src });
	layers.dst = ip_from_v4((uint8_t[]){ 10, 0, 0, row->dst });
	packet.key = flow_key_of(&layers, &packet.from_high);
	packet.hash = flow_hash(table, &packet.key);
	flow_table_tick(table, packet.time_ns);
	return flow_table_packet(table, &packet, direction, is_new);
}

/* Rows of packets between a client (1) and a server (2), each in a VXLAN (0: in none). */
struct carried {
	const char *why;
	uint64_t at_ms;
	uint8_t src;
	uint32_t vni;
	bool is_copy;
};

static void carry(const struct carried *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool is_client = rows[i].src == 1, is_new;
		enum direction direction;
		struct layers layers = {
			.src = ip_from_v4((uint8_t[]){ 10, 0, 0, rows[i].src }),
			.dst = ip_from_v4((uint8_t[]){ 10, 0, 0, (uint8_t)(3 - rows[i].src) }),
			.src_port = is_client ? 4000 : 443,
			.dst_port = is_client ? 443 : 4000,
			.protocol = 17,
			.tunnel_count = rows[i].vni != 0,
			.tunnel = { { .type = TUNNEL_VXLAN, .id = rows[i].vni } }
		};
		struct flow_packet packet = { .layers = &layers,
					      .time_ns = ns(1) + rows[i].at_ms * NS_PER_MS,
					      .frames = 1,
					      .bytes = 100 };
		uint64_t before = flow_table_stats(table).copies;

		packet.key = flow_key_of(&layers, &packet.from_high);
		packet.hash = flow_hash(table, &packet.key);
		bool is_copy = !flow_table_packet(table, &packet, &direction, &is_new);

		if (is_copy != rows[i].is_copy ||
		    flow_table_stats(table).copies - before != rows[i].is_copy)
			fail_msg("%s", rows[i].why);
	}
}

static void a_packet_in_two_tunnels_counts_once(void **state)
{
	static const struct carried rows[] = {
		{ "a question", 0, 1, 801, false },
		{ "... goes back in the other", 1, 1, 800, true },
		{ "the answer comes in the other", 2, 2, 800, false },
		{ "... and goes back in the first", 3, 2, 801, true },
		{ "two in a row", 4, 1, 801, false },
		{ "the second", 4, 1, 801, false },
		{ "... and their copies", 5, 1, 800, true },
		{ "both of them", 5, 1, 800, true },
		{ "a copy that overtook", 6, 1, 800, false },
		{ "... is counted in its stead", 7, 1, 801, true },
		{ "the first tunnel lost one", 8, 2, 801, false },
		{ "and only one is a copy", 9, 2, 800, true },
		{ "the next is none", 10, 2, 800, false },
	};

	(void)state;
	carry(rows, ROW_COUNT(rows));
	flow_table_shutdown(table);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.last.count[TO_SERVER].packets, 4);
	assert_int_equal(ended.last.count[TO_SERVER].bytes, 400);
	assert_int_equal(ended.last.count[TO_CLIENT].packets, 3);
	assert_int_equal(flow_table_stats(table).copied_bytes, 600);
	assert_true(ended.last.is_carried_twice);
}

static void what_comes_once_is_counted_whatever_it_came_in(void **state)
{
	static const struct carried rows[] = {
		{ "questions in one tunnel", 0, 1, 801, false },
		{ "answers in another", 1, 2, 800, false },
		{ "again", 2, 1, 801, false },
		{ "and again", 3, 2, 800, false },
		{ "another answer", 4, 2, 800, false },
		{ "in no tunnel", 5, 1, 0, false },
		{ "another path, long after: no copy", 1500, 1, 800, false },
		{ "and on", 1501, 1, 800, false },
	};

	(void)state;
	carry(rows, ROW_COUNT(rows));
	flow_table_shutdown(table);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.last.count[TO_SERVER].packets, 5);
	assert_int_equal(ended.last.count[TO_CLIENT].packets, 3);
	assert_false(ended.last.is_carried_twice);
}

static void the_initiator_is_src_in_either_direction(void **state)
{
	static const struct {
		struct row row;
		uint8_t src;
		bool midstream;
	} rows[] = {
		{ { "a SYN begins it", 1, 1, 2, 4000, 443, 6, TCP_SYN, 1 }, 1, false },
		{ { "a SYN+ACK is the server's", 1, 2, 1, 443, 4001, 6, TCP_SYN | TCP_ACK, 1 },
		  1,
		  true },
		{ { "midstream, from the low port", 1, 2, 1, 443, 4002, 6, TCP_ACK, 1 }, 1, true },
		{ { "midstream, to the low port", 1, 1, 2, 4003, 443, 6, TCP_ACK, 1 }, 1, true },
		{ { "UDP: who speaks first", 1, 1, 2, 4004, 53, 17, 0, 0 }, 1, false },
		{ { "... but a well-known port is a server's", 1, 2, 1, 53, 4005, 17, 0, 0 },
		  1,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		enum direction direction;
		bool is_new;
		struct flow *flow = send(&rows[i].row, &direction, &is_new);

		print_message("%s\n", rows[i].row.why);
		assert_true(is_new);
		assert_int_equal(flow_src(flow).bytes[15], rows[i].src);
		assert_int_equal(flow->midstream, rows[i].midstream);
		assert_int_equal(direction, rows[i].row.src == rows[i].src ? TO_SERVER : TO_CLIENT);
	}
}

static void both_directions_count_in_one_flow(void **state)
{
	const struct row there = { "", 1, 1, 2, 4000, 443, 6, TCP_SYN, 1 };
	const struct row back = { "", 1, 2, 1, 443, 4000, 6, TCP_SYN | TCP_ACK, 9 };
	enum direction direction;
	bool is_new;

	(void)state;
	struct flow *flow = send(&there, &direction, &is_new);

	assert_ptr_equal(send(&back, &direction, &is_new), flow);
	assert_false(is_new);
	assert_int_equal(flow->count[TO_SERVER].packets, 1);
	assert_int_equal(flow->count[TO_CLIENT].bytes, 100);
	assert_int_equal(flow->tcp_state, TCP_STATE_SYN_RECV);
}

static void one_five_tuple_carries_several_connections(void **state)
{
	static const struct row rows[] = {
		{ "opens", 1, 1, 2, 4000, 443, 6, TCP_SYN, 100 },
		{ "the same SYN again is a copy", 1, 1, 2, 4000, 443, 6, TCP_SYN, 100 },
		{ "another sequence number opens anew", 2, 1, 2, 4000, 443, 6, TCP_SYN, 900 },
		{ "answered", 2, 2, 1, 443, 4000, 6, TCP_SYN | TCP_ACK, 7 },
		{ "reset", 2, 2, 1, 443, 4000, 6, TCP_RST, 8 },
		{ "and anew", 3, 1, 2, 4000, 443, 6, TCP_SYN, 2000 },
	};
	static const unsigned ends[] = { 0, 0, 1, 1, 1, 2 };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		enum direction direction;
		bool is_new;

		print_message("%s\n", rows[i].why);
		send(&rows[i], &direction, &is_new);
		assert_int_equal(ended.count, ends[i]);
	}
	assert_int_equal(ended.last_end, FLOW_END_CLOSED); /* it was reset before it was reused */
	assert_int_equal(ended.last.count[TO_CLIENT].packets, 2);
}

static void silence_ends_a_flow_at_its_states_time_out(void **state)
{
	static const struct {
		const char *why;
		struct row row;
		uint64_t still_s, over_s;
	} rows[] = {
		{ "an unanswered SYN", { "", 10, 1, 2, 4000, 443, 6, TCP_SYN, 1 }, 69, 71 },
		{ "an open connection", { "", 10, 1, 2, 4001, 443, 6, TCP_ACK, 1 }, 1809, 1811 },
		{ "a reset one", { "", 10, 1, 2, 4002, 443, 6, TCP_RST, 1 }, 19, 21 },
		{ "UDP without an answer", { "", 10, 1, 2, 4003, 5000, 17, 0, 0 }, 69, 71 },
		{ "another protocol", { "", 10, 1, 2, 0, 0, 47, 0, 0 }, 69, 71 },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		enum direction direction;
		bool is_new;

		print_message("%s\n", rows[i].why);
		make_table(state);
		send(&rows[i].row, &direction, &is_new);
		flow_table_tick(table, ns(rows[i].still_s));
		assert_int_equal(ended.count, 0);
		flow_table_tick(table, ns(rows[i].over_s));
		assert_int_equal(ended.count, 1);
		assert_int_equal(flow_table_stats(table).live, 0);
		free_table(state);
	}
	make_table(state);
}

static void a_packet_after_the_time_out_begins_a_new_flow(void **state)
{
	const struct row first = { "", 10, 1, 2, 4000, 5000, 17, 0, 0 };
	const struct row late = { "", 100, 1, 2, 4000, 5000, 17, 0, 0 };
	enum direction direction;
	bool is_new;

	(void)state;
	send(&first, &direction, &is_new);
	send(&late, &direction, &is_new);
	assert_true(is_new);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.last_end, FLOW_END_TIMEOUT);
}

static void a_full_shard_evicts_and_counts(void **state)
{
	enum direction direction;
	bool is_new;

	(void)state;
	for (uint16_t port = 1; port <= 4096; port++) {
		const struct row row = { "",  10, 1,       2,   (uint16_t)(port + 2000),
					 443, 6,  TCP_SYN, port };

		send(&row, &direction, &is_new);
		assert_true(is_new);
	}
	struct flow_table_stats stats = flow_table_stats(table);

	assert_true(stats.live <= 64 * 16);
	assert_int_equal(stats.started, 4096);
	assert_int_equal(stats.ended[FLOW_END_EVICTED], 4096 - stats.live);
	flow_table_shutdown(table);
	assert_int_equal(ended.count, 4096);
	assert_int_equal(flow_table_stats(table).live, 0);
}

static void time_may_jump_either_way(void **state)
{
	static const uint64_t at_s[] = { 1000, 4000000000, 10, 4000000100, 5, 18000000000 };
	enum direction direction;
	bool is_new;

	(void)state;
	for (uint16_t i = 0; i < ROW_COUNT(at_s); i++) {
		const struct row row = {
			"", at_s[i], 1, 2, (uint16_t)(i + 2000), 443, 6, TCP_SYN, i
		};

		send(&row, &direction, &is_new);
	}
	flow_table_shutdown(table);
	assert_int_equal(ended.count, ROW_COUNT(at_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_packet_in_two_tunnels_counts_once, make_table,
						free_table),
		cmocka_unit_test_setup_teardown(what_comes_once_is_counted_whatever_it_came_in,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(the_initiator_is_src_in_either_direction,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(both_directions_count_in_one_flow, make_table,
						free_table),
		cmocka_unit_test_setup_teardown(one_five_tuple_carries_several_connections,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(silence_ends_a_flow_at_its_states_time_out, NULL,
						free_table),
		cmocka_unit_test_setup_teardown(a_packet_after_the_time_out_begins_a_new_flow,
						make_table, free_table),
		cmocka_unit_test_setup_teardown(a_full_shard_evicts_and_counts, make_table,
						free_table),
		cmocka_unit_test_setup_teardown(time_may_jump_either_way, make_table, free_table),
	};

	return cmocka_run_group_tests_name("flow_table", tests, NULL, NULL);
}
