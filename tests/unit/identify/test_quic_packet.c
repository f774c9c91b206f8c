#include "unit.h"

#include "identify/quic.h"
#include "identify/quic_packet.h"

static void integers_are_read(void **state)
{
	static const struct { /* RFC 9000 appendix A.1 */
		uint8_t bytes[8];
		size_t length;
		uint64_t value;
	} rows[] = {
		{ { 0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c }, 8, 151288809941952652 },
		{ { 0x9d, 0x7f, 0x3e, 0x7d }, 4, 494878333 },
		{ { 0x7b, 0xbd }, 2, 15293 },
		{ { 0x25 }, 1, 37 },
		{ { 0x40, 0x25 }, 2, 37 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct cursor whole = cursor_over(rows[i].bytes, rows[i].length);
		struct cursor cut = cursor_over(rows[i].bytes, rows[i].length - 1);

		assert_int_equal(quic_packet_varint(&whole), rows[i].value);
		assert_int_equal(whole.left, 0);
		quic_packet_varint(&cut);
		assert_true(cut.failed);
	}
}

static void types_depend_on_the_version(void **state)
{
	static const struct {
		const char *why;
		uint8_t bytes[10];
		bool taken;
		uint8_t type;
	} rows[] = {
		{ "version 1, 00", { 0xc0, 0, 0, 0, 1, 0, 0, 0, 1, 9 }, true, QUIC_INITIAL },
		{ "version 1, 01", { 0xd0, 0, 0, 0, 1, 0, 0, 2, 9, 9 }, true, QUIC_0RTT },
		{ "version 1, 10", { 0xe0, 0, 0, 0, 1, 0, 0, 2, 9, 9 }, true, QUIC_HANDSHAKE },
		{ "version 1, 11", { 0xf0, 0, 0, 0, 1, 0, 0, 9, 9, 9 }, true, QUIC_RETRY },
		{ "version 2, 00",
		  { 0xc0, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 9, 9, 9 },
		  true,
		  QUIC_RETRY },
		{ "version 2, 01",
		  { 0xd0, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 0, 1, 9 },
		  true,
		  QUIC_INITIAL },
		{ "version 2, 10",
		  { 0xe0, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 2, 9, 9 },
		  true,
		  QUIC_0RTT },
		{ "version 0", { 0xe0, 0, 0, 0, 0, 0, 0, 2, 9, 9 }, true, QUIC_NEGOTIATION },
		{ "a short header", { 0x40, 0, 0, 0, 1, 0, 0, 0, 1, 9 }, false, 0 },
		{ "an ID of 21 bytes", { 0xc0, 0, 0, 0, 1, 21, 0, 0, 1, 9 }, false, 0 },
		{ "a token that is not there", { 0xc0, 0, 0, 0, 1, 0, 0, 0x3f, 1, 9 }, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct cursor datagram = cursor_over(rows[i].bytes, sizeof(rows[i].bytes));
		struct quic_packet packet;

		print_message("%s\n", rows[i].why);
		assert_int_equal(quic_packet_take(&datagram, &packet), rows[i].taken);
		if (!rows[i].taken)
			continue;
		assert_int_equal(packet.type, rows[i].type);
		assert_int_equal(packet.length, 10);
		assert_false(packet.cut);
	}
}

static void quic_is_told_from_what_is_not(void **state)
{
	static const struct {
		const char *why;
		uint8_t bytes[64];
		bool quic;
		uint16_t length;
	} rows[] = {
		{ "an Initial", { 0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 0x20 }, true, 42 },
		{ "cut", { 0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 0x44, 0xd0 }, true, 42 },
		{ "too short for its protection", { 0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 3 }, false, 13 },
		{ "without the fixed bit, and small",
		  { 0x80, 0, 0, 0, 1, 0, 0, 0, 30 },
		  false,
		  39 },
		{ "without it, and padded", { 0x80, 0, 0, 0, 1, 0, 0, 0, 0x44, 0xa6 }, true, 1200 },
		{ "a draft", { 0xc0, 0xff, 0, 0, 29, 0, 0, 0, 0x20 }, true, 41 },
		{ "a draft with another header",
		  { 0xc0, 0xff, 0, 0, 20, 0, 0, 0, 0x20 },
		  false,
		  41 },
		{ "a reserved version", { 0xc0, 0xfa, 0xca, 0x1a, 0xaa, 0, 0, 0, 0x20 }, true, 41 },
		{ "a private version", { 0xc0, 0xab, 0xcd, 0, 1, 0, 0, 0, 0x20 }, false, 41 },
		{ "a Retry", { 0xf0, 0, 0, 0, 1, 0, 1, 7 }, true, 30 },
		{ "a Retry without its tag", { 0xf0, 0, 0, 0, 1, 0, 1, 7 }, false, 20 },
		{ "versions, ours among them",
		  { 0x80, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 1 },
		  true,
		  15 },
		{ "versions that nobody knows", { 0x80, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9 }, false, 11 },
		{ "half a version", { 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 }, false, 13 },
		{ "Q043", { 9, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '4', '3', 1 }, true, 60 },
		{ "Q046", { 0xc3, 'Q', '0', '4', '6', 0x50 }, true, 60 },
		{ "Q046 in the older header", { 9, [9] = 'Q', '0', '4', '6' }, false, 60 },
		{ "Q050", { 0xc3, 'Q', '0', '5', '0', 0, 0, 0, 0x20 }, true, 41 },
		{ "a short header", { 0x43, 1, 2, 3, 4, 5, 6, 7 }, false, 60 },
		{ "DNS", { 0xc0, 0x01, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a' }, false, 19 },
		{ "RTP", { 0x80, 0, 0x12, 0x34, 0, 0, 0, 0, 1, 2, 3, 4 }, false, 60 },
		{ "DTLS", { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40 }, false, 53 },
		{ "nothing", { 0 }, false, 0 },
	};
	uint8_t datagram[1200];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		memset(datagram, 0, sizeof(datagram));
		memcpy(datagram, rows[i].bytes, sizeof(rows[i].bytes));
		assert_int_equal(quic_looks_like(datagram, rows[i].length), rows[i].quic);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read),
		cmocka_unit_test(types_depend_on_the_version),
		cmocka_unit_test(quic_is_told_from_what_is_not),
	};

	return cmocka_run_group_tests_name("quic_packet", tests, NULL, NULL);
}
