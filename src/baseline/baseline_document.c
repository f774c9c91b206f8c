#include "baseline/baseline_document.h"

#include <stdio.h>

#include "event/event_names.h"
#include "event/event_text.h"

#define V4_IN_V6_BITS 96

const char *baseline_port_text(struct baseline_port port, char text[BASELINE_PORT_TEXT])
{
	char unknown[EVENT_NAME_UNKNOWN];
	const char *protocol = event_name_protocol(port.protocol, unknown);

	if (port.port != 0)
		snprintf(text, BASELINE_PORT_TEXT, "%s %u", protocol, port.port);
	else
		snprintf(text, BASELINE_PORT_TEXT, "%s", protocol);
	return text;
}

const char *baseline_place_text(const struct ip_prefix *place, char text[BASELINE_PLACE_TEXT])
{
	size_t length = ip_print(&place->addr, text);
	int base = ip_is_v4(&place->addr) && place->bits >= V4_IN_V6_BITS ? V4_IN_V6_BITS : 0;

	if (place->bits < 128)
		snprintf(text + length, BASELINE_PLACE_TEXT - length, "/%d", place->bits - base);
	return text;
}

static void print_time(struct json_print *print, const char *key, uint64_t time_ns)
{
	char text[EVENT_TIME_LENGTH + 1];

	event_text_time(time_ns, text);
	text[EVENT_TIME_LENGTH] = '\0';
	json_print_text(print, key, text);
}

static void print_ips(struct json_print *print, const char *key, const struct ip_addr *ips,
		      size_t count)
{
	json_print_open_line(print, key, '[');
	for (size_t i = 0; i < count; i++)
		json_print_ip(print, NULL, &ips[i]);
	json_print_close(print, ']');
}

static void print_name_sources(struct json_print *print, uint32_t sources)
{
	if (sources == 0)
		return;
	json_print_open_line(print, "name_sources", '[');
	for (unsigned i = 0; i < NAME_SOURCES; i++)
		if (sources >> i & 1)
			json_print_text(print, NULL, event_name_source(i));
	json_print_close(print, ']');
}

void baseline_print_more(struct json_print *print, const struct baseline_group *group)
{
	const struct {
		const char *name;
		bool is;
	} more[] = {
		{ "ports", group->more_ports },
		{ "addresses", group->more_addresses },
		{ "sources", group->more_sources },
		{ "zones", group->more_zones },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (!more[i].is)
			continue;
		if (!any)
			json_print_open_line(print, "more", '[');
		any = true;
		json_print_text(print, NULL, more[i].name);
	}
	if (any)
		json_print_close(print, ']');
}

void baseline_print_destination(struct json_print *print, const struct baseline_group *group)
{
	char text[BASELINE_PLACE_TEXT];

	if (group->name[0] != '\0')
		json_print_text(print, "name", group->name);
	else
		json_print_text(print, "address", baseline_place_text(&group->place, text));
	if (group->verdict != VERDICT_NONE)
		json_print_text(print, "verdict", event_name_verdict(group->verdict));
	if (group->severity != SEVERITY_NONE)
		json_print_text(print, "severity", event_name_severity(group->severity));
	json_print_some(print, "rule_id", group->rule_id);
	json_print_some(print, "reason", group->reason);
	json_print_some(print, "service", group->service);
	json_print_some(print, "category", group->category);
	json_print_some(print, "private_endpoint", group->private_endpoint);
}

void baseline_print_amounts(struct json_print *print, const struct baseline_group *group)
{
	print_time(print, "first", group->first_ns);
	print_time(print, "last", group->last_ns);
	json_print_number(print, "flows", group->flows);
	json_print_number(print, "bytes_up", group->bytes_up);
	json_print_number(print, "bytes_down", group->bytes_down);
	print_name_sources(print, group->name_sources);
	if (group->confirmed)
		json_print_flag(print, "confirmed", true);
}

void baseline_print_zones(struct json_print *print, const char *key,
			  const struct baseline_group *group)
{
	if (group->zone_count == 0)
		return;
	json_print_open_line(print, key, '[');
	for (size_t i = 0; i < group->zone_count; i++)
		json_print_text(print, NULL, group->zone[i]);
	json_print_close(print, ']');
}

void baseline_print_ports(struct json_print *print, const struct baseline_group *group)
{
	char text[BASELINE_PORT_TEXT];

	json_print_open_line(print, "ports", '[');
	for (size_t i = 0; i < group->port_count; i++)
		json_print_text(print, NULL, baseline_port_text(group->port[i], text));
	json_print_close(print, ']');
}

void baseline_print_addresses(struct json_print *print, const char *key,
			      const struct baseline_group *group)
{
	print_ips(print, key, group->address, group->address_count);
}

void baseline_print_seen(struct json_print *print, const struct baseline *baseline)
{
	json_print_open(print, "seen", '[');
	for (size_t i = 0; i < baseline_count(baseline); i++) {
		const struct baseline_group *group = baseline_group(baseline, i);

		json_print_open_line(print, NULL, '{');
		baseline_print_destination(print, group);
		baseline_print_amounts(print, group);
		baseline_print_zones(print, "zones", group);
		if (group->has_zoneless)
			json_print_flag(print, "zoneless", true);
		baseline_print_ports(print, group);
		baseline_print_addresses(print, "addresses", group);
		print_ips(print, "sources", group->source, group->source_count);
		baseline_print_more(print, group);
		json_print_close(print, '}');
	}
	json_print_close(print, ']');
}
