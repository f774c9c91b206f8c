/* Resources that we own: their names, and the settings that rules join with traffic.
 *
 * One table. A setting that is null has its default, and so has one that is absent from a whole
 * description: Resource Manager leaves out what was never set. A list that carries no settings at all
 * (`az keyvault list`) says nothing of them; what tells the two apart is `whole`, a property that every
 * whole description has.
 */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"

#define PATHS_MAX 5

struct setting {
	const char *path, *or_path; /* az renames some; NULL: there is no such setting */
	const char *otherwise;      /* its default; NULL: unknown */
	bool turned;                /* the setting says the contrary: disableLocalAuth */
};

struct resource_kind {
	const char *type;
	const char *whole;
	const char *names[PATHS_MAX]; /* names, addresses of the web, or objects of them */
	struct setting public_access, local_auth, firewall;
	const char *guid;
};

#define PUBLIC_ACCESS                                                                              \
	{                                                                                          \
		"publicNetworkAccess", NULL, "true", false                                         \
	}
#define DISABLE_LOCAL_AUTH                                                                         \
	{                                                                                          \
		"disableLocalAuth", NULL, "true", true                                             \
	}
#define FIREWALL                                                                                   \
	{                                                                                          \
		"networkAcls.defaultAction", "networkRuleSet.defaultAction", "false", true         \
	}

static const struct resource_kind kinds[] = {
	{ .type = "Microsoft.CognitiveServices/accounts",
	  .whole = "endpoint",
	  .names = { "endpoint", "endpoints" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH,
	  .firewall = FIREWALL },
	{ .type = "Microsoft.KeyVault/vaults",
	  .whole = "vaultUri",
	  .names = { "vaultUri" },
	  .public_access = PUBLIC_ACCESS,
	  .firewall = FIREWALL },
	{ .type = "Microsoft.Storage/storageAccounts",
	  .whole = "primaryEndpoints",
	  .names = { "primaryEndpoints", "secondaryEndpoints" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = { "allowSharedKeyAccess", NULL, "true", false },
	  .firewall = FIREWALL },
	{ .type = "Microsoft.ContainerRegistry/registries",
	  .whole = "loginServer",
	  .names = { "loginServer", "dataEndpointHostNames" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = { "adminUserEnabled", NULL, "false", false },
	  .firewall = FIREWALL },
	{ .type = "Microsoft.OperationalInsights/workspaces",
	  .whole = "customerId",
	  .public_access = { "publicNetworkAccessForIngestion", NULL, "true", false },
	  .local_auth = { "features.disableLocalAuth", NULL, "true", true },
	  .guid = "customerId" },
	{ .type = "Microsoft.MachineLearningServices/workspaces",
	  .whole = "workspaceId",
	  .names = { "notebookInfo.fqdn" },
	  .public_access = PUBLIC_ACCESS,
	  .guid = "workspaceId" },
	{ .type = "Microsoft.Search/searchServices",
	  .whole = "hostingMode",
	  .names = { "endpoint" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH },
	{ .type = "Microsoft.DocumentDB/databaseAccounts",
	  .whole = "documentEndpoint",
	  .names = { "documentEndpoint" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH },
	{ .type = "Microsoft.Sql/servers",
	  .whole = "fullyQualifiedDomainName",
	  .names = { "fullyQualifiedDomainName" },
	  .public_access = PUBLIC_ACCESS },
	{ .type = "Microsoft.EventHub/namespaces",
	  .whole = "serviceBusEndpoint",
	  .names = { "serviceBusEndpoint" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH },
	{ .type = "Microsoft.ServiceBus/namespaces",
	  .whole = "serviceBusEndpoint",
	  .names = { "serviceBusEndpoint" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH },
	{ .type = "Microsoft.AppConfiguration/configurationStores",
	  .whole = "endpoint",
	  .names = { "endpoint" },
	  .public_access = PUBLIC_ACCESS,
	  .local_auth = DISABLE_LOCAL_AUTH },
};

static const struct resource_kind *kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcasecmp(kinds[i].type, type) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool arm_resource_knows(const char *type)
{
	return kind_of(type) != NULL;
}

/* The host of "https://x.y/z", or a bare name. */
static void add_host(struct reading *reading, struct thing *thing, struct node node)
{
	const char *text = reading_text_of(reading, node);
	const char *scheme = text ? strstr(text, "://") : NULL;
	char bytes[ARM_ID_MAX];
	struct text host = text_over(bytes, sizeof(bytes));

	if (!text)
		return;
	text = scheme ? scheme + 3 : text;
	text_add_bytes(&host, text, strcspn(text, "/:?"));
	struct node name = { .at = node.at, .text = bytes };
	thing_add_text(reading->inventory, thing, FACT_FQDNS, reading_name(reading, name),
		       reading_place(reading, node));
}

static void add_hosts(struct reading *reading, struct thing *thing, struct node node, int depth)
{
	enum json_type type = reading_type(node);

	if (type == JSON_TEXT)
		add_host(reading, thing, node);
	if (type == JSON_ARRAY) {
		for (struct each each = reading_each(node); reading_step(reading, &each);)
			add_host(reading, thing, each.item);
	}
	if (type != JSON_OBJECT || depth > 1)
		return; /* primaryEndpoints holds the endpoints of other routings, and no more */
	for (const struct json_value *m = json_first(node.at); m; m = json_next(m))
		add_hosts(reading, thing, reading_value(reading, m, node.scope), depth + 1);
}

void arm_say_hosts(struct reading *reading, struct thing *thing, struct node node)
{
	add_hosts(reading, thing, node, 0);
}

static void say_setting(struct reading *reading, struct thing *thing, enum fact_kind fact,
			const struct setting *setting, struct node resource, bool whole)
{
	struct node node = { NULL };

	if (!setting->path)
		return;
	node = reading_path(reading, resource, setting->path);
	if (!node.at && setting->or_path) {
		node = reading_path(reading, resource, setting->or_path);
		if (node.at)
			reading_say_flag(reading, thing, fact, resource, setting->or_path,
					 setting->turned);
	} else {
		reading_say_flag(reading, thing, fact, resource, setting->path, setting->turned);
	}
	if (reading_is_null(node) || (!node.at && whole))
		thing_say_text(reading->inventory, thing, fact, setting->otherwise,
			       reading_place(reading, node.at ? node : resource));
}

/* A resource without an id, as an export of one is: named by its own name or sub-domain. */
static const char *made_id(struct reading *reading, struct node resource, const char *type)
{
	const char *name = reading_text(reading, resource, "customSubDomainName");
	char id[ARM_ID_MAX + 1];

	return name && arm_id_make(id, NULL, NULL, type, name)
		       ? inventory_copy(reading->inventory, id)
		       : NULL;
}

static void say_settings(struct reading *reading, struct thing *thing,
			 const struct resource_kind *kind, struct node resource)
{
	/* `az ml workspace show` names its settings without these properties being there. */
	bool whole = reading_member(reading, resource, kind->whole).at != NULL;

	for (size_t i = 0; i < PATHS_MAX && kind->names[i]; i++)
		arm_say_hosts(reading, thing, reading_path(reading, resource, kind->names[i]));
	say_setting(reading, thing, FACT_PUBLIC_ACCESS, &kind->public_access, resource, whole);
	say_setting(reading, thing, FACT_LOCAL_AUTH, &kind->local_auth, resource, whole);
	say_setting(reading, thing, FACT_FIREWALL, &kind->firewall, resource, whole);
	if (kind->guid)
		reading_say_text(reading, thing, FACT_WORKSPACE_GUID, resource, kind->guid);
}

bool arm_resource(struct reading *reading, struct node resource, const char *type, const char *id)
{
	const struct resource_kind *kind = kind_of(type);
	struct thing *thing;

	if (!kind)
		return false;
	if (!id)
		id = made_id(reading, resource, kind->type);
	thing = reading_thing(reading, THING_RESOURCE, id, NULL, resource);
	if (!thing) {
		reading_note(reading, resource, "this %s has neither id nor name", kind->type);
		return true;
	}
	thing_say_text(reading->inventory, thing, FACT_TYPE, kind->type,
		       reading_place(reading, resource));
	reading_say_text(reading, thing, FACT_KIND, resource, "kind");
	reading_say_text(reading, thing, FACT_REGION, resource, "location");
	reading_say_text(reading, thing, FACT_SUBDOMAIN, resource, "customSubDomainName");
	reading_say_zone_tag(reading, thing, resource);
	say_settings(reading, thing, kind, resource);
	return true;
}

static void say_rate(struct reading *reading, struct thing *thing, struct node limit)
{
	const char *key = reading_text(reading, limit, "key");
	struct node count = reading_member(reading, limit, "count");
	struct node period = reading_member(reading, limit, "renewalPeriod");
	char bytes[24];
	struct text text = text_over(bytes, sizeof(bytes));

	if (!key || reading_type(count) != JSON_NUMBER || reading_type(period) != JSON_NUMBER)
		return;
	uint64_t number = json_read_value_number(&reading->reader, count.at, 0, UINT32_MAX);
	uint64_t seconds = json_read_value_number(&reading->reader, period.at, 1, 86400);
	if (seconds == 0 || number * 60 / seconds > UINT32_MAX)
		return;
	text_add_number(&text, number * 60 / seconds);
	thing_say_text(reading->inventory, thing,
		       strcasecmp(key, "token") == 0 ? FACT_TOKENS : FACT_REQUESTS, bytes,
		       reading_place(reading, count));
}

void arm_deployment(struct reading *reading, struct node resource, const char *id)
{
	static const char account_type[] = "microsoft.cognitiveservices/accounts";
	char owner[ARM_ID_MAX + 1];

	if (!id || !arm_id_owner(id, account_type, owner)) {
		reading_note(reading, resource,
			     "this deployment has no id; its account is not known");
		return;
	}
	struct thing *account = reading_mention(reading, THING_RESOURCE, owner, resource);
	struct thing *thing =
		reading_inside(reading, THING_DEPLOYMENT, account, arm_id_name(id), resource);
	struct node filter = reading_member(reading, resource, "raiPolicyName");
	struct each each = reading_each(reading_member(reading, resource, "rateLimits"));

	thing_say_text(reading->inventory, account, FACT_TYPE,
		       "Microsoft.CognitiveServices/accounts", reading_place(reading, resource));
	reading_say_text(reading, thing, FACT_MODEL, resource, "model.name");
	reading_say_text(reading, thing, FACT_MODEL_VERSION, resource, "model.version");
	reading_say_text(reading, thing, FACT_SKU, resource, "sku.name");
	reading_say_number(reading, thing, FACT_CAPACITY, resource, "sku.capacity");
	if (reading_is_null(filter))
		thing_say(reading->inventory, thing, FACT_CONTENT_FILTER,
			  (struct values){ NULL, 0 }, reading_place(reading, filter));
	reading_say_text(reading, thing, FACT_CONTENT_FILTER, resource, "raiPolicyName");
	while (reading_step(reading, &each)) {
		if (reading_type(each.item) == JSON_OBJECT)
			say_rate(reading, thing, each.item);
	}
}
