#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/tls.h"
#include "tls_bytes.h"

static struct bytes message; /* 128 KiB is too much for a stack */

static enum parse_outcome parse(const struct hello_shape *shape, struct tls_info *info)
{
	memset(info, 0, sizeof(*info));
	message.length = 0;
	put_client_hello(&message, shape);
	return tls_parse_client_hello(message.at, message.length, false, info);
}

static void the_hello_of_rfc_8448_is_read_whole(void **state)
{
	struct tls_info info = { 0 };

	(void)state;
	message.length = 0;
	put_hex(&message, RFC8448_CLIENT_HELLO);
	assert_int_equal(tls_parse_client_hello(message.at, message.length, false, &info),
			 PARSE_DONE);
	assert_true(info.client_hello);
	assert_string_equal(info.sni, "server");
	assert_int_equal(info.client_version, 0x0304);
	assert_false(info.resumption_offered); /* the ticket extension is there, and empty */
	assert_false(info.early_data);
	assert_int_equal(info.post_quantum_group, 0);
	assert_int_equal(info.ech, ECH_NONE);
	assert_string_equal(info.alpn_offered, "");
}

static void only_a_whole_client_hello_is_taken(void **state)
{
	struct tls_info info = { 0 };

	(void)state;
	message.length = 0;
	put_hex(&message, RFC8448_CLIENT_HELLO);
	for (size_t length = 0; length < message.length; length++)
		assert_int_equal(tls_parse_client_hello(message.at, length, false, &info),
				 PARSE_BAD);
	message.at[0] = TLS_SERVER_HELLO;
	assert_int_equal(tls_parse_client_hello(message.at, message.length, false, &info),
			 PARSE_BAD);
}

static void names_are_kept_as_sent_or_called_malformed(void **state)
{
	static const struct {
		const char *why, *extensions, *sni;
		bool malformed;
	} rows[] = {
		{ "none", "", "", false },
		{ "case is kept", "0000 0008 0006 00 0003 412e 62", "A.b", false },
		{ "an underscore is no host name, and is used", "0000 0008 0006 00 0003 5f2e62",
		  "_.b", false },
		{ "a name of another type comes first",
		  "0000 000d 000b 07 0002 6161 00 0003 612e62", "a.b", false },
		{ "only a name of another type", "0000 0007 0005 07 0002 6161", "", true },
		{ "an empty extension", "0000 0000", "", true },
		{ "an empty name", "0000 0005 0003 00 0000", "", true },
		{ "a NUL inside", "0000 0008 0006 00 0003 610062", "", true },
		{ "a space inside", "0000 0008 0006 00 0003 612062", "", true },
		{ "a byte past ASCII", "0000 0008 0006 00 0003 61e962", "", true },
		{ "DEL", "0000 0008 0006 00 0003 617f62", "", true },
		{ "the name passes the end of its list", "0000 0008 0006 00 0004 612e62", "",
		  true },
		{ "the list passes the end of its extension", "0000 0008 0009 00 0003 612e62",
		  "a.b", false },
		{ "of two extensions the first counts",
		  "0000 0008 0006 00 0003 612e62 0000 0008 0006 00 0003 632e64", "a.b", false },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(
			parse(&(struct hello_shape){ .extensions = rows[i].extensions }, &info),
			PARSE_DONE);
		assert_string_equal(info.sni, rows[i].sni);
		assert_int_equal(info.sni_is_malformed, rows[i].malformed);
	}
}

static void a_name_may_have_255_bytes(void **state)
{
	struct tls_info info;

	(void)state;
	for (size_t length = 255; length <= 256; length++) {
		char extension[2 * 300] = "";
		size_t at = 0;

		at += (size_t)snprintf(extension, sizeof(extension), "0000%04zx%04zx00%04zx",
				       length + 5, length + 3, length);
		for (size_t i = 0; i < length; i++)
			at += (size_t)snprintf(extension + at, sizeof(extension) - at, "61");
		assert_int_equal(parse(&(struct hello_shape){ .extensions = extension }, &info),
				 PARSE_DONE);
		assert_int_equal(strlen(info.sni), length == 255 ? 255 : 0);
		assert_int_equal(info.sni_is_malformed, length == 256);
	}
}

static void the_version_is_the_highest_that_is_meant(void **state)
{
	static const struct {
		const char *why, *extensions;
		uint16_t legacy, version;
	} rows[] = {
		{ "no extension: what the hello says", "", 0x0302, 0x0302 },
		{ "from before extensions", NULL, 0x0300, 0x0300 },
		{ "GREASE is not a version", "002b 0007 06 fafa 0303 0304", 0x0303, 0x0304 },
		{ "any order", "002b 0007 06 0302 0303 0301", 0x0303, 0x0303 },
		{ "TLS 1.3 itself before a draft of it", "002b 0005 04 7f1c 0304", 0x0303, 0x0304 },
		{ "a draft alone", "002b 0005 04 7f1c 0303", 0x0303, 0x7f1c },
		{ "an empty list", "002b 0001 00", 0x0303, 0x0303 },
		{ "half a version", "002b 0002 01 03", 0x0303, 0x0303 },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(parse(&(struct hello_shape){ .version = rows[i].legacy,
							      .extensions = rows[i].extensions },
				       &info),
				 PARSE_DONE);
		assert_int_equal(info.client_version, rows[i].version);
	}
}

static void resumption_is_told_from_the_noise_of_tls_1_3(void **state)
{
	static const struct {
		const char *why, *extensions;
		uint8_t session_id;
		bool resumption, early;
	} rows[] = {
		{ "nothing", "", 0, false, false },
		{ "a session id in TLS 1.2", "", 32, true, false },
		{ "a session id beside TLS 1.3 is noise", "002b 0003 02 0304", 32, false, false },
		{ "an empty ticket asks for one", "0023 0000", 0, false, false },
		{ "a ticket", "0023 0002 abcd", 0, true, false },
		{ "a pre-shared key", "002b 0003 02 0304 0029 0000", 32, true, false },
		{ "early data", "002b 0003 02 0304 002a 0000 0029 0000", 32, true, true },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(parse(&(struct hello_shape){ .session_id = rows[i].session_id,
							      .extensions = rows[i].extensions },
				       &info),
				 PARSE_DONE);
		assert_int_equal(info.resumption_offered, rows[i].resumption);
		assert_int_equal(info.early_data, rows[i].early);
	}
}

static void post_quantum_shares_are_found(void **state)
{
	static const struct {
		const char *why, *extensions;
		uint16_t group;
	} rows[] = {
		{ "X25519 alone", "0033 0007 0005 001d 0001 aa", 0 },
		{ "GREASE, then X25519MLKEM768", "0033 000c 000a 0a0a 0001 00 11ec 0001 aa",
		  0x11ec },
		{ "the first of two", "0033 000c 000a 6399 0001 00 11ec 0001 aa", 0x6399 },
		{ "ML-KEM without another", "0033 0007 0005 0201 0001 aa", 0x0201 },
		{ "supported, but no share sent", "000a 0004 0002 11ec", 0 },
		{ "a share that passes the end", "0033 0007 0005 11ec 0009 aa", 0 },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(
			parse(&(struct hello_shape){ .extensions = rows[i].extensions }, &info),
			PARSE_DONE);
		assert_int_equal(info.post_quantum_group, rows[i].group);
	}
}

static void protocols_are_listed_as_printable_text(void **state)
{
	static const struct {
		const char *why, *extensions, *alpn;
	} rows[] = {
		{ "two", "0010 000e 000c 02 6832 08 687474702f312e31", "h2,http/1.1" },
		{ "GREASE is left out", "0010 0008 0006 02 fafa 02 6832", "h2" },
		{ "a comma would look like two", "0010 0006 0004 03 612c62", "a.b" },
		{ "control bytes", "0010 0006 0004 03 610a62", "a.b" },
		{ "damage ends the list", "0010 0006 0004 02 6832 ff", "h2" },
		{ "a name that does not fit ends it",
		  "0010 0046 0044 02 6832 40 "
		  "61616161616161616161616161616161616161616161616161616161616161616161616161616161"
		  "616161616161616161616161616161616161616161616161",
		  "h2" },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		parse(&(struct hello_shape){ .extensions = rows[i].extensions }, &info);
		assert_string_equal(info.alpn_offered, rows[i].alpn);
	}
}

static void ech_is_grease_until_someone_knows_better(void **state)
{
	struct tls_info info;

	(void)state;
	parse(&(struct hello_shape){ .extensions = "fe0d 0001 00" }, &info);
	assert_int_equal(info.ech, ECH_GREASE);
	parse(&(struct hello_shape){ .extensions = "ffce 0001 00" }, &info);
	assert_int_equal(info.ech, ECH_GREASE);
}

static void a_damaged_hello_gives_what_came_before_the_damage(void **state)
{
	static const struct {
		const char *why, *extensions;
	} rows[] = {
		{ "an extension passes the end", "0000 0008 0006 00 0003 612e62 0023 0009 00" },
		{ "half an extension header", "0000 0008 0006 00 0003 612e62 0023" },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(
			parse(&(struct hello_shape){ .extensions = rows[i].extensions }, &info),
			PARSE_BAD);
		assert_string_equal(info.sni, "a.b");
		assert_string_equal(info.ja3, "");
		assert_string_equal(info.ja4, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hello_of_rfc_8448_is_read_whole),
		cmocka_unit_test(only_a_whole_client_hello_is_taken),
		cmocka_unit_test(names_are_kept_as_sent_or_called_malformed),
		cmocka_unit_test(a_name_may_have_255_bytes),
		cmocka_unit_test(the_version_is_the_highest_that_is_meant),
		cmocka_unit_test(resumption_is_told_from_the_noise_of_tls_1_3),
		cmocka_unit_test(post_quantum_shares_are_found),
		cmocka_unit_test(protocols_are_listed_as_printable_text),
		cmocka_unit_test(ech_is_grease_until_someone_knows_better),
		cmocka_unit_test(a_damaged_hello_gives_what_came_before_the_damage),
	};

	return cmocka_run_group_tests_name("tls_client_hello", tests, NULL, NULL);
}
