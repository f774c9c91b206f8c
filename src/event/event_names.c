#include "event/event_names.h"

#include <stddef.h>
#include <string.h>

#include "base/emit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const verdicts[] = {
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
	[VERDICT_DNS_TUNNEL] = "dns_tunnel",
	[VERDICT_OUTSIDE_SCHEDULE] = "outside_schedule",
	[VERDICT_IDENTITY_FORGED_REQUEST] = "identity_forged_request",
	[VERDICT_IDENTITY_UNEXPECTED_CLIENT] = "identity_unexpected_client",
	[VERDICT_IDENTITY_STORED_CREDENTIAL] = "identity_stored_credential",
	[VERDICT_CERTIFICATE_EXPIRED] = "certificate_expired",
	[VERDICT_CERTIFICATE_EXPIRING] = "certificate_expiring",
	[VERDICT_CERTIFICATE_SELF_SIGNED] = "certificate_self_signed",
	[VERDICT_CERTIFICATE_ROTATED] = "certificate_rotated",
	[VERDICT_CERTIFICATE_NAME_MISMATCH] = "certificate_name_mismatch",
	[VERDICT_WEAK_TLS] = "weak_tls",
	[VERDICT_RATE_EXCEEDED] = "rate_exceeded",
	[VERDICT_VOLUME_UPLOAD] = "volume_upload",
	[VERDICT_VOLUME_EXCEEDED] = "volume_exceeded",
	[VERDICT_MONITORING_GAP] = "monitoring_gap",
	[VERDICT_POSTURE_PUBLIC_ACCESS] = "posture_public_access",
	[VERDICT_POSTURE_LOCAL_AUTH] = "posture_local_auth",
	[VERDICT_POSTURE_CONTENT_FILTER] = "posture_content_filter",
	[VERDICT_POSTURE_CAPACITY] = "posture_capacity",
	[VERDICT_POSTURE_DNS_FALLBACK] = "posture_dns_fallback",
	[VERDICT_POSTURE_REGION] = "posture_region",
};
_Static_assert(COUNT(verdicts) == VERDICTS, "a verdict has no name");

static const char *const severities[] = {
	[SEVERITY_NONE] = "none",     [SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium", [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};
_Static_assert(COUNT(severities) == SEVERITIES, "a severity has no name");

static const char *const sources[] = {
	[NAME_NONE] = "none", [NAME_SNI] = "sni",           [NAME_QUIC] = "quic",
	[NAME_HTTP] = "http", [NAME_DNS] = "dns",           [NAME_CERTIFICATE] = "certificate",
	[NAME_MAP] = "map",   [NAME_QUESTION] = "question",
};
_Static_assert(COUNT(sources) == NAME_SOURCES, "a name source has no name");

static const char *const evidences[] = {
	[EVIDENCE_NAME] = "name",       [EVIDENCE_ADDRESS] = "address", [EVIDENCE_MAP] = "map",
	[EVIDENCE_CATALOG] = "catalog", [EVIDENCE_DNS] = "dns",         [EVIDENCE_WIRE] = "wire",
	[EVIDENCE_LIMIT] = "limit",
};
_Static_assert(COUNT(evidences) == EVIDENCE_KINDS, "a kind of evidence has no name");

static const char *const tunnels[] = {
	[TUNNEL_NONE] = "none",   [TUNNEL_VXLAN] = "VXLAN",   [TUNNEL_GENEVE] = "GENEVE",
	[TUNNEL_GRE] = "GRE",     [TUNNEL_ERSPAN] = "ERSPAN", [TUNNEL_IPIP] = "IPIP",
	[TUNNEL_PPPOE] = "PPPOE", [TUNNEL_GTPU] = "GTP-U",    [TUNNEL_ETHERIP] = "ETHERIP",
};
_Static_assert(COUNT(tunnels) == TUNNEL_TYPES, "a tunnel has no name");

static const char *const echs[] = { [ECH_GREASE] = "grease", [ECH_OFFERED] = "offered" };

static const char *const flow_ends[] = {
	[FLOW_END_CLOSED] = "closed",     [FLOW_END_TIMEOUT] = "timeout",
	[FLOW_END_REUSED] = "tcp_reuse",  [FLOW_END_EVICTED] = "forced",
	[FLOW_END_SHUTDOWN] = "shutdown",
};
_Static_assert(COUNT(flow_ends) == FLOW_ENDS, "an end of a flow has no name");

static const char *const tcp_states[] = {
	[TCP_STATE_SYN_SENT] = "syn_sent",       [TCP_STATE_SYN_RECV] = "syn_recv",
	[TCP_STATE_ESTABLISHED] = "established", [TCP_STATE_FIN_WAIT] = "fin_wait1",
	[TCP_STATE_CLOSED] = "closed",           [TCP_STATE_RESET] = "reset",
};
_Static_assert(COUNT(tcp_states) == TCP_STATES, "a TCP state has no name");

static const char *const imds[] = { [IMDS_INSTANCE] = "instance", [IMDS_TOKEN] = "token" };

static const char *const credentials[] = {
	"api_key", "bearer", "basic", "other_auth", "cookie", "sas", "login",
};
_Static_assert(1u << (COUNT(credentials) - 1) == CREDENTIAL_LOGIN, "a credential has no name");

#define NAME_IN(table, index) ((index) < COUNT(table) ? (table)[index] : NULL)

const char *event_name_verdict(unsigned verdict)
{
	return NAME_IN(verdicts, verdict);
}

const char *event_name_severity(unsigned severity)
{
	return NAME_IN(severities, severity);
}

const char *event_name_source(unsigned name_source)
{
	return NAME_IN(sources, name_source);
}

const char *event_name_evidence(unsigned kind)
{
	return NAME_IN(evidences, kind);
}

const char *event_name_tunnel(unsigned tunnel_type)
{
	return NAME_IN(tunnels, tunnel_type);
}

const char *event_name_ech(unsigned ech_kind)
{
	return NAME_IN(echs, ech_kind);
}

const char *event_name_flow_end(unsigned flow_end)
{
	return NAME_IN(flow_ends, flow_end);
}

const char *event_name_tcp_state(unsigned tcp_state)
{
	return NAME_IN(tcp_states, tcp_state);
}

const char *event_name_imds(unsigned imds_request)
{
	return NAME_IN(imds, imds_request);
}

const char *event_name_credential(unsigned bit_index)
{
	return NAME_IN(credentials, bit_index);
}

int event_severity_from_name(const char *name)
{
	for (int i = 0; i < SEVERITIES; i++)
		if (strcmp(severities[i], name) == 0)
			return i;
	return -1;
}

/* Index of the name among those that `spelt` gives for 0 to count - 1, or -1. */
static int index_of(const char *name, const char *(*spelt)(unsigned value), unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const char *known = spelt(i);

		if (known && strcmp(known, name) == 0)
			return (int)i;
	}
	return -1;
}

int event_verdict_from_name(const char *name)
{
	return index_of(name, event_name_verdict, VERDICTS);
}

int event_source_from_name(const char *name)
{
	return index_of(name, event_name_source, NAME_SOURCES);
}

/* The numbers of registries: sparse, so looked up by value. */
struct numbered {
	uint32_t number;
	const char *name;
};

static const char *find(const struct numbered *table, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	return NULL;
}
#define FIND(table, number) find(table, COUNT(table), number)

/* prefix, then the number in decimal. */
static const char *decimal(const char *prefix, uint16_t number, char unknown[EVENT_NAME_UNKNOWN])
{
	size_t length = strlen(prefix);

	memcpy(unknown, prefix, length);
	length += emit_digits(number, unknown + length);
	unknown[length] = '\0';
	return unknown;
}

/* "0x" and as many hex digits as asked for, at most 8. */
static const char *hexadecimal(uint32_t number, unsigned digits, char unknown[EVENT_NAME_UNKNOWN])
{
	unknown[0] = '0';
	unknown[1] = 'x';
	for (unsigned i = 0; i < digits; i++)
		unknown[2 + i] = "0123456789abcdef"[number >> 4 * (digits - 1 - i) & 15];
	unknown[2 + digits] = '\0';
	return unknown;
}

const char *event_name_protocol(uint8_t number, char unknown[EVENT_NAME_UNKNOWN])
{
	static const struct numbered table[] = {
		{ 6, "TCP" },    { 17, "UDP" },  { 1, "ICMP" },  { 58, "IPv6-ICMP" },
		{ 132, "SCTP" }, { 2, "IGMP" },  { 47, "GRE" },  { 50, "ESP" },
		{ 51, "AH" },    { 89, "OSPF" }, { 103, "PIM" }, { 112, "VRRP" },
		{ 4, "IPv4" },   { 41, "IPv6" },
	};
	const char *name = FIND(table, number);

	return name ? name : decimal("", number, unknown);
}

int event_protocol_from_name(const char *name)
{
	static const uint8_t common[] = { 6, 17 };
	char unknown[EVENT_NAME_UNKNOWN];

	for (size_t i = 0; i < sizeof(common); i++)
		if (strcmp(event_name_protocol(common[i], unknown), name) == 0)
			return common[i];
	for (int number = 0; number <= UINT8_MAX; number++)
		if (strcmp(event_name_protocol((uint8_t)number, unknown), name) == 0)
			return number;
	return -1;
}

const char *event_name_dns_type(uint16_t type, char unknown[EVENT_NAME_UNKNOWN])
{
	static const struct numbered table[] = {
		{ 1, "A" },      { 28, "AAAA" },    { 5, "CNAME" },  { 65, "HTTPS" },
		{ 12, "PTR" },   { 6, "SOA" },      { 2, "NS" },     { 16, "TXT" },
		{ 33, "SRV" },   { 15, "MX" },      { 64, "SVCB" },  { 41, "OPT" },
		{ 255, "ANY" },  { 257, "CAA" },    { 43, "DS" },    { 48, "DNSKEY" },
		{ 46, "RRSIG" }, { 47, "NSEC" },    { 50, "NSEC3" }, { 51, "NSEC3PARAM" },
		{ 52, "TLSA" },  { 35, "NAPTR" },   { 10, "NULL" },  { 13, "HINFO" },
		{ 39, "DNAME" }, { 44, "SSHFP" },   { 99, "SPF" },   { 251, "IXFR" },
		{ 252, "AXFR" }, { 249, "TKEY" },   { 250, "TSIG" }, { 256, "URI" },
		{ 59, "CDS" },   { 60, "CDNSKEY" }, { 29, "LOC" },   { 61, "OPENPGPKEY" },
		{ 11, "WKS" },   { 17, "RP" },
	};
	const char *name = FIND(table, type);

	return name ? name : decimal("TYPE", type, unknown); /* RFC 3597 section 5 */
}

const char *event_name_dns_rcode(uint16_t rcode, char unknown[EVENT_NAME_UNKNOWN])
{
	static const struct numbered table[] = {
		{ 0, "NOERROR" },  { 1, "FORMERR" }, { 2, "SERVFAIL" },  { 3, "NXDOMAIN" },
		{ 4, "NOTIMP" },   { 5, "REFUSED" }, { 6, "YXDOMAIN" },  { 7, "YXRRSET" },
		{ 8, "NXRRSET" },  { 9, "NOTAUTH" }, { 10, "NOTZONE" },  { 11, "DSOTYPENI" },
		{ 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" },  { 19, "BADMODE" },
		{ 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" },
	};
	const char *name = FIND(table, rcode);

	return name ? name : decimal("RCODE", rcode, unknown);
}

const char *event_name_tls_version(uint16_t version, char unknown[EVENT_NAME_UNKNOWN])
{
	static const struct numbered table[] = {
		{ 0x0304, "TLS 1.3" }, { 0x0303, "TLS 1.2" }, { 0x0302, "TLS 1.1" },
		{ 0x0301, "TLSv1" },   { 0x0300, "SSLv3" },   { 0x0002, "SSLv2" },
	};
	const char *name = FIND(table, version);

	return name ? name : hexadecimal(version, 4, unknown);
}

const char *event_name_tls_group(uint16_t group, char unknown[EVENT_NAME_UNKNOWN])
{
	static const struct numbered table[] = {
		{ 0x11ec, "X25519MLKEM768" },
		{ 0x11eb, "SecP256r1MLKEM768" },
		{ 0x11ed, "SecP384r1MLKEM1024" },
		{ 0x6399, "X25519Kyber768Draft00" },
		{ 0x639a, "SecP256r1Kyber768Draft00" },
		{ 0x0200, "MLKEM512" },
		{ 0x0201, "MLKEM768" },
		{ 0x0202, "MLKEM1024" },
	};
	const char *name = FIND(table, group);

	return name ? name : hexadecimal(group, 4, unknown);
}

#define QUIC_DRAFT 0xff000000u /* draft-NN is 0xff0000NN */

const char *event_name_quic_version(uint32_t version, char unknown[EVENT_NAME_UNKNOWN])
{
	if (version == 1)
		return "1";
	if (version == 0x6b3343cf) /* RFC 9369 section 3.1 */
		return "2";
	if ((version & 0xffffff00u) == QUIC_DRAFT)
		return decimal("draft-", (uint8_t)version, unknown);
	if (version >> 24 == 'Q') { /* Google QUIC: four characters of text, Q046 */
		for (int i = 0; i < 4; i++)
			unknown[i] = (char)(version >> (24 - 8 * i));
		unknown[4] = '\0';
		return unknown;
	}
	return hexadecimal(version, 8, unknown);
}

static const char *const type_names[] = {
	[EVENT_FLOW] = "flow",   [EVENT_DNS] = "dns",     [EVENT_TLS] = "tls",
	[EVENT_QUIC] = "quic",   [EVENT_HTTP] = "http",   [EVENT_SSH] = "ssh",
	[EVENT_IMDS] = "imds",   [EVENT_ALERT] = "alert", [EVENT_COVERAGE] = "coverage",
	[EVENT_STATS] = "stats",
};
_Static_assert(sizeof(type_names) / sizeof(type_names[0]) == EVENT_TYPES, "an event has no name");

const char *event_type_name(enum event_type type)
{
	return type_names[type];
}

int event_type_from_name(const char *name, size_t length)
{
	for (int i = 0; i < EVENT_TYPES; i++)
		if (strlen(type_names[i]) == length && memcmp(type_names[i], name, length) == 0)
			return i;
	return -1;
}
