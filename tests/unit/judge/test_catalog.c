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
	assert_true(azure >= 77);
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
		cmocka_unit_test(labels_match_whole),
		cmocka_unit_test(all_known_services_are_here),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(among_names_of_one_tail_the_longer_pattern_wins),
	};

	return cmocka_run_group_tests_name("catalog", tests, load, unload);
}
