/* Owned resources with their settings and deployments; hosts. */
#include <string.h>

#include "import/write_map.h"

static void write_deployment(struct writer *writer, const struct thing *deployment)
{
	const struct fact *filter = thing_fact(deployment, FACT_CONTENT_FILTER);

	writer_open(writer, NULL, '{');
	writer_text(writer, "name", deployment->name);
	write_map_text(writer, "model", deployment, FACT_MODEL);
	write_map_text(writer, "model_version", deployment, FACT_MODEL_VERSION);
	write_map_text(writer, "sku", deployment, FACT_SKU);
	write_map_number(writer, "capacity", deployment, FACT_CAPACITY);
	write_map_number(writer, "requests_per_minute", deployment, FACT_REQUESTS);
	write_map_number(writer, "tokens_per_minute", deployment, FACT_TOKENS);
	if (filter && filter->values.count == 0)
		writer_null(writer, "content_filter");
	write_map_text(writer, "content_filter", deployment, FACT_CONTENT_FILTER);
	writer_close(writer, '}');
}

/* Names that are the resource's own: https://eastus.api.cognitive.microsoft.com/ is everybody's. */
static struct values own_names(struct resolve *resolve, const struct thing *resource)
{
	struct values all = thing_values(resource, FACT_FQDNS);
	const char **own = arena_take(resolve->inventory->arena, all.count + 1, sizeof(*own));
	size_t count = 0;

	for (size_t i = 0; own && i < all.count; i++) {
		struct catalog_match match;

		if (!resolve->catalog || !catalog_find(resolve->catalog, all.at[i], &match) ||
		    match.tenant_owned)
			own[count++] = all.at[i];
	}
	return (struct values){ own, count };
}

static void write_resource(struct writer *writer, struct resolve *resolve,
			   const struct thing *resource)
{
	struct things deployments = write_map_sorted(resolve, THING_DEPLOYMENT, resource);

	if (!resource->listed && deployments.count == 0)
		return; /* only referred to: it may be somebody else's */
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", resource->name);
	write_map_text(writer, "type", resource, FACT_TYPE);
	write_map_text(writer, "kind", resource, FACT_KIND);
	write_map_id(writer, resource);
	write_map_text(writer, "region", resource, FACT_REGION);
	writer_text(writer, "zone", resolve_zone(resolve, resource));
	writer_values(writer, "fqdns", own_names(resolve, resource));
	write_map_text(writer, "workspace_guid", resource, FACT_WORKSPACE_GUID);
	write_map_flag(writer, "public_network_access", resource, FACT_PUBLIC_ACCESS);
	write_map_flag(writer, "local_auth", resource, FACT_LOCAL_AUTH);
	write_map_flag(writer, "firewall", resource, FACT_FIREWALL);
	if (deployments.count != 0) {
		writer_open(writer, "deployments", '[');
		for (size_t i = 0; i < deployments.count; i++)
			write_deployment(writer, deployments.at[i]);
		writer_close(writer, ']');
	}
	writer_close(writer, '}');
}

static void write_compute(struct writer *writer, const struct thing *compute)
{
	writer_open(writer, NULL, '{');
	writer_text(writer, "name", compute->label);
	write_map_text(writer, "type", compute, FACT_TYPE);
	write_map_id(writer, compute);
	writer_values(writer, "ips", thing_values(compute, FACT_IPS));
	write_map_flag(writer, "public_ip", compute, FACT_PUBLIC_IP);
	write_map_flag(writer, "ssh_public", compute, FACT_SSH_PUBLIC);
	write_map_flag(writer, "managed_identity", compute, FACT_IDENTITY);
	write_map_number(writer, "idle_shutdown_s", compute, FACT_IDLE_SHUTDOWN);
	writer_close(writer, '}');
}

void write_map_resources(struct writer *writer, struct resolve *resolve)
{
	struct things resources = write_map_sorted(resolve, THING_RESOURCE, NULL);
	struct things computes = write_map_sorted(resolve, THING_COMPUTE, NULL);

	writer_open(writer, "resources", '[');
	for (size_t i = 0; i < resources.count; i++)
		write_resource(writer, resolve, resources.at[i]);
	writer_close(writer, ']');
	writer_open(writer, "compute", '[');
	for (size_t i = 0; i < computes.count; i++)
		write_compute(writer, computes.at[i]);
	writer_close(writer, ']');
}
