/* The short way through the commonest frames says what the walk says. */
#include "frame.h"

#include "decode/walk.h"
#include "random.h"

#define ROUNDS 200000
#define PADDING "000000000000"

/* Returns whether it was one of the commonest. */
static bool both_say_the_same(const struct packet *packet)
{
	struct layers layers, walked, plain;

	memset(&layers, 0x5a, sizeof(layers));
	memset(&walked, 0x5a, sizeof(walked));
	memset(&plain, 0x5a, sizeof(plain));
	assert_int_equal(decode_packet(&decode_config_default, packet, &layers),
			 decode_walk(&decode_config_default, packet, &walked));
	assert_memory_equal(&layers, &walked, sizeof(layers));

	bool is_plain = plain_frame(&decode_config_default, packet, &plain);
	memset(&walked, 0x5a, sizeof(walked));
	assert_memory_equal(&plain, is_plain ? &layers : &walked, sizeof(plain));
	return is_plain;
}

struct plain_row {
	const char *why, *hex;
	bool is_plain;
};

static const struct plain_row rows[] = {
	{ "TCP", ETH4 V4_TCP, true },
	{ "UDP", ETH4 V4_UDP, true },
	{ "padded to the least frame", ETH4 V4_UDP PADDING, true },
	{ "TCP with options",
	  ETH4 V4("0030", "06") "c00101bb0000000100000002601804000000000001010101" DATA, true },
	{ "TCP without payload", ETH4 V4("0028", "06") TCP, true },
	{ "IPv6 is walked", ETH6 V6_TCP, false },
	{ "ICMP is walked", ETH4 V4("0020", "01") "0800000000000000" DATA, false },
	{ "a VLAN tag", MACS "810000050800" V4_TCP, false },
	{ "an IP option",
	  ETH4 "460000300007000040060000"
	       "0a0000010a000002"
	       "01010101" TCP DATA,
	  false },
	{ "a fragment",
	  ETH4 "4500002c0007200040060000"
	       "0a0000010a000002" TCP DATA,
	  false },
	{ "the packet says more than the frame", ETH4 V4("002d", "06") TCP DATA, false },
	{ "a total length of zero", ETH4 V4("0000", "06") TCP DATA, false },
	{ "a total length below its header", ETH4 V4("0013", "06") TCP DATA, false },
	{ "TCP header behind the end",
	  ETH4 V4("002c", "06") "c00101bb0000000100000002f0180400"
				"00000000" DATA,
	  false },
	{ "TCP header too short",
	  ETH4 V4("002c", "06") "c00101bb000000010000000240180400"
				"00000000" DATA,
	  false },
	{ "half a TCP header", ETH4 V4("001e", "06") "c00101bb000000010000", false },
	{ "a UDP length below its header", ETH4 V4("0020", "11") UDP("0007") DATA, false },
	{ "a UDP length past the packet", ETH4 V4("0020", "11") UDP("000d") DATA, false },
	{ "a UDP length of zero", ETH4 V4("0020", "11") UDP("0000") DATA, false },
	{ "VXLAN", ETH4 V4("0020", "11") "c00012b5000c0000" DATA, false },
	{ "GENEVE", ETH4 V4("0020", "11") "c00017c1000c0000" DATA, false },
	{ "GTP-U", ETH4 V4("0020", "11") "c0000868000c0000" DATA, false },
	{ "half an IP header", ETH4 "4500002c0007", false },
	{ "half an Ethernet header", "020000000a02", false },
	{ "nothing", "", false },
};

static void the_commonest_frames_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t length;
		uint8_t *bytes = frame_bytes(rows[i].hex, &length);
		struct packet packet = {
			.data = bytes, .captured = length, .length = length, .link = LINK_ETHERNET
		};

		print_message("%s\n", rows[i].why);
		assert_int_equal(both_say_the_same(&packet), rows[i].is_plain);
		packet.length++; /* cut by the capture */
		assert_false(both_say_the_same(&packet));
		packet.length--;
		packet.link = LINK_RAW;
		assert_false(both_say_the_same(&packet));
		free(bytes);
	}
}

static void damage_in_any_byte_changes_both_alike(void **state)
{
	uint64_t random = 1;
	uint32_t plain = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct plain_row *row = &rows[random_draw(&random, 20)];
		uint32_t length;
		uint8_t *bytes = frame_bytes(row->hex, &length);

		for (uint32_t n = random_draw(&random, 4); n > 0; n--)
			bytes[random_draw(&random, length)] ^=
				(uint8_t)(1u << random_draw(&random, 8));
		const struct packet packet = {
			.data = bytes, .captured = length, .length = length, .link = LINK_ETHERNET
		};
		plain += both_say_the_same(&packet);
		free(bytes);
	}
	assert_in_range(plain, ROUNDS / 20, ROUNDS / 2); /* enough of each kind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_commonest_frames_are_told),
		cmocka_unit_test(damage_in_any_byte_changes_both_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
