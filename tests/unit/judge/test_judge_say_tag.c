/* Service tags in evidence: a sign, where it is one, and nothing where the list says nothing. */
#include "judge_world.h"

#define VAULT "203.0.113.40"
#define CLOUD "203.0.113.200"

static const char list[] =
	"{\"changeNumber\":1,\"cloud\":\"Public\",\"values\":["
	"{\"name\":\"AzureKeyVault.EastUS\",\"properties\":{\"region\":\"eastus\","
	"\"addressPrefixes\":[\"203.0.113.32/28\"]}},"
	"{\"name\":\"AzureCloud.eastus\",\"properties\":{\"region\":\"eastus\","
	"\"addressPrefixes\":[\"203.0.113.0/24\"]}}]}";

static void a_tag_is_said_for_what_it_is(void **state)
{
	static const struct {
		const char *why, *dst, *sni, *says;
	} rows[] = {
		{ "another service's name", VAULT, "contoso.example",
		  VAULT " is in service tag AzureKeyVault.EastUS (list of 2025-11-17): a sign of "
			"the service, not proof" },
		{ "only the cloud's", CLOUD, "contoso.example",
		  CLOUD " is in service tag AzureCloud.eastus (list of 2025-11-17): Azure's, of no "
			"service that the list knows" },
		{ "in no tag", "198.51.100.9", "contoso.example", NULL },
		{ "not a public address", OPENAI_PE, "wingtip.openai.azure.com", NULL },
	};
	const struct world *world = *state;
	struct service_tags *tags;
	struct fault fault = { "" };
	static struct judgement judgement;

	assert_int_equal(
		service_tags_parse(&tags, list, sizeof(list) - 1, "t_20251117.json", &fault), 0);
	const struct judge_knowledge knowledge = {
		.map = world->map, .catalog = world->catalog, .rules = world->rules, .tags = tags
	};
	struct judge *with_tags;

	assert_int_equal(judge_new(&with_tags, &knowledge), 0);
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		const struct row row = { .dst = rows[i].dst, .sni = rows[i].sni };
		struct judge_flow flow = flow_of(&row);

		judge_flow(with_tags, NULL, &flow, &judgement);
		if (rows[i].says ? !some_evidence_says(&judgement, rows[i].says)
				 : some_evidence_says(&judgement, "service tag"))
			fail_msg("%s: %s", rows[i].why,
				 judgement.evidence[judgement.evidence_count - 1].text);
		judge_flow(world->judge, NULL, &flow, &judgement);
		assert_false(some_evidence_says(&judgement, "service tag"));
	}
	judge_free(with_tags);
	service_tags_free(tags);
}

static void the_service_of_the_name_is_said_to_answer_there(void **state)
{
	static const char *const vault_tags[] = { "Storage", "AzureKeyVault", NULL },
				 *const other_tags[] = { "Storage", NULL };
	static struct judgement judgement;
	struct catalog_service service = { .service_tags = vault_tags };
	struct judge_flow flow = { .dst = addr(VAULT) };
	struct judge_case facts = { .flow = &flow, .is_known = true, .match.service = &service };
	struct service_tags *tags;
	struct fault fault = { "" };

	(void)state;
	assert_int_equal(service_tags_parse(&tags, list, sizeof(list) - 1, "t.json", &fault), 0);
	facts.tags = tags;
	facts.dst.kind = PLACE_PUBLIC;
	judgement.evidence_count = 0;
	judge_say_tag(&facts, &judgement);
	assert_string_equal(judgement.evidence[0].text,
			    VAULT " is in service tag AzureKeyVault.EastUS (list number 1): where "
				  "the service of this name answers; a sign, not proof");
	service.service_tags = other_tags;
	judge_say_tag(&facts, &judgement);
	assert_string_equal(judgement.evidence[1].text,
			    VAULT " is in service tag AzureKeyVault.EastUS (list number 1): a sign "
				  "of the service, not proof");
	service_tags_free(tags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_is_said_for_what_it_is),
		cmocka_unit_test(the_service_of_the_name_is_said_to_answer_there),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
