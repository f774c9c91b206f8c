/* Reading what `pewit learn` wrote: the groups of "seen", each as one baseline_add(). */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "baseline/baseline_field.h"
#include "baseline/baseline_read.h"
#include "event/event_names.h"

static const struct json_value *list_of(struct json_reader *json, const struct json_value *group,
					const char *key, size_t most)
{
	const struct json_value *list = json_read(json, group, key, JSON_ARRAY, JSON_MAY);

	if (list && json_count(list) > most)
		json_wrong(json, list, "\"%s\" holds more than %zu entries; is it from pewit?", key,
			   most);
	return list && json->error == 0 ? json_first(list) : NULL;
}

static struct ip_prefix read_place(struct json_reader *json, const struct json_value *group)
{
	const struct json_value *value = json_read(json, group, "address", JSON_TEXT, JSON_MUST);
	struct ip_prefix place = { .bits = 128 };

	if (value && !ip_prefix_parse(json_text(value), &place, NULL))
		json_wrong(json, value, "\"%.64s\" is no address or prefix", json_text(value));
	return place;
}

/* "TCP 443", "ICMP" */
static void read_port(struct json_reader *json, struct baseline_group *group,
		      const struct json_value *value)
{
	const char *text = json_read_value_text(json, value);
	const char *blank = text ? strchr(text, ' ') : NULL;
	size_t length = blank ? (size_t)(blank - text) : (text ? strlen(text) : 0);
	char name[16];
	uint32_t port = 0;

	if (!text)
		return;
	int protocol = -1;
	if (length < sizeof(name)) {
		memcpy(name, text, length);
		name[length] = '\0';
		protocol = event_protocol_from_name(name);
	}
	for (const char *at = blank ? blank + 1 : ""; *at != '\0' && port <= UINT16_MAX; at++)
		port = *at >= '0' && *at <= '9' ? port * 10 + (uint32_t)(*at - '0') : UINT32_MAX;
	if (protocol < 0 || port > UINT16_MAX)
		json_wrong(json, value, "\"%.32s\" is no protocol and port, such as \"TCP 443\"",
			   text);
	else
		baseline_put_port(group,
				  (struct baseline_port){ (uint16_t)port, (uint8_t)protocol });
}

static void read_name_sources(struct json_reader *json, struct baseline_group *group,
			      const struct json_value *object)
{
	for (const struct json_value *value = list_of(json, object, "name_sources", NAME_SOURCES);
	     value; value = json_next(value))
		group->name_sources |= 1u
				       << baseline_field_value(json, value, "name source",
							       event_source_from_name, NAME_NONE);
	group->name_sources &= ~(1u << NAME_NONE);
}

static void read_more(struct json_reader *json, struct baseline_group *group,
		      const struct json_value *object)
{
	for (const struct json_value *value = list_of(json, object, "more", 4); value;
	     value = json_next(value)) {
		const char *what = json_read_value_text(json, value);

		if (!what)
			return;
		group->more_ports |= strcmp(what, "ports") == 0;
		group->more_addresses |= strcmp(what, "addresses") == 0;
		group->more_sources |= strcmp(what, "sources") == 0;
		group->more_zones |= strcmp(what, "zones") == 0;
	}
}

static void read_sets(struct json_reader *json, struct baseline_group *group,
		      const struct json_value *object)
{
	const struct json_value *value;

	for (value = list_of(json, object, "ports", BASELINE_PORTS_MAX); value;
	     value = json_next(value))
		read_port(json, group, value);
	for (value = list_of(json, object, "addresses", BASELINE_ADDRESSES_MAX); value;
	     value = json_next(value)) {
		const struct ip_addr addr = baseline_field_ip(json, value);

		baseline_put_ip(group->address, &group->address_count, BASELINE_ADDRESSES_MAX,
				&group->more_addresses, &addr);
	}
	for (value = list_of(json, object, "sources", BASELINE_SOURCES_MAX); value;
	     value = json_next(value)) {
		const struct ip_addr addr = baseline_field_ip(json, value);

		baseline_put_ip(group->source, &group->source_count, BASELINE_SOURCES_MAX,
				&group->more_sources, &addr);
	}
	for (value = list_of(json, object, "zones", BASELINE_ZONES_MAX); value;
	     value = json_next(value)) {
		const char *zone = json_read_value_text(json, value);

		if (zone)
			group->zone[group->zone_count++] = zone;
	}
	read_name_sources(json, group, object);
	read_more(json, group, object);
}

static int read_group(struct json_reader *json, struct baseline *baseline,
		      const struct json_value *object)
{
	struct baseline_group group = {
		.name = baseline_field_text(json, object, "name"),
		.verdict = (uint8_t)baseline_field_word(json, object, "verdict",
							event_verdict_from_name, VERDICT_NONE),
		.severity = (uint8_t)baseline_field_word(json, object, "severity",
							 event_severity_from_name, SEVERITY_NONE),
		.rule_id = baseline_field_text(json, object, "rule_id"),
		.reason = baseline_field_text(json, object, "reason"),
		.service = baseline_field_text(json, object, "service"),
		.category = baseline_field_text(json, object, "category"),
		.private_endpoint = baseline_field_text(json, object, "private_endpoint"),
		.flows = baseline_field_count(json, object, "flows", JSON_MUST),
		.bytes_up = baseline_field_count(json, object, "bytes_up", JSON_MUST),
		.bytes_down = baseline_field_count(json, object, "bytes_down", JSON_MUST),
		.first_ns = baseline_field_time(json, object, "first", JSON_MUST),
		.last_ns = baseline_field_time(json, object, "last", JSON_MUST),
		.confirmed = json_read_flag(json, object, "confirmed"),
		.has_zoneless = json_read_flag(json, object, "zoneless"),
	};

	if (group.name[0] == '\0')
		group.place = read_place(json, object);
	read_sets(json, &group, object);
	return json->error ? json->error : baseline_add(baseline, &group);
}

static int read_seen(struct baseline *baseline, const struct json *document, struct fault *fault)
{
	struct json_reader json = { .json = document, .fault = fault };
	const struct json_value *root = json_root(document);
	const struct json_value *version =
		json_read(&json, root, "version", JSON_NUMBER, JSON_MUST);
	const struct json_value *seen = json_read(&json, root, "seen", JSON_ARRAY, JSON_MUST);

	if (json.error == 0)
		json_read_value_number(&json, version, BASELINE_DOCUMENT_VERSION,
				       BASELINE_DOCUMENT_VERSION);
	int error = json.error;
	for (const struct json_value *value = json_first(seen); value && error == 0;
	     value = json_next(value))
		error = read_group(&json, baseline, value);
	if (error == -ENOMEM)
		fault_set(fault, "%s: not enough memory", json_path(document));
	return error;
}

int baseline_parse_document(struct baseline *baseline, const char *text, size_t length,
			    const char *path, struct fault *fault)
{
	struct json *json;
	int error = json_parse(&json, text, length, path, fault);

	if (error != 0)
		return error;
	error = read_seen(baseline, json, fault);
	json_free(json);
	return error;
}

int baseline_read_document(struct baseline *baseline, const char *path, struct fault *fault)
{
	struct json *json;
	int error = json_load(&json, path, fault);

	if (error != 0)
		return error;
	error = read_seen(baseline, json, fault);
	json_free(json);
	return error;
}
