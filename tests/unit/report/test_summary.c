#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pewit/rule.h"
#include "report/summary.h"
#include "samples.h"

static struct samples samples;

struct flow_row {
	const char *src, *dst;
	uint16_t port;
	const char *name; /* a question when it begins with ? */
	uint8_t verdict, severity;
	const char *private_endpoint;
};

static void add(struct summary *summary, const struct flow_row *row)
{
	struct finding finding;
	struct flow_record flow = samples.flow;
	struct judgement judgement = samples.judgement;
	bool question = row->name && row->name[0] == '?';
	const struct name name = { .value = row->name,
				   .source = question ? NAME_QUESTION : NAME_SNI };
	const struct event event = { .flow = &flow, .judgement = &judgement, .name = &name };

	flow.src = sample_ip(row->src);
	flow.dst = sample_ip(row->dst);
	flow.dst_port = row->port;
	static const struct rule_info rule = { .remedy = "Find out why, and mend it." };

	judgement.rule = &rule;
	judgement.verdict = row->verdict;
	judgement.severity = row->severity;
	judgement.endpoint.private_endpoint = row->private_endpoint;
	finding_copy(&finding, &event);
	summary_add(summary, &finding);
}

static char *print(const struct summary *summary, bool colour)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	summary_print(summary, out, colour);
	fclose(out);
	return text;
}

static void people_read_what_went_private_and_what_did_not(void **state)
{
	static const struct flow_row rows[] = {
		{ "10.10.1.10", "10.10.2.5", 443, "a.example", VERDICT_EXPECTED, 0, "pe-a" },
		{ "10.10.1.11", "10.10.2.5", 443, "a.example", VERDICT_EXPECTED, 0, "pe-a" },
		{ "10.10.1.10", "168.63.129.16", 53, "?a.example", VERDICT_EXPECTED, 0, NULL },
		{ "10.10.1.10", "168.63.129.16", 53, "?b.example", VERDICT_EXPECTED, 0, NULL },
		{ "10.10.1.10", "203.0.113.20", 443, "a.example", VERDICT_PRIVATE_ENDPOINT_BYPASS,
		  SEVERITY_HIGH, NULL },
		{ "10.10.1.10", "203.0.113.20", 8443, "a.example", VERDICT_PRIVATE_ENDPOINT_BYPASS,
		  SEVERITY_HIGH, NULL },
	};
	static const char *const expected =
		"6 flows, 132 packets, 241.2 kB, from 2026-11-22 22:00:38 to 2026-11-22 22:00:40 "
		"UTC\n"
		"\n"
		"  private            2 flows    80.4 kB  took a private endpoint\n"
		"  findings           2 flows    80.4 kB  went public, or where they should not\n"
		"  expected           2 flows    80.4 kB  otherwise as the map allows\n"
		"\n"
		"Went private: 2 flows, 80.4 kB\n"
		"  name                                  address          endpoint           flows"
		"     bytes  sources\n"
		"  a.example                             10.10.2.5        pe-a                   2"
		"   80.4 kB        2\n"
		"\n"
		"HIGH  private_endpoint_bypass: 2 flows, 80.4 kB\n"
		"  Reached in public\n"
		"  10.10.1.10 -> 203.0.113.20 TCP 443,8443  a.example\n"
		"      2 flows, 8.4 kB up, 72.0 kB down, first at 2026-11-22 22:00:38\n"
		"      why   The name.\n"
		"            The limit.\n"
		"  To do: Find out why, and mend it.\n"
		"\n"
		"Expected otherwise: 2 flows, 80.4 kB\n"
		"  name                                  address          service            flows"
		"     bytes  sources\n"
		"  Reached in public                     168.63.129.16    azure-openai           2"
		"   80.4 kB        1\n";
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		add(summary, &rows[i]);
	char *text = print(summary, false);
	assert_string_equal(text, expected);
	free(text);
	summary_free(summary);
}

static void no_line_is_wider_than_a_hundred_columns(void **state)
{
	static const struct flow_row row = {
		"2001:db8:1234:5678:9abc:def0:1234:5678",
		"2001:db8:1234:5678:9abc:def0:1234:5679",
		443,
		"a-name-that-is-much-longer-than-any-column.of-a-table.privatelink.example.com",
		VERDICT_EXPECTED,
		0,
		"a-private-endpoint-with-a-long-name"
	};
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	add(summary, &row);
	char *text = print(summary, false), *rest;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(strlen(line) <= 100);
	free(text);
	summary_free(summary);
}

static void names_cannot_send_escapes_to_the_terminal(void **state)
{
	static const struct flow_row row = {
		"10.0.0.1",   "192.0.2.1", 443, "evil\x1b]0;x\x07\xc2\x9b", VERDICT_THIRD_PARTY_AI,
		SEVERITY_LOW, NULL
	};
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	add(summary, &row);
	char *text = print(summary, false);
	assert_non_null(strstr(text, "evil?]0;x???\n"));
	assert_null(strchr(text, '\x1b'));
	free(text);
	text = print(summary, true);
	assert_non_null(strchr(text, '\x1b'));
	free(text);
	summary_free(summary);
}

static void what_a_list_leaves_out_is_counted(void **state)
{
	struct flow_row row = {
		"10.0.0.1",   "192.0.2.1", 443, "a.example", VERDICT_UNEXPECTED_EGRESS,
		SEVERITY_LOW, NULL
	};
	struct summary *summary;
	char dst[32];

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	for (int i = 0; i < SUMMARY_GROUPS_MAX + 10; i++) {
		snprintf(dst, sizeof(dst), "192.0.%d.%d", i / 250, i % 250);
		row.dst = dst;
		add(summary, &row);
	}
	char *text = print(summary, false);
	assert_non_null(strstr(text, "  and 16376 more (16376 flows, 658.3 MB)\n"));
	assert_non_null(strstr(text, "Past the 16384 groups that a summary keeps:\n"
				     "  unexpected_egress: 10 flows, 402.0 kB\n"));
	assert_non_null(strstr(text, "16394 flows, "));
	free(text);
	summary_free(summary);
}

static void without_verdicts_destinations_are_named(void **state)
{
	static const struct flow_row row = { "10.0.0.1",   "192.0.2.1", 443, "a.example",
					     VERDICT_NONE, 0,           NULL };
	struct summary *summary;

	(void)state;
	assert_int_equal(summary_new(&summary), 0);
	char *text = print(summary, false);
	assert_string_equal(text, "No flows were seen.\n");
	free(text);
	add(summary, &row);
	text = print(summary, false);
	assert_non_null(strstr(text, "Nothing was judged"));
	assert_non_null(strstr(text, "Not judged: 1 flow, 40.2 kB\n"));
	free(text);
	summary_free(summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_what_went_private_and_what_did_not),
		cmocka_unit_test(no_line_is_wider_than_a_hundred_columns),
		cmocka_unit_test(names_cannot_send_escapes_to_the_terminal),
		cmocka_unit_test(what_a_list_leaves_out_is_counted),
		cmocka_unit_test(without_verdicts_destinations_are_named),
	};

	samples_fill(&samples);
	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
