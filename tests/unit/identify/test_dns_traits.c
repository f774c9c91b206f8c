/* What single questions look like, and what a flow's come to: tunnels, and what is like them. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/dns_traits.h"

enum { TYPE_NULL = 10, TYPE_PRIVATE = 65399 };

#define HEX60 "dbda0018f5a3c61b7c0000111eab4410c85f8ddb9c0d86f3ca7e55b9e012"

static void a_question_shows_its_traits(void **state)
{
	static const struct {
		const char *why, *name;
		uint16_t type;
		const char *site;
		unsigned data, longest;
		bool data_type, coded, lengthy, binary, exempt;
	} rows[] = {
		{ "a host", "www.contoso.com", DNS_TYPE_A, "contoso.com", 3, 3 },
		{ "below a country's suffix", "www.contoso.co.uk", DNS_TYPE_A, "contoso.co.uk", 3,
		  3 },
		{ "a short site is no suffix of a country", "www.contoso.de", DNS_TYPE_A,
		  "contoso.de", 3, 3 },
		{ "the root", "", DNS_TYPE_NS, "", 0, 0 },
		{ "one label", "localhost", DNS_TYPE_A, "localhost", 0, 0 },
		{ "letters and digits mixed", "laegpumiplhhpz12ynd1.pirate.example", TYPE_NULL,
		  "pirate.example", 20, 20, .data_type = true, .coded = true },
		{ "longer than words are", "abcdefghijabcdefghijabcdefgh.a.example", DNS_TYPE_TXT,
		  "a.example", 28, 28, .data_type = true, .coded = true },
		{ "a long word", "enterpriseregistration.contoso.com", DNS_TYPE_CNAME,
		  "contoso.com", 22, 22, .data_type = true },
		{ "a full label of hex", HEX60 "." HEX60 ".t.example.net", DNS_TYPE_A,
		  "example.net", 121, 60, .coded = true, .lengthy = true },
		{ "words and a GUID",
		  "ml-myws-eastus-6f3b1e7a-1c2d-4e5f-8a9b-0c1d2e3f4a5b.eastus.notebooks.azure.net",
		  DNS_TYPE_A, "azure.net", 66, 51, .coded = true },
		{ "bytes of no name", "\\195\\255\\000" HEX60 ".t.example.net", TYPE_PRIVATE,
		  "example.net", 64, 63, .data_type = true, .coded = true, .lengthy = true,
		  .binary = true },
		{ "an escaped dot parts no labels", "a\\.b.contoso.com", DNS_TYPE_A, "contoso.com",
		  3, 3 },
		{ "a signing key's name", "selector1._domainkey.contoso.com", DNS_TYPE_TXT,
		  "contoso.com", 19, 10, .data_type = true, .exempt = true },
		{ "an address", "4.3.2.1.in-addr.arpa", DNS_TYPE_PTR, "in-addr.arpa", 4, 1,
		  .exempt = true },
	};

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct dns_traits traits;

		dns_traits_of(rows[i].name, rows[i].type, &traits);
		if (strcmp(traits.site, rows[i].site) != 0 || traits.data != rows[i].data ||
		    traits.longest != rows[i].longest)
			fail_msg("%s: %s, %u, %u", rows[i].why, traits.site, traits.data,
				 traits.longest);
		if (traits.is_data_type != rows[i].data_type || traits.is_coded != rows[i].coded ||
		    traits.is_lengthy != rows[i].lengthy || traits.is_binary != rows[i].binary ||
		    traits.is_exempt != rows[i].exempt)
			fail_msg("%s", rows[i].why);
	}
}

static struct dns_message message; /* 20 KiB */

static bool ask(struct dns_activity *activity, const char *name, uint16_t type, bool response)
{
	const struct hash_seed seed = hash_seed_fixed();

	message.response = response;
	message.question_count = 1;
	message.record_count = 0;
	message.question[0] = (struct dns_question){ .name = name, .type = type, .class = 1 };
	return dns_activity_add(activity, &message, &seed);
}

struct flow_row {
	const char *why;
	uint16_t type;
	const char *names[10];
	unsigned coded, lengthy, loose, binary;
};

static void check_flow(const struct flow_row *row)
{
	struct dns_activity activity = { 0 };
	unsigned count = 0;

	for (; row->names[count]; count++) {
		ask(&activity, row->names[count], row->type, false);
		if (ask(&activity, row->names[count], row->type, true))
			fail_msg("%s: an answer counts its question again", row->why);
	}
	if (activity.questions != count || activity.coded != row->coded ||
	    activity.lengthy != row->lengthy || activity.loose != row->loose ||
	    activity.binary != row->binary)
		fail_msg("%s: %u questions, %u coded, %u lengthy, %u loose, %u binary", row->why,
			 activity.questions, activity.coded, activity.lengthy, activity.loose,
			 activity.binary);
}

static void tunnels_add_up(void **state)
{
	static const struct flow_row rows[] = {
		{ "iodine's handshake: all but the first are like the one before",
		  DNS_TYPE_TXT,
		  { "vaaaakavwde.t.example.net", "vaaaakavwdi.t.example.net",
		    "vaaaakavwdm.t.example.net", "vaaaakavwdq.t.example.net",
		    "vaaaakavwdu.t.example.net" },
		  .coded = 4 },
		{ "long labels in addresses' questions",
		  DNS_TYPE_A,
		  { "0" HEX60 ".example.net", "1" HEX60 ".example.net", "2" HEX60 ".example.net" },
		  .lengthy = 3 },
		{ "no site of its own",
		  DNS_TYPE_MX,
		  { "dnscat.0" HEX60 ".1" HEX60 ".aa", "dnscat.1" HEX60 ".2" HEX60 ".bb",
		    "dnscat.2" HEX60 ".3" HEX60 ".cc" },
		  .coded = 1,
		  .lengthy = 1,
		  .loose = 3 },
		{ "one file in one name",
		  DNS_TYPE_A,
		  { "H4sICN03*2QAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULg+=.test.txt" },
		  .lengthy = 1,
		  .binary = 1 },
		{ "in any case, once",
		  TYPE_NULL,
		  { "laegpumiplhhpz12.example.net", "LAEGPUMIPLHHPZ12.EXAMPLE.NET",
		    "LaEgPuMiPlHhPz12.example.net" },
		  .coded = 1 },
		{ "another site takes its votes",
		  TYPE_NULL,
		  { "aegpumiplhhpz121.example.net", "begpumiplhhpz122.example.net",
		    "cegpumiplhhpz123.example.org", "degpumiplhhpz124.example.org",
		    "eegpumiplhhpz125.example.org" },
		  .coded = 1 },
	};

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++)
		check_flow(&rows[i]);
}

static void what_is_like_them_does_not(void **state)
{
	static const struct flow_row rows[] = {
		{ "mail: policies, keys and reports of a domain",
		  DNS_TYPE_TXT,
		  { "contoso.com", "_dmarc.contoso.com", "selector1._domainkey.contoso.com",
		    "selector2._domainkey.contoso.com", "_mta-sts.contoso.com",
		    "k3q9x0m2v8b7n6c5._domainkey.contoso.com", "_smtp._tls.contoso.com" } },
		{ "lists of senders, asked by address",
		  DNS_TYPE_TXT,
		  { "9.113.0.203.bl.example.net", "10.113.0.203.bl.example.net",
		    "11.113.0.203.bl.example.net", "12.113.0.203.bl.example.net" } },
		{ "addresses to names",
		  DNS_TYPE_PTR,
		  { "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		    "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" } },
		{ "mail servers of many domains",
		  DNS_TYPE_MX,
		  { "contoso.co.uk", "fabrikam.co.uk", "wingtiptoys.co.uk",
		    "adventure-works.co.uk" } },
		{ "what a Microsoft 365 check asks",
		  DNS_TYPE_CNAME,
		  { "autodiscover.contoso.com", "enterpriseregistration.contoso.com",
		    "enterpriseenrollment.contoso.com", "sip.contoso.com", "msoid.contoso.com" } },
		{ "load balancers and content networks",
		  DNS_TYPE_A,
		  { "internal-a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6-1234567890.us-east-1.elb.example.com",
		    "d3m3lkd1abcdef.cloudfront.example.net", "e1234.dscb.akamaiedge.example.net",
		    "r4---sn-4g5e6nsz.video.example.com",
		    "ml-myws-eastus-6f3b1e7a-1c2d-4e5f-8a9b-0c1d2e3f4a5b.azure.example" },
		  .lengthy = 1 },
		{ "services",
		  DNS_TYPE_SRV,
		  { "_ldap._tcp.dc._msdcs.contoso.com",
		    "_ldap._tcp.8b0e2f4c-0d3e-4a57-9a55-3f1d2c4b5a69.domains._msdcs.contoso.com",
		    "_kerberos._tcp.contoso.com" } },
		{ "the same name, again and again",
		  DNS_TYPE_TXT,
		  { "2.dnscrypt-cert.example.org", "2.DNSCRYPT-cert.example.org",
		    "2.dnscrypt-CERT.example.org", "2.dnscrypt-cert.EXAMPLE.org" } },
	};

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++)
		check_flow(&rows[i]);
}

static void counts_never_overstate_and_stop(void **state)
{
	struct dns_activity activity = { 0 };
	char name[64];

	(void)state;
	for (unsigned i = 0; i < 70000; i++) {
		unsigned before = activity.coded;

		snprintf(name, sizeof(name), "x%08u9ab.example.net", i);
		ask(&activity, name, TYPE_NULL, false);
		assert_true(activity.coded <= before + 1);
		assert_true(activity.coded <= i + 1);
	}
	assert_in_range(activity.coded, 20, UINT8_MAX);
	assert_int_equal(activity.questions, UINT16_MAX);
}

static void answers_that_can_hold_data_are_added_up(void **state)
{
	const struct hash_seed seed = hash_seed_fixed();
	struct dns_activity activity = { 0 };

	(void)state;
	message.response = true;
	message.question_count = 0;
	message.record_count = 3;
	message.record[0] = (struct dns_record){ .type = TYPE_NULL, .data_bytes = 1000 };
	message.record[1] = (struct dns_record){ .type = DNS_TYPE_A, .data_bytes = 4 };
	message.record[2] = (struct dns_record){ .type = DNS_TYPE_TXT,
						 .data_bytes = 100,
						 .section = DNS_ADDITIONAL };
	for (unsigned i = 0; i < 20000; i++)
		dns_activity_add(&activity, &message, &seed);
	assert_int_equal(activity.down_bytes, (1 << 24) - 1);
	assert_int_equal(activity.questions, 0);
}

static void the_site_is_that_of_the_names(void **state)
{
	const struct hash_seed seed = hash_seed_fixed();
	struct dns_activity activity = { 0 };

	(void)state;
	assert_null(dns_activity_site(&activity, "x.example.net", &seed));
	ask(&activity, "laegpumiplhhpz12.t.example.net", TYPE_NULL, false);
	assert_string_equal(dns_activity_site(&activity, "a.b.example.net", &seed), "example.net");
	assert_null(dns_activity_site(&activity, "a.b.example.org", &seed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_shows_its_traits),
		cmocka_unit_test(tunnels_add_up),
		cmocka_unit_test(what_is_like_them_does_not),
		cmocka_unit_test(counts_never_overstate_and_stop),
		cmocka_unit_test(answers_that_can_hold_data_are_added_up),
		cmocka_unit_test(the_site_is_that_of_the_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
