#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/map.h"

#define WINGTIP "tests/unit/judge/wingtip.json"
#define OWN "tests/unit/judge/wingtip_own.json" /* with resources, compute and schedules */

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

static char *whole(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* The text, freed, with its first `from` replaced by `to`. */
static char *changed(char *text, const char *from, const char *to)
{
	char *made = calloc(1, 2 * 65536);
	char *at = strstr(text, from);

	assert_non_null(at);
	assert_non_null(made);
	memcpy(made, text, (size_t)(at - text));
	strcat(made, to);
	strcat(made, at + strlen(from));
	free(text);
	return made;
}

struct oddity {
	const char *why, *from, *to, *says;
};

static const struct oddity oddities[] = {
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
	{ "a zone that is not linked, for an endpoint that any zone may use",
	  "\"allowed_zones\": [\"prod\"],\n   \"endpoints\": [\n    {\"fqdn\": \"Wingtip.openai",
	  "\"endpoints\": [\n    {\"fqdn\": \"Wingtip.openai",
	  "is not linked to VNet \"vnet-dev\", whose compute may use wingtip.openai.azure.com" },
	{ "a subnet of another zone than its VNet's",
	  "\"allowed_zones\": [\"prod\"],\n   \"endpoints\": [\n    {\"fqdn\": \"Wingtip.openai",
	  "\"allowed_zones\": [\"prod\", \"lab\"],\n   \"endpoints\": [\n    {\"fqdn\": "
	  "\"Wingtip.openai",
	  "is not linked to VNet \"vnet-dev\", whose compute may use wingtip.openai.azure.com" },
	{ "a zone of the public name", "\"private_dns_zones\": [",
	  "\"private_dns_zones\": [{\"zone\": \"openai.azure.com\", \"linked_vnets\": "
	  "[\"vnet-prod\"]},",
	  "warning: private DNS zone \"openai.azure.com\" answers for wingtip.openai.azure.com in "
	  "place of \"privatelink.openai.azure.com\"" },
	{ "a zone within a zone", "\"private_dns_zones\": [",
	  "\"private_dns_zones\": [{\"zone\": \"wingtipacr.privatelink.azurecr.io\", "
	  "\"linked_vnets\": [\"vnet-prod\", \"vnet-dev\"], \"records\": [{\"name\": \"@\", "
	  "\"type\": \"A\", \"values\": [\"10.40.2.9\"]}]},",
	  "zone \"wingtipacr.privatelink.azurecr.io\" answers for "
	  "wingtipacr.privatelink.azurecr.io in place of \"privatelink.azurecr.io\"" },
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

static const struct oddity own_oddities[] = {
	{ "public although private", "\"public_network_access\": false",
	  "\"public_network_access\": true",
	  "m:36: warning: \"wingtip\" has a private endpoint, but its public network access is on" },
	{ "a name that the endpoint lacks", "\"fqdns\": [\"wingtip.openai",
	  "\"fqdns\": [\"wingtip.cognitiveservices.azure.com\", \"wingtip.openai",
	  "no private endpoint serves wingtip.cognitiveservices.azure.com" },
	{ "nobody reaches it",
	  "\"workspace_guid\":", "\"public_network_access\": false, \"workspace_guid\":",
	  "\"wingtip-logs\" has no private endpoint and its public network access is off" },
	{ "AI without private endpoint", "\"Microsoft.OperationalInsights/workspaces\"",
	  "\"microsoft.machinelearningservices/workspaces\"",
	  "warning: \"wingtip-logs\" has no private endpoint, so all its traffic is public" },
	{ "keys", "\"local_auth\": false", "\"local_auth\": true", "takes keys" },
	{ "an open firewall", "\"workspace_guid\":",
	  "\"firewall\": false, \"public_network_access\": true, \"workspace_guid\":",
	  "the firewall of \"wingtip-logs\" allows all" },
	{ "no content filter", "\"content_filter\": \"strict\"", "\"content_filter\": null",
	  "deployment \"chat\" of \"wingtip\" has no content filter" },
	{ "a placeholder", "\"workspace_guid\":",
	  "\"fqdns\": [\"logs.{region}.wingtip.example\"], \"workspace_guid\":",
	  "error: logs.{region}.wingtip.example holds a placeholder" },
	{ "a workspace that is no GUID", "0A0B0C0D-1111", "0A0B0C0D1111",
	  "\"0a0b0c0d1111-2222-3333-444444444444\" of \"wingtip-logs\" is no GUID" },
	{ "premises in a VNet", "\"10.99.0.0/16\"", "\"10.40.9.0/24\"",
	  "on_premises \"hq\" (10.40.9.0) lies in VNet \"vnet-prod\"" },
	{ "a public address", "\"public_ip\": false", "\"public_ip\": true",
	  "compute \"trainer\" has a public address" },
	{ "SSH from the internet", "\"ssh_public\": false", "\"ssh_public\": true",
	  "takes SSH from the internet" },
	{ "compute outside all subnets", "10.40.1.20", "10.40.9.20",
	  "10.40.9.20 of compute \"trainer\" is in no subnet" },
	{ "a schedule that is not there", "\"schedule\": \"nights\"", "\"schedule\": \"night\"",
	  "compute \"trainer\" has schedule \"night\", which is not in schedules; did you mean "
	  "\"nights\"?" },
	{ "a schedule of a subnet that is not there", "\"schedule\": \"office\"",
	  "\"schedule\": \"summer\"",
	  "m:10: warning: subnet \"snet-jobs\" has schedule \"summer\", which is not in schedules; "
	  "add it" },
	{ "a schedule of another form", "\"schedule\": \"office\"", "\"schedule\": {\"days\": 5}",
	  "note: the schedule of subnet \"snet-jobs\" is passed over" },
	{ "endpoints that appliances do not see", "\"RouteTableEnabled\"", "\"Disabled\"",
	  "network policies are off in subnet \"snet-pe\"" },
	{ "names fall back to the internet", "\"Default\"", "\"NxDomainRedirect\"",
	  "warning: zone \"privatelink.openai.azure.com\" falls back to the internet" },
	{ "two zones of one name", "\"private_dns_zones\": [",
	  "\"private_dns_zones\": [{\"zone\": \"privatelink.openai.azure.com\", \"linked_vnets\": "
	  "[\"vnet-prod\"]},",
	  "\"privatelink.openai.azure.com\" is there twice" },
	{ "a misspelt field of a deployment", "\"requests_per_minute\"", "\"request_per_minute\"",
	  "did you mean \"requests_per_minute\"?" },
	{ "a misspelt field of a route", "\"next_hop\"", "\"next_hopp\"",
	  "did you mean \"next_hop\"?" },
};

static void expect_oddities(const char *path, const struct oddity *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = changed(whole(path), rows[i].from, rows[i].to), *found;
		struct fault fault = { "" };
		struct heard heard = { .count = 0 };
		struct map *map;

		print_message("%s\n", rows[i].why);
		if (map_parse(&map, text, strlen(text), "m", &fault) != 0)
			fail_msg("%s", fault.text);
		size_t said = map_check(map, hear, &heard);
		assert_int_equal(said, heard.count);
		print_message("%s", heard.text);
		found = strstr(heard.text, rows[i].says);
		assert_non_null(found);
		assert_null(strstr(found + 1, rows[i].says));
		map_free(map);
		free(text);
	}
}

static void each_oddity_is_named_once_with_its_line(void **state)
{
	(void)state;
	expect_oddities(WINGTIP, oddities, ROW_COUNT(oddities));
	expect_oddities(OWN, own_oddities, ROW_COUNT(own_oddities));
}

static void check(char *text, struct heard *heard)
{
	struct fault fault = { "" };
	struct map *map;

	if (map_parse(&map, text, strlen(text), "m", &fault) != 0)
		fail_msg("%s", fault.text);
	map_check(map, hear, heard);
	map_free(map);
	free(text);
}

/* What counts is the link of the VNet where the DNS server asks from. */
static void links_are_looked_for_where_the_dns_server_is(void **state)
{
	static const struct {
		const char *why, *server, *links, *says;
	} rows[] = {
		{ "the hub's server answers for the spoke", "10.40.3.5", "[\"vnet-prod\"]", NULL },
		{ "the spoke's own link is no use to it", "10.40.3.5", "[\"vnet-dev\"]",
		  "is not linked to VNet \"vnet-prod\", where the DNS server of VNet \"vnet-dev\" "
		  "is, whose compute may use wingtipacr.azurecr.io; link it" },
		{ "nothing is known of a server elsewhere", "192.0.2.53", "[\"vnet-prod\"]", NULL },
	};
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct heard heard = { .count = 0 };
		char server[160];
		char *text =
			changed(whole(WINGTIP), "[\"vnet-prod\", \"vnet-dev\"]", rows[i].links);

		print_message("%s\n", rows[i].why);
		snprintf(server, sizeof(server),
			 "\"address_space\": [\"10.50.0.0/16\"],\n   \"dns_servers\": [\"%s\"]",
			 rows[i].server);
		text = changed(text,
			       "\"address_space\": [\"10.50.0.0/16\"],\n   \"dns_servers\": "
			       "[\"168.63.129.16\"]",
			       server);
		check(text, &heard);
		print_message("%s", heard.text);
		if (rows[i].says)
			assert_non_null(strstr(heard.text, rows[i].says));
		else
			assert_null(strstr(heard.text, "is not linked to"));
	}
}

/* Hosts of compute count, whatever their subnet's role. */
static void a_host_needs_its_zone_linked_too(void **state)
{
	struct heard heard = { .count = 0 };
	char *text = changed(whole(OWN), "\"role\": \"compute\"", "\"role\": \"build\"");

	(void)state;
	check(changed(text, "\"linked_vnets\": [\"vnet-prod\"]", "\"linked_vnets\": []"), &heard);
	assert_non_null(strstr(heard.text, "is not linked to VNet \"vnet-prod\", whose compute"));
}

static void azures_own_resolver_needs_no_entry(void **state)
{
	struct heard heard = { .count = 0 };

	(void)state;
	check(changed(whole(WINGTIP), "{\"ip\": \"168.63.129.16\", \"kind\"",
		      "{\"ip\": \"10.40.3.5\", \"kind\""),
	      &heard);
	assert_string_equal(heard.text, "");
}

static void a_sound_map_has_no_findings(void **state)
{
	static const char *const paths[] = { WINGTIP, OWN };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(paths); i++) {
		struct fault fault = { "" };
		struct heard heard = { .count = 0 };
		struct map *map;

		assert_int_equal(map_load(&map, paths[i], &fault), 0);
		map_check(map, hear, &heard);
		assert_string_equal(heard.text, "");
		assert_int_equal(heard.count, 0);
		map_free(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_oddity_is_named_once_with_its_line),
		cmocka_unit_test(links_are_looked_for_where_the_dns_server_is),
		cmocka_unit_test(a_host_needs_its_zone_linked_too),
		cmocka_unit_test(azures_own_resolver_needs_no_entry),
		cmocka_unit_test(a_sound_map_has_no_findings),
	};

	return cmocka_run_group_tests_name("map_check", tests, NULL, NULL);
}
