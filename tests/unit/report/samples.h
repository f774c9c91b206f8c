/* samples.h - one event of each type with everything in it, for the tests of report/. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "pewit/event.h"

struct samples {
	struct flow_record flow;
	struct name name;
	struct judgement judgement;
	struct tls_info tls;
	struct quic_info quic;
	struct dns_message dns;
	struct http_info http;
	struct ssh_info ssh;
	struct alert alert;
	struct stat stat[5];
	struct stats stats;
};

static inline struct ip_addr sample_ip(const char *text)
{
	struct ip_addr addr = { 0 };

	ip_parse(text, &addr);
	return addr;
}

static inline void samples_fill_tls(struct tls_info *tls)
{
	*tls = (struct tls_info){
		.client_version = 0x0304,
		.version = 0x0303,
		.cipher = 0xc02f,
		.post_quantum_group = 0x11ec,
		.client_hello = true,
		.server_hello = true,
		.hello_retry = true,
		.resumption_offered = true,
		.resumed = true,
		.early_data = true,
		.ech = ECH_GREASE,
		.sni = "Contoso.openai.azure.com",
		.alpn_offered = "h2,http/1.1",
		.alpn = "h2",
		.ja3 = "cd08e31494f9531f560d64c695473da9",
		.ja3_text = "771,4865,0-23,29,0",
		.ja3s = "eb1d94daa7e0344597e756a1fb6e7054",
		.ja4 = "t13d1516h2_8daaf6152771_b186095e22b6",
		.certificate = { .seen = true,
				 .self_signed = true,
				 .san_count = 2,
				 .san_total = 30,
				 .not_before_s = 1700000000,
				 .not_after_s = 1800000000,
				 .subject = "CN=contoso",
				 .issuer = "CN=contoso",
				 .serial = "00:AB",
				 .sha256 = "ab",
				 .san = { "a.example", "b.example" } },
	};
}

static inline void samples_fill_dns(struct dns_message *dns)
{
	*dns = (struct dns_message){
		.id = 4711,
		.flags = 0x8580,
		.rcode = 0,
		.response = true,
		.damaged = true,
		.question_count = 1,
		.record_count = 4,
		.record_total = 6,
		.question = { { .name = "contoso.openai.azure.com", .type = DNS_TYPE_A } },
		.record = {
			{ .name = "contoso.openai.azure.com",
			  .data = "contoso.privatelink.openai.azure.com",
			  .ttl_s = 60,
			  .type = DNS_TYPE_CNAME },
			{ .name = "contoso.privatelink.openai.azure.com",
			  .addr = sample_ip("10.10.2.5"),
			  .has_addr = true,
			  .ttl_s = 10,
			  .type = DNS_TYPE_A },
			{ .name = "azure.com", .ttl_s = 5, .type = 4242, .section = DNS_AUTHORITY },
			{ .name = "", .type = DNS_TYPE_OPT, .section = DNS_ADDITIONAL },
		},
	};
}

static inline void samples_fill(struct samples *samples)
{
	*samples = (struct samples){
		.flow = { .id = 0x1234567,
			  .src = sample_ip("10.10.1.10"),
			  .dst = sample_ip("203.0.113.20"),
			  .start_ns = UINT64_C(1795384838609260123),
			  .end_ns = UINT64_C(1795384840000000000),
			  .count = { { 10, 4200 }, { 12, 36000 } },
			  .tunnel = { { .src = sample_ip("192.0.2.1"),
					.dst = sample_ip("192.0.2.2"),
					.id = 800,
					.src_port = 50000,
					.dst_port = 10800,
					.type = TUNNEL_VXLAN,
					.ip_version = 4 },
				      { .src = sample_ip("2001:db8::1"),
					.dst = sample_ip("2001:db8::2"),
					.id = 7,
					.type = TUNNEL_GRE,
					.ip_version = 6 } },
			  .vlan = { 100, 200 },
			  /* No other client: it would be the one that findings are folded by. */
			  .nat = { .dst = sample_ip("203.0.113.21"), .dst_port = 8443 },
			  .src_port = 40000,
			  .dst_port = 443,
			  .protocol = 6,
			  .ip_version = 4,
			  .tunnel_count = 2,
			  .vlan_count = 2,
			  .tcp_flags = { TCP_SYN | TCP_ACK | TCP_PSH, TCP_SYN | TCP_ACK | TCP_FIN },
			  .tcp_state = TCP_STATE_FIN_WAIT,
			  .end = FLOW_END_TIMEOUT,
			  .midstream = true },
		.name = { .value = "contoso.openai.azure.com",
			  .age_ns = 1500000000,
			  .resolver = sample_ip("168.63.129.16"),
			  .source = NAME_DNS,
			  .ambiguous = true },
		.judgement = { .verdict = VERDICT_PRIVATE_ENDPOINT_BYPASS,
			       .severity = SEVERITY_HIGH,
			       .evidence_count = 2,
			       .rule_id = "private-endpoint-bypass",
			       .title = "Reached in public",
			       .endpoint = { .service = "azure-openai",
					     .category = "azure-ai",
					     .zone = "privatelink.openai.azure.com",
					     .private_endpoint = "pe-aoai",
					     .resource = "contoso",
					     .region = "eastus" },
			       .evidence = { { EVIDENCE_NAME, "The name." },
					     { EVIDENCE_LIMIT, "The limit." } } },
		.http = { .method = "GET",
			  .host = "169.254.169.254:80",
			  .path = "/metadata/identity/oauth2/token",
			  .user_agent = "curl/8",
			  .upgrade = "h2c",
			  .auth_scheme = "Bearer",
			  .credentials = CREDENTIAL_API_KEY | CREDENTIAL_LOGIN,
			  .status = 200,
			  .version = 11,
			  .has_query = true,
			  .metadata_header = true,
			  .is_request = true,
			  .imds_resource = "https://vault.azure.net",
			  .imds_api_version = "2018-02-01",
			  .imds_identity = "client_id" },
		.ssh = { .client_software = "OpenSSH_9.2",
			 .server_software = "OpenSSH_8.9",
			 .client_proto = "2.0",
			 .server_proto = "2.0" },
		.alert = { .count = 3, .first_ns = 1, .last_ns = 2, .is_summary = 1 },
		.stat = { { "packets", 22 },
			  { "decode.not_ip", 2 },
			  { "decode.tunnel.vxlan", 3 },
			  { "decode.tunnel.gre", 4 },
			  { "flow.evicted", 0 } },
	};
	samples_fill_tls(&samples->tls);
	samples_fill_tls(&samples->quic.tls);
	samples->quic.version = 1;
	samples->quic.retry = true;
	samples_fill_dns(&samples->dns);
	samples->stats = (struct stats){ samples->stat, 5 };
}

static inline struct event samples_event(const struct samples *samples, uint8_t type)
{
	struct event event = {
		.type = type,
		.time_ns = UINT64_C(1795384838609260999),
		.flow = &samples->flow,
		.name = &samples->name,
		.judgement = &samples->judgement,
		.app_proto = "tls",
		.dpi_label = "TLS.Azure",
	};

	switch ((enum event_type)type) {
	case EVENT_FLOW:
		event.http_count = 3;
		break;
	case EVENT_DNS:
		event.dns = &samples->dns;
		break;
	case EVENT_TLS:
		event.tls = &samples->tls;
		break;
	case EVENT_QUIC:
		event.quic = &samples->quic;
		break;
	case EVENT_IMDS:
		event.imds = IMDS_TOKEN;
		event.http = &samples->http;
		break;
	case EVENT_HTTP:
		event.http = &samples->http;
		break;
	case EVENT_SSH:
		event.ssh = &samples->ssh;
		break;
	case EVENT_ALERT:
		event.alert = &samples->alert;
		break;
	default:
		event = (struct event){ .type = type, .time_ns = 1, .stats = &samples->stats };
	}
	return event;
}
