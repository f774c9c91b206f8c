#include "daemon/metrics_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "daemon/metrics_stat.h"
#include "event/event_names.h"

/* A member of what there is one of for each interface or worker; all are uint64_t. */
struct member {
	const char *metric, *label; /* as in struct metrics_stat */
	const char *help;           /* NULL: that of the member before, whose metric it is */
	size_t offset;
	uint8_t kind; /* enum metric_kind */
	bool is_ns;   /* said in seconds */
};

#define OF_INTERFACE(member) offsetof(struct live_stats, member)
#define OF_WORKER(member) offsetof(struct live_worker_snapshot, member)

static const struct member of_interface[] = {
	{ "pewit_capture_received_packets_total", NULL,
	  "Packets that the kernel offered: the sum of pewit_capture_packets_total.",
	  OF_INTERFACE(received), METRIC_COUNTER },
	{ "pewit_capture_packets_total", "outcome=\"processed\"",
	  "Packets by what became of them; bypassed: counted by the kernel.",
	  OF_INTERFACE(processed), METRIC_COUNTER },
	{ "pewit_capture_packets_total", "outcome=\"bypassed\"", NULL, OF_INTERFACE(bypassed),
	  METRIC_COUNTER },
	{ "pewit_capture_packets_total", "outcome=\"dropped\"", NULL, OF_INTERFACE(dropped),
	  METRIC_COUNTER },
	{ "pewit_capture_waiting_packets", NULL, "Packets in a ring that no worker has taken yet.",
	  OF_INTERFACE(waiting), METRIC_GAUGE },
	{ "pewit_capture_unopened_total", NULL,
	  "Times that a worker could not open its ring when the interface came back.",
	  OF_INTERFACE(unopened), METRIC_COUNTER },
	{ "pewit_capture_received_bytes_total", NULL,
	  "Bytes of the packets received; 0 without bypass.", OF_INTERFACE(received_bytes),
	  METRIC_COUNTER },
	{ "pewit_capture_bypassed_bytes_total", NULL, "Bytes of the packets bypassed.",
	  OF_INTERFACE(bypassed_bytes), METRIC_COUNTER },
	{ "pewit_capture_ring_full_total", NULL, "Times that a ring was found full.",
	  OF_INTERFACE(freezes), METRIC_COUNTER },
	{ "pewit_capture_interface_lost_total", NULL, "Times that the interface went away.",
	  OF_INTERFACE(losses), METRIC_COUNTER },
};

static const struct member of_worker[] = {
	{ "pewit_worker_packets_total", NULL, "Packets processed.", OF_WORKER(packets),
	  METRIC_COUNTER },
	{ "pewit_worker_batches_total", NULL, "Batches of packets taken.", OF_WORKER(turns),
	  METRIC_COUNTER },
	{ "pewit_worker_busy_seconds_total", NULL, "Time spent on packets.", OF_WORKER(busy_ns),
	  METRIC_COUNTER, true },
	{ "pewit_worker_generation", NULL, "Number of the map and rules that it judges by.",
	  OF_WORKER(generation), METRIC_GAUGE },
	{ "pewit_flows_live", NULL, "Live flows.", OF_WORKER(flows_live), METRIC_GAUGE },
};

/* Lines -------------------------------------------------------------------------------------- */

static void put_head(FILE *out, const char *metric, const char *help, enum metric_kind kind)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric,
		kind == METRIC_COUNTER ? "counter" : "gauge");
}

static void put_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			putc(*text, out);
	}
	putc('"', out);
}

static void put_number(FILE *out, uint64_t number)
{
	fprintf(out, " %llu\n", (unsigned long long)number);
}

static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, " %llu.%09llu\n", (unsigned long long)(ns / NS_PER_S),
		(unsigned long long)(ns % NS_PER_S));
}

/* What is of no interface and no worker. */
static void put_gauge(FILE *out, const char *metric, const char *help, uint64_t value)
{
	put_head(out, metric, help, METRIC_GAUGE);
	fputs(metric, out);
	put_number(out, value);
}

static void put_time(FILE *out, const char *metric, const char *help, uint64_t ns)
{
	put_head(out, metric, help, METRIC_GAUGE);
	fputs(metric, out);
	put_seconds(out, ns);
}

static void put_named(FILE *out, const char *metric, const char *label, const char *name,
		      uint64_t value)
{
	fprintf(out, "%s{%s=\"%s\"}", metric, label, name);
	put_number(out, value);
}

/* Interfaces and workers --------------------------------------------------------------------- */

/* All items of a row, then the next: the samples of a metric stand together. */
struct column {
	const char *label; /* "interface" */
	const char *first; /* the name of the first item, and its values */
	const char *values;
	size_t stride, name_stride, count;
};

static void put_value(FILE *out, const struct member *member, const char *values)
{
	uint64_t value;

	memcpy(&value, values + member->offset, sizeof(value));
	if (member->is_ns)
		put_seconds(out, value);
	else
		put_number(out, value);
}

static void put_column(FILE *out, const struct member *member, const struct column *column)
{
	if (member->help && column->count != 0)
		put_head(out, member->metric, member->help, (enum metric_kind)member->kind);
	for (size_t i = 0; i < column->count; i++) {
		fprintf(out, "%s{%s=", member->metric, column->label);
		put_quoted(out, column->first + i * column->name_stride);
		if (member->label)
			fprintf(out, ",%s", member->label);
		putc('}', out);
		put_value(out, member, column->values + i * column->stride);
	}
}

static void put_interfaces(FILE *out, const struct live_snapshot *snapshot)
{
	const struct live_interface_snapshot *interface = snapshot->interface;
	const struct column column = {
		.label = "interface",
		.first = interface->name,
		.values = (const char *)&interface->stats,
		.stride = sizeof(*interface),
		.name_stride = sizeof(*interface),
		.count = snapshot->interface_count,
	};

	for (size_t i = 0; i < sizeof(of_interface) / sizeof(of_interface[0]); i++)
		put_column(out, &of_interface[i], &column);
	if (snapshot->interface_count == 0)
		return;
	put_head(out, "pewit_capture_interface_up", "Whether the interface is there.",
		 METRIC_GAUGE);
	for (size_t i = 0; i < snapshot->interface_count; i++) {
		fputs("pewit_capture_interface_up{interface=", out);
		put_quoted(out, interface[i].name);
		putc('}', out);
		put_number(out, interface[i].stats.is_up);
	}
}

static void put_workers(FILE *out, const struct live_snapshot *snapshot)
{
	char name[LIVE_WORKERS_MAX][4];
	const struct column column = {
		.label = "worker",
		.first = name[0],
		.values = (const char *)snapshot->worker,
		.stride = sizeof(snapshot->worker[0]),
		.name_stride = sizeof(name[0]),
		.count = snapshot->worker_count,
	};

	for (unsigned i = 0; i < snapshot->worker_count; i++)
		snprintf(name[i], sizeof(name[i]), "%u", i % 1000);
	for (size_t i = 0; i < sizeof(of_worker) / sizeof(of_worker[0]); i++)
		put_column(out, &of_worker[i], &column);
}

/* The rest ----------------------------------------------------------------------------------- */

static void put_totals(FILE *out, const struct collector_totals *totals)
{
	put_head(out, "pewit_verdicts_total", "Ended flows by verdict.", METRIC_COUNTER);
	for (unsigned i = 0; i < VERDICTS; i++)
		put_named(out, "pewit_verdicts_total", "verdict", event_name_verdict(i),
			  totals->verdicts[i]);
	put_head(out, "pewit_findings_total", "Findings, each repeat counted.", METRIC_COUNTER);
	for (unsigned i = SEVERITY_INFO; i < SEVERITIES; i++)
		put_named(out, "pewit_findings_total", "severity", event_name_severity(i),
			  totals->findings[i]);
	put_head(out, "pewit_events_written_total", "Events written.", METRIC_COUNTER);
	for (int i = 0; i < EVENT_TYPES; i++)
		put_named(out, "pewit_events_written_total", "type",
			  event_type_name((enum event_type)i), totals->written[i]);
	put_head(out, "pewit_alerts_folded_total", "Repeats that went into a summary.",
		 METRIC_COUNTER);
	fputs("pewit_alerts_folded_total", out);
	put_number(out, totals->alerts_folded);
	put_head(out, "pewit_alerts_forgotten_total",
		 "Findings whose repeats are not folded any more, for lack of room.",
		 METRIC_COUNTER);
	fputs("pewit_alerts_forgotten_total", out);
	put_number(out, totals->alerts_evicted);
}

static const struct stat *find_stat(const struct live_snapshot *snapshot, const char *name)
{
	for (uint32_t i = 0; i < snapshot->stat_count; i++)
		if (strcmp(snapshot->stat[i].name, name) == 0)
			return &snapshot->stat[i];
	return NULL;
}

/* What a daemon does not count (no connection tracking) it does not say. */
static void put_stats(FILE *out, const struct live_snapshot *snapshot)
{
	for (const struct metrics_stat *row = metrics_stats; row->stat; row++) {
		const struct stat *stat = find_stat(snapshot, row->stat);

		if (!stat)
			continue;
		if (row->help)
			put_head(out, row->metric, row->help, (enum metric_kind)row->kind);
		fputs(row->metric, out);
		if (row->label)
			fprintf(out, "{%s}", row->label);
		put_number(out, stat->value);
	}
}

static void put_control(FILE *out, const struct control_stats *stats)
{
	put_head(out, "pewit_control_requests_total", "Requests of the control socket.",
		 METRIC_COUNTER);
	fputs("pewit_control_requests_total", out);
	put_number(out, stats->requests);
	put_head(out, "pewit_control_clients_lost_total",
		 "Clients of the control socket that were let go without an answer.",
		 METRIC_COUNTER);
	put_named(out, "pewit_control_clients_lost_total", "reason", "too_many", stats->refused);
	put_named(out, "pewit_control_clients_lost_total", "reason", "slow", stats->dropped);
}

static void put_all(FILE *out, const struct metrics_told *told)
{
	const struct live_snapshot *snapshot = told->snapshot;

	put_head(out, "pewit_build_info", "1, labelled with the version.", METRIC_GAUGE);
	put_named(out, "pewit_build_info", "version", told->version, 1);
	put_time(out, "pewit_start_time_seconds", "When it started, since the epoch.",
		 snapshot->started_ns);
	put_time(out, "pewit_knowledge_loaded_time_seconds",
		 "When map and rules were loaded, since the epoch.", snapshot->loaded_ns);
	put_gauge(out, "pewit_lossy", "1: packets or events were lost, or a limit cost something.",
		  snapshot->lossy);
	put_interfaces(out, snapshot);
	put_workers(out, snapshot);
	put_totals(out, &snapshot->totals);
	put_stats(out, snapshot);
	if (told->control)
		put_control(out, told->control);
}

char *metrics_text(const struct metrics_told *told, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	put_all(out, told);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

bool metrics_text_knows(const char *stat)
{
	const struct metrics_stat *row = metrics_stats;

	if (strncmp(stat, "interface.", strlen("interface.")) == 0)
		return true;
	while (row->stat && strcmp(row->stat, stat) != 0)
		row++;
	return row->stat != NULL;
}
