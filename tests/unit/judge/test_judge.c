#include "event/event_names.h"
#include "identify/banner.h"
#include "judge_world.h"

static bool reached[1024]; /* rules, by their place in the order */

static void note_reached(const struct world *world, const struct judgement *judgement)
{
	for (size_t i = 0; judgement->rule_id && i < rules_count(world->rules); i++)
		reached[i] = reached[i] ||
			     strcmp(rules_at(world->rules, i).info->id, judgement->rule_id) == 0;
}

static void run(const struct world *world, const struct row *rows, size_t count)
{
	static struct judgement judgement;

	for (size_t i = 0; i < count; i++) {
		struct judge_flow flow = flow_of(&rows[i]);
		struct flow_record record = { .protocol = flow.protocol };
		struct event event = { .flow = &record,
				       .app_proto = app_name(flow.app),
				       .type = EVENT_FLOW };

		print_message("%s\n", rows[i].why);
		judge_flow(world->judge, &event, &flow, &judgement);
		note_reached(world, &judgement);
		for (size_t j = 0; j < judgement.evidence_count; j++)
			print_message("    %s\n", judgement.evidence[j].text);
		assert_string_equal(event_name_verdict(judgement.verdict),
				    event_name_verdict(rows[i].verdict));
		if (!rows[i].rule) {
			assert_null(judgement.rule_id);
			continue;
		}
		assert_string_equal(judgement.rule_id, rows[i].rule);
		assert_true(judgement.evidence_count > 0);
	}
}

#define OWN_NAME "wingtip.openai.azure.com"

static const struct row own_names_rows[] = {
	{ "at its endpoint", .dst = OPENAI_PE, .sni = OWN_NAME, .rule = "PEW-OK-004",
	  .verdict = VERDICT_EXPECTED },
	{ "by its private name", .dst = OPENAI_PE, .sni = "wingtip.privatelink.openai.azure.com",
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "on another port", .dst = OPENAI_PE, .dst_port = 8443, .sni = OWN_NAME,
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "over IPv6", .src = "fd00:40:1::7", .dst = "fd00:40:2::6", .sni = OWN_NAME,
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "no name at all: the address is enough", .dst = OPENAI_PE, .rule = "PEW-OK-004",
	  .verdict = VERDICT_EXPECTED },
	{ "a name of one's own that leads there", .dst = OPENAI_PE, .sni = "ai.wingtip.net",
	  .told = "ai.wingtip.net", .chain = "ai.wingtip.net -> wingtip.openai.azure.com",
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "the Host is an address: no name", .dst = OPENAI_PE, .app = APP_HTTP, .host = OPENAI_PE,
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "from a zone that may", .src = DEV, .dst = "10.40.2.9", .sni = "wingtipacr.azurecr.io",
	  .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "from a zone that a crossing allows", .src = DEV, .dst = "10.40.2.10",
	  .sni = "wingtip.vault.azure.net", .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "from a zone that may not", .src = DEV, .dst = OPENAI_PE, .sni = OWN_NAME,
	  .rule = "PEW-ZON-001", .verdict = VERDICT_ZONE_CROSSING },
	{ "from nowhere in the map", .src = "10.99.0.1", .dst = OPENAI_PE, .sni = OWN_NAME,
	  .rule = "PEW-ZON-001", .verdict = VERDICT_ZONE_CROSSING },
	{ "at a public address", .dst = OUTSIDE, .sni = OWN_NAME, .rule = "PEW-AOI-001",
	  .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "told so by DNS", .dst = OUTSIDE, .sni = OWN_NAME, .told = OWN_NAME,
	  .chain = "wingtip.openai.azure.com -> wingtip.privatelink.openai.azure.com -> x.example",
	  .rule = "PEW-AOI-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "the name only from DNS", .dst = OUTSIDE, .told = OWN_NAME, .rule = "PEW-AOI-001",
	  .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "a name of one's own that leads out", .dst = OUTSIDE, .sni = "ai.wingtip.net",
	  .told = "ai.wingtip.net", .chain = "ai.wingtip.net -> wingtip.openai.azure.com",
	  .rule = "PEW-AOI-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "in an allowed prefix all the same", .dst = "198.51.100.3", .sni = OWN_NAME,
	  .rule = "PEW-AOI-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "with a key in the clear all the same", .dst = OUTSIDE, .dst_port = 80, .app = APP_HTTP,
	  .host = OWN_NAME, .credentials = CREDENTIAL_API_KEY, .rule = "PEW-AOI-001",
	  .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "behind an encrypted hello", .dst = OUTSIDE, .sni = "outer.example", .told = OWN_NAME,
	  .ech = true, .rule = "PEW-AOI-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "DNS gave two names of one service", .dst = OUTSIDE, .sni = OWN_NAME,
	  .told = "other.openai.azure.com", .rule = "PEW-AOI-001",
	  .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "a registry at a public address", .dst = OUTSIDE, .sni = "wingtipacr.azurecr.io",
	  .rule = "PEW-PE-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "a vault at a public address", .dst = OUTSIDE, .sni = "wingtip.vault.azure.net",
	  .rule = "PEW-KV-001", .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "where DNS led to somebody else", .dst = OUTSIDE, .sni = OWN_NAME, .told = "evil.example",
	  .rule = "PEW-NAM-003", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "DNS is of two minds: no contradiction", .dst = OUTSIDE, .sni = OWN_NAME,
	  .told = "evil.example", .told_ambiguous = true, .rule = "PEW-AOI-001",
	  .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS },
	{ "another name where DNS led to our own", .dst = OUTSIDE, .sni = "www.example",
	  .told = OWN_NAME, .rule = "PEW-NAM-004", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "at another endpoint", .dst = "10.40.2.10", .sni = OWN_NAME, .rule = "PEW-NAM-001",
	  .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "a stranger's name at our endpoint", .dst = OPENAI_PE, .sni = "www.example",
	  .rule = "PEW-NAM-001", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "at another private address", .dst = "10.40.1.9", .sni = OWN_NAME, .rule = "PEW-NAM-002",
	  .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "at private space that the map has not", .dst = "10.99.0.4", .sni = OWN_NAME,
	  .rule = "PEW-NAM-002", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
};

static void names_of_the_map_belong_at_their_addresses(void **state)
{
	run(*state, own_names_rows, ROW_COUNT(own_names_rows));
}

static const struct row other_names_rows[] = {
	{ "another tenant's OpenAI", .dst = OUTSIDE, .sni = "fabrikam.openai.azure.com",
	  .rule = "PEW-AI-001", .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "a shared control plane", .dst = OUTSIDE, .sni = "eastus.api.azureml.ms",
	  .rule = "PEW-AI-002", .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "the studio", .dst = OUTSIDE, .sni = "ml.azure.com", .rule = "PEW-AI-002",
	  .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "AI behind an alias", .dst = OUTSIDE, .told = "chat.example",
	  .chain = "chat.example -> fabrikam.openai.azure.com", .rule = "PEW-AI-001",
	  .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "an allowed prefix allows no AI", .dst = "198.51.100.3",
	  .sni = "fabrikam.openai.azure.com", .rule = "PEW-AI-001",
	  .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "a third party", .dst = OUTSIDE, .sni = "api.openai.com", .rule = "PEW-AI-003",
	  .verdict = VERDICT_THIRD_PARTY_AI },
	{ "a third party by QUIC and DNS", .dst = OUTSIDE, .protocol = UDP, .app = APP_QUIC,
	  .told = "huggingface.co", .rule = "PEW-AI-003", .verdict = VERDICT_THIRD_PARTY_AI },
	{ "shadow AI under an Azure name", .dst = OUTSIDE,
	  .sni = "openaiassets.blob.core.windows.net", .rule = "PEW-AI-003",
	  .verdict = VERDICT_THIRD_PARTY_AI },
	{ "another tenant's vault", .dst = OUTSIDE, .sni = "fabrikam.vault.azure.net",
	  .rule = "PEW-KV-002", .verdict = VERDICT_FOREIGN_RESOURCE },
	{ "another tenant's storage", .dst = OUTSIDE, .sni = "fabrikam.blob.core.windows.net",
	  .rule = "PEW-RES-001", .verdict = VERDICT_FOREIGN_RESOURCE },
	{ "shared infrastructure is nobody's resource", .dst = OUTSIDE, .sni = "x.azurefd.net",
	  .rule = "PEW-EGR-003", .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "allowed by name", .dst = OUTSIDE, .sni = "pypi.org", .rule = "PEW-OK-006",
	  .verdict = VERDICT_EXPECTED },
	{ "allowed, the name from DNS", .dst = OUTSIDE, .told = "pypi.org", .rule = "PEW-OK-006",
	  .verdict = VERDICT_EXPECTED },
	{ "allowed, at its address", .dst = "203.0.113.30", .sni = "login.microsoftonline.com",
	  .rule = "PEW-OK-006", .verdict = VERDICT_EXPECTED },
	{ "allowed, elsewhere, and DNS led there", .dst = OUTSIDE,
	  .sni = "login.microsoftonline.com", .told = "login.microsoftonline.com",
	  .rule = "PEW-OK-006", .verdict = VERDICT_EXPECTED },
	{ "allowed, elsewhere", .dst = OUTSIDE, .sni = "login.microsoftonline.com",
	  .rule = "PEW-NAM-005", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "allowed, where DNS led to somebody else", .dst = OUTSIDE, .sni = "pypi.org",
	  .told = "evil.example", .rule = "PEW-NAM-005", .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
	{ "allowed, and a sister site shares the address", .dst = OUTSIDE,
	  .sni = "a.wingtip.example", .told = "b.wingtip.example", .rule = "PEW-OK-006",
	  .verdict = VERDICT_EXPECTED },
	{ "allowed elsewhere only", .src = DEV, .dst = OUTSIDE, .sni = "pypi.org",
	  .rule = "PEW-EGR-003", .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "allowed, with a password in the clear", .dst = OUTSIDE, .dst_port = 80, .app = APP_HTTP,
	  .host = "a.wingtip.example", .credentials = CREDENTIAL_BASIC, .rule = "PEW-CRD-001",
	  .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "an allowed prefix", .dst = "198.51.100.3", .dst_port = 123, .protocol = UDP,
	  .app = APP_NTP, .rule = "PEW-OK-006", .verdict = VERDICT_EXPECTED },
	{ "a name that nobody knows", .dst = OUTSIDE, .sni = "evil.example", .rule = "PEW-EGR-003",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "no name", .dst = OUTSIDE, .rule = "PEW-EGR-004", .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "an address in place of a name", .dst = OUTSIDE, .app = APP_HTTP, .host = "[2001:db8::1]",
	  .rule = "PEW-EGR-004", .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "SSH to the outside", .dst = OUTSIDE, .dst_port = 2222, .app = APP_SSH,
	  .told = "git.example", .rule = "PEW-EGR-002", .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "private space that the map has not", .dst = "192.168.7.7", .rule = "PEW-EGR-005",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "a client that the map has not, to AI", .src = "192.168.7.7", .dst = OUTSIDE,
	  .sni = "fabrikam.openai.azure.com", .rule = "PEW-AI-001",
	  .verdict = VERDICT_PUBLIC_AI_ENDPOINT },
	{ "a cloud name inside, where the map has none", .dst = "10.40.1.9",
	  .sni = "fabrikam.vault.azure.net", .rule = "PEW-NAM-006",
	  .verdict = VERDICT_NAME_ADDRESS_MISMATCH },
};

static void other_names_go_by_catalog_and_allow_list(void **state)
{
	run(*state, other_names_rows, ROW_COUNT(other_names_rows));
}

static const struct row inside_rows[] = {
	{ "one zone", .dst = "10.40.1.9", .dst_port = 8080, .app = APP_HTTP, .host = "jobs.local",
	  .rule = "PEW-OK-007", .verdict = VERDICT_EXPECTED },
	{ "one zone, a log-in in the clear", .dst = "10.40.1.9", .dst_port = 21, .app = APP_FTP,
	  .credentials = CREDENTIAL_LOGIN, .rule = "PEW-CRD-001",
	  .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "a cookie is no credential", .dst = "10.40.1.9", .dst_port = 80, .app = APP_HTTP,
	  .credentials = CREDENTIAL_COOKIE, .rule = "PEW-OK-007", .verdict = VERDICT_EXPECTED },
	{ "one zone, a database log-in in the clear", .dst = "10.40.1.9", .dst_port = 5432,
	  .app = APP_POSTGRES, .credentials = CREDENTIAL_LOGIN, .rule = "PEW-ENC-001",
	  .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "one zone, a signature in the clear", .dst = "10.40.1.9", .dst_port = 80, .app = APP_HTTP,
	  .host = "jobs.local", .credentials = CREDENTIAL_SAS, .rule = "PEW-ENC-003",
	  .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "a token at the endpoint", .dst = OPENAI_PE, .dst_port = 80, .app = APP_HTTP,
	  .host = "wingtip.openai.azure.com", .credentials = CREDENTIAL_BEARER,
	  .rule = "PEW-AOI-003", .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "a key at the endpoint", .dst = OPENAI_PE, .dst_port = 80, .app = APP_HTTP,
	  .host = "wingtip.openai.azure.com", .credentials = CREDENTIAL_API_KEY,
	  .rule = "PEW-AOI-002", .verdict = VERDICT_CLEARTEXT_CREDENTIAL },
	{ "another zone", .src = DEV, .dst = PROD, .dst_port = 8888, .app = APP_HTTP,
	  .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "another zone, refused", .src = DEV, .dst = PROD, .dst_port = 445, .no_app = true,
	  .refused = true, .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "an address in no subnet", .src = DEV, .dst = "10.40.200.1", .dst_port = 445,
	  .no_app = true, .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "another zone, allowed", .src = "10.50.9.1", .dst = DEV, .dst_port = 80, .app = APP_HTTP,
	  .rule = "PEW-OK-007", .verdict = VERDICT_EXPECTED },
	{ "a zone of the subnet's own", .src = DEV, .dst = "10.50.9.1", .dst_port = 80,
	  .app = APP_HTTP, .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "an endpoint that the map has not", .dst = "10.40.2.77", .rule = "PEW-EGR-001",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "SSH, whatever the port", .src = DEV, .dst = PROD, .dst_port = 2222, .app = APP_SSH,
	  .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "SSH within the zone", .dst = "10.40.1.9", .dst_port = 22, .app = APP_SSH,
	  .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "SSH from where it may come", .src = "10.40.3.4", .dst = "10.40.1.9", .dst_port = 22,
	  .app = APP_SSH, .rule = "PEW-OK-005", .verdict = VERDICT_EXPECTED },
	{ "RDP is not SSH", .src = "10.40.3.4", .dst = "10.40.1.9", .dst_port = 3389,
	  .app = APP_RDP, .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "port 22 in mid-stream", .src = DEV, .dst = PROD, .dst_port = 22, .no_app = true,
	  .midstream = true, .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "port 22, bytes cut off", .src = DEV, .dst = PROD, .dst_port = 22, .no_app = true,
	  .snapped = true, .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "a SYN to 22 is only a probe", .src = DEV, .dst = PROD, .dst_port = 22, .no_app = true,
	  .refused = true, .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "WinRM speaks HTTP", .src = DEV, .dst = PROD, .dst_port = 5985, .app = APP_HTTP,
	  .path = "/wsman", .rule = "PEW-ADM-002", .verdict = VERDICT_ADMIN_ACCESS },
	{ "WinRM refused", .src = DEV, .dst = PROD, .dst_port = 5985, .no_app = true,
	  .refused = true, .rule = "PEW-ZON-002", .verdict = VERDICT_ZONE_CROSSING },
	{ "SSH to the appliance is not to compute", .dst = "10.40.3.1", .dst_port = 22,
	  .app = APP_SSH, .rule = "PEW-OK-007", .verdict = VERDICT_EXPECTED },
	{ "SSH from the internet", .src = OUTSIDE, .dst = PROD, .dst_port = 22, .app = APP_SSH,
	  .rule = "PEW-ADM-001", .verdict = VERDICT_ADMIN_ACCESS },
	{ "anything from the internet", .src = OUTSIDE, .dst = PROD, .rule = "PEW-NET-001",
	  .verdict = VERDICT_INBOUND_PUBLIC },
	{ "an endpoint opens nothing: turned round", .src = OPENAI_PE, .src_port = 443, .dst = PROD,
	  .dst_port = 50000, .one_sided = true, .rule = "PEW-OK-004", .verdict = VERDICT_EXPECTED },
	{ "nor does a public server in mid-stream", .src = OUTSIDE, .src_port = 443, .dst = PROD,
	  .dst_port = 50000, .midstream = true, .rule = "PEW-EGR-004",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
};

static void inside_it_goes_by_zone_and_protocol(void **state)
{
	run(*state, inside_rows, ROW_COUNT(inside_rows));
}

static const struct row platform_rows[] = {
	{ "instance data", .dst = "169.254.169.254", .dst_port = 80, .app = APP_HTTP,
	  .host = "169.254.169.254", .imds = IMDS_INSTANCE, .rule = "PEW-OK-002",
	  .verdict = VERDICT_EXPECTED },
	{ "a token", .dst = "169.254.169.254", .dst_port = 80, .app = APP_HTTP, .imds = IMDS_TOKEN,
	  .rule = "PEW-ID-002", .verdict = VERDICT_IDENTITY_TOKEN_REQUEST },
	{ "a token without the header", .dst = "169.254.169.254", .dst_port = 80, .app = APP_HTTP,
	  .imds = IMDS_TOKEN, .no_metadata = true, .rule = "PEW-ID-001",
	  .verdict = VERDICT_IDENTITY_TOKEN_REQUEST },
	{ "the wire server", .dst = AZURE, .dst_port = 32526, .app = APP_HTTP, .rule = "PEW-OK-002",
	  .verdict = VERDICT_EXPECTED },
	{ "another port of it", .dst = AZURE, .dst_port = 8443, .rule = "PEW-EGR-005",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
	{ "a health probe", .src = AZURE, .dst = PROD, .dst_port = 8080, .no_app = true,
	  .rule = "PEW-OK-002", .verdict = VERDICT_EXPECTED },
	{ "DHCP", .src = "0.0.0.0", .src_port = 68, .dst = "255.255.255.255", .dst_port = 67,
	  .protocol = UDP, .no_app = true, .rule = "PEW-OK-001", .verdict = VERDICT_EXPECTED },
	{ "DHCP renewal", .src_port = 68, .dst = AZURE, .dst_port = 67, .protocol = UDP,
	  .no_app = true, .rule = "PEW-OK-001", .verdict = VERDICT_EXPECTED },
	{ "mDNS", .dst = "224.0.0.251", .dst_port = 5353, .protocol = UDP, .app = APP_MDNS,
	  .rule = "PEW-OK-001", .verdict = VERDICT_EXPECTED },
	{ "neighbour discovery is not judged", .src = "fe80::1", .dst = "ff02::1:ff00:1",
	  .protocol = ICMPV6, .app = APP_ICMPV6, .icmp_type = 135, .verdict = VERDICT_NONE },
	{ "an ICMP error is not judged", .src = OUTSIDE, .dst = PROD, .protocol = ICMP,
	  .app = APP_ICMP, .icmp_type = 3, .verdict = VERDICT_NONE },
	{ "a ping is", .dst = OUTSIDE, .protocol = ICMP, .app = APP_ICMP, .icmp_type = 8,
	  .rule = "PEW-EGR-004", .verdict = VERDICT_UNEXPECTED_EGRESS },
};

static void platform_and_housekeeping_are_expected_and_tokens_told(void **state)
{
	run(*state, platform_rows, ROW_COUNT(platform_rows));
}

static const struct row resolver_rows[] = {
	{ "the approved one", .dst = AZURE, .dst_port = 53, .protocol = UDP, .app = APP_DNS,
	  .rule = "PEW-OK-003", .verdict = VERDICT_EXPECTED },
	{ "with bytes that could not be read", .dst = AZURE, .dst_port = 53, .protocol = UDP,
	  .no_app = true, .snapped = true, .rule = "PEW-OK-003", .verdict = VERDICT_EXPECTED },
	{ "that leaked", .dst = AZURE, .dst_port = 53, .protocol = UDP, .app = APP_DNS,
	  .dns_verdict = VERDICT_DNS_PRIVATE_LINK_LEAK, .rule = "PEW-DNS-001",
	  .verdict = VERDICT_DNS_PRIVATE_LINK_LEAK },
	{ "coded names, though the resolver is approved", .dst = AZURE, .dst_port = 53,
	  .protocol = UDP, .app = APP_DNS, .dns_coded = 4, .rule = "PEW-DNS-020",
	  .verdict = VERDICT_DNS_TUNNEL },
	{ "approved, for other zones", .src = "10.99.0.1", .dst = AZURE, .dst_port = 53,
	  .protocol = UDP, .app = APP_DNS, .rule = "PEW-DNS-010",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "another", .dst = "203.0.113.53", .dst_port = 53, .protocol = UDP, .app = APP_DNS,
	  .rule = "PEW-DNS-010", .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "another, on an odd port", .dst = "203.0.113.53", .dst_port = 5300, .protocol = UDP,
	  .app = APP_DNS, .rule = "PEW-DNS-010", .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "another, refused", .dst = "203.0.113.53", .dst_port = 53, .no_app = true,
	  .refused = true, .rule = "PEW-DNS-010", .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "a private one that the map has not", .dst = "10.40.1.53", .dst_port = 53,
	  .protocol = UDP, .app = APP_DNS, .rule = "PEW-DNS-010",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoT", .dst = "203.0.113.53", .dst_port = 853, .rule = "PEW-DNS-011",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoT to the approved one, not on that port", .dst = AZURE, .dst_port = 853,
	  .rule = "PEW-DNS-011", .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoQ on an odd port", .dst = "203.0.113.53", .dst_port = 784, .protocol = UDP,
	  .app = APP_QUIC, .alpn = "doq", .rule = "PEW-DNS-011",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoH by name", .dst = "203.0.113.53", .sni = "dns.google", .alpn = "h2,http/1.1",
	  .rule = "PEW-DNS-011", .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoH by a name that DNS gave", .dst = "203.0.113.53",
	  .told = "mozilla.cloudflare-dns.com", .rule = "PEW-DNS-011",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "DoH by path", .dst = "203.0.113.53", .dst_port = 80, .app = APP_HTTP,
	  .host = "x.example", .path = "/dns-query", .rule = "PEW-DNS-011",
	  .verdict = VERDICT_DNS_RESOLVER_BYPASS },
	{ "a resolver's web page in the clear", .dst = "203.0.113.53", .dst_port = 80,
	  .app = APP_HTTP, .host = "dns.google", .path = "/", .rule = "PEW-EGR-003",
	  .verdict = VERDICT_UNEXPECTED_EGRESS },
};

static void dns_goes_to_approved_resolvers(void **state)
{
	run(*state, resolver_rows, ROW_COUNT(resolver_rows));
}

/* A response: the question, the CNAMEs after it, the address. */
struct answer {
	const char *why, *client, *resolver;
	const char *chain[6];
	const char *a;
	uint16_t rcode;
	bool request;
	const char *rule;
	const char *says; /* part of the evidence, or NULL */
};

static void fill_message(struct dns_message *message, const struct answer *row)
{
	const char *owner = row->chain[0];

	*message = (struct dns_message){ .response = !row->request,
					 .rcode = row->rcode,
					 .question_count = 1,
					 .question[0] = { owner, DNS_TYPE_A, 1 } };
	for (size_t i = 1; row->chain[i]; i++) {
		message->record[message->record_count++] = (struct dns_record){
			.name = owner, .data = row->chain[i], .type = DNS_TYPE_CNAME
		};
		owner = row->chain[i];
	}
	if (row->a)
		message->record[message->record_count++] =
			(struct dns_record){ .name = owner,
					     .addr = addr(row->a),
					     .type = strchr(row->a, ':') ? DNS_TYPE_AAAA
									 : DNS_TYPE_A,
					     .has_addr = true };
}

#define OWN "wingtip.openai.azure.com", "wingtip.privatelink.openai.azure.com"
#define GUID "11111111-2222-3333-4444-555555555555"

static const struct answer answer_rows[] = {
	{ "the endpoint's address", .chain = { OWN }, .a = OPENAI_PE, .rule = "PEW-OK-003" },
	{ "its IPv6 address", .chain = { OWN }, .a = "fd00:40:2::6", .rule = "PEW-OK-003" },
	{ "no address of this type", .chain = { OWN }, .rule = "PEW-OK-003" },
	{ "a request tells nothing", .chain = { "wingtip.openai.azure.com" }, .request = true,
	  .rule = "PEW-OK-003" },
	{ "asked from a zone that may not use it", .client = DEV, .chain = { OWN }, .a = OPENAI_PE,
	  .rule = "PEW-OK-003" },
	{ "public, past the private zone", .client = DEV,
	  .chain = { OWN, "openai-eus.trafficmanager.net" }, .a = OUTSIDE, .rule = "PEW-DNS-001",
	  .says = "private DNS zone privatelink.openai.azure.com is not linked to vnet-dev" },
	{ "public, and the zone is linked", .chain = { OWN }, .a = OUTSIDE, .rule = "PEW-DNS-001",
	  .says = "its record is missing or wrong" },
	{ "public, no privatelink at all", .chain = { "WINGTIP.vault.azure.net" }, .a = OUTSIDE,
	  .rule = "PEW-DNS-001", .says = "which has private endpoint 10.40.2.10 (pe-wingtip-kv)" },
	{ "another private address", .chain = { OWN }, .a = "10.40.1.66", .rule = "PEW-DNS-001" },
	{ "a name of one's own that leads out",
	  .chain = { "ai.wingtip.net", "wingtip.openai.azure.com" }, .a = OUTSIDE,
	  .rule = "PEW-DNS-001" },
	{ "no such name", .chain = { OWN }, .rcode = 3, .rule = "PEW-DNS-002",
	  .says = "that there is no wingtip.openai.azure.com" },
	{ "a failure says nothing of the name", .chain = { "wingtip.openai.azure.com" }, .rcode = 2,
	  .rule = "PEW-OK-003" },
	{ "an endpoint under a wildcard, outside",
	  .chain = { "chat.westeurope.inference.ml.azure.com",
		     "chat." GUID ".inference.westeurope.privatelink.api.azureml.ms" },
	  .a = OUTSIDE, .rule = "PEW-DNS-001" },
	{ "and at its address",
	  .chain = { "chat.westeurope.inference.ml.azure.com",
		     "chat." GUID ".inference.westeurope.privatelink.api.azureml.ms" },
	  .a = "10.40.2.8", .rule = "PEW-OK-003" },
	{ "another tenant's, private to them",
	  .chain = { "lab.blob.core.windows.net", "lab.privatelink.blob.core.windows.net",
		     "blob.db4prdstr15a.store.core.windows.net" },
	  .a = OUTSIDE, .rule = "PEW-OK-003" },
	{ "Microsoft's own sign-in passes one",
	  .chain = { "login.microsoftonline.com", "login.mso.msidentity.com",
		     "ak.privatelink.msidentity.com" },
	  .a = "203.0.113.30", .rule = "PEW-OK-003" },
	{ "another tenant's, hidden by our zone",
	  .chain = { "fabrikam.openai.azure.com", "fabrikam.privatelink.openai.azure.com" },
	  .rcode = 3, .rule = "PEW-DNS-003" },
	{ "another tenant's, which is just not there",
	  .chain = { "lab.blob.core.windows.net", "lab.privatelink.blob.core.windows.net" },
	  .rcode = 3, .rule = "PEW-OK-003" },
	{ "a private link to where the map has none",
	  .chain = { "fabrikam.openai.azure.com", "fabrikam.privatelink.openai.azure.com" },
	  .a = "10.40.2.66", .rule = "PEW-DNS-004" },
	{ "some name that does not exist", .chain = { "nxdomain.example" }, .rcode = 3,
	  .rule = "PEW-OK-003" },
	{ "any other resolver is the finding", .resolver = "203.0.113.53", .chain = { OWN },
	  .a = OUTSIDE, .rule = "PEW-DNS-010" },
};

static void answers_of_approved_resolvers_keep_private_names_private(void **state)
{
	static struct dns_message message;
	static struct judgement judgement;

	for (size_t i = 0; i < ROW_COUNT(answer_rows); i++) {
		const struct world *world = *state;
		const struct judge_dns dns = {
			.client = addr(answer_rows[i].client ? answer_rows[i].client : PROD),
			.resolver = addr(answer_rows[i].resolver ? answer_rows[i].resolver : AZURE),
			.resolver_port = 53,
			.message = &message,
		};

		print_message("%s\n", answer_rows[i].why);
		fill_message(&message, &answer_rows[i]);
		judge_dns(world->judge, NULL, &dns, &judgement);
		note_reached(world, &judgement);
		for (size_t j = 0; j < judgement.evidence_count; j++)
			print_message("    %s\n", judgement.evidence[j].text);
		assert_string_equal(judgement.rule_id, answer_rows[i].rule);
		if (answer_rows[i].says)
			assert_true(some_evidence_says(&judgement, answer_rows[i].says));
	}
}

/* Runs last: a rule that no row above reaches is one that nobody knows to work. */
static void every_verdict_rule_was_reached(void **state)
{
	const struct world *world = *state;

	assert_true(rules_count(world->rules) <= sizeof(reached));
	for (size_t i = 0; i < rules_count(world->rules); i++) {
		const struct rule_view rule = rules_at(world->rules, i);

		print_message("%s\n", rule.info->id);
		assert_true(reached[i] || rule.effect == RULE_ALERT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_the_map_belong_at_their_addresses),
		cmocka_unit_test(other_names_go_by_catalog_and_allow_list),
		cmocka_unit_test(inside_it_goes_by_zone_and_protocol),
		cmocka_unit_test(platform_and_housekeeping_are_expected_and_tokens_told),
		cmocka_unit_test(dns_goes_to_approved_resolvers),
		cmocka_unit_test(answers_of_approved_resolvers_keep_private_names_private),
		cmocka_unit_test(every_verdict_rule_was_reached),
	};

	return cmocka_run_group_tests_name("judge", tests, load, unload);
}
