#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/tls_certificate.h"
#include "identify/tls_der.h"
#include "identify/tls_name.h"
#include "tls_bytes.h"

static struct bytes der; /* 128 KiB is too much for a stack */

static void the_fields_of_a_certificate_are_read(void **state)
{
	struct tls_certificate certificate;

	(void)state;
	der.length = 0;
	put_hex(&der, EXAMPLE_CERTIFICATE);
	assert_true(tls_certificate_read(der.at, der.length, &certificate));
	assert_true(certificate.seen);
	assert_true(certificate.self_signed);
	assert_string_equal(certificate.subject, "CN=www.example.org,O=Example\\, Inc.,C=US");
	assert_string_equal(certificate.issuer, certificate.subject);
	assert_string_equal(certificate.serial,
			    "64:E7:59:CE:64:AC:BD:BD:0E:C6:B8:C1:C8:7F:F8:19:72:DF:F4:22");
	assert_int_equal(certificate.not_before_s, 1795390356);
	assert_int_equal(certificate.not_after_s, 2110750356);
	assert_string_equal(certificate.sha256,
			    "f92019981a90614abc1872ec1d0886b0609f80e805a6ad8a22db5755ecd60989");
	assert_int_equal(certificate.san_total, 2); /* the address between them is no name */
	assert_int_equal(certificate.san_count, 2);
	assert_string_equal(certificate.san[0], "www.example.org");
	assert_string_equal(certificate.san[1], "*.example.org");
}

static void a_cut_certificate_is_damaged_and_keeps_its_fingerprint(void **state)
{
	struct tls_certificate certificate;

	(void)state;
	der.length = 0;
	put_hex(&der, EXAMPLE_CERTIFICATE);
	for (size_t length = 0; length < der.length; length++) {
		assert_false(tls_certificate_read(der.at, length, &certificate));
		assert_true(certificate.seen);
		assert_int_equal(strlen(certificate.sha256), 64);
	}
}

/* Where the issuer's common name begins to differ from the subject's. */
static void another_issuer_is_not_self_signed(void **state)
{
	static const char name[] = "www.example.org";
	struct tls_certificate certificate;
	uint8_t *first;

	(void)state;
	der.length = 0;
	put_hex(&der, EXAMPLE_CERTIFICATE);
	first = memmem(der.at, der.length, name, strlen(name));
	assert_non_null(first);
	first[0] = 'x';
	assert_true(tls_certificate_read(der.at, der.length, &certificate));
	assert_false(certificate.self_signed);
	assert_string_equal(certificate.issuer, "CN=xww.example.org,O=Example\\, Inc.,C=US");
}

static void names_are_written_as_rfc_4514_says(void **state)
{
	static const struct {
		const char *why, *rdns, *text;
	} rows[] = {
		{ "empty", "", "" },
		{ "the last part first",
		  "310b 3009 0603550406 1302 5553 310a 3008 0603550403 0c01 61", "CN=a,C=US" },
		{ "two attributes in one part",
		  "3116 3009 0603550406 1302 5553 3009 0603550403 0c02 6162", "C=US+CN=ab" },
		{ "what has a meaning is escaped",
		  "3114 3012 0603550403 0c0b 232c3b2b3c3e225c3d23 20",
		  "CN=\\#\\,\\;\\+\\<\\>\\\"\\\\=#\\ " },
		{ "a space at each end, one inside", "310d 300b 0603550403 0c04 20612020",
		  "CN=\\ a \\ " },
		{ "control bytes", "310b 3009 0603550403 0c02 000a", "CN=\\00\\0A" },
		{ "UTF-8 by its bytes", "310b 3009 0603550403 0c02 c3a9", "CN=\\C3\\A9" },
		{ "Latin-1 becomes UTF-8", "310a 3008 0603550403 1401 e9", "CN=\\C3\\A9" },
		{ "UCS-2 becomes UTF-8", "310f 300d 0603550403 1e06 0041 00e9 20ac",
		  "CN=A\\C3\\A9\\E2\\82\\AC" },
		{ "an attribute without a name", "310a 3008 06032a0304 0c01 61",
		  "1.2.3.4=#0C0161" },
		{ "an arc of two bytes", "310b 3009 0604 2a863701 0c01 61", "1.2.823.1=#0C0161" },
		{ "a root above one", "3109 3007 0602 8837 0c01 61", "2.999=#0C0161" },
	};
	char text[TLS_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		der.length = 0;
		put_hex(&der, rows[i].rdns);
		assert_true(tls_name_print(cursor_over(der.at, der.length), text));
		assert_string_equal(text, rows[i].text);
	}
}

static void long_names_are_cut_between_characters_and_keep_their_last_parts(void **state)
{
	char text[TLS_TEXT_MAX + 1];

	(void)state;
	der.length = 0;
	for (int i = 0; i < 100; i++)
		put_hex(&der, "310a 3008 0603550406 1301 61");
	put_hex(&der, "310a 3008 0603550403 0c01 62");
	assert_true(tls_name_print(cursor_over(der.at, der.length), text));
	assert_memory_equal(text, "CN=b,C=a,C=a,", 13);
	assert_in_range(strlen(text), TLS_TEXT_MAX - 3, TLS_TEXT_MAX);

	der.length = 0;
	put_hex(&der, "317c 307a 0603550403 0c73");
	put_zeros(&der, 0x73); /* each is three characters */
	assert_true(tls_name_print(cursor_over(der.at, der.length), text));
	assert_int_equal(strlen(text), 3 + 3 * 41);
	assert_string_equal(text + strlen(text) - 3, "\\00");
}

static void times_are_seconds_since_the_epoch(void **state)
{
	static const struct {
		const char *why;
		uint8_t tag;
		const char *text;
		bool valid;
		int64_t seconds;
	} rows[] = {
		{ "the epoch", DER_UTC_TIME, "700101000000Z", true, 0 },
		{ "before it", DER_UTC_TIME, "691231235959Z", true, -1 },
		{ "49 is 2049", DER_UTC_TIME, "491231235959Z", true, 2524607999 },
		{ "50 is 1950", DER_UTC_TIME, "500101000000Z", true, -631152000 },
		{ "a leap day", DER_UTC_TIME, "240229120000Z", true, 1709208000 },
		{ "no seconds", DER_UTC_TIME, "7001010001Z", true, 60 },
		{ "no end", DER_GENERALIZED_TIME, "99991231235959Z", true, 253402300799 },
		{ "a month too many", DER_UTC_TIME, "701301000000Z", false, 0 },
		{ "a zone is not DER", DER_UTC_TIME, "700101000000+0100", false, 0 },
		{ "no Z", DER_UTC_TIME, "700101000000", false, 0 },
		{ "no digits", DER_UTC_TIME, "7001010000xxZ", false, 0 },
		{ "another type", DER_INTEGER, "700101000000Z", false, 0 },
		{ "empty", DER_UTC_TIME, "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct cursor cursor;
		int64_t seconds = 0;

		print_message("%s\n", rows[i].why);
		der.length = 0;
		put_number(&der, rows[i].tag, 1);
		put_number(&der, strlen(rows[i].text), 1);
		put_bytes(&der, rows[i].text, strlen(rows[i].text));
		cursor = cursor_over(der.at, der.length);
		assert_int_equal(tls_der_time(&cursor, &seconds), rows[i].valid);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void lengths_that_are_not_der_are_refused(void **state)
{
	static const struct {
		const char *why, *hex;
	} rows[] = {
		{ "indefinite", "3080 0000" },
		{ "four bytes of length", "3084 00000001 00" },
		{ "past the end", "3002 00" },
		{ "a tag of several bytes", "3f81 01 00" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct tls_der element;
		struct cursor cursor;

		print_message("%s\n", rows[i].why);
		der.length = 0;
		put_hex(&der, rows[i].hex);
		cursor = cursor_over(der.at, der.length);
		assert_false(tls_der_next(&cursor, &element));
		assert_true(cursor.failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_of_a_certificate_are_read),
		cmocka_unit_test(a_cut_certificate_is_damaged_and_keeps_its_fingerprint),
		cmocka_unit_test(another_issuer_is_not_self_signed),
		cmocka_unit_test(names_are_written_as_rfc_4514_says),
		cmocka_unit_test(long_names_are_cut_between_characters_and_keep_their_last_parts),
		cmocka_unit_test(times_are_seconds_since_the_epoch),
		cmocka_unit_test(lengths_that_are_not_der_are_refused),
	};

	return cmocka_run_group_tests_name("tls_certificate", tests, NULL, NULL);
}
