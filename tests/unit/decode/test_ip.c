/* ipv4.c and ipv6.c: where the packet ends, and what stands between its header and the transport. */
#include "decode/frame.h"

#define TCP_FLOW DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 4
#define TCP6_FLOW DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 4
#define PAD6 "000000000000"
#define OPTIONS_TCP "0600010400000000" /* next header TCP, eight bytes: padding */

static const struct frame_row flows[] = {
	{ "IPv4 with options", LINK_RAW,
	  "46000030"
	  "00070000"
	  "4006"
	  "0000"
	  "0a000001"
	  "0a000002"
	  "94040000" TCP DATA,
	  0, TCP_FLOW },
	{ "a short packet's padding is no payload", LINK_ETHERNET, ETH4 V4("0028", "06") TCP PAD6,
	  0, DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 0, 0 },
	{ "length 0: yet to be cut up by the card", LINK_ETHERNET, ETH4 V4("0000", "06") TCP DATA,
	  0, TCP_FLOW },
	{ "do not fragment is no fragment", LINK_RAW,
	  "4500002c"
	  "00074000"
	  "4006"
	  "0000"
	  "0a000001"
	  "0a000002" TCP DATA,
	  0, TCP_FLOW },
	{ "IPv6 with padding behind", LINK_ETHERNET, ETH6 V6_TCP PAD6, 0, TCP6_FLOW },
	{ "IPv6, length 0", LINK_ETHERNET, ETH6 V6("0000", "06") TCP DATA, 0, TCP6_FLOW },
	{ "hop-by-hop options", LINK_RAW, V6("0020", "00") OPTIONS_TCP TCP DATA, 0, TCP6_FLOW },
	{ "hop-by-hop options, length 0", LINK_RAW, V6("0000", "00") OPTIONS_TCP TCP DATA, 0,
	  TCP6_FLOW },
	{ "routing", LINK_RAW, V6("0020", "2b") "0600040000000000" TCP DATA, 0, TCP6_FLOW },
	{ "destination options of 16 bytes", LINK_RAW,
	  V6("0028", "3c") "0601010c0000000000000000"
			   "00000000" TCP DATA,
	  0, TCP6_FLOW },
	{ "options, routing and options again", LINK_RAW,
	  V6("0030", "00") "2b00010400000000"
			   "3c00040000000000" OPTIONS_TCP TCP DATA,
	  0, TCP6_FLOW },
	{ "an atomic fragment is whole", LINK_RAW, V6("0020", "2c") "0600000000000001" TCP DATA, 0,
	  TCP6_FLOW },
	{ "authentication", LINK_RAW,
	  V6("0028", "33") "060200000000000100000001"
			   "00000000" TCP DATA,
	  0, TCP6_FLOW },
	{ "authentication over IPv4", LINK_RAW,
	  V4("003c", "33") "060200000000000100000001"
			   "00000000" TCP DATA,
	  0, TCP_FLOW },
	{ "mobility with something after it", LINK_RAW,
	  V6("0020", "87") "0600000000000000" TCP DATA, 0, TCP6_FLOW },
	{ "shim6", LINK_RAW, V6("0020", "8c") "0600800000000000" TCP DATA, 0, TCP6_FLOW },
};

static void the_transport_is_found(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

static void a_cut_packet_is_never_called_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(flows); i++) {
		/* Padding and length 0 say the same as a cut: the announced payload differs. */
		if (!strstr(flows[i].why, "length 0"))
			frame_check_cuts(flows + i, 1);
	}
}

static void lengths_past_the_frame_count_as_cut(void **state)
{
	static const struct frame_row rows[] = {
		{ "IPv4, mirror shortened the frame", LINK_RAW, V4("05dc", "06") TCP DATA, 0,
		  DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 1460 },
		{ "IPv6, the same", LINK_RAW, V6("05b4", "06") TCP DATA, 0, DECODE_FLOW, "fd00::1",
		  6, 49153, 443, 4, 1440 },
		{ "snapshot length", LINK_RAW, V4("05dc", "06") TCP DATA, 1456, DECODE_FLOW,
		  "10.0.0.1", 6, 49153, 443, 4, 1460 },
		{ "a jumbogram", LINK_RAW, V6("0000", "00") "0600c20400020000" TCP DATA, 131040,
		  DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 0x20000 - 8 - 20 },
		{ "a jumbo option after a pad of one and one of many", LINK_RAW,
		  V6("0000", "00") "0601"
				   "00"
				   "010400000000"
				   "00"
				   "c20400010000" TCP DATA,
		  0, DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 0x10000 - 16 - 20 },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void headers_that_contradict_themselves_are_malformed(void **state)
{
	static const struct frame_row rows[] = {
		{ "header of four words", LINK_RAW,
		  "4400002c"
		  "00070000"
		  "4006"
		  "0000"
		  "0a000001"
		  "0a000002" TCP,
		  0, DECODE_MALFORMED },
		{ "total length less than the header", LINK_RAW, V4("0013", "06") TCP, 0,
		  DECODE_MALFORMED },
		{ "total length less than the options", LINK_RAW,
		  "46000014"
		  "00070000"
		  "4006"
		  "0000"
		  "0a000001"
		  "0a000002"
		  "94040000",
		  0, DECODE_MALFORMED },
		{ "version 6 where IPv4 is announced", LINK_ETHERNET, ETH4 V6_TCP, 0,
		  DECODE_MALFORMED },
		{ "version 4 where IPv6 is announced", LINK_ETHERNET, ETH6 V4_TCP V4_TCP, 0,
		  DECODE_MALFORMED },
		{ "a whole frame too short for IPv4", LINK_ETHERNET, ETH4 "45000014", 0,
		  DECODE_MALFORMED },
		{ "a whole frame too short for IPv6", LINK_ETHERNET, ETH6 "60000000", 0,
		  DECODE_MALFORMED },
		{ "an extension longer than the packet", LINK_RAW,
		  V6("0010", "3c") "0602010400000000"
				   "0000000000000000",
		  0, DECODE_MALFORMED },
		{ "a jumbo length that needs no jumbogram", LINK_RAW,
		  V6("0000", "00") "0600c2040000ffff" TCP DATA, 0, DECODE_MALFORMED },
		{ "authentication too short for itself", LINK_RAW,
		  V6("0020", "33") "0600000000000001" TCP DATA, 0, DECODE_MALFORMED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void fragments_say_where_they_stand(void **state)
{
	static const struct {
		const char *why, *hex;
		uint8_t version, protocol;
		struct fragment fragment;
		uint32_t payload;
	} rows[] = {
		{ "IPv4, the first",
		  "4500001c"
		  "abcd2000"
		  "4011"
		  "0000"
		  "0a000001"
		  "0a000002"
		  "c00200350100"
		  "0000",
		  4,
		  17,
		  { 0xabcd, 0, true, 17 },
		  8 },
		{ "IPv4, the last",
		  "45000018"
		  "abcd00b9"
		  "4011"
		  "0000"
		  "0a000001"
		  "0a000002" DATA "00",
		  4,
		  17,
		  { 0xabcd, 1480, false, 17 },
		  4 },
		{ "IPv6, one in the middle",
		  V6("0010", "2c") "11000589"
				   "00012345" DATA DATA,
		  6,
		  17,
		  { 0x12345, 1416, true, 17 },
		  8 },
		{ "IPv6, with extensions inside",
		  V6("0010", "2c") "3c000001"
				   "00012345" OPTIONS_TCP,
		  6,
		  60,
		  { 0x12345, 0, true, 60 },
		  8 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct layers layers;
		uint32_t length;
		uint8_t *bytes = frame_bytes(rows[i].hex, &length);

		print_message("%s\n", rows[i].why);
		frame_decode(LINK_RAW, bytes, length, length, &layers);
		assert_int_equal(layers.outcome, DECODE_FRAGMENT);
		assert_int_equal(layers.ip_version, rows[i].version);
		assert_int_equal(layers.protocol, rows[i].protocol);
		assert_int_equal(layers.fragment.id, rows[i].fragment.id);
		assert_int_equal(layers.fragment.offset_bytes, rows[i].fragment.offset_bytes);
		assert_int_equal(layers.fragment.more, rows[i].fragment.more);
		assert_int_equal(layers.fragment.protocol, rows[i].fragment.protocol);
		assert_int_equal(layers.payload_captured, rows[i].payload);
		assert_int_equal(layers.payload_length, rows[i].payload);
		assert_int_equal(layers.src_port, 0);
		free(bytes);
	}
}

static void the_ip_header_is_lent_up_to_the_packets_end(void **state)
{
	uint32_t length;
	uint8_t *bytes = frame_bytes(ETH6 V6("0020", "00") OPTIONS_TCP TCP DATA PAD6, &length);
	struct packet packet = { .data = bytes, length, length, .link = LINK_ETHERNET };
	struct layers layers;

	(void)state;
	packet.captured = packet.length = length;
	assert_int_equal(decode_packet(&decode_config_default, &packet, &layers), DECODE_FLOW);
	assert_ptr_equal(layers.ip_header, bytes + 14);
	assert_int_equal(layers.ip_captured, 40 + 8 + 24);
	assert_ptr_equal(layers.payload, bytes + 14 + 40 + 8 + 20);
	assert_int_equal(layers.ttl, 0x40);
	assert_int_equal(layers.ip_version, 6);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_transport_is_found),
		cmocka_unit_test(a_cut_packet_is_never_called_malformed),
		cmocka_unit_test(lengths_past_the_frame_count_as_cut),
		cmocka_unit_test(headers_that_contradict_themselves_are_malformed),
		cmocka_unit_test(fragments_say_where_they_stand),
		cmocka_unit_test(the_ip_header_is_lent_up_to_the_packets_end),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
