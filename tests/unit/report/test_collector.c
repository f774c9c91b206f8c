#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "report/collector.h"
#include "report/event_writer.h"
#include "samples.h"

#define EVENTS 12000 /* of one run: 14 MB, so that the rings of two lanes wrap and fill */
#define FLOWS 37

static const struct rule_info window_rule = {
	.id = "PEW-T-001",
	.title = "Many of them",
	.cannot = "Who did it.",
	.verdict = VERDICT_RATE_EXCEEDED,
	.severity = SEVERITY_CRITICAL,
};

static const struct window_spec windows[] = {
	{ &window_rule, 20 * NS_PER_S, 100, NULL, WINDOW_COUNT },
	{ &window_rule, 20 * NS_PER_S, 12, "the flow", WINDOW_DISTINCT },
};

static struct samples samples;

static struct collector_options options_for(uint32_t lanes, const char *output)
{
	return (struct collector_options){
		.lanes = lanes,
		.output = output,
		.types = (1u << EVENT_TYPES) - 1,
		.fold_window_ns = ns(10),
		.fold_findings = 5,
		.summary = true,
		.windows = windows,
		.window_count = ROW_COUNT(windows),
		.window_keys = 5, /* fewer than there are: they give way */
	};
}

/* The n-th event of the run: of one of FLOWS flows; some packets make two events, one tick in 16
 * makes one for each of many flows. */
struct made {
	struct event event;
	struct flow_record flow;
	struct judgement judgement;
	uint64_t sequence;
};

static void make(struct made *made, uint64_t n)
{
	static const uint8_t types[] = { EVENT_FLOW, EVENT_ALERT, EVENT_TLS,   EVENT_DNS,
					 EVENT_HTTP, EVENT_ALERT, EVENT_ALERT, EVENT_QUIC };

	made->event = samples_event(&samples, types[n % 8]);
	made->flow = samples.flow;
	made->judgement = samples.judgement;
	made->flow.id = n % FLOWS + 1;
	made->flow.src.bytes[15] = (uint8_t)(n % FLOWS % 7); /* seven findings: they fold */
	made->event.flow = &made->flow;
	made->event.judgement = &made->judgement;
	made->event.key.sequence = n / FLOWS; /* all flows at one sequence, ids rising */
	made->event.key.shard = (uint32_t)(made->flow.id % 64);
	made->event.time_ns = ns(1) * (n / 100);
}

/* Every third event adds to a window; the key changes every 1,000 events, which are ten seconds. */
static void sample(struct collector *collector, uint32_t lane, const struct made *made, uint64_t n)
{
	struct window_sample sample = {
		.window = n % 2,
		.value = n % 2 == 0 ? 1 : made->flow.id,
		.length = 1,
		.key = { (char)('a' + n / 1000 % 4) },
	};

	if (n % 3 == 0)
		collector_sample(collector, lane, &made->event, &sample);
}

struct worker {
	struct collector *collector;
	uint32_t lane, lanes;
};

static void *work(void *argument)
{
	const struct worker *worker = argument;
	struct made made;

	for (uint64_t n = 0; n < EVENTS; n++) {
		make(&made, n);
		collector_advance(worker->collector, worker->lane, made.event.key.sequence);
		if (made.flow.id % worker->lanes != worker->lane)
			continue;
		collector_submit(worker->collector, worker->lane, &made.event);
		sample(worker->collector, worker->lane, &made, n);
	}
	collector_close_lane(worker->collector, worker->lane);
	return NULL;
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *text;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	text = malloc(*size + 1);
	assert_int_equal(fread(text, 1, *size, file), *size);
	text[*size] = '\0';
	fclose(file);
	return text;
}

/* Runs the same events over so many lanes; gives the output and the summary. */
static char *run(uint32_t lanes, size_t *size, char **summary, struct collector_totals *totals)
{
	char path[] = "/tmp/pewit-collector-XXXXXX";
	struct collector *collector;
	struct worker workers[COLLECTOR_LANES_MAX];
	pthread_t threads[COLLECTOR_LANES_MAX];
	struct fault fault = { 0 };
	size_t summary_size;
	int fd = mkstemp(path);

	close(fd);
	const struct collector_options options = options_for(lanes, path);
	assert_int_equal(collector_new(&collector, &options, &fault), 0);
	for (uint32_t i = 0; i < lanes; i++) {
		workers[i] = (struct worker){ collector, i, lanes };
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	collector_run(collector);
	for (uint32_t i = 0; i < lanes; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(collector_finish(collector, &samples.stats, ns(1), &fault), 0);
	*totals = collector_totals(collector);

	FILE *out = open_memstream(summary, &summary_size);
	collector_print_summary(collector, out, false);
	fclose(out);
	collector_free(collector);
	char *text = read_file(path, size);
	unlink(path);
	return text;
}

static void any_number_of_lanes_gives_the_same_bytes(void **state)
{
	static const uint32_t rows[] = { 2, 3, 4, 16 };
	struct collector_totals one, many;
	char *expected_summary, *summary;
	size_t expected_size, size;
	char *expected = run(1, &expected_size, &expected_summary, &one);

	(void)state;
	assert_int_equal(one.misordered, 0);
	assert_true(one.alerts_folded > 100 && one.alerts_evicted > 10);
	assert_true(one.windows.fired > 10 && one.windows.keys_evicted > 2);
	assert_int_equal(one.windows.samples, EVENTS / 3);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char *text = run(rows[i], &size, &summary, &many);

		print_message("%u lanes\n", rows[i]);
		assert_int_equal(size, expected_size);
		assert_memory_equal(text, expected, size);
		assert_string_equal(summary, expected_summary);
		assert_memory_equal(&many, &one, sizeof(one));
		free(text);
		free(summary);
	}
	free(expected);
	free(expected_summary);
}

static void every_finding_is_in_exactly_one_alert(void **state)
{
	struct collector_totals totals;
	char *summary, *rest, *line;
	size_t size;
	char *text = run(1, &size, &summary, &totals);
	uint64_t counted = 0, alerts = 0;

	(void)state;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		cJSON *json = cJSON_Parse(line);
		const cJSON *alert = cJSON_GetObjectItem(json, "alert");

		assert_non_null(json);
		if (alert) {
			counted += (uint64_t)cJSON_GetObjectItem(alert, "count")->valuedouble;
			alerts++;
		}
		cJSON_Delete(json);
	}
	assert_int_equal(counted, totals.events[EVENT_ALERT]);
	assert_int_equal(counted,
			 totals.findings[SEVERITY_HIGH] + totals.findings[SEVERITY_CRITICAL]);
	assert_int_equal(totals.findings[SEVERITY_CRITICAL], totals.windows.fired);
	assert_int_equal(alerts, totals.written[EVENT_ALERT]);
	assert_true(alerts < counted);
	free(text);
	free(summary);
}

/* What a finding submitted at these seconds is written as: kind, count and time of each. */
static void repeats_fold_within_a_window_of_packet_time(void **state)
{
	static const struct {
		const char *why;
		unsigned at_s[8]; /* ends with 99 */
		const char *written;
	} rows[] = {
		{ "one finding is one alert", { 1, 99 }, "first 1x at 1;" },
		{ "repeats wait for the end of the window",
		  { 1, 2, 10, 99 },
		  "first 1x at 1;summary 2x at 10;" },
		{ "the window's end begins a new one",
		  { 1, 2, 11, 12, 99 },
		  "first 1x at 1;summary 1x at 2;first 1x at 11;summary 1x at 12;" },
		{ "a quiet window leaves no summary",
		  { 1, 20, 40, 99 },
		  "first 1x at 1;first 1x at 20;first 1x at 40;" },
		{ "time that runs backwards opens no window",
		  { 5, 1, 6, 99 },
		  "first 1x at 5;summary 2x at 6;" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char path[] = "/tmp/pewit-collector-XXXXXX", written[512] = "";
		struct event event = samples_event(&samples, EVENT_ALERT);
		struct collector *collector;
		size_t size;

		print_message("%s\n", rows[i].why);
		close(mkstemp(path));
		const struct collector_options options = options_for(1, path);
		assert_int_equal(collector_new(&collector, &options, NULL), 0);
		for (size_t j = 0; rows[i].at_s[j] != 99; j++) {
			event.key.sequence = j + 1;
			event.time_ns = ns(rows[i].at_s[j]);
			collector_submit(collector, 0, &event);
		}
		assert_int_equal(collector_finish(collector, NULL, 0, NULL), 0);
		collector_free(collector);

		char *rest, *text = read_file(path, &size);
		for (char *line = strtok_r(text, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest)) {
			cJSON *json = cJSON_Parse(line);
			const cJSON *alert = cJSON_GetObjectItem(json, "alert");
			const char *time = cJSON_GetObjectItem(json, "timestamp")->valuestring;

			snprintf(written + strlen(written), sizeof(written) - strlen(written),
				 "%s %dx at %d;",
				 cJSON_IsTrue(cJSON_GetObjectItem(alert, "summary")) ? "summary"
										     : "first",
				 cJSON_GetObjectItem(alert, "count")->valueint,
				 (int)strtol(time + 17, NULL, 10));
			cJSON_Delete(json);
		}
		assert_string_equal(written, rows[i].written);
		free(text);
		unlink(path);
	}
}

static void only_the_chosen_types_are_written_and_all_are_counted(void **state)
{
	char path[] = "/tmp/pewit-collector-XXXXXX";
	struct collector *collector;
	size_t size;

	(void)state;
	close(mkstemp(path));
	struct collector_options options = options_for(1, path);
	options.types = 1u << EVENT_TLS;
	assert_int_equal(collector_new(&collector, &options, NULL), 0);
	for (uint8_t type = 0; type < EVENT_STATS; type++) {
		struct event event = samples_event(&samples, type);

		event.key.sequence = type + 1;
		collector_submit(collector, 0, &event);
	}
	assert_int_equal(collector_finish(collector, NULL, 0, NULL), 0);

	const struct collector_totals totals = collector_totals(collector);
	assert_int_equal(totals.events[EVENT_TLS], 1);
	assert_int_equal(totals.written[EVENT_TLS], 1);
	assert_int_equal(totals.events[EVENT_ALERT], 1);
	assert_int_equal(totals.written[EVENT_ALERT], 0);
	assert_int_equal(totals.verdicts[VERDICT_PRIVATE_ENDPOINT_BYPASS], 1);
	assert_int_equal(totals.worst, SEVERITY_HIGH);
	collector_free(collector);
	free(read_file(path, &size));
	unlink(path);
}

static void a_full_disk_is_named(void **state)
{
	const struct collector_options options = options_for(1, "/dev/full");
	struct event event = samples_event(&samples, EVENT_FLOW);
	struct collector *collector;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(collector_new(&collector, &options, &fault), 0);
	event.key.sequence = 1;
	collector_submit(collector, 0, &event);
	assert_int_equal(collector_finish(collector, NULL, 0, &fault), -ENOSPC);
	assert_string_equal(fault.text, "/dev/full: No space left on device; 1 events were lost");
	collector_free(collector);
}

static void a_worker_that_breaks_the_order_is_counted(void **state)
{
	const struct collector_options options = options_for(1, NULL);
	struct event event = samples_event(&samples, EVENT_FLOW);
	struct collector *collector;

	(void)state;
	assert_int_equal(collector_new(&collector, &options, NULL), 0);
	for (uint64_t sequence = 3; sequence > 0; sequence--) {
		event.key = (struct event_key){ .sequence = sequence, .shard = 1 };
		collector_submit(collector, 0, &event);
	}
	assert_int_equal(collector_totals(collector).misordered, 2);
	collector_free(collector);
}

static void a_window_that_fires_is_an_alert_of_its_flow(void **state)
{
	char path[] = "/tmp/pewit-collector-XXXXXX";
	const struct window_spec spec = { &window_rule, 60 * NS_PER_S, 2, NULL, WINDOW_COUNT };
	struct window_sample sample = { .value = 1, .length = 16, .key = "src_ip=10.10.1.10" };
	struct event event = samples_event(&samples, EVENT_HTTP);
	struct collector *collector;
	size_t size;

	(void)state;
	close(mkstemp(path));
	struct collector_options options = options_for(1, path);
	options.windows = &spec;
	options.window_count = 1;
	assert_int_equal(collector_new(&collector, &options, NULL), 0);
	for (event.key.sequence = 1; event.key.sequence < 5; event.key.sequence++)
		collector_sample(collector, 0, &event, &sample);
	assert_int_equal(collector_finish(collector, NULL, 0, NULL), 0);
	assert_int_equal(collector_totals(collector).events[EVENT_ALERT], 1);
	assert_int_equal(collector_totals(collector).events[EVENT_HTTP], 0);
	assert_int_equal(collector_totals(collector).worst, SEVERITY_CRITICAL);
	collector_free(collector);

	char *text = read_file(path, &size);
	static const char *const parts[] = {
		"\"flow_id\":19088743,",
		"\"event_type\":\"alert\"",
		"\"name\":{\"value\":\"contoso.openai.azure.com\"",
		"\"endpoint\":{\"service\":\"azure-openai\"",
		"\"rule_id\":\"PEW-T-001\"",
		"\"verdict\":\"rate_exceeded\"",
		"\"text\":\"2 events in 60 s (limit 2) for src_ip=10.10.1.1\"",
		"\"kind\":\"limit\",\"text\":\"Who did it.\"",
		"\"signature\":\"Many of them\"",
	};
	for (size_t i = 0; i < ROW_COUNT(parts); i++) {
		print_message("%s\n", parts[i]);
		assert_non_null(strstr(text, parts[i]));
	}
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	assert_null(strstr(text, "The name."));
	free(text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_lanes_gives_the_same_bytes),
		cmocka_unit_test(every_finding_is_in_exactly_one_alert),
		cmocka_unit_test(repeats_fold_within_a_window_of_packet_time),
		cmocka_unit_test(only_the_chosen_types_are_written_and_all_are_counted),
		cmocka_unit_test(a_window_that_fires_is_an_alert_of_its_flow),
		cmocka_unit_test(a_full_disk_is_named),
		cmocka_unit_test(a_worker_that_breaks_the_order_is_counted),
	};

	samples_fill(&samples);
	return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
