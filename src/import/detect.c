/* Kinds of documents by what they hold, and of the resources in them. */
#include "import/detect.h"

#include <string.h>
#include <strings.h>

#include "import/arm.h"
#include "import/arm_id.h"
#include "import/template.h"
#include "import/terraform.h"

#define LOOK_BYTES 4096 /* of a text that is not JSON */
#define KEYS_MAX 3

#define SHOW "; give what terraform show -json prints"
#define BICEP "; give what az bicep build makes of it"

/* Texts that are no JSON, told by words that no other has. */
const char *detect_foreign_text(const char *text, size_t length)
{
	static const struct {
		const char *word, *what;
	} texts[] = {
		{ "/metadata/identity/", "a token request to IMDS, not a source of a map" },
		{ "requiredDataConnectors:",
		  "a rule of Microsoft Sentinel, not a source of a map" },
		{ "queryFrequency:", "a rule of Microsoft Sentinel, not a source of a map" },
		{ "resource \"azurerm_", "Terraform's source" SHOW },
		{ "targetScope =", "Bicep" BICEP },
		{ "' = {\n", "Bicep, it seems" BICEP },
		{ "PK\003\004", "a zip archive, as a plan of Terraform is" SHOW " of it" },
		{ "\xd4\xc3\xb2\xa1", "a capture; give it to pewit replay" },
		{ "\x0a\x0d\x0d\x0a", "a capture; give it to pewit replay" },
	};
	size_t look = length < LOOK_BYTES ? length : LOOK_BYTES;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (memmem(text, look, texts[i].word, strlen(texts[i].word)))
			return texts[i].what;
	}
	return NULL;
}

static const struct json_value *at_path(const struct json_value *value, const char *path)
{
	while (value && *path) {
		size_t length = strcspn(path, ".");
		const struct json_value *m =
			json_type(value) == JSON_OBJECT ? json_first(value) : NULL;

		if (json_type(value) == JSON_ARRAY && length == 1 && *path == '0') {
			value = json_first(value);
		} else {
			while (m && (strlen(json_key(m)) != length ||
				     strncmp(json_key(m), path, length) != 0))
				m = json_next(m);
			value = m;
		}
		path += length;
		path += *path == '.';
	}
	return value;
}

const char *detect_foreign(const struct json_value *root)
{
	static const struct {
		const char *path, *what;
	} shapes[] = {
		{ "records.0.flowRecords",
		  "a flow log, not a source of a map: it says what happened, not what should" },
		{ "properties.dataFlows", "a data collection rule, not a source of a map" },
		{ "properties.assessmentType",
		  "an assessment of Defender for Cloud, not a source of a map" },
		{ "_1_body.properties.assessmentType",
		  "an assessment of Defender for Cloud, not a source of a map" },
		{ "properties.resourceDetails",
		  "an assessment of Defender for Cloud, not a source of a map" },
		{ "access_token",
		  "an access token, not a source of a map; delete it, it is a secret" },
		{ "queryFrequency", "a rule of Microsoft Sentinel, not a source of a map" },
		{ "changeNumber",
		  "the list of service tags, not a source of a map; give it to --service-tags" },
		{ "vnets", "an expected map itself; give it with --with, to add to what is built" },
		{ "event_type", "events of pewit, not a source of a map" },
		{ "services.0.names", "a catalog of pewit, not a source of a map" },
		{ "error.code",
		  "an error that Azure answered, not a source of a map; repeat the command" },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (at_path(root, shapes[i].path))
			return shapes[i].what;
	}
	return NULL;
}

static bool has(struct reading *reading, struct node object, const char *key)
{
	return reading_member(reading, object, key).at != NULL;
}

/* The type of a resource that does not say: by members that others do not have. */
static const char *type_by_shape(struct reading *reading, struct node object)
{
	static const struct {
		const char *keys[KEYS_MAX], *type;
	} shapes[] = {
		{ { "privateLinkServiceConnections" }, "Microsoft.Network/privateEndpoints" },
		{ { "privateDnsZoneConfigs" },
		  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups" },
		{ { "privateDnsZone", "propertiesResolutionPolicy" },
		  "Microsoft.Network/privateDnsZones" },
		{ { "virtualNetworkLinkState" },
		  "Microsoft.Network/privateDnsZones/virtualNetworkLinks" },
		{ { "ipConfigurations", "macAddress" }, "Microsoft.Network/networkInterfaces" },
		{ { "ipConfigurations.0.privateLinkConnectionProperties" },
		  "Microsoft.Network/networkInterfaces" },
		{ { "addressSpace", "subnets" }, "Microsoft.Network/virtualNetworks" },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t k = 0;

		while (k < KEYS_MAX && shapes[i].keys[k] &&
		       reading_path(reading, object, shapes[i].keys[k]).at)
			k++;
		if (k == KEYS_MAX || !shapes[i].keys[k])
			return shapes[i].type;
	}
	return NULL;
}

/* The id of a row that only names a zone and a group. */
static const char *row_id(struct reading *reading, struct node object, const char *type)
{
	const char *zone = reading_text(reading, object, "privateDnsZone");
	char id[ARM_ID_MAX + 1];

	if (!zone ||
	    !arm_id_make(id, NULL, reading_text(reading, object, "resourceGroup"), type, zone))
		return reading_id(reading, object, type);
	return inventory_copy(reading->inventory, id);
}

static void read_resource(struct reading *reading, struct node object)
{
	char by_id[ARM_TYPE_MAX + 1];
	struct node typed = { .at = json_member(object.at, "type") };
	const char *type =
		reading_type(typed) == JSON_TEXT ? reading_text_of(reading, typed) : NULL;
	const char *id = json_member(object.at, "id") ? reading_text(reading, object, "id") : NULL;

	if (type && strncmp(type, "azurerm_", 8) == 0) {
		terraform_read_resource(reading, object);
		return;
	}
	if (!type || !strchr(type, '/')) /* az ml has types of its own there */
		type = id && arm_id_type(id, by_id) ? by_id : type_by_shape(reading, object);
	if (!type) {
		reading_ignore(reading, "something that pewit does not know");
		return;
	}
	if (!arm_read(reading, object, type, row_id(reading, object, type)))
		reading_ignore(reading, type);
}

static void read_list(struct reading *reading, struct node list)
{
	struct node first = reading_path(reading, list, "0");

	if (has(reading, first, "fqdns") && has(reading, first, "ipAddress") &&
	    !has(reading, first, "id")) {
		arm_nic_rows(reading, list);
		return;
	}
	for (struct each each = reading_each(list); reading_step(reading, &each);) {
		if (reading_type(each.item) == JSON_OBJECT)
			read_resource(reading, each.item);
		else if (reading_type(each.item) == JSON_ARRAY)
			read_list(reading, each.item); /* outputs put together in one list */
		else
			reading_ignore(reading, "a value that is no object");
	}
}

/* An answer in pages of which this is not the last. */
static void check_pages(struct reading *reading, struct node root, struct node list)
{
	static const char *const more[] = { "nextLink", "skipToken", "$skipToken" };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct node token = reading_member(reading, root, more[i]);

		if (reading_type(token) == JSON_TEXT && reading_text_of(reading, token))
			reading_warn(reading, token,
				     "this is one page, and more follow it; give the other pages "
				     "too, or ask for all (az graph query --first 1000 "
				     "--skip-token ...)");
	}
	struct node total = reading_member(reading, root, "totalRecords");
	if (reading_type(total) == JSON_NUMBER &&
	    json_read_value_number(&reading->reader, total.at, 0, UINT32_MAX) > json_count(list.at))
		reading_warn(reading, total, "only %zu of the records are in this file",
			     json_count(list.at));
}

static void read_object(struct reading *reading, struct node root)
{
	static const char *const wrappers[] = { "value", "data" };
	const struct json_value *schema = json_member(root.at, "$schema");
	const char *schema_text = schema ? json_text(schema) : NULL;

	if (schema_text && strcasestr(schema_text, "deploymentParameters")) {
		reading_wrong(reading, root,
			      "this is a file of parameters; give the template with its values "
			      "filled in as defaults");
		return;
	}
	if ((schema_text && strcasestr(schema_text, "deploymentTemplate")) ||
	    (json_member(root.at, "contentVersion") && json_member(root.at, "resources"))) {
		template_read(reading, root);
		return;
	}
	if (json_member(root.at, "planned_values") || json_member(root.at, "resource_changes") ||
	    at_path(root.at, "values.root_module")) {
		terraform_read(reading, root);
		return;
	}
	if (json_member(root.at, "lineage") || json_member(root.at, "terraform_version")) {
		terraform_read_state(reading, root);
		return;
	}
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		struct node list = { .at = json_member(root.at, wrappers[i]) };

		if (reading_type(list) == JSON_ARRAY) {
			check_pages(reading, root, list);
			read_list(reading, list);
			return;
		}
	}
	read_resource(reading, root);
}

static size_t taken(const struct reading *reading)
{
	size_t total = 0;

	for (size_t i = 0; i < THING_KINDS; i++)
		total += reading->taken[i];
	return total;
}

void detect_read(struct reading *reading)
{
	struct node root = reading_root(reading);
	const char *foreign = detect_foreign(root.at);

	if (foreign) {
		reading->foreign = true;
		reading_wrong(reading, root, "this is %s", foreign);
		return;
	}
	if (reading_type(root) == JSON_OBJECT)
		read_object(reading, root);
	else if (reading_type(root) == JSON_ARRAY)
		read_list(reading, root);
	else
		reading_wrong(reading, root,
			      "a list or an object of Azure is expected here, not %s",
			      json_type_name(reading_type(root)));
	if (reading->reader.error != 0 || taken(reading) != 0 || reading->ignored == 0 ||
	    reading->rank != RANK_LIVE)
		return;
	reading->foreign = true;
	reading_wrong(reading, root,
		      "nothing here says anything of a map (the first thing in it is %.80s); "
		      "docs/import.md lists what to give",
		      reading->ignored_type ? reading->ignored_type : "unknown");
}
