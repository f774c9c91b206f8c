/* Conditions: what holds for one event, and what cannot be read. */
#include "rules_world.h"

static bool holds(const char *when, const struct trial *trial)
{
	struct rules_desk *desk;
	char text[4096];

	snprintf(text, sizeof(text),
		 "{\"version\":1,\"system\":\"s\",\"rules\":[{\"id\":\"T-1\",\"title\":\"t\","
		 "\"verdict\":\"unexpected_egress\",\"severity\":\"low\",\"on\":[\"flow\"],"
		 "\"message\":\"m\",\"when\":%s}]}",
		 when);
	struct rules *rules = rules_of(text);

	assert_int_equal(rules_desk_new(&desk, rules), 0);
	rules_turn_to(desk, EVENT_FLOW, &trial->event, &trial->facts);
	bool found = rules_verdict(desk) != NULL;
	rules_desk_free(desk);
	rules_free(rules);
	return found;
}

struct row {
	const char *why, *when;
	bool holds;
};

static void check(const struct row *rows, size_t count)
{
	const struct trial *trial = set_trial();

	for (size_t i = 0; i < count; i++) {
		print_message("%s: %s\n", rows[i].why, rows[i].when);
		assert_int_equal(holds(rows[i].when, trial), rows[i].holds);
	}
}

static void texts_are_tested_in_any_case(void **state)
{
	static const struct row rows[] = {
		{ "a value is equality", "{\"tls.sni\": \"chat.openai.AZURE.com\"}", true },
		{ "... of the whole", "{\"tls.sni\": \"chat.openai.azure.co\"}", false },
		{ "a list is any of them", "{\"app_proto\": [\"http\", \"TLS\"]}", true },
		{ "none of them", "{\"app_proto\": [\"http\", \"dns\"]}", false },
		{ "five and more are looked up in a table",
		  "{\"app_proto\": [\"a\", \"b\", \"c\", \"d\", \"TlS\"]}", true },
		{ "... and may not be there",
		  "{\"app_proto\": [\"a\", \"b\", \"c\", \"d\", \"tlss\"]}", false },
		{ "in", "{\"app_proto\": {\"in\": [\"tls\"]}}", true },
		{ "is", "{\"app_proto\": {\"is\": \"tls\"}}", true },
		{ "begins", "{\"name.value\": {\"prefix\": \"CHAT.\"}}", true },
		{ "begins otherwise", "{\"name.value\": {\"prefix\": \"hat.\"}}", false },
		{ "one of some beginnings", "{\"name.value\": {\"prefix\": [\"x\", \"ch\"]}}",
		  true },
		{ "ends", "{\"tls.sni\": {\"suffix\": \"zure.com\"}}", true },
		{ "ends otherwise", "{\"tls.sni\": {\"suffix\": \"azure.com.\"}}", false },
		{ "an end longer than the text", "{\"app_proto\": {\"suffix\": \"very-long-tls\"}}",
		  false },
		{ "holds a part", "{\"tls.sni\": {\"contains\": \"openai\"}}", true },
		{ "a part at its very end", "{\"tls.sni\": {\"contains\": \".com\"}}", true },
		{ "a part that is not there", "{\"tls.sni\": {\"contains\": \"open-ai\"}}", false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void under_goes_by_whole_labels(void **state)
{
	static const struct row rows[] = {
		{ "below", "{\"tls.sni\": {\"under\": \"openai.azure.com\"}}", true },
		{ "the name itself", "{\"tls.sni\": {\"under\": \"chat.openai.azure.com\"}}",
		  true },
		{ "half a label", "{\"tls.sni\": {\"under\": \"nai.azure.com\"}}", false },
		{ "above it", "{\"tls.sni\": {\"under\": \"x.chat.openai.azure.com\"}}", false },
		{ "one of few", "{\"tls.sni\": {\"under\": [\"a\", \"AZURE.com\"]}}", true },
		{ "one of many, by table",
		  "{\"tls.sni\": {\"under\": [\"a\", \"b\", \"c\", \"d\", \"com\"]}}", true },
		{ "half a label, by table",
		  "{\"tls.sni\": {\"under\": [\"a\", \"b\", \"c\", \"d\", \"zure.com\"]}}", false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

/* A label may hold a dot; in presentation form it is escaped, and ends nothing. */
static void a_dot_inside_a_label_is_no_border(void **state)
{
	static const struct {
		const char *why, *name;
		bool holds;
	} rows[] = {
		{ "a plain dot", "evil.azure.com", true },
		{ "an escaped one", "evil\\.azure.com", false },
		{ "an escaped backslash, then a dot", "evil\\\\.azure.com", true },
	};
	struct trial *trial = set_trial();

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		trial->name.value = rows[i].name;
		assert_int_equal(holds("{\"name.value\": {\"under\": \"azure.com\"}}", trial),
				 rows[i].holds);
		assert_int_equal(
			holds("{\"name.value\": {\"under\": [\"1\",\"2\",\"3\",\"4\",\"azure.com\"]}}",
			      trial),
			rows[i].holds);
	}
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{ "equal", "{\"dest_port\": 443}", true },
		{ "another", "{\"dest_port\": 444}", false },
		{ "one of some", "{\"dest_port\": [22, 443]}", true },
		{ "one of many, by table", "{\"dest_port\": [1, 2, 3, 4, 443]}", true },
		{ "none of many", "{\"dest_port\": [1, 2, 3, 4, 5]}", false },
		{ "at least, just", "{\"dest_port\": {\"at_least\": 443}}", true },
		{ "at least, not quite", "{\"dest_port\": {\"at_least\": 444}}", false },
		{ "at most, just", "{\"dest_port\": {\"at_most\": 443}}", true },
		{ "at most, not quite", "{\"dest_port\": {\"at_most\": 442}}", false },
		{ "above itself", "{\"dest_port\": {\"above\": 443}}", false },
		{ "above", "{\"dest_port\": {\"above\": 442}}", true },
		{ "below itself", "{\"dest_port\": {\"below\": 443}}", false },
		{ "below", "{\"dest_port\": {\"below\": 444}}", true },
		{ "two tests must both hold", "{\"dest_port\": {\"at_least\": 1, \"below\": 100}}",
		  false },
		{ "times another, just",
		  "{\"flow.bytes_toserver\": {\"at_least_times\": "
		  "{\"field\": \"flow.bytes_toclient\", \"times\": 5}}}",
		  true },
		{ "times another, not quite",
		  "{\"flow.bytes_toserver\": {\"at_least_times\": "
		  "{\"field\": \"flow.bytes_toclient\", \"times\": 5.001}}}",
		  false },
		{ "less than once",
		  "{\"flow.bytes_toclient\": {\"at_least_times\": "
		  "{\"field\": \"flow.bytes_toserver\", \"times\": 0.2}}}",
		  true },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void times_do_not_overflow(void **state)
{
	struct trial *trial = set_trial();

	(void)state;
	trial->flow.count[TO_SERVER].bytes = UINT64_MAX;
	trial->flow.count[TO_CLIENT].bytes = UINT64_MAX / 4;
	assert_true(holds("{\"flow.bytes_toserver\": {\"at_least_times\": "
			  "{\"field\": \"flow.bytes_toclient\", \"times\": 1.5}}}",
			  trial));
	assert_false(holds("{\"flow.bytes_toclient\": {\"at_least_times\": "
			   "{\"field\": \"flow.bytes_toserver\", \"times\": 9007199254740}}}",
			   trial));
}

static void addresses_lie_in_prefixes(void **state)
{
	static const struct row rows[] = {
		{ "equal", "{\"dest_ip\": \"203.0.113.9\"}", true },
		{ "another", "{\"dest_ip\": \"203.0.113.8\"}", false },
		{ "in a prefix", "{\"dest_ip\": {\"cidr\": \"203.0.113.0/24\"}}", true },
		{ "outside", "{\"dest_ip\": {\"cidr\": \"203.0.114.0/24\"}}", false },
		{ "all of IPv4", "{\"dest_ip\": {\"cidr\": \"0.0.0.0/0\"}}", true },
		{ "one of some", "{\"src_ip\": {\"cidr\": [\"fd00::/8\", \"10.0.0.0/8\"]}}", true },
		{ "one of many, by table",
		  "{\"src_ip\": [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\", \"10.0.0.4\", "
		  "\"10.40.0.0/16\"]}",
		  true },
		{ "none of many",
		  "{\"src_ip\": [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\", \"10.0.0.4\", "
		  "\"10.41.0.0/16\"]}",
		  false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void fields_that_are_not_there(void **state)
{
	static const struct row rows[] = {
		{ "there", "{\"tls.sni\": {\"exists\": true}}", true },
		{ "there, though it should not be", "{\"tls.sni\": {\"exists\": false}}", false },
		{ "not there", "{\"http.hostname\": {\"exists\": true}}", false },
		{ "not there, as it should", "{\"http.hostname\": {\"exists\": false}}", true },
		{ "a fact that is not there", "{\"fact.dest_zone\": {\"exists\": false}}", true },
		{ "no test holds on it", "{\"http.status\": {\"at_most\": 1000}}", false },
		{ "so not(...) does", "{\"not\": {\"http.status\": {\"at_most\": 1000}}}", true },
		{ "nor is it the same as another",
		  "{\"http.hostname\": {\"same_as\": \"http.url\"}}", false },
		{ "a list without elements", "{\"dns.answers.rdata\": {\"exists\": true}}", false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void lists_hold_by_one_element(void **state)
{
	static const struct row rows[] = {
		{ "of texts, the last", "{\"tls.client_alpns\": \"HTTP/1.1\"}", true },
		{ "of texts, none", "{\"tls.client_alpns\": \"h3\"}", false },
		{ "of numbers", "{\"vlan\": 200}", true },
		{ "of numbers, none", "{\"vlan\": {\"above\": 200}}", false },
		{ "of objects", "{\"dns.queries.rrname\": {\"under\": \"EXAMPLE\"}}", true },
		{ "of objects, the second", "{\"dns.queries.rrname\": \"TWO.example\"}", true },
		{ "against another field", "{\"dns.queries.rrname\": {\"same_as\": \"tls.sni\"}}",
		  false },
		{ "not(): no element", "{\"not\": {\"vlan\": 200}}", false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void facts_and_other_fields(void **state)
{
	static const struct row rows[] = {
		{ "a flag", "{\"fact.known\": true}", true },
		{ "a flag that is false", "{\"fact.known\": false}", false },
		{ "of the flow", "{\"fact.answered\": true}", true },
		{ "a word", "{\"fact.src_zone\": [\"DEV\", \"prod\"]}", true },
		{ "of the catalog", "{\"fact.service\": \"azure-openai\"}", true },
		{ "the same as another, in any case",
		  "{\"tls.sni\": {\"same_as\": \"name.value\"}}", true },
		{ "not the same", "{\"tls.sni\": {\"same_as\": \"app_proto\"}}", false },
		{ "numbers", "{\"src_port\": {\"same_as\": \"dest_port\"}}", false },
		{ "addresses", "{\"src_ip\": {\"same_as\": \"src_ip\"}}", true },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

static void groups(void **state)
{
	static const struct row rows[] = {
		{ "nothing asked holds for all", "{}", true },
		{ "members must all hold", "{\"dest_port\": 443, \"fact.known\": false}", false },
		{ "any", "{\"any\": [{\"dest_port\": 1}, {\"fact.known\": true}]}", true },
		{ "any, none", "{\"any\": [{\"dest_port\": 1}, {\"fact.known\": false}]}", false },
		{ "all", "{\"all\": [{\"dest_port\": 443}, {\"fact.known\": true}]}", true },
		{ "all but one", "{\"all\": [{\"dest_port\": 1}, {\"fact.known\": true}]}", false },
		{ "not all of it", "{\"not\": {\"dest_port\": 443, \"fact.known\": false}}", true },
		{ "not what is so", "{\"not\": {\"dest_port\": 443}}", false },
		{ "not not", "{\"not\": {\"not\": {\"dest_port\": 443}}}", true },
		{ "any beside a test", "{\"dest_port\": 1, \"any\": [{\"fact.known\": true}]}",
		  false },
	};

	(void)state;
	check(rows, ROW_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_tested_in_any_case),
		cmocka_unit_test(under_goes_by_whole_labels),
		cmocka_unit_test(a_dot_inside_a_label_is_no_border),
		cmocka_unit_test(numbers),
		cmocka_unit_test(times_do_not_overflow),
		cmocka_unit_test(addresses_lie_in_prefixes),
		cmocka_unit_test(fields_that_are_not_there),
		cmocka_unit_test(lists_hold_by_one_element),
		cmocka_unit_test(facts_and_other_fields),
		cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests_name("rules_condition", tests, NULL, NULL);
}
