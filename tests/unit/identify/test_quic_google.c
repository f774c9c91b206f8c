#include "unit.h"

#include <stdlib.h>

#include "identify/quic_google.h"
#include "quic_client.h"

#define Q050 UINT32_C(0x51303530)
#define T051 UINT32_C(0x54303531)

/* A CHLO with a PAD of 100 bytes before the name. */
static void put_chlo(struct quic_bytes *bytes, const char *name)
{
	static const uint8_t pad[100];
	size_t length = strlen(name);
	uint8_t tags[] = { 'C', 'H', 'L', 'O', 3, 0, 0, 0, 'P', 'A', 'D', 0, 100, 0, 0, 0,
			   'S', 'N', 'I', 0,   0, 0, 0, 0, 'V', 'E', 'R', 0, 0,   0, 0, 0 };

	tags[20] = (uint8_t)(100 + length);
	tags[28] = (uint8_t)(100 + length + 4);
	quic_client_put(bytes, tags, sizeof(tags));
	quic_client_put(bytes, pad, sizeof(pad));
	quic_client_put(bytes, name, length);
	quic_client_put(bytes, "Q043", 4);
}

struct google_row {
	const char *why;
	const char *header; /* up to the CHLO */
	size_t header_length;
	const char *name, *sni;
	bool malformed;
};

static void hellos_in_the_clear_are_read(void **state)
{
	static const struct google_row rows[] = {
		{ "Q043",
		  "\x09"
		  "12345678"
		  "Q043"
		  "\1"
		  "hashhashhash"
		  "\xa0\1\4\0",
		  30, "vault.example", "vault.example", false },
		{ "Q039 after an ACK",
		  "\x09"
		  "12345678"
		  "Q039"
		  "\2"
		  "hashhashhash"
		  "\x40\1\0\0\1\1\0\0\xa0\1\0\4",
		  38, "vault.example", "vault.example", false },
		{ "Q046",
		  "\xc3"
		  "Q046"
		  "\x50"
		  "12345678"
		  "\0\0\0\1"
		  "hashhashhash"
		  "\xa0\1\4\0",
		  34, "Vault.Example", "Vault.Example", false },
		{ "a name that is none",
		  "\xc3"
		  "Q046"
		  "\x50"
		  "12345678"
		  "\0\0\0\1",
		  18, "a b", "", true },
	};
	struct quic_crypto *crypto;

	(void)state;
	assert_int_equal(quic_crypto_new(&crypto), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct quic_bytes datagram = { 0 };
		struct quic_reader reader = { 0 };
		struct quic_info info = { 0 };

		print_message("%s\n", rows[i].why);
		quic_client_put(&datagram, rows[i].header, rows[i].header_length);
		put_chlo(&datagram, rows[i].name);
		assert_true(quic_looks_like(datagram.at, datagram.length));
		assert_int_equal(quic_read(&reader, crypto, NULL, TO_CLIENT, datagram.at,
					   datagram.length, &info),
				 PARSE_MORE);
		assert_int_equal(quic_read(&reader, crypto, NULL, TO_SERVER, datagram.at,
					   datagram.length, &info),
				 PARSE_DONE);
		assert_true(info.tls.client_hello);
		assert_string_equal(info.tls.sni, rows[i].sni);
		assert_int_equal(info.tls.sni_is_malformed, rows[i].malformed);
		assert_int_equal(info.tls.ja4[0], '\0');
	}
	quic_crypto_free(crypto);
}

static void messages_are_judged_by_their_tags(void **state)
{
	static const struct {
		const char *why;
		uint8_t at, value; /* one byte changed */
		size_t cut;
		enum parse_outcome outcome;
	} rows[] = {
		{ "as it should be", 0, 'C', 0, PARSE_DONE },
		{ "another message", 1, 'R', 0, PARSE_BAD },
		{ "ends that do not ascend", 20, 99, 0, PARSE_BAD },
		{ "more tags than anyone sends", 5, 1, 0, PARSE_BAD },
		{ "the name is cut", 0, 'C', 6, PARSE_MORE },
		{ "what follows the name is cut", 0, 'C', 4, PARSE_DONE },
		{ "the tags are cut", 0, 'C', 125, PARSE_MORE },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct quic_bytes message = { 0 };
		struct tls_info tls = { 0 };

		print_message("%s\n", rows[i].why);
		put_chlo(&message, "vault.example");
		message.at[rows[i].at] = rows[i].value;
		assert_int_equal(quic_google_read(message.at, message.length - rows[i].cut, &tls),
				 rows[i].outcome);
		assert_int_equal(tls.client_hello, rows[i].outcome == PARSE_DONE);
	}
}

static void initials_hold_frames_of_their_own(void **state)
{
	static const struct quic_client clients[] = { { Q050, "12345678", 1, 0 },
						      { T051, "12345678", 1, 0 } };
	static const char *const names[] = { "Q050", "T051" };
	static struct quic_bytes packet;
	struct quic_crypto *crypto;
	struct buffer_pool *pool;
	char unknown[12];

	(void)state;
	assert_int_equal(quic_crypto_new(&crypto), 0);
	assert_int_equal(buffer_pool_new(&pool, MIB), 0);
	for (size_t i = 0; i < ROW_COUNT(clients); i++) {
		struct quic_bytes hello = { 0 }, frames = { 0 };
		struct quic_reader reader = { 0 };
		struct quic_info info = { 0 };

		if (clients[i].version == Q050)
			put_chlo(&hello, "vault.example");
		else
			quic_client_hello(&hello, "vault.example", 0);
		quic_client_crypto(&frames, 8, 20, hello.at + 20, hello.length - 20);
		quic_client_number(&frames, 2, 0x0007); /* PADDING, PING */
		quic_client_crypto(&frames, 8, 0, hello.at, 50);
		quic_client_seal(&clients[i], &frames, &packet);
		assert_int_equal(quic_read(&reader, crypto, pool, TO_SERVER, packet.at,
					   packet.length, &info),
				 PARSE_DONE);
		assert_string_equal(info.tls.sni, "vault.example");
		assert_string_equal(quic_version_name(info.version, unknown), names[i]);
		quic_reader_release(&reader, pool);
	}
	buffer_pool_free(pool);
	quic_crypto_free(crypto);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos_in_the_clear_are_read),
		cmocka_unit_test(messages_are_judged_by_their_tags),
		cmocka_unit_test(initials_hold_frames_of_their_own),
	};

	return cmocka_run_group_tests_name("quic_google", tests, NULL, NULL);
}
