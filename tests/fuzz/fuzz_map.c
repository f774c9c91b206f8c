/* Any bytes as a map: it loads, or says where it is wrong; and a loaded one answers, is linted
 * and is no different from itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge/map.h"
#include "judge/map_diff.h"

static void hear(void *context, enum map_finding finding, const char *sentence)
{
	*(size_t *)context += strlen(sentence) + (size_t)finding;
}

/* A map compared with itself. */
static void never(void *context, const struct map_difference *difference)
{
	(void)context;
	(void)difference;
	abort();
}

static void ask(const struct map *map)
{
	static const char *const names[] = { "wingtip.openai.azure.com", "a.b", "", "x.y.z" };
	static const char *const addresses[] = { "10.40.2.6", "10.0.0.1", "::1", "168.63.129.16" };

	for (size_t i = 0; i < 4; i++) {
		struct ip_addr addr;
		const struct map_endpoint *found = map_endpoint_by_name(map, names[i]);
		const struct map_dns_zone *zone = map_dns_zone_of(map, names[i]);
		const struct map_private_endpoint *pe = found ? found->private_endpoint : NULL;

		ip_parse(addresses[i], &addr);
		map_endpoint_serves(map, names[i], &addr);
		map_endpoint_at(map, &addr, i);
		map_egress_find(map, names[i], &addr, 443, "prod");
		map_egress_by_name(map, names[i]);
		map_is_resolver(map, &addr, 53, "prod");
		map_platform_role(map, &addr, 80);
		map_crossing_allowed(map, "dev", pe, map_subnet_of(map, &addr));
		map_admin_allowed(map, false, &addr);
		map_resource_by_name(map, names[i]);
		map_is_workspace(map, names[i]);
		map_schedule_at(map, &addr);
		map_on_premises_of(map, &addr);
		if (zone)
			map_dns_zone_is_linked(map, zone, map_vnet_of(map, &addr));
	}
	for (size_t i = 0; i < map_endpoint_count(map); i++) {
		const struct map_endpoint *endpoint = map_endpoint(map, i);

		/* Every name of the map finds some endpoint. */
		if (endpoint->fqdn[0] != '*' && !map_endpoint_by_name(map, endpoint->fqdn))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { "" };
	struct map *map;
	size_t heard = 0;

	if (map_parse(&map, (const char *)data, size, "m", &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	ask(map);
	map_check(map, hear, &heard);
	map_diff(map, map, never, NULL);
	map_free(map);
	return 0;
}
