#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "judge/map.h"

#define OWN "tests/unit/judge/wingtip_own.json"

static int load(void **state)
{
	struct fault fault = { "" };
	struct map *map;
	int error = map_load(&map, OWN, &fault);

	if (error != 0)
		print_error("%s\n", fault.text);
	*state = map;
	return error;
}

static int unload(void **state)
{
	map_free(*state);
	return 0;
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static void a_resource_is_found_by_any_name_in_any_case(void **state)
{
	const struct map_resource *found = map_resource_by_name(*state, "WINGTIP.OpenAI.azure.com");

	assert_non_null(found);
	assert_string_equal(found->name, "wingtip");
	assert_int_equal(found->public_network_access, MAP_OFF);
	assert_int_equal(found->firewall, MAP_ON);
	assert_int_equal(found->deployment_count, 1);
	assert_string_equal(found->deployments[0].content_filter, "strict");
	assert_int_equal(found->deployments[0].has_content_filter, MAP_ON);
	assert_int_equal(found->deployments[0].capacity, 50);
	assert_null(map_resource_by_name(*state, "wingtip2.openai.azure.com"));
	assert_null(map_resource(*state, 2));
}

static void what_is_absent_is_unknown_not_off(void **state)
{
	const struct map_resource *logs = map_resource(*state, 1);

	assert_int_equal(logs->public_network_access, MAP_UNKNOWN);
	assert_int_equal(logs->local_auth, MAP_UNKNOWN);
	assert_null(logs->fqdns[0]);
}

static void a_workspace_is_known_by_its_guid(void **state)
{
	assert_true(map_is_workspace(*state, "0a0b0c0d-1111-2222-3333-444444444444"));
	assert_false(map_is_workspace(*state, "0a0b0c0d-1111-2222-3333-444444444445"));
}

/* No name has a label of 64 bytes, so that nothing is lost where there is no room for the word. */
static void a_word_that_is_no_label_is_met_in_no_name(void **state)
{
	char text[1024], word[301] = "", *at = word;
	struct fault fault = { "" };
	struct map *map;

	(void)state;
	while (at < word + 300)
		*at++ = 'e';
	snprintf(
		text, sizeof(text),
		"{\"version\": 1, \"vnets\": [{\"name\": \"v\", \"zone\": \"z\", \"region\": \"%s\", "
		"\"address_space\": [\"10.0.0.0/8\"]}], \"resources\": [{\"name\": \"w\", "
		"\"kind\": \"ml-workspace\", \"zone\": \"z\", \"region\": \"eastus\", "
		"\"workspace_guid\": \"%s\"}]}",
		word, word);
	if (map_parse(&map, text, strlen(text), "m", &fault) != 0)
		fail_msg("%s", fault.text);
	assert_true(map_has_region(map, "eastus"));
	assert_false(map_has_region(map, word));
	assert_false(map_is_workspace(map, word));
	map_free(map);
}

static void a_host_has_its_own_schedule_or_its_subnets(void **state)
{
	static const struct {
		const char *why, *address, *schedule;
	} rows[] = {
		{ "its own comes first", "10.40.1.20", "nights" },
		{ "another host of the subnet", "10.40.1.21", "office" },
		{ "a subnet without one", "10.40.2.6", NULL },
		{ "nowhere", "203.0.113.1", NULL },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_addr at = addr(rows[i].address);
		const struct map_schedule *found = map_schedule_at(*state, &at);

		print_message("%s\n", rows[i].why);
		if (!rows[i].schedule)
			assert_null(found);
		else
			assert_string_equal(found->name, rows[i].schedule);
	}
	assert_string_equal(map_schedule(*state, 0)->time_zone, "Europe/Berlin");
	assert_string_equal(map_schedule(*state, 1)->time_zone, "UTC");
	assert_string_equal(map_schedule(*state, 1)->active[1], "* 0-6 * * *");
	assert_null(map_schedule(*state, 1)->active[2]);
}

static void compute_is_found_by_address(void **state)
{
	struct ip_addr trainer = addr("10.40.1.20"), other = addr("10.40.1.21");
	const struct map_compute *found = map_compute_at(*state, &trainer);

	assert_non_null(found);
	assert_string_equal(found->identity_resources[0], "https://vault.azure.net");
	assert_int_equal(found->idle_shutdown_s, 1800);
	assert_int_equal(found->managed_identity, MAP_ON);
	assert_null(map_compute_at(*state, &other));
}

static void on_premises_is_a_place_of_its_own(void **state)
{
	struct ip_addr at = addr("10.99.4.4"), elsewhere = addr("10.98.4.4");

	assert_string_equal(map_on_premises_of(*state, &at)->zone, "office");
	assert_null(map_on_premises_of(*state, &elsewhere));
}

static void a_subnet_keeps_its_routes_and_policies(void **state)
{
	const struct map_subnet *jobs = map_subnet(*state, 0);
	struct ip_addr hop = addr("10.40.3.4");

	assert_int_equal(jobs->route_count, 1);
	assert_string_equal(jobs->routes[0].next_hop_type, "VirtualAppliance");
	assert_true(ip_equal(&jobs->routes[0].next_hop, &hop));
	assert_string_equal(jobs->service_endpoints[0], "Microsoft.KeyVault");
	assert_null(jobs->private_endpoint_policies);
	assert_string_equal(map_subnet(*state, 1)->private_endpoint_policies, "RouteTableEnabled");
	assert_string_equal(map_vnet(*state, 0)->region, "westeurope");
}

static void a_schedule_without_name_is_said(void **state)
{
	static const char text[] =
		"{\"version\": 1, \"vnets\": [{\"name\": \"a\", \"address_space\": [\"10.0.0.0/8\"],"
		"\"subnets\": [{\"name\": \"b\", \"prefixes\": [\"10.0.0.0/8\"],"
		"\"schedule\": \"x\"}]}], \"schedules\": [{\"active\": [\"* * * * *\"]}]}";
	struct fault fault = { "" };
	struct map *map;

	(void)state;
	assert_int_equal(map_parse(&map, text, sizeof(text) - 1, "m", &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "\"name\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_resource_is_found_by_any_name_in_any_case),
		cmocka_unit_test(what_is_absent_is_unknown_not_off),
		cmocka_unit_test(a_workspace_is_known_by_its_guid),
		cmocka_unit_test(a_word_that_is_no_label_is_met_in_no_name),
		cmocka_unit_test(a_host_has_its_own_schedule_or_its_subnets),
		cmocka_unit_test(compute_is_found_by_address),
		cmocka_unit_test(on_premises_is_a_place_of_its_own),
		cmocka_unit_test(a_subnet_keeps_its_routes_and_policies),
		cmocka_unit_test(a_schedule_without_name_is_said),
	};

	return cmocka_run_group_tests_name("map_own", tests, load, unload);
}
