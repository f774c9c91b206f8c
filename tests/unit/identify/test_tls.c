#include "unit.h"

#include <string.h>

#include "identify/tls.h"
#include "tls_bytes.h"

/* 128 KiB each is too much for a stack. */
static struct bytes handshake, stream;

#define EXAMPLE_NAME "0000 0008 0006 00 0003 612e62" /* a.b */
#define OTHER_NAME "0000 0008 0006 00 0003 632e64"   /* c.d */
#define TLS_1_3 "002b 0003 02 0304"

#define RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
static const struct hello_shape client = { .extensions = EXAMPLE_NAME };

struct fixture {
	struct buffer_pool *pool;
	struct tls_reader reader[DIRECTIONS];
	struct tls_info info;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	handshake.length = stream.length = 0;
	*state = &fixture;
	return buffer_pool_new(&fixture.pool, MIB);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	struct buffer_pool_stats stats;

	for (int i = 0; i < DIRECTIONS; i++)
		tls_reader_release(&fixture->reader[i], fixture->pool);
	stats = buffer_pool_stats(fixture->pool);
	buffer_pool_free(fixture->pool);
	return stats.in_use[0] + stats.in_use[1] + stats.in_use[2] != 0;
}

/* Gives the stream to a direction in pieces, each a copy of its own so that a read past its end is
 * seen, and empties it. */
static enum parse_outcome feed(struct fixture *fixture, enum direction direction, size_t piece)
{
	enum parse_outcome outcome = PARSE_MORE;

	for (size_t at = 0; at < stream.length; at += piece) {
		size_t length = stream.length - at < piece ? stream.length - at : piece;
		uint8_t *copy = test_malloc(length);

		memcpy(copy, stream.at + at, length);
		outcome = tls_read(&fixture->reader[direction], fixture->pool, direction, copy,
				   length, &fixture->info);
		test_free(copy);
	}
	stream.length = handshake.length = 0;
	return outcome;
}

static enum parse_outcome feed_whole(struct fixture *fixture, enum direction direction)
{
	return feed(fixture, direction, sizeof(stream.at));
}

static void forget(struct fixture *fixture)
{
	for (int i = 0; i < DIRECTIONS; i++)
		tls_reader_release(&fixture->reader[i], fixture->pool);
	memset(fixture->reader, 0, sizeof(fixture->reader));
	memset(&fixture->info, 0, sizeof(fixture->info));
}

static void put_change_cipher_spec(void)
{
	put_record(&stream, TLS_RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
}

static void put_retry_request(void)
{
	put_hex(&handshake, "0200002e 0303" RETRY_RANDOM "00 1301 00 0006 002b 0002 0304");
	put_records(&stream, &handshake, 16384);
	handshake.length = 0;
}

static void a_hello_is_read_however_it_is_cut(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 64, sizeof(stream.at) };
	static const size_t records[] = { 1, 2, 4, 5, 60, 16384 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(pieces); i++)
		for (size_t j = 0; j < ROW_COUNT(records); j++) {
			put_hex(&handshake, RFC8448_CLIENT_HELLO);
			put_records(&stream, &handshake, records[j]);
			assert_int_equal(feed(fixture, TO_SERVER, pieces[i]), PARSE_DONE);
			assert_string_equal(fixture->info.sni, "server");
			assert_string_equal(fixture->info.ja4,
					    "t13d030900_55b375c5d22e_59cd3dafc54d");
			forget(fixture);
		}
}

static void every_byte_but_the_last_leaves_a_hello_unfinished(void **state)
{
	struct fixture *fixture = *state;

	put_client_hello(&handshake, &client);
	put_records(&stream, &handshake, 16384);
	stream.length--;
	assert_int_equal(feed(fixture, TO_SERVER, 1), PARSE_MORE);
	assert_false(fixture->info.client_hello);
}

static void a_hello_in_one_piece_is_not_copied(void **state)
{
	struct fixture *fixture = *state;
	struct buffer_pool_stats stats;

	put_client_hello(&handshake, &client);
	put_records(&stream, &handshake, 16384);
	assert_int_equal(feed_whole(fixture, TO_SERVER), PARSE_DONE);
	stats = buffer_pool_stats(fixture->pool);
	assert_int_equal(stats.most[0] + stats.most[1] + stats.most[2], 0);
}

static void the_longest_hello_has_64_kib(void **state)
{
	static const struct {
		const char *why;
		size_t padding;
		enum parse_outcome outcome;
	} rows[] = {
		{ "as long as a buffer", BUFFER_LARGE_BYTES - 59, PARSE_DONE },
		{ "a byte more", BUFFER_LARGE_BYTES - 58, PARSE_LIMIT },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		put_client_hello(&handshake, &client);
		put_zeros(&handshake, rows[i].padding); /* behind the extensions: passed over */
		set_number(&handshake, 1, handshake.length - 4, 3);
		assert_int_equal(handshake.length, BUFFER_LARGE_BYTES + i);
		put_records(&stream, &handshake, 16384);
		assert_int_equal(feed(fixture, TO_SERVER, 1400), rows[i].outcome);
		assert_string_equal(fixture->info.sni, i == 0 ? "a.b" : "");
		forget(fixture);
	}
}

static void without_a_buffer_the_hello_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct buffer taken[512] = { 0 };
	size_t count = 0;

	while (count < ROW_COUNT(taken) && buffer_extend(fixture->pool, &taken[count], 1))
		count++;
	assert_in_range(count, 1, ROW_COUNT(taken) - 1);
	put_client_hello(&handshake, &client);
	put_records(&stream, &handshake, 16384);
	assert_int_equal(feed(fixture, TO_SERVER, 20), PARSE_LIMIT);
	while (count-- > 0)
		buffer_release(fixture->pool, &taken[count]);
}

static void what_is_not_tls_says_so_at_once(void **state)
{
	static const struct {
		const char *why, *hex;
		enum direction direction;
		enum parse_outcome outcome;
	} rows[] = {
		{ "HTTP", "47", TO_SERVER, PARSE_NOT },
		{ "a version of SSLv2", "16 02", TO_SERVER, PARSE_NOT },
		{ "a version that is none", "16 03 05", TO_SERVER, PARSE_NOT },
		{ "a record too long", "16 0301 4801", TO_SERVER, PARSE_NOT },
		{ "an empty first record", "16 0301 0000", TO_SERVER, PARSE_NOT },
		{ "application data first", "17 0303 0010", TO_SERVER, PARSE_NOT },
		{ "a server's hello from the client", "16 0303 0004 02 000000", TO_SERVER,
		  PARSE_BAD },
		{ "a client's hello from the server", "16 0303 0004 01 000000", TO_CLIENT,
		  PARSE_BAD },
		{ "an empty ClientHello", "16 0303 0004 01 000000", TO_SERVER, PARSE_BAD },
		{ "an empty ServerHello", "16 0303 0004 02 000000", TO_CLIENT, PARSE_BAD },
		{ "an empty Certificate", "16 0303 0004 0b 000000", TO_CLIENT, PARSE_BAD },
		{ "no record behind an alert", "15 0303 0002 0100 47", TO_SERVER, PARSE_BAD },
		{ "an alert, then", "15 0303 0002 0100", TO_SERVER, PARSE_MORE },
		{ "an unknown message", "16 0303 0004 63 000000", TO_CLIENT, PARSE_BAD },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		put_hex(&stream, rows[i].hex);
		assert_int_equal(feed(fixture, rows[i].direction, 1), rows[i].outcome);
		put_hex(&stream, "00");
		if (rows[i].outcome != PARSE_MORE)
			assert_int_equal(feed(fixture, rows[i].direction, 1), rows[i].outcome);
		stream.length = 0;
		forget(fixture);
	}
}

static void rubbish_behind_the_hello_changes_nothing(void **state)
{
	struct fixture *fixture = *state;

	put_client_hello(&handshake, &client);
	put_records(&stream, &handshake, 16384);
	put_hex(&stream, "ffffffff 00000000 16 0303 0004 01000000");
	assert_int_equal(feed(fixture, TO_SERVER, 3), PARSE_DONE);
	put_hex(&stream, "0102030405060708090a");
	assert_int_equal(feed(fixture, TO_SERVER, 3), PARSE_DONE);
	assert_string_equal(fixture->info.sni, "a.b");
}

static void the_second_hello_counts_only_after_a_retry(void **state)
{
	static const struct hello_shape first = { .extensions = EXAMPLE_NAME TLS_1_3
						  "0033 0007 0005 11ec 0001 aa" };
	static const struct hello_shape second = { .ciphers = "1302",
						   .extensions = OTHER_NAME TLS_1_3 };
	struct fixture *fixture = *state;

	for (int retry = 0; retry <= 1; retry++) {
		char ja3[33];

		put_client_hello(&handshake, &first);
		put_records(&stream, &handshake, 16384);
		assert_int_equal(feed_whole(fixture, TO_SERVER), PARSE_DONE);
		memcpy(ja3, fixture->info.ja3, sizeof(ja3));
		if (retry) {
			put_retry_request();
			put_change_cipher_spec();
			assert_int_equal(feed(fixture, TO_CLIENT, 1), PARSE_MORE);
		}
		put_change_cipher_spec(); /* for old middleboxes */
		put_client_hello(&handshake, &second);
		put_records(&stream, &handshake, 10);
		assert_int_equal(feed_whole(fixture, TO_SERVER), PARSE_DONE);
		assert_int_equal(fixture->info.hello_retry, retry);
		assert_string_equal(fixture->info.sni, retry ? "c.d" : "a.b");
		assert_string_equal(fixture->info.ja3, ja3);
		assert_int_equal(fixture->info.post_quantum_group, 0x11ec);
		forget(fixture);
	}
}

static void the_second_hello_is_found_behind_early_data(void **state)
{
	struct fixture *fixture = *state;

	put_client_hello(&handshake, &(struct hello_shape){ .extensions = EXAMPLE_NAME TLS_1_3
							    "002a 0000 0029 0000" });
	put_records(&stream, &handshake, 16384);
	put_change_cipher_spec();
	put_record(&stream, TLS_RECORD_APPLICATION_DATA, "\1\2\3", 3);
	assert_int_equal(feed_whole(fixture, TO_SERVER), PARSE_DONE);
	put_retry_request();
	assert_int_equal(feed_whole(fixture, TO_CLIENT), PARSE_MORE);
	put_client_hello(&handshake, &(struct hello_shape){ .extensions = OTHER_NAME TLS_1_3 });
	put_records(&stream, &handshake, 16384);
	assert_int_equal(feed_whole(fixture, TO_SERVER), PARSE_DONE);
	assert_string_equal(fixture->info.sni, "c.d");
	assert_true(fixture->info.early_data); /* it was offered */
}

static void a_server_of_tls_1_3_is_done_with_its_hello(void **state)
{
	struct fixture *fixture = *state;

	put_hex(&handshake, RFC8448_SERVER_HELLO);
	put_records(&stream, &handshake, 16384);
	put_change_cipher_spec();
	put_record(&stream, TLS_RECORD_APPLICATION_DATA, "\1\2\3", 3);
	assert_int_equal(feed(fixture, TO_CLIENT, 1), PARSE_DONE);
	assert_true(fixture->info.server_hello);
	assert_int_equal(fixture->info.version, 0x0304);
	assert_int_equal(fixture->info.cipher, 0x1301);
	assert_string_equal(fixture->info.ja3s, "eb1d94daa7e0344597e756a1fb6e7054");
	assert_false(fixture->info.resumed);
	assert_false(fixture->info.hello_retry);
}

static void a_pre_shared_key_taken_up_is_a_resumption(void **state)
{
	struct fixture *fixture = *state;

	put_server_hello(&handshake, "002b 0002 0304 0029 0002 0000");
	put_records(&stream, &handshake, 16384);
	assert_int_equal(feed_whole(fixture, TO_CLIENT), PARSE_DONE);
	assert_true(fixture->info.resumed);
}

static void a_server_of_tls_1_2_is_done_with_its_certificate(void **state)
{
	static const struct {
		const char *why;
		size_t record, piece, chain;
	} rows[] = {
		{ "all messages in one record and one piece", 16384, 100000, 0 },
		{ "records of one byte", 1, 100000, 0 },
		{ "pieces of one byte", 16384, 1, 0 },
		{ "a chain longer than any buffer behind the leaf", 16384, 1400, 100000 },
		{ "the leaf ends in one record, the chain in another", 700, 10, 300 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		put_server_hello(&handshake, "0010 0005 0003 02 6832");
		put_certificate(&handshake, rows[i].chain);
		put_hex(&handshake, "0e000000");
		put_records(&stream, &handshake, rows[i].record);
		assert_int_equal(feed(fixture, TO_CLIENT, rows[i].piece), PARSE_DONE);
		assert_int_equal(fixture->info.version, 0x0303);
		assert_string_equal(fixture->info.alpn, "h2");
		assert_true(fixture->info.certificate.seen);
		assert_string_equal(fixture->info.certificate.san[0], "www.example.org");
		assert_false(fixture->info.resumed);
		forget(fixture);
	}
}

static void the_end_of_what_is_clear_is_seen_without_a_certificate(void **state)
{
	static const struct {
		const char *why, *messages;
		bool change_cipher, resumed;
		enum parse_outcome outcome;
	} rows[] = {
		{ "keys from before", "", true, true, PARSE_DONE },
		{ "keys from before and a new ticket", "04000002 abcd", true, true, PARSE_DONE },
		{ "an anonymous key exchange", "0c000002 abcd", false, false, PARSE_DONE },
		{ "a pre-shared key", "0e000000", false, false, PARSE_DONE },
		{ "an empty certificate list", "0b000003 000000", false, false, PARSE_DONE },
		{ "a hello alone", "", false, false, PARSE_MORE },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		put_server_hello(&handshake, "ff01 0001 00");
		put_hex(&handshake, rows[i].messages);
		put_records(&stream, &handshake, 16384);
		if (rows[i].change_cipher)
			put_change_cipher_spec();
		assert_int_equal(feed(fixture, TO_CLIENT, 1), rows[i].outcome);
		assert_int_equal(fixture->info.resumed, rows[i].resumed);
		assert_false(fixture->info.certificate.seen);
		forget(fixture);
	}
}

static void hellos_of_sslv2_have_a_version_only(void **state)
{
	static const struct {
		const char *why, *hex;
		enum direction direction;
		uint16_t client, server;
	} rows[] = {
		{ "a client of SSLv2", "802b 01 0002 0012 0000 0010", TO_SERVER, 0x0002, 0 },
		{ "a client of TLS 1.0 that asks in the old way", "8046 01 0301 002d 0000 0010",
		  TO_SERVER, 0x0301, 0 },
		{ "a server", "803f 04 00 01 0002", TO_CLIENT, 0, 0x0002 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		put_hex(&stream, rows[i].hex);
		assert_true(tls_looks_like(stream.at, stream.length));
		assert_int_equal(feed(fixture, rows[i].direction, 1), PARSE_DONE);
		assert_int_equal(fixture->info.client_version, rows[i].client);
		assert_int_equal(fixture->info.version, rows[i].server);
		forget(fixture);
	}
}

static void first_bytes_are_told_from_other_protocols(void **state)
{
	static const struct {
		const char *why, *hex;
		bool tls, client_hello;
	} rows[] = {
		{ "nothing", "", false, false },
		{ "one byte", "16", true, false },
		{ "five bytes", "16 0301 0200", true, false },
		{ "six bytes of a ClientHello", "16 0301 0200 01", true, true },
		{ "with its length", "16 0301 0200 01 0001fc", true, true },
		{ "a length too small", "16 0301 0200 01 000010", true, false },
		{ "a length too large", "16 0301 0200 01 020000", true, false },
		{ "a ServerHello", "16 0303 0200 02", true, false },
		{ "no message of the handshake", "16 0303 0200 77", false, false },
		{ "an alert", "15 0303 0002 01", true, false },
		{ "an empty record", "16 0303 0000 01", false, false },
		{ "a record too long", "16 0303 ffff 01", false, false },
		{ "TLS 1.4", "16 0305 0200 01", false, false },
		{ "application data", "17 0303 0200 01", false, false },
		{ "HTTP", "474554202f20", false, false },
		{ "DTLS", "16 fefd 0000 00", false, false },
		{ "SSLv2 too short to tell", "802e 01 03", false, false },
		{ "SSLv2 of another version", "802e 01 0400", false, false },
		{ "SSLv2 with no room for a hello", "8008 01 0301", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		stream.length = 0;
		put_hex(&stream, rows[i].hex);
		assert_int_equal(tls_looks_like(stream.at, stream.length), rows[i].tls);
		assert_int_equal(tls_looks_like_client_hello(stream.at, stream.length),
				 rows[i].client_hello);
	}
}

static void versions_are_spelt_as_in_eve(void **state)
{
	static const struct {
		uint16_t version;
		const char *name;
	} rows[] = {
		{ 0x0002, "SSLv2" },
		{ 0x0300, "SSLv3" },
		{ 0x0301, "TLSv1" },
		{ 0x0302, "TLS 1.1" },
		{ 0x0303, "TLS 1.2" },
		{ 0x0304, "TLS 1.3" },
		{ 0x7f10, "TLS 1.3 draft-16" },
		{ 0x7f1c, "TLS 1.3 draft-28" },
		{ 0x7f0f, "0x7f0f" },
		{ 0x7f1d, "0x7f1d" },
		{ 0xfefd, "0xfefd" },
	};
	char unknown[8];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		assert_string_equal(tls_version_name(rows[i].version, unknown), rows[i].name);
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(a_hello_is_read_however_it_is_cut),
		READER_TEST(every_byte_but_the_last_leaves_a_hello_unfinished),
		READER_TEST(a_hello_in_one_piece_is_not_copied),
		READER_TEST(the_longest_hello_has_64_kib),
		READER_TEST(without_a_buffer_the_hello_is_given_up),
		READER_TEST(what_is_not_tls_says_so_at_once),
		READER_TEST(rubbish_behind_the_hello_changes_nothing),
		READER_TEST(the_second_hello_counts_only_after_a_retry),
		READER_TEST(the_second_hello_is_found_behind_early_data),
		READER_TEST(a_server_of_tls_1_3_is_done_with_its_hello),
		READER_TEST(a_pre_shared_key_taken_up_is_a_resumption),
		READER_TEST(a_server_of_tls_1_2_is_done_with_its_certificate),
		READER_TEST(the_end_of_what_is_clear_is_seen_without_a_certificate),
		READER_TEST(hellos_of_sslv2_have_a_version_only),
		cmocka_unit_test(first_bytes_are_told_from_other_protocols),
		cmocka_unit_test(versions_are_spelt_as_in_eve),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
