#include "decode/frame.h"

#define INNER(type, id) DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 4, 4, 1, type, id
#define OUTER(port, payload) DECODE_FLOW, "192.0.2.1", 17, 0xd001, port, payload, payload
#define TO(port, length) "d001" port length "0000"

/* 20 + 8 + 8 + 14 + 44 = 94 bytes */
#define VXLAN(port, flags) OUTER4("005e", "11") TO(port, "004a") flags "00032000" ETH4 V4_TCP

static const struct frame_row flows[] = {
	{ "VXLAN on its port", LINK_RAW, VXLAN("12b5", "08000000"), 0, INNER(TUNNEL_VXLAN, 800) },
	{ "VXLAN of a gateway load balancer, internal", LINK_RAW, VXLAN("2a30", "08000000"), 0,
	  INNER(TUNNEL_VXLAN, 800) },
	{ "... and external", LINK_RAW, VXLAN("2a31", "08000000"), 0, INNER(TUNNEL_VXLAN, 800) },
	{ "VXLAN with a group policy", LINK_RAW, VXLAN("12b5", "88000042"), 0,
	  INNER(TUNNEL_VXLAN, 800) },
	{ "GENEVE", LINK_RAW,
	  OUTER4("005e", "11") TO("17c1", "004a") "00006558"
						  "0003e900" ETH4 V4_TCP,
	  0, INNER(TUNNEL_GENEVE, 0x3e9) },
	{ "GENEVE with options, IP inside", LINK_RAW,
	  OUTER4("0058", "11") TO("17c1", "0044") "02000800"
						  "0003e900"
						  "01080001" DATA V4_TCP,
	  0, INNER(TUNNEL_GENEVE, 0x3e9) },
	{ "GTP-U", LINK_RAW,
	  OUTER4("0050", "11") TO("0868", "003c") "30ff002c"
						  "00000077" V4_TCP,
	  0, INNER(TUNNEL_GTPU, 0x77) },
	{ "GTP-U with bytes behind", LINK_RAW,
	  OUTER4("0052", "11") TO("0868", "003e") "30ff002c"
						  "00000077" V4("0000", "06") TCP DATA "0000",
	  0, INNER(TUNNEL_GTPU, 0x77) },
	{ "GTP-U with sequence number", LINK_RAW,
	  OUTER4("0054", "11") TO("0868", "0040") "32ff0030"
						  "00000077"
						  "00010000" V4_TCP,
	  0, INNER(TUNNEL_GTPU, 0x77) },
	{ "GTP-U with extensions", LINK_RAW,
	  OUTER4("0060", "11") TO("0868", "004c") "34ff003c"
						  "00000077"
						  "00000085"
						  "01000985"
						  "02000900"
						  "00000000" V4_TCP,
	  0, INNER(TUNNEL_GTPU, 0x77) },
};

static void the_inner_packet_is_the_flow(void **state)
{
	(void)state;
	frame_check(flows, ROW_COUNT(flows));
}

/* Until the tunnel's own header is there the packet may pass for a UDP flow: never as malformed. */
static void a_cut_envelope_is_never_called_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(flows); i++) {
		struct layers layers;
		uint32_t length;
		uint8_t *bytes = frame_bytes(flows[i].hex, &length);

		for (uint32_t keep = 0; keep < length; keep++) {
			enum decode_outcome outcome =
				frame_decode(LINK_RAW, bytes, keep, length, &layers);

			assert_true(outcome == DECODE_TRUNCATED || outcome == DECODE_FLOW);
			if (keep >= length - 16) /* inner ports are there */
				assert_int_equal(layers.dst_port, 443);
		}
		free(bytes);
	}
}

static void what_only_uses_the_port_stays_a_udp_flow(void **state)
{
	static const struct frame_row rows[] = {
		{ "VXLAN without its flag", LINK_RAW, VXLAN("12b5", "00000000"), 0,
		  OUTER(4789, 66) },
		{ "VXLAN's successor, with a type in it", LINK_RAW, VXLAN("12b5", "0c000001"), 0,
		  OUTER(4789, 66) },
		{ "VXLAN shorter than its header", LINK_RAW,
		  OUTER4("0020", "11") TO("12b5", "000c") "08000000", 0, OUTER(4789, 4) },
		{ "VXLAN with a malformed packet inside", LINK_RAW,
		  OUTER4("0036", "11") TO("12b5", "0022") "08000000"
							  "00032000" ETH4 DATA,
		  0, OUTER(4789, 26) },
		{ "VXLAN with half a frame inside", LINK_RAW,
		  OUTER4("0028", "11") TO("12b5", "0014") "08000000"
							  "00032000" DATA,
		  0, OUTER(4789, 12) },
		{ "VXLAN from its port, not to it", LINK_RAW,
		  OUTER4("005e", "11") "12b5"
				       "d001"
				       "004a"
				       "0000"
				       "08000000"
				       "00032000" ETH4 V4_TCP,
		  0, DECODE_FLOW, "192.0.2.1", 17, 4789, 0xd001, 66, 66 },
		{ "GENEVE of another version", LINK_RAW,
		  OUTER4("0028", "11") TO("17c1", "0014") "40006558"
							  "0003e900" DATA,
		  0, OUTER(6081, 12) },
		{ "GENEVE with an unknown protocol", LINK_RAW,
		  OUTER4("0028", "11") TO("17c1", "0014") "00001234"
							  "0003e900" DATA,
		  0, OUTER(6081, 12) },
		{ "GENEVE with options past its end", LINK_RAW,
		  OUTER4("0028", "11") TO("17c1", "0014") "02006558"
							  "0003e900" DATA,
		  0, OUTER(6081, 12) },
		{ "a GTP-U echo", LINK_RAW,
		  OUTER4("0028", "11") TO("0868", "0014") "32010004"
							  "00000000" DATA,
		  0, OUTER(2152, 12) },
		{ "GTP', not GTP", LINK_RAW,
		  OUTER4("0028", "11") TO("0868", "0014") "20ff0004"
							  "00000000" DATA,
		  0, OUTER(2152, 12) },
		{ "GTP-U longer than its packet", LINK_RAW,
		  OUTER4("0028", "11") TO("0868", "0014") "30ff0005"
							  "00000000"
							  "45000000",
		  0, OUTER(2152, 12) },
		{ "GTP-U with an extension of no length", LINK_RAW,
		  OUTER4("0030", "11") TO("0868", "001c") "34ff000c"
							  "00000000"
							  "00000085"
							  "00000085"
							  "00000085",
		  0, OUTER(2152, 20) },
		{ "GTP-U with something else than IP inside", LINK_RAW,
		  OUTER4("0028", "11") TO("0868", "0014") "30ff0004"
							  "00000000" DATA,
		  0, OUTER(2152, 12) },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void an_inside_without_ip_or_with_a_fragment_is_said_so(void **state)
{
	static const struct frame_row rows[] = {
		{ "ARP", LINK_RAW,
		  OUTER4("0034", "11") TO("12b5", "0020") "08000000"
							  "00032000" MACS "0806"
							  "0001",
		  0, DECODE_NOT_IP, .tunnels = 1, .tunnel = TUNNEL_VXLAN, .tunnel_id = 800 },
		{ "a fragment", LINK_RAW,
		  OUTER4("004e", "11") TO("12b5", "003a") "08000000"
							  "00032000" ETH4 "4500001c"
							  "00072000"
							  "4011"
							  "0000"
							  "0a000001"
							  "0a000002" DATA DATA,
		  0, DECODE_FRAGMENT, .tunnels = 1, .tunnel = TUNNEL_VXLAN, .tunnel_id = 800 },
		{ "cut in the inner addresses", LINK_RAW,
		  OUTER4("005e", "11") TO("12b5", "004a") "08000000"
							  "00032000" ETH4 "45",
		  43, DECODE_TRUNCATED, .tunnels = 1, .tunnel = TUNNEL_VXLAN, .tunnel_id = 800 },
	};

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
}

static void ports_are_a_setting(void **state)
{
	static const struct decode_config config = { .vxlan_ports = { 8472 } };
	uint32_t length;
	uint8_t *bytes = frame_bytes(VXLAN("2118", "08000000"), &length);
	struct packet packet = { .data = bytes, .link = LINK_RAW };
	struct layers layers;

	(void)state;
	packet.captured = packet.length = length;
	decode_packet(&config, &packet, &layers);
	assert_int_equal(layers.tunnel_count, 1);
	decode_packet(&decode_config_default, &packet, &layers);
	assert_int_equal(layers.tunnel_count, 0);
	assert_int_equal(layers.dst_port, 8472);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inner_packet_is_the_flow),
		cmocka_unit_test(a_cut_envelope_is_never_called_malformed),
		cmocka_unit_test(what_only_uses_the_port_stays_a_udp_flow),
		cmocka_unit_test(an_inside_without_ip_or_with_a_fragment_is_said_so),
		cmocka_unit_test(ports_are_a_setting),
	};

	return cmocka_run_group_tests_name("udp_tunnel", tests, NULL, NULL);
}
