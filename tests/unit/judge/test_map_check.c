#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/map.h"

#define WINGTIP "tests/unit/judge/wingtip.json"

struct heard {
	char text[8192];
	size_t count;
};

static void hear(void *context, enum map_finding finding, const char *sentence)
{
	struct heard *heard = context;

	(void)finding;
	heard->count++;
	strncat(heard->text, sentence, sizeof(heard->text) - strlen(heard->text) - 2);
	strcat(heard->text, "\n");
}

static char *wingtip(void)
{
	FILE *file = fopen(WINGTIP, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* The whole map with its first `from` replaced by `to`. */
static char *changed(const char *from, const char *to)
{
	char *text = wingtip(), *made = calloc(1, 2 * 65536);
	char *at = strstr(text, from);

	assert_non_null(at);
	assert_non_null(made);
	memcpy(made, text, (size_t)(at - text));
	strcat(made, to);
	strcat(made, at + strlen(from));
	free(text);
	return made;
}

static const struct {
	const char *why, *from, *to, *says;
} oddities[] = {
	{ "a subnet in another", "10.40.3.0/28", "10.40.2.0/28", "error: subnets \"snet-" },
	{ "a subnet outside its VNet", "10.40.3.0/28", "10.41.3.0/28",
	  "m:11: error: subnet \"snet-nva\" (10.41.3.0) lies outside" },
	{ "VNets that overlap", "\"10.50.0.0/16\"", "\"10.50.0.0/16\", \"10.40.128.0/17\"",
	  "warning: the address spaces of VNets \"vnet-dev\" and \"vnet-prod\" overlap at" },
	{ "a subnet without role", "\"role\": \"appliance\", ", "", "has no role" },
	{ "a VNet without zone", "\"vnet-prod\", \"zone\": \"prod\"", "\"vnet-prod\"",
	  "has no zone" },
	{ "a DNS server that is no resolver", "\"dns_servers\": [\"168.63.129.16\"]",
	  "\"dns_servers\": [\"10.40.3.5\"]", "is not in resolvers; add it" },
	{ "an endpoint outside its subnet", "\"10.40.2.9\"]}\n", "\"10.40.1.9\"]}\n",
	  "warning: 10.40.1.9 of private endpoint \"pe-wingtipacr\" is outside its subnet" },
	{ "an endpoint without address", "\"ips\": [\"10.40.2.8\"]", "\"ips\": []",
	  "has no address" },
	{ "a record that is missing", "{\"name\": \"wingtipacr\"", "{\"name\": \"wingtip\"",
	  "has no record for wingtipacr.privatelink.azurecr.io" },
	{ "a record that points elsewhere", "\"values\": [\"10.40.2.9\"]",
	  "\"values\": [\"10.40.2.19\"]", "does not point to 10.40.2.9" },
	{ "a zone that the map lacks", "wingtip.privatelink.vaultcore", "wingtip.privatelink.vault",
	  "no private DNS zone of the map holds" },
	{ "a zone that is not linked where it must be", "[\"vnet-prod\", \"vnet-dev\"]",
	  "[\"vnet-prod\"]",
	  "is not linked to VNet \"vnet-dev\", whose compute may use wingtipacr.azurecr.io" },
	{ "a policy of another word", "\"Default\"", "\"Internet\"", "is no resolution_policy" },
	{ "a placeholder", "\"*.westeurope.inference", "\"*.{region}.inference",
	  "holds a placeholder" },
	{ "the whole internet", "198.51.100.0/28", "0.0.0.0/0", "allows the whole internet" },
	{ "a whole top-level domain", "\"*.wingtip.example\"", "\"*.example\"",
	  "top-level domain" },
	{ "every port", "\"ports\": [443, 80]", "\"ports\": []", "allows every port" },
	{ "a zone that nobody is in", "\"allowed_zones\": [\"prod\", \"dev\"]",
	  "\"allowed_zones\": [\"prod\", \"dve\"]",
	  "no VNet or subnet is in zone \"dve\"; did you mean \"dev\"?" },
	{ "a name allowed and private", "\"pypi.org\"", "\"wingtipacr.azurecr.io\"",
	  "has a private endpoint and is allowed egress too" },
	{ "crossings by default", "\"default\": \"deny\"", "\"default\": \"allow\"",
	  "allows all crossings" },
	{ "no IMDS", "{\"ip\": \"169.254.169.254\", \"role\": \"imds\", \"ports\": [80]},", "",
	  "platform lacks \"imds\"" },
	{ "a misspelt field",
	  "\"allowed_zones\": [\"prod\"],\n   \"endpoints\": [\n    {\"fqdn\": \"wingtip.v",
	  "\"alowed_zones\": [\"prod\"],\n   \"endpoints\": [\n    {\"fqdn\": \"wingtip.v",
	  "unknown field \"alowed_zones\" is passed over; did you mean \"allowed_zones\"?" },
	{ "an unknown field", "\"kind\": \"azure-vnet-resolver\"", "\"comment\": \"ours\"",
	  "note: unknown field \"comment\" is passed over; remove" },
};

static void each_oddity_is_named_once_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(oddities); i++) {
		char *text = changed(oddities[i].from, oddities[i].to), *found;
		struct fault fault = { "" };
		struct heard heard = { .count = 0 };
		struct map *map;

		print_message("%s\n", oddities[i].why);
		if (map_parse(&map, text, strlen(text), "m", &fault) != 0)
			fail_msg("%s", fault.text);
		size_t count = map_check(map, hear, &heard);
		assert_int_equal(count, heard.count);
		print_message("%s", heard.text);
		found = strstr(heard.text, oddities[i].says);
		assert_non_null(found);
		assert_null(strstr(found + 1, oddities[i].says));
		map_free(map);
		free(text);
	}
}

static void a_sound_map_has_no_findings(void **state)
{
	struct fault fault = { "" };
	struct heard heard = { .count = 0 };
	struct map *map;

	(void)state;
	assert_int_equal(map_load(&map, WINGTIP, &fault), 0);
	map_check(map, hear, &heard);
	assert_string_equal(heard.text, "");
	assert_int_equal(heard.count, 0);
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_oddity_is_named_once_with_its_line),
		cmocka_unit_test(a_sound_map_has_no_findings),
	};

	return cmocka_run_group_tests_name("map_check", tests, NULL, NULL);
}
