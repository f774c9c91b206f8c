#include "unit.h" /* cmocka and the headers it needs, ROW_COUNT, ns() */

#include "base/ip.h"

static void prefixes_are_read_and_their_host_bits_cleared(void **state)
{
	static const struct {
		const char *why, *text, *addr;
		uint8_t bits;
		bool ok, had_host_bits;
	} rows[] = {
		{ "IPv4", "10.1.0.0/16", "10.1.0.0", 112, true, false },
		{ "host bits", "10.1.2.3/16", "10.1.0.0", 112, true, true },
		{ "a bare address", "10.1.2.3", "10.1.2.3", 128, true, false },
		{ "IPv6", "fd00:10::/32", "fd00:10::", 32, true, false },
		{ "everything", "0.0.0.0/0", "0.0.0.0", 96, true, false },
		{ "too long", "10.0.0.0/33", NULL, 0, false, false },
		{ "no number", "10.0.0.0/", NULL, 0, false, false },
		{ "negative", "10.0.0.0/-1", NULL, 0, false, false },
		{ "no address", "example.net/8", NULL, 0, false, false },
		{ "something behind", "10.0.0.0/8x", NULL, 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_prefix prefix;
		bool had = false;
		char text[IP_TEXT_SIZE];

		print_message("%s\n", rows[i].why);
		assert_int_equal(ip_prefix_parse(rows[i].text, &prefix, &had), rows[i].ok);
		if (!rows[i].ok)
			continue;
		ip_print(&prefix.addr, text);
		assert_string_equal(text, rows[i].addr);
		assert_int_equal(prefix.bits, rows[i].bits);
		assert_int_equal(had, rows[i].had_host_bits);
	}
}

static void containment_is_by_bits(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool inside;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/9", "10.128.0.1", false },
		{ "0.0.0.0/0", "192.0.2.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "192.0.2.7", "192.0.2.7", true },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_prefix prefix;
		struct ip_addr addr;

		print_message("%s in %s\n", rows[i].addr, rows[i].prefix);
		assert_true(ip_prefix_parse(rows[i].prefix, &prefix, NULL));
		assert_true(ip_parse(rows[i].addr, &addr));
		assert_int_equal(ip_prefix_contains(&prefix, &addr), rows[i].inside);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_read_and_their_host_bits_cleared),
		cmocka_unit_test(containment_is_by_bits),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
