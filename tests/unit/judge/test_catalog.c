#include "unit.h"

#include <errno.h>
#include <string.h>

#include "judge/catalog.h"

static int load(void **state)
{
	struct fault fault = { "" };
	struct catalog *catalog;
	int error = catalog_load(&catalog, "rules/catalog", &fault);

	if (error != 0)
		print_error("%s\n", fault.text);
	*state = catalog;
	return error;
}

static int unload(void **state)
{
	catalog_free(*state);
	return 0;
}

#define GUID "11111111-2222-3333-4444-555555555555"

static const struct {
	const char *why, *name, *service, *resource, *region, *zone;
	bool tenant;
} known[] = {
	{ "OpenAI of a tenant", "wingtip.openai.azure.com", "azure-openai", "wingtip", "",
	  "privatelink.openai.azure.com", true },
	{ "case does not count", "WingTip.OpenAI.Azure.Com", "azure-openai", "wingtip", "",
	  "privatelink.openai.azure.com", true },
	{ "a workspace, by GUID", GUID ".workspace.westeurope.api.azureml.ms", "aml-workspace-api",
	  GUID, "westeurope", "privatelink.api.azureml.ms", true },
	{ "its certificate name", GUID ".workspace.eastus.cert.api.azureml.ms", "aml-workspace-api",
	  GUID, "eastus", "privatelink.api.azureml.ms", true },
	{ "the regional control plane is shared", "eastus.api.azureml.ms", "aml-workspace-api", "",
	  "eastus", NULL, false },
	{ "an online endpoint", "chat.westeurope.inference.ml.azure.com", "aml-online-endpoint",
	  "chat", "westeurope", "privatelink.api.azureml.ms", true },
	{ "notebooks", "ml-w-eastus-" GUID ".eastus.notebooks.azure.net", "aml-notebooks",
	  "ml-w-eastus-" GUID, "eastus", "privatelink.notebooks.azure.net", true },
	{ "a compute instance, one suffix", "ci1.eastus.instances.azureml.ms",
	  "aml-compute-instance", "ci1", "eastus", NULL, true },
	{ "and the other", "ci1.eastus.instances.ml.azure.ms", "aml-compute-instance", "ci1",
	  "eastus", NULL, true },
	{ "the studio has no private form", "ml.azure.com", "aml-studio", "", "", NULL, false },
	{ "regional cognitive host", "westeurope.api.cognitive.microsoft.com", "cognitive-regional",
	  "", "westeurope", NULL, false },
	{ "a vault: its zone has another suffix", "wingtip.vault.azure.net", "key-vault", "wingtip",
	  "", "privatelink.vaultcore.azure.net", true },
	{ "a registry", "wingtipacr.azurecr.io", "acr", "wingtipacr", "", "privatelink.azurecr.io",
	  true },
	{ "its data endpoint", "wingtipacr.eastus.data.azurecr.io", "acr-data", "wingtipacr",
	  "eastus", "privatelink.azurecr.io", true },
	{ "storage of any tenant", "wingtip.blob.core.windows.net", "storage-blob", "wingtip", "",
	  "privatelink.blob.core.windows.net", true },
	{ "somebody's AI under that suffix", "openaiassets.blob.core.windows.net", "openai", "", "",
	  NULL, false },
	{ "another", "copilotprodattachments.blob.core.windows.net", "github-copilot", "", "", NULL,
	  false },
	{ "and by a part of a label", "chatgpt-async-webps-prod-7.webpubsub.azure.com", "openai",
	  "", "", NULL, false },
	{ "others there are tenants' own", "chat.webpubsub.azure.com", "web-pubsub", "chat", "",
	  "privatelink.webpubsub.azure.com", true },
	{ "GitHub's models under an Azure name", "models.inference.ai.azure.com", "github-models",
	  "", "", NULL, false },
	{ "US Government", "wingtip.openai.azure.us", "azure-openai", "wingtip", "",
	  "privatelink.openai.azure.us", true },
	{ "China", "wingtip.vault.azure.cn", "key-vault", "wingtip", "",
	  "privatelink.vaultcore.azure.cn", true },
	{ "a third party's own domain", "claude.ai", "anthropic", "", "", NULL, false },
	{ "and all under it", "api.anthropic.com", "anthropic", "", "", NULL, false },
	{ "a region joined by a hyphen", "us-central1-aiplatform.googleapis.com", "google-vertex",
	  "", "us-central1", NULL, false },
	{ "a label that begins so", "bedrock-runtime.eu-west-1.amazonaws.com", "aws-bedrock", "",
	  "eu-west-1", NULL, false },
	{ "sign-in", "login.microsoftonline.com", "entra-login", "", "", NULL, false },
	{ "a resolver", "dns.google", "google-dns", "", "", NULL, false },
	{ "region inside the zone", "c1.westeurope.kusto.windows.net", "kusto", "c1", "westeurope",
	  "privatelink.{region}.kusto.windows.net", true },
};

static void a_name_belongs_to_its_service(void **state)
{
	for (size_t i = 0; i < ROW_COUNT(known); i++) {
		struct catalog_match match;

		print_message("%s\n", known[i].why);
		assert_true(catalog_find(*state, known[i].name, &match));
		assert_string_equal(match.service->id, known[i].service);
		assert_string_equal(match.resource, known[i].resource);
		assert_string_equal(match.region, known[i].region);
		assert_int_equal(match.tenant_owned, known[i].tenant);
		assert_false(match.is_privatelink);
		assert_int_equal(match.private_zone != NULL, known[i].zone != NULL);
		if (known[i].zone)
			assert_string_equal(match.private_zone, known[i].zone);
	}
}

static void privatelink_names_are_known_as_such(void **state)
{
	static const struct {
		const char *name, *service, *resource;
	} rows[] = {
		{ "wingtip.privatelink.openai.azure.com", "azure-openai", "wingtip" },
		{ "wingtip.privatelink.vaultcore.azure.net", "key-vault", "wingtip" },
		{ GUID ".workspace.eastus.privatelink.api.azureml.ms", "aml-workspace-api", GUID },
		{ "chat." GUID ".inference.eastus.privatelink.api.azureml.ms",
		  "aml-online-endpoint", "chat" },
		{ "c1.privatelink.westeurope.kusto.windows.net", "kusto", "c1" },
		{ "eastus2.privatelink.api.openai.com", "openai-private-link", "" },
		{ "management.privatelink.azure.com", "arm", "" },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct catalog_match match;

		print_message("%s\n", rows[i].name);
		assert_true(catalog_find(*state, rows[i].name, &match));
		assert_string_equal(match.service->id, rows[i].service);
		assert_string_equal(match.resource, rows[i].resource);
		assert_true(match.is_privatelink);
	}
}

static void a_zone_leads_to_the_services_that_use_it(void **state)
{
	static const struct {
		const char *why, *zone, *services[7];
	} rows[] = {
		{ "one service", "privatelink.openai.azure.com", { "azure-openai" } },
		{ "any case", "PrivateLink.VaultCore.Azure.Net", { "key-vault" } },
		{ "those whose names are in it, then those that use it too",
		  "privatelink.blob.core.windows.net",
		  { "storage-blob", "managed-disks", "elastic-san", "log-analytics-agent", "kusto",
		    "recovery-vault" } },
		{ "a region inside", "privatelink.westeurope.azmk8s.io", { "aks-api" } },
		{ "and something in front",
		  "team.privatelink.westeurope.azmk8s.io",
		  { "aks-api" } },
		{ "as the files write it", "privatelink.{region}.azmk8s.io", { "aks-api" } },
		{ "a form of former years",
		  "eastus.privatelink.batch.azure.com",
		  { "azure-batch" } },
		{ "no privatelink label of its own",
		  "privatelink-global.wvd.microsoft.com",
		  { "virtual-desktop" } },
		{ "a name in a zone is no zone", "contoso.privatelink.openai.azure.com", { NULL } },
		{ "nor is what lies above", "openai.azure.com", { NULL } },
		{ "nor nothing", "", { NULL } },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct catalog_service *service;
		size_t at = 0;

		print_message("%s\n", rows[i].why);
		for (; (service = catalog_zone_service(*state, rows[i].zone, at)); at++) {
			assert_non_null(rows[i].services[at]);
			assert_string_equal(service->id, rows[i].services[at]);
		}
		assert_null(rows[i].services[at]);
	}
}

static void a_private_name_leads_to_its_public_one(void **state)
{
	static const struct {
		const char *why, *name, *public_name; /* NULL: none */
	} rows[] = {
		{ "the label is left out", "wingtip.privatelink.openai.azure.com",
		  "wingtip.openai.azure.com" },
		{ "any case", "WingTip.PrivateLink.OpenAI.Azure.Com", "wingtip.openai.azure.com" },
		{ "a vault has another suffix", "wingtip.privatelink.vaultcore.azure.net",
		  "wingtip.vault.azure.net" },
		{ "without the label too", "wingtip.vaultcore.azure.net",
		  "wingtip.vault.azure.net" },
		{ "a vault in China", "wingtip.privatelink.vaultcore.azure.cn",
		  "wingtip.vault.azure.cn" },
		{ "a workspace", GUID ".workspace.eastus.privatelink.api.azureml.ms",
		  GUID ".workspace.eastus.api.azureml.ms" },
		{ "an endpoint of Azure ML",
		  "chat." GUID ".inference.eastus.privatelink.api.azureml.ms",
		  "chat.eastus.inference.ml.azure.com" },
		{ "in another cloud",
		  "chat." GUID ".inference.usgovvirginia.privatelink.api.ml.azure.us",
		  "chat.usgovvirginia.inference.ml.azure.us" },
		{ "its record for all endpoints",
		  "*." GUID ".inference.eastus.privatelink.api.azureml.ms",
		  "*.eastus.inference.ml.azure.com" },
		{ "a registry's data endpoint", "wingtip.eastus.data.privatelink.azurecr.io",
		  "wingtip.eastus.data.azurecr.io" },
		{ "a region behind the label", "c1.privatelink.westeurope.kusto.windows.net",
		  "c1.westeurope.kusto.windows.net" },
		{ "a label of another form", "w1.privatelink-global.wvd.microsoft.com",
		  "w1.wvd.microsoft.com" },
		{ "a public name is its own", "Wingtip.openai.azure.com",
		  "wingtip.openai.azure.com" },
		{ "no private form", "westeurope.api.cognitive.microsoft.com", NULL },
		{ "what is left is no name of the service", "x.privatelink.azure.com", NULL },
		{ "clients use the private name", "eastus2.privatelink.api.openai.com", NULL },
		{ "the zone itself", "privatelink.openai.azure.com", NULL },
		{ "unknown", "contoso.privatelink.example.com", NULL },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char public_name[CATALOG_NAME_MAX + 1];

		print_message("%s\n", rows[i].why);
		assert_int_equal(catalog_public_name(*state, rows[i].name, public_name),
				 rows[i].public_name != NULL);
		if (rows[i].public_name)
			assert_string_equal(public_name, rows[i].public_name);
	}
}

static void a_name_tells_its_workspace_and_groups(void **state)
{
	static const struct {
		const char *name, *resource, *workspace, *group;
	} rows[] = {
		{ GUID ".workspace.eastus.api.azureml.ms", GUID, GUID, "amlworkspace" },
		{ "ml-w-eastus-" GUID ".eastus.notebooks.azure.net", "ml-w-eastus-" GUID, GUID,
		  "amlworkspace" },
		{ "ml-w-eastus.eastus.notebooks.azure.net", "ml-w-eastus", "", "amlworkspace" },
		{ "x" GUID ".ods.opinsights.azure.com", "x" GUID, "", "azuremonitor" },
		{ "chat." GUID ".inference.eastus.privatelink.api.azureml.ms", "chat", GUID,
		  "amlworkspace" },
		{ "ABCDEF12-3456-7890-ABCD-EF1234567890.ods.opinsights.azure.com",
		  "abcdef12-3456-7890-abcd-ef1234567890", "abcdef12-3456-7890-abcd-ef1234567890",
		  "azuremonitor" },
		{ "abcdefg2-3456-7890-abcd-ef1234567890.ods.opinsights.azure.com",
		  "abcdefg2-3456-7890-abcd-ef1234567890", "", "azuremonitor" },
		{ "abcdef12-3456-7890-abcd1ef1234567890.ods.opinsights.azure.com",
		  "abcdef12-3456-7890-abcd1ef1234567890", "", "azuremonitor" },
		{ "wingtip.blob.core.windows.net", "wingtip", "", "blob" },
		{ "wingtip-secondary.blob.core.windows.net", "wingtip", "", "blob_secondary" },
		{ "wingtip.mongo.cosmos.azure.com", "wingtip", "", "MongoDB" },
		{ "wingtip-ondemand.sql.azuresynapse.net", "wingtip", "", "SqlOnDemand" },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct catalog_match match;

		print_message("%s\n", rows[i].name);
		assert_true(catalog_find(*state, rows[i].name, &match));
		assert_string_equal(match.resource, rows[i].resource);
		assert_string_equal(match.workspace, rows[i].workspace);
		assert_string_equal(match.group_ids[0], rows[i].group);
		assert_null(match.group_ids[1]);
	}
}

static void a_service_says_what_is_known_of_it(void **state)
{
	struct catalog_match match;

	assert_true(catalog_find(*state, "wingtip.servicebus.windows.net", &match));
	assert_string_equal(match.service->id, "event-hubs");
	assert_string_equal(match.service->resource_types[0], "Microsoft.EventHub/namespaces");
	assert_string_equal(match.service->service_tags[0], "EventHub");
	assert_int_equal(match.service->ports[0], 443);
	assert_string_equal(catalog_find_other(*state, &match, 0)->id, "service-bus");
	assert_string_equal(catalog_find_other(*state, &match, 1)->id, "azure-relay");
	assert_null(catalog_find_other(*state, &match, 2));

	/* One without private link: the lists are there, and empty. */
	assert_true(catalog_find(*state, "login.microsoftonline.com", &match));
	assert_null(match.service->group_ids[0]);
	assert_null(match.group_ids[0]);
	assert_null(match.service->resource_types[0]);
	assert_null(catalog_find_other(*state, &match, 0));
	assert_true(catalog_find(*state, "x.trafficmanager.net", &match));
	assert_int_equal(match.service->ports[0], 0);
}

static void labels_match_whole(void **state)
{
	static const char *const strangers[] = {
		"notopenai.azure.com",
		"openai.azure.com.evil.example",
		"xml.azure.com",
		"azure.com",
		"x.azure.com",
		"openai.azure.com",
		"notanthropic.com",
		"com",
		"",
		"blob.core.windows.net",
		"10.40.1.1",
		"...",
		"bedrock.amazonaws.com",
		"eu.x.amazonaws.com",
	};

	for (size_t i = 0; i < ROW_COUNT(strangers); i++) {
		struct catalog_match match;

		print_message("%s\n", strangers[i]);
		assert_false(catalog_find(*state, strangers[i], &match));
	}
}

static void all_known_services_are_here(void **state)
{
	size_t azure = 0, third = 0;

	for (size_t i = 0; i < catalog_service_count(*state); i++) {
		const char *category = catalog_service(*state, i)->category;

		azure += strncmp(category, "azure-", 6) == 0;
		third += strcmp(category, "third-party-ai") == 0;
	}
	assert_true(azure >= 100);
	assert_true(third >= 47);
	assert_null(catalog_service(*state, catalog_service_count(*state)));
}

#define SERVICE "\"id\":\"a\",\"title\":\"A\",\"category\":\"azure-paas\",\"provider\":\"P\""

static void what_is_wrong_is_named_with_its_place(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} rows[] = {
		{ "no services", "{\"version\":1}", "c:1:1: \"services\" is missing" },
		{ "no id", "{\"version\":1,\"services\":[\n{\"title\":\"A\"}]}",
		  "c:2:1: \"id\" is missing" },
		{ "a category that is none",
		  "{\"version\":1,\"services\":[{\"id\":\"a\",\"title\":\"A\",\"provider\":\"P\",\n"
		  "\"category\":\"azure-pass\"}]}",
		  "c:2:12: unknown word \"azure-pass\"; did you mean \"azure-paas\"?" },
		{ "a cloud that is none",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"clouds\":{\"publik\":[]}}]}",
		  "did you mean \"public\"?" },
		{ "two of one id", "{\"version\":1,\"services\":[{" SERVICE "},\n{" SERVICE "}]}",
		  "c:2:7: a second service has the id \"a\"" },
		{ "a name that ends in a variable",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"names\":[\"a.{region}\"]}]}",
		  "is no name pattern" },
		{ "a variable that is none",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"names\":[\"{zone}.a.b\"]}]}",
		  "is no name pattern" },
		{ "two variables in a label",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"names\":[\"*x*.a.b\"]}]}",
		  "is no name pattern" },
		{ "a member that is none",
		  "{\"version\":1,\"services\":[{" SERVICE ",\n\"resource_type\":[]}]}",
		  "c:2:17: unknown member \"resource_type\"; did you mean \"resource_types\"?" },
		{ "one of a name",
		  "{\"version\":1,\"services\":[{" SERVICE
		  ",\"names\":[{\"name\":\"a.b\",\"zone\":\"c.d\"}]}]}",
		  "unknown member \"zone\"" },
		{ "a port that is none",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"ports\":[443,\n70000]}]}",
		  "c:2:1: " },
		{ "a zone that is no name",
		  "{\"version\":1,\"services\":[{" SERVICE
		  ",\"private_zones\":{\"public\":[\"a.{region}\"]}}]}",
		  "\"a.{region}\" is no name pattern" },
		{ "a public name of what the name does not tell",
		  "{\"version\":1,\"services\":[{" SERVICE
		  ",\"names\":[{\"name\":\"*.a.b\",\"public_name\":\"{resource}.c.d\"}]}]}",
		  "holds only those that \"name\" has" },
		{ "a variable closed twice",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"names\":[\"{region}}.a.b\"]}]}",
		  "is no name pattern" },
		{ "an empty label",
		  "{\"version\":1,\"services\":[{" SERVICE ",\"names\":[\"a..b\"]}]}",
		  "is no name pattern" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { "" };
		struct catalog *catalog;

		print_message("%s\n", rows[i].why);
		assert_int_equal(
			catalog_parse(&catalog, rows[i].text, strlen(rows[i].text), "c", &fault),
			-EINVAL);
		assert_null(catalog);
		print_message("  %s\n", fault.text);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
}

static void among_names_of_one_tail_the_longer_pattern_wins(void **state)
{
	static const char text[] =
		"{\"version\":1,\"services\":["
		"{\"id\":\"wide\",\"title\":\"\\u0057\",\"category\":\"azure-paas\",\"provider\":\"P\","
		"\"names\":[\"{resource}.a.example\"]},"
		"{\"id\":\"narrow\",\"title\":\"N\",\"category\":\"azure-paas\",\"provider\":\"P\","
		"\"names\":[\"{resource}.web.{region}.a.example\", \"{any}.{any}.{region}.a.example\"]}]}";
	struct fault fault = { "" };
	struct catalog *catalog;
	struct catalog_match match;

	(void)state;
	assert_int_equal(catalog_parse(&catalog, text, sizeof(text) - 1, "c", &fault), 0);
	assert_true(catalog_find(catalog, "r.web.north.a.example", &match));
	assert_string_equal(match.service->id, "narrow");
	assert_string_equal(match.resource, "r");
	assert_string_equal(match.region, "north");
	assert_true(catalog_find(catalog, "r.app.north.a.example", &match));
	assert_string_equal(match.suffix, "{any}.{any}.{region}.a.example");
	assert_true(catalog_find(catalog, "r.north.a.example", &match));
	assert_string_equal(match.service->id, "wide");
	catalog_free(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_belongs_to_its_service),
		cmocka_unit_test(privatelink_names_are_known_as_such),
		cmocka_unit_test(a_zone_leads_to_the_services_that_use_it),
		cmocka_unit_test(a_private_name_leads_to_its_public_one),
		cmocka_unit_test(a_name_tells_its_workspace_and_groups),
		cmocka_unit_test(a_service_says_what_is_known_of_it),
		cmocka_unit_test(labels_match_whole),
		cmocka_unit_test(all_known_services_are_here),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(among_names_of_one_tail_the_longer_pattern_wins),
	};

	return cmocka_run_group_tests_name("catalog", tests, load, unload);
}
