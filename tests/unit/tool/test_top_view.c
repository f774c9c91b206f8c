#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/daemon_flow.h"
#include "tool/top_view.h"

static struct json *parsed(const char *text)
{
	struct fault fault = { "" };
	struct json *json;

	if (json_parse(&json, text, strlen(text), "answer", &fault) != 0)
		fail_msg("%s", fault.text);
	return json;
}

static const char status[] =
	"{\"version\": \"0.1.0\", \"taken_ns\": 20000000000, \"started_ns\": 10000000000, \"lossy\": true,"
	" \"interfaces\": [{\"name\": \"eth0\", \"up\": true, \"received\": 10000, \"bypassed\": 7500,"
	" \"dropped\": 20, \"received_bytes\": 1250000}, {\"name\": \"eth1\", \"up\": false}],"
	" \"workers\": [{\"flows_live\": 3, \"busy_ns\": 5000000000}, {\"flows_live\": 4},"
	" {}, {}, {\"busy_ns\": 90000000000}],"
	" \"events\": {\"alert\": 9}, \"findings\": {\"low\": 4, \"high\": 2},"
	" \"knowledge\": {\"generation\": 3}, \"counters\": {}}";

static void the_head_says_who_how_much_and_how_bad(void **state)
{
	struct json *json = parsed(status);
	struct top_line lines[TOP_HEAD_MAX];
	struct top_figures before;

	(void)state;
	top_view_beginning(&before, json_root(json));
	assert_int_equal(top_view_head(json_root(json), &before, 80, lines), 6);
	assert_string_equal(lines[0].text,
			    "pewit 0.1.0, up 10 s, map and rules 3, on eth0 eth1 (gone)");
	assert_string_equal(lines[1].text,
			    "1.0 k packets/s   1.0 Mbit/s   75 % bypassed   7 live flows");
	assert_string_equal(lines[2].text, "dropped 2/s, 20 in all");
	assert_int_equal(lines[2].severity, SEVERITY_HIGH);
	assert_string_equal(lines[3].text,
			    "findings  critical 0  high 2  medium 0  low 4  info 0   alerts 9");
	assert_int_equal(lines[3].severity, SEVERITY_HIGH);
	assert_string_equal(lines[4].text, "load 0 [||||   ] 50 %   1 [       ]  0 %   2 "
					   "[       ]  0 %   3 [       ]  0 %");
	assert_string_equal(lines[5].text, "     4 [|||||||]100 %");
	json_free(json);
}

static void rates_are_those_since_the_picture_before(void **state)
{
	struct json *json = parsed(status);
	struct top_line lines[TOP_HEAD_MAX];
	struct top_figures before;

	(void)state;
	top_view_figures(&before, json_root(json));
	before.taken_ns -= 2e9;
	before.received -= 1000;
	before.bypassed -= 250;
	before.dropped -= 0;
	before.bytes -= 25;
	top_view_head(json_root(json), &before, 80, lines);
	assert_string_equal(lines[1].text,
			    "500 packets/s   100 bit/s   25 % bypassed   7 live flows");
	assert_string_equal(lines[2].text, "dropped 0/s, 20 in all");
	json_free(json);
}

static void a_daemon_that_was_started_anew_has_no_rates_below_nothing(void **state)
{
	struct json *json = parsed(status);
	const struct top_figures before = { .taken_ns = 19e9,
					    .received = 1e9,
					    .busy_ns = { 9e18 } };
	struct top_line lines[TOP_HEAD_MAX];

	(void)state;
	top_view_head(json_root(json), &before, 80, lines);
	assert_true(strncmp(lines[1].text, "0 packets/s", 11) == 0);
	assert_true(strncmp(lines[4].text, "load 0 [       ]  0 %", 21) == 0);
	json_free(json);
}

/* An older or a broken daemon: whatever is missing, there are lines and they keep to the width. */
static void answers_that_lack_everything_are_shown(void **state)
{
	static const char *const answers[] = {
		"{}",
		"[]",
		"7",
		"{\"workers\": 3, \"interfaces\": {}, \"findings\": [], \"knowledge\": 1}",
		"{\"taken_ns\": -5, \"started_ns\": 1e300, \"workers\": [1, [], null]}",
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(answers); i++) {
		struct json *json = parsed(answers[i]);
		struct top_line lines[TOP_HEAD_MAX], flow;
		struct top_figures before;

		top_view_beginning(&before, json_root(json));
		for (int width = 1; width <= TOP_WIDTH_MAX; width++) {
			size_t count = top_view_head(json_root(json), &before, width, lines);

			assert_in_range(count, 4, TOP_HEAD_MAX);
			for (size_t j = 0; j < count; j++)
				assert_in_range(strlen(lines[j].text), 0, width);
			top_view_flow(json_root(json), 0, width, &flow);
			assert_in_range(strlen(flow.text), 1, width);
		}
		json_free(json);
	}
}

static const char flow[] =
	"{\"src_ip\": \"10.10.1.10\", \"dest_ip\": \"203.0.113.12\", \"dest_port\": 443, \"app_proto\": \"tls\","
	" \"name\": \"a.openai.azure.com\", \"bytes_toserver\": 1200, \"bytes_toclient\": 300,"
	" \"last_ns\": 5000000000, \"verdict\": \"private_endpoint_bypass\", \"severity\": \"high\","
	" \"bypassed\": true}";

static void a_flow_fits_into_80_columns_and_has_its_name_in_wider_ones(void **state)
{
	struct json *json = parsed(flow);
	struct top_line line;
	char columns[TOP_WIDTH_MAX + 1];

	(void)state;
	top_view_columns(80, columns);
	assert_int_equal(strlen(columns), 80);
	top_view_flow(json_root(json), 8e9, 80, &line);
	assert_int_equal(line.severity, SEVERITY_HIGH);
	assert_true(strncmp(line.text,
			    "10.10.1.10 > 203.0.113.12:443    tls      1.5 k   3s B h "
			    "private_endpoint_bypass",
			    80) == 0);
	top_view_flow(json_root(json), 8e9, 130, &line);
	assert_non_null(
		strstr(line.text, " B high     private_endpoint_bypass    a.openai.azure.com"));
	json_free(json);
}

static void ends_that_are_too_long_are_cut_and_marked(void **state)
{
	struct json *json = parsed("{\"src_ip\": \"2001:db8:1111:2222:3333:4444:5555:6666\", "
				   "\"dest_ip\": \"2001:db8::1\", \"dest_port\": 443}");
	struct top_line line;

	(void)state;
	top_view_flow(json_root(json), 0, 80, &line);
	assert_true(strncmp(line.text, "2001:db8:1111:2222:3333:4444:55~ ", 33) == 0);
	json_free(json);
}

static void what_a_terminal_would_obey_is_shown_as_question_marks(void **state)
{
	struct json *json = parsed("{\"src_ip\": \"\\u001b[2J\", \"app_proto\": \"\\u009b\", "
				   "\"verdict\": \"a\\nb\", \"name\": \"\\u001b]0;x\\u0007\"}");
	struct top_line line;
	char text[DAEMON_FLOW_LINE];

	(void)state;
	top_view_flow(json_root(json), 0, 200, &line);
	daemon_flow_line(json_root(json), 0, text);
	for (const char *at = line.text; *at != '\0'; at++)
		assert_in_range(*at, ' ', '~');
	for (const char *at = text; *at != '\0'; at++)
		assert_in_range(*at, ' ', '~');
	assert_non_null(strstr(line.text, "?]0;x?"));
	json_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_says_who_how_much_and_how_bad),
		cmocka_unit_test(rates_are_those_since_the_picture_before),
		cmocka_unit_test(a_daemon_that_was_started_anew_has_no_rates_below_nothing),
		cmocka_unit_test(answers_that_lack_everything_are_shown),
		cmocka_unit_test(a_flow_fits_into_80_columns_and_has_its_name_in_wider_ones),
		cmocka_unit_test(ends_that_are_too_long_are_cut_and_marked),
		cmocka_unit_test(what_a_terminal_would_obey_is_shown_as_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
