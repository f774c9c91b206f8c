/* What is wrong with a rule file, where, and what was probably meant. */
#include <errno.h>

#include "rules_world.h"

/* A file of one rule with a member in place of the good one, on line 2. */
#define RULE(members)                                                                              \
	"{\"version\":1,\"system\":\"s\",\"rules\":[\n"                                            \
	"{" members "}]}"
#define ID "\"id\":\"T-1\","
#define HEAD "\"title\":\"t\",\"verdict\":\"unexpected_egress\",\"severity\":\"low\","
#define ON "\"on\":[\"flow\"],"
#define WHEN(condition) RULE(ID HEAD ON "\"message\":\"m\",\"when\":" condition)
#define WITH(members) RULE(ID HEAD ON "\"message\":\"m\",\"when\":{}," members)
#define ALERT(members) WITH("\"effect\":\"alert\"," members)
#define SUPPRESS(members) "{\"version\":1,\"suppressions\":[\n{" members "}]}"

static const struct {
	const char *why, *text, *place, *says;
} wrong[] = {
	{ "no JSON", "{\n oops", "2:3", "this is not JSON from here on" },
	{ "no version", "{\"rules\":[]}", "1:1", "\"version\" is missing" },
	{ "another version", "{\"version\":2}", "1:12", "rule files have version 1" },
	{ "a member of the file, misspelt", "{\"version\":1,\"rulse\":[]}", "1:22",
	  "there is no member \"rulse\" here; did you mean \"rules\"?" },
	{ "rules without a system", "{\"version\":1,\"rules\":[]}", "1:1",
	  "\"system\" is missing" },
	{ "a member of a rule, misspelt", RULE(ID HEAD ON "\"wehn\":{},\"message\":\"m\""), NULL,
	  "did you mean \"when\"?" },
	{ "no id", RULE(HEAD ON "\"message\":\"m\",\"when\":{}"), "2:1", "\"id\" is missing" },
	{ "a member twice", RULE(ID ID HEAD ON "\"message\":\"m\",\"when\":{}"), "2:18",
	  "\"id\" is given twice" },
	{ "a verdict, misspelt",
	  RULE(ID ON "\"title\":\"t\",\"verdict\":\"unexpected_egres\",\"severity\":\"low\","
		     "\"message\":\"m\",\"when\":{}"),
	  NULL, "there is no verdict \"unexpected_egres\"; did you mean unexpected_egress?" },
	{ "a severity, misspelt",
	  RULE(ID ON "\"title\":\"t\",\"verdict\":\"unexpected_egress\",\"severity\":\"hihg\","
		     "\"message\":\"m\",\"when\":{}"),
	  NULL, "there is no severity \"hihg\"; did you mean high?" },
	{ "a finding that is not grave at all",
	  RULE(ID ON "\"title\":\"t\",\"verdict\":\"unexpected_egress\",\"severity\":\"none\","
		     "\"message\":\"m\",\"when\":{}"),
	  NULL, "severity \"none\" goes with verdict \"expected\"" },
	{ "an event type, misspelt",
	  RULE(ID HEAD "\"on\":[\"flwo\"],\"message\":\"m\",\"when\":{}"), NULL,
	  "rules are not tried on \"flwo\"; did you mean flow?" },
	{ "an event type that is none for rules",
	  RULE(ID HEAD "\"on\":[\"stats\"],\"message\":\"m\",\"when\":{}"), NULL,
	  "rules are not tried on \"stats\"; there are flow, dns," },
	{ "no event type", RULE(ID HEAD "\"on\":[],\"message\":\"m\",\"when\":{}"), NULL,
	  "\"on\" is empty" },
	{ "a verdict for what gets none",
	  RULE(ID HEAD "\"on\":[\"tls\"],\"message\":\"m\",\"when\":{}"), NULL,
	  "only flow and dns get a verdict; add \"effect\": \"alert\"" },
	{ "an effect that is none", WITH("\"effect\":\"block\""), NULL,
	  "\"effect\" is \"verdict\" or \"alert\"" },
	{ "an order out of bounds", WITH("\"order\":-1"), NULL, NULL },
	{ "a vantage that is none", WITH("\"vantage\":[\"tap\"]"), NULL,
	  "there is no vantage \"tap\"" },
	{ "an evidence writer, misspelt", WITH("\"evidence\":[\"bypas\"]"), NULL,
	  "there is no evidence writer \"bypas\"; did you mean bypass?" },
	{ "a framework that is none", WITH("\"controls\":{\"soc2\":[]}"), NULL,
	  "did you mean \"soc_2\"?" },

	{ "a field, misspelt", WHEN("{\"dest_prot\":1}"), "2:120",
	  "there is no field \"dest_prot\"; did you mean dest_port?" },
	{ "a fact, misspelt", WHEN("{\"fact.src_plac\":\"x\"}"), NULL,
	  "did you mean fact.src_place?" },
	{ "a field like no other", WHEN("{\"qqqqqqqqqq\":\"x\"}"), NULL,
	  "there is no field \"qqqqqqqqqq\"; pewit rules fields lists them" },
	{ "a test, misspelt", WHEN("{\"tls.sni\":{\"sufix\":\"x\"}}"), NULL,
	  "there is no test \"sufix\"; did you mean suffix?" },
	{ "a text's test on a number", WHEN("{\"dest_port\":{\"suffix\":\"43\"}}"), NULL,
	  "\"suffix\" does not fit this field, which is a number" },
	{ "a number's test on a text", WHEN("{\"tls.sni\":{\"at_least\":4}}"), NULL,
	  "\"at_least\" does not fit this field, which is a text" },
	{ "a number where a text belongs", WHEN("{\"tls.sni\":4}"), NULL,
	  "a text is expected here" },
	{ "a text where a number belongs", WHEN("{\"dest_port\":\"443\"}"), NULL,
	  "a number is expected here, not a text" },
	{ "a text where true or false belongs", WHEN("{\"fact.known\":\"yes\"}"), NULL,
	  "true or false is expected here, not a text" },
	{ "half a number", WHEN("{\"dest_port\":{\"below\":5.5}}"), NULL,
	  "a whole number is expected here" },
	{ "a number that is too great", WHEN("{\"dest_port\":1e300}"), NULL,
	  "numbers are less than 2^53 here" },
	{ "too fine a factor",
	  WHEN("{\"src_port\":{\"at_least_times\":{\"field\":\"dest_port\",\"times\":1.0001}}}"),
	  NULL, "at most three digits after the point" },
	{ "a factor of a text",
	  WHEN("{\"src_port\":{\"at_least_times\":{\"field\":\"tls.sni\",\"times\":2}}}"), NULL,
	  "tls.sni is a text; \"times\" goes with a number" },
	{ "a member of a factor, misspelt",
	  WHEN("{\"src_port\":{\"at_least_times\":{\"field\":\"dest_port\",\"times\":2,\"x\":1}}}"),
	  NULL, "there is no member \"x\" here" },
	{ "the same as something else", WHEN("{\"src_port\":{\"same_as\":\"tls.sni\"}}"), NULL,
	  "tls.sni is a text and this field is a number: never the same" },
	{ "the same as a list", WHEN("{\"tls.sni\":{\"same_as\":\"tls.client_alpns\"}}"), NULL,
	  "tls.client_alpns is a list" },
	{ "no prefix", WHEN("{\"dest_ip\":\"contoso\"}"), NULL, "\"contoso\" is no prefix" },
	{ "a host's bits in a prefix", WHEN("{\"dest_ip\":\"10.0.0.1/8\"}"), NULL,
	  "has bits set beyond its length" },
	{ "a star before a name", WHEN("{\"tls.sni\":{\"under\":\"*.x.example\"}}"), NULL,
	  "\"under\" takes the plain name: x.example" },
	{ "an empty list", WHEN("{\"dest_port\":[]}"), NULL, "this list is empty" },
	{ "an empty object of tests", WHEN("{\"dest_port\":{}}"), NULL,
	  "no test is given for dest_port" },
	{ "any of nothing", WHEN("{\"any\":[]}"), NULL,
	  "\"any\" takes a list of one condition or more" },
	{ "any of no list", WHEN("{\"any\":{}}"), NULL,
	  "\"any\" takes a list of one condition or more" },
	{ "not a list", WHEN("{\"not\":[]}"), NULL, "a condition is an object" },
	{ "the same field twice", WHEN("{\"dest_port\":1,\"dest_port\":2}"), NULL,
	  "\"dest_port\" is given twice" },
	{ "too deep",
	  WHEN("{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":"
	       "{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{\"not\":{}}}}}}}}}}"
	       "}}}}}}}}"),
	  NULL, "more than 16 conditions in each other" },

	{ "a brace that does not end", RULE(ID HEAD ON "\"message\":\"{src_ip\",\"when\":{}"), NULL,
	  "a { in the message has no }" },
	{ "a field of the message, misspelt",
	  RULE(ID HEAD ON "\"message\":\"{scr_ip}\",\"when\":{}"), NULL, "did you mean src_ip?" },

	{ "a window that gives a verdict",
	  WITH("\"window\":{\"seconds\":1,\"by\":[\"src_ip\"],\"count\":{\"at_least\":1}}"), NULL,
	  "a rule with a window has \"effect\": \"alert\"" },
	{ "a window of nothing", ALERT("\"window\":{\"seconds\":1,\"by\":[\"src_ip\"]}"), NULL,
	  "give one of count, distinct, sum and absent" },
	{ "a window of no time",
	  ALERT("\"window\":{\"seconds\":0,\"by\":[\"src_ip\"],\"count\":{\"at_least\":1}}"), NULL,
	  NULL },
	{ "no threshold", ALERT("\"window\":{\"seconds\":1,\"by\":[\"src_ip\"],\"count\":{}}"),
	  NULL, "give \"at_least\" (1 or more)" },
	{ "a sum of texts",
	  ALERT("\"window\":{\"seconds\":1,\"by\":[\"src_ip\"],\"sum\":{\"field\":\"tls.sni\","
		"\"at_least\":1}}"),
	  NULL, "only a number can be summed up" },
	{ "more fields than a key has",
	  ALERT("\"window\":{\"seconds\":1,\"by\":[\"src_ip\",\"dest_ip\",\"src_port\","
		"\"dest_port\",\"proto\"],\"count\":{\"at_least\":1}}"),
	  NULL, "more than 4 fields in \"by\"" },

	{ "a day that is none",
	  SUPPRESS("\"rule\":\"T-1\",\"until\":\"2027-02-30\",\"reason\":\"r\""), "2:23",
	  "\"until\" is a day: 2027-03-31" },
	{ "a day with a time",
	  SUPPRESS("\"rule\":\"T-1\",\"until\":\"2027-02-03T00:00\",\"reason\":\"r\""), NULL,
	  "\"until\" is a day" },
	{ "no end", SUPPRESS("\"rule\":\"T-1\",\"reason\":\"r\""), "2:1", "\"until\" is missing" },
	{ "no reason", SUPPRESS("\"rule\":\"T-1\",\"until\":\"2027-02-03\""), "2:1",
	  "\"reason\" is missing" },
};

static void a_mistake_is_named_with_its_place(void **state)
{
	char place[64];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(wrong); i++) {
		struct fault fault = { "" };
		struct rules *rules;
		int error =
			rules_parse(&rules, wrong[i].text, strlen(wrong[i].text), "r.json", &fault);

		print_message("%s: %s\n", wrong[i].why, fault.text);
		assert_int_equal(error, -EINVAL);
		assert_null(rules);
		assert_memory_equal(fault.text, "r.json:", 7);
		if (wrong[i].place) {
			snprintf(place, sizeof(place), "r.json:%s: ", wrong[i].place);
			assert_memory_equal(fault.text, place, strlen(place));
		}
		if (wrong[i].says)
			assert_non_null(strstr(fault.text, wrong[i].says));
	}
}

static void folders_add_up_and_ids_are_unique_across_them(void **state)
{
	static const struct {
		const char *why, *paths[2], *says;
		int error;
	} rows[] = {
		{ "pack/ is read, schemas are not", { "tests/unit/judge/rule_files" }, NULL, 0 },
		{ "a file by itself", { "tests/unit/judge/rule_files/own/a.json" }, NULL, 0 },
		{ "the same id in two",
		  { "tests/unit/judge/rule_files", "tests/unit/judge/rule_files/own" },
		  "own/a.json:5:10: rule \"T-1\" is also in tests/unit/judge/rule_files/pack/a.json:5",
		  -EINVAL },
		{ "a folder without rules",
		  { "include/pewit" },
		  "include/pewit: no rules (*.json, pack/*.json) here",
		  -ENOENT },
		{ "no such file", { "no-such-file" }, "no-such-file", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { "" };
		struct rules *rules;

		print_message("%s\n", rows[i].why);
		assert_int_equal(
			rules_load(&rules, rows[i].paths, rows[i].paths[1] ? 2 : 1, &fault),
			rows[i].error);
		if (rows[i].says)
			assert_non_null(strstr(fault.text, rows[i].says));
		if (rows[i].error)
			continue;
		assert_int_equal(rules_count(rules), 1);
		assert_int_equal(rules_at(rules, 0).line, 5);
		rules_free(rules);
	}
}

static void all_that_can_be_asked_is_listed(void **state)
{
	struct rule_field_view view;
	bool has_port = false, has_fact = false;
	char text[1024];
	size_t count = 0;

	(void)state;
	for (; rules_field(count, &view); count++) {
		has_port |= strcmp(view.name, "dest_port") == 0;
		has_fact |= strcmp(view.name, "fact.dest_place") == 0;
		assert_true(view.type[0] != '\0' && view.doc[0] != '\0');
		snprintf(text, sizeof(text), WHEN("{\"%s\":{\"exists\":true}}"), view.name);
		rules_free(rules_of(text));
	}
	assert_true(has_port && has_fact);
	assert_true(count < RULES_FIELDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_is_named_with_its_place),
		cmocka_unit_test(folders_add_up_and_ids_are_unique_across_them),
		cmocka_unit_test(all_that_can_be_asked_is_listed),
	};

	return cmocka_run_group_tests_name("rules_read", tests, NULL, NULL);
}
