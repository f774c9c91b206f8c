#include "unit.h"

#include <errno.h>
#include <string.h>

#include "judge/map.h"

#define WINGTIP "tests/unit/judge/wingtip.json"

static struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static int load(void **state)
{
	struct fault fault = { "" };
	struct map *map;
	int error = map_load(&map, WINGTIP, &fault);

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

#define VNETS                                                                                      \
	"\"vnets\":[{\"name\":\"v\",\"zone\":\"z\",\"address_space\":[\"10.0.0.0/8\"],"            \
	"\"subnets\":[{\"name\":\"s\",\"prefixes\":[\"10.0.1.0/24\"]}]}]"
#define WITH(more) "{\"version\":1," VNETS "," more "}"
#define PE(more) WITH("\"private_endpoints\":[\n{" more "}]")

static const struct {
	const char *why, *text, *says;
} wrong[] = {
	{ "no version", "{" VNETS "}", "m:1:1: \"version\" is missing" },
	{ "another version", "{\"version\":2," VNETS "}", "m:1:12: this map has another version" },
	{ "no VNets", "{\"version\":1}", "m:1:1: \"vnets\" is missing" },
	{ "a misspelt must-have", "{\"version\":1,\"vnet\":[]}",
	  "is \"vnet\" a misspelling of it?" },
	{ "not an object at all", "[]", "m:1:1: an object is expected here" },
	{ "a VNet that is a text", "{\"version\":1,\"vnets\":[\"v\"]}",
	  "m:1:23: an object is expected" },
	{ "host bits",
	  "{\"version\":1,\"vnets\":[{\"name\":\"v\",\"address_space\":[\n\"10.1.2.3/16\"]}]}",
	  "m:2:1: \"10.1.2.3/16\" has host bits set; write 10.1.0.0/16" },
	{ "no prefix",
	  "{\"version\":1,\"vnets\":[{\"name\":\"v\",\"address_space\":[\"10.1/16\"]}]}",
	  "\"10.1/16\" is not a prefix; write one like" },
	{ "two VNets of one name",
	  "{\"version\":1,\"vnets\":[{\"name\":\"v\",\"address_space\":[]},\n{\"name\":\"v\",\"address_space\":[]}]}",
	  "m:2:9: a second VNet is named \"v\"" },
	{ "two endpoints of one name",
	  WITH("\"private_endpoints\":[{\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[]},\n"
	       "{\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[]}]"),
	  "m:2:9: a second private endpoint is named \"p\"" },
	{ "an unknown VNet", PE("\"name\":\"p\",\"vnet\":\"w\",\"endpoints\":[]"),
	  "m:2:20: no VNet is named \"w\"" },
	{ "an unknown subnet",
	  PE("\"name\":\"p\",\"vnet\":\"v\",\"subnet\":\"t\",\"endpoints\":[]"),
	  "m:2:33: VNet \"v\" has no subnet \"t\"" },
	{ "an endpoint without name",
	  PE("\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[{\"ips\":[]}]"), "\"fqdn\" is missing" },
	{ "an address with a prefix length",
	  PE("\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[{\"fqdn\":\"a.b\",\"ips\":[\"10.0.1.4/32\"]}]"),
	  "is not an IP address; write one like 10.0.0.4, without a prefix length" },
	{ "a URL for a name",
	  PE("\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[{\"fqdn\":\"https://a.b/\",\"ips\":[]}]"),
	  "is not a bare DNS name" },
	{ "a wildcard inside a label",
	  PE("\"name\":\"p\",\"vnet\":\"v\",\"endpoints\":[{\"fqdn\":\"a*.b\",\"ips\":[]}]"),
	  "that is not a whole first label" },
	{ "only a wildcard", WITH("\"allowed_egress\":[{\"fqdn\":\"*\"}]"), "is only a wildcard" },
	{ "egress of nothing", WITH("\"allowed_egress\":[{\"zones\":[]}]"), "give exactly one" },
	{ "egress of two things",
	  WITH("\"allowed_egress\":[{\"fqdn\":\"a.b\",\"cidr\":\"1.0.0.0/8\"}]"),
	  "give exactly one" },
	{ "a port of 0", WITH("\"allowed_egress\":[{\"fqdn\":\"a.b\",\"ports\":[0]}]"),
	  "a whole number from 1 to 65535" },
	{ "a link to an unknown VNet",
	  WITH("\"private_dns_zones\":[{\"zone\":\"a.b\",\"linked_vnets\":[\"w\"]}]"),
	  "no VNet is named \"w\"" },
	{ "a record that is no address",
	  WITH("\"private_dns_zones\":[{\"zone\":\"a.b\",\"records\":"
	       "[{\"name\":\"x\",\"type\":\"A\",\"values\":[\"y\"]}]}]"),
	  "\"y\" is not an IP address" },
	{ "a platform role", WITH("\"platform\":[{\"ip\":\"169.254.169.254\",\"role\":\"imsd\"}]"),
	  "write \"imds\"" },
	{ "a crossing to nothing",
	  WITH("\"cross_zone\":{\"allowed\":[{\"from_zone\":\"z\",\"to\":\"q\"}]}"),
	  "is no private endpoint, subnet, VNet or zone of this map" },
	{ "a default of another word", WITH("\"cross_zone\":{\"default\":\"denied\"}"),
	  "write \"deny\" or \"allow\"" },
};

static void what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(wrong); i++) {
		struct fault fault = { "" };
		struct map *map;

		print_message("%s\n", wrong[i].why);
		assert_int_equal(map_parse(&map, wrong[i].text, strlen(wrong[i].text), "m", &fault),
				 -EINVAL);
		assert_null(map);
		print_message("  %s\n", fault.text);
		assert_non_null(strstr(fault.text, wrong[i].says));
	}
}

static void unknown_fields_are_passed_over(void **state)
{
	static const char text[] = WITH("\"peerings\":[{\"x\":[1,{}]}],\"owner\":\"me\"");
	struct fault fault = { "" };
	struct map *map;

	(void)state;
	assert_int_equal(map_parse(&map, text, sizeof(text) - 1, "m", &fault), 0);
	map_free(map);
}

static void an_address_is_in_its_subnet(void **state)
{
	static const struct {
		const char *why, *addr, *vnet, *subnet, *zone;
	} rows[] = {
		{ "compute", "10.40.1.7", "vnet-prod", "snet-jobs", "prod" },
		{ "IPv6", "fd00:40:1::7", "vnet-prod", "snet-jobs", "prod" },
		{ "a subnet with a zone of its own", "10.50.9.1", "vnet-dev", "snet-lab", "lab" },
		{ "in the VNet, in no subnet", "10.40.200.1", "vnet-prod", NULL, NULL },
		{ "RFC 1918, but nobody's", "10.60.1.1", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_addr at = addr(rows[i].addr);
		const struct map_subnet *subnet = map_subnet_of(*state, &at);
		const struct map_vnet *vnet = map_vnet_of(*state, &at);

		print_message("%s\n", rows[i].why);
		assert_int_equal(vnet != NULL, rows[i].vnet != NULL);
		assert_int_equal(subnet != NULL, rows[i].subnet != NULL);
		if (vnet)
			assert_string_equal(vnet->name, rows[i].vnet);
		if (subnet) {
			assert_string_equal(subnet->name, rows[i].subnet);
			assert_string_equal(subnet->zone, rows[i].zone);
			assert_ptr_equal(subnet->vnet, vnet);
		}
	}
}

static void a_name_finds_its_endpoint(void **state)
{
	static const struct {
		const char *why, *name, *endpoint;
	} rows[] = {
		{ "as written", "wingtip.openai.azure.com", "pe-wingtip-openai" },
		{ "case does not count", "WINGTIP.OpenAI.azure.com", "pe-wingtip-openai" },
		{ "the private name", "wingtip.privatelink.openai.azure.com", "pe-wingtip-openai" },
		{ "under a wildcard", "chat.westeurope.inference.ml.azure.com", "pe-wingtip-ml" },
		{ "deep under a wildcard", "a.b.westeurope.inference.ml.azure.com",
		  "pe-wingtip-ml" },
		{ "the wildcard's own stem is not under it", "westeurope.inference.ml.azure.com",
		  NULL },
		{ "another label's end", "xwingtip.openai.azure.com", NULL },
		{ "a name under an exact one", "x.wingtip.openai.azure.com", NULL },
		{ "nothing", "", NULL },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct map_endpoint *found = map_endpoint_by_name(*state, rows[i].name);

		print_message("%s\n", rows[i].why);
		assert_int_equal(found != NULL, rows[i].endpoint != NULL);
		if (found)
			assert_string_equal(found->private_endpoint->name, rows[i].endpoint);
	}
}

static void a_name_longer_than_dns_allows_is_nobodys(void **state)
{
	char name[400];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(map_endpoint_by_name(*state, name));
	assert_null(map_egress_by_name(*state, name));
}

static void an_address_serves_only_its_names(void **state)
{
	struct ip_addr openai = addr("10.40.2.6"), inference = addr("10.40.2.8");
	struct ip_addr six = addr("fd00:40:2::6"), nobody = addr("10.40.2.99");

	assert_true(map_endpoint_serves(*state, "Wingtip.openai.azure.com", &openai));
	assert_true(map_endpoint_serves(*state, "wingtip.openai.azure.com", &six));
	assert_true(map_endpoint_serves(*state, "x.westeurope.inference.ml.azure.com", &inference));
	assert_false(map_endpoint_serves(*state, "wingtip.vault.azure.net", &openai));
	assert_false(map_endpoint_serves(*state, "wingtip.openai.azure.com", &nobody));
	assert_string_equal(map_endpoint_at(*state, &openai, 0)->fqdn, "wingtip.openai.azure.com");
	assert_null(map_endpoint_at(*state, &openai, 1));
	assert_null(map_endpoint_at(*state, &nobody, 0));
	assert_int_equal(map_endpoint_count(*state), 5);
	assert_null(map_endpoint(*state, 5));
}

static void egress_is_allowed_by_name_zone_and_port_or_by_prefix(void **state)
{
	static const struct {
		const char *why, *name, *addr;
		uint16_t port;
		const char *zone;
		bool allowed;
	} rows[] = {
		{ "all fits", "pypi.org", "203.0.113.1", 443, "prod", true },
		{ "another zone", "pypi.org", "203.0.113.1", 443, "dev", false },
		{ "another port", "pypi.org", "203.0.113.1", 80, "prod", false },
		{ "no zone is not any zone", "pypi.org", "203.0.113.1", 443, NULL, false },
		{ "an entry for any zone", "a.wingtip.example", "203.0.113.1", 443, NULL, true },
		{ "an exact entry does not hide the wildcard", "models.wingtip.example",
		  "203.0.113.1", 443, "prod", true },
		{ "and adds to it", "models.wingtip.example", "203.0.113.1", 8443, "dev", true },
		{ "a prefix, without a name", NULL, "198.51.100.7", 123, "prod", true },
		{ "a prefix, whatever the name", "x.example", "198.51.100.7", 443, "prod", true },
		{ "past the prefix", NULL, "198.51.100.16", 443, "prod", false },
		{ "a site that ends alike", "notpypi.org", "203.0.113.1", 443, "prod", false },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_addr at = addr(rows[i].addr);

		print_message("%s\n", rows[i].why);
		assert_int_equal(map_egress_find(*state, rows[i].name, &at, rows[i].port,
						 rows[i].zone) != NULL,
				 rows[i].allowed);
	}
	assert_string_equal(map_egress_by_name(*state, "PyPI.org")->fqdn, "pypi.org");
}

static void resolvers_and_platform_go_by_port(void **state)
{
	struct ip_addr azure = addr("168.63.129.16"), imds = addr("169.254.169.254");
	struct ip_addr other = addr("203.0.113.53");

	assert_true(map_is_resolver(*state, &azure, 53, "prod"));
	assert_false(map_is_resolver(*state, &azure, 853, "prod"));
	assert_false(map_is_resolver(*state, &azure, 53, NULL));
	assert_false(map_is_resolver(*state, &other, 53, "prod"));
	assert_true(map_has_resolver(*state, &azure));
	assert_false(map_has_resolver(*state, &other));
	assert_string_equal(map_platform_role(*state, &azure, 32526), "wireserver");
	assert_null(map_platform_role(*state, &azure, 443));
	assert_string_equal(map_platform_at(*state, &azure), "wireserver");
	assert_string_equal(map_platform_role(*state, &imds, 80), "imds");
	assert_null(map_platform_at(*state, &other));
}

static void zones_cross_only_where_allowed(void **state)
{
	struct ip_addr vault = addr("10.40.2.10"), openai = addr("10.40.2.6");
	struct ip_addr dev = addr("10.50.1.1"), prod = addr("10.40.1.1");
	const struct map_private_endpoint *kv =
		map_endpoint_at(*state, &vault, 0)->private_endpoint;
	const struct map_private_endpoint *ai =
		map_endpoint_at(*state, &openai, 0)->private_endpoint;

	assert_true(map_crossing_allowed(*state, "dev", kv, NULL));
	assert_false(map_crossing_allowed(*state, "dev", ai, NULL));
	assert_true(map_crossing_allowed(*state, "lab", NULL, map_subnet_of(*state, &dev)));
	assert_false(map_crossing_allowed(*state, "lab", NULL, map_subnet_of(*state, &prod)));
	assert_false(map_crossing_allowed(*state, NULL, kv, NULL));
}

static void admin_sources_are_prefixes(void **state)
{
	struct ip_addr jump = addr("10.40.3.4"), other = addr("10.40.3.5");

	assert_true(map_admin_allowed(*state, false, &jump));
	assert_false(map_admin_allowed(*state, true, &jump));
	assert_false(map_admin_allowed(*state, false, &other));
}

static void a_private_zone_is_found_by_what_lies_in_it(void **state)
{
	struct ip_addr prod = addr("10.40.1.1"), dev = addr("10.50.1.1");
	const struct map_dns_zone *zone = map_dns_zone_of(*state, "x.PRIVATELINK.openai.azure.com");

	assert_non_null(zone);
	assert_string_equal(zone->name, "privatelink.openai.azure.com");
	assert_true(map_dns_zone_is_linked(*state, zone, map_vnet_of(*state, &prod)));
	assert_false(map_dns_zone_is_linked(*state, zone, map_vnet_of(*state, &dev)));
	assert_null(map_dns_zone_of(*state, "wingtip.openai.azure.com"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(unknown_fields_are_passed_over),
		cmocka_unit_test(an_address_is_in_its_subnet),
		cmocka_unit_test(a_name_finds_its_endpoint),
		cmocka_unit_test(a_name_longer_than_dns_allows_is_nobodys),
		cmocka_unit_test(an_address_serves_only_its_names),
		cmocka_unit_test(egress_is_allowed_by_name_zone_and_port_or_by_prefix),
		cmocka_unit_test(resolvers_and_platform_go_by_port),
		cmocka_unit_test(zones_cross_only_where_allowed),
		cmocka_unit_test(admin_sources_are_prefixes),
		cmocka_unit_test(a_private_zone_is_found_by_what_lies_in_it),
	};

	return cmocka_run_group_tests_name("map", tests, load, unload);
}
