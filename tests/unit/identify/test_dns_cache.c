#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "identify/dns_cache.h"

#define CACHE_BYTES (64 * KIB) /* 256 slots, of which 32 buckets */

static struct dns_message message;

static struct ip_addr ip(const char *text)
{
	struct ip_addr addr;

	assert_true(ip_parse(text, &addr));
	return addr;
}

static int make_cache(void **state)
{
	return dns_cache_new((struct dns_cache **)state, CACHE_BYTES, hash_seed_fixed());
}

static int free_cache(void **state)
{
	dns_cache_free(*state);
	return 0;
}

static void start(const char *question, uint16_t type)
{
	message.response = true;
	message.opcode = 0;
	message.rcode = 0;
	message.question_count = 1;
	message.record_count = 0;
	message.question[0] = (struct dns_question){ .name = question, .type = type, .class = 1 };
}

static struct dns_record *add(const char *owner, uint16_t type, const char *data, uint32_t ttl_s)
{
	struct dns_record *record = &message.record[message.record_count++];

	*record = (struct dns_record){
		.name = owner, .type = type, .data = data, .ttl_s = ttl_s, .class = 1
	};
	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA) {
		record->addr = ip(data);
		record->has_addr = true;
	}
	return record;
}

static void learn(struct dns_cache *cache, const char *client, uint64_t now_ns)
{
	const struct ip_addr to = ip(client), resolver = ip("168.63.129.16");

	dns_cache_learn(cache, &to, &resolver, &message, now_ns);
}

static void learn_one(struct dns_cache *cache, const char *name, const char *address,
		      uint32_t ttl_s, uint64_t now_ns)
{
	start(name, DNS_TYPE_A);
	add(name, DNS_TYPE_A, address, ttl_s);
	learn(cache, "10.0.0.1", now_ns);
}

static bool find(const struct dns_cache *cache, const char *client, const char *address,
		 uint64_t now_ns, struct dns_known *known)
{
	const struct ip_addr from = ip(client), to = ip(address);

	return dns_cache_find(cache, &from, &to, now_ns, known);
}

static bool confirms(const struct dns_cache *cache, const char *address, const char *name,
		     uint64_t now_ns)
{
	const struct ip_addr from = ip("10.0.0.1"), to = ip(address);

	return dns_cache_confirms(cache, &from, &to, name, now_ns);
}

static void an_address_is_named_by_the_question_with_its_chain(void **state)
{
	struct dns_known known;

	start("Contoso.OpenAI.Azure.com", DNS_TYPE_A);
	add("contoso.privatelink.openai.azure.com", DNS_TYPE_A, "10.0.2.4", 10);
	add("contoso.openai.azure.com", DNS_TYPE_CNAME, "Contoso.PrivateLink.openai.azure.com", 60);
	learn(*state, "10.0.0.1", ns(100));

	assert_true(find(*state, "10.0.0.1", "10.0.2.4", ns(103), &known));
	assert_string_equal(known.name.value, "contoso.openai.azure.com");
	assert_string_equal(known.chain,
			    "contoso.openai.azure.com -> contoso.privatelink.openai.azure.com");
	assert_true(known.has_privatelink);
	assert_int_equal(known.name.source, NAME_DNS);
	assert_int_equal(known.name.age_ns, ns(3));
	assert_false(known.name.ambiguous);
	const struct ip_addr resolver = ip("168.63.129.16");
	assert_true(ip_equal(&known.name.resolver, &resolver));
	assert_int_equal(dns_cache_stats(*state).learnt, 1);

	assert_false(find(*state, "10.0.0.2", "10.0.2.4", ns(103), &known)); /* another client */
	assert_false(find(*state, "10.0.0.1", "10.0.2.5", ns(103), &known));
}

static void a_name_without_cname_is_its_own_chain(void **state)
{
	struct dns_known known;

	learn_one(*state, "a.example", "192.0.2.1", 60, 0);
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", 0, &known));
	assert_string_equal(known.name.value, "a.example");
	assert_string_equal(known.chain, "a.example");
	assert_false(known.has_privatelink);
}

static void names_serve_past_their_ttl(void **state)
{
	static const struct {
		const char *why;
		uint32_t ttl_s;
		uint64_t at_s;
		bool found;
	} rows[] = {
		{ "within the TTL", 300, 299, true },
		{ "past it", 300, 301, true },
		{ "the last moment of the keeping time", 300, 300 + DNS_CACHE_KEEP_S - 1, true },
		{ "the end of the keeping time", 300, 300 + DNS_CACHE_KEEP_S, false },
		{ "TTL 0", 0, DNS_CACHE_KEEP_S - 1, true },
		{ "a negative TTL is zero (RFC 2181 section 8)", 0x80000000, DNS_CACHE_KEEP_S,
		  false },
		{ "the longest TTL is cut", 0x7fffffff, DNS_CACHE_TTL_MAX_S + DNS_CACHE_KEEP_S,
		  false },
	};
	struct dns_known known;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		learn_one(*state, "a.example", "192.0.2.1", rows[i].ttl_s, 0);
		assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(rows[i].at_s), &known) ==
			    rows[i].found);
	}
}

static void addresses_off_the_chain_are_ignored(void **state)
{
	struct dns_known known;

	start("a.example", DNS_TYPE_A);
	add("a.example", DNS_TYPE_CNAME, "b.example", 60);
	add("b.example", DNS_TYPE_A, "192.0.2.1", 60);
	add("victim.example", DNS_TYPE_A, "192.0.2.2", 60);
	add("a.example", DNS_TYPE_A, "192.0.2.3", 60); /* it has a CNAME: no address beside it */
	add("b.example", DNS_TYPE_A, "192.0.2.4", 60)->section = DNS_ADDITIONAL;
	add("b.example", DNS_TYPE_A, "192.0.2.5", 60)->class = 3;
	learn(*state, "10.0.0.1", 0);

	assert_true(find(*state, "10.0.0.1", "192.0.2.1", 0, &known));
	for (int i = 2; i <= 5; i++) {
		char address[32];

		snprintf(address, sizeof(address), "192.0.2.%d", i);
		assert_false(find(*state, "10.0.0.1", address, 0, &known));
	}
	assert_int_equal(dns_cache_stats(*state).learnt, 1);
	assert_int_equal(dns_cache_stats(*state).off_chain, 2);
}

static void chains_are_followed_so_far_and_no_further(void **state)
{
	static char names[DNS_CACHE_CHAIN_MAX + 2][8];
	struct dns_known known;

	for (unsigned i = 0; i < ROW_COUNT(names); i++)
		snprintf(names[i], sizeof(names[i]), "n%u.x", i);
	for (unsigned length = DNS_CACHE_CHAIN_MAX; length <= DNS_CACHE_CHAIN_MAX + 1; length++) {
		const char *address = length == DNS_CACHE_CHAIN_MAX ? "192.0.2.1" : "192.0.2.2";

		start(names[0], DNS_TYPE_A);
		for (unsigned i = 0; i < length; i++)
			add(names[i], DNS_TYPE_CNAME, names[i + 1], 60);
		add(names[length], DNS_TYPE_A, address, 60);
		learn(*state, "10.0.0.1", 0);
		assert_true(find(*state, "10.0.0.1", address, 0, &known) ==
			    (length == DNS_CACHE_CHAIN_MAX));
	}
	start("loop.x", DNS_TYPE_A);
	add("loop.x", DNS_TYPE_CNAME, "loop.x", 60);
	learn(*state, "10.0.0.1", 0); /* ends */
	assert_int_equal(dns_cache_stats(*state).off_chain, 1);
}

static void only_good_answers_to_someone_are_learnt(void **state)
{
	static const struct {
		const char *why, *client;
		bool response;
		uint8_t opcode, rcode;
		uint64_t learnt;
	} rows[] = {
		{ "a request", "10.0.0.1", false, 0, 0, 0 },
		{ "NXDOMAIN", "10.0.0.1", true, 0, 3, 0 },
		{ "an update", "10.0.0.1", true, 5, 0, 0 },
		{ "mDNS to its group", "224.0.0.251", true, 0, 0, 0 },
		{ "mDNS to its group", "ff02::fb", true, 0, 0, 0 },
		{ "a broadcast", "255.255.255.255", true, 0, 0, 0 },
		{ "an answer", "10.0.0.1", true, 0, 0, 1 },
		{ "an answer over IPv6", "fd00::1", true, 0, 0, 2 },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start("a.example", DNS_TYPE_A);
		add("a.example", DNS_TYPE_A, "192.0.2.1", 60);
		message.response = rows[i].response;
		message.opcode = rows[i].opcode;
		message.rcode = rows[i].rcode;
		learn(*state, rows[i].client, 0);
		assert_int_equal(dns_cache_stats(*state).learnt, rows[i].learnt);
	}
}

static void a_name_is_ambiguous_while_another_stands(void **state)
{
	struct dns_known known;

	learn_one(*state, "a.example", "192.0.2.1", 100, 0);
	learn_one(*state, "A.example", "192.0.2.1", 100, ns(1)); /* the same name */
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(2), &known));
	assert_false(known.name.ambiguous);

	learn_one(*state, "b.example", "192.0.2.1", 300, ns(2));
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(100), &known));
	assert_string_equal(known.name.value, "b.example");
	assert_true(known.name.ambiguous);
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(101), &known)); /* a.example ran out */
	assert_false(known.name.ambiguous);

	learn_one(*state, "a.example", "192.0.2.1", 1000, ns(110));
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(301), &known));
	assert_string_equal(known.name.value, "a.example");
	assert_true(known.name.ambiguous);
	assert_true(find(*state, "10.0.0.1", "192.0.2.1", ns(302), &known)); /* b.example ran out */
	assert_false(known.name.ambiguous);
}

static void every_name_told_for_an_address_is_confirmed(void **state)
{
	char name[32];

	for (int i = 0; i < 50; i++) { /* sites behind one front door */
		snprintf(name, sizeof(name), "site%d.example", i);
		learn_one(*state, name, "192.0.2.1", 60, 0);
	}
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "SITE%d.example", i);
		assert_true(confirms(*state, "192.0.2.1", name, ns(60 + DNS_CACHE_KEEP_S - 1)));
		assert_false(confirms(*state, "192.0.2.1", name, ns(60 + DNS_CACHE_KEEP_S)));
		assert_false(confirms(*state, "192.0.2.2", name, 0));
	}
	assert_false(confirms(*state, "192.0.2.1", "site50.example", 0));
}

static void names_along_the_chain_are_confirmed(void **state)
{
	start("a.example", DNS_TYPE_AAAA);
	add("a.example", DNS_TYPE_CNAME, "b.example", 60);
	add("b.example", DNS_TYPE_AAAA, "2001:db8::1", 60);
	learn(*state, "10.0.0.1", 0);
	assert_true(confirms(*state, "2001:db8::1", "a.example", 0));
	assert_true(confirms(*state, "2001:db8::1", "b.example", 0));
}

static void an_ech_configuration_is_known_by_client_and_name(void **state)
{
	const struct ip_addr client = ip("10.0.0.1"), other = ip("10.0.0.2");

	start("ech.example", DNS_TYPE_HTTPS);
	add("ech.example", DNS_TYPE_HTTPS, "1 . ech", 60)->has_ech = true;
	learn(*state, "10.0.0.1", 0);
	start("plain.example", DNS_TYPE_HTTPS);
	add("plain.example", DNS_TYPE_HTTPS, "1 . alpn=h2", 60);
	add("ech.example", DNS_TYPE_HTTPS, "1 . ech", 60)->has_ech = true; /* nobody asked */
	learn(*state, "10.0.0.2", 0);

	assert_true(
		dns_cache_has_ech(*state, &client, "ECH.example", ns(60 + DNS_CACHE_KEEP_S - 1)));
	assert_false(dns_cache_has_ech(*state, &client, "ech.example", ns(60 + DNS_CACHE_KEEP_S)));
	assert_false(dns_cache_has_ech(*state, &client, "plain.example", 0));
	assert_false(dns_cache_has_ech(*state, &other, "plain.example", 0));
	assert_false(dns_cache_has_ech(*state, &other, "ech.example", 0));
}

/* Whatever is lost for want of room is counted: what was learnt is found, or was evicted. */
static void what_does_not_fit_is_counted(void **state)
{
	static const struct {
		const char *why, *label; /* long labels fill the texts before the slots */
	} rows[] = {
		{ "short names fill the slots", "a" },
		{ "long names fill the texts",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
		  "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" },
	};
	enum { ANSWERS = 2000 };

	(void)state;
	for (size_t r = 0; r < ROW_COUNT(rows); r++) {
		struct dns_cache *cache;
		struct dns_known known;
		char name[256], address[32];
		uint64_t found = 0;

		print_message("%s\n", rows[r].why);
		assert_int_equal(dns_cache_new(&cache, CACHE_BYTES, hash_seed_fixed()), 0);
		for (int i = 0; i < ANSWERS; i++) {
			snprintf(name, sizeof(name), "%s.n%d.example", rows[r].label, i);
			snprintf(address, sizeof(address), "192.0.%d.%d", i / 250, i % 250);
			learn_one(cache, name, address, 600, ns((uint64_t)i % 7));
		}
		for (int i = 0; i < ANSWERS; i++) {
			snprintf(name, sizeof(name), "%s.n%d.example", rows[r].label, i);
			snprintf(address, sizeof(address), "192.0.%d.%d", i / 250, i % 250);
			if (!find(cache, "10.0.0.1", address, ns(10), &known))
				continue;
			assert_string_equal(known.name.value, name);
			found++;
		}
		assert_int_equal(found + dns_cache_stats(cache).evicted, ANSWERS);
		assert_in_range(found, 50, 256);
		dns_cache_free(cache);
	}
}

static void an_answer_that_is_asked_for_again_outlives_the_ring(void **state)
{
	struct dns_known known;
	char name[64], address[32];

	for (int i = 0; i < 3000; i++) {
		if (i % 50 == 0) {
			start("often.example", DNS_TYPE_A);
			add("often.example", DNS_TYPE_A, "10.9.9.9", 6000);
			learn(*state, "10.0.0.9", ns(1));
		}
		snprintf(name, sizeof(name), "once%d.example", i);
		snprintf(address, sizeof(address), "192.0.%d.%d", i / 250, i % 250);
		learn_one(*state, name, address, 60, 0);
		assert_true(find(*state, "10.0.0.9", "10.9.9.9", ns(1), &known));
		assert_string_equal(known.name.value, "often.example");
	}
}

static void the_size_is_bounded(void **state)
{
	static const struct {
		const char *why;
		uint64_t bytes;
		int result;
	} rows[] = {
		{ "too small", 64 * KIB - 1, -22 },
		{ "too large", 64 * GIB + 1, -22 },
		{ "the least", 64 * KIB, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct dns_cache *cache;

		print_message("%s\n", rows[i].why);
		assert_int_equal(dns_cache_new(&cache, rows[i].bytes, hash_seed_fixed()),
				 rows[i].result);
		assert_true((cache != NULL) == (rows[i].result == 0));
		dns_cache_free(cache);
	}
}

#define WITH_CACHE(test) cmocka_unit_test_setup_teardown(test, make_cache, free_cache)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CACHE(an_address_is_named_by_the_question_with_its_chain),
		WITH_CACHE(a_name_without_cname_is_its_own_chain),
		WITH_CACHE(names_serve_past_their_ttl),
		WITH_CACHE(addresses_off_the_chain_are_ignored),
		WITH_CACHE(chains_are_followed_so_far_and_no_further),
		WITH_CACHE(only_good_answers_to_someone_are_learnt),
		WITH_CACHE(a_name_is_ambiguous_while_another_stands),
		WITH_CACHE(every_name_told_for_an_address_is_confirmed),
		WITH_CACHE(names_along_the_chain_are_confirmed),
		WITH_CACHE(an_ech_configuration_is_known_by_client_and_name),
		cmocka_unit_test(what_does_not_fit_is_counted),
		WITH_CACHE(an_answer_that_is_asked_for_again_outlives_the_ring),
		cmocka_unit_test(the_size_is_bounded),
	};

	return cmocka_run_group_tests_name("dns_cache", tests, NULL, NULL);
}
