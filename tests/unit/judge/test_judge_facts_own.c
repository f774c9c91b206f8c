#include "judge_world.h"

#include "judge/judge_facts.h"

static bool flag_of(bool (*read)(const struct judge_case *, struct value *),
		    const struct judge_case *facts, bool *flag)
{
	struct value value = { .flag = false };
	bool is_there = read(facts, &value);

	*flag = value.flag;
	return is_there;
}

static void a_certificate_covers_names_as_clients_compare_them(void **state)
{
	static const struct {
		const char *why, *sni, *names[2];
		uint16_t total; /* names in the certificate; 0: those here */
		bool is_there, matches;
	} rows[] = {
		{ "the very name",
		  "contoso.vault.azure.net",
		  { "contoso.vault.azure.net" },
		  0,
		  true,
		  true },
		{ "in another case",
		  "Contoso.Vault.Azure.NET",
		  { "contoso.vault.azure.net" },
		  0,
		  true,
		  true },
		{ "the second name", "b.example", { "a.example", "b.example" }, 0, true, true },
		{ "a wildcard for one label",
		  "contoso.vault.azure.net",
		  { "*.vault.azure.net" },
		  0,
		  true,
		  true },
		{ "and not for two",
		  "a.contoso.vault.azure.net",
		  { "*.vault.azure.net" },
		  0,
		  true,
		  false },
		{ "nor for none", "vault.azure.net", { "*.vault.azure.net" }, 0, true, false },
		{ "nor for an empty one",
		  ".vault.azure.net",
		  { "*.vault.azure.net" },
		  0,
		  true,
		  false },
		{ "another name",
		  "contoso.vault.azure.net",
		  { "proxy.wingtip.example" },
		  0,
		  true,
		  false },
		{ "one of those not kept may match",
		  "c.example",
		  { "a.example" },
		  90,
		  false,
		  false },
		{ "no names at all", "c.example", { NULL }, 0, false, false },
		{ "nothing was asked for", "", { "a.example" }, 0, false, false },
		{ "an address in place of a name",
		  "203.0.113.9",
		  { "a.example" },
		  0,
		  false,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		static struct tls_info tls;
		struct tls_certificate *certificate = &tls.certificate;
		struct judge_flow flow = { .tls = &tls };
		struct judge_case facts = { .flow = &flow };
		bool matches;

		print_message("%s\n", rows[i].why);
		memset(&tls, 0, sizeof(tls));
		strncpy(tls.sni, rows[i].sni, sizeof(tls.sni) - 1);
		certificate->seen = true;
		for (size_t j = 0; j < 2 && rows[i].names[j]; j++)
			strncpy(certificate->san[certificate->san_count++], rows[i].names[j],
				NAME_MAX_BYTES);
		certificate->san_total = rows[i].total ? rows[i].total : certificate->san_count;
		assert_int_equal(flag_of(judge_facts_certificate_name_matches, &facts, &matches),
				 rows[i].is_there);
		if (rows[i].is_there)
			assert_int_equal(matches, rows[i].matches);
	}
}

static void audiences_compare_by_host(void **state)
{
	static const char *const listed[] = { "https://vault.azure.net/", NULL };
	static const struct {
		const char *why, *resource;
		bool is_there, is_allowed;
	} rows[] = {
		{ "as listed", "https://vault.azure.net/", true, true },
		{ "without the slash", "https://vault.azure.net", true, true },
		{ "with the scope that SDKs add", "https://vault.azure.net/.default", true, true },
		{ "without a scheme, in another case", "VAULT.azure.net", true, true },
		{ "another", "https://storage.azure.com", true, false },
		{ "one that only begins alike", "https://vault.azure.net.wingtip.example", true,
		  false },
		{ "none asked for", "", false, false },
	};
	struct map_compute compute = { .identity_resources = listed };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		static struct http_info http;
		struct judge_flow flow = { .http = &http };
		struct judge_case facts = { .flow = &flow, .src_compute = &compute };
		bool is_allowed;

		print_message("%s\n", rows[i].why);
		memset(&http, 0, sizeof(http));
		strncpy(http.imds_resource, rows[i].resource, sizeof(http.imds_resource) - 1);
		assert_int_equal(flag_of(judge_facts_imds_audience_allowed, &facts, &is_allowed),
				 rows[i].is_there);
		if (rows[i].is_there)
			assert_int_equal(is_allowed, rows[i].is_allowed);
	}
}

static const char two_regions[] =
	"{\"version\": 1, \"vnets\": [{\"name\": \"v\", \"region\": \"East US\","
	"  \"address_space\": [\"10.0.0.0/8\"], \"subnets\": [{\"name\": \"s\", \"prefixes\":"
	"  [\"10.1.0.0/16\"], \"schedule\": \"hours\"}]}],"
	" \"schedules\": [{\"name\": \"hours\", \"active\": [\"* 8-17 * * 1-5\"]}],"
	" \"resources\": [{\"name\": \"r\", \"region\": \"westeurope\", \"fqdns\": [\"r.example\"],"
	"  \"deployments\": [{\"name\": \"a\", \"requests_per_minute\": 60,"
	"  \"tokens_per_minute\": 10000}, {\"name\": \"b\", \"requests_per_minute\": 40}]}]}";

static struct map *map_of(const char *text)
{
	struct fault fault = { "" };
	struct map *map;

	assert_int_equal(map_parse(&map, text, strlen(text), "map.json", &fault), 0);
	return map;
}

static void a_region_is_foreign_when_the_map_has_nothing_there(void **state)
{
	static const struct {
		const char *why, *region;
		bool is_there, is_foreign;
	} rows[] = {
		{ "a VNet's, which the portal spells with a blank", "eastus", true, false },
		{ "a resource's", "westeurope", true, false },
		{ "none of these", "australiaeast", true, true },
		{ "the name carries none", "", false, false },
	};
	struct map *map = map_of(two_regions);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct judge_flow flow = { .dst_port = 443 };
		struct judge_case facts = { .map = map, .flow = &flow, .is_known = true };
		bool is_foreign;

		print_message("%s\n", rows[i].why);
		strncpy(facts.match.region, rows[i].region, sizeof(facts.match.region) - 1);
		assert_int_equal(flag_of(judge_facts_region_foreign, &facts, &is_foreign),
				 rows[i].is_there);
		if (rows[i].is_there)
			assert_int_equal(is_foreign, rows[i].is_foreign);
	}
	map_free(map);
}

static void capacity_is_that_of_all_deployments(void **state)
{
	struct map *map = map_of(two_regions);
	struct judge_flow flow = { .dst_port = 443 };
	struct judge_case facts = { .map = map,
				    .flow = &flow,
				    .resource = map_resource_by_name(map, "r.example") };
	struct value value;

	(void)state;
	assert_true(judge_facts_resource_requests_per_minute(&facts, &value));
	assert_int_equal(value.number, 100);
	assert_true(judge_facts_resource_requests_warning(&facts, &value));
	assert_int_equal(value.number, 80);
	assert_true(judge_facts_resource_bytes_per_minute(&facts, &value));
	assert_int_equal(value.number, 80000);
	facts.resource = NULL;
	assert_false(judge_facts_resource_requests_per_minute(&facts, &value));
	map_free(map);
}

static void a_host_is_outside_its_schedule_by_packet_time(void **state)
{
	static const struct {
		const char *why, *src;
		uint64_t now_s;
		bool is_there, is_outside;
	} rows[] = {
		{ "Monday at noon, UTC", "10.1.0.4", 1790596800, true, false },
		{ "Monday at 18:00", "10.1.0.4", 1790618400, true, true },
		{ "Sunday at noon", "10.1.0.4", 1790510400, true, true },
		{ "a host without a schedule", "10.2.0.4", 1790618400, false, false },
		{ "no time is known", "10.1.0.4", 0, false, false },
	};
	struct map *map = map_of(two_regions);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct judge_flow flow = { .src = addr(rows[i].src),
					   .now_ns = rows[i].now_s * 1000000000 };
		struct judge_case facts = { .map = map, .flow = &flow };
		bool is_outside;

		print_message("%s\n", rows[i].why);
		assert_int_equal(flag_of(judge_facts_src_outside_schedule, &facts, &is_outside),
				 rows[i].is_there);
		if (rows[i].is_there)
			assert_int_equal(is_outside, rows[i].is_outside);
	}
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_covers_names_as_clients_compare_them),
		cmocka_unit_test(audiences_compare_by_host),
		cmocka_unit_test(a_region_is_foreign_when_the_map_has_nothing_there),
		cmocka_unit_test(capacity_is_that_of_all_deployments),
		cmocka_unit_test(a_host_is_outside_its_schedule_by_packet_time),
	};

	return cmocka_run_group_tests_name("judge_facts_own", tests, NULL, NULL);
}
