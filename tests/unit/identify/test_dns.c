#include "unit.h"

#include <string.h>

#include "identify/dns.h"

/* Header of a response with one question and the given numbers of records. */
#define HEADER(flags, qd, an, ar) "\x12\x34" flags "\0" qd "\0" an "\0\0\0" ar
#define RESPONSE "\x81\x80"
#define QUERY "\x01\x00"
#define QUESTION "\3www\7example\3com\0\0\1\0\1" /* at 12 */
#define OWNER "\xc0\x0c"                         /* www.example.com */
#define IN "\0\1"
#define TTL "\0\0\1\x2c" /* 300 */

struct row {
	const char *why;
	const char *bytes;
	size_t length;
	const char *expected;
};

#define ROW(why, bytes, expected)                                                                  \
	{                                                                                          \
		why, bytes, sizeof(bytes) - 1, expected                                            \
	}

static struct dns_message message; /* too large for a comfortable stack */

static void rdata_is_printed_as_master_files_write_it(void **state)
{
	static const struct row rows[] = {
		ROW("A", "\0\1" IN TTL "\0\4\x0a\x0a\2\4", "10.10.2.4"),
		ROW("AAAA", "\0\x1c" IN TTL "\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
		    "2001:db8::1"),
		ROW("an IPv4 address mapped into AAAA stays one of IPv6",
		    "\0\x1c" IN TTL "\0\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1",
		    "::ffff:10.0.0.1"),
		ROW("CNAME with a pointer into the question", "\0\5" IN TTL "\0\4\1a\xc0\x10",
		    "a.example.com"),
		ROW("MX", "\0\x0f" IN TTL "\0\7\0\x0a\2mx\xc0\x10", "10 mx.example.com"),
		ROW("the null MX of RFC 7505", "\0\x0f" IN TTL "\0\3\0\0\0", "0 ."),
		ROW("SRV", "\0\x21" IN TTL "\0\x0b\0\1\0\2\x01\xbb\2sv\xc0\x10",
		    "1 2 443 sv.example.com"),
		ROW("TXT of two strings, with a quote in one",
		    "\0\x10" IN TTL "\0\x0a\3v=1\5a\"b\\\1", "\"v=1\" \"a\\\"b\\\\\\001\""),
		ROW("SOA",
		    "\0\6" IN TTL "\0\x1c\2ns\xc0\x10\1h\xc0\x10"
		    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5",
		    NULL), /* its length is one short */
		ROW("SOA",
		    "\0\6" IN TTL "\0\x1d\2ns\xc0\x10\1h\xc0\x10"
		    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5",
		    "ns.example.com h.example.com 1 2 3 4 5"),
		ROW("HTTPS with alpn, port, hints and ech",
		    "\0\x41" IN TTL "\0\x27\0\1\0"
		    "\0\1\0\6\2h2\2h3"
		    "\0\3\0\2\x20\xfb"
		    "\0\4\0\4\x0a\0\0\1"
		    "\0\5\0\3abc"
		    "\0\xff\0\1x",
		    "1 . alpn=h2,h3 port=8443 ipv4hint=10.0.0.1 ech key255"),
		ROW("HTTPS in alias form", "\0\x41" IN TTL "\0\6\0\0\1t\xc0\x10",
		    "0 t.example.com"),
		ROW("CAA", "\1\1" IN TTL "\0\x0d\0\5issueca.org", "0 issue \"ca.org\""),
		ROW("a type that is not printed", "\0\x2b" IN TTL "\0\2\1\2", NULL),
		ROW("an A record of three bytes", "\0\1" IN TTL "\0\3\1\2\3", NULL),
		ROW("a TXT string longer than the record", "\0\x10" IN TTL "\0\2\5a", NULL),
	};
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		static const char start[] = HEADER(RESPONSE, "\1", "\1", "\0") QUESTION OWNER;
		size_t length = sizeof(start) - 1;

		print_message("%s\n", rows[i].why);
		memcpy(bytes, start, length);
		memcpy(bytes + length, rows[i].bytes, rows[i].length);
		assert_int_equal(dns_parse(bytes, length + rows[i].length, &message), PARSE_DONE);
		assert_false(message.damaged);
		assert_int_equal(message.record_count, 1);
		assert_string_equal(message.record[0].name, "www.example.com");
		assert_int_equal(message.record[0].ttl_s, 300);
		if (rows[i].expected)
			assert_string_equal(message.record[0].data, rows[i].expected);
		else
			assert_null(message.record[0].data);
	}
}

static void names_are_printed_in_presentation_form(void **state)
{
	static const struct row rows[] = {
		ROW("case is kept", "\3WwW\2Ab\0", "WwW.Ab"),
		ROW("the root is empty", "\0", ""),
		ROW("a dot and a backslash inside a label", "\3a.b\2\\c\0", "a\\.b.\\\\c"),
		ROW("a blank and bytes that are not ASCII", "\4a b\xe9\0", "a\\032b\\233"),
		ROW("a label that says it is longer than the message",
		    "\x3f"
		    "abc",
		    NULL),
		ROW("a label of reserved type",
		    "\x41"
		    "a\0",
		    NULL),
		ROW("a pointer to itself", "\xc0\x0c", NULL),
		ROW("a pointer forward", "\xc0\x20", NULL),
		ROW("a pointer into the header", "\xc0\x04", NULL),
		ROW("a pointer back to its own name: a circle", "\1a\xc0\x0c", NULL),
	};
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		static const char start[] = HEADER(QUERY, "\1", "\0", "\0");
		size_t length = sizeof(start) - 1;
		enum parse_outcome outcome;

		print_message("%s\n", rows[i].why);
		memcpy(bytes, start, length);
		memcpy(bytes + length, rows[i].bytes, rows[i].length);
		length += rows[i].length;
		memcpy(bytes + length, "\0\1\0\1", 4);
		outcome = dns_parse(bytes, length + 4, &message);
		assert_int_equal(outcome, rows[i].expected ? PARSE_DONE : PARSE_BAD);
		if (rows[i].expected)
			assert_string_equal(message.question[0].name, rows[i].expected);
	}
}

/* A question of four labels, `last` long the last one: 64 * 3 + 1 + last + 1 octets. */
static size_t long_question(uint8_t *bytes, uint8_t last, char fill)
{
	static const char start[] = HEADER(QUERY, "\1", "\0", "\0");
	size_t at = sizeof(start) - 1;

	memcpy(bytes, start, at);
	for (int i = 0; i < 4; i++) {
		uint8_t length = i < 3 ? 63 : last;

		bytes[at++] = length;
		memset(bytes + at, fill, length);
		at += length;
	}
	memcpy(bytes + at, "\0\0\1\0\1", 5);
	return at + 5;
}

static void a_name_has_255_octets_at_most(void **state)
{
	uint8_t bytes[512];

	(void)state;
	assert_int_equal(dns_parse(bytes, long_question(bytes, 61, 'a'), &message), PARSE_DONE);
	assert_int_equal(strlen(message.question[0].name), 253);
	assert_int_equal(message.texts_cut, 0);
	assert_int_equal(dns_parse(bytes, long_question(bytes, 62, 'a'), &message), PARSE_BAD);
}

static void a_name_full_of_escapes_is_kept_whole(void **state)
{
	uint8_t bytes[512];

	(void)state;
	assert_int_equal(dns_parse(bytes, long_question(bytes, 61, '\xff'), &message), PARSE_DONE);
	assert_int_equal(strlen(message.question[0].name), 250 * 4 + 3);
	assert_int_equal(message.texts_cut, 0);
	assert_false(message.damaged);
}

static void a_bad_name_does_not_hide_the_records_behind_it(void **state)
{
	static const char bytes[] = HEADER(RESPONSE, "\2", "\2", "\0") QUESTION
		"\xc0\xff\0\1\0\1" /* a question whose pointer leads forward */
		"\xc0\xff\0\1" IN TTL "\0\4\1\2\3\4" OWNER "\0\1" IN TTL "\0\4\1\2\3\5";

	(void)state;
	assert_int_equal(dns_parse((const uint8_t *)bytes, sizeof(bytes) - 1, &message),
			 PARSE_DONE);
	assert_true(message.damaged);
	assert_int_equal(message.question_count, 1);
	assert_int_equal(message.record_count, 1);
	assert_string_equal(message.record[0].data, "1.2.3.5");
}

static void a_long_row_of_pointers_is_given_up(void **state)
{
	static const char start[] = HEADER(RESPONSE, "\1", "\2", "\0") "\1a\0\0\x10\0\1"
								       "\0\0\x10\0\1\0\0\0\0";
	uint8_t bytes[1024];
	size_t at = sizeof(start) - 1;

	(void)state;
	memcpy(bytes, start, at);
	bytes[at++] = 1; /* TXT of 400 bytes: pointers, each to the one before it */
	bytes[at++] = 0x90;
	for (int i = 0; i < 200; i++) {
		size_t target = i == 0 ? 12 : at - 2;

		bytes[at++] = 0xc0 | (uint8_t)(target >> 8);
		bytes[at++] = (uint8_t)target;
	}
	size_t shallow = at;
	for (int i = 0; i < 2; i++) {
		size_t target = i == 0 ? shallow - 2 * 200 + 2 * 60 : shallow - 2;

		bytes[at] = 0xc0 | (uint8_t)(target >> 8);
		bytes[at + 1] = (uint8_t)target;
		memcpy(bytes + at + 2, "\0\x2b\0\1\0\0\0\0\0\0", 10);
		assert_int_equal(dns_parse(bytes, at + 12, &message), PARSE_DONE);
		assert_int_equal(message.record_count, i == 0 ? 2 : 1);
		assert_true(message.damaged == (i == 1));
		if (i == 0)
			assert_string_equal(message.record[1].name, "a");
	}
}

static void what_came_before_the_damage_is_kept(void **state)
{
	static const char whole[] = HEADER(RESPONSE, "\1", "\2", "\0") QUESTION OWNER
		"\0\1" IN TTL "\0\4\1\2\3\4" OWNER "\0\1" IN TTL "\0\4\1\2\3\5";
	static const struct {
		const char *why;
		size_t cut;
		int outcome, questions, records;
		bool damaged;
	} rows[] = {
		{ "nothing is cut", 0, PARSE_DONE, 1, 2, false },
		{ "the second record lacks a byte", 1, PARSE_DONE, 1, 1, true },
		{ "only the question is there", 32, PARSE_DONE, 1, 0, true },
		{ "the question lacks a byte", 33, PARSE_BAD, 0, 0, true },
		{ "the header lacks a byte", 32 + 21 + 1, PARSE_NOT, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		size_t length = sizeof(whole) - 1 - rows[i].cut;

		print_message("%s\n", rows[i].why);
		assert_int_equal(dns_parse((const uint8_t *)whole, length, &message),
				 rows[i].outcome);
		if (rows[i].outcome == PARSE_NOT)
			continue;
		assert_int_equal(message.question_count, rows[i].questions);
		assert_int_equal(message.record_count, rows[i].records);
		assert_int_equal(message.record_total, 2);
		assert_true(message.damaged == rows[i].damaged);
	}
}

static void headers_that_are_not_of_dns_are_told(void **state)
{
	static const struct {
		const char *why, *bytes;
		int outcome;
	} rows[] = {
		{ "a bare answer: FORMERR has no question", "\0\1\x80\1\0\0\0\0\0\0\0\0",
		  PARSE_DONE },
		{ "a query that asks nothing", "\0\1\1\0\0\0\0\0\0\0\0\0", PARSE_NOT },
		{ "opcode 3 was never assigned", "\0\1\x18\0\0\1\0\0\0\0\0\0", PARSE_NOT },
		{ "opcode 15", "\0\1\x78\0\0\1\0\0\0\0\0\0", PARSE_NOT },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(dns_parse((const uint8_t *)rows[i].bytes, 12, &message),
				 rows[i].outcome);
	}
}

static void edns_extends_the_rcode(void **state)
{
	static const char bytes[] =
		HEADER("\x81\x80", "\1", "\0", "\1") QUESTION "\0\0\x29\xff\xff\1\0\x80\0\0\0";

	(void)state;
	assert_int_equal(dns_parse((const uint8_t *)bytes, sizeof(bytes) - 1, &message),
			 PARSE_DONE);
	assert_int_equal(message.rcode, 16);
	assert_int_equal(message.record[0].type, DNS_TYPE_OPT);
	assert_int_equal(message.record[0].class, 0xffff); /* a payload size, not a class */
}

static void the_top_bit_of_the_class_is_mdns_own(void **state)
{
	static const char bytes[] =
		HEADER("\x84\x00", "\1", "\1", "\0") "\1a\5local\0\0\1\x80\1"
						     "\xc0\x0c\0\1\x80\1" TTL "\0\4\1\2\3\4";

	(void)state;
	assert_int_equal(dns_parse((const uint8_t *)bytes, sizeof(bytes) - 1, &message),
			 PARSE_DONE);
	assert_int_equal(message.question[0].class, 1);
	assert_int_equal(message.record[0].class, 1);
	assert_true(message.record[0].has_addr);
}

static void records_past_the_room_are_counted_and_walked(void **state)
{
	static const char start[] = HEADER(RESPONSE, "\1", "\x64", "\1") QUESTION; /* 100 and OPT */
	static const char record[] = OWNER "\0\1" IN TTL "\0\4\1\2\3\4";
	uint8_t bytes[4096];
	size_t at = sizeof(start) - 1;

	(void)state;
	memcpy(bytes, start, at);
	for (int i = 0; i < 100; i++, at += sizeof(record) - 1)
		memcpy(bytes + at, record, sizeof(record) - 1);
	memcpy(bytes + at, "\0\0\x29\4\xd0\1\0\0\0\0\0", 11);
	assert_int_equal(dns_parse(bytes, at + 11, &message), PARSE_DONE);
	assert_int_equal(message.record_count, DNS_RECORDS_MAX);
	assert_int_equal(message.record_total, 101);
	assert_int_equal(message.rcode, 16);
	assert_false(message.damaged);
	assert_ptr_equal(message.record[63].name, message.question[0].name); /* shared */
}

static void texts_past_the_room_end_the_keeping(void **state)
{
	static const char start[] = HEADER(RESPONSE, "\1", "\x28", "\0") QUESTION;
	static uint8_t bytes[65536];
	size_t at = sizeof(start) - 1;

	(void)state;
	memcpy(bytes, start, at);
	for (int i = 0; i < 40; i++) { /* TXT of 1000 bytes each: 16 KiB hold some 16 */
		memcpy(bytes + at, OWNER "\0\x10" IN TTL "\3\xe8", 12);
		at += 12;
		for (int j = 0; j < 1000; j++)
			bytes[at++] = j % 200 == 0 ? 199 : 'x';
	}
	assert_int_equal(dns_parse(bytes, at, &message), PARSE_DONE);
	assert_in_range(message.record_count, 15, 17);
	assert_false(message.damaged);
}

static void a_long_text_is_cut_whole_and_counted(void **state)
{
	static const char start[] = HEADER(RESPONSE, "\1", "\1", "\0") QUESTION;
	uint8_t bytes[2048];
	size_t at = sizeof(start) - 1;

	(void)state;
	memcpy(bytes, start, at);
	memcpy(bytes + at, OWNER "\0\x10" IN TTL "\4\xb0", 12); /* TXT of 1200 bytes */
	at += 12;
	for (int j = 0; j < 1200; j++)
		bytes[at++] = j % 200 == 0 ? 199 : 0xff;
	assert_int_equal(dns_parse(bytes, at, &message), PARSE_DONE);
	assert_false(message.damaged);
	assert_int_equal(message.texts_cut, 1);
	/* A quote and 199 escapes; a blank between quotes; and as many escapes again as fit in
	 * 1023. */
	assert_int_equal(strlen(message.record[0].data), 1 + 199 * 4 + 3 + 55 * 4);
}

static void only_exact_messages_look_like_dns(void **state)
{
	static const struct {
		const char *why, *bytes;
		size_t length;
		bool likely;
	} rows[] = {
#define LIKELY(why, bytes, likely) { why, bytes, sizeof(bytes) - 1, likely }
		LIKELY("a query", HEADER(QUERY, "\1", "\0", "\0") QUESTION, true),
		LIKELY("a query with EDNS",
		       HEADER(QUERY, "\1", "\0", "\1") QUESTION "\0\0\x29\4\xd0\0\0\0\0\0\0", true),
		LIKELY("an answer",
		       HEADER(RESPONSE, "\1", "\1", "\0") QUESTION OWNER "\0\1" IN TTL
									 "\0\4\1\2\3\4",
		       true),
		LIKELY("a byte too many", HEADER(QUERY, "\1", "\0", "\0") QUESTION "x", false),
		LIKELY("a record announced and not there", HEADER(QUERY, "\1", "\0", "\1") QUESTION,
		       false),
		LIKELY("an unknown class", HEADER(QUERY, "\1", "\0", "\0") "\1a\0\0\1\0\7", false),
		LIKELY("a query with an RCODE", HEADER("\1\3", "\1", "\0", "\0") QUESTION, false),
		LIKELY("a STUN binding request",
		       "\0\1\0\0\x21\x12\xa4\x42"
		       "abcdefghijkl",
		       false),
		LIKELY("an NTP request",
		       "\x23\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\1\2\3\4\5\6\7",
		       false),
		LIKELY("text", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false),
		LIKELY("nothing", "", false),
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_true(dns_looks_like((const uint8_t *)rows[i].bytes, rows[i].length) ==
			    rows[i].likely);
	}
}

static void random_bytes_do_not_look_like_dns(void **state)
{
	uint64_t x = 88172645463325252u;
	uint8_t bytes[64];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			bytes[j] = (uint8_t)x;
		}
		assert_false(dns_looks_like(bytes, 12 + x % 52));
	}
}

static void numbers_have_the_names_that_eve_uses(void **state)
{
	static const struct {
		uint16_t number;
		const char *type, *rcode;
	} rows[] = {
		{ 0, "TYPE0", "NOERROR" },
		{ 1, "A", "FORMERR" },
		{ 2, "NS", "SERVFAIL" },
		{ 3, "MD", "NXDOMAIN" },
		{ 5, "CNAME", "REFUSED" },
		{ 28, "AAAA", "RCODE28" },
		{ 65, "HTTPS", "RCODE65" },
		{ 255, "ANY", "RCODE255" },
		{ 65535, "TYPE65535", "RCODE65535" },
	};
	char unknown[12];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		assert_string_equal(dns_type_name(rows[i].number, unknown), rows[i].type);
		assert_string_equal(dns_rcode_name(rows[i].number, unknown), rows[i].rcode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rdata_is_printed_as_master_files_write_it),
		cmocka_unit_test(names_are_printed_in_presentation_form),
		cmocka_unit_test(a_name_has_255_octets_at_most),
		cmocka_unit_test(a_name_full_of_escapes_is_kept_whole),
		cmocka_unit_test(a_bad_name_does_not_hide_the_records_behind_it),
		cmocka_unit_test(a_long_row_of_pointers_is_given_up),
		cmocka_unit_test(what_came_before_the_damage_is_kept),
		cmocka_unit_test(headers_that_are_not_of_dns_are_told),
		cmocka_unit_test(edns_extends_the_rcode),
		cmocka_unit_test(the_top_bit_of_the_class_is_mdns_own),
		cmocka_unit_test(records_past_the_room_are_counted_and_walked),
		cmocka_unit_test(texts_past_the_room_end_the_keeping),
		cmocka_unit_test(a_long_text_is_cut_whole_and_counted),
		cmocka_unit_test(only_exact_messages_look_like_dns),
		cmocka_unit_test(random_bytes_do_not_look_like_dns),
		cmocka_unit_test(numbers_have_the_names_that_eve_uses),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
