#include "import/arm.h"

#include <strings.h>

static const struct {
	const char *type;
	arm_reader *read;
} readers[] = {
	{ "Microsoft.Network/virtualNetworks", arm_vnet },
	{ "Microsoft.Network/virtualNetworks/subnets", arm_subnet },
	{ "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", arm_peering },
	{ "Microsoft.Network/routeTables", arm_route_table },
	{ "Microsoft.Network/routeTables/routes", arm_route },
	{ "Microsoft.Network/publicIPAddresses", arm_public_ip },
	{ "Microsoft.Network/privateEndpoints", arm_private_endpoint },
	{ "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", arm_zone_group },
	{ "Microsoft.Network/networkInterfaces", arm_nic },
	{ "Microsoft.Network/privateDnsZones", arm_zone },
	{ "Microsoft.Network/privateDnsZones/virtualNetworkLinks", arm_link },
	{ "Microsoft.Network/privateDnsZones/A", arm_record_a },
	{ "Microsoft.Network/privateDnsZones/AAAA", arm_record_aaaa },
	{ "Microsoft.Network/privateDnsZones/CNAME", arm_record_cname },
	{ "Microsoft.CognitiveServices/accounts/deployments", arm_deployment },
	{ "Microsoft.Compute/virtualMachines", arm_vm },
	{ "Microsoft.Compute/virtualMachineScaleSets", arm_scale_set },
	{ "Microsoft.ContainerService/managedClusters", arm_cluster },
	{ "Microsoft.MachineLearningServices/workspaces/computes", arm_ml_compute },
};

static arm_reader *reader_of(const char *type)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcasecmp(readers[i].type, type) == 0)
			return readers[i].read;
	}
	return NULL;
}

bool arm_knows(const char *type)
{
	return reader_of(type) || arm_resource_knows(type);
}

bool arm_read(struct reading *reading, struct node resource, const char *type, const char *id)
{
	arm_reader *read = reader_of(type);

	if (!read)
		return arm_resource(reading, resource, type, id);
	read(reading, resource, id);
	return true;
}
