#include "decode/frame.h"

#define SNAP "aaaa03000000"
#define TCP_FLOW DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 4
#define PPPOE_FLOW TCP_FLOW, 1, TUNNEL_PPPOE, 0x1234
#define MAC_00                                                                                     \
	"00000000000a"                                                                             \
	"00000000000b" /* addresses that begin like a control word */

static const struct frame_row flows[] = {
	{ "one tag", LINK_ETHERNET,
	  MACS "8100"
	       "0064"
	       "0800" V4_TCP,
	  0, TCP_FLOW, .vlans = 1 },
	{ "service and customer tag", LINK_ETHERNET,
	  MACS "88a8"
	       "0064"
	       "8100"
	       "00c8"
	       "0800" V4_TCP,
	  0, TCP_FLOW, .vlans = 2 },
	{ "more tags than are kept", LINK_ETHERNET,
	  MACS "9100"
	       "0001"
	       "9100"
	       "0002"
	       "8100"
	       "0003"
	       "0800" V4_TCP,
	  0, TCP_FLOW, .vlans = 3 },
	{ "802.3 with SNAP", LINK_ETHERNET, MACS "0034" SNAP "0800" V4_TCP, 0, TCP_FLOW },
	{ "802.3 with SNAP and padding", LINK_ETHERNET, MACS "0034" SNAP "0800" V4_TCP "0000", 0,
	  TCP_FLOW },
	{ "802.3 length in a tagged frame", LINK_ETHERNET,
	  MACS "8100"
	       "0064"
	       "0034" SNAP "0800" V4_TCP,
	  0, TCP_FLOW, .vlans = 1 },
	{ "802.1H", LINK_ETHERNET,
	  MACS "0034"
	       "aaaa030000f8"
	       "0800" V4_TCP,
	  0, TCP_FLOW },
	{ "802.2 with IP's own number", LINK_ETHERNET,
	  MACS "002f"
	       "060603" V4_TCP,
	  0, TCP_FLOW },
	{ "802.2 in a jumbo frame", LINK_ETHERNET, MACS "8870" SNAP "0800" V4_TCP, 0, TCP_FLOW },
	{ "two labels, IPv4", LINK_ETHERNET,
	  MACS "8847"
	       "00010040"
	       "00011140" V4_TCP,
	  0, TCP_FLOW },
	{ "a label, IPv6", LINK_ETHERNET,
	  MACS "8848"
	       "00011140" V6_TCP,
	  0, DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 4 },
	{ "a pseudowire with control word", LINK_ETHERNET,
	  MACS "8847"
	       "00011140"
	       "00000000" ETH4 V4_TCP,
	  0, TCP_FLOW },
	{ "... whose frame's addresses begin with zeros", LINK_ETHERNET,
	  MACS "8847"
	       "00011140"
	       "00000000" MAC_00 "0800" V4_TCP,
	  0, TCP_FLOW },
	{ "... and hold what looks like a type", LINK_ETHERNET,
	  MACS "8847"
	       "00011140"
	       "00000000"
	       "00000000000a"
	       "00000800000b"
	       "0800" V4_TCP,
	  0, TCP_FLOW },
	{ "a pseudowire without, addresses begin with zeros", LINK_ETHERNET,
	  MACS "8847"
	       "00011140" MAC_00 "0800" V4_TCP,
	  0, TCP_FLOW },
	{ "a pseudowire without, other addresses", LINK_ETHERNET,
	  MACS "8847"
	       "00011140"
	       "a20000000001"
	       "a20000000002"
	       "0800" V4_TCP,
	  0, TCP_FLOW },
	{ "PPPoE", LINK_ETHERNET,
	  MACS "8864"
	       "1100"
	       "1234"
	       "002e"
	       "0021" V4_TCP,
	  0, PPPOE_FLOW },
	{ "PPPoE with padding", LINK_ETHERNET,
	  MACS "8864"
	       "1100"
	       "1234"
	       "002e"
	       "0021" V4_TCP "00",
	  0, PPPOE_FLOW },
	{ "PPPoE as the link", LINK_PPP_ETHER,
	  "1100"
	  "1234"
	  "002e"
	  "0021" V4_TCP,
	  0, PPPOE_FLOW },
};

static void whatever_stands_before_ip_is_passed(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

static void a_cut_frame_is_never_called_malformed(void **state)
{
	(void)state;
	/* Without all its bytes the guess at an unmarked pseudowire can go wrong: not those rows. */
	frame_check_cuts(flows, 11);
	frame_check_cuts(flows + 16, ROW_COUNT(flows) - 16);
}

static void frames_without_ip_are_not_ip(void **state)
{
	static const struct frame_row rows[] = {
		{ "ARP", LINK_ETHERNET,
		  MACS "0806"
		       "0001",
		  0, DECODE_NOT_IP },
		{ "ARP in a VLAN", LINK_ETHERNET,
		  MACS "8100"
		       "0064"
		       "0806"
		       "0001",
		  0, DECODE_NOT_IP, .vlans = 1 },
		{ "LLDP", LINK_ETHERNET,
		  MACS "88cc"
		       "0207",
		  0, DECODE_NOT_IP },
		{ "spanning tree", LINK_ETHERNET,
		  MACS "0007"
		       "424203"
		       "00000000",
		  0, DECODE_NOT_IP },
		{ "Cisco's discovery in SNAP", LINK_ETHERNET,
		  MACS "0008"
		       "aaaa0300000c2000",
		  0, DECODE_NOT_IP },
		{ "802.2, numbered", LINK_ETHERNET,
		  MACS "0004"
		       "aaaa0000",
		  0, DECODE_NOT_IP },
		{ "between lengths and types", LINK_ETHERNET,
		  MACS "05dd"
		       "00",
		  0, DECODE_NOT_IP },
		{ "PPPoE discovery", LINK_ETHERNET,
		  MACS "8863"
		       "1109"
		       "0000"
		       "0000",
		  0, DECODE_NOT_IP },
		{ "a PPPoE session's end", LINK_ETHERNET,
		  MACS "8864"
		       "11a7"
		       "1234"
		       "0000",
		  0, DECODE_NOT_IP },
		{ "PPPoE of another version", LINK_ETHERNET,
		  MACS "8864"
		       "2100"
		       "1234"
		       "002e",
		  0, DECODE_UNSUPPORTED },
		{ "a pseudowire's associated channel", LINK_ETHERNET,
		  MACS "8847"
		       "00011140"
		       "10000021"
		       "45",
		  0, DECODE_NOT_IP },
		{ "a label stack without a bottom", LINK_ETHERNET,
		  MACS "8847"
		       "00010040",
		  0, DECODE_MALFORMED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

/* An IP length of zero leaves it to the layer around it to say where the packet ends. */
static void lengths_of_the_link_leave_padding_out(void **state)
{
	static const struct frame_row rows[] = {
		{ "802.3", LINK_ETHERNET, MACS "0034" SNAP "0800" V4("0000", "06") TCP DATA "0000",
		  0, TCP_FLOW },
		{ "PPPoE", LINK_ETHERNET,
		  MACS "8864"
		       "1100"
		       "1234"
		       "002e"
		       "0021" V4("0000", "06") TCP DATA "0000",
		  0, PPPOE_FLOW },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void vlan_ids_and_type_are_kept(void **state)
{
	static const char hex[] = MACS "88a8"
				       "e064"
				       "8100"
				       "00c8"
				       "8100"
				       "0003"
				       "0800" V4_TCP;
	struct layers layers;
	uint32_t length;
	uint8_t *bytes = frame_bytes(hex, &length);

	(void)state;
	frame_decode(LINK_ETHERNET, bytes, length, length, &layers);
	assert_int_equal(layers.vlan[0], 100); /* without its priority */
	assert_int_equal(layers.vlan[1], 200);
	assert_int_equal(layers.vlan_count, 3);
	assert_int_equal(layers.ether_type, 0x0800);
	assert_int_equal(layers.depth, 6);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_stands_before_ip_is_passed),
		cmocka_unit_test(a_cut_frame_is_never_called_malformed),
		cmocka_unit_test(frames_without_ip_are_not_ip),
		cmocka_unit_test(lengths_of_the_link_leave_padding_out),
		cmocka_unit_test(vlan_ids_and_type_are_kept),
	};

	return cmocka_run_group_tests_name("ethernet", tests, NULL, NULL);
}
