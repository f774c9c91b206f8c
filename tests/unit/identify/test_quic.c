#include "unit.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "quic_client.h"

#define DCID_A "\x83\x94\xc8\xf0\x3e\x51\x57\x08" /* of RFC 9001 appendix A */
#define DCID_B "connectB"
#define V1 UINT32_C(1)
#define V2 UINT32_C(0x6b3343cf)

struct fixture {
	struct quic_crypto *crypto;
	struct buffer_pool *pool;
	struct quic_reader reader;
	struct quic_info info;
};

static size_t allocations;

static void *counted_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return malloc(size);
}

static void *counted_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return realloc(old, size);
}

static void uncounted_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	return quic_crypto_new(&fixture->crypto) || buffer_pool_new(&fixture->pool, 16 * MIB);
}

/* Also shows that whatever was read, all buffers come back. */
static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	struct buffer_pool_stats stats;

	quic_reader_release(&fixture->reader, fixture->pool);
	stats = buffer_pool_stats(fixture->pool);
	buffer_pool_free(fixture->pool);
	quic_crypto_free(fixture->crypto);
	free(fixture);
	return stats.in_use[0] + stats.in_use[1] + stats.in_use[2] != 0;
}

static void start_again(struct fixture *fixture)
{
	quic_reader_release(&fixture->reader, fixture->pool);
	fixture->info = (struct quic_info){ 0 };
}

static enum parse_outcome feed(struct fixture *fixture, enum direction direction,
			       const struct quic_bytes *datagram)
{
	return quic_read(&fixture->reader, fixture->crypto, fixture->pool, direction, datagram->at,
			 datagram->length, &fixture->info);
}

static enum parse_outcome send_frames(struct fixture *fixture, const struct quic_client *client,
				      const struct quic_bytes *frames)
{
	static struct quic_bytes packet;

	quic_client_seal(client, frames, &packet);
	return feed(fixture, TO_SERVER, &packet);
}

/* Sends bytes [from, to) of a hello in one frame of one datagram. */
static enum parse_outcome send_part(struct fixture *fixture, const struct quic_client *client,
				    const struct quic_bytes *hello, size_t from, size_t to)
{
	struct quic_bytes frames = { 0 };

	quic_client_crypto(&frames, 6, (uint32_t)from, hello->at + from, to - from);
	return send_frames(fixture, client, &frames);
}

static enum parse_outcome send_name(struct fixture *fixture, const struct quic_client *client,
				    const char *name)
{
	struct quic_bytes hello;

	quic_client_hello(&hello, name, 0);
	return send_part(fixture, client, &hello, 0, hello.length);
}

static void the_examples_of_the_rfcs_are_read(void **state)
{
	static const char frame[] = /* both appendices have the same */
		"060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69"
		"484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a"
		"00080006001d0017001800100007000504616c706e00050005010000000000330026002400"
		"1d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302"
		"0304000d0010000e0403050306030203080408050806002d00020101001c0002400100"
		"3900320408ffffffffffffffff05048000ffff07048000ffff080110010480007530"
		"0901100f088394c8f03e51570806048000ffff";
	static const struct {
		const char *why;
		uint32_t version;
		uint8_t protected[24]; /* as the RFC prints it */
	} rows[] = {
		{ "RFC 9001 appendix A.2", V1, { 0xc0, 0x00, 0x00, 0x00, 0x01, 0x08, 0x83, 0x94,
						 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0x00, 0x00,
						 0x44, 0x9e, 0x7b, 0x9a, 0xec, 0x34, 0xd1, 0xb1 } },
		{ "RFC 9369 appendix A.2", V2, { 0xd7, 0x6b, 0x33, 0x43, 0xcf, 0x08, 0x83, 0x94,
						 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08, 0x00, 0x00,
						 0x44, 0x9e, 0xa0, 0xc9, 0x5e, 0x82, 0xff, 0xe6 } },
	};
	static struct quic_bytes packet, frames;
	struct fixture *fixture = *state;

	frames = (struct quic_bytes){ .length = 1162 };
	for (size_t i = 0; i < sizeof(frame) / 2; i++) {
		char pair[3] = { frame[2 * i], frame[2 * i + 1] };

		frames.at[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct quic_client client = { rows[i].version, DCID_A, 2, 0 };

		print_message("%s\n", rows[i].why);
		start_again(fixture);
		quic_client_seal(&client, &frames, &packet);
		assert_int_equal(packet.length, 1200);
		assert_memory_equal(packet.at, rows[i].protected, sizeof(rows[i].protected));
		assert_int_equal(feed(fixture, TO_SERVER, &packet), PARSE_DONE);
		assert_string_equal(fixture->info.tls.sni, "example.com");
		assert_int_equal(fixture->info.tls.ja4[0], 'q');
		assert_int_equal(fixture->info.version, rows[i].version);
	}
}

static void every_version_is_read(void **state)
{
	static const struct {
		uint32_t version, keys_for;
		const char *why, *name;
	} rows[] = {
		{ V1, 0, "RFC 9000", "1" },
		{ V2, 0, "RFC 9369", "2" },
		{ 0x709a50c4, 0, "its last draft", "2-draft" },
		{ 0xff000016, 0, "the first draft with this header", "draft-22" },
		{ 0xff00001c, 0, "the last with the salt of 23", "draft-28" },
		{ 0xff00001d, 0, "much deployed", "draft-29" },
		{ 0xff000022, 0, "the last draft", "draft-34" },
		{ 0xfaceb002, 0, "Facebook's", "mvfst-27" },
		{ 0xfaceb013, 0, "Facebook's, experimental", "0xfaceb013" },
		{ 0x1a2a3a4a, 0, "reserved, in packets of version 1", "0x1a2a3a4a" },
		{ 0x1a2a3a4a, 0xff00001d, "reserved, in packets of draft 29", "0x1a2a3a4a" },
		{ V2, V1, "the number borrowed by one who speaks version 1", "2" },
	};
	struct fixture *fixture = *state;
	char unknown[12];

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct quic_client client = { rows[i].version, DCID_A, 0, rows[i].keys_for };

		print_message("%s\n", rows[i].why);
		start_again(fixture);
		assert_int_equal(send_name(fixture, &client, "vault.example"), PARSE_DONE);
		assert_string_equal(fixture->info.tls.sni, "vault.example");
		assert_int_equal(fixture->info.version, rows[i].version);
		assert_false(fixture->info.retry);
		assert_string_equal(quic_version_name(rows[i].version, unknown), rows[i].name);
	}
}

/* A frame of a packet: 'c' with its part of the hello, or another one by its letter. */
struct part {
	char kind;
	uint16_t from, to;
};

static void put_part(struct quic_bytes *frames, const struct quic_bytes *hello,
		     const struct part *part)
{
	static const uint8_t ack[] = { 2, 9, 0x40, 0x20, 1, 0, 2, 3 };
	static const uint8_t ack_ecn[] = { 3, 0x40, 9, 0, 0, 0, 1, 0x80, 0, 0, 1, 2 };
	static const uint8_t padding[70];

	if (part->kind == 'c')
		quic_client_crypto(frames, 6, part->from, hello->at + part->from,
				   part->to - part->from);
	else if (part->kind == 'a')
		quic_client_put(frames, ack, sizeof(ack));
	else if (part->kind == 'e')
		quic_client_put(frames, ack_ecn, sizeof(ack_ecn));
	else if (part->kind == 'p')
		quic_client_put(frames, padding, sizeof(padding));
	else
		quic_client_number(frames, 1, 1); /* PING */
}

static void frames_come_in_any_order(void **state)
{
	static const struct {
		const char *why;
		struct part part[12];
	} rows[] = {
		{ "whole", { { 'c', 0, 300 } } },
		{ "whole, after an ACK", { { 'a', 0, 0 }, { 'c', 0, 300 } } },
		{ "whole, after an ACK with ECN", { { 'e', 0, 0 }, { 'c', 0, 300 } } },
		{ "in order", { { 'c', 0, 3 }, { 'c', 3, 4 }, { 'c', 4, 300 } } },
		{ "backwards", { { 'c', 200, 300 }, { 'c', 100, 200 }, { 'c', 0, 100 } } },
		{ "twice", { { 'c', 0, 100 }, { 'c', 0, 100 }, { 'c', 100, 300 } } },
		{ "overlapping", { { 'c', 50, 250 }, { 'c', 0, 100 }, { 'c', 200, 300 } } },
		{ "one covers the rest", { { 'c', 9, 20 }, { 'c', 40, 60 }, { 'c', 0, 300 } } },
		{ "an empty one", { { 'c', 0, 0 }, { 'c', 0, 300 } } },
		{ "as browsers do",
		  { { 'c', 250, 300 },
		    { 'p', 0, 0 },
		    { 'i', 0, 0 },
		    { 'c', 60, 61 },
		    { 'c', 0, 60 },
		    { 'i', 0, 0 },
		    { 'p', 0, 0 },
		    { 'c', 100, 250 },
		    { 'c', 61, 100 },
		    { 'p', 0, 0 } } },
	};
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	struct fixture *fixture = *state;
	struct quic_bytes hello;

	quic_client_hello(&hello, "vault.example", 300);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct quic_bytes frames = { 0 };

		print_message("%s\n", rows[i].why);
		for (size_t j = 0; j < 12 && rows[i].part[j].kind != 0; j++)
			put_part(&frames, &hello, &rows[i].part[j]);
		start_again(fixture);
		assert_int_equal(send_frames(fixture, &client, &frames), PARSE_DONE);
		assert_string_equal(fixture->info.tls.sni, "vault.example");
	}
}

static void datagrams_come_in_any_order(void **state)
{
	static const uint8_t orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct fixture *fixture = *state;
	struct quic_bytes hello;

	quic_client_hello(&hello, "vault.example", 3000);
	for (size_t i = 0; i < ROW_COUNT(orders); i++) {
		start_again(fixture);
		for (uint8_t j = 0; j < 3; j++) {
			size_t from = orders[i][j] * 1000;
			const struct quic_client client = { V1, DCID_A, orders[i][j], 0 };

			assert_int_equal(send_part(fixture, &client, &hello, from, from + 1000),
					 j < 2 ? PARSE_MORE : PARSE_DONE);
		}
		assert_string_equal(fixture->info.tls.sni, "vault.example");
	}
}

static void limits_end_the_reading(void **state)
{
	static const struct {
		const char *why;
		uint32_t first, step;
		uint16_t frames;
		enum parse_outcome outcome;
	} rows[] = {
		{ "as many gaps as are kept", 1, 2, QUIC_RANGES_MAX, PARSE_MORE },
		{ "one more", 1, 2, QUIC_RANGES_MAX + 1, PARSE_LIMIT },
		{ "the last byte that is kept", QUIC_STREAM_MAX - 1, 1, 1, PARSE_MORE },
		{ "the one after it", QUIC_STREAM_MAX, 1, 1, PARSE_LIMIT },
		{ "far away", 0x3fffffff, 1, 1, PARSE_LIMIT },
	};
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	static const uint8_t large[] = { 1, 1, 0, 0 }; /* a hello of 64 KiB */
	struct fixture *fixture = *state;
	struct quic_bytes frames;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start_again(fixture);
		frames.length = 0;
		for (uint32_t j = 0; j < rows[i].frames; j++)
			quic_client_crypto(&frames, 6, rows[i].first + j * rows[i].step, "x", 1);
		assert_int_equal(send_frames(fixture, &client, &frames), rows[i].outcome);
	}
	start_again(fixture);
	frames.length = 0;
	quic_client_crypto(&frames, 6, 0, large, sizeof(large));
	assert_int_equal(send_frames(fixture, &client, &frames), PARSE_LIMIT);
}

static void what_is_no_hello_is_bad(void **state)
{
	static const struct {
		const char *why;
		uint8_t frames[12];
		enum parse_outcome outcome;
	} rows[] = {
		{ "a ServerHello", { 6, 0, 4, 2, 0, 0, 0 }, PARSE_BAD },
		{ "a frame longer than its packet", { 6, 0, 0x3f, 1, 0, 0, 0 }, PARSE_BAD },
		{ "a frame that Initials may not hold", { 8, 0, 4, 1, 0, 0, 0 }, PARSE_MORE },
		{ "an ACK of ranges that are not there",
		  { 2, 0, 0, 0x3f, 6, 0, 4, 2 },
		  PARSE_MORE },
	};
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct quic_bytes frames = { 0 };

		print_message("%s\n", rows[i].why);
		quic_client_put(&frames, rows[i].frames, sizeof(rows[i].frames));
		start_again(fixture);
		assert_int_equal(send_frames(fixture, &client, &frames), rows[i].outcome);
		assert_false(fixture->info.tls.client_hello);
	}
}

static void a_retry_changes_the_keys_and_not_the_hello(void **state)
{
	static const struct quic_client first = { V1, DCID_A, 0, 0 }, second = { V1, DCID_B, 1, 0 };
	struct quic_bytes retry = { 0 }, hello;
	struct fixture *fixture = *state;

	quic_client_hello(&hello, "vault.example", 1000);
	quic_client_put(&retry, "\xf0\0\0\0\1\0\x08" DCID_B "token, and a tag of 16", 37);
	assert_int_equal(send_part(fixture, &first, &hello, 0, 500), PARSE_MORE);
	assert_int_equal(feed(fixture, TO_CLIENT, &retry), PARSE_MORE);
	assert_true(fixture->info.retry);
	assert_int_equal(send_part(fixture, &second, &hello, 500, 1000), PARSE_DONE);
	assert_string_equal(fixture->info.tls.sni, "vault.example");
}

static void a_compatible_version_keeps_the_connection_id(void **state)
{
	static const struct quic_client first = { V1, DCID_A, 0, 0 }, second = { V2, DCID_A, 1, 0 };
	static struct quic_bytes packet;
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };

	quic_client_hello(&hello, "vault.example", 1000);
	assert_int_equal(send_part(fixture, &first, &hello, 0, 500), PARSE_MORE);

	/* Sealed with the keys of the first ID, and sent to the one that the server chose. */
	quic_client_crypto(&frames, 6, 500, hello.at + 500, 500);
	quic_client_seal(&second, &frames, &packet);
	assert_int_equal(feed(fixture, TO_SERVER, &packet), PARSE_DONE);
	assert_int_equal(fixture->info.version, V2);
	assert_string_equal(fixture->info.tls.sni, "vault.example");
}

static void another_connection_starts_another_hello(void **state)
{
	static const struct quic_client first = { 0xff00001d, DCID_A, 0, 0 };
	static const struct quic_client second = { V1, DCID_B, 0, 0 };
	static const uint8_t list[] = { 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct fixture *fixture = *state;
	struct quic_bytes hello, negotiation = { 0 };

	quic_client_put(&negotiation, list, sizeof(list));
	quic_client_hello(&hello, "first.example", 1000);
	assert_int_equal(send_part(fixture, &first, &hello, 0, 500), PARSE_MORE);
	assert_int_equal(feed(fixture, TO_CLIENT, &negotiation), PARSE_MORE);
	assert_true(fixture->info.version_negotiation);

	quic_client_hello(&hello, "other.example", 1000);
	assert_int_equal(send_part(fixture, &second, &hello, 500, 1000), PARSE_MORE);
	assert_int_equal(send_part(fixture, &second, &hello, 0, 500), PARSE_DONE);
	assert_string_equal(fixture->info.tls.sni, "other.example");

	assert_int_equal(send_part(fixture, &second, &hello, 0, 500), PARSE_DONE);
	assert_int_equal(send_name(fixture, &first, "third.example"), PARSE_DONE);
	assert_string_equal(fixture->info.tls.sni, "third.example");
}

static void what_is_not_authentic_is_not_believed(void **state)
{
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	static struct quic_bytes packet;
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };

	quic_client_hello(&hello, "vault.example", 200);
	quic_client_crypto(&frames, 6, 0, hello.at, hello.length);
	quic_client_seal(&client, &frames, &packet);
	for (size_t i = 0; i < packet.length; i++) {
		start_again(fixture);
		packet.at[i] ^= 0x04;
		assert_int_not_equal(feed(fixture, TO_SERVER, &packet), PARSE_DONE);
		assert_int_equal(fixture->info.tls.sni[0], '\0');
		packet.at[i] ^= 0x04;
	}
}

static void cut_datagrams_leave_the_version(void **state)
{
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	static struct quic_bytes packet;
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };

	quic_client_hello(&hello, "vault.example", 1000);
	quic_client_crypto(&frames, 6, 0, hello.at, hello.length);
	quic_client_seal(&client, &frames, &packet);
	packet.length = 54; /* of a frame snapped at 96 */
	assert_true(quic_looks_like(packet.at, packet.length));
	for (int i = 1; i < QUIC_FAILURES_MAX; i++)
		assert_int_equal(feed(fixture, TO_SERVER, &packet), PARSE_MORE);
	assert_int_equal(fixture->info.version, V1);
	assert_int_equal(feed(fixture, TO_SERVER, &packet), PARSE_BAD);
}

static void decoys_before_the_hello_do_not_hide_it(void **state)
{
	static const struct quic_client client = { V1, DCID_A, 0, 0 };
	static const struct quic_client decoy = { V1, DCID_B, 0, V2 };
	struct fixture *fixture = *state;

	assert_int_equal(send_name(fixture, &decoy, "decoy.example"), PARSE_MORE);
	assert_int_equal(send_name(fixture, &client, "vault.example"), PARSE_DONE);
	assert_string_equal(fixture->info.tls.sni, "vault.example");
}

static void a_flow_that_began_with_the_server_is_read(void **state)
{
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	static struct quic_bytes packet;
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };

	quic_client_hello(&hello, "vault.example", 0);
	quic_client_crypto(&frames, 6, 0, hello.at, hello.length);
	quic_client_seal(&client, &frames, &packet);
	assert_int_equal(feed(fixture, TO_CLIENT, &packet), PARSE_DONE);
	assert_true(fixture->reader.reversed);
	assert_string_equal(fixture->info.tls.sni, "vault.example");
}

static void coalesced_packets_are_taken_apart(void **state)
{
	static const uint8_t early[] = { 0xd0, 0, 0, 0, 1, 1, 7, 0, 4, 9, 9, 9, 9 }; /* 0-RTT */
	const struct quic_client client = { V1, DCID_A, 0, 0 };
	static struct quic_bytes datagram, packet;
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };

	quic_client_hello(&hello, "vault.example", 0);
	quic_client_crypto(&frames, 6, 0, hello.at, hello.length);
	quic_client_seal(&client, &frames, &packet);
	datagram.length = 0;
	quic_client_put(&datagram, early, sizeof(early));
	quic_client_put(&datagram, packet.at, packet.length);
	quic_client_put(&datagram, "\x40 a short header", 16);
	assert_int_equal(feed(fixture, TO_SERVER, &datagram), PARSE_DONE);
	assert_string_equal(fixture->info.tls.sni, "vault.example");
}

static void silence_is_not_awaited_for_ever(void **state)
{
	struct quic_bytes handshake = { 0 };
	struct fixture *fixture = *state;

	quic_client_put(&handshake,
			"\xe0\0\0\0\1\0\0\x04"
			"1234",
			12);
	for (int i = 0; i < QUIC_DATAGRAMS_MAX; i++)
		assert_int_equal(feed(fixture, TO_SERVER, &handshake), PARSE_MORE);
	assert_int_equal(feed(fixture, TO_SERVER, &handshake), PARSE_LIMIT);
}

static void packets_take_no_memory_from_the_system(void **state)
{
	static const struct quic_client clients[] = {
		{ V1, DCID_A, 0, 0 },
		{ V2, DCID_B, 0, 0 },
		{ V1, DCID_A, 0, 0xff00001d }, /* of which the tag does not fit */
	};
	static struct quic_bytes packet[ROW_COUNT(clients)];
	struct fixture *fixture = *state;
	struct quic_bytes hello, frames = { 0 };
	size_t before = 0;

	quic_client_hello(&hello, "vault.example", 0);
	quic_client_crypto(&frames, 6, 0, hello.at, hello.length);
	for (size_t i = 0; i < ROW_COUNT(clients); i++)
		quic_client_seal(&clients[i], &frames, &packet[i]);
	for (size_t i = 0; i < 100 * ROW_COUNT(clients); i++) {
		bool whole = i % ROW_COUNT(clients) != 2;

		if (i == ROW_COUNT(clients)) /* the error queue allocates once per thread */
			before = allocations;
		fixture->reader =
			(struct quic_reader){ 0 }; /* holds nothing: the hellos are whole */
		assert_int_equal(feed(fixture, TO_SERVER, &packet[i % ROW_COUNT(clients)]),
				 whole ? PARSE_DONE : PARSE_MORE);
	}
	assert_int_not_equal(before, 0); /* else nothing counts */
	assert_int_equal(allocations, before);
}

int main(void)
{
	CRYPTO_set_mem_functions(counted_malloc, counted_realloc, uncounted_free);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_examples_of_the_rfcs_are_read),
		TEST(every_version_is_read),
		TEST(frames_come_in_any_order),
		TEST(datagrams_come_in_any_order),
		TEST(limits_end_the_reading),
		TEST(what_is_no_hello_is_bad),
		TEST(a_retry_changes_the_keys_and_not_the_hello),
		TEST(a_compatible_version_keeps_the_connection_id),
		TEST(another_connection_starts_another_hello),
		TEST(what_is_not_authentic_is_not_believed),
		TEST(cut_datagrams_leave_the_version),
		TEST(decoys_before_the_hello_do_not_hide_it),
		TEST(a_flow_that_began_with_the_server_is_read),
		TEST(coalesced_packets_are_taken_apart),
		TEST(silence_is_not_awaited_for_ever),
		TEST(packets_take_no_memory_from_the_system),
	};

	return cmocka_run_group_tests_name("quic", tests, NULL, NULL);
}
