#include "decode/frame.h"

#define FLOW(protocol, src, dst, payload, announced)                                               \
	DECODE_FLOW, "10.0.0.1", protocol, src, dst, payload, announced

static const struct frame_row flows[] = {
	{ "TCP", LINK_RAW, V4_TCP, 0, FLOW(6, 49153, 443, 4, 4) },
	{ "TCP with options", LINK_RAW,
	  V4("0030", "06") "c00101bb"
			   "00000001"
			   "00000002"
			   "6018"
			   "0400"
			   "0000"
			   "0000"
			   "01010101" DATA,
	  0, FLOW(6, 49153, 443, 4, 4) },
	{ "TCP without payload", LINK_RAW, V4("0028", "06") TCP, 0, FLOW(6, 49153, 443, 0, 0) },
	{ "UDP", LINK_RAW, V4_UDP, 0, FLOW(17, 49154, 53, 4, 4) },
	{ "UDP shorter than its packet", LINK_RAW, V4("0024", "11") UDP("000c") DATA DATA, 0,
	  FLOW(17, 49154, 53, 4, 4) },
	{ "UDP without payload", LINK_RAW, V4("001c", "11") UDP("0008"), 0,
	  FLOW(17, 49154, 53, 0, 0) },
	{ "UDP-Lite: a coverage where UDP has its length", LINK_RAW,
	  V4("0020", "88") UDP("0000") DATA, 0, FLOW(136, 49154, 53, 4, 4) },
	{ "SCTP", LINK_RAW,
	  V4("0024", "84") "0b590b5a"
			   "00000001"
			   "00000000" DATA,
	  0, FLOW(132, 2905, 2906, 4, 4) },
	{ "DCCP", LINK_RAW,
	  V4("0028", "21") "13891389"
			   "04000000"
			   "05000001"
			   "00000000" DATA,
	  0, FLOW(33, 5001, 5001, 4, 4) },
	{ "ICMP", LINK_RAW,
	  V4("001c", "01") "08000000"
			   "00010001",
	  0, FLOW(1, 0, 0, 4, 4) },
	{ "ICMPv6", LINK_RAW,
	  V6("0008", "3a") "80000000"
			   "00010001",
	  0, DECODE_FLOW, "fd00::1", 58, 0, 0, 4, 4 },
	{ "an error's quotation is not followed", LINK_RAW,
	  V4("0048", "01") "03010000"
			   "00000000" V4_TCP,
	  0, FLOW(1, 0, 0, 48, 48) },
	{ "ESP", LINK_RAW,
	  V4("001c", "32") "00000001"
			   "00000001",
	  0, FLOW(50, 0, 0, 8, 8) },
	{ "IGMP", LINK_RAW,
	  V4("001c", "02") "11640000"
			   "00000000",
	  0, FLOW(2, 0, 0, 8, 8) },
	{ "a number that is an extension in IPv6 only", LINK_RAW, V4("001c", "3c") DATA DATA, 0,
	  FLOW(60, 0, 0, 8, 8) },
	{ "IPv6 without anything", LINK_RAW, V6("0000", "3b"), 0, DECODE_FLOW, "fd00::1", 59, 0, 0,
	  0, 0 },
	{ "a mobility message that stands alone", LINK_RAW, V6("0008", "87") "3b00000000000000", 0,
	  DECODE_FLOW, "fd00::1", 135, 0, 0, 8, 8 },
};

static void ports_and_payload_are_found(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

static void a_cut_packet_is_never_called_malformed(void **state)
{
	(void)state;
	frame_check_cuts(flows, ROW_COUNT(flows) - 2); /* those end with IP's header */
}

static void ports_are_enough_for_a_flow(void **state)
{
	static const struct frame_row rows[] = {
		{ "TCP cut behind its ports", LINK_RAW, V4("002c", "06") "c00101bb", 20,
		  FLOW(6, 49153, 443, 0, 4) },
		{ "TCP cut within its options", LINK_RAW,
		  V4("0030", "06") "c00101bb"
				   "00000001"
				   "00000002"
				   "6018"
				   "0400"
				   "0000"
				   "0000"
				   "0101",
		  6, FLOW(6, 49153, 443, 0, 4) },
		{ "TCP cut before its ports' end", LINK_RAW, V4("002c", "06") "c00101", 21,
		  DECODE_TRUNCATED },
		{ "UDP cut behind its ports", LINK_RAW, V4("0020", "11") "c0020035", 8,
		  FLOW(17, 49154, 53, 0, 4) },
		{ "UDP cut before its ports", LINK_RAW, V4("0020", "11"), 12, DECODE_TRUNCATED },
		{ "SCTP cut behind its ports", LINK_RAW, V4("0024", "84") "0b590b5a", 12,
		  FLOW(132, 2905, 2906, 0, 4) },
		{ "DCCP cut before its length", LINK_RAW, V4("0028", "21") "13891389", 16,
		  FLOW(33, 5001, 5001, 0, 8) },
		{ "ICMP cut before its type", LINK_RAW, V4("001c", "01"), 8, DECODE_TRUNCATED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void headers_that_contradict_themselves_are_malformed(void **state)
{
	static const struct frame_row rows[] = {
		{ "TCP with a header of four words", LINK_RAW,
		  V4("0028", "06") "c00101bb"
				   "00000001"
				   "00000002"
				   "4018"
				   "0400"
				   "0000"
				   "0000",
		  0, DECODE_MALFORMED },
		{ "TCP with a header longer than its packet", LINK_RAW,
		  V4("0028", "06") "c00101bb"
				   "00000001"
				   "00000002"
				   "6018"
				   "0400"
				   "0000"
				   "0000",
		  0, DECODE_MALFORMED },
		{ "TCP in 19 bytes", LINK_RAW, V4("0027", "06") TCP, 0, DECODE_MALFORMED },
		{ "TCP in 19 bytes, cut", LINK_RAW, V4("0027", "06") "c00101bb", 15,
		  DECODE_MALFORMED },
		{ "UDP with length 7", LINK_RAW, V4("0020", "11") UDP("0007") DATA, 0,
		  DECODE_MALFORMED },
		{ "UDP with length 0, no jumbogram", LINK_RAW, V4("0020", "11") UDP("0000") DATA, 0,
		  DECODE_MALFORMED },
		{ "UDP longer than its packet", LINK_RAW, V4("0020", "11") UDP("000d") DATA, 0,
		  DECODE_MALFORMED },
		{ "UDP in 7 bytes", LINK_RAW, V4("001b", "11") UDP("0008"), 0, DECODE_MALFORMED },
		{ "SCTP in 11 bytes", LINK_RAW, V4("001f", "84") "0b590b5a" DATA DATA, 0,
		  DECODE_MALFORMED },
		{ "DCCP with a header of two words", LINK_RAW,
		  V4("0024", "21") "13891389"
				   "02000000" DATA DATA,
		  0, DECODE_MALFORMED },
		{ "DCCP with a header longer than its packet", LINK_RAW,
		  V4("0024", "21") "13891389"
				   "05000000" DATA DATA,
		  0, DECODE_MALFORMED },
		{ "ICMP in 3 bytes", LINK_RAW, V4("0017", "01") "080000", 0, DECODE_MALFORMED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void a_jumbogram_may_hold_udp_without_length(void **state)
{
	static const struct frame_row rows[] = {
		{ "UDP of 64 KiB and more", LINK_RAW,
		  V6("0000", "00") "1100c20400020000" UDP("0000") DATA, 131052, DECODE_FLOW,
		  "fd00::1", 17, 49154, 53, 4, 0x20000 - 16 },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void tcp_numbers_and_flags_are_read(void **state)
{
	uint32_t length;
	uint8_t *bytes = frame_bytes(V4("0028", "06") "c00101bb"
						      "01020304"
						      "05060708"
						      "5fd2"
						      "fedc"
						      "0000"
						      "0000",
				     &length);
	struct layers layers;

	(void)state;
	frame_decode(LINK_RAW, bytes, length, length, &layers);
	assert_int_equal(layers.tcp_seq, 0x01020304);
	assert_int_equal(layers.tcp_ack, 0x05060708);
	assert_int_equal(layers.tcp_flags, TCP_CWR | TCP_ECE | TCP_ACK | TCP_SYN);
	assert_int_equal(layers.tcp_window, 0xfedc);
	frame_decode(LINK_RAW, bytes, 32, length, &layers);
	assert_int_equal(layers.tcp_flags, 0); /* cut: not guessed */
	assert_int_equal(layers.tcp_seq, 0);
	free(bytes);
}

static void icmp_has_its_type_and_code_but_no_ports(void **state)
{
	uint32_t length;
	uint8_t *bytes = frame_bytes(V4("001c", "01") "030d0000"
						      "00000000",
				     &length);
	struct layers layers;

	(void)state;
	frame_decode(LINK_RAW, bytes, length, length, &layers);
	assert_int_equal(layers.icmp_type, 3);
	assert_int_equal(layers.icmp_code, 13);
	assert_int_equal(layers.src_port, 0);
	assert_int_equal(layers.dst_port, 0);
	assert_int_equal(layers.tcp_flags, 0);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_and_payload_are_found),
		cmocka_unit_test(a_cut_packet_is_never_called_malformed),
		cmocka_unit_test(ports_are_enough_for_a_flow),
		cmocka_unit_test(headers_that_contradict_themselves_are_malformed),
		cmocka_unit_test(a_jumbogram_may_hold_udp_without_length),
		cmocka_unit_test(tcp_numbers_and_flags_are_read),
		cmocka_unit_test(icmp_has_its_type_and_code_but_no_ports),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
