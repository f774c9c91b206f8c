#include "event/event_fields.h"

#include "event/event_names.h"
#include "event/event_values.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { /* sets of event types */
       FLOW = 1u << EVENT_FLOW,
       DNS = 1u << EVENT_DNS,
       TLS = 1u << EVENT_TLS,
       QUIC = 1u << EVENT_QUIC,
       HTTP = 1u << EVENT_HTTP,
       SSH = 1u << EVENT_SSH,
       IMDS = 1u << EVENT_IMDS,
       ALERT = 1u << EVENT_ALERT,
       COVERAGE = 1u << EVENT_COVERAGE,
       STATS = 1u << EVENT_STATS,
       TRAFFIC = FLOW | DNS | TLS | QUIC | HTTP | SSH | IMDS | ALERT, /* those with a flow */
       ANY = TRAFFIC | COVERAGE | STATS,
       WEB = HTTP | IMDS,
};

enum { OURS, EVE };

const struct event_object_row event_objects[EVENT_OBJECTS] = {
	[OBJECT_TOP] = { "", "", OBJECT_TOP },
	[OBJECT_TUNNEL] = { "\"tunnel\":", "The innermost envelope of the flow's packets",
			    OBJECT_TOP },
	[OBJECT_NAT] = { "\"nat\":",
			 "The flow's ends beyond a translation by the host that pewit runs on",
			 OBJECT_TOP },
	[OBJECT_FLOW] = { "\"flow\":", "Counts and times of the flow", OBJECT_TOP },
	[OBJECT_TCP] = { "\"tcp\":", "What TCP did", OBJECT_TOP },
	[OBJECT_TLS] = { "\"tls\":", "A TLS handshake, as far as it is in the clear", OBJECT_TOP },
	[OBJECT_TLS_JA3] = { "\"ja3\":", "JA3 fingerprint of the client", OBJECT_TLS },
	[OBJECT_TLS_JA3S] = { "\"ja3s\":", "JA3S fingerprint of the server", OBJECT_TLS },
	[OBJECT_QUIC] = { "\"quic\":", "A QUIC handshake, as far as anyone on the path can read it",
			  OBJECT_TOP },
	[OBJECT_QUIC_JA3] = { "\"ja3\":", "JA3 fingerprint of the client", OBJECT_QUIC },
	[OBJECT_QUIC_JA3S] = { "\"ja3s\":", "JA3S fingerprint of the server", OBJECT_QUIC },
	[OBJECT_DNS] = { "\"dns\":", "One DNS message, in the form of EVE's version 3",
			 OBJECT_TOP },
	[OBJECT_HTTP] = { "\"http\":", "One request with its response", OBJECT_TOP },
	[OBJECT_SSH] = { "\"ssh\":", "Banners of an SSH connection", OBJECT_TOP },
	[OBJECT_SSH_CLIENT] = { "\"client\":", "The client's banner", OBJECT_SSH },
	[OBJECT_SSH_SERVER] = { "\"server\":", "The server's banner", OBJECT_SSH },
	[OBJECT_IMDS] = { "\"imds\":", "A request to Azure's instance metadata service",
			  OBJECT_TOP },
	[OBJECT_NAME] = { "\"name\":", "The name of the destination, and where it is from",
			  OBJECT_TOP },
	[OBJECT_ENDPOINT] = { "\"endpoint\":", "The service that the destination belongs to",
			      OBJECT_TOP },
	[OBJECT_ALERT] = { "\"alert\":", "The finding", OBJECT_TOP },
	[OBJECT_COVERAGE] = { "\"coverage\":",
			      "What cannot be seen from where the capture was taken", OBJECT_TOP },
};

#define ROW(object_, name_, part_, as_, types_, eve_, doc_, ...)                                   \
	{                                                                                          \
		.key = "\"" name_ "\":", .key_length = sizeof(name_) + 2, .object = object_,       \
		.part = part_, .as = as_, .types = types_, .eve = eve_, .doc = doc_, __VA_ARGS__   \
	}
#define AT(type, member) .offset = offsetof(struct type, member)
#define BY(function) .write = event_value_##function
#define NAMED(type, member, function) AT(type, member), .names = event_name_##function
#define LIST(list_) .list = &(list_)
#define CALLED(type, member, function) AT(type, member), .called = event_name_##function
#define DNS_BIT(bit) AT(dns_message, flags), .flag = DNS_##bit
#define FLAG(bit) AT(flow_record, tcp_flags), .flag = (bit)

/* Elements of lists have rows of their own; object and types play no part in them. */
#define ITEM(name_, as_, eve_, doc_, ...)                                                          \
	ROW(OBJECT_TOP, name_, PART_EVENT, as_, ANY, eve_, doc_, __VA_ARGS__)

/* The zero of these enums says that there is nothing to say. */
static const char *verdict_given(unsigned verdict)
{
	return verdict == VERDICT_NONE ? NULL : event_name_verdict(verdict);
}

static const char *severity_given(unsigned severity)
{
	return severity == SEVERITY_NONE ? NULL : event_name_severity(severity);
}

static const char *tunnel_given(unsigned type)
{
	return type == TUNNEL_NONE ? NULL : event_name_tunnel(type);
}

static const char *source_given(unsigned source)
{
	return source == NAME_NONE ? NULL : event_name_source(source);
}

static const char *type_name(unsigned type)
{
	return type < EVENT_TYPES ? event_type_name((enum event_type)type) : NULL;
}

static const char *dns_way(unsigned is_response)
{
	static const char *const ways[] = { "request", "response" };

	return is_response < COUNT(ways) ? ways[is_response] : NULL;
}

static const char *tls_version_given(uint16_t version, char unknown[EVENT_NAME_UNKNOWN])
{
	return version == 0 ? NULL : event_name_tls_version(version, unknown);
}

/* Bits of the header's second word, RFC 1035 section 4.1.1. */
enum { DNS_AA = 0x0400, DNS_TC = 0x0200, DNS_RD = 0x0100, DNS_RA = 0x0080 };

static const struct event_field question_fields[] = {
	ITEM("rrname", AS_TEXT_KEPT, EVE, "Name asked for; \"\" is the root",
	     AT(dns_question, name), .always = true),
	ITEM("rrtype", AS_CALLED, EVE, "Type asked for: A, AAAA, HTTPS, TYPE123",
	     CALLED(dns_question, type, dns_type), .always = true),
};

static const struct event_field record_fields[] = {
	ITEM("rrname", AS_TEXT_KEPT, EVE, "Owner of the record", AT(dns_record, name),
	     .always = true),
	ITEM("rrtype", AS_CALLED, EVE, "Type of the record", CALLED(dns_record, type, dns_type),
	     .always = true),
	ITEM("ttl", AS_U32, EVE, "Seconds it may be kept", AT(dns_record, ttl_s), .always = true),
	ITEM("rdata", AS_STRING, EVE, "Its data as text, where the type is known", BY(record_data)),
	ITEM("ech", AS_TRUE, OURS, "An HTTPS or SVCB record that offers Encrypted Client Hello",
	     AT(dns_record, has_ech)),
};

static const struct event_field evidence_fields[] = {
	ITEM("kind", AS_NAMED, OURS, "What the sentence speaks of", NAMED(evidence, kind, evidence),
	     .always = true),
	ITEM("text", AS_TEXT, OURS, "One sentence", AT(evidence, text)),
};

static const struct event_field outer_fields[] = {
	ITEM("src_ip", AS_IP_KNOWN, OURS, "Sender of the envelope", AT(tunnel, src)),
	ITEM("src_port", AS_INTEGER, OURS, "Its UDP port", BY(tunnel_src_port)),
	ITEM("dest_ip", AS_IP_KNOWN, OURS, "Receiver of the envelope", AT(tunnel, dst)),
	ITEM("dest_port", AS_INTEGER, OURS, "Its UDP port", BY(tunnel_dest_port)),
	ITEM("proto", AS_NAMED, OURS, "Kind of envelope", AT(tunnel, type), .names = tunnel_given),
	ITEM("id", AS_U32, OURS, "VNI, key, session or tunnel id", AT(tunnel, id), .always = true),
};

static const void *next_question(const void *part, const void *previous)
{
	const struct dns_message *dns = part;
	const struct dns_question *next =
		previous ? (const struct dns_question *)previous + 1 : dns->question;

	return next < dns->question + dns->question_count ? next : NULL;
}

static const void *next_record(const struct dns_message *dns, const void *previous, uint8_t section)
{
	const struct dns_record *next =
		previous ? (const struct dns_record *)previous + 1 : dns->record;

	for (; next < dns->record + dns->record_count; next++)
		if (next->section == section && next->type != DNS_TYPE_OPT)
			return next;
	return NULL;
}

static const void *next_answer(const void *part, const void *previous)
{
	return next_record(part, previous, DNS_ANSWER);
}

static const void *next_authority(const void *part, const void *previous)
{
	return next_record(part, previous, DNS_AUTHORITY);
}

static const void *next_additional(const void *part, const void *previous)
{
	return next_record(part, previous, DNS_ADDITIONAL);
}

static const void *next_evidence(const void *part, const void *previous)
{
	const struct judgement *judgement = part;
	const struct evidence *next =
		previous ? (const struct evidence *)previous + 1 : judgement->evidence;
	size_t count = judgement->evidence_count;

	return next < judgement->evidence + (count < EVIDENCE_MAX ? count : EVIDENCE_MAX) ? next
											  : NULL;
}

/* Envelopes outside the innermost. */
static const void *next_outer(const void *part, const void *previous)
{
	const struct flow_record *flow = part;
	const struct tunnel *next = previous ? (const struct tunnel *)previous + 1 : flow->tunnel;
	size_t kept = flow->tunnel_count;

	if (kept > LAYERS_TUNNELS_MAX)
		kept = LAYERS_TUNNELS_MAX;
	return kept != 0 && next < flow->tunnel + kept - 1 ? next : NULL;
}

#define LIST_OF(fields, next_)                                                                     \
	{                                                                                          \
		fields, COUNT(fields), next_                                                       \
	}
static const struct event_list questions = LIST_OF(question_fields, next_question);
static const struct event_list answers = LIST_OF(record_fields, next_answer);
static const struct event_list authorities = LIST_OF(record_fields, next_authority);
static const struct event_list additionals = LIST_OF(record_fields, next_additional);
static const struct event_list evidence_list = LIST_OF(evidence_fields, next_evidence);
static const struct event_list outer_list = LIST_OF(outer_fields, next_outer);

/* clang-format off: one field, one line or two */
const struct event_field event_fields[] = {
	ROW(OBJECT_TOP, "timestamp", PART_EVENT, AS_TIME, ANY, EVE,
	    "Packet time, UTC, microseconds", AT(event, time_ns), .always = true),
	ROW(OBJECT_TOP, "flow_id", PART_FLOW, AS_U64, TRAFFIC, EVE,
	    "The same in all events of a flow; below 2^53", AT(flow_record, id), .always = true),
	ROW(OBJECT_TOP, "event_type", PART_EVENT, AS_NAMED, ANY, EVE, "Kind of event",
	    AT(event, type), .names = type_name, .always = true),
	ROW(OBJECT_TOP, "vlan", PART_FLOW, AS_INTEGERS, TRAFFIC, EVE, "VLAN ids, outermost first",
	    BY(vlan)),
	ROW(OBJECT_TOP, "src_ip", PART_FLOW, AS_IP, TRAFFIC, EVE, "The initiator",
	    AT(flow_record, src), .always = true),
	ROW(OBJECT_TOP, "src_port", PART_FLOW, AS_PORT, TRAFFIC, EVE, "Its port (TCP, UDP, SCTP)",
	    AT(flow_record, src_port)),
	ROW(OBJECT_TOP, "dest_ip", PART_FLOW, AS_IP, TRAFFIC, EVE, "The responder",
	    AT(flow_record, dst), .always = true),
	ROW(OBJECT_TOP, "dest_port", PART_FLOW, AS_PORT, TRAFFIC, EVE, "Its port (TCP, UDP, SCTP)",
	    AT(flow_record, dst_port)),
	ROW(OBJECT_TOP, "proto", PART_FLOW, AS_PROTOCOL, TRAFFIC, EVE,
	    "TCP, UDP, ICMP, IPv6-ICMP, SCTP, ..., else the IANA number", AT(flow_record, protocol),
	    .always = true),
	ROW(OBJECT_TOP, "ip_v", PART_FLOW, AS_U8, TRAFFIC, EVE, "IP version, 4 or 6",
	    AT(flow_record, ip_version), .always = true),
	ROW(OBJECT_TOP, "icmp_type", PART_ICMP, AS_U8, TRAFFIC, EVE,
	    "Type of the first ICMP message", AT(flow_record, icmp_type), .always = true),
	ROW(OBJECT_TOP, "icmp_code", PART_ICMP, AS_U8, TRAFFIC, EVE,
	    "Code of the first ICMP message", AT(flow_record, icmp_code), .always = true),
	ROW(OBJECT_TOP, "community_id", PART_FLOW, AS_COMMUNITY_ID, TRAFFIC, EVE,
	    "Community ID version 1, seed 0", BY(community_id), .always = true),
	ROW(OBJECT_TOP, "app_proto", PART_EVENT, AS_TEXT_OF, TRAFFIC, EVE,
	    "Application protocol; \"failed\" when it is none that pewit knows",
	    AT(event, app_proto)),
	ROW(OBJECT_TOP, "dpi", PART_EVENT, AS_TEXT_OF, TRAFFIC, OURS,
	    "nDPI's label, when it was asked", AT(event, dpi_label)),

	ROW(OBJECT_TUNNEL, "src_ip", PART_TUNNEL, AS_IP_KNOWN, TRAFFIC, EVE,
	    "Sender of the envelope", AT(tunnel, src)),
	ROW(OBJECT_TUNNEL, "src_port", PART_TUNNEL, AS_INTEGER, TRAFFIC, EVE, "Its UDP port",
	    BY(tunnel_src_port)),
	ROW(OBJECT_TUNNEL, "dest_ip", PART_TUNNEL, AS_IP_KNOWN, TRAFFIC, EVE,
	    "Receiver of the envelope", AT(tunnel, dst)),
	ROW(OBJECT_TUNNEL, "dest_port", PART_TUNNEL, AS_INTEGER, TRAFFIC, EVE, "Its UDP port",
	    BY(tunnel_dest_port)),
	ROW(OBJECT_TUNNEL, "proto", PART_TUNNEL, AS_NAMED, TRAFFIC, EVE, "Kind of envelope",
	    AT(tunnel, type), .names = tunnel_given),
	ROW(OBJECT_TUNNEL, "id", PART_TUNNEL, AS_U32, TRAFFIC, OURS,
	    "VNI (VXLAN, GENEVE), key (GRE), session (ERSPAN, PPPoE) or TEID (GTP-U)",
	    AT(tunnel, id), .always = true),
	ROW(OBJECT_TUNNEL, "depth", PART_FLOW, AS_INTEGER, TRAFFIC, EVE,
	    "Envelopes round the packet", BY(tunnel_depth)),
	ROW(OBJECT_TUNNEL, "outer", PART_FLOW, AS_LIST, TRAFFIC, OURS,
	    "Envelopes round that one, outermost first", LIST(outer_list)),

	ROW(OBJECT_NAT, "src_ip", PART_NAT, AS_IP_KNOWN, TRAFFIC, OURS,
	    "The real client: src_ip is an address that stands for it", AT(flow_record, nat.src)),
	ROW(OBJECT_NAT, "src_port", PART_NAT, AS_INTEGER, TRAFFIC, OURS, "Its port",
	    BY(nat_src_port)),
	ROW(OBJECT_NAT, "dest_ip", PART_NAT, AS_IP_KNOWN, TRAFFIC, OURS,
	    "The destination's other address: the real server of a flow captured before its "
	    "translation, what the client asked for of one captured after",
	    AT(flow_record, nat.dst)),
	ROW(OBJECT_NAT, "dest_port", PART_NAT, AS_INTEGER, TRAFFIC, OURS, "Its port",
	    BY(nat_dest_port)),

	ROW(OBJECT_FLOW, "pkts_toserver", PART_FLOW, AS_U64, FLOW | ALERT, EVE,
	    "Frames from the initiator", AT(flow_record, count[TO_SERVER].packets), .always = true),
	ROW(OBJECT_FLOW, "pkts_toclient", PART_FLOW, AS_U64, FLOW | ALERT, EVE,
	    "Frames to the initiator", AT(flow_record, count[TO_CLIENT].packets), .always = true),
	ROW(OBJECT_FLOW, "bytes_toserver", PART_FLOW, AS_U64, FLOW | ALERT, EVE,
	    "Bytes from the initiator: whole frames, envelopes included",
	    AT(flow_record, count[TO_SERVER].bytes), .always = true),
	ROW(OBJECT_FLOW, "bytes_toclient", PART_FLOW, AS_U64, FLOW | ALERT, EVE,
	    "Bytes to the initiator", AT(flow_record, count[TO_CLIENT].bytes), .always = true),
	ROW(OBJECT_FLOW, "start", PART_FLOW, AS_TIME, FLOW | ALERT, EVE, "First packet",
	    AT(flow_record, start_ns), .always = true),
	ROW(OBJECT_FLOW, "end", PART_FLOW, AS_TIME, FLOW, EVE, "Last packet",
	    AT(flow_record, end_ns), .always = true),
	ROW(OBJECT_FLOW, "age", PART_FLOW, AS_INTEGER, FLOW, EVE,
	    "Seconds from first to last packet", BY(age), .always = true),
	ROW(OBJECT_FLOW, "state", PART_FLOW, AS_STRING, FLOW, EVE, "new, established or closed",
	    BY(state), .always = true),
	ROW(OBJECT_FLOW, "reason", PART_FLOW, AS_NAMED, FLOW, EVE,
	    "Why it ended: closed (FIN from both sides, or RST; not in EVE), timeout, tcp_reuse "
	    "(a new "
	    "connection on its ports), forced (the table was full), shutdown (the capture ended)",
	    NAMED(flow_record, end, flow_end)),
	ROW(OBJECT_FLOW, "alerted", PART_JUDGEMENT, AS_FLAG, FLOW, EVE,
	    "Whether the verdict is a finding", BY(alerted), .always = true),
	ROW(OBJECT_FLOW, "midstream", PART_FLOW, AS_BOOL, FLOW | ALERT, OURS,
	    "Its beginning was not captured: the initiator is a guess", AT(flow_record, midstream),
	    .always = true),
	ROW(OBJECT_FLOW, "one_sided", PART_FLOW, AS_FLAG, FLOW, OURS, "Only one direction was seen",
	    BY(one_sided), .always = true),
	ROW(OBJECT_FLOW, "http_requests", PART_EVENT, AS_INTEGER, FLOW, OURS,
	    "HTTP requests seen on it", BY(http_count)),

	ROW(OBJECT_TCP, "tcp_flags", PART_TCP, AS_STRING, FLOW, EVE, "All flags seen, in hex",
	    BY(tcp_flags), .always = true),
	ROW(OBJECT_TCP, "tcp_flags_ts", PART_TCP, AS_STRING, FLOW, EVE, "Those of the initiator",
	    BY(tcp_flags_ts), .always = true),
	ROW(OBJECT_TCP, "tcp_flags_tc", PART_TCP, AS_STRING, FLOW, EVE, "Those of the responder",
	    BY(tcp_flags_tc), .always = true),
	ROW(OBJECT_TCP, "syn", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "SYN was seen", FLAG(TCP_SYN)),
	ROW(OBJECT_TCP, "fin", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "FIN was seen", FLAG(TCP_FIN)),
	ROW(OBJECT_TCP, "rst", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "RST was seen", FLAG(TCP_RST)),
	ROW(OBJECT_TCP, "psh", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "PSH was seen", FLAG(TCP_PSH)),
	ROW(OBJECT_TCP, "ack", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "ACK was seen", FLAG(TCP_ACK)),
	ROW(OBJECT_TCP, "urg", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "URG was seen", FLAG(TCP_URG)),
	ROW(OBJECT_TCP, "ecn", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "ECE was seen", FLAG(TCP_ECE)),
	ROW(OBJECT_TCP, "cwr", PART_TCP, AS_TCP_FLAG, FLOW, EVE, "CWR was seen", FLAG(TCP_CWR)),
	ROW(OBJECT_TCP, "state", PART_TCP, AS_NAMED, FLOW, EVE, "State at its end",
	    NAMED(flow_record, tcp_state, tcp_state)),

	ROW(OBJECT_TLS, "sni", PART_TLS, AS_TEXT, TLS, EVE,
	    "Server name of the ClientHello, as sent", AT(tls_info, sni)),
	ROW(OBJECT_TLS, "version", PART_TLS, AS_CALLED, TLS, EVE, "Version that the server chose",
	    AT(tls_info, version), .called = tls_version_given),
	ROW(OBJECT_TLS, "offered_version", PART_TLS, AS_CALLED, TLS, OURS,
	    "Highest version that the client offered", AT(tls_info, client_version),
	    .called = tls_version_given),
	ROW(OBJECT_TLS, "cipher", PART_TLS, AS_STRING, TLS, OURS,
	    "Cipher suite that the server chose, in hex", BY(tls_cipher)),
	ROW(OBJECT_TLS, "session_resumed", PART_TLS, AS_TRUE, TLS, EVE,
	    "The server took up an earlier session", AT(tls_info, resumed)),
	ROW(OBJECT_TLS, "resumption_offered", PART_TLS, AS_TRUE, TLS, OURS,
	    "The client offered an earlier session", AT(tls_info, resumption_offered)),
	ROW(OBJECT_TLS, "early_data", PART_TLS, AS_TRUE, TLS, OURS, "The client offered 0-RTT data",
	    AT(tls_info, early_data)),
	ROW(OBJECT_TLS, "hello_retry", PART_TLS, AS_TRUE, TLS, OURS,
	    "The server asked for another ClientHello", AT(tls_info, hello_retry)),
	ROW(OBJECT_TLS, "sni_malformed", PART_TLS, AS_TRUE, TLS, OURS,
	    "The server name extension held no name", AT(tls_info, sni_is_malformed)),
	ROW(OBJECT_TLS, "ech", PART_TLS, AS_NAMED, TLS, OURS,
	    "Encrypted Client Hello: grease (nothing says that it is real) or offered (the client "
	    "had "
	    "seen a record with its configuration)",
	    NAMED(tls_info, ech, ech)),
	ROW(OBJECT_TLS, "post_quantum", PART_TLS, AS_STRING, TLS, OURS,
	    "First hybrid or ML-KEM group with a key share", BY(tls_group)),
	ROW(OBJECT_TLS, "client_alpns", PART_TLS, AS_STRINGS, TLS, EVE, "Protocols offered (ALPN)",
	    BY(tls_client_alpns)),
	ROW(OBJECT_TLS, "server_alpns", PART_TLS, AS_STRINGS, TLS, EVE,
	    "Protocol chosen, where it is in the clear", BY(tls_server_alpns)),
	ROW(OBJECT_TLS, "ja4", PART_TLS, AS_TEXT, TLS, EVE, "JA4 fingerprint of the client",
	    AT(tls_info, ja4)),
	ROW(OBJECT_TLS_JA3, "hash", PART_TLS, AS_TEXT, TLS, EVE, "MD5 in hex", AT(tls_info, ja3)),
	ROW(OBJECT_TLS_JA3, "string", PART_TLS, AS_TEXT, TLS, EVE,
	    "What was hashed; cut at 511 bytes", AT(tls_info, ja3_text)),
	ROW(OBJECT_TLS_JA3S, "hash", PART_TLS, AS_TEXT, TLS, EVE, "MD5 in hex", AT(tls_info, ja3s)),
	ROW(OBJECT_TLS, "subject", PART_CERTIFICATE, AS_TEXT, TLS, EVE,
	    "Subject of the leaf certificate (TLS 1.2 and earlier)", AT(tls_certificate, subject)),
	ROW(OBJECT_TLS, "issuerdn", PART_CERTIFICATE, AS_TEXT, TLS, EVE, "Its issuer",
	    AT(tls_certificate, issuer)),
	ROW(OBJECT_TLS, "serial", PART_CERTIFICATE, AS_TEXT, TLS, EVE,
	    "Its serial number, hex pairs with colons", AT(tls_certificate, serial)),
	ROW(OBJECT_TLS, "fingerprint_sha256", PART_CERTIFICATE, AS_TEXT, TLS, OURS,
	    "Its SHA-256 in hex (EVE's `fingerprint` is SHA-1)", AT(tls_certificate, sha256)),
	ROW(OBJECT_TLS, "notbefore", PART_CERTIFICATE, AS_STRING, TLS, EVE, "Valid from, UTC",
	    BY(not_before), .always = true),
	ROW(OBJECT_TLS, "notafter", PART_CERTIFICATE, AS_STRING, TLS, EVE, "Valid until, UTC",
	    BY(not_after), .always = true),
	ROW(OBJECT_TLS, "subjectaltname", PART_CERTIFICATE, AS_STRINGS, TLS, EVE,
	    "Its names, the first eight", BY(san)),
	ROW(OBJECT_TLS, "subjectaltname_total", PART_CERTIFICATE, AS_INTEGER, TLS, OURS,
	    "Names in the certificate, when they are more than listed", BY(san_total)),
	ROW(OBJECT_TLS, "self_signed", PART_CERTIFICATE, AS_TRUE, TLS, OURS,
	    "Issuer and subject are the same", AT(tls_certificate, self_signed)),

	ROW(OBJECT_QUIC, "version", PART_QUIC, AS_STRING, QUIC, EVE,
	    "1, 2, draft-29, Q046, else hex", BY(quic_version)),
	ROW(OBJECT_QUIC, "sni", PART_TLS, AS_TEXT, QUIC, EVE,
	    "Server name of the ClientHello, as sent", AT(tls_info, sni)),
	ROW(OBJECT_QUIC, "retry", PART_QUIC, AS_TRUE, QUIC, OURS, "The server sent Retry",
	    AT(quic_info, retry)),
	ROW(OBJECT_QUIC, "version_negotiation", PART_QUIC, AS_TRUE, QUIC, OURS,
	    "The server sent Version Negotiation", AT(quic_info, version_negotiation)),
	ROW(OBJECT_QUIC, "resumption_offered", PART_TLS, AS_TRUE, QUIC, OURS,
	    "The client offered an earlier session", AT(tls_info, resumption_offered)),
	ROW(OBJECT_QUIC, "early_data", PART_TLS, AS_TRUE, QUIC, OURS,
	    "The client offered 0-RTT data", AT(tls_info, early_data)),
	ROW(OBJECT_QUIC, "ech", PART_TLS, AS_NAMED, QUIC, OURS, "As tls.ech",
	    NAMED(tls_info, ech, ech)),
	ROW(OBJECT_QUIC, "post_quantum", PART_TLS, AS_STRING, QUIC, OURS, "As tls.post_quantum",
	    BY(tls_group)),
	ROW(OBJECT_QUIC, "client_alpns", PART_TLS, AS_STRINGS, QUIC, OURS,
	    "Protocols offered (ALPN)", BY(tls_client_alpns)),
	ROW(OBJECT_QUIC, "ja4", PART_TLS, AS_TEXT, QUIC, EVE, "JA4 fingerprint of the client",
	    AT(tls_info, ja4)),
	ROW(OBJECT_QUIC_JA3, "hash", PART_TLS, AS_TEXT, QUIC, EVE, "MD5 in hex", AT(tls_info, ja3)),
	ROW(OBJECT_QUIC_JA3, "string", PART_TLS, AS_TEXT, QUIC, EVE,
	    "What was hashed; cut at 511 bytes", AT(tls_info, ja3_text)),
	ROW(OBJECT_QUIC_JA3S, "hash", PART_TLS, AS_TEXT, QUIC, EVE, "MD5 in hex",
	    AT(tls_info, ja3s)),

	ROW(OBJECT_DNS, "version", PART_DNS, AS_INTEGER, DNS, EVE, "Of this format: 3",
	    BY(dns_version), .always = true),
	ROW(OBJECT_DNS, "type", PART_DNS, AS_NAMED, DNS, EVE, "Which way it goes",
	    AT(dns_message, response), .names = dns_way, .always = true),
	ROW(OBJECT_DNS, "id", PART_DNS, AS_U16, DNS, EVE, "Transaction id", AT(dns_message, id),
	    .always = true),
	ROW(OBJECT_DNS, "flags", PART_DNS, AS_STRING, DNS, EVE, "The header's flags word in hex",
	    BY(dns_flags), .always = true),
	ROW(OBJECT_DNS, "qr", PART_DNS, AS_TRUE, DNS, EVE, "It is a response",
	    AT(dns_message, response)),
	ROW(OBJECT_DNS, "aa", PART_DNS, AS_BIT, DNS, EVE, "Authoritative answer", DNS_BIT(AA)),
	ROW(OBJECT_DNS, "tc", PART_DNS, AS_BIT, DNS, EVE, "Truncated by the sender", DNS_BIT(TC)),
	ROW(OBJECT_DNS, "rd", PART_DNS, AS_BIT, DNS, EVE, "Recursion desired", DNS_BIT(RD)),
	ROW(OBJECT_DNS, "ra", PART_DNS, AS_BIT, DNS, EVE, "Recursion available", DNS_BIT(RA)),
	ROW(OBJECT_DNS, "opcode", PART_DNS, AS_U8, DNS, EVE, "Operation; 0 is a query",
	    AT(dns_message, opcode), .always = true),
	ROW(OBJECT_DNS, "rcode", PART_DNS, AS_STRING, DNS, EVE,
	    "Result of a response: NOERROR, NXDOMAIN, ...", BY(dns_rcode)),
	ROW(OBJECT_DNS, "queries", PART_DNS, AS_LIST, DNS, EVE, "Questions", LIST(questions)),
	ROW(OBJECT_DNS, "answers", PART_DNS, AS_LIST, DNS, EVE, "Answers", LIST(answers)),
	ROW(OBJECT_DNS, "authorities", PART_DNS, AS_LIST, DNS, EVE, "Authority records",
	    LIST(authorities)),
	ROW(OBJECT_DNS, "additionals", PART_DNS, AS_LIST, DNS, EVE,
	    "Additional records, EDNS aside", LIST(additionals)),
	ROW(OBJECT_DNS, "records_left_out", PART_DNS, AS_INTEGER, DNS, OURS,
	    "Records that the header announces and that are not listed: too many, damaged or cut",
	    BY(dns_records_left_out)),
	ROW(OBJECT_DNS, "damaged", PART_DNS, AS_TRUE, DNS, OURS, "Its tail could not be read",
	    AT(dns_message, damaged)),

	ROW(OBJECT_HTTP, "hostname", PART_HTTP, AS_STRING, WEB, EVE,
	    "Host or :authority, without the port", BY(http_hostname)),
	ROW(OBJECT_HTTP, "http_port", PART_HTTP, AS_INTEGER, WEB, EVE, "Port named in Host",
	    BY(http_port)),
	ROW(OBJECT_HTTP, "url", PART_HTTP, AS_TEXT, WEB, EVE,
	    "Path; never the query string, which may hold secrets", AT(http_info, path)),
	ROW(OBJECT_HTTP, "has_query", PART_HTTP, AS_TRUE, WEB, OURS, "There was a query string",
	    AT(http_info, has_query)),
	ROW(OBJECT_HTTP, "http_user_agent", PART_HTTP, AS_TEXT, WEB, EVE, "User-Agent",
	    AT(http_info, user_agent)),
	ROW(OBJECT_HTTP, "http_method", PART_HTTP, AS_TEXT, WEB, EVE, "Method",
	    AT(http_info, method)),
	ROW(OBJECT_HTTP, "protocol", PART_HTTP, AS_STRING, WEB, EVE, "HTTP/1.0, HTTP/1.1 or HTTP/2",
	    BY(http_protocol)),
	ROW(OBJECT_HTTP, "status", PART_HTTP, AS_INTEGER, WEB, EVE,
	    "Status of the response, when it was seen", BY(http_status)),
	ROW(OBJECT_HTTP, "upgrade", PART_HTTP, AS_TEXT, WEB, OURS, "Upgrade header of the request",
	    AT(http_info, upgrade)),
	ROW(OBJECT_HTTP, "auth_scheme", PART_HTTP, AS_TEXT, WEB, OURS,
	    "Scheme of Authorization; never its value", AT(http_info, auth_scheme)),
	ROW(OBJECT_HTTP, "credentials", PART_HTTP, AS_STRINGS, WEB, OURS,
	    "Kinds of credentials seen in the clear; never their values", BY(http_credentials)),

	ROW(OBJECT_SSH_CLIENT, "proto_version", PART_SSH, AS_TEXT, SSH, EVE,
	    "Version of the protocol", AT(ssh_info, client_proto)),
	ROW(OBJECT_SSH_CLIENT, "software_version", PART_SSH, AS_TEXT, SSH, EVE, "Software",
	    AT(ssh_info, client_software)),
	ROW(OBJECT_SSH_SERVER, "proto_version", PART_SSH, AS_TEXT, SSH, EVE,
	    "Version of the protocol", AT(ssh_info, server_proto)),
	ROW(OBJECT_SSH_SERVER, "software_version", PART_SSH, AS_TEXT, SSH, EVE, "Software",
	    AT(ssh_info, server_software)),

	ROW(OBJECT_IMDS, "request", PART_EVENT, AS_NAMED, IMDS, OURS,
	    "What is asked for: token (of a managed identity) or instance",
	    NAMED(event, imds, imds)),
	ROW(OBJECT_IMDS, "resource", PART_HTTP, AS_TEXT, IMDS, OURS,
	    "Resource that the token is for", AT(http_info, imds_resource)),
	ROW(OBJECT_IMDS, "api_version", PART_HTTP, AS_TEXT, IMDS, OURS, "api-version",
	    AT(http_info, imds_api_version)),
	ROW(OBJECT_IMDS, "identity_selector", PART_HTTP, AS_TEXT, IMDS, OURS,
	    "How the identity was chosen: client_id, object_id, msi_res_id",
	    AT(http_info, imds_identity)),
	ROW(OBJECT_IMDS, "metadata_header", PART_HTTP, AS_BOOL, IMDS, OURS,
	    "Metadata: true was sent", AT(http_info, metadata_header), .always = true),
	ROW(OBJECT_IMDS, "forwarded", PART_HTTP, AS_BOOL, IMDS, OURS, "X-Forwarded-For was sent",
	    AT(http_info, forwarded_header), .always = true),

	ROW(OBJECT_NAME, "value", PART_NAME, AS_TEXT_OF, TRAFFIC, OURS,
	    "Lower case, no trailing dot", AT(name, value)),
	ROW(OBJECT_NAME, "source", PART_NAME, AS_NAMED, TRAFFIC, OURS,
	    "sni, quic, http: a claim of the client; dns: an answer that it was seen to get; "
	    "certificate; map",
	    AT(name, source), .names = source_given),
	ROW(OBJECT_NAME, "age_ms", PART_NAME, AS_INTEGER, TRAFFIC, OURS,
	    "dns: milliseconds since the answer", BY(name_age)),
	ROW(OBJECT_NAME, "ambiguous", PART_NAME, AS_BOOL, TRAFFIC, OURS,
	    "dns: the client was told several names for this address", AT(name, ambiguous),
	    .always = true),
	ROW(OBJECT_NAME, "resolver", PART_NAME, AS_IP_KNOWN, TRAFFIC, OURS, "dns: who answered",
	    AT(name, resolver)),

	ROW(OBJECT_ENDPOINT, "service", PART_ENDPOINT, AS_TEXT_OF, TRAFFIC, OURS,
	    "Id in the catalog: azure-openai, key-vault, ...", AT(endpoint, service)),
	ROW(OBJECT_ENDPOINT, "category", PART_ENDPOINT, AS_TEXT_OF, TRAFFIC, OURS,
	    "azure-ai, azure-paas, azure-platform, third-party-ai, ...", AT(endpoint, category)),
	ROW(OBJECT_ENDPOINT, "resource", PART_ENDPOINT, AS_TEXT, TRAFFIC, OURS,
	    "Label that names the resource", AT(endpoint, resource)),
	ROW(OBJECT_ENDPOINT, "region", PART_ENDPOINT, AS_TEXT, TRAFFIC, OURS,
	    "Region, when the name carries one", AT(endpoint, region)),
	ROW(OBJECT_ENDPOINT, "zone", PART_ENDPOINT, AS_TEXT_OF, TRAFFIC, OURS,
	    "Private DNS zone that the name should use", AT(endpoint, zone)),
	ROW(OBJECT_ENDPOINT, "private_endpoint", PART_ENDPOINT, AS_TEXT_OF, TRAFFIC, OURS,
	    "Private endpoint in the map", AT(endpoint, private_endpoint)),

	ROW(OBJECT_TOP, "verdict", PART_JUDGEMENT, AS_NAMED, TRAFFIC, OURS,
	    "The one verdict; left out when nothing was judged", AT(judgement, verdict),
	    .names = verdict_given),
	ROW(OBJECT_TOP, "severity", PART_JUDGEMENT, AS_NAMED, TRAFFIC, OURS,
	    "Left out when all is as expected", AT(judgement, severity), .names = severity_given),
	ROW(OBJECT_TOP, "rule_id", PART_JUDGEMENT, AS_TEXT_OF, TRAFFIC, OURS,
	    "The rule that decided", AT(judgement, rule_id)),
	ROW(OBJECT_TOP, "evidence", PART_JUDGEMENT, AS_LIST, TRAFFIC, OURS,
	    "Why, the deciding sentences first", LIST(evidence_list)),

	ROW(OBJECT_ALERT, "action", PART_JUDGEMENT, AS_STRING, ALERT, EVE,
	    "allowed: pewit only watches", BY(alert_action), .always = true),
	ROW(OBJECT_ALERT, "signature", PART_JUDGEMENT, AS_TEXT_OF, ALERT, EVE, "Title of the rule",
	    AT(judgement, title)),
	ROW(OBJECT_ALERT, "category", PART_JUDGEMENT, AS_NAMED, ALERT, EVE, "The verdict",
	    AT(judgement, verdict), .names = verdict_given),
	ROW(OBJECT_ALERT, "severity", PART_JUDGEMENT, AS_INTEGER, ALERT, EVE,
	    "1 (high, critical), 2 (medium), 3 (low), 4 (info)", BY(alert_severity),
	    .always = true),
	ROW(OBJECT_ALERT, "summary", PART_ALERT, AS_FLAG, ALERT, OURS,
	    "false: the first of its kind; true: the repeats of one window, first event's details",
	    BY(alert_summary), .always = true),
	ROW(OBJECT_ALERT, "count", PART_ALERT, AS_U64, ALERT, OURS,
	    "Findings that this alert stands for", AT(alert, count), .always = true),
	ROW(OBJECT_ALERT, "first", PART_ALERT, AS_TIME, ALERT, OURS, "First of them",
	    AT(alert, first_ns), .always = true),
	ROW(OBJECT_ALERT, "last", PART_ALERT, AS_TIME, ALERT, OURS, "Last of them",
	    AT(alert, last_ns), .always = true),

	ROW(OBJECT_COVERAGE, "id", PART_COVERAGE, AS_TEXT_OF, COVERAGE, OURS,
	    "What: imds, platform_dns, private_endpoints, service_endpoints, no_route, rule, no_dns, "
	    "loss, ...",
	    AT(coverage, id), .always = true),
	ROW(OBJECT_COVERAGE, "scope", PART_COVERAGE, AS_TEXT_OF, COVERAGE, OURS,
	    "The subnet or rule that it is about; left out: everything", AT(coverage, scope)),
	ROW(OBJECT_COVERAGE, "level", PART_COVERAGE, AS_TEXT_OF, COVERAGE, OURS,
	    "not_observable or partial", AT(coverage, level), .always = true),
	ROW(OBJECT_COVERAGE, "reason", PART_COVERAGE, AS_TEXT_OF, COVERAGE, OURS, "Why",
	    AT(coverage, reason), .always = true),
	ROW(OBJECT_COVERAGE, "remedy", PART_COVERAGE, AS_TEXT_OF, COVERAGE, OURS,
	    "What would make it visible", AT(coverage, remedy)),

	ROW(OBJECT_TOP, "stats", PART_STATS, AS_COUNTERS, STATS, EVE, "Counters of the whole run",
	    BY(stats), .always = true),
	ROW(OBJECT_TOP, "cut", PART_EVENT, AS_FLAG, ANY, OURS,
	    "Something was left out: the event would have been longer than 128 KiB", BY(cut)),
};
/* clang-format on */
const size_t event_field_count = COUNT(event_fields);
