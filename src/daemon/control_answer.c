#include "daemon/control_answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_print.h"
#include "event/event_names.h"

struct request {
	const char *command;
	struct live_query query;
};

/* Reading ------------------------------------------------------------------------------------ */

static const char *const orders[] = {
	[LIVE_BY_BYTES] = "bytes",
	[LIVE_BY_LAST] = "last",
	[LIVE_BY_START] = "start",
	[LIVE_BY_SEVERITY] = "severity",
};
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static void read_order(struct json_reader *reader, const struct json_value *value,
		       struct live_query *query)
{
	const char *text = json_read_value_text(reader, value);

	for (size_t i = 0; text && i < ORDERS; i++)
		if (strcmp(text, orders[i]) == 0) {
			query->order = (uint8_t)i;
			return;
		}
	if (text)
		json_wrong(reader, value,
			   "\"%.20s\": flows are ordered by bytes, last, start or severity", text);
}

static void read_severity(struct json_reader *reader, const struct json_value *value,
			  struct live_query *query)
{
	const char *text = json_read_value_text(reader, value);

	for (unsigned i = SEVERITY_INFO; text && i < SEVERITIES; i++)
		if (strcmp(text, event_name_severity(i)) == 0) {
			query->least_severity = (uint8_t)i;
			return;
		}
	if (text)
		json_wrong(reader, value,
			   "\"%.20s\": severities are info, low, medium, high and critical", text);
}

static int read_request(const struct json *json, struct request *request, struct fault *fault)
{
	struct json_reader reader = { .json = json, .fault = fault };
	const struct json_value *root = json_root(json), *value;

	*request = (struct request){ .query = { .most = 20 } };
	if (json_type(root) != JSON_OBJECT)
		return json_fault(json, root, fault, "a request is an object");
	request->command = json_read_text(&reader, root, "command", JSON_MUST);
	value = json_read(&reader, root, "order", JSON_TEXT, JSON_MAY);
	if (value)
		read_order(&reader, value, &request->query);
	value = json_read(&reader, root, "severity", JSON_TEXT, JSON_MAY);
	if (value)
		read_severity(&reader, value, &request->query);
	value = json_read(&reader, root, "limit", JSON_NUMBER, JSON_MAY);
	if (value)
		request->query.most = json_read_value_number(&reader, value, 1, LIVE_FLOWS_MAX);
	return reader.error;
}

/* Saying ------------------------------------------------------------------------------------- */

static void print_interface(struct json_print *print, const struct live_interface_snapshot *one)
{
	const struct live_stats *stats = &one->stats;

	json_print_open(print, NULL, '{');
	json_print_text(print, "name", one->name);
	json_print_flag(print, "up", stats->is_up);
	json_print_number(print, "received", stats->received);
	json_print_number(print, "processed", stats->processed);
	json_print_number(print, "bypassed", stats->bypassed);
	json_print_number(print, "dropped", stats->dropped);
	json_print_number(print, "waiting", stats->waiting);
	json_print_number(print, "received_bytes", stats->received_bytes);
	json_print_number(print, "bypassed_bytes", stats->bypassed_bytes);
	json_print_number(print, "freezes", stats->freezes);
	json_print_number(print, "losses", stats->losses);
	json_print_close(print, '}');
}

static void print_worker(struct json_print *print, const struct live_worker_snapshot *worker)
{
	json_print_open(print, NULL, '{');
	json_print_number(print, "packets", worker->packets);
	json_print_number(print, "flows_live", worker->flows_live);
	json_print_number(print, "busy_ns", worker->busy_ns);
	json_print_number(print, "turns", worker->turns);
	json_print_number(print, "generation", worker->generation);
	json_print_close(print, '}');
}

static void print_totals(struct json_print *print, const struct collector_totals *totals)
{
	json_print_open(print, "events", '{');
	for (int i = 0; i < EVENT_TYPES; i++)
		json_print_number(print, event_type_name((enum event_type)i), totals->written[i]);
	json_print_close(print, '}');
	json_print_open(print, "verdicts", '{');
	for (unsigned i = VERDICT_EXPECTED; i < VERDICTS; i++)
		if (totals->verdicts[i] != 0)
			json_print_number(print, event_name_verdict(i), totals->verdicts[i]);
	json_print_close(print, '}');
	json_print_open(print, "findings", '{');
	for (unsigned i = SEVERITY_INFO; i < SEVERITIES; i++)
		json_print_number(print, event_name_severity(i), totals->findings[i]);
	json_print_close(print, '}');
}

static void print_counters(struct json_print *print, const struct live_snapshot *snapshot)
{
	json_print_open(print, "counters", '{');
	for (uint32_t i = 0; i < snapshot->stat_count; i++)
		json_print_number(print, snapshot->stat[i].name, snapshot->stat[i].value);
	json_print_close(print, '}');
}

static void print_status(struct json_print *print, const struct live_snapshot *snapshot,
			 const struct control_source *source)
{
	json_print_text(print, "version", source->version);
	json_print_number(print, "taken_ns", snapshot->taken_ns);
	json_print_number(print, "started_ns", snapshot->started_ns);
	json_print_flag(print, "lossy", snapshot->lossy);
	json_print_some(print, "fences", source->fences);
	json_print_open(print, "interfaces", '[');
	for (uint32_t i = 0; i < snapshot->interface_count; i++)
		print_interface(print, &snapshot->interface[i]);
	json_print_close(print, ']');
	json_print_open(print, "workers", '[');
	for (uint32_t i = 0; i < snapshot->worker_count; i++)
		print_worker(print, &snapshot->worker[i]);
	json_print_close(print, ']');
	print_totals(print, &snapshot->totals);
	json_print_open(print, "knowledge", '{');
	json_print_number(print, "generation", snapshot->generation);
	json_print_number(print, "loaded_ns", snapshot->loaded_ns);
	json_print_number(print, "reloads", snapshot->reloads);
	json_print_number(print, "reloads_refused", snapshot->reloads_refused);
	json_print_some(print, "last_refusal", snapshot->last_refusal.text);
	json_print_close(print, '}');
	print_counters(print, snapshot);
}

static void print_flow(struct json_print *print, const struct live_flow *flow)
{
	json_print_open(print, NULL, '{');
	json_print_ip(print, "src_ip", &flow->src);
	json_print_number(print, "src_port", flow->src_port);
	json_print_ip(print, "dest_ip", &flow->dst);
	json_print_number(print, "dest_port", flow->dst_port);
	json_print_number(print, "proto", flow->protocol);
	json_print_text(print, "app_proto", flow->app);
	json_print_some(print, "name", flow->name);
	json_print_number(print, "pkts_toserver", flow->packets[TO_SERVER]);
	json_print_number(print, "pkts_toclient", flow->packets[TO_CLIENT]);
	json_print_number(print, "bytes_toserver", flow->bytes[TO_SERVER]);
	json_print_number(print, "bytes_toclient", flow->bytes[TO_CLIENT]);
	json_print_number(print, "start_ns", flow->start_ns);
	json_print_number(print, "last_ns", flow->last_ns);
	if (flow->verdict != VERDICT_NONE)
		json_print_text(print, "verdict", event_name_verdict(flow->verdict));
	if (flow->severity != SEVERITY_NONE)
		json_print_text(print, "severity", event_name_severity(flow->severity));
	json_print_number(print, "worker", flow->worker);
	json_print_flag(print, "bypassed", flow->bypassed);
	json_print_flag(print, "undecided", flow->undecided);
	json_print_close(print, '}');
}

/* Answering ---------------------------------------------------------------------------------- */

static int say_status(struct json_print *print, const struct control_source *source)
{
	struct live_snapshot *snapshot = malloc(sizeof(*snapshot));

	if (!snapshot)
		return -ENOMEM;
	source->snapshot(source->context, snapshot);
	print_status(print, snapshot, source);
	free(snapshot);
	return 0;
}

static int say_flows(struct json_print *print, const struct control_source *source, uint64_t most)
{
	struct live_flow *flows = calloc(most, sizeof(*flows));
	bool complete = false;

	if (!flows)
		return -ENOMEM;
	size_t count = source->take_flows(source->context, flows, &complete);

	json_print_number(print, "taken_ns", source->now_ns(source->context));
	json_print_flag(print, "complete", complete);
	json_print_open(print, "flows", '[');
	for (size_t i = 0; i < count; i++)
		print_flow(print, &flows[i]);
	json_print_close(print, ']');
	free(flows);
	return 0;
}

/* What is answered at once. */
static int obey(struct json_print *print, const struct control_source *source,
		const struct request *request, struct fault *fault)
{
	if (strcmp(request->command, "status") == 0)
		return say_status(print, source);
	fault_set(fault, "\"%.40s\": commands are status, flows and reload", request->command);
	return -EINVAL;
}

static void end_answer(struct json_print *print, int error, const struct fault *fault)
{
	json_print_flag(print, "ok", error == 0);
	if (error != 0)
		json_print_text(print, "error",
				fault->text[0] != '\0' ? fault->text : strerror(-error));
	json_print_close(print, '}');
}

/* The text that was printed, or NULL. */
static char *close_text(FILE *out, char **text)
{
	if (fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

/* False: it is no request, and fault says why. */
static bool parse(struct json **json, const char *line, size_t length, struct request *request,
		  struct fault *fault)
{
	int error = json_parse(json, line, length, "request", fault);

	error = error ? error : read_request(*json, request, fault);
	if (error != 0 && fault->text[0] == '\0')
		fault_set(fault, "%s", strerror(-error));
	return error == 0;
}

char *control_answer(const struct control_source *source, const char *line, size_t length,
		     struct control_wait *wait, size_t *answer_length)
{
	struct fault fault = { "" };
	struct request request;
	struct json *json = NULL;
	char *text = NULL;
	bool is_request = parse(&json, line, length, &request, &fault);

	*wait = (struct control_wait){ .reload = 0 };
	if (is_request && strcmp(request.command, "flows") == 0)
		wait->flows = request.query;
	else if (is_request && strcmp(request.command, "reload") == 0)
		wait->reload = source->reload(source->context);
	if (wait->flows.most != 0 || wait->reload != 0) {
		json_free(json);
		return NULL;
	}
	FILE *out = open_memstream(&text, answer_length);

	if (out) {
		struct json_print print = json_print_to(out);

		json_print_open_line(&print, NULL, '{');
		end_answer(&print, is_request ? obey(&print, source, &request, &fault) : -EINVAL,
			   &fault);
		text = close_text(out, &text);
	}
	json_free(json);
	return text;
}

char *control_answer_flows(const struct control_source *source, uint64_t most,
			   size_t *answer_length)
{
	struct fault fault = { "" };
	char *text = NULL;
	FILE *out = open_memstream(&text, answer_length);

	if (!out)
		return NULL;
	struct json_print print = json_print_to(out);

	json_print_open_line(&print, NULL, '{');
	end_answer(&print, say_flows(&print, source, most), &fault);
	return close_text(out, &text);
}

char *control_answer_reload(int error, const struct fault *fault, size_t *answer_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, answer_length);

	if (!out)
		return NULL;
	struct json_print print = json_print_to(out);

	json_print_open_line(&print, NULL, '{');
	end_answer(&print, error, fault);
	return close_text(out, &text);
}
