/* gre.c and ip_tunnel.c: envelopes that are IP protocols of their own. */
#include "decode/frame.h"

#define INNER(type, id) DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 4, 1, type, id
#define INNER6(type, id) DECODE_FLOW, "fd00::1", 6, 49153, 443, 4, 4, 1, type, id
#define OUTER(protocol, payload) DECODE_FLOW, "192.0.2.1", protocol, 0, 0, payload, payload

static const struct frame_row flows[] = {
	{ "GRE", LINK_RAW, OUTER4("0044", "2f") "00000800" V4_TCP, 0, INNER(TUNNEL_GRE, 0) },
	{ "GRE, IPv6 inside", LINK_RAW, OUTER4("0058", "2f") "000086dd" V6_TCP, 0,
	  INNER6(TUNNEL_GRE, 0) },
	{ "with checksum, key and sequence number", LINK_RAW,
	  OUTER4("0050", "2f") "b0000800"
			       "ffff0000"
			       "00010203"
			       "00000009" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0x10203) },
	{ "with source routes", LINK_RAW,
	  OUTER4("0054", "2f") "40000800"
			       "00000000"
			       "08000004"
			       "c0000203"
			       "00000000" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0) },
	{ "NVGRE", LINK_RAW,
	  OUTER4("0056", "2f") "20006558"
			       "00032001" ETH4 V4_TCP,
	  0, INNER(TUNNEL_GRE, 0x32001) },
	{ "PPTP", LINK_RAW,
	  OUTER4("0054", "2f") "3001880b"
			       "00304321"
			       "00000001"
			       "ff030021" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0x4321) },
	{ "PPTP with bytes behind", LINK_RAW,
	  OUTER4("0056", "2f") "3001880b"
			       "00304321"
			       "00000001"
			       "ff030021" V4("0000", "06") TCP DATA "0000",
	  0, INNER(TUNNEL_GRE, 0x4321) },
	{ "PPTP with an acknowledgement", LINK_RAW,
	  OUTER4("0058", "2f") "3081880b"
			       "00304321"
			       "00000001"
			       "00000002"
			       "ff030021" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0x4321) },
	{ "ERSPAN I", LINK_RAW, OUTER4("0052", "2f") "000088be" ETH4 V4_TCP, 0,
	  INNER(TUNNEL_ERSPAN, 0) },
	{ "ERSPAN II", LINK_RAW,
	  OUTER4("005e", "2f") "100088be"
			       "00000001"
			       "106403ff"
			       "00000000" ETH4 V4_TCP,
	  0, INNER(TUNNEL_ERSPAN, 0x3ff) },
	{ "ERSPAN III", LINK_RAW,
	  OUTER4("0062", "2f") "100022eb"
			       "00000001"
			       "20640005"
			       "00000000"
			       "00000000" ETH4 V4_TCP,
	  0, INNER(TUNNEL_ERSPAN, 5) },
	{ "ERSPAN III with its further header", LINK_RAW,
	  OUTER4("006a", "2f") "100022eb"
			       "00000001"
			       "20640005"
			       "00000000"
			       "00000001" DATA DATA ETH4 V4_TCP,
	  0, INNER(TUNNEL_ERSPAN, 5) },
	{ "ERSPAN III of an IP packet", LINK_RAW,
	  OUTER4("0054", "2f") "100022eb"
			       "00000001"
			       "20640005"
			       "00000000"
			       "00000800" V4_TCP,
	  0, INNER(TUNNEL_ERSPAN, 5) },
	{ "WCCP", LINK_RAW, OUTER4("0044", "2f") "0000883e" V4_TCP, 0, INNER(TUNNEL_GRE, 0) },
	{ "WCCP, version 2", LINK_RAW,
	  OUTER4("0048", "2f") "0000883e"
			       "00000000" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0) },
	{ "MPLS in GRE", LINK_RAW,
	  OUTER4("0048", "2f") "00008847"
			       "00010140" V4_TCP,
	  0, INNER(TUNNEL_GRE, 0) },
	{ "IPv4 in IPv4", LINK_RAW, OUTER4("0040", "04") V4_TCP, 0, INNER(TUNNEL_IPIP, 0) },
	{ "IPv6 in IPv4", LINK_RAW, OUTER4("0054", "29") V6_TCP, 0, INNER6(TUNNEL_IPIP, 0) },
	{ "IPv4 in IPv6", LINK_RAW, V6("002c", "04") V4_TCP, 0, INNER(TUNNEL_IPIP, 0) },
	{ "IPv6 in IPv6", LINK_RAW, V6("0040", "29") V6_TCP, 0, INNER6(TUNNEL_IPIP, 0) },
	{ "Ethernet in IP", LINK_RAW, OUTER4("0050", "61") "3000" ETH4 V4_TCP, 0,
	  INNER(TUNNEL_ETHERIP, 0) },
};

static void the_inner_packet_is_the_flow(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

static void a_cut_envelope_is_never_called_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(flows); i++) {
		/* what an IP length of zero announces depends on the cut */
		if (!strstr(flows[i].why, "bytes behind"))
			frame_check_cuts(flows + i, 1);
	}
}

static void what_cannot_be_entered_is_a_flow_of_its_own(void **state)
{
	static const struct frame_row rows[] = {
		{ "a keep-alive", LINK_RAW, OUTER4("0018", "2f") "00000000", 0, OUTER(47, 4) },
		{ "GRE of another version", LINK_RAW, OUTER4("001c", "2f") "00020800" DATA, 0,
		  OUTER(47, 8) },
		{ "PPTP, an acknowledgement alone", LINK_RAW,
		  OUTER4("0020", "2f") "2081880b"
				       "00004321"
				       "00000002",
		  0, OUTER(47, 12) },
		{ "PPTP, encrypted", LINK_RAW,
		  OUTER4("0028", "2f") "3001880b"
				       "00084321"
				       "00000001"
				       "ff0300fd" DATA,
		  0, OUTER(47, 20) },
		{ "GRE with nonsense inside", LINK_RAW, OUTER4("001c", "2f") "00000800" DATA, 0,
		  OUTER(47, 8) },
		{ "IP in IP with nonsense inside", LINK_RAW, OUTER4("0018", "04") DATA, 0,
		  OUTER(4, 4) },
		{ "Ethernet in IP of another version", LINK_RAW,
		  OUTER4("0018", "61") "4000"
				       "0000",
		  0, OUTER(97, 4) },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void an_inside_without_ip_is_not_ip(void **state)
{
	static const struct frame_row rows[] = {
		{ "ARP in NVGRE", LINK_RAW,
		  OUTER4("002c", "2f") "20006558"
				       "00032001" MACS "0806"
				       "0001",
		  0, DECODE_NOT_IP, .tunnels = 1, .tunnel = TUNNEL_GRE, .tunnel_id = 0x32001 },
		{ "a type that is no EtherType", LINK_RAW, OUTER4("001c", "2f") "000000fe" DATA, 0,
		  DECODE_NOT_IP, .tunnels = 1, .tunnel = TUNNEL_GRE },
		{ "PPTP, link control", LINK_RAW,
		  OUTER4("0028", "2f") "3001880b"
				       "00084321"
				       "00000001"
				       "ff03c021" DATA,
		  0, DECODE_NOT_IP, .tunnels = 1, .tunnel = TUNNEL_GRE, .tunnel_id = 0x4321 },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void headers_without_end_are_malformed(void **state)
{
	static const struct frame_row rows[] = {
		{ "GRE in two bytes", LINK_RAW, OUTER4("0016", "2f") "0000", 0, DECODE_MALFORMED },
		{ "a key that is not there", LINK_RAW, OUTER4("0018", "2f") "20000800", 0,
		  DECODE_MALFORMED },
		{ "source routes that do not end", LINK_RAW,
		  OUTER4("0020", "2f") "40000800"
				       "00000000"
				       "08000004",
		  0, DECODE_MALFORMED },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inner_packet_is_the_flow),
		cmocka_unit_test(a_cut_envelope_is_never_called_malformed),
		cmocka_unit_test(what_cannot_be_entered_is_a_flow_of_its_own),
		cmocka_unit_test(an_inside_without_ip_is_not_ip),
		cmocka_unit_test(headers_without_end_are_malformed),
	};

	return cmocka_run_group_tests_name("gre", tests, NULL, NULL);
}
