#include "flow_rows.h"

#include <stdio.h>

#include "baseline/baseline_read.h"

#define FLOW_HEAD                                                                                  \
	"{\"event_type\":\"flow\",\"src_ip\":\"10.1.0.4\",\"dest_ip\":\"203.0.113.9\","            \
	"\"dest_port\":443,\"proto\":\"TCP\","
#define FLOW_COUNTS                                                                                \
	"\"flow\":{\"bytes_toserver\":10,\"bytes_toclient\":20,"                                   \
	"\"start\":\"2026-09-21T14:20:00.000700+0000\",\"end\":\"2026-09-21T14:20:01.000000+0000\"}"

static struct baseline *make(void)
{
	static const struct baseline_options options = { .groups = 16 };
	struct baseline *baseline;

	assert_int_equal(baseline_new(&baseline, &options), 0);
	return baseline;
}

static int read_line(struct baseline *baseline, const char *line, struct fault *fault)
{
	struct baseline_reader reader = { .baseline = baseline, .path = "events.jsonl", .line = 6 };

	return baseline_read_line(&reader, line, strlen(line), fault);
}

static void a_name_is_what_names_the_destination(void **state)
{
	static const struct {
		const char *why, *name, *verdict, *kept;
	} rows[] = {
		{ "a claim", "{\"value\":\"a.example.com\",\"source\":\"sni\"}", "expected",
		  "a.example.com" },
		{ "from DNS", "{\"value\":\"a.example.com\",\"source\":\"dns\"}", "expected",
		  "a.example.com" },
		{ "an address", "{\"value\":\"10.0.0.4\",\"source\":\"http\"}", "expected", "" },
		{ "IPv6", "{\"value\":\"[2001:db8::1]\",\"source\":\"http\"}", "expected", "" },
		{ "a question to a resolver",
		  "{\"value\":\"q.example.com\",\"source\":\"question\"}", "expected", "" },
		{ "what a certificate says is no name that was asked for",
		  "{\"value\":\"*.example.com\",\"source\":\"certificate\"}", "expected", "" },
		{ "a question that leaked is what it is about",
		  "{\"value\":\"q.example.com\",\"source\":\"question\"}", "dns_private_link_leak",
		  "q.example.com" },
	};
	char line[1024];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct baseline *baseline = make();
		struct fault fault = { "" };

		snprintf(line, sizeof(line),
			 FLOW_HEAD FLOW_COUNTS ",\"name\":%s,\"verdict\":\"%s\"}", rows[i].name,
			 rows[i].verdict);
		if (read_line(baseline, line, &fault) != 0)
			fail_msg("%s: %s", rows[i].why, fault.text);
		baseline_finish(baseline);
		if (strcmp(baseline_group(baseline, 0)->name, rows[i].kept) != 0)
			fail_msg("%s: \"%s\"", rows[i].why, baseline_group(baseline, 0)->name);
		baseline_free(baseline);
	}
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *why, *line, *said;
	} rows[] = {
		{ "no JSON", "{\"event_type\":\"flow\"", "events.jsonl:7:" },
		{ "no type", "{}", "events.jsonl:7:1: \"event_type\" is missing" },
		{ "no counts", FLOW_HEAD "\"x\":1}", "\"flow\" is missing" },
		{ "an unknown verdict", FLOW_HEAD FLOW_COUNTS ",\"verdict\":\"fine\"}",
		  "knows no verdict \"fine\"" },
		{ "an address that is none",
		  "{\"event_type\":\"flow\",\"src_ip\":\"x\",\"dest_ip\":\"203.0.113.9\",\"proto\":"
		  "\"TCP\"," FLOW_COUNTS "}",
		  "\"x\" is no IPv4 or IPv6 address" },
		{ "a negative count",
		  FLOW_HEAD "\"flow\":{\"bytes_toserver\":-1,\"bytes_toclient\":0,\"start\":"
			    "\"2026-09-21T14:20:00.000700+0000\"}}",
		  "a whole number from 0" },
		{ "a time that is none",
		  FLOW_HEAD
		  "\"flow\":{\"bytes_toserver\":1,\"bytes_toclient\":0,\"start\":\"now\"}}",
		  "must be a time" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct baseline *baseline = make();
		struct fault fault = { "" };

		if (read_line(baseline, rows[i].line, &fault) == 0 ||
		    !strstr(fault.text, rows[i].said))
			fail_msg("%s: \"%s\"", rows[i].why, fault.text);
		baseline_free(baseline);
	}
}

static void other_events_are_counted_and_passed_over(void **state)
{
	struct baseline *baseline = make();
	struct fault fault = { "" };

	(void)state;
	assert_int_equal(read_line(baseline, "{\"event_type\":\"tls\"}", &fault), 0);
	assert_int_equal(read_line(baseline, "\n", &fault), 0);
	assert_int_equal(baseline_totals(baseline).lines, 1);
	assert_int_equal(baseline_totals(baseline).lines_other, 1);
	assert_int_equal(baseline_count(baseline), 0);
	baseline_free(baseline);
}

static void an_answer_confirms_every_name_on_its_way(void **state)
{
	static const char answer[] =
		"{\"event_type\":\"dns\",\"dns\":{\"answers\":[{\"rrname\":\"\",\"rrtype\":\"NS\"},"
		"{\"rrname\":\"A.example.com\",\"rrtype\":\"CNAME\",\"rdata\":\"cdn.example.net\"},"
		"{\"rrname\":\"cdn.example.net\",\"rrtype\":\"A\",\"rdata\":\"203.0.113.9\"}]}}";
	static const char *const names[] = { "a.example.com", "cdn.example.net" };
	char line[1024];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(names); i++) {
		struct baseline *baseline = make();
		struct fault fault = { "" };

		assert_int_equal(read_line(baseline, answer, &fault), 0);
		snprintf(line, sizeof(line),
			 FLOW_HEAD FLOW_COUNTS ",\"name\":{\"value\":\"%s\",\"source\":\"sni\"}}",
			 names[i]);
		assert_int_equal(read_line(baseline, line, &fault), 0);
		baseline_finish(baseline);
		assert_true(baseline_group(baseline, 0)->confirmed);
		baseline_free(baseline);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_what_names_the_destination),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(other_events_are_counted_and_passed_over),
		cmocka_unit_test(an_answer_confirms_every_name_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
