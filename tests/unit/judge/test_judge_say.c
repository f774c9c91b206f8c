#include "judge_world.h"

#define GUID "11111111-2222-3333-4444-555555555555"

static void evidence_claims_no_more_than_was_seen(void **state)
{
	static const struct {
		struct row row;
		const char *says;
	} rows[] = {
		{ { "reached", .dst = OUTSIDE, .sni = "wingtip.openai.azure.com" },
		  "wingtip.openai.azure.com has private endpoint 10.40.2.6, fd00:40:2::6 "
		  "(pe-wingtip-openai); the client reached 203.0.113.9 instead" },
		{ { "a handshake is not acceptance", .dst = OUTSIDE,
		    .sni = "wingtip.openai.azure.com" },
		  "whether the service accepted the requests inside is not visible" },
		{ { "only tried", .dst = OUTSIDE, .sni = "wingtip.openai.azure.com",
		    .refused = true },
		  "; the client tried 203.0.113.9 instead" },
		{ { "no answer seen", .dst = OUTSIDE, .refused = true }, "no answer was seen" },
		{ { "a claim is a claim", .dst = OUTSIDE, .sni = "evil.example" },
		  "the client claims evil.example (TLS SNI); no DNS answer seen gives it this address" },
		{ { "no name", .dst = OUTSIDE }, "no SNI, no Host, no DNS answer" },
		{ { "mid-stream", .dst = OUTSIDE, .midstream = true },
		  "the opening was not captured" },
		{ { "cut", .dst = OUTSIDE, .snapped = true }, "cut by the snapshot length" },
		{ { "one side", .dst = OUTSIDE, .one_sided = true },
		  "only one direction was captured" },
		{ { "from the map", .dst = OPENAI_PE },
		  "no name was seen; the map knows the address as wingtip.openai.azure.com" },
		{ { "nearly allowed", .src = DEV, .dst = OUTSIDE, .sni = "pypi.org" },
		  "pypi.org is allowed only from prod on port 443" },
		{ { "a key on the way out", .dst = OUTSIDE, .dst_port = 80, .app = APP_HTTP,
		    .host = "fabrikam.openai.azure.com",
		    .credentials = CREDENTIAL_API_KEY | CREDENTIAL_BEARER },
		  "an API key, a bearer token went unencrypted to 203.0.113.9 port 80" },
	};
	static struct judgement judgement;
	const struct world *world = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct judge_flow flow = flow_of(&rows[i].row);

		print_message("%s\n", rows[i].row.why);
		judge_flow(world->judge, NULL, &flow, &judgement);
		assert_true(some_evidence_says(&judgement, rows[i].says));
	}
}

static void the_evidence_names_the_client_behind_another_address(void **state)
{
	static struct judgement judgement;
	const struct world *world = *state;
	struct judge_flow flow = flow_of(&(struct row){ .src = DEV, .dst = OPENAI_PE });

	flow.behind = addr("10.40.0.4");
	judge_flow(world->judge, NULL, &flow, &judgement);
	assert_true(some_evidence_says(&judgement, "client 10.50.1.7 behind 10.40.0.4 by "
						   "conntrack"));
	flow.behind = (struct ip_addr){ { 0 } };
	judge_flow(world->judge, NULL, &flow, &judgement);
	assert_false(some_evidence_says(&judgement, "conntrack"));
}

static void evidence_of_the_longest_names_fits(void **state)
{
	static char long_name[NAME_MAX_BYTES + 1], other[NAME_MAX_BYTES + 1];
	static struct judgement judgement;
	const struct world *world = *state;
	struct row row = { .dst = OUTSIDE, .sni = long_name, .told = other };

	memset(long_name, 'a', NAME_MAX_BYTES);
	memset(other, 'b', NAME_MAX_BYTES);
	memcpy(long_name + NAME_MAX_BYTES - 17, ".openai.azure.com", 17);
	struct judge_flow flow = flow_of(&row);
	judge_flow(world->judge, NULL, &flow, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_PUBLIC_AI_ENDPOINT);
	assert_true(
		some_evidence_says(&judgement, "...aaaaaaaaaaaaaaaaaaaaaaaaaaa.openai.azure.com"));
	assert_int_equal(strlen(judgement.endpoint.resource),
			 sizeof(judgement.endpoint.resource) - 1);
}

static void without_a_map_nothing_is_judged_but_services_are_named(void **state)
{
	static struct judgement judgement;
	const struct world *world = *state;
	struct judge *judge;
	struct row row = { .dst = OUTSIDE, .sni = "fabrikam.openai.azure.com" };
	struct judge_flow flow = flow_of(&row);

	const struct judge_knowledge knowledge = { .catalog = world->catalog,
						   .rules = world->rules };

	assert_int_equal(judge_new(&judge, &knowledge), 0);
	judge_flow(judge, NULL, &flow, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_NONE);
	assert_null(judgement.rule_id);
	assert_string_equal(judgement.endpoint.service, "azure-openai");
	assert_string_equal(judgement.endpoint.resource, "fabrikam");
	judge_free(judge);
}

static void the_endpoint_is_named_from_map_and_catalog(void **state)
{
	static struct judgement judgement;
	const struct world *world = *state;
	struct row row = { .dst = OUTSIDE, .sni = GUID ".workspace.westeurope.api.azureml.ms" };
	struct judge_flow flow = flow_of(&row);

	judge_flow(world->judge, NULL, &flow, &judgement);
	assert_string_equal(judgement.endpoint.service, "aml-workspace-api");
	assert_string_equal(judgement.endpoint.category, "azure-ai");
	assert_string_equal(judgement.endpoint.zone, "privatelink.api.azureml.ms");
	assert_string_equal(judgement.endpoint.private_endpoint, "pe-wingtip-ml");
	assert_string_equal(judgement.endpoint.resource, GUID);
	assert_string_equal(judgement.endpoint.region, "westeurope");
	assert_int_equal(judgement.severity, SEVERITY_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_claims_no_more_than_was_seen),
		cmocka_unit_test(the_evidence_names_the_client_behind_another_address),
		cmocka_unit_test(evidence_of_the_longest_names_fits),
		cmocka_unit_test(without_a_map_nothing_is_judged_but_services_are_named),
		cmocka_unit_test(the_endpoint_is_named_from_map_and_catalog),
	};

	return cmocka_run_group_tests_name("judge_say", tests, load, unload);
}
