/* Owned resources as Terraform has them: settings under the provider's own words. */
#include <string.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"
#include "import/terraform.h"

#define PATHS_MAX 8

static const struct resource_row {
	const char *type, *arm, *kind;
	const char *names[PATHS_MAX];
	const char *public_access, *local_auth;
	const char *no_local_auth; /* the setting that says the contrary */
	const char *firewall, *guid;
} rows[] = {
	{ .type = "azurerm_cognitive_account",
	  .arm = "Microsoft.CognitiveServices/accounts",
	  .names = { "endpoint" },
	  .public_access = "public_network_access_enabled",
	  .local_auth = "local_auth_enabled",
	  .firewall = "network_acls.0.default_action" },
	{ .type = "azurerm_ai_services",
	  .arm = "Microsoft.CognitiveServices/accounts",
	  .kind = "AIServices",
	  .names = { "endpoint" },
	  .public_access = "public_network_access",
	  .local_auth = "local_authentication_enabled",
	  .firewall = "network_acls.0.default_action" },
	{ .type = "azurerm_key_vault",
	  .arm = "Microsoft.KeyVault/vaults",
	  .names = { "vault_uri" },
	  .public_access = "public_network_access_enabled",
	  .firewall = "network_acls.0.default_action" },
	{ .type = "azurerm_storage_account",
	  .arm = "Microsoft.Storage/storageAccounts",
	  .names = { "primary_blob_endpoint", "primary_dfs_endpoint", "primary_file_endpoint",
		     "primary_queue_endpoint", "primary_table_endpoint", "primary_web_endpoint" },
	  .public_access = "public_network_access_enabled",
	  .local_auth = "shared_access_key_enabled",
	  .firewall = "network_rules.0.default_action" },
	{ .type = "azurerm_container_registry",
	  .arm = "Microsoft.ContainerRegistry/registries",
	  .names = { "login_server", "data_endpoint_host_names" },
	  .public_access = "public_network_access_enabled",
	  .local_auth = "admin_enabled",
	  .firewall = "network_rule_set.0.default_action" },
	{ .type = "azurerm_log_analytics_workspace",
	  .arm = "Microsoft.OperationalInsights/workspaces",
	  .public_access = "internet_ingestion_enabled",
	  .local_auth = "local_authentication_enabled",
	  .no_local_auth = "local_authentication_disabled",
	  .guid = "workspace_id" },
	{ .type = "azurerm_machine_learning_workspace",
	  .arm = "Microsoft.MachineLearningServices/workspaces",
	  .public_access = "public_network_access_enabled",
	  .guid = "workspace_id" },
	{ .type = "azurerm_search_service",
	  .arm = "Microsoft.Search/searchServices",
	  .public_access = "public_network_access_enabled",
	  .local_auth = "local_authentication_enabled" },
	{ .type = "azurerm_cosmosdb_account",
	  .arm = "Microsoft.DocumentDB/databaseAccounts",
	  .names = { "endpoint" },
	  .public_access = "public_network_access_enabled",
	  .no_local_auth = "local_authentication_disabled" },
	{ .type = "azurerm_mssql_server",
	  .arm = "Microsoft.Sql/servers",
	  .names = { "fully_qualified_domain_name" },
	  .public_access = "public_network_access_enabled" },
};

static const struct resource_row *row_of(const char *type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i];
	}
	return NULL;
}

const char *terraform_resource_type(const char *type)
{
	const struct resource_row *row = row_of(type);

	return row ? row->arm : NULL;
}

static void say_flag(struct reading *reading, struct thing *thing, enum fact_kind kind,
		     struct node values, const char *path, bool turned)
{
	if (path)
		reading_say_flag(reading, thing, kind, values, path, turned);
}

bool terraform_resource(struct reading *reading, struct node values, const char *type,
			const char *id)
{
	const struct resource_row *row = row_of(type);

	if (!row)
		return false;
	struct thing *thing = reading_thing(reading, THING_RESOURCE, id, NULL, values);
	if (!thing)
		return true;
	struct source_place place = reading_place(reading, values);
	thing_say_text(reading->inventory, thing, FACT_TYPE, row->arm, place);
	thing_say_text(reading->inventory, thing, FACT_KIND, row->kind, place);
	reading_say_text(reading, thing, FACT_KIND, values, "kind");
	reading_say_text(reading, thing, FACT_REGION, values, "location");
	reading_say_text(reading, thing, FACT_SUBDOMAIN, values, "custom_subdomain_name");
	reading_say_zone_tag(reading, thing, values);
	for (size_t i = 0; i < PATHS_MAX && row->names[i]; i++)
		arm_say_hosts(reading, thing, reading_path(reading, values, row->names[i]));
	say_flag(reading, thing, FACT_PUBLIC_ACCESS, values, row->public_access, false);
	say_flag(reading, thing, FACT_LOCAL_AUTH, values, row->local_auth, false);
	say_flag(reading, thing, FACT_LOCAL_AUTH, values, row->no_local_auth, true);
	say_flag(reading, thing, FACT_FIREWALL, values, row->firewall, true);
	if (row->guid)
		reading_say_text(reading, thing, FACT_WORKSPACE_GUID, values, row->guid);
	return true;
}
