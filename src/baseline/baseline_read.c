/* Reading events: one flow event is one flow. Its name is what it says, but for what is no name that a map
 * could allow: an address in place of a host name, the name in a certificate (nobody asked for it, and
 * the judge does not go by it), and what a DNS flow asked for (its destination is the resolver; only a
 * leak is about the name asked). */
#include "baseline/baseline_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "baseline/baseline_field.h"
#include "event/event_names.h"
#include "judge/judge_case.h"

#define LINE_BYTES_MAX 131072 /* EVENT_BYTES_MAX: what pewit writes is no longer */
#define TOLD_NAMES_MAX 16     /* of one answer: the question and its CNAMEs */

struct event_reader {
	struct json_reader json;
	const struct json_value *root;
	struct baseline_reader *into;
};

static const struct json_value *part(struct event_reader *reader, const char *key,
				     enum json_need need)
{
	return json_read(&reader->json, reader->root, key, JSON_OBJECT, need);
}

static const char *text_of(struct event_reader *reader, const struct json_value *object,
			   const char *key)
{
	return baseline_field_text(&reader->json, object, key);
}

static const char *first_evidence(struct event_reader *reader)
{
	const struct json_value *list =
		json_read(&reader->json, reader->root, "evidence", JSON_ARRAY, JSON_MAY);
	const struct json_value *first = list ? json_first(list) : NULL;

	return first ? text_of(reader, first, "text") : "";
}

/* 10.0.0.4, [::1], 10.0.0.4:80 in place of a name: no name's last label is all digits. */
static bool is_address_text(const char *name)
{
	const char *last = strrchr(name, '.');

	if (name[0] == '[' || strchr(name, ':'))
		return true;
	last = last ? last + 1 : name;
	return last[strspn(last, "0123456789")] == '\0';
}

static void read_name(struct event_reader *reader, struct baseline_group *flow)
{
	const struct json_value *name = part(reader, "name", JSON_MAY);
	unsigned source = baseline_field_word(&reader->json, name, "source", event_source_from_name,
					      NAME_NONE);
	const char *value = text_of(reader, name, "value");
	bool is_asked = source == NAME_QUESTION && flow->verdict != VERDICT_DNS_PRIVATE_LINK_LEAK;
	bool is_name = !is_asked && source != NAME_CERTIFICATE && !is_address_text(value);

	flow->name = is_name ? value : "";
	if (source != NAME_NONE && !is_asked)
		flow->name_sources = 1u << source;
}

static void read_endpoint(struct event_reader *reader, struct baseline_group *flow)
{
	const struct json_value *endpoint = part(reader, "endpoint", JSON_MAY);

	flow->service = text_of(reader, endpoint, "service");
	flow->category = text_of(reader, endpoint, "category");
	flow->private_endpoint = text_of(reader, endpoint, "private_endpoint");
}

static void read_counts(struct event_reader *reader, struct baseline_group *flow)
{
	const struct json_value *counts = part(reader, "flow", JSON_MUST);
	struct json_reader *json = &reader->json;

	flow->flows = 1;
	flow->bytes_up = baseline_field_count(json, counts, "bytes_toserver", JSON_MUST);
	flow->bytes_down = baseline_field_count(json, counts, "bytes_toclient", JSON_MUST);
	flow->first_ns = baseline_field_time(json, counts, "start", JSON_MUST);
	flow->last_ns = baseline_field_time(json, counts, "end", JSON_MAY);
	if (flow->last_ns < flow->first_ns)
		flow->last_ns = flow->first_ns;
}

static struct baseline_port read_port(struct event_reader *reader)
{
	const struct json_value *port =
		json_read(&reader->json, reader->root, "dest_port", JSON_NUMBER, JSON_MAY);

	return (struct baseline_port){
		.port = port ? (uint16_t)json_read_value_number(&reader->json, port, 0, 65535) : 0,
		.protocol = (uint8_t)baseline_field_word(&reader->json, reader->root, "proto",
							 event_protocol_from_name, 0),
	};
}

static struct ip_addr address_of(struct event_reader *reader, const char *key)
{
	return baseline_field_ip(&reader->json,
				 json_read(&reader->json, reader->root, key, JSON_TEXT, JSON_MUST));
}

static void read_places(struct event_reader *reader, struct baseline_group *flow)
{
	const struct ip_addr src = address_of(reader, "src_ip");
	const char *zone = reader->into->map ? judge_place_of(reader->into->map, &src).zone : NULL;

	flow->source[0] = src;
	flow->source_count = 1;
	flow->address[0] = address_of(reader, "dest_ip");
	flow->address_count = 1;
	flow->place = (struct ip_prefix){ flow->address[0], 128 };
	flow->port[0] = read_port(reader);
	flow->port_count = 1;
	flow->zone[0] = zone;
	flow->zone_count = zone ? 1 : 0;
	flow->has_zoneless = !zone;
}

static int read_flow(struct event_reader *reader)
{
	const struct json_value *root = reader->root;
	struct json_reader *json = &reader->json;
	struct baseline_group flow = {
		.verdict = (uint8_t)baseline_field_word(json, root, "verdict",
							event_verdict_from_name, VERDICT_NONE),
		.severity = (uint8_t)baseline_field_word(json, root, "severity",
							 event_severity_from_name, SEVERITY_NONE),
		.rule_id = text_of(reader, root, "rule_id"),
		.reason = first_evidence(reader),
	};

	read_name(reader, &flow);
	read_endpoint(reader, &flow);
	read_counts(reader, &flow);
	read_places(reader, &flow);
	if (json->error != 0)
		return json->error;
	return baseline_add(reader->into->baseline, &flow);
}

/* ---- DNS answers ---- */

/* "" when there is none. The root's name is empty, so an empty one is no mistake. */
static const char *record_text(const struct json_value *record, const char *key)
{
	const struct json_value *member = json_member(record, key);
	const char *text = member ? json_text(member) : NULL;

	return text ? text : "";
}

static const char *lower(const char *name, char text[BASELINE_TEXT_MAX + 1])
{
	size_t length = strnlen(name, BASELINE_TEXT_MAX);

	for (size_t i = 0; i < length; i++)
		text[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
	text[length] = '\0';
	return text;
}

/* Names that the answers speak of: the owners of all its records. */
static int tell(struct event_reader *reader, const struct json_value *answers,
		const struct ip_addr *addr)
{
	char name[BASELINE_TEXT_MAX + 1];
	unsigned told = 0;
	int error = 0;

	for (const struct json_value *answer = json_first(answers);
	     answer && told < TOLD_NAMES_MAX && error == 0; answer = json_next(answer)) {
		const char *owner = record_text(answer, "rrname");

		if (owner[0] == '\0')
			continue;
		error = baseline_told(reader->into->baseline, lower(owner, name), addr);
		told++;
	}
	return error;
}

static int read_dns(struct event_reader *reader)
{
	const struct json_value *dns = part(reader, "dns", JSON_MAY);
	const struct json_value *answers =
		dns ? json_read(&reader->json, dns, "answers", JSON_ARRAY, JSON_MAY) : NULL;
	unsigned told = 0;
	int error = 0;

	for (const struct json_value *answer = json_first(answers);
	     answer && told < TOLD_NAMES_MAX && error == 0; answer = json_next(answer)) {
		const char *type = record_text(answer, "rrtype");
		const char *data = record_text(answer, "rdata");
		struct ip_addr addr;

		if ((strcmp(type, "A") != 0 && strcmp(type, "AAAA") != 0) || !ip_parse(data, &addr))
			continue;
		error = tell(reader, answers, &addr);
		told++;
	}
	return reader->json.error ? reader->json.error : error;
}

/* ---- lines ---- */

static int read_event(struct baseline_reader *into, const struct json *json, struct fault *fault)
{
	struct event_reader reader = { { .json = json, .fault = fault }, json_root(json), into };
	const char *type = json_read_text(&reader.json, reader.root, "event_type", JSON_MUST);

	if (!type)
		return reader.json.error;
	if (strcmp(type, "flow") == 0)
		return read_flow(&reader);
	if (strcmp(type, "dns") == 0)
		return read_dns(&reader);
	baseline_count_lines(into->baseline, 0, 1, 0);
	return 0;
}

int baseline_read_line(struct baseline_reader *reader, const char *line, size_t length,
		       struct fault *fault)
{
	struct json *json;

	reader->line++;
	while (length != 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (length == 0)
		return 0;
	int error = json_parse_at(&json, line, length, reader->path, reader->line, fault);
	if (error != 0)
		return error;
	baseline_count_lines(reader->baseline, 1, 0, 0);
	error = read_event(reader, json, fault);
	if (error == -ENOMEM)
		fault_set(fault, "%s: not enough memory", reader->path);
	json_free(json);
	return error;
}

/* -EINVAL: a line that is not whole. The last of a file may be one. */
static int read_last_line(struct baseline_reader *reader, const char *line, size_t length,
			  struct fault *fault)
{
	int error = baseline_read_line(reader, line, length, fault);

	if (error != -EINVAL)
		return error;
	baseline_count_lines(reader->baseline, 0, 0, 1);
	return 0;
}

static int read_lines(struct baseline_reader *reader, FILE *file, struct fault *fault)
{
	char *line = malloc(LINE_BYTES_MAX + 2);
	int error = line ? 0 : -ENOMEM;

	if (!line)
		fault_set(fault, "%s: not enough memory", reader->path);
	while (error == 0 && fgets(line, LINE_BYTES_MAX + 2, file)) {
		size_t length = strlen(line);

		if (length != 0 && line[length - 1] == '\n') {
			error = baseline_read_line(reader, line, length, fault);
		} else if (feof(file)) {
			error = read_last_line(reader, line, length, fault);
		} else {
			fault_set(fault,
				  "%s:%u: longer than %d bytes, or holds a zero byte: no event of "
				  "pewit",
				  reader->path, reader->line + 1, LINE_BYTES_MAX);
			error = -EINVAL;
		}
	}
	if (error == 0 && ferror(file)) {
		error = -EIO;
		fault_set(fault, "%s: cannot be read: %s", reader->path, strerror(EIO));
	}
	free(line);
	return error;
}

int baseline_read_events(struct baseline_reader *reader, struct fault *fault)
{
	bool is_stdin = strcmp(reader->path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(reader->path, "re");

	if (!file) {
		fault_set(fault, "%s: cannot be read: %s", reader->path, strerror(errno));
		return -errno;
	}
	if (is_stdin)
		reader->path = "standard input";
	int error = read_lines(reader, file, fault);
	if (!is_stdin)
		fclose(file);
	return error;
}
