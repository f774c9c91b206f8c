#include <string.h>

#include "base/json_print.h"
#include "event/event_names.h"
#include "tool/explanation.h"

static void print_texts(struct json_print *print, const char *key, const char *const *list)
{
	json_print_open_line(print, key, '[');
	for (size_t i = 0; list && list[i]; i++)
		json_print_text(print, NULL, list[i]);
	json_print_close(print, ']');
}

static void print_ips(struct json_print *print, const char *key, const struct ip_addr *ips,
		      size_t count)
{
	json_print_open_line(print, key, '[');
	for (size_t i = 0; i < count; i++)
		json_print_ip(print, NULL, &ips[i]);
	json_print_close(print, ']');
}

static void print_catalog(struct json_print *print, const struct catalog_match *match)
{
	json_print_open(print, "catalog", '{');
	json_print_text(print, "service", match->service->id);
	json_print_text(print, "title", match->service->title);
	json_print_text(print, "provider", match->service->provider);
	json_print_text(print, "category", match->service->category);
	json_print_text(print, "pattern", match->suffix);
	json_print_some(print, "cloud", match->cloud);
	json_print_flag(print, "tenant_owned", match->tenant_owned);
	json_print_flag(print, "is_privatelink", match->is_privatelink);
	json_print_some(print, "resource", match->resource);
	json_print_some(print, "region", match->region);
	json_print_some(print, "private_zone", match->private_zone);
	print_texts(print, "group_ids", match->service->group_ids);
	json_print_close(print, '}');
}

static const char *kind_name(uint8_t kind)
{
	static const char *const names[] = {
		[PLACE_PUBLIC] = "public",     [PLACE_MAPPED] = "mapped",
		[PLACE_ENDPOINT] = "endpoint", [PLACE_PLATFORM] = "platform",
		[PLACE_PRIVATE] = "private",   [PLACE_LINK_LOCAL] = "link_local",
		[PLACE_GROUP] = "group",       [PLACE_SELF] = "self",
	};

	return names[kind];
}

static void print_place(struct json_print *print, const struct place *place)
{
	json_print_text(print, "kind", kind_name(place->kind));
	json_print_some(print, "vnet", place->vnet ? place->vnet->name : NULL);
	json_print_some(print, "subnet", place->subnet ? place->subnet->name : NULL);
	json_print_some(print, "zone", place->zone);
}

static void print_address(struct json_print *print, const struct explanation *of)
{
	json_print_open(print, "address", '{');
	json_print_ip(print, "ip", &of->address);
	print_place(print, &of->place);
	json_print_some(print, "platform", of->platform);
	json_print_some(print, "service_tag", of->tag ? of->tag->name : NULL);
	json_print_close(print, '}');
}

static void print_endpoint(struct json_print *print, const struct map_endpoint *endpoint)
{
	json_print_open(print, "private_endpoint", '{');
	json_print_text(print, "name", endpoint->private_endpoint->name);
	json_print_text(print, "vnet", endpoint->private_endpoint->vnet->name);
	json_print_text(print, "fqdn", endpoint->fqdn);
	json_print_some(print, "private_dns_name", endpoint->private_dns_name);
	print_ips(print, "ips", endpoint->ips, endpoint->ip_count);
	print_texts(print, "allowed_zones", endpoint->private_endpoint->allowed_zones);
	json_print_close(print, '}');
}

static void print_zone(struct json_print *print, const struct map_dns_zone *zone)
{
	json_print_open(print, "private_dns_zone", '{');
	json_print_text(print, "zone", zone->name);
	json_print_open_line(print, "linked_vnets", '[');
	for (size_t i = 0; zone->linked[i]; i++)
		json_print_text(print, NULL, zone->linked[i]->name);
	json_print_close(print, ']');
	json_print_some(print, "resolution_policy", zone->resolution_policy);
	json_print_close(print, '}');
}

static void print_egress(struct json_print *print, const struct map_egress *egress)
{
	json_print_open(print, "allowed_egress", '{');
	json_print_text(print, "fqdn", egress->fqdn);
	print_texts(print, "zones", egress->zones);
	json_print_open_line(print, "ports", '[');
	for (size_t i = 0; i < egress->port_count; i++)
		json_print_number(print, NULL, egress->ports[i]);
	json_print_close(print, ']');
	print_ips(print, "ips", egress->ips, egress->ip_count);
	json_print_close(print, '}');
}

static void print_setting(struct json_print *print, const char *key, uint8_t setting)
{
	if (setting != MAP_UNKNOWN)
		json_print_flag(print, key, setting == MAP_ON);
}

static void print_resource(struct json_print *print, const struct map_resource *resource)
{
	json_print_open(print, "resource", '{');
	json_print_text(print, "name", resource->name);
	json_print_some(print, "type", resource->type);
	json_print_some(print, "kind", resource->kind);
	json_print_some(print, "region", resource->region);
	print_setting(print, "public_network_access", resource->public_network_access);
	print_setting(print, "local_auth", resource->local_auth);
	print_setting(print, "firewall", resource->firewall);
	json_print_number(print, "deployments", resource->deployment_count);
	json_print_close(print, '}');
}

static void print_map(struct json_print *print, const struct explanation *of)
{
	json_print_open(print, "map", '{');
	if (of->endpoint)
		print_endpoint(print, of->endpoint);
	if (of->zone)
		print_zone(print, of->zone);
	if (of->egress)
		print_egress(print, of->egress);
	if (of->resource)
		print_resource(print, of->resource);
	json_print_close(print, '}');
}

static void print_case(struct json_print *print, const struct explanation_case *one)
{
	const struct judgement *judgement = &one->judgement;

	json_print_open(print, NULL, '{');
	json_print_text(print, "what", one->title);
	json_print_ip(print, "dest_ip", &one->dst);
	json_print_number(print, "dest_port", one->port);
	json_print_flag(print, "is_dns", one->is_dns);
	if (one->made_up)
		json_print_flag(print, "is_example", true);
	json_print_some(print, "verdict", event_name_verdict(judgement->verdict));
	if (judgement->severity != SEVERITY_NONE)
		json_print_text(print, "severity", event_name_severity(judgement->severity));
	json_print_some(print, "rule_id", judgement->rule_id);
	json_print_some(print, "title", judgement->title);
	json_print_open(print, "evidence", '[');
	for (size_t i = 0; i < judgement->evidence_count; i++)
		json_print_text(print, NULL, judgement->evidence[i].text);
	json_print_close(print, ']');
	if (judgement->severity != SEVERITY_NONE)
		json_print_some(print, "do", one->advice);
	json_print_close(print, '}');
}

static void print_source(struct json_print *print, const struct explanation *of,
			 const struct explanation_source *source)
{
	json_print_open(print, NULL, '{');
	json_print_ip(print, "from", &source->addr);
	json_print_flag(print, "is_example", source->is_example);
	print_place(print, &source->place);
	if (of->zone && source->place.vnet)
		json_print_flag(
			print, "private_dns_zone_linked",
			map_dns_zone_is_linked(of->lookup->map, of->zone, source->place.vnet));
	json_print_open(print, "cases", '[');
	for (size_t i = 0; i < source->case_count; i++)
		print_case(print, &source->cases[i]);
	json_print_close(print, ']');
	json_print_close(print, '}');
}

void explanation_print_json(FILE *out, const struct explanation *explanation)
{
	struct json_print print = json_print_to(out);

	json_print_open(&print, NULL, '{');
	json_print_some(&print, "name", explanation->name);
	json_print_some(&print, "public_name", explanation->public_name);
	if (explanation->is_known)
		print_catalog(&print, &explanation->match);
	if (explanation->has_address)
		print_address(&print, explanation);
	if (explanation->lookup->map)
		print_map(&print, explanation);
	json_print_open(&print, "traffic", '[');
	for (size_t i = 0; i < explanation->source_count; i++)
		print_source(&print, explanation, &explanation->source[i]);
	json_print_close(&print, ']');
	json_print_close(&print, '}');
}
