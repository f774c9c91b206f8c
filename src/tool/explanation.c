#include "tool/explanation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/map_example.h"

static void copy_lower(char to[CATALOG_NAME_MAX + 1], const char *name)
{
	size_t length = strnlen(name, CATALOG_NAME_MAX);

	for (size_t i = 0; i < length; i++)
		to[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
	while (length != 0 && to[length - 1] == '.')
		length--;
	to[length] = '\0';
}

/* The private zone that the name's records lie in: that of its private form. */
static const struct map_dns_zone *zone_of(const struct explanation *explanation)
{
	const struct map *map = explanation->lookup->map;
	const struct map_endpoint *endpoint = explanation->endpoint;
	const struct map_dns_zone *zone = map_dns_zone_of(map, explanation->name);

	if (!zone && endpoint && endpoint->private_dns_name)
		zone = map_dns_zone_of(map, endpoint->private_dns_name);
	if (!zone && explanation->is_known && explanation->match.private_zone)
		zone = map_dns_zone_of(map, explanation->match.private_zone);
	return zone;
}

static void know_name(struct explanation *explanation)
{
	const struct lookup *lookup = explanation->lookup;

	explanation->is_known =
		catalog_find(lookup->catalog, explanation->name, &explanation->match);
	if (explanation->is_known && explanation->match.is_privatelink &&
	    !lookup_public_name(lookup, explanation->name, explanation->public_name))
		explanation->public_name[0] = '\0';
	if (!lookup->map)
		return;
	explanation->endpoint = map_endpoint_by_name(lookup->map, explanation->name);
	explanation->egress = map_egress_by_name(lookup->map, explanation->name);
	explanation->zone = zone_of(explanation);
	explanation->resource = lookup_resource(lookup, explanation->name);
}

static void know_address(struct explanation *explanation)
{
	const struct lookup *lookup = explanation->lookup;

	explanation->place = judge_place_of(lookup->map, &explanation->address);
	explanation->tag = lookup_tag(lookup, &explanation->address);
	if (!lookup->map)
		return;
	explanation->platform = map_platform_at(lookup->map, &explanation->address);
	if (explanation->name[0] != '\0')
		return;
	explanation->endpoint = map_endpoint_at(lookup->map, &explanation->address, 0);
	if (explanation->endpoint)
		explanation->is_known = catalog_find(lookup->catalog, explanation->endpoint->fqdn,
						     &explanation->match);
}

static int find_sources(struct explanation *explanation, const struct ip_addr *from)
{
	struct ip_addr clients[EXPLANATION_SOURCES_MAX];
	size_t count = 1;

	if (!explanation->lookup->map)
		return 0;
	if (from)
		clients[0] = *from;
	else
		count = map_example_clients(explanation->lookup->map, clients,
					    EXPLANATION_SOURCES_MAX);
	explanation->source = calloc(count ? count : 1, sizeof(*explanation->source));
	if (!explanation->source)
		return -ENOMEM;
	explanation->source_count = count;
	for (size_t i = 0; i < count; i++) {
		struct explanation_source *source = &explanation->source[i];

		source->addr = clients[i];
		source->place = judge_place_of(explanation->lookup->map, &clients[i]);
		source->is_example = !from;
		explanation_judge(explanation, source);
	}
	return 0;
}

int explanation_make(struct explanation *explanation, const struct lookup *lookup,
		     const struct explanation_question *question)
{
	*explanation = (struct explanation){ .lookup = lookup, .port = question->port };
	if (question->name) {
		copy_lower(explanation->name, question->name);
		know_name(explanation);
	}
	if (question->address) {
		explanation->address = *question->address;
		explanation->has_address = true;
		know_address(explanation);
	}
	return find_sources(explanation, question->from);
}

void explanation_free(struct explanation *explanation)
{
	free(explanation->source);
	explanation->source = NULL;
}
