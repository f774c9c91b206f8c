/* Rules together: which one decides, what stands beside it, what is held back, and what is said. */
#include "rules_world.h"

#define FILE_OF(rules) "{\"version\":1,\"system\":\"s\",\"rules\":[" rules "]}"
#define RULE(id, severity, more)                                                                   \
	"{\"id\":\"" id                                                                            \
	"\",\"title\":\"t\",\"verdict\":\"unexpected_egress\",\"severity\":\"" severity            \
	"\",\"on\":[\"flow\"],\"message\":\"m\"," more "}"
#define ALERT(id, more) RULE(id, "low", "\"effect\":\"alert\"," more)

static struct rules_desk *turn(struct rules *rules, const struct trial *trial)
{
	struct rules_desk *desk;

	assert_int_equal(rules_desk_new(&desk, rules), 0);
	rules_turn_to(desk, (enum event_type)trial->event.type, &trial->event, &trial->facts);
	return desk;
}

static const char *decides(const char *text, const struct trial *trial)
{
	static char id[32];
	struct rules *rules = rules_of(text);
	struct rules_desk *desk = turn(rules, trial);
	const struct rule *rule = rules_verdict(desk);

	snprintf(id, sizeof(id), "%s", rule ? rule->info.id : "");
	rules_desk_free(desk);
	rules_free(rules);
	return id;
}

static void one_rule_decides(void **state)
{
	static const struct {
		const char *why, *text, *id;
	} rows[] = {
		{ "the lower order",
		  FILE_OF(RULE("A", "high", "\"order\":9,\"when\":{}") "," RULE(
			  "B", "low", "\"order\":8,\"when\":{}")),
		  "B" },
		{ "of equal order, the graver",
		  FILE_OF(RULE("A", "low", "\"when\":{}") "," RULE("B", "high", "\"when\":{}")),
		  "B" },
		{ "of equal severity too, the first in the file",
		  FILE_OF(RULE("B", "low", "\"when\":{}") "," RULE("A", "low", "\"when\":{}")),
		  "B" },
		{ "500 is the order of those that say none",
		  FILE_OF(RULE("A", "high", "\"order\":501,\"when\":{}") "," RULE(
			  "B", "low",
			  "\"when\":{}") "," RULE("C", "info",
						  "\"order\":499,\"when\":{\"dest_port\":1}")),
		  "B" },
		{ "an alert decides nothing", FILE_OF(ALERT("A", "\"when\":{}")), "" },
		{ "what is tried on other events does not either",
		  FILE_OF("{\"id\":\"A\",\"title\":\"t\",\"verdict\":\"unexpected_egress\","
			  "\"severity\":\"low\",\"on\":[\"dns\"],\"message\":\"m\",\"when\":{}}"),
		  "" },
	};
	const struct trial *trial = set_trial();

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_string_equal(decides(rows[i].text, trial), rows[i].id);
	}
}

static void all_alerts_that_hold_are_raised(void **state)
{
	struct rules *rules = rules_of(FILE_OF(
		ALERT("A", "\"when\":{}") "," ALERT("B", "\"when\":{\"dest_port\":1}") "," RULE(
			"C", "low", "\"when\":{}") "," ALERT("D", "\"when\":{\"dest_port\":443}")));
	struct rules_desk *desk = turn(rules, set_trial());
	uint32_t number = 0;
	bool is_alive;

	(void)state;
	assert_int_equal(rules_alerts_on(rules), 1u << EVENT_FLOW);
	assert_string_equal(rules_alert(desk, &number, &is_alive)->info.id, "A");
	assert_string_equal(rules_alert(desk, &number, &is_alive)->info.id, "D");
	assert_null(rules_alert(desk, &number, &is_alive));
	rules_desk_free(desk);
	rules_free(rules);
}

/* Answers of one turn must not live on into the next. */
static void every_turn_asks_anew(void **state)
{
	struct rules *rules = rules_of(FILE_OF(
		RULE("A", "low",
		     "\"when\":{\"name.value\":{\"under\":\"azure.com\"},\"dest_port\":443}")));
	struct trial *trial = set_trial();
	struct rules_desk *desk = turn(rules, trial);

	(void)state;
	assert_non_null(rules_verdict(desk));
	trial->name.value = "contoso.example";
	rules_turn_to(desk, EVENT_FLOW, &trial->event, &trial->facts);
	assert_null(rules_verdict(desk));
	rules_turn_to(desk, EVENT_FLOW, NULL, &trial->facts);
	assert_null(rules_verdict(desk));
	rules_desk_free(desk);
	rules_free(rules);
}

#define SUPPRESSED                                                                                 \
	"{\"version\":1,\"system\":\"s\",\"suppressions\":[{\"rule\":\"A\",\"when\":"              \
	"{\"src_ip\":{\"cidr\":\"10.40.0.0/16\"}},\"until\":\"2026-12-30\",\"reason\":\"trial\"}," \
	"{\"rule\":\"B\",\"until\":\"2026-12-01\",\"reason\":\"old\"}],"                           \
	"\"rules\":[" RULE("A", "low", "\"when\":{}") "," RULE("B", "low", "\"when\":{}") "]}"

static void a_suppression_holds_to_the_end_of_its_day(void **state)
{
	static const struct {
		const char *why, *src;
		uint64_t time_s;
		bool holds;
	} rows[] = {
		{ "in time, for this source", "10.40.1.7", 1798632000, true },
		{ "the last second of the day, UTC", "10.40.1.7", 1798675199, true },
		{ "the first of the next", "10.40.1.7", 1798675200, false },
		{ "another source", "10.41.1.7", 1798632000, false },
	};
	struct rules *rules = rules_of(SUPPRESSED);
	struct trial *trial = set_trial();
	struct rules_desk *desk = turn(rules, trial);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		trial->flow.src = addr(rows[i].src);
		rules_turn_to(desk, EVENT_FLOW, &trial->event, &trial->facts);
		const struct rule *rule = rules_verdict(desk);
		assert_string_equal(rule->info.id, "A");
		const struct suppression *found =
			rules_suppression(desk, rule, rows[i].time_s * NS_PER_S);
		assert_int_equal(found != NULL, rows[i].holds);
		if (found)
			assert_string_equal(found->reason, "trial");
	}
	rules_desk_free(desk);
	rules_free(rules);
}

static void suppressions_that_ran_out_are_named(void **state)
{
	struct rules *rules = rules_of(SUPPRESSED);
	struct fault fault = { "" };

	(void)state;
	assert_false(rules_expired(rules, 0, 1796169599, &fault)); /* December 1st, to its end */
	assert_true(rules_expired(rules, 0, 1796169600, &fault));
	assert_string_equal(fault.text,
			    "r.json:1: the suppression of B ended with 2026-12-01 (old); "
			    "take it out or renew it");
	assert_false(rules_expired(rules, 1, 1796169600, &fault));
	assert_true(rules_expired(rules, 1, 1798675200, &fault));
	assert_false(rules_expired(rules, 2, 1798675200, &fault));
	rules_free(rules);
}

static void a_message_has_the_values_as_they_were_seen(void **state)
{
	struct rules *rules = rules_of(
		"{\"version\":1,\"system\":\"s\",\"rules\":[{\"id\":\"A\",\"title\":\"t\",\"verdict\":"
		"\"unexpected_egress\",\"severity\":\"low\",\"on\":[\"flow\"],\"when\":{\"tls.sni\":"
		"{\"prefix\":\"chat\"}},\"message\":\"{src_ip}:{src_port} {tls.sni} {fact.known} "
		"{http.hostname} {dns.queries.rrname}}\"}]}");
	struct rules_desk *desk = turn(rules, set_trial());
	char said[256];
	struct text text = text_over(said, sizeof(said));

	(void)state;
	rules_write_message(desk, rules_verdict(desk), &text);
	assert_string_equal(said,
			    "10.40.1.7:50000 Chat.OpenAI.Azure.COM true (unknown) One.Example}");
	rules_desk_free(desk);
	rules_free(rules);
}

/* Windows ------------------------------------------------------------------------------------- */

#define WINDOW(id, kind)                                                                           \
	ALERT(id,                                                                                  \
	      "\"when\":{},\"window\":{\"seconds\":60,\"by\":[\"src_ip\",\"name.value\"]," kind    \
	      "}")

static bool sample(const char *text, const struct trial *trial, struct window_sample *sample)
{
	struct rules *rules = rules_of(text);
	struct rules_desk *desk = turn(rules, trial);
	uint32_t number = 0;
	bool is_alive;
	const struct rule *rule = rules_alert(desk, &number, &is_alive);
	bool adds = rule && rules_sample(desk, rule, is_alive, sample);

	rules_desk_free(desk);
	rules_free(rules);
	return adds;
}

static void an_event_adds_to_a_window_what_its_kind_counts(void **state)
{
	struct trial *trial = set_trial();
	struct window_sample made, other;

	(void)state;
	assert_true(sample(FILE_OF(WINDOW("A", "\"count\":{\"at_least\":3}")), trial, &made));
	assert_string_equal(made.key, "src_ip=10.40.1.7 name.value=chat.openai.azure.com");
	assert_int_equal(made.length, strlen(made.key));
	assert_int_equal(made.value, 1);
	assert_int_equal(made.at_least, 0);
	assert_false(made.is_alive);

	assert_true(sample(FILE_OF(WINDOW("A", "\"sum\":{\"field\":\"flow.bytes_toserver\","
					       "\"at_least\":3}")),
			   trial, &made));
	assert_int_equal(made.value, 5000);

	assert_true(
		sample(FILE_OF(WINDOW("A", "\"distinct\":{\"field\":\"tls.sni\",\"at_least\":3}")),
		       trial, &made));
	trial->tls.sni[0] = 'X';
	assert_true(
		sample(FILE_OF(WINDOW("A", "\"distinct\":{\"field\":\"tls.sni\",\"at_least\":3}")),
		       trial, &other));
	assert_int_not_equal(made.value, other.value);

	assert_true(sample(FILE_OF(WINDOW("A", "\"count\":{\"at_least_field\":\"dest_port\"}")),
			   trial, &made));
	assert_int_equal(made.at_least, 443);
}

/* Two clients behind one address are two keys; what is behind it is not in the condition's src_ip. */
static void a_window_by_source_counts_the_real_client_where_it_is_known(void **state)
{
	static const char file[] =
		FILE_OF(ALERT("A", "\"when\":{\"src_ip\":{\"cidr\":\"10.40.1.7/32\"}},\"window\":{"
				   "\"seconds\":60,\"by\":[\"name.value\",\"src_ip\"],"
				   "\"count\":{\"at_least\":3}}"));
	struct trial *trial = set_trial();
	struct window_sample made;

	(void)state;
	trial->flow.nat.src = addr("10.10.1.10");
	assert_true(sample(file, trial, &made));
	assert_string_equal(made.key, "name.value=chat.openai.azure.com nat.src_ip=10.10.1.10");
	trial->flow.nat.src = addr("10.10.1.11");
	assert_true(sample(file, trial, &made));
	assert_string_equal(made.key, "name.value=chat.openai.azure.com nat.src_ip=10.10.1.11");
	trial->flow.nat = (struct nat_sides){ .dst = addr("10.10.1.12"), .dst_port = 1 };
	assert_true(sample(file, trial, &made));
	assert_string_equal(made.key, "name.value=chat.openai.azure.com src_ip=10.40.1.7");
}

static void an_event_without_the_fields_of_a_window_adds_nothing(void **state)
{
	struct trial *trial = set_trial();
	struct window_sample made;

	(void)state;
	assert_false(sample(FILE_OF(WINDOW("A", "\"sum\":{\"field\":\"http.status\","
						"\"at_least\":3}")),
			    trial, &made));
	trial->event.name = NULL;
	assert_false(sample(FILE_OF(WINDOW("A", "\"count\":{\"at_least\":3}")), trial, &made));
}

static void a_sign_of_life_is_told_from_what_is_missed(void **state)
{
	static const char text[] = FILE_OF(ALERT(
		"A",
		"\"when\":{\"dest_port\":4,\"fact.known\":false},\"window\":{\"seconds\":60,\"by\":[\"src_ip\"],"
		"\"absent\":{\"alive\":{\"fact.src_zone\":\"dev\"}}}"));
	struct trial *trial = set_trial();
	struct window_sample made;

	(void)state;
	assert_true(sample(text, trial, &made));
	assert_true(made.is_alive);
	trial->flow.dst_port = 4;
	trial->facts.is_known = false;
	assert_true(sample(text, trial, &made));
	assert_false(made.is_alive);
	trial->flow.dst_port = 5;
	trial->facts.src.zone = "prod";
	assert_false(sample(text, trial, &made));
}

/* A rule that an index finds by what it misses must be found by its signs of life as well. */
static void signs_of_life_are_found_among_many_rules(void **state)
{
	char text[8192] = "{\"version\":1,\"system\":\"s\",\"rules\":[", rule[512];
	struct trial *trial = set_trial();
	uint32_t number = 0, found = 0;
	bool is_alive;

	(void)state;
	for (int i = 0; i < 10; i++) {
		snprintf(rule, sizeof(rule),
			 "%s{\"id\":\"A%d\",\"title\":\"t\",\"verdict\":\"monitoring_gap\","
			 "\"severity\":\"low\",\"on\":[\"flow\"],\"effect\":\"alert\","
			 "\"message\":\"m\",\"when\":{\"dest_port\":%d},\"window\":{\"seconds\":60,"
			 "\"by\":[\"src_ip\"],\"absent\":{\"alive\":{\"name.value\":{\"under\":"
			 "\"azure.com\"}}}}}",
			 i ? "," : "", i, 8000 + i);
		strcat(text, rule);
	}
	strcat(text, "]}");
	struct rules *rules = rules_of(text);
	struct rules_desk *desk = turn(rules, trial);

	for (; rules_alert(desk, &number, &is_alive); found++)
		assert_true(is_alive);
	assert_int_equal(found, 10);
	assert_int_equal(rules->always_count, 0); /* they are in indexes */
	rules_desk_free(desk);
	rules_free(rules);
}

static void long_keys_are_cut_and_told_apart(void **state)
{
	static const char text[] = FILE_OF(ALERT(
		"A", "\"when\":{},\"window\":{\"seconds\":60,\"by\":[\"name.value\",\"src_ip\"],"
		     "\"count\":{\"at_least\":3}}"));
	static char name[600];
	struct trial *trial = set_trial();
	struct window_sample made, other;

	(void)state;
	memset(name, 'b', sizeof(name) - 1);
	trial->name.value = name;
	assert_true(sample(text, trial, &made));
	name[sizeof(name) - 2] = 'c';
	assert_true(sample(text, trial, &other));
	assert_true(made.length <= WINDOW_KEY_MAX);
	assert_int_equal(made.length, strlen(made.key));
	assert_string_not_equal(made.key, other.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rule_decides),
		cmocka_unit_test(all_alerts_that_hold_are_raised),
		cmocka_unit_test(every_turn_asks_anew),
		cmocka_unit_test(a_suppression_holds_to_the_end_of_its_day),
		cmocka_unit_test(suppressions_that_ran_out_are_named),
		cmocka_unit_test(a_message_has_the_values_as_they_were_seen),
		cmocka_unit_test(an_event_adds_to_a_window_what_its_kind_counts),
		cmocka_unit_test(a_window_by_source_counts_the_real_client_where_it_is_known),
		cmocka_unit_test(an_event_without_the_fields_of_a_window_adds_nothing),
		cmocka_unit_test(a_sign_of_life_is_told_from_what_is_missed),
		cmocka_unit_test(signs_of_life_are_found_among_many_rules),
		cmocka_unit_test(long_keys_are_cut_and_told_apart),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
