#include "flow_rows.h"

#include <stdio.h>

static const struct baseline_options plain;

static void flows_group_by_name_else_by_address(void **state)
{
	static const struct flow_row rows[] = {
		{ "first of a name", .name = "a.example.com", .dst = "203.0.113.9" },
		{ "the same name elsewhere", .name = "a.example.com", .dst = "203.0.113.8",
		  .src = "10.1.0.5", .port = 8443 },
		{ "the same name, another verdict", .name = "a.example.com",
		  .verdict = VERDICT_UNEXPECTED_EGRESS, .severity = SEVERITY_MEDIUM },
		{ "an address without a name", .dst = "203.0.113.9" },
		{ "another one", .dst = "203.0.113.8" },
	};
	struct baseline *baseline = baseline_of(&plain, rows, ROW_COUNT(rows));

	(void)state;
	baseline_finish(baseline);
	assert_int_equal(baseline_count(baseline), 4);

	const struct baseline_group *first = baseline_group(baseline, 0);
	assert_string_equal(first->name, "a.example.com");
	assert_int_equal(first->flows, 2);
	assert_int_equal(first->bytes_up, 2000);
	assert_int_equal(first->address_count, 2);
	assert_int_equal(first->address[0].bytes[15], 8);
	assert_int_equal(first->source_count, 2);
	assert_int_equal(first->port_count, 2);
	assert_int_equal(first->zone_count, 1);
	assert_int_equal(baseline_group(baseline, 1)->verdict, VERDICT_UNEXPECTED_EGRESS);
	assert_string_equal(baseline_group(baseline, 2)->name, "");
	assert_int_equal(baseline_totals(baseline).flows, 5);
	baseline_free(baseline);
}

static void nameless_addresses_may_be_counted_by_prefix(void **state)
{
	static const struct flow_row rows[] = {
		{ "one", .dst = "203.0.113.9" },
		{ "in the same /24", .dst = "203.0.113.200" },
		{ "not in it", .dst = "203.0.112.200" },
		{ "IPv6", .dst = "2001:db8::1" },
		{ "in the same /64", .dst = "2001:db8::ffff:1" },
	};
	const struct baseline_options by_prefix = { .v4_bits = 24, .v6_bits = 64 };
	struct baseline *baseline = baseline_of(&by_prefix, rows, ROW_COUNT(rows));

	(void)state;
	baseline_finish(baseline);
	assert_int_equal(baseline_count(baseline), 3);
	baseline_free(baseline);
}

static void what_dns_gave_confirms_a_name(void **state)
{
	static const struct flow_row rows[] = {
		{ "told", .name = "a.example.com", .dst = "203.0.113.9" },
		{ "told for another address", .name = "b.example.com", .dst = "203.0.113.9" },
		{ "another name was told", .name = "c.example.com", .dst = "203.0.113.9" },
	};
	struct baseline *baseline = baseline_of(&plain, rows, ROW_COUNT(rows));
	struct ip_addr there = ip("203.0.113.9"), elsewhere = ip("203.0.113.1");

	(void)state;
	assert_int_equal(baseline_told(baseline, "a.example.com", &there), 0);
	assert_int_equal(baseline_told(baseline, "b.example.com", &elsewhere), 0);
	baseline_finish(baseline);
	assert_true(baseline_group(baseline, 0)->confirmed);
	assert_false(baseline_group(baseline, 1)->confirmed);
	assert_false(baseline_group(baseline, 2)->confirmed);
	baseline_free(baseline);
}

static void past_the_limit_flows_are_counted(void **state)
{
	const struct baseline_options two = { .groups = 2 };
	static const struct flow_row rows[] = {
		{ "first", .name = "a.example.com" },
		{ "second", .name = "b.example.com" },
		{ "too many", .name = "c.example.com" },
		{ "known", .name = "a.example.com" },
	};
	struct baseline *baseline = baseline_of(&two, rows, ROW_COUNT(rows));

	(void)state;
	baseline_finish(baseline);
	assert_int_equal(baseline_count(baseline), 2);
	assert_int_equal(baseline_totals(baseline).flows, 4);
	assert_int_equal(baseline_totals(baseline).flows_left_out, 1);
	assert_int_equal(baseline_group(baseline, 0)->flows, 2);
	baseline_free(baseline);
}

/* Whatever the order, the smallest stay: so one capture gives one document. */
static void sets_keep_their_smallest_and_say_that_there_were_more(void **state)
{
	struct baseline_group group = { .name = "" };

	(void)state;
	for (uint16_t i = 0; i < BASELINE_PORTS_MAX + 4; i++)
		baseline_put_port(&group,
				  (struct baseline_port){ (uint16_t)(1000 - i % 2 * 500 + i), 6 });
	assert_true(group.more_ports);
	assert_int_equal(group.port_count, BASELINE_PORTS_MAX);
	for (size_t i = 1; i < group.port_count; i++)
		assert_true(group.port[i - 1].port < group.port[i].port);
	assert_int_equal(group.port[0].port, 501);

	char address[16];
	for (unsigned i = BASELINE_SOURCES_MAX + 1; i > 0; i--) {
		snprintf(address, sizeof(address), "10.0.0.%u", i);
		struct ip_addr one = ip(address);
		baseline_put_ip(group.source, &group.source_count, BASELINE_SOURCES_MAX,
				&group.more_sources, &one);
	}
	assert_true(group.more_sources);
	assert_int_equal(group.source_count, BASELINE_SOURCES_MAX);
	assert_int_equal(group.source[0].bytes[15], 1);
	assert_int_equal(group.source[BASELINE_SOURCES_MAX - 1].bytes[15], BASELINE_SOURCES_MAX);
}

static void counts_do_not_run_over(void **state)
{
	static const struct flow_row row = { "huge", .name = "a.example.com", .bytes = UINT64_MAX };
	const struct flow_row rows[] = { row, row };
	struct baseline *baseline = baseline_of(&plain, rows, ROW_COUNT(rows));

	(void)state;
	baseline_finish(baseline);
	assert_int_equal(baseline_group(baseline, 0)->bytes_up, UINT64_C(1) << 53);
	baseline_free(baseline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_group_by_name_else_by_address),
		cmocka_unit_test(nameless_addresses_may_be_counted_by_prefix),
		cmocka_unit_test(what_dns_gave_confirms_a_name),
		cmocka_unit_test(past_the_limit_flows_are_counted),
		cmocka_unit_test(sets_keep_their_smallest_and_say_that_there_were_more),
		cmocka_unit_test(counts_do_not_run_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
