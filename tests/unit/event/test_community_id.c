#include "unit.h"

#include <string.h>

#include "base/ip.h"
#include "event/community_id.h"

/* Flows and ids of the specification's baseline, seed 0. ICMP: the ports are type and code. */
static void ids_are_those_of_the_specification(void **state)
{
	static const struct {
		const char *why;
		uint8_t protocol;
		const char *src, *dst;
		uint16_t src_port, dst_port;
		const char *id;
	} rows[] = {
		{ "TCP, initiator has the smaller address", 6, "128.232.110.120", "66.35.250.204",
		  34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "TCP, the other direction", 6, "66.35.250.204", "128.232.110.120", 80, 34855,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "TCP over IPv6", 6, "2001:470:e5bf:dead:4957:2174:e82c:4887",
		  "2607:f8b0:400c:c03::1a", 63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ "UDP", 17, "192.168.1.52", "8.8.8.8", 54585, 53,
		  "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ "SCTP with equal ports", 132, "192.168.170.56", "192.168.170.8", 7, 7,
		  "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
		{ "a protocol without ports", 46, "10.1.12.2", "10.1.12.1", 0, 0,
		  "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
		{ "ICMP echo", 1, "192.168.0.89", "192.168.0.1", 8, 0,
		  "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ "ICMP echo reply is of the same flow", 1, "192.168.0.1", "192.168.0.89", 0, 0,
		  "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ "ICMP that has no answer goes one way", 1, "10.0.0.1", "10.0.0.2", 11, 0,
		  "1:YHxtAirCG//0OzkcVAukqKQN9xM=" },
		{ "ICMPv6 neighbour solicitation", 58, "fe80::200:86ff:fe05:80da",
		  "fe80::260:97ff:fe07:69ea", 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
		{ "ICMPv6 neighbour advertisement", 58, "fe80::260:97ff:fe07:69ea",
		  "fe80::200:86ff:fe05:80da", 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
		{ "ICMPv6 echo", 58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128,
		  0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
		{ "ICMPv6 router solicitation", 58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0,
		  "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=" },
		{ "ICMPv6 time exceeded goes one way", 58, "3ffe:501:1800:2345::2",
		  "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=" },
		{ "ICMPv6 port unreachable: the code counts", 58,
		  "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
		  "1:hLZd0XGWojozrvxqE0dWB1iM6R0=" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct flow_record flow = { .protocol = rows[i].protocol,
					    .src_port = rows[i].src_port,
					    .dst_port = rows[i].dst_port,
					    .icmp_type = (uint8_t)rows[i].src_port,
					    .icmp_code = (uint8_t)rows[i].dst_port };
		char text[COMMUNITY_ID_LENGTH + 1] = { 0 };

		print_message("%s\n", rows[i].why);
		assert_true(ip_parse(rows[i].src, &flow.src));
		assert_true(ip_parse(rows[i].dst, &flow.dst));
		flow.ip_version = ip_is_v4(&flow.src) ? 4 : 6;
		community_id_print(&flow, text);
		assert_string_equal(text, rows[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_the_specification),
	};

	return cmocka_run_group_tests_name("community_id", tests, NULL, NULL);
}
