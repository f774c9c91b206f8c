#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/metrics_stat.h"
#include "daemon/metrics_text.h"
#include "run/live_state.h"

#define NAMES_MAX 256
#define SAMPLES_MAX 1024

/* What a strict reader of the text format has seen so far. */
struct reader {
	char metric[64]; /* whose samples follow */
	bool is_counter;
	char seen[NAMES_MAX][64];     /* metrics */
	char sample[SAMPLES_MAX][96]; /* name and labels */
	size_t metrics, samples;
};

static bool is_name(const char *text, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	return length != 0 && text[0] != '_' && strspn(text, letters) >= length;
}

/* "# HELP name text", and at once "# TYPE name counter". */
static const char *read_head(struct reader *reader, const char *line)
{
	char name[64], again[64], kind[16], end;
	size_t length;

	assert_int_equal(sscanf(line, "# HELP %63s", name), 1);
	length = strlen(name);
	assert_true(is_name(name, length));
	assert_int_equal(strncmp(name, "pewit_", 6), 0);
	line = strchr(line, '\n') + 1;
	if (sscanf(line, "# TYPE %63s %15s%c", again, kind, &end) != 3 || end != '\n' ||
	    strcmp(name, again) != 0)
		fail_msg("%s: no TYPE after its HELP", name);
	for (size_t i = 0; i < reader->metrics; i++)
		if (strcmp(reader->seen[i], name) == 0)
			fail_msg("%s: begun twice", name);
	reader->is_counter = strcmp(kind, "counter") == 0;
	if (!reader->is_counter)
		assert_string_equal(kind, "gauge");
	if (reader->is_counter != (length > 6 && strcmp(name + length - 6, "_total") == 0))
		fail_msg("%s: counters end in _total, and nothing else does", name);
	assert_true(reader->metrics < NAMES_MAX);
	strcpy(reader->metric, name);
	strcpy(reader->seen[reader->metrics++], name);
	return strchr(line, '\n') + 1;
}

/* The labels between braces; what follows them. */
static const char *read_labels(const char *at)
{
	do {
		const char *name = ++at;

		at = strchr(at, '=');
		assert_non_null(at);
		assert_true(is_name(name, (size_t)(at - name)));
		assert_int_equal(*++at, '"');
		for (at++; *at != '"'; at++) {
			assert_true(*at != '\0' && *at != '\n');
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
		}
		at++;
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

static const char *read_sample(struct reader *reader, const char *line)
{
	size_t length = strlen(reader->metric);
	const char *at = line + length, *value;

	if (strncmp(line, reader->metric, length) != 0 || !strchr("{ ", *at))
		fail_msg("%.60s: stands with %s", line, reader->metric);
	at = *at == '{' ? read_labels(at) : at;
	length = (size_t)(at - line);
	for (size_t i = 0; i < reader->samples; i++)
		if (strlen(reader->sample[i]) == length &&
		    strncmp(reader->sample[i], line, length) == 0)
			fail_msg("%s: said twice", reader->sample[i]);
	assert_true(reader->samples < SAMPLES_MAX && length < sizeof(reader->sample[0]));
	memcpy(reader->sample[reader->samples], line, length);
	reader->sample[reader->samples++][length] = '\0';
	assert_int_equal(*at, ' ');
	value = ++at;
	at += strspn(at, "0123456789.");
	assert_true(at > value);
	assert_int_equal(*at, '\n');
	return at + 1;
}

static struct reader *read_all(const char *text)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	assert_non_null(reader);
	while (*text != '\0')
		text = *text == '#' ? read_head(reader, text) : read_sample(reader, text);
	return reader;
}

/* A snapshot with all that there can be. */
static struct live_snapshot *full_snapshot(void)
{
	struct live_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	assert_non_null(snapshot);
	snapshot->started_ns = ns(1795415045) + 201533479;
	snapshot->worker_count = LIVE_WORKERS_MAX;
	snapshot->interface_count = LIVE_INTERFACES_MAX;
	for (uint32_t i = 0; i < snapshot->interface_count; i++)
		snprintf(snapshot->interface[i].name, sizeof(snapshot->interface[i].name), "eth%u",
			 i);
	snapshot->interface[1].stats = (struct live_stats){
		.received = 10, .processed = 5, .bypassed = 3, .dropped = 2, .is_up = true
	};
	snapshot->worker[1].busy_ns = ns(3) + 5;
	for (const struct metrics_stat *row = metrics_stats; row->stat; row++)
		snapshot->stat[snapshot->stat_count++] = (struct stat){ row->stat, 7 };
	snapshot->totals.findings[SEVERITY_HIGH] = 4;
	snapshot->totals.verdicts[VERDICT_ZONE_CROSSING] = 6;
	snapshot->totals.written[EVENT_ALERT] = 8;
	return snapshot;
}

static char *text_of(const struct live_snapshot *snapshot)
{
	const struct control_stats control = { .requests = 11, .refused = 12, .dropped = 13 };
	const struct metrics_told told = { .snapshot = snapshot,
					   .control = &control,
					   .version = "0.1.0" };
	size_t length;
	char *text = metrics_text(&told, &length);

	assert_non_null(text);
	assert_int_equal(strlen(text), length);
	return text;
}

static void the_text_is_as_the_format_wants_it(void **state)
{
	struct live_snapshot *snapshot = full_snapshot();
	char *text = text_of(snapshot);
	struct reader *reader = read_all(text);

	(void)state;
	assert_in_range(reader->metrics, 60, NAMES_MAX);
	free(reader);
	free(text);
	free(snapshot);
}

static const struct {
	const char *why, *line;
} rows[] = {
	{ "an interface's", "\npewit_capture_received_packets_total{interface=\"eth1\"} 10\n" },
	{ "with an outcome", "{interface=\"eth1\",outcome=\"dropped\"} 2\n" },
	{ "a flag", "\npewit_capture_interface_up{interface=\"eth1\"} 1\n" },
	{ "a flag that is not set", "\npewit_capture_interface_up{interface=\"eth0\"} 0\n" },
	{ "nanoseconds are said in seconds",
	  "\npewit_worker_busy_seconds_total{worker=\"1\"} 3.000000005\n" },
	{ "a point in time", "\npewit_start_time_seconds 1795415045.201533479\n" },
	{ "a counter of the stats event", "\npewit_flows_ended_total{reason=\"evicted\"} 7\n" },
	{ "findings", "\npewit_findings_total{severity=\"high\"} 4\n" },
	{ "verdicts", "\npewit_verdicts_total{verdict=\"zone_crossing\"} 6\n" },
	{ "events", "\npewit_events_written_total{type=\"alert\"} 8\n" },
	{ "the control socket", "\npewit_control_clients_lost_total{reason=\"slow\"} 13\n" },
	{ "the version", "\npewit_build_info{version=\"0.1.0\"} 1\n" },
};

static void figures_stand_where_they_belong(void **state)
{
	struct live_snapshot *snapshot = full_snapshot();
	char *text = text_of(snapshot);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		if (!strstr(text, rows[i].line))
			fail_msg("%s: %s is missing", rows[i].why, rows[i].line);
	free(text);
	free(snapshot);
}

static void whatever_an_interface_is_called_the_text_stays_whole(void **state)
{
	struct live_snapshot *snapshot = full_snapshot();

	(void)state;
	strcpy(snapshot->interface[0].name, "a\"} 1\nb\\");
	char *text = text_of(snapshot);

	free(read_all(text));
	assert_non_null(strstr(text, "{interface=\"a\\\"} 1\\nb\\\\\",outcome"));
	free(text);
	free(snapshot);
}

static void what_is_not_counted_is_not_said(void **state)
{
	struct live_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	char *text = text_of(snapshot);

	(void)state;
	free(read_all(text));
	assert_null(strstr(text, "pewit_nat_"));
	assert_null(strstr(text, "pewit_worker_packets_total"));
	free(text);
	free(snapshot);
}

/* An engine that listens nowhere, with a worker that has said what it counts. */
struct idle {
	struct knowledge *knowledge;
	struct dpi_maker *dpi_maker;
	struct pipeline *pipeline;
	struct live_generation generation;
	struct live_engine *engine;
};

static void open_pipeline(struct idle *idle)
{
	const struct pipeline_options options = {
		.shard_count = 64,
		.flow_limit = 64,
		.states = 64,
		.buffer_bytes = 1 << 20,
		.dns_bytes = 1 << 20,
		.knowledge = &idle->knowledge->known,
		.dpi_maker = idle->dpi_maker,
		.collector = idle->engine->collector,
	};

	assert_int_equal(pipeline_new(&idle->pipeline, &options), 0);
	pipeline_count(idle->pipeline, &idle->engine->worker[0].published.pipeline);
}

static void open_idle(struct idle *idle)
{
	static const char *const rules[] = { "rules/pack" };
	const struct knowledge_paths paths = { .catalog = "rules/catalog",
					       .rules = rules,
					       .rules_count = 1 };
	const struct collector_options output = { .lanes = 1,
						  .fold_window_ns = ns(60),
						  .fold_findings = 16,
						  .window_keys = 16,
						  .live = true };
	struct fault fault = { "" };

	*idle = (struct idle){ .generation.number = 1 };
	idle->engine = calloc(1, sizeof(*idle->engine) + sizeof(idle->engine->worker[0]));
	assert_non_null(idle->engine);
	if (knowledge_load(&idle->knowledge, &paths, NULL, &fault) != 0)
		fail_msg("%s", fault.text);
	assert_int_equal(dpi_maker_new(&idle->dpi_maker), 0);
	assert_int_equal(collector_new(&idle->engine->collector, &output, &fault), 0);
	assert_int_equal(conntrack_open(&idle->engine->options.conntrack, 1024, 1), 0);
	idle->engine->options.capture.workers = 1;
	atomic_store(&idle->engine->current, &idle->generation);
	pthread_mutex_init(&idle->engine->worker[0].published.lock, NULL);
	open_pipeline(idle);
}

static void close_idle(struct idle *idle)
{
	pipeline_free(idle->pipeline);
	conntrack_close(idle->engine->options.conntrack);
	collector_free(idle->engine->collector);
	dpi_maker_free(idle->dpi_maker);
	knowledge_free(idle->knowledge);
	free(idle->engine);
}

static void every_counter_of_the_engine_has_a_metric_and_the_other_way_round(void **state)
{
	struct idle idle;
	struct live_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	(void)state;
	open_idle(&idle);
	live_engine_snapshot(idle.engine, snapshot);
	assert_true(snapshot->stat_count > 40);
	for (uint32_t i = 0; i < snapshot->stat_count; i++)
		if (!metrics_text_knows(snapshot->stat[i].name))
			fail_msg("%s has no row in metrics_stat.c", snapshot->stat[i].name);
	for (const struct metrics_stat *row = metrics_stats; row->stat; row++) {
		uint32_t i = 0;

		while (i < snapshot->stat_count && strcmp(snapshot->stat[i].name, row->stat) != 0)
			i++;
		if (i == snapshot->stat_count)
			fail_msg("%s: nothing counts that", row->stat);
	}
	assert_false(metrics_text_knows("flow.startled"));
	free(snapshot);
	close_idle(&idle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_as_the_format_wants_it),
		cmocka_unit_test(figures_stand_where_they_belong),
		cmocka_unit_test(whatever_an_interface_is_called_the_text_stays_whole),
		cmocka_unit_test(what_is_not_counted_is_not_said),
		cmocka_unit_test(every_counter_of_the_engine_has_a_metric_and_the_other_way_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
