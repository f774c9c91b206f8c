#include "decode/frame.h"

#define COOKED(hardware, protocol) "0000" hardware "0006020000000a010000" protocol
#define COOKED2(hardware, protocol)                                                                \
	protocol "0000"                                                                            \
		 "00000002" hardware "0006"                                                        \
		 "020000000a010000"

#define TCP_FLOW DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 4
#define TCP6_FLOW DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 4

static const struct frame_row flows[] = {
	{ "Ethernet", LINK_ETHERNET, ETH4 V4_TCP, 0, TCP_FLOW },
	{ "raw IPv4", LINK_RAW, V4_TCP, 0, TCP_FLOW },
	{ "raw IPv6", LINK_RAW, V6_TCP, 0, TCP6_FLOW },
	{ "raw, BSD's number", LINK_RAW_BSD, V4_TCP, 0, TCP_FLOW },
	{ "IPv4 alone", LINK_IPV4, V4_TCP, 0, TCP_FLOW },
	{ "IPv6 alone", LINK_IPV6, V6_TCP, 0, TCP6_FLOW },
	{ "cooked", LINK_LINUX_SLL, COOKED("0001", "0800") V4_TCP, 0, TCP_FLOW },
	{ "cooked, 802.2", LINK_LINUX_SLL, COOKED("0001", "0004") "aaaa030000000800" V4_TCP, 0,
	  TCP_FLOW },
	{ "cooked, version 2", LINK_LINUX_SLL2, COOKED2("0001", "86dd") V6_TCP, 0, TCP6_FLOW },
	{ "loopback, little-endian", LINK_NULL, "02000000" V4_TCP, 0, TCP_FLOW },
	{ "loopback, big-endian", LINK_NULL, "00000002" V4_TCP, 0, TCP_FLOW },
	{ "loopback, OpenBSD's number", LINK_LOOP, "00000018" V6_TCP, 0, TCP6_FLOW },
	{ "loopback, Linux' AF_INET6", LINK_NULL, "0a000000" V6_TCP, 0, TCP6_FLOW },
	{ "loopback, FreeBSD's AF_INET6", LINK_NULL, "1c000000" V6_TCP, 0, TCP6_FLOW },
	{ "loopback, Darwin's AF_INET6", LINK_NULL, "0000001e" V6_TCP, 0, TCP6_FLOW },
	{ "PPP", LINK_PPP, "ff030021" V4_TCP, 0, TCP_FLOW },
	{ "PPP without address and control", LINK_PPP, "0057" V6_TCP, 0, TCP6_FLOW },
	{ "PPP with a one-byte protocol", LINK_PPP, "21" V4_TCP, 0, TCP_FLOW },
	{ "PPP in HDLC framing", LINK_PPP_HDLC, "ff030021" V4_TCP, 0, TCP_FLOW },
	{ "a serial line with Cisco's framing", LINK_PPP_HDLC, "0f000800" V4_TCP, 0, TCP_FLOW },
	{ "Cisco HDLC", LINK_C_HDLC, "0f000800" V4_TCP, 0, TCP_FLOW },
	{ "MPLS in PPP", LINK_PPP,
	  "ff030281"
	  "00010140" V4_TCP,
	  0, TCP_FLOW },
	{ "per-packet information", LINK_PPI,
	  "00000c0001000000"
	  "01020304" ETH4 V4_TCP,
	  0, TCP_FLOW },
	{ "radiotap", LINK_IEEE802_11_RADIOTAP,
	  "0000090000000000ff"
	  "0801000002000000000102000000000202000000000300"
	  "10"
	  "aaaa030000000800" V4_TCP,
	  0, TCP_FLOW },
	{ "802.11 with QoS, four addresses", LINK_IEEE802_11,
	  "88030000"
	  "020000000001"
	  "020000000002"
	  "020000000003"
	  "1000"
	  "020000000004"
	  "0000"
	  "aaaa030000000800" V4_TCP,
	  0, TCP_FLOW },
};

static void every_link_type_leads_to_the_packet(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

static void a_cut_frame_is_never_called_malformed(void **state)
{
	(void)state;
	frame_check_cuts(flows, ROW_COUNT(flows));
}

static void what_is_no_packet_is_named(void **state)
{
	static const struct frame_row rows[] = {
		{ "a link type that nobody wrote for", 147, "00000000", 0, DECODE_UNSUPPORTED },
		{ "netlink seen through a cooked device", LINK_LINUX_SLL,
		  COOKED("0338", "0000") "00", 0, DECODE_NOT_IP },
		{ "radiotap behind a cooked header", LINK_LINUX_SLL, COOKED("0323", "0800") V4_TCP,
		  0, DECODE_UNSUPPORTED },
		{ "Novell's raw frames behind a cooked header", LINK_LINUX_SLL2,
		  COOKED2("0001", "0001") "ffff", 0, DECODE_NOT_IP },
		{ "an address family without IP", LINK_NULL,
		  "07000000"
		  "00",
		  0, DECODE_NOT_IP },
		{ "raw with another version", LINK_RAW, "50", 0, DECODE_UNSUPPORTED },
		{ "IPv6 where the link says IPv4", LINK_IPV4, V6_TCP, 0, DECODE_MALFORMED },
		{ "PPP link control", LINK_PPP,
		  "ff03c021"
		  "01010004",
		  0, DECODE_NOT_IP },
		{ "PPP, encrypted", LINK_PPP,
		  "ff0300fd"
		  "0101",
		  0, DECODE_UNSUPPORTED },
		{ "Cisco keep-alive", LINK_C_HDLC,
		  "8f008035"
		  "00000002",
		  0, DECODE_NOT_IP },
		{ "HDLC of another address", LINK_C_HDLC, "01000800" V4_TCP, 0,
		  DECODE_UNSUPPORTED },
		{ "per-packet information, length less than its header", LINK_PPI,
		  "0000070001000000" ETH4 V4_TCP, 0, DECODE_MALFORMED },
		{ "per-packet information of a later version", LINK_PPI, "0100080001000000" ETH4, 0,
		  DECODE_UNSUPPORTED },
		{ "per-packet information with a link type beyond 16 bits", LINK_PPI,
		  "0000080001000100" ETH4 V4_TCP, 0, DECODE_UNSUPPORTED },
		{ "radiotap, length less than its header", LINK_IEEE802_11_RADIOTAP,
		  "0000040000000000", 0, DECODE_MALFORMED },
		{ "a frame of no bytes", LINK_ETHERNET, "", 0, DECODE_MALFORMED },
		{ "a frame of which nothing was captured", LINK_ETHERNET, "", 60,
		  DECODE_TRUNCATED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

#define WIFI(control)                                                                              \
	control "0000"                                                                             \
		"020000000001"                                                                     \
		"020000000002"                                                                     \
		"020000000003"

static void only_clear_whole_wireless_data_is_read(void **state)
{
	static const struct frame_row rows[] = {
		{ "a beacon", LINK_IEEE802_11, WIFI("8000") "1000", 0, DECODE_NOT_IP },
		{ "an acknowledgement", LINK_IEEE802_11, "d4000000020000000001", 0, DECODE_NOT_IP },
		{ "data without data", LINK_IEEE802_11, WIFI("4801") "1000", 0, DECODE_NOT_IP },
		{ "protected", LINK_IEEE802_11,
		  WIFI("0841") "1000"
			       "00",
		  0, DECODE_UNSUPPORTED },
		{ "a second fragment", LINK_IEEE802_11,
		  WIFI("0801") "1100"
			       "00",
		  0, DECODE_UNSUPPORTED },
		{ "a first fragment", LINK_IEEE802_11,
		  WIFI("0805") "1000"
			       "00",
		  0, DECODE_UNSUPPORTED },
		{ "several packets in one", LINK_IEEE802_11,
		  WIFI("8801") "1000"
			       "8000"
			       "00",
		  0, DECODE_UNSUPPORTED },
		{ "QoS and high throughput fields", LINK_IEEE802_11,
		  WIFI("8881") "1000"
			       "0000"
			       "00000000"
			       "aaaa030000000800" V4_TCP,
		  0, TCP_FLOW },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_leads_to_the_packet),
		cmocka_unit_test(a_cut_frame_is_never_called_malformed),
		cmocka_unit_test(what_is_no_packet_is_named),
		cmocka_unit_test(only_clear_whole_wireless_data_is_read),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
