/* Traffic made up for the judge: as the client of a working network would make it, with the name both
 * claimed and told by DNS, so that nothing but the path is in question. */
#include <string.h>

#include "base/ip.h"
#include "base/text.h"
#include "judge/map_example.h"
#include "pewit/event.h"
#include "pewit/rule.h"
#include "tool/explanation.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PORT_DNS = 53, PORT_HTTP = 80, PORT_HTTPS = 443 };

#define SOURCE_PORT 50000
#define RECORD_TTL_S 60
#define RCODE_NOERROR 0

/* What speaks on a port when all is in order. */
static const struct {
	uint16_t port;
	uint8_t app;
	const char *words;
} habits[] = {
	{ 21, APP_FTP, "FTP" },           { 22, APP_SSH, "SSH" },
	{ 23, APP_TELNET, "Telnet" },     { 25, APP_SMTP, "SMTP" },
	{ 53, APP_DNS, "DNS" },           { 80, APP_HTTP, "HTTP" },
	{ 110, APP_POP3, "POP3" },        { 143, APP_IMAP, "IMAP" },
	{ 389, APP_LDAP, "LDAP" },        { 443, APP_TLS, "TLS" },
	{ 445, APP_SMB, "SMB" },          { 587, APP_SMTP, "SMTP" },
	{ 853, APP_TLS, "DNS over TLS" }, { 1433, APP_MSSQL, "SQL Server" },
	{ 1883, APP_MQTT, "MQTT" },       { 3306, APP_MYSQL, "MySQL" },
	{ 3389, APP_RDP, "RDP" },         { 5432, APP_POSTGRES, "PostgreSQL" },
	{ 5672, APP_AMQP, "AMQP" },       { 5900, APP_VNC, "VNC" },
	{ 5985, APP_HTTP, "WinRM" },      { 5986, APP_TLS, "WinRM" },
	{ 6379, APP_REDIS, "Redis" },     { 27017, APP_MONGODB, "MongoDB" },
};

static size_t habit_of(uint16_t port)
{
	size_t i = 0;

	while (i < sizeof(habits) / sizeof(habits[0]) && habits[i].port != port)
		i++;
	return i;
}

static uint8_t app_of(uint16_t port)
{
	size_t i = habit_of(port);

	return i < sizeof(habits) / sizeof(habits[0]) ? habits[i].app : APP_TLS;
}

static uint16_t port_of(const struct explanation *explanation)
{
	if (explanation->port != 0)
		return explanation->port;
	if (explanation->platform)
		return PORT_HTTP;
	if (explanation->is_known && explanation->match.service->ports &&
	    explanation->match.service->ports[0] != 0)
		return explanation->match.service->ports[0];
	return PORT_HTTPS;
}

static const char *name_of(const struct explanation *explanation)
{
	return explanation->name[0] != '\0' ? explanation->name : NULL;
}

static struct judge_flow make_flow(const struct explanation *explanation,
				   const struct explanation_source *source,
				   const struct ip_addr *dst)
{
	const char *name = name_of(explanation);
	uint16_t port = port_of(explanation);
	struct judge_flow flow = {
		.src = source->addr,
		.dst = *dst,
		.src_port = SOURCE_PORT,
		.dst_port = port,
		.protocol = port == PORT_DNS ? PROTOCOL_UDP : PROTOCOL_TCP,
		.app = app_of(port),
		.confirmed = name != NULL,
		.answered = true,
	};

	if (name && (flow.app == APP_TLS || flow.app == APP_HTTP))
		flow.claimed =
			(struct name){ .value = name,
				       .source = flow.app == APP_TLS ? NAME_SNI : NAME_HTTP };
	if (name)
		flow.resolved = (struct name){ .value = name, .source = NAME_DNS };
	map_example_resolver(explanation->lookup->map, source->place.zone, &flow.resolved.resolver);
	return flow;
}

/* Room for one more case; the last one again when there is none. */
static struct explanation_case *add_case(struct explanation_source *source)
{
	if (source->case_count < EXPLANATION_CASES_MAX)
		source->case_count++;
	return &source->cases[source->case_count - 1];
}

static struct text start_title(struct explanation_case *one, const struct judge_flow *flow)
{
	struct text title = text_over(one->title, sizeof(one->title));
	size_t habit = habit_of(flow->dst_port);

	one->dst = flow->dst;
	one->port = flow->dst_port;
	text_add(&title, flow->protocol == PROTOCOL_UDP ? "UDP " : "TCP ");
	text_add_number(&title, flow->dst_port);
	text_add(&title, " (");
	text_add(&title, habit < sizeof(habits) / sizeof(habits[0]) ? habits[habit].words : "TLS");
	text_add(&title, ") to ");
	return title;
}

static const char *advice(const struct judgement *judgement)
{
	const char *remedy = judgement->rule ? judgement->rule->remedy : "";

	return *remedy != '\0' ? remedy : NULL;
}

static void judge_case_flow(const struct explanation *explanation, struct explanation_case *one,
			    const struct judge_flow *flow)
{
	struct flow_record record = { .src = flow->src,
				      .dst = flow->dst,
				      .src_port = flow->src_port,
				      .dst_port = flow->dst_port,
				      .protocol = flow->protocol,
				      .ip_version = ip_is_v4(&flow->dst) ? 4 : 6 };
	const struct event event = { .type = EVENT_FLOW,
				     .flow = &record,
				     .name = flow->claimed.value ? &flow->claimed : NULL };

	judge_flow(explanation->lookup->judge, &event, flow, &one->judgement);
	one->advice = advice(&one->judgement);
}

static void try_endpoint(const struct explanation *explanation, struct explanation_source *source)
{
	const struct map_endpoint *endpoint = explanation->endpoint;
	struct judge_flow flow = make_flow(explanation, source, &endpoint->ips[0]);
	struct explanation_case *one = add_case(source);
	struct text title = start_title(one, &flow);

	text_add(&title, "the private endpoint ");
	text_add_ip(&title, &flow.dst);
	judge_case_flow(explanation, one, &flow);
}

static void try_address(const struct explanation *explanation, struct explanation_source *source)
{
	struct judge_flow flow = make_flow(explanation, source, &explanation->address);
	struct explanation_case *one = add_case(source);
	struct text title = start_title(one, &flow);

	text_add_ip(&title, &flow.dst);
	judge_case_flow(explanation, one, &flow);
}

static void try_token(const struct explanation *explanation, struct explanation_source *source)
{
	struct judge_flow flow = make_flow(explanation, source, &explanation->address);
	struct explanation_case *one = add_case(source);
	struct text title = start_title(one, &flow);

	flow.imds = IMDS_TOKEN;
	text_add_ip(&title, &flow.dst);
	text_add(&title, ", asking for a managed-identity token");
	judge_case_flow(explanation, one, &flow);
}

/* A public address that the map says nothing of: one of those set aside for examples (RFC 5737). */
static struct ip_addr public_example(const struct explanation *explanation,
				     const struct explanation_source *source)
{
	static const uint8_t examples[][4] = { { 203, 0, 113, 1 },
					       { 198, 51, 100, 1 },
					       { 192, 0, 2, 1 } };
	const struct map *map = explanation->lookup->map;
	struct ip_addr addr = ip_from_v4(examples[0]);

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		addr = ip_from_v4(examples[i]);
		if (judge_place_of(map, &addr).kind == PLACE_PUBLIC &&
		    !map_has_resolver(map, &addr) &&
		    !map_egress_find(map, NULL, &addr, port_of(explanation), source->place.zone))
			break;
	}
	return addr;
}

/* Where the map allows the name to be, if it says so; else the example. */
static void try_public(const struct explanation *explanation, struct explanation_source *source)
{
	bool is_listed = explanation->egress && explanation->egress->ip_count != 0;
	struct ip_addr addr =
		is_listed ? explanation->egress->ips[0] : public_example(explanation, source);
	struct judge_flow flow = make_flow(explanation, source, &addr);
	struct explanation_case *one = add_case(source);
	struct text title = start_title(one, &flow);

	one->made_up = !is_listed;
	text_add(&title, "the public address ");
	text_add_ip(&title, &addr);
	text_add(&title, is_listed ? ", at which the map knows it" : " (any: this is an example)");
	judge_case_flow(explanation, one, &flow);
}

/* The answer to "what is the address of the name": with the private form between, where there is one. */
static void make_answer(const struct explanation *explanation, struct dns_message *message,
			const struct ip_addr *addr)
{
	const struct map_endpoint *endpoint = explanation->endpoint;
	const char *name = explanation->name;
	const char *alias = endpoint ? endpoint->private_dns_name : NULL;
	bool is_v4 = ip_is_v4(addr);

	*message = (struct dns_message){ .response = true,
					 .flags = 0x8180, /* QR, RD, RA (RFC 1035 section 4.1.1) */
					 .rcode = RCODE_NOERROR,
					 .question_count = 1,
					 .question_total = 1 };
	message->question[0] = (struct dns_question){ .name = name,
						      .type = is_v4 ? DNS_TYPE_A : DNS_TYPE_AAAA,
						      .class = 1 };
	if (alias && strcmp(alias, name) != 0)
		message->record[message->record_count++] =
			(struct dns_record){ .name = name,
					     .data = alias,
					     .type = DNS_TYPE_CNAME,
					     .class = 1,
					     .ttl_s = RECORD_TTL_S };
	message->record[message->record_count++] =
		(struct dns_record){ .name = message->record_count != 0 ? alias : name,
				     .addr = *addr,
				     .has_addr = true,
				     .type = message->question[0].type,
				     .class = 1,
				     .ttl_s = RECORD_TTL_S };
	message->record_total = message->record_count;
}

static void try_answer(const struct explanation *explanation, struct explanation_source *source,
		       const struct ip_addr *resolver, const struct ip_addr *addr)
{
	struct dns_message message;
	struct explanation_case *one = add_case(source);
	struct text title = text_over(one->title, sizeof(one->title));
	const struct judge_dns dns = { .client = source->addr,
				       .resolver = *resolver,
				       .resolver_port = PORT_DNS,
				       .message = &message };

	make_answer(explanation, &message, addr);
	text_add(&title, "DNS: ");
	text_add_ip(&title, resolver);
	text_add(&title, " answers with ");
	text_add_ip(&title, addr);
	one->dst = *resolver;
	one->port = PORT_DNS;
	one->is_dns = true;
	judge_dns(explanation->lookup->judge, NULL, &dns, &one->judgement);
	one->advice = advice(&one->judgement);
}

static void try_answers(const struct explanation *explanation, struct explanation_source *source)
{
	const struct map_endpoint *endpoint = explanation->endpoint;
	struct ip_addr resolver, addr = explanation->address;

	if (!map_example_resolver(explanation->lookup->map, source->place.zone, &resolver))
		return;
	if (endpoint && endpoint->ip_count != 0)
		try_answer(explanation, source, &resolver, &endpoint->ips[0]);
	if (!explanation->has_address)
		addr = public_example(explanation, source);
	if (endpoint || explanation->has_address)
		try_answer(explanation, source, &resolver, &addr);
}

void explanation_judge(const struct explanation *explanation, struct explanation_source *source)
{
	const struct map_endpoint *endpoint = explanation->endpoint;
	bool is_named = explanation->name[0] != '\0';

	if (is_named && endpoint && endpoint->ip_count != 0)
		try_endpoint(explanation, source);
	if (explanation->has_address)
		try_address(explanation, source);
	else
		try_public(explanation, source);
	if (explanation->platform && strcmp(explanation->platform, "imds") == 0 && !is_named)
		try_token(explanation, source);
	if (is_named)
		try_answers(explanation, source);
}
