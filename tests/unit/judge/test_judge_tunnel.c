/* DNS flows: when they are tunnels, and who is excused. */
#include "judge_world.h"

static const struct event dns = { .type = EVENT_FLOW, .app_proto = "dns" };

struct tunnel_row {
	const char *why;
	uint8_t coded, lengthy, loose, binary;
	const char *question, *site;
	bool is_tunnel;
};

static void a_flow_is_a_tunnel_by_its_counts(void **state)
{
	static const struct tunnel_row rows[] = {
		{ "few names prove nothing", .coded = 3, .lengthy = 7, .loose = 7 },
		{ "coded ones", .coded = 4, .is_tunnel = true },
		{ "long ones of one site", .lengthy = 8, .is_tunnel = true },
		{ "long ones of no site", .loose = 8, .is_tunnel = true },
		{ "one that no host can have", .binary = 1, .is_tunnel = true },
		{ "a virus scanner's", .coded = 200, .question = "a.b.sophosxl.net",
		  .site = "sophosxl.net" },
		{ "with long names of its own", .coded = 200, .lengthy = 200, .loose = 200,
		  .question = "a.b.sophosxl.net", .site = "sophosxl.net" },
		{ "others' long names between", .coded = 40, .lengthy = 40, .loose = 48,
		  .question = "a.b.sophosxl.net", .site = "sophosxl.net", .is_tunnel = true },
		{ "only the first question was the scanner's", .coded = 200,
		  .question = "a.b.sophosxl.net", .is_tunnel = true },
		{ "one who would like to be one", .coded = 200, .question = "a.notsophosxl.net",
		  .site = "notsophosxl.net", .is_tunnel = true },
		{ "a name that the map allows", .coded = 200, .question = "pypi.org",
		  .site = "pypi.org" },
	};
	const struct world *world = *state;
	static struct judgement judgement;

	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct row row = { .dst = AZURE, .dst_port = 53, .protocol = UDP, .app = APP_DNS };
		struct judge_flow flow = flow_of(&row);

		flow.dns_questions = 1000;
		flow.dns_coded = rows[i].coded;
		flow.dns_lengthy = rows[i].lengthy;
		flow.dns_loose = rows[i].loose;
		flow.dns_binary = rows[i].binary;
		flow.dns_question = rows[i].question ? rows[i].question : "x.t.example.net";
		flow.dns_site = rows[i].site;
		judge_flow(world->judge, &dns, &flow, &judgement);
		if ((judgement.verdict == VERDICT_DNS_TUNNEL) != rows[i].is_tunnel)
			fail_msg("%s: verdict %d", rows[i].why, judgement.verdict);
		if (rows[i].is_tunnel)
			assert_int_equal(judgement.severity, SEVERITY_HIGH);
	}
}

static void multicast_dns_is_none(void **state)
{
	static const struct event mdns = { .type = EVENT_FLOW, .app_proto = "mdns" };
	const struct world *world = *state;
	struct row row = { .dst = OUTSIDE, .dst_port = 5353, .protocol = UDP, .app = APP_MDNS };
	struct judge_flow flow = flow_of(&row);
	static struct judgement judgement;

	flow.dns_questions = 1000;
	flow.dns_binary = 200;
	judge_flow(world->judge, &mdns, &flow, &judgement);
	assert_int_not_equal(judgement.verdict, VERDICT_DNS_TUNNEL);
}

static void the_evidence_says_how_much_and_whose(void **state)
{
	const struct world *world = *state;
	struct row row = { .dst = AZURE, .dst_port = 53, .protocol = UDP, .app = APP_DNS };
	struct judge_flow flow = flow_of(&row);
	static struct judgement judgement;

	flow.dns_questions = 1000;
	flow.dns_coded = 12;
	flow.dns_bytes_up = 900;
	flow.dns_bytes_down = 12345;
	flow.dns_site = "example.net";
	flow.dns_question = "vaaaakavwde.t.example.net";
	judge_flow(world->judge, &dns, &flow, &judgement);
	assert_string_equal(judgement.evidence[0].text,
			    PROD " asked " AZURE " for at least 12 different coded names in types "
				 "that carry data under example.net; the first question was "
				 "vaaaakavwde.t.example.net");
	assert_string_equal(judgement.evidence[1].text,
			    "at least 900 bytes went up in names of this kind, 12345 came down in "
			    "answers that can carry data; what they hold is not visible");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_is_a_tunnel_by_its_counts),
		cmocka_unit_test(multicast_dns_is_none),
		cmocka_unit_test(the_evidence_says_how_much_and_whose),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
