#include "flow_rows.h"

#include <stdlib.h>

#include "baseline/learn.h"

static const char map_text[] =
	"{\"version\": 1,\n"
	" \"vnets\": [{\"name\": \"vnet\", \"zone\": \"prod\", \"address_space\": [\"10.1.0.0/16\"],\n"
	"  \"subnets\": [{\"name\": \"hosts\", \"role\": \"compute\", \"prefixes\": "
	"[\"10.1.0.0/24\"]},\n"
	"   {\"name\": \"ends\", \"role\": \"private-endpoints\", \"prefixes\": "
	"[\"10.1.2.0/24\"]}]}],\n"
	" \"allowed_egress\": [\n  {\"fqdn\": \"pypi.org\"}\n ]}\n";

static struct map *load_map(void)
{
	struct fault fault = { "" };
	struct map *map;

	if (map_parse(&map, map_text, sizeof(map_text) - 1, "map.json", &fault) != 0)
		fail_msg("%s", fault.text);
	return map;
}

#define EGRESS VERDICT_UNEXPECTED_EGRESS
#define ALL UINT64_MAX

static void findings_become_entries_only_when_accepted_and_possible(void **state)
{
	static const struct {
		struct flow_row flow;
		uint64_t accept;
		enum learn_section section;
	} rows[] = {
		{ { "expected needs no entry", .name = "a.example.com",
		    .verdict = VERDICT_EXPECTED },
		  ALL,
		  LEARN_NOTHING },
		{ { "not judged", .name = "a.example.com" }, ALL, LEARN_NOTHING },
		{ { "unlisted egress by name", .name = "a.example.com", .verdict = EGRESS },
		  0,
		  LEARN_EGRESS },
		{ { "by address", .verdict = EGRESS }, 0, LEARN_EGRESS },
		{ { "a claimed wildcard", .name = "*.com", .verdict = EGRESS },
		  ALL,
		  LEARN_REFUSED },
		{ { "a claimed top-level name", .name = "com", .verdict = EGRESS },
		  ALL,
		  LEARN_REFUSED },
		{ { "a claim with a slash", .name = "a.example.com/x", .verdict = EGRESS },
		  ALL,
		  LEARN_REFUSED },
		{ { "a claim that ends in a dot", .name = "a.example.com.", .verdict = EGRESS },
		  ALL,
		  LEARN_REFUSED },

		{ { "AI of others", .name = "api.example.com", .verdict = VERDICT_THIRD_PARTY_AI },
		  0,
		  LEARN_REFUSED },
		{ { "accepted", .name = "api.example.com", .verdict = VERDICT_THIRD_PARTY_AI },
		  UINT64_C(1) << VERDICT_THIRD_PARTY_AI,
		  LEARN_EGRESS },
		{ { "another one was accepted", .name = "api.example.com",
		    .verdict = VERDICT_THIRD_PARTY_AI },
		  UINT64_C(1) << VERDICT_FOREIGN_RESOURCE,
		  LEARN_REFUSED },
		{ { "AI without a name", .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
		  ALL,
		  LEARN_REFUSED },
		{ { "a bypass cannot be allowed", .name = "a.example.com",
		    .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
		  ALL,
		  LEARN_REFUSED },
		{ { "nor a leak", .name = "a.example.com",
		    .verdict = VERDICT_DNS_PRIVATE_LINK_LEAK },
		  ALL,
		  LEARN_REFUSED },
		{ { "an endpoint that the map lacks", .name = "a.vault.azure.net",
		    .dst = "10.1.2.9", .verdict = EGRESS },
		  0,
		  LEARN_ENDPOINT },
		{ { "an endpoint without a name", .dst = "10.1.2.9", .verdict = EGRESS },
		  0,
		  LEARN_REFUSED },
		{ { "a cloud name there", .name = "a.vault.azure.net", .dst = "10.1.2.9",
		    .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
		  ALL,
		  LEARN_ENDPOINT },
		{ { "a name at a wrong public address", .name = "a.example.com",
		    .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
		  ALL,
		  LEARN_REFUSED },
		{ { "a resolver", .dst = "203.0.113.53", .port = 53, .protocol = 17,
		    .verdict = VERDICT_DNS_RESOLVER_BYPASS },
		  ALL,
		  LEARN_RESOLVER },
		{ { "a crossing", .dst = "10.1.0.9", .zone = "dev",
		    .verdict = VERDICT_ZONE_CROSSING },
		  ALL,
		  LEARN_CROSSING },
		{ { "a crossing from nowhere", .dst = "10.1.0.9", .zone = "",
		    .verdict = VERDICT_ZONE_CROSSING },
		  ALL,
		  LEARN_REFUSED },
		{ { "SSH", .dst = "10.1.0.9", .port = 22, .verdict = VERDICT_ADMIN_ACCESS },
		  ALL,
		  LEARN_SSH },
		{ { "RDP", .dst = "10.1.0.9", .port = 3389, .verdict = VERDICT_ADMIN_ACCESS },
		  ALL,
		  LEARN_RDP },
	};
	struct map *map = load_map();

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct baseline_options plain = { 0 };
		const struct learn_options options = { .map = map, .accept = rows[i].accept };
		struct baseline *baseline = baseline_of(&plain, &rows[i].flow, 1);
		struct learn learn;

		baseline_finish(baseline);
		assert_int_equal(learn_from(&learn, baseline, &options), 0);
		if (learn.item[0].section != rows[i].section)
			fail_msg("%s: section %u, not %u", rows[i].flow.why, learn.item[0].section,
				 rows[i].section);
		if (learn.item[0].section == LEARN_REFUSED && !learn.item[0].why)
			fail_msg("%s: no reason", rows[i].flow.why);
		assert_int_equal(learn.item[0].accepted,
				 rows[i].section > LEARN_REFUSED && rows[i].flow.verdict != EGRESS);
		learn_free(&learn);
		baseline_free(baseline);
	}
	map_free(map);
}

/* Neither leaves an entry that says something: the one would allow every port, the other hides a scan. */
static void what_has_no_ports_or_too_many_is_left_to_people(void **state)
{
	static const struct flow_row row = { "", .verdict = EGRESS };
	static const uint16_t counts[] = { 0, 1, BASELINE_PORTS_MAX, BASELINE_PORTS_MAX + 1 };
	const struct baseline_options plain = { 0 };
	struct map *map = load_map();
	const struct learn_options options = { .map = map };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(counts); i++) {
		struct baseline_group group = group_of(&row);
		struct baseline *baseline;
		struct learn learn;
		bool is_learned = counts[i] != 0 && counts[i] <= BASELINE_PORTS_MAX;

		group.port_count = 0;
		for (uint16_t port = 1; port <= counts[i]; port++)
			baseline_put_port(&group, (struct baseline_port){ port, 6 });
		if (counts[i] == 0)
			baseline_put_port(&group, (struct baseline_port){ 0, 1 });
		assert_int_equal(baseline_new(&baseline, &plain), 0);
		assert_int_equal(baseline_add(baseline, &group), 0);
		baseline_finish(baseline);
		assert_int_equal(learn_from(&learn, baseline, &options), 0);
		assert_int_equal(learn.item[0].section, is_learned ? LEARN_EGRESS : LEARN_REFUSED);
		learn_free(&learn);
		baseline_free(baseline);
	}
	map_free(map);
}

static void confidence_is_what_the_name_rests_on(void **state)
{
	static const struct {
		const char *why;
		struct flow_row flow;
		bool told;
		enum learn_confidence confidence;
	} rows[] = {
		{ "claimed and told",
		  { "", .name = "a.example.com", .verdict = EGRESS },
		  true,
		  LEARN_HIGH },
		{ "claimed only",
		  { "", .name = "a.example.com", .verdict = EGRESS },
		  false,
		  LEARN_MEDIUM },
		{ "told only",
		  { "", .name = "a.example.com", .source = NAME_DNS, .verdict = EGRESS },
		  true,
		  LEARN_MEDIUM },
		{ "an address", { "", .verdict = EGRESS }, false, LEARN_LOW },
	};
	struct map *map = load_map();
	const struct ip_addr there = ip("203.0.113.9");

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct baseline_options plain = { 0 };
		const struct learn_options options = { .map = map, .confidence = LEARN_HIGH };
		struct baseline *baseline = baseline_of(&plain, &rows[i].flow, 1);
		struct learn learn;

		if (rows[i].told)
			baseline_told(baseline, "a.example.com", &there);
		baseline_finish(baseline);
		assert_int_equal(learn_from(&learn, baseline, &options), 0);
		if (learn.item[0].confidence != rows[i].confidence)
			fail_msg("%s: %u", rows[i].why, learn.item[0].confidence);
		assert_int_equal(learn.item[0].section,
				 rows[i].confidence == LEARN_HIGH ? LEARN_EGRESS : LEARN_REFUSED);
		learn_free(&learn);
		baseline_free(baseline);
	}
	map_free(map);
}

static void a_name_with_another_finding_is_not_trusted(void **state)
{
	static const struct flow_row rows[] = {
		{ "plain", .name = "a.example.com", .verdict = EGRESS },
		{ "and found elsewhere", .name = "a.example.com",
		  .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	};
	const struct baseline_options plain = { 0 };
	struct map *map = load_map();
	const struct learn_options options = { .map = map };
	struct baseline *baseline = baseline_of(&plain, rows, ROW_COUNT(rows));
	const struct ip_addr there = ip("203.0.113.9");
	struct learn learn;

	(void)state;
	baseline_told(baseline, "a.example.com", &there);
	baseline_finish(baseline);
	assert_int_equal(learn_from(&learn, baseline, &options), 0);
	for (size_t i = 0; i < learn.count; i++) {
		if (learn.item[i].section != LEARN_EGRESS)
			continue;
		assert_int_equal(learn.item[i].confidence, LEARN_LOW);
		assert_int_equal(learn.item[i].also, VERDICT_NAME_ADDRESS_MISMATCH);
	}
	assert_int_equal(learn_count(&learn, LEARN_EGRESS), 1);
	learn_free(&learn);
	baseline_free(baseline);
	map_free(map);
}

/* The text around the new entries stays, the result loads, and what was learned is then allowed. */
static void merging_adds_entries_and_changes_nothing_else(void **state)
{
	static const struct flow_row rows[] = {
		{ "egress", .name = "a.example.com", .verdict = EGRESS },
		{ "a resolver: the map has no such list", .dst = "203.0.113.53", .port = 53,
		  .protocol = 17, .verdict = VERDICT_DNS_RESOLVER_BYPASS },
		{ "SSH: nor such an object", .dst = "10.1.0.9", .port = 22,
		  .verdict = VERDICT_ADMIN_ACCESS },
		{ "RDP, beside it", .dst = "10.1.0.9", .port = 3389,
		  .verdict = VERDICT_ADMIN_ACCESS },
		{ "an endpoint", .name = "b.vault.azure.net", .dst = "10.1.2.9",
		  .verdict = EGRESS },
		{ "a crossing", .dst = "10.1.0.9", .zone = "dev",
		  .verdict = VERDICT_ZONE_CROSSING },
	};
	const struct baseline_options plain = { 0 };
	struct map *map = load_map(), *grown;
	const struct learn_options options = { .map = map, .accept = ALL };
	struct baseline *baseline = baseline_of(&plain, rows, ROW_COUNT(rows));
	struct ip_addr there = ip("203.0.113.9"), resolver = ip("203.0.113.53"),
		       client = ip("10.1.0.4");
	struct fault fault = { "" };
	struct learn learn;
	char *merged;

	(void)state;
	baseline_finish(baseline);
	assert_int_equal(learn_from(&learn, baseline, &options), 0);
	if (learn_merge(&learn, map_text, sizeof(map_text) - 1, "map.json", &merged, &fault) != 0)
		fail_msg("%s", fault.text);
	assert_memory_equal(merged, map_text, strstr(map_text, "\n ]}") - map_text);
	if (map_parse(&grown, merged, strlen(merged), "map.json", &fault) != 0)
		fail_msg("%s", fault.text);
	assert_null(map_egress_find(map, "a.example.com", &there, 443, "prod"));
	assert_non_null(map_egress_find(grown, "a.example.com", &there, 443, "prod"));
	assert_null(map_egress_find(grown, "a.example.com", &there, 80, "prod"));
	assert_null(map_egress_find(grown, "a.example.com", &there, 443, "dev"));
	assert_non_null(map_egress_find(grown, "pypi.org", &there, 443, "prod"));
	assert_true(map_is_resolver(grown, &resolver, 53, "prod"));
	assert_true(map_admin_allowed(grown, false, &client));
	assert_true(map_admin_allowed(grown, true, &client));
	assert_non_null(map_endpoint_by_name(grown, "b.vault.azure.net"));
	map_free(grown);
	free(merged);
	learn_free(&learn);
	baseline_free(baseline);
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_become_entries_only_when_accepted_and_possible),
		cmocka_unit_test(what_has_no_ports_or_too_many_is_left_to_people),
		cmocka_unit_test(confidence_is_what_the_name_rests_on),
		cmocka_unit_test(a_name_with_another_finding_is_not_trusted),
		cmocka_unit_test(merging_adds_entries_and_changes_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
