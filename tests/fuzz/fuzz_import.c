/* The first byte picks a reader, the rest is a document for it: whatever it takes makes a map that
 * loads.
 */
#include <stdint.h>

#include "import/arm.h"
#include "import/template.h"
#include "import/terraform.h"
#include "import/write_map.h"
#include "import_fuzz.h"
#include "judge/map.h"

#define SUB "/subscriptions/s/resourceGroups/g/providers/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A seed begins with the letter of its reader: 'A' is the first. */
static const struct {
	const char *type, *id; /* of a resource; NULL: the function below */
	void (*read)(struct reading *reading, struct node root);
} readers[] = {
	{ "Microsoft.Network/virtualNetworks", SUB "Microsoft.Network/virtualNetworks/v", NULL },
	{ "Microsoft.Network/virtualNetworks/subnets",
	  SUB "Microsoft.Network/virtualNetworks/v/subnets/s", NULL },
	{ "Microsoft.Network/routeTables", SUB "Microsoft.Network/routeTables/r", NULL },
	{ "Microsoft.Network/publicIPAddresses", SUB "Microsoft.Network/publicIPAddresses/p",
	  NULL },
	{ "Microsoft.Network/privateEndpoints", SUB "Microsoft.Network/privateEndpoints/p", NULL },
	{ "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
	  SUB "Microsoft.Network/privateEndpoints/p/privateDnsZoneGroups/d", NULL },
	{ "Microsoft.Network/networkInterfaces", SUB "Microsoft.Network/networkInterfaces/n",
	  NULL },
	{ "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
	  SUB
	  "Microsoft.Network/privateDnsZones/privatelink.openai.azure.com/virtualNetworkLinks/l",
	  NULL },
	{ "Microsoft.Network/privateDnsZones/A",
	  SUB "Microsoft.Network/privateDnsZones/privatelink.openai.azure.com/A/contoso", NULL },
	{ "Microsoft.CognitiveServices/accounts", SUB "Microsoft.CognitiveServices/accounts/a",
	  NULL },
	{ "Microsoft.CognitiveServices/accounts/deployments",
	  SUB "Microsoft.CognitiveServices/accounts/a/deployments/d", NULL },
	{ "Microsoft.Storage/storageAccounts", SUB "Microsoft.Storage/storageAccounts/a", NULL },
	{ "Microsoft.MachineLearningServices/workspaces/computes",
	  SUB "Microsoft.MachineLearningServices/workspaces/w/computes/c", NULL },
	{ "Microsoft.Compute/virtualMachines", SUB "Microsoft.Compute/virtualMachines/m", NULL },
	{ "Microsoft.Compute/virtualMachineScaleSets",
	  SUB "Microsoft.Compute/virtualMachineScaleSets/m", NULL },
	{ NULL, NULL, template_read },
	{ NULL, NULL, terraform_read },
	{ NULL, NULL, terraform_read_state },
	{ NULL, NULL, terraform_read_resource },
	{ NULL, NULL, arm_nic_rows },
};
enum { READERS = sizeof(readers) / sizeof(readers[0]) };

static void build(struct inventory *inventory, struct hearer hearer)
{
	struct resolve all = { .inventory = inventory,
			       .catalog = import_fuzz_catalog(),
			       .hearer = hearer };
	struct generated generated = { NULL, NULL, 0 };
	struct writer writer = { NULL };
	struct fault fault = { "" };
	struct map *map;

	resolve(&all);
	write_map(&writer, &all, &generated);
	if (map_parse(&map, writer.bytes, writer.used, "built", &fault) != 0)
		import_fuzz_fail(fault.text);
	map_free(map);
	free(writer.bytes);
}

static void read_document(const struct json *json, size_t which)
{
	size_t heard = 0;
	struct hearer hearer = { import_fuzz_hear, &heard };
	struct inventory inventory;
	struct fault fault = { "" };

	if (!inventory_open(&inventory, hearer))
		return;
	struct reading reading = { .inventory = &inventory,
				   .json = json,
				   .path = "f",
				   .reader = { .json = json, .fault = &fault },
				   .hearer = hearer };
	struct node root = reading_root(&reading);

	if (readers[which].read)
		readers[which].read(&reading, root);
	else
		arm_read(&reading, root, readers[which].type, readers[which].id);
	if (reading.reader.error == 0)
		build(&inventory, hearer);
	else if (fault.text[0] == '\0')
		abort();
	inventory_close(&inventory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { "" };
	struct json *json;

	if (size == 0 || json_parse(&json, (const char *)data + 1, size - 1, "f", &fault) != 0)
		return 0;
	read_document(json, (size_t)(data[0] - 'A') % READERS);
	json_free(json);
	return 0;
}
