/* The document: a partial map whose entries say where they come from ("learned"), what was refused,
 * and everything that was seen, for `pewit diff`. */
#include <stdlib.h>
#include <string.h>

#include "baseline/baseline_document.h"
#include "baseline/baseline_read.h"
#include "baseline/learn.h"
#include "event/event_names.h"
#include "judge/judge_case.h"

static int by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The map's ports have no protocol: each once. */
static void print_ports(struct json_print *print, const struct baseline_group *group)
{
	uint16_t ports[BASELINE_PORTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < group->port_count; i++)
		if (group->port[i].port != 0)
			ports[count++] = group->port[i].port;
	qsort(ports, count, sizeof(ports[0]), by_number);
	json_print_open_line(print, "ports", '[');
	for (size_t i = 0; i < count; i++)
		if (i == 0 || ports[i] != ports[i - 1])
			json_print_number(print, NULL, ports[i]);
	json_print_close(print, ']');
}

/* Why the entry is there: it goes with it into the map. */
static void print_learned(struct json_print *print, const struct learn_item *item)
{
	const struct baseline_group *group = item->group;

	json_print_open_line(print, "learned", '{');
	json_print_text(print, "confidence",
			learn_confidence_name((enum learn_confidence)item->confidence));
	if (item->accepted)
		json_print_text(print, "accepted", event_name_verdict(group->verdict));
	if (item->also != VERDICT_NONE)
		json_print_text(print, "also_found", event_name_verdict(item->also));
	json_print_some(print, "rule_id", group->rule_id);
	json_print_some(print, "service", group->service);
	json_print_some(print, "service_tag", item->tag);
	baseline_print_amounts(print, group);
	json_print_number(print, "source_count", group->source_count);
	baseline_print_addresses(print, "addresses", group);
	baseline_print_more(print, group);
	json_print_close(print, '}');
}

static void print_egress(struct json_print *print, const struct learn *learn,
			 const struct learn_item *item)
{
	const struct baseline_group *group = item->group;
	char text[BASELINE_PLACE_TEXT];

	json_print_open_line(print, NULL, '{');
	if (group->name[0] != '\0')
		json_print_text(print, "fqdn", group->name);
	else
		json_print_text(print, "cidr", baseline_place_text(&group->place, text));
	baseline_print_zones(print, "zones", group);
	print_ports(print, group);
	json_print_some(print, "category", group->category);
	if (learn->options.pin && group->name[0] != '\0')
		baseline_print_addresses(print, "ips", group);
	print_learned(print, item);
	json_print_close(print, '}');
}

static void print_endpoint(struct json_print *print, const struct learn *learn,
			   const struct learn_item *item)
{
	const struct baseline_group *group = item->group;
	const struct place place = judge_place_of(learn->options.map, &group->address[0]);

	json_print_open_line(print, NULL, '{');
	json_print_text(print, "name", group->name);
	json_print_text(print, "vnet", place.vnet->name);
	json_print_text(print, "subnet", place.subnet->name);
	json_print_some(print, "category", group->category);
	baseline_print_zones(print, "allowed_zones", group);
	json_print_open(print, "endpoints", '[');
	json_print_open(print, NULL, '{');
	json_print_text(print, "fqdn", group->name);
	json_print_open(print, "ips", '[');
	for (size_t i = 0; i < group->address_count; i++)
		if (judge_place_of(learn->options.map, &group->address[i]).subnet == place.subnet)
			json_print_ip(print, NULL, &group->address[i]);
	json_print_close(print, ']');
	json_print_close(print, '}');
	json_print_close(print, ']');
	print_learned(print, item);
	json_print_close(print, '}');
}

static void print_resolver(struct json_print *print, const struct learn *learn,
			   const struct learn_item *item)
{
	const struct baseline_group *group = item->group;

	(void)learn;
	for (size_t i = 0; i < group->address_count; i++) {
		json_print_open_line(print, NULL, '{');
		json_print_ip(print, "ip", &group->address[i]);
		json_print_text(print, "kind", "learned");
		baseline_print_zones(print, "zones", group);
		print_ports(print, group);
		print_learned(print, item);
		json_print_close(print, '}');
	}
}

/* What crossings name: the endpoint, else the subnet, else the VNet. */
static const char *crossing_target(const struct learn *learn, const struct baseline_group *group,
				   size_t i)
{
	const struct place place = judge_place_of(learn->options.map, &group->address[i]);
	const struct map_endpoint *endpoint =
		map_endpoint_at(learn->options.map, &group->address[i], 0);

	if (endpoint)
		return endpoint->private_endpoint->name;
	if (place.subnet)
		return place.subnet->name;
	return place.vnet ? place.vnet->name : NULL;
}

static void print_crossing(struct json_print *print, const struct learn *learn,
			   const struct learn_item *item)
{
	const struct baseline_group *group = item->group;
	const char *last = "";

	for (size_t i = 0; i < group->address_count; i++) {
		const char *to = crossing_target(learn, group, i);

		if (!to || strcmp(to, last) == 0)
			continue;
		last = to;
		for (size_t zone = 0; zone < group->zone_count; zone++) {
			json_print_open_line(print, NULL, '{');
			json_print_text(print, "from_zone", group->zone[zone]);
			json_print_text(print, "to", to);
			print_learned(print, item);
			json_print_close(print, '}');
		}
	}
}

static void print_sources(struct json_print *print, const struct learn *learn,
			  const struct learn_item *item)
{
	(void)learn;
	for (size_t i = 0; i < item->group->source_count; i++)
		json_print_ip(print, NULL, &item->group->source[i]);
}

void learn_print_entries(struct json_print *print, const struct learn *learn,
			 enum learn_section section)
{
	static void (*const printers[LEARN_SECTIONS])(struct json_print * print,
						      const struct learn *learn,
						      const struct learn_item *item) = {
		[LEARN_EGRESS] = print_egress,     [LEARN_ENDPOINT] = print_endpoint,
		[LEARN_RESOLVER] = print_resolver, [LEARN_CROSSING] = print_crossing,
		[LEARN_SSH] = print_sources,       [LEARN_RDP] = print_sources,
	};

	for (size_t i = 0; i < learn->count; i++)
		if (learn_is_in(&learn->item[i], section))
			printers[section](print, learn, &learn->item[i]);
}

/* ---- the document ---- */

static void print_section(struct json_print *print, const struct learn *learn, const char *key,
			  enum learn_section section)
{
	json_print_open(print, key, '[');
	learn_print_entries(print, learn, section);
	json_print_close(print, ']');
}

static void print_sections(struct json_print *print, const struct learn *learn)
{
	print_section(print, learn, "allowed_egress", LEARN_EGRESS);
	if (learn_count(learn, LEARN_ENDPOINT) != 0)
		print_section(print, learn, "private_endpoints", LEARN_ENDPOINT);
	if (learn_count(learn, LEARN_RESOLVER) != 0)
		print_section(print, learn, "resolvers", LEARN_RESOLVER);
	if (learn_count(learn, LEARN_CROSSING) != 0) {
		json_print_open(print, "cross_zone", '{');
		print_section(print, learn, "allowed", LEARN_CROSSING);
		json_print_close(print, '}');
	}
	if (learn_count(learn, LEARN_SSH) + learn_count(learn, LEARN_RDP) == 0)
		return;
	json_print_open(print, "compute_admin", '{');
	if (learn_count(learn, LEARN_SSH) != 0)
		print_section(print, learn, "ssh_allowed_sources", LEARN_SSH);
	if (learn_count(learn, LEARN_RDP) != 0)
		print_section(print, learn, "rdp_allowed_sources", LEARN_RDP);
	json_print_close(print, '}');
}

/* Findings: those that were accepted, or those that were not learned. */
static void print_findings(struct json_print *print, const char *key, const struct learn *learn,
			   bool accepted)
{
	json_print_open(print, key, '[');
	for (size_t i = 0; i < learn->count; i++) {
		const struct learn_item *item = &learn->item[i];

		if (accepted ? !item->accepted : item->section != LEARN_REFUSED)
			continue;
		json_print_open_line(print, NULL, '{');
		baseline_print_destination(print, item->group);
		json_print_some(print, "service_tag", item->tag);
		if (accepted)
			json_print_text(print, "learned_as",
					learn_section_name((enum learn_section)item->section));
		else
			json_print_text(print, "why", item->why);
		if (item->may_accept)
			json_print_text(print, "accept_with",
					event_name_verdict(item->group->verdict));
		baseline_print_amounts(print, item->group);
		baseline_print_zones(print, "zones", item->group);
		baseline_print_ports(print, item->group);
		json_print_number(print, "source_count", item->group->source_count);
		baseline_print_more(print, item->group);
		json_print_close(print, '}');
	}
	json_print_close(print, ']');
}

static void print_totals(struct json_print *print, const struct baseline_totals *totals)
{
	json_print_open_line(print, "totals", '{');
	json_print_number(print, "flows", totals->flows);
	json_print_number(print, "bytes", totals->bytes);
	json_print_number(print, "flows_left_out", totals->flows_left_out);
	json_print_number(print, "answers_left_out", totals->answers_left_out);
	json_print_number(print, "lines_cut", totals->lines_cut);
	json_print_close(print, '}');
}

void learn_print_document(FILE *out, const struct learn *learn, const char *const *sources,
			  size_t source_count)
{
	const struct baseline_totals totals = baseline_totals(learn->baseline);
	struct json_print print = json_print_to(out);

	json_print_open(&print, NULL, '{');
	json_print_number(&print, "version", BASELINE_DOCUMENT_VERSION);
	json_print_text(&print, "kind", BASELINE_DOCUMENT_KIND);
	json_print_open(&print, "generated", '{');
	json_print_text(&print, "by", "pewit learn");
	json_print_open_line(&print, "sources", '[');
	for (size_t i = 0; i < source_count; i++)
		json_print_text(&print, NULL, sources[i]);
	json_print_close(&print, ']');
	json_print_close(&print, '}');
	print_totals(&print, &totals);
	print_sections(&print, learn);
	print_findings(&print, "accepted", learn, true);
	print_findings(&print, "not_learned", learn, false);
	baseline_print_seen(&print, learn->baseline);
	json_print_close(&print, '}');
}
