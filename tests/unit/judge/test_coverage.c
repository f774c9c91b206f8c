#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "judge/coverage.h"

/* One subnet of each kind: what is said of it depends on policies, routes and service endpoints. */
static const char map_text[] =
	"{\"version\": 1, \"vnets\": [{\"name\": \"hub\", \"zone\": \"prod\", \"address_space\": "
	"[\"10.0.0.0/16\"], \"subnets\": ["
	"{\"name\": \"plain\", \"role\": \"compute\", \"prefixes\": [\"10.0.1.0/24\"]},"
	"{\"name\": \"routed\", \"role\": \"compute\", \"prefixes\": [\"10.0.2.0/24\"], \"routes\": "
	"[{\"prefix\": \"0.0.0.0/0\", \"next_hop_type\": \"VirtualAppliance\", \"next_hop\": "
	"\"10.0.9.4\"}], \"service_endpoints\": [\"Microsoft.Storage\"]},"
	"{\"name\": \"pe\", \"role\": \"private-endpoints\", \"prefixes\": [\"10.0.3.0/24\"]},"
	"{\"name\": \"pe-routed\", \"role\": \"private-endpoints\", \"prefixes\": [\"10.0.4.0/24\"], "
	"\"private_endpoint_policies\": \"RouteTableEnabled\"},"
	"{\"name\": \"nva\", \"role\": \"appliance\", \"prefixes\": [\"10.0.9.0/24\"]}], \"peerings\": [\"elsewhere\", \"spoke\", \"/id/FAR\"]},"
	"{\"name\": \"spoke\", \"zone\": \"prod\", \"address_space\": [\"10.1.0.0/16\"], "
	"\"peerings\": [\"hub\", \"far\"], \"subnets\": [{\"name\": \"s\", \"role\": \"compute\", "
	"\"prefixes\": [\"10.1.1.0/24\"], \"routes\": [{\"prefix\": \"0.0.0.0/0\", "
	"\"next_hop_type\": \"VirtualAppliance\", \"next_hop\": \"10.0.9.4\"}, {\"prefix\": "
	"\"10.2.0.0/16\", \"next_hop_type\": \"VirtualAppliance\", \"next_hop\": \"10.0.9.4\"}]}]},"
	"{\"name\": \"far\", \"zone\": \"prod\", \"resource_id\": \"/id/far\", "
	"\"address_space\": [\"10.2.0.0/16\"]}]}";

static const char rules_text[] =
	"{\"version\": 1, \"system\": \"s\", \"rules\": ["
	"{\"id\": \"A\", \"title\": \"seen on hosts\", \"verdict\": \"expected\", \"severity\": \"none\", "
	"\"on\": [\"flow\"], \"when\": {}, \"message\": \"m\", \"vantage\": [\"host\"]},"
	"{\"id\": \"B\", \"title\": \"seen anywhere\", \"verdict\": \"expected\", \"severity\": \"none\", "
	"\"on\": [\"flow\"], \"when\": {}, \"message\": \"m\"}]}";

struct heard {
	const char *wanted; /* "id scope level" */
	unsigned times;
	size_t all;
};

static void hear(void *context, const struct coverage *item)
{
	struct heard *heard = context;
	char line[512];

	snprintf(line, sizeof(line), "%s %s %s", item->id, item->scope ? item->scope : "-",
		 item->level);
	print_message("  %s: %s\n", line, item->reason);
	heard->all++;
	heard->times += heard->wanted && strcmp(line, heard->wanted) == 0;
}

static const struct coverage_seen clean = { .flows = 10, .dns_answers = 1 };

static void each_vantage_says_what_it_cannot_see(void **state)
{
	static const struct coverage_seen damaged = {
		.flows = 10, .midstream = 5, .damaged_files = 1, .cut_packets = 1, .lost = 1
	};
	static const struct {
		enum vantage vantage;
		const struct coverage_seen *seen;
		const char *line;
		unsigned times;
		const char *why;
	} rows[] = {
		{ VANTAGE_NVA, &clean, "imds - not_observable", 1, "IMDS stays on the host" },
		{ VANTAGE_HOST, &clean, "imds - not_observable", 0, "... where it is seen" },
		{ VANTAGE_UNKNOWN, &clean, "vantage - partial", 1, "nobody said where" },
		{ VANTAGE_NVA, &clean, "no_route hub/plain not_observable", 1,
		  "no route leads here" },
		{ VANTAGE_NVA, &clean, "no_route hub/routed not_observable", 0, "its route does" },
		{ VANTAGE_NVA, &clean, "no_route hub/nva not_observable", 0,
		  "it is the appliance" },
		{ VANTAGE_NVA, &clean, "service_endpoints hub/routed not_observable", 1,
		  "service endpoints go round it" },
		{ VANTAGE_NVA, &clean, "private_endpoints hub/pe not_observable", 1,
		  "a /32 route" },
		{ VANTAGE_NVA, &clean, "private_endpoints hub/pe-routed partial", 1,
		  "routes apply to them" },
		{ VANTAGE_MIRROR, &clean, "private_endpoints hub/pe not_observable", 0,
		  "a mirror sits at the hosts" },
		{ VANTAGE_NVA, &clean, "peering hub to spoke not_observable", 1,
		  "no route of a peering's length" },
		{ VANTAGE_NVA, &clean, "peering hub to far not_observable", 1,
		  "known by its resource id" },
		{ VANTAGE_NVA, &clean, "peering hub to elsewhere partial", 1, "not in the map" },
		{ VANTAGE_NVA, &clean, "peering spoke to hub not_observable", 1,
		  "the default route is shorter than the peering's" },
		{ VANTAGE_NVA, &clean, "peering spoke to far not_observable", 0,
		  "a route of the same length leads here" },
		{ VANTAGE_HOST, &clean, "peering spoke to hub not_observable", 0,
		  "a host sees its own" },
		{ VANTAGE_NVA, &clean, "rule A not_observable", 1, "needs a host" },
		{ VANTAGE_NVA, &clean, "rule B not_observable", 0, "does not say" },
		{ VANTAGE_HOST, &clean, "rule A not_observable", 0, "is on one" },
		{ VANTAGE_HOST, &clean, "no_dns - partial", 0, "an answer was seen" },
		{ VANTAGE_HOST, &damaged, "no_dns - partial", 1, "none was" },
		{ VANTAGE_HOST, &damaged, "midstream - partial", 1, "half had begun before" },
		{ VANTAGE_HOST, &damaged, "damaged_capture - partial", 1, "a file was damaged" },
		{ VANTAGE_HOST, &damaged, "snapshot_length - partial", 1, "packets were cut" },
		{ VANTAGE_HOST, &damaged, "loss - partial", 1, "a limit cost something" },
	};
	struct fault fault = { "" };
	struct map *map;
	struct rules *rules;

	(void)state;
	assert_int_equal(map_parse(&map, map_text, strlen(map_text), "m", &fault), 0);
	assert_int_equal(rules_parse(&rules, rules_text, strlen(rules_text), "r", &fault), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct coverage_question question = { rows[i].vantage, map, rules,
							    rows[i].seen };
		struct heard heard = { .wanted = rows[i].line };

		print_message("%s: %s\n", coverage_vantage_name(rows[i].vantage), rows[i].why);
		size_t said = coverage_list(&question, hear, &heard);

		assert_int_equal(said, heard.all);
		assert_int_equal(heard.times, rows[i].times);
	}
	rules_free(rules);
	map_free(map);
}

static void vantages_are_known_by_name(void **state)
{
	enum vantage vantage;

	(void)state;
	assert_true(coverage_vantage_named("mirror", &vantage));
	assert_int_equal(vantage, VANTAGE_MIRROR);
	assert_false(coverage_vantage_named("unknown", &vantage));
	assert_false(coverage_vantage_named("", &vantage));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vantage_says_what_it_cannot_see),
		cmocka_unit_test(vantages_are_known_by_name),
	};

	return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
