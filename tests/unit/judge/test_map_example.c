#include "unit.h"

#include <string.h>

#include "judge/map_example.h"

static struct map *load(const char *text)
{
	struct fault fault = { "" };
	struct map *map;

	if (map_parse(&map, text, strlen(text), "m", &fault) != 0)
		fail_msg("%s", fault.text);
	return map;
}

static void assert_ip(const struct ip_addr *addr, const char *text)
{
	char printed[IP_TEXT_SIZE];

	ip_print(addr, printed);
	assert_string_equal(printed, text);
}

static void each_zone_gives_a_host_and_compute_comes_first(void **state)
{
	struct fault fault = { "" };
	struct ip_addr clients[8];
	struct map *map;

	(void)state;
	assert_int_equal(map_load(&map, "tests/unit/judge/wingtip.json", &fault), 0);
	assert_int_equal(map_example_clients(map, clients, 8), 3);
	assert_ip(&clients[0], "10.40.1.4");
	assert_ip(&clients[1], "10.50.1.4");
	assert_ip(&clients[2], "10.50.9.4");
	assert_int_equal(map_example_clients(map, clients, 2), 2);
	map_free(map);

	map = load("{\"version\": 1, \"vnets\": [{\"name\": \"v\", \"address_space\": "
		   "[\"10.0.0.0/8\"], \"subnets\": [{\"name\": \"a\", \"prefixes\": "
		   "[\"10.1.0.0/16\"]}, {\"name\": \"b\", \"role\": \"compute\", \"prefixes\": "
		   "[\"10.2.0.8/31\"]}]}]}");
	assert_int_equal(map_example_clients(map, clients, 8), 1);
	assert_ip(&clients[0], "10.2.0.8");
	map_free(map);
}

static void a_resolver_is_one_that_the_zone_may_ask(void **state)
{
	struct map *map = load("{\"version\": 1, \"vnets\": [{\"name\": \"v\", \"zone\": \"prod\", "
			       "\"address_space\": [\"10.0.0.0/8\"]}], \"resolvers\": [{\"ip\": "
			       "\"10.0.0.53\", \"zones\": [\"prod\"], \"ports\": [853]}, {\"ip\": "
			       "\"10.0.0.54\", \"zones\": [\"prod\"]}]}");
	struct ip_addr resolver;

	(void)state;
	assert_true(map_example_resolver(map, "prod", &resolver));
	assert_ip(&resolver, "10.0.0.54");
	assert_false(map_example_resolver(map, "dev", &resolver));
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_zone_gives_a_host_and_compute_comes_first),
		cmocka_unit_test(a_resolver_is_one_that_the_zone_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
