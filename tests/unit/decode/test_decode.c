#include "decode/frame.h"

#include "decode/fragments.h"

/* Writes `count` copies of a header, then `last`, as hex. */
static char *stacked(const char *header, unsigned count, const char *last)
{
	size_t length = strlen(header);
	char *text = malloc(count * length + strlen(last) + 1);

	assert_non_null(text);
	for (unsigned i = 0; i < count; i++)
		memcpy(text + i * length, header, length);
	memcpy(text + count * length, last, strlen(last) + 1);
	return text;
}

static void headers_are_counted_up_to_a_bound(void **state)
{
	static const struct {
		const char *why, *header, *last;
		unsigned count;
		enum decode_outcome outcome;
	} rows[] = {
		{ "as many labels as fit", "00010040", "00011140" V4_TCP, DECODE_DEPTH_MAX - 4,
		  DECODE_FLOW },
		{ "one more", "00010040", "00011140" V4_TCP, DECODE_DEPTH_MAX - 3,
		  DECODE_TOO_DEEP },
		{ "thousands", "00010040", "", 5000, DECODE_TOO_DEEP },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct layers layers;
		uint32_t length;
		char *labels = stacked(rows[i].header, rows[i].count, rows[i].last);
		char *hex = stacked(MACS "8847", 1, labels);
		uint8_t *bytes = frame_bytes(hex, &length);

		print_message("%s\n", rows[i].why);
		/* link, labels, bottom label, IP, TCP */
		assert_int_equal(frame_decode(LINK_ETHERNET, bytes, length, length, &layers),
				 rows[i].outcome);
		assert_true(layers.depth <= DECODE_DEPTH_MAX);
		free(bytes);
		free(hex);
		free(labels);
	}
}

static void envelopes_beyond_those_kept_are_counted(void **state)
{
	static const struct frame_row rows[] = {
		{ "three in one another", LINK_RAW,
		  OUTER4("006c", "04") OUTER4("0058", "2f") "20000800"
							    "00000007" V4("003c", "04")
								    V4("0028", "06") TCP,
		  0, DECODE_FLOW, "10.0.0.1", 6, 49153, 443, 0, 0, 3, TUNNEL_IPIP, 0 },
	};
	struct layers layers;
	uint32_t length;
	uint8_t *bytes = frame_bytes(rows[0].hex, &length);

	(void)state;
	frame_check(rows, ROW_COUNT(rows));
	frame_decode(LINK_RAW, bytes, length, length, &layers);
	assert_int_equal(layers.tunnel[1].type, TUNNEL_GRE);
	assert_int_equal(layers.tunnel[1].id, 7);
	free(bytes);
}

static void an_envelope_keeps_its_own_ends(void **state)
{
	static const char hex[] = MACS "8100"
				       "0064"
				       "0800" OUTER4("005e", "11") "d001"
								   "12b5"
								   "004a"
								   "0000"
								   "08000000"
								   "00032000" ETH4 V4_TCP;
	struct layers layers;
	char text[IP_TEXT_SIZE];
	uint32_t length;
	uint8_t *bytes = frame_bytes(hex, &length);

	(void)state;
	frame_decode(LINK_ETHERNET, bytes, length, length, &layers);
	ip_print(&layers.tunnel[0].src, text);
	assert_string_equal(text, "192.0.2.1");
	ip_print(&layers.tunnel[0].dst, text);
	assert_string_equal(text, "192.0.2.2");
	assert_int_equal(layers.tunnel[0].src_port, 0xd001);
	assert_int_equal(layers.tunnel[0].dst_port, 4789);
	assert_int_equal(layers.tunnel[0].ip_version, 4);
	assert_int_equal(layers.ttl, 0x40); /* the inner one's */
	assert_int_equal(layers.vlan[0], 100);
	free(bytes);
}

static void a_link_layer_envelope_has_no_addresses(void **state)
{
	/* PPPoE inside VXLAN: not the outer addresses again */
	static const char hex[] = OUTER4("0066", "11") "d001"
						       "12b5"
						       "0052"
						       "0000"
						       "08000000"
						       "00032000" MACS "8864"
						       "1100"
						       "1234"
						       "002e"
						       "0021" V4_TCP;
	struct layers layers;
	uint32_t length;
	uint8_t *bytes = frame_bytes(hex, &length);

	(void)state;
	frame_decode(LINK_RAW, bytes, length, length, &layers);
	assert_int_equal(layers.outcome, DECODE_FLOW);
	assert_int_equal(layers.tunnel_count, 2);
	assert_int_equal(layers.tunnel[1].type, TUNNEL_PPPOE);
	assert_int_equal(layers.tunnel[1].id, 0x1234);
	assert_true(ip_is_zero(&layers.tunnel[1].src));
	assert_int_equal(layers.tunnel[1].ip_version, 0);
	assert_int_equal(layers.tunnel[1].dst_port, 0);
	free(bytes);
}

static void a_fallback_forgets_the_inside(void **state)
{
	/* VXLAN, VLAN, IPv4, TCP with a header of four words */
	static const char hex[] = OUTER4("005e", "11") "d001"
						       "12b5"
						       "004a"
						       "0000"
						       "08000000"
						       "00032000" MACS "8100"
						       "0064"
						       "0800" V4("0028", "06") "c00101bb"
									       "00000001"
									       "00000002"
									       "4018"
									       "0400"
									       "0000"
									       "0000";
	struct layers layers;
	uint32_t length;
	uint8_t *bytes = frame_bytes(hex, &length);

	(void)state;
	frame_decode(LINK_RAW, bytes, length, length, &layers);
	assert_int_equal(layers.outcome, DECODE_FLOW);
	assert_int_equal(layers.protocol, 17);
	assert_int_equal(layers.dst_port, 4789);
	assert_int_equal(layers.tunnel_count, 0);
	assert_int_equal(layers.vlan_count, 0);
	assert_int_equal(layers.tcp_flags, 0);
	assert_int_equal(layers.tcp_seq, 0);
	assert_int_equal(layers.payload_length, 66);
	free(bytes);
}

/* Layers of a fragment of protocol `protocol`, as decode_packet() leaves them. */
static struct layers layers_of_fragment(const char *hex)
{
	struct layers layers;
	uint32_t length;
	uint8_t *bytes = frame_bytes(hex, &length);

	frame_decode(LINK_ETHERNET, bytes, length, length, &layers);
	assert_int_equal(layers.outcome, DECODE_FRAGMENT);
	free(bytes);
	return layers;
}

#define FRAGMENT                                                                                   \
	ETH4 "4500001c"                                                                            \
	     "00072000"                                                                            \
	     "40"                                                                                  \
	     "11"                                                                                  \
	     "0000"                                                                                \
	     "0a000001"                                                                            \
	     "0a000002" DATA DATA

static void a_datagram_goes_on_where_its_fragment_stopped(void **state)
{
	static const struct {
		const char *why, *hex;
		uint32_t length; /* 0: as captured */
		uint8_t protocol;
		enum decode_outcome outcome;
		uint32_t payload, announced;
	} rows[] = {
		{ "TCP", TCP DATA, 0, 6, DECODE_FLOW, 4, 4 },
		{ "TCP with a hole", TCP DATA, 1480, 6, DECODE_FLOW, 4, 1460 },
		{ "UDP with a hole",
		  "c00200350064"
		  "0000" DATA,
		  100, 17, DECODE_FLOW, 4, 92 },
		{ "UDP whose length is not its datagram's",
		  "c00200350064"
		  "0000" DATA,
		  0, 17, DECODE_MALFORMED, 0, 0 },
		{ "nothing before the first hole", "", 100, 6, DECODE_TRUNCATED, 0, 0 },
		{ "fragments in fragments", V4_UDP, 0, 4, DECODE_FLOW, 4, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct layers layers = layers_of_fragment(FRAGMENT);
		uint32_t captured;
		uint8_t *bytes = frame_bytes(rows[i].hex, &captured);
		struct fragments_whole whole = { .bytes = bytes,
						 .captured = captured,
						 .length = rows[i].length != 0 ? rows[i].length
									       : captured,
						 .protocol = rows[i].protocol };

		print_message("%s\n", rows[i].why);
		assert_int_equal(decode_datagram(&decode_config_default, &whole, &layers),
				 rows[i].outcome);
		assert_int_equal(layers.outcome, rows[i].outcome);
		if (rows[i].outcome == DECODE_FLOW) {
			assert_int_equal(layers.payload_captured, rows[i].payload);
			assert_int_equal(layers.payload_length, rows[i].announced);
			assert_int_not_equal(layers.src_port, 0);
		}
		free(bytes);
	}
}

static void a_datagram_keeps_addresses_vlans_and_depth(void **state)
{
	struct layers layers = layers_of_fragment(MACS "8100"
						       "0064"
						       "0800"
						       "4500001c"
						       "00072000"
						       "4011"
						       "0000"
						       "0a000001"
						       "0a000002" DATA DATA);
	uint32_t captured;
	uint8_t *bytes = frame_bytes(TCP DATA, &captured);
	struct fragments_whole whole = { bytes, captured, captured, .protocol = 6 };
	char src[IP_TEXT_SIZE];

	(void)state;
	assert_int_equal(layers.depth, 3);
	assert_int_equal(decode_datagram(&decode_config_default, &whole, &layers), DECODE_FLOW);
	ip_print(&layers.src, src);
	assert_string_equal(src, "10.0.0.1");
	assert_int_equal(layers.vlan_count, 1);
	assert_int_equal(layers.vlan[0], 100);
	assert_int_equal(layers.depth, 4);
	assert_int_equal(layers.protocol, 6);
	assert_null(layers.ip_header); /* no header stands before these bytes */
	assert_int_equal(layers.ip_captured, 0);
	assert_ptr_equal(layers.payload, bytes + 20);
	free(bytes);
}

static void everything_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DECODE_OUTCOMES; i++) {
		assert_non_null(decode_outcome_name((enum decode_outcome)i));
		assert_string_not_equal(decode_outcome_name((enum decode_outcome)i), "unknown");
	}
	for (unsigned i = 0; i < TUNNEL_TYPES; i++) {
		assert_non_null(tunnel_type_name((enum tunnel_type)i));
		assert_string_not_equal(tunnel_type_name((enum tunnel_type)i), "unknown");
	}
	assert_string_equal(decode_outcome_name(DECODE_OUTCOMES), "unknown");
	assert_string_equal(tunnel_type_name(TUNNEL_TYPES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_counted_up_to_a_bound),
		cmocka_unit_test(envelopes_beyond_those_kept_are_counted),
		cmocka_unit_test(an_envelope_keeps_its_own_ends),
		cmocka_unit_test(a_link_layer_envelope_has_no_addresses),
		cmocka_unit_test(a_fallback_forgets_the_inside),
		cmocka_unit_test(a_datagram_goes_on_where_its_fragment_stopped),
		cmocka_unit_test(a_datagram_keeps_addresses_vlans_and_depth),
		cmocka_unit_test(everything_has_a_name),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
