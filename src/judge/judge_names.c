/* The words for verdicts, severities and the like. People, sinks and rules rely on them. */
#include <string.h>

#include "judge/judge.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_NONE] = "none",
	[VERDICT_EXPECTED] = "expected",
	[VERDICT_PRIVATE_ENDPOINT_BYPASS] = "private_endpoint_bypass",
	[VERDICT_PUBLIC_AI_ENDPOINT] = "public_ai_endpoint",
	[VERDICT_FOREIGN_RESOURCE] = "foreign_resource",
	[VERDICT_DNS_PRIVATE_LINK_LEAK] = "dns_private_link_leak",
	[VERDICT_DNS_RESOLVER_BYPASS] = "dns_resolver_bypass",
	[VERDICT_NAME_ADDRESS_MISMATCH] = "name_address_mismatch",
	[VERDICT_THIRD_PARTY_AI] = "third_party_ai",
	[VERDICT_UNEXPECTED_EGRESS] = "unexpected_egress",
	[VERDICT_ZONE_CROSSING] = "zone_crossing",
	[VERDICT_ADMIN_ACCESS] = "admin_access",
	[VERDICT_INBOUND_PUBLIC] = "inbound_public",
	[VERDICT_IDENTITY_TOKEN_REQUEST] = "identity_token_request",
	[VERDICT_CLEARTEXT_CREDENTIAL] = "cleartext_credential",
};

static const char *const severities[SEVERITIES] = {
	[SEVERITY_NONE] = "none",     [SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium", [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

static const char *const evidence_kinds[EVIDENCE_KINDS] = {
	[EVIDENCE_NAME] = "name",       [EVIDENCE_ADDRESS] = "address", [EVIDENCE_MAP] = "map",
	[EVIDENCE_CATALOG] = "catalog", [EVIDENCE_DNS] = "dns",         [EVIDENCE_WIRE] = "wire",
	[EVIDENCE_LIMIT] = "limit",
};

static const char *const name_sources[NAME_SOURCES] = {
	[NAME_NONE] = "none", [NAME_SNI] = "sni", [NAME_QUIC] = "quic",
	[NAME_HTTP] = "http", [NAME_DNS] = "dns", [NAME_CERTIFICATE] = "certificate",
	[NAME_MAP] = "map",
};

const char *verdict_name(enum verdict verdict)
{
	return (unsigned)verdict < VERDICTS ? verdicts[verdict] : "none";
}

const char *severity_name(enum severity severity)
{
	return (unsigned)severity < SEVERITIES ? severities[severity] : "none";
}

int severity_from_name(const char *name)
{
	for (int i = 0; i < SEVERITIES; i++) {
		if (strcmp(severities[i], name) == 0)
			return i;
	}
	return -1;
}

const char *evidence_kind_name(enum evidence_kind kind)
{
	return (unsigned)kind < EVIDENCE_KINDS ? evidence_kinds[kind] : "wire";
}

const char *name_source_name(enum name_source source)
{
	return (unsigned)source < NAME_SOURCES ? name_sources[source] : "none";
}
