#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/tls.h"
#include "identify/tls_fingerprint.h"
#include "tls_bytes.h"

static struct bytes message; /* 128 KiB is too much for a stack */

static void parse(const struct hello_shape *shape, bool quic, struct tls_info *info)
{
	memset(info, 0, sizeof(*info));
	message.length = 0;
	put_client_hello(&message, shape);
	assert_int_equal(tls_parse_client_hello(message.at, message.length, quic, info),
			 PARSE_DONE);
}

static void the_hello_of_rfc_8448_has_known_fingerprints(void **state)
{
	struct tls_info info = { 0 };

	(void)state;
	message.length = 0;
	put_hex(&message, RFC8448_CLIENT_HELLO);
	tls_parse_client_hello(message.at, message.length, false, &info);
	assert_string_equal(info.ja3_text, "771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,"
					   "29-23-24-25-256-257-258-259-260,");
	assert_string_equal(info.ja3, "da4dea34fe6d4ce5f0725df3f2682fa0");
	assert_string_equal(info.ja4, "t13d030900_55b375c5d22e_59cd3dafc54d");
}

/* The worked example of the specification of JA4, with GREASE put in where browsers put it. */
static void ja4_is_that_of_its_specification(void **state)
{
	static const char ciphers[] = "1a1a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 "
				      "009c 009d 002f 0035";
	static const char extensions[] =
		"caca 0000  001b 0000  0000 0008 0006 00 0003 612e62  0033 0000 "
		"0010 000e 000c 02 6832 08 687474702f312e31  4469 0000  0017 0000  002d 0000 "
		"000d 0014 0012 2a2a 0403 0804 0401 0503 0805 0501 0806 0601  0005 0000  0023 0000 "
		"0012 0000  002b 0005 04 0a0a 0304  ff01 0000  000b 0000  000a 0000  0015 0000";
	const struct hello_shape shape = { .ciphers = ciphers, .extensions = extensions };
	struct tls_info info;

	(void)state;
	parse(&shape, false, &info);
	assert_string_equal(info.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	parse(&shape, true, &info);
	assert_string_equal(info.ja4, "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void ja4_stands_by_its_special_cases(void **state)
{
	static const struct {
		const char *why;
		struct hello_shape shape;
		const char *ja4;
	} rows[] = {
		{ "no extensions: zeros, not the hash of nothing",
		  { .ciphers = "002f" },
		  "t12i010000_ba72b8082249_000000000000" },
		{ "no ciphers but GREASE",
		  { .ciphers = "0a0a", .extensions = "000a 0000" },
		  "t12i000100_000000000000_a8f3e973773c" },
		{ "SNI and ALPN are counted, not hashed",
		  { .ciphers = "002f", .extensions = "0000 0000 0010 0000" },
		  "t12d010200_ba72b8082249_000000000000" },
		{ "signature algorithms follow an underscore",
		  { .ciphers = "002f", .extensions = "000d 0004 0002 0403" },
		  "t12i010100_ba72b8082249_79c50902419d" },
		{ "SSL 3.0",
		  { .version = 0x0300, .ciphers = "002f" },
		  "ts3i010000_ba72b8082249_000000000000" },
		{ "an unknown version",
		  { .version = 0x7f1c, .ciphers = "002f" },
		  "t00i010000_ba72b8082249_000000000000" },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		parse(&rows[i].shape, false, &info);
		assert_string_equal(info.ja4, rows[i].ja4);
	}
}

static void ja4_takes_the_ends_of_the_first_protocol(void **state)
{
	static const struct {
		const char *why, *alpn, *ends;
	} rows[] = {
		{ "first and last character", "08 687474702f312e31", "h1" },
		{ "one character is both", "01 68", "hh" },
		{ "empty", "00", "00" },
		{ "one byte that is no letter or digit", "01 ab", "ab" },
		{ "two", "02 abcd", "ad" },
		{ "the last is none", "02 30ab", "3b" },
		{ "the last of four is none", "04 3031abcd", "3d" },
		{ "both ends are fine", "04 30abcd31", "01" },
		{ "GREASE is passed over", "02 3a3a 02 6832", "h2" },
	};
	struct tls_info info;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char extension[64];
		size_t digits = 0;

		print_message("%s\n", rows[i].why);
		for (const char *c = rows[i].alpn; *c; c++)
			digits += *c != ' ';
		snprintf(extension, sizeof(extension), "0010 %04zx %04zx %s", digits / 2 + 2,
			 digits / 2, rows[i].alpn);
		parse(&(struct hello_shape){ .extensions = extension }, false, &info);
		assert_memory_equal(info.ja4 + 8, rows[i].ends, 2);
	}
}

static char many[5 * 4096]; /* hex of a long cipher list */

static void repeat(const char *cipher, size_t count)
{
	many[0] = '\0';
	for (size_t i = 0; i < count; i++)
		memcpy(many + 4 * i, cipher, 5);
}

static void long_lists_are_counted_to_99_and_hashed_whole(void **state)
{
	struct tls_info info;

	(void)state;
	repeat("c030", 1500);
	parse(&(struct hello_shape){ .ciphers = many }, false, &info);
	assert_int_equal(strlen(info.ja3_text), sizeof(info.ja3_text) - 1);
	assert_memory_equal(info.ja3_text, "771,49200-49200-", 16);
	assert_string_equal(info.ja3, "c91a61ca93c8dfcf1521c5c2de9e947f");
	assert_string_equal(info.ja4, ""); /* past TLS_FINGERPRINT_SORTED_MAX */

	repeat("c030", TLS_FINGERPRINT_SORTED_MAX);
	parse(&(struct hello_shape){ .ciphers = many }, false, &info);
	assert_memory_equal(info.ja4, "t12i990000_", 11);
}

static void sorting_makes_order_not_matter(void **state)
{
	struct tls_info up, down;

	(void)state;
	for (size_t i = 0; i < 400; i++)
		snprintf(many + 4 * i, 5, "%04zx", i * 7 + 1);
	parse(&(struct hello_shape){ .ciphers = many }, false, &up);
	for (size_t i = 0; i < 400; i++)
		snprintf(many + 4 * i, 5, "%04zx", (399 - i) * 7 + 1);
	parse(&(struct hello_shape){ .ciphers = many }, false, &down);
	assert_string_equal(up.ja4, down.ja4);
	assert_string_not_equal(up.ja3, down.ja3);
}

static void a_certificate_has_a_sha_256(void **state)
{
	char hex[65];

	(void)state;
	tls_fingerprint_sha256((const uint8_t *)"abc", 3, hex); /* FIPS 180-4 */
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hello_of_rfc_8448_has_known_fingerprints),
		cmocka_unit_test(ja4_is_that_of_its_specification),
		cmocka_unit_test(ja4_stands_by_its_special_cases),
		cmocka_unit_test(ja4_takes_the_ends_of_the_first_protocol),
		cmocka_unit_test(long_lists_are_counted_to_99_and_hashed_whole),
		cmocka_unit_test(sorting_makes_order_not_matter),
		cmocka_unit_test(a_certificate_has_a_sha_256),
	};

	return cmocka_run_group_tests_name("tls_fingerprint", tests, NULL, NULL);
}
