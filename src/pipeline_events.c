/* What a worker reports: events from what identify found, verdicts from what is known of a flow. */
#include "pipeline_state.h"

#include <string.h>

#include "base/ip.h"
#include "identify/banner.h"

enum { PROTOCOL_TCP = 6 };

/* Building events ---------------------------------------------------------------------------- */

static bool find_nat(const struct pipeline_nat *nat, const struct flow *flow,
		     struct nat_sides *sides)
{
	const struct nat_tuple tuple = {
		.src = flow_src(flow),
		.dst = flow_dst(flow),
		.src_port = flow_src_port(flow),
		.dst_port = flow_dst_port(flow),
		.protocol = flow->key.protocol,
	};
	const struct nat_tuple turned = {
		.src = tuple.dst,
		.dst = tuple.src,
		.src_port = tuple.dst_port,
		.dst_port = tuple.src_port,
		.protocol = tuple.protocol,
	};

	if (nat->find(nat->context, &tuple, sides))
		return true;
	/* Who opened a flow whose opening was not captured is a guess; conntrack knows. The client is at
	 * the other end then. */
	if (!flow->midstream || !nat->find(nat->context, &turned, sides))
		return false;
	*sides = (struct nat_sides){ .dst = sides->src, .dst_port = sides->src_port };
	return true;
}

/* The ends of a flow beyond a translation. What was found is kept, as the kernel forgets sooner. */
static struct nat_sides nat_of(const struct pipeline *pipeline, const struct flow *flow,
			       struct detail *detail)
{
	struct nat_sides sides = { .zero = { 0 } };

	if (!pipeline->nat)
		return sides;
	if (detail && (!ip_is_zero(&detail->nat.src) || !ip_is_zero(&detail->nat.dst)))
		return detail->nat;
	if (find_nat(pipeline->nat, flow, &sides) && detail)
		detail->nat = sides;
	return sides;
}

static struct flow_record record_of(const struct pipeline *pipeline, const struct flow *flow,
				    struct detail *detail, enum flow_end end)
{
	struct flow_record record = {
		.id = flow_id(flow),
		.src = flow_src(flow),
		.dst = flow_dst(flow),
		.start_ns = flow->start_ns,
		.end_ns = flow->last_ns,
		.nat = nat_of(pipeline, flow, detail),
		.count = { flow->count[TO_SERVER], flow->count[TO_CLIENT] },
		.src_port = flow_src_port(flow),
		.dst_port = flow_dst_port(flow),
		.protocol = flow->key.protocol,
		.tcp_flags = { flow->tcp_flags[TO_SERVER], flow->tcp_flags[TO_CLIENT] },
		.tcp_state = flow->tcp_state,
		.end = (uint8_t)end,
		.icmp_type = flow->icmp_type,
		.midstream = flow->midstream,
	};

	record.ip_version = ip_is_v4(&record.src) ? 4 : 6;
	if (detail) {
		memcpy(record.tunnel, detail->tunnel, sizeof(record.tunnel));
		memcpy(record.vlan, detail->vlan, sizeof(record.vlan));
		record.tunnel_count = detail->tunnel_count;
		record.vlan_count = detail->vlan_count;
		record.icmp_code = detail->icmp_code;
	}
	return record;
}

static struct event event_of(struct pipeline *pipeline, const struct flow_record *record,
			     struct detail *detail, enum event_type type)
{
	struct event event = {
		.key = { pipeline->key_sequence, pipeline->flow->shard },
		.time_ns = pipeline->unit ? pipeline->unit->time_ns : record->end_ns,
		.flow = record,
		.type = (uint8_t)type,
		.app_proto = app_name(detail ? detail->identity.app : APP_UNKNOWN),
	};

	if (detail && detail->identity.label != DPI_UNDECIDED) {
		event.dpi_label = identify_label(pipeline->identify, detail->identity.label);
		if (detail->identity.app == APP_UNKNOWN)
			event.app_proto =
				identify_protocol(pipeline->identify, detail->identity.label);
	}
	return event;
}

static void submit(struct pipeline *pipeline, const struct event *event)
{
	collector_submit(pipeline->collector, pipeline->lane, event);
}

/* Judging ------------------------------------------------------------------------------------ */

static struct name claimed_name(const struct detail *detail)
{
	if (!detail || detail->identity.claimed_source == NAME_NONE)
		return (struct name){ 0 };
	return (struct name){ .value = detail->identity.claimed,
			      .source = detail->identity.claimed_source };
}

static struct name resolved_name(const struct detail *detail, const struct flow *flow)
{
	if (!detail || detail->resolved[0] == '\0')
		return (struct name){ 0 };
	return (struct name){
		.value = detail->resolved,
		.age_ns = flow->start_ns > detail->told_ns ? flow->start_ns - detail->told_ns : 0,
		.resolver = detail->resolver,
		.source = NAME_DNS,
		.ambiguous = detail->resolved_ambiguous,
	};
}

/* The name that events carry: what the client claimed, else what it was told, else what the server
 * said, else what the map knows of the address. */
struct name pipeline_name_of(const struct pipeline *pipeline, const struct flow *flow,
			     const struct detail *detail)
{
	struct ip_addr dst = flow_dst(flow);
	struct name name = claimed_name(detail);

	if (name.source == NAME_NONE)
		name = resolved_name(detail, flow);
	if (name.source == NAME_NONE && detail && detail->identity.certificate_name[0] != '\0')
		name = (struct name){ .value = detail->identity.certificate_name,
				      .source = NAME_CERTIFICATE };
	if (name.source == NAME_NONE && pipeline->map) {
		const struct map_endpoint *endpoint = map_endpoint_at(pipeline->map, &dst, 0);

		if (endpoint)
			name = (struct name){ .value = endpoint->fqdn,
					      .source = NAME_MAP,
					      .ambiguous =
						      map_endpoint_at(pipeline->map, &dst, 1) };
	}
	return name;
}

/* Whether the responder has answered with more than a refusal. */
static bool is_answered(const struct flow *flow)
{
	if (flow->count[TO_CLIENT].packets == 0)
		return false;
	if (flow->key.protocol != PROTOCOL_TCP)
		return true;
	return (flow->tcp_flags[TO_CLIENT] & TCP_SYN) || !(flow->tcp_flags[TO_CLIENT] & TCP_RST);
}

/* Whether a DNS flow's verdict is that of its messages, which raised their alerts themselves. */
static bool is_of_messages(const struct detail *detail, enum verdict verdict)
{
	return detail && detail->dns_severity != SEVERITY_NONE && detail->dns_verdict == verdict;
}

static void fill_dns(const struct pipeline *pipeline, const struct detail *detail,
		     struct judge_flow *facts)
{
	const struct dns_activity *dns = &detail->dns;

	if (detail->identity.claimed_source != NAME_QUESTION)
		return;
	facts->dns_questions = dns->questions;
	facts->dns_coded = dns->coded;
	facts->dns_lengthy = dns->lengthy;
	facts->dns_loose = dns->loose;
	facts->dns_binary = dns->binary;
	facts->dns_bytes_up = (uint32_t)dns->up_bytes;
	facts->dns_bytes_down = (uint32_t)dns->down_bytes;
	facts->dns_question = detail->identity.claimed;
	facts->dns_site = dns_activity_site(dns, detail->identity.claimed, &pipeline->seed);
}

/* Whom the map is asked about: the client itself, not the address that stands for it. */
static struct ip_addr client_of(const struct flow_record *record)
{
	return ip_is_zero(&record->nat.src) ? record->src : record->nat.src;
}

static struct ip_addr behind_of(const struct flow_record *record)
{
	return ip_is_zero(&record->nat.src) ? record->nat.src : record->src;
}

/* Whether the client was told the name it claims, on either side of a translation. */
static bool is_confirmed(struct pipeline *pipeline, const struct flow_record *record,
			 const struct judge_flow *facts)
{
	const char *claimed = facts->claimed.value;

	if (!claimed)
		return false;
	return dns_cache_confirms(pipeline->names, &record->src, &facts->dst, claimed,
				  facts->now_ns) ||
	       (!ip_is_zero(&facts->behind) &&
		dns_cache_confirms(pipeline->names, &facts->src, &facts->dst, claimed,
				   facts->now_ns));
}

/* Gathers what is known of the flow at work. */
static struct judge_flow facts_of(struct pipeline *pipeline, const struct flow_record *record,
				  struct detail *detail)
{
	const struct flow *flow = pipeline->flow;
	struct judge_flow facts = {
		.src = client_of(record),
		.dst = record->dst,
		.behind = behind_of(record),
		.src_port = record->src_port,
		.dst_port = record->dst_port,
		.protocol = record->protocol,
		.answered = is_answered(flow),
		.midstream = flow->midstream,
		.one_sided = flow->count[TO_CLIENT].packets == 0,
		.icmp_type = flow->icmp_type,
		.now_ns = flow->last_ns,
	};

	if (!detail)
		return facts;
	const struct identity *identity = &detail->identity;

	facts.app = identity->app;
	if (identity->claimed_source != NAME_QUESTION)
		facts.claimed = claimed_name(detail);
	facts.resolved = resolved_name(detail, flow);
	facts.chain = detail->chain[0] ? detail->chain : NULL;
	facts.resolved_privatelink = detail->resolved_privatelink;
	facts.certificate_name = identity->certificate_name[0] ? identity->certificate_name : NULL;
	facts.http_path = identity->http_path[0] ? identity->http_path : NULL;
	facts.alpn = identity->alpn[0] ? identity->alpn : NULL;
	facts.credentials = identity->credentials;
	facts.imds = identity->imds;
	facts.imds_no_metadata_header = identity->imds_no_metadata_header;
	facts.imds_forwarded = identity->imds_forwarded;
	facts.imds_selectors = identity->imds_selectors;
	facts.imds_hops = identity->imds_hops;
	facts.tls_version = identity->tls_version;
	facts.certificate_seen = identity->certificate_seen;
	facts.certificate_self_signed = identity->certificate_self_signed;
	facts.certificate_not_after_s = identity->certificate_not_after_s;
	fill_dns(pipeline, detail, &facts);
	facts.snapped = identity->snapped;
	facts.ech = identity->ech;
	facts.dns_verdict = detail->dns_verdict;
	facts.confirmed = is_confirmed(pipeline, record, &facts);
	return facts;
}

static void explain(struct pipeline *pipeline, const struct detail *detail)
{
	judge_explain(pipeline->judge, &pipeline->judgement);
	/* A DNS flow is judged by its gravest message, and that one's evidence says why. */
	if (is_of_messages(detail, pipeline->judgement.verdict))
		memcpy(pipeline->judgement.evidence[0].text, detail->dns_evidence,
		       sizeof(detail->dns_evidence));
}

static void judge_it(struct pipeline *pipeline, const struct event *event, struct detail *detail)
{
	const struct judge_flow facts = facts_of(pipeline, event->flow, detail);

	judge_decide(pipeline->judge, event, &facts, &pipeline->judgement);
	if (detail)
		detail->verdict = pipeline->judgement.verdict;
	if (pipeline->judgement.evidence_count != 0) /* some rule asks for it */
		explain(pipeline, detail);
}

/* Raises an alert: the event again, as one. */
static void raise_alert(struct pipeline *pipeline, const struct event *event,
			const struct judgement *judgement)
{
	struct event alert = *event;

	if (judgement->suppressed) {
		pipeline->suppressed++;
		return;
	}
	alert.type = EVENT_ALERT;
	alert.judgement = judgement;
	submit(pipeline, &alert);
}

/* A flow is tried again and again while it lives; each rule fires once. */
static bool has_fired(const struct pipeline *pipeline, uint32_t rule)
{
	const struct detail *detail = pipeline->detail;

	if (pipeline->event->type != EVENT_FLOW)
		return false;
	if (!detail)
		return !pipeline->is_ending;
	if (pipeline->rule_number)
		rule = pipeline->rule_number[rule];
	for (unsigned i = 0; i < detail->fired_count; i++)
		if (detail->fired[i] == rule)
			return true;
	return !pipeline->is_ending && detail->fired_count == FIRED_MAX;
}

static void note_fired(struct pipeline *pipeline, uint32_t rule)
{
	struct detail *detail = pipeline->detail;

	if (pipeline->event->type == EVENT_FLOW && !pipeline->is_ending)
		detail->fired[detail->fired_count++] =
			pipeline->rule_number ? pipeline->rule_number[rule] : (uint16_t)rule;
}

static bool is_sum(const struct pipeline *pipeline, uint32_t window)
{
	return window != JUDGE_NO_WINDOW && pipeline->windows[window].kind == WINDOW_SUM;
}

/* Sums are of whole flows, at their end. */
static bool is_done(void *context, uint32_t rule, uint32_t window)
{
	const struct pipeline *pipeline = context;

	if (is_sum(pipeline, window))
		return pipeline->event->type == EVENT_FLOW && !pipeline->is_ending;
	return has_fired(pipeline, rule);
}

static void on_alert(void *context, uint32_t rule, const struct judgement *judgement)
{
	struct pipeline *pipeline = context;

	note_fired(pipeline, rule);
	raise_alert(pipeline, pipeline->event, judgement);
}

static void on_sample(void *context, uint32_t rule, const struct window_sample *sample)
{
	struct pipeline *pipeline = context;

	if (!is_sum(pipeline, sample->window))
		note_fired(pipeline, rule);
	collector_sample(pipeline->collector, pipeline->lane, pipeline->event, sample);
}

_Static_assert(RULES_MAX <= UINT16_MAX, "a rule's number fits detail.fired");

/* Tries the alert rules on an event of the flow or message that the judge has at hand. */
static void try_alerts(struct pipeline *pipeline, const struct event *event)
{
	const struct judge_sink sink = { pipeline, on_alert, on_sample, is_done };

	pipeline->event = event;
	judge_alerts(pipeline->judge, event, &sink);
}

/* ... on one that is neither: the flow's facts have to be gathered first. */
static void try_alerts_beside(struct pipeline *pipeline, const struct event *event)
{
	if (!(judge_alerts_on(pipeline->judge) >> event->type & 1))
		return;

	struct judge_flow facts = facts_of(pipeline, event->flow, pipeline->detail);
	struct name name = pipeline_name_of(pipeline, pipeline->flow, pipeline->detail);
	struct event with = *event;

	facts.tls = event->tls;
	facts.http = event->http;
	with.name = name.source == NAME_NONE ? NULL : &name;
	judge_look(pipeline->judge, &facts);
	try_alerts(pipeline, &with);
}

void pipeline_judge_live(struct pipeline *pipeline)
{
	struct flow *flow = pipeline->flow;
	struct detail *detail = pipeline->detail;
	struct name name = pipeline_name_of(pipeline, flow, detail);
	struct flow_record record = record_of(pipeline, flow, detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, detail, EVENT_FLOW);

	detail->identity.changed = false;
	event.name = name.source == NAME_NONE ? NULL : &name;
	judge_it(pipeline, &event, detail);
	event.judgement = &pipeline->judgement;
	if (pipeline->judgement.severity > flow->severity &&
	    !is_of_messages(detail, pipeline->judgement.verdict)) {
		flow->severity = pipeline->judgement.severity;
		explain(pipeline, detail);
		raise_alert(pipeline, &event, &pipeline->judgement);
	}
	try_alerts(pipeline, &event);
}

/* What identify found ------------------------------------------------------------------------ */

/* Every browser sends the ECH extension, mostly as GREASE; only a client that was told an ECH
 * configuration for the name can mean it. */
static bool is_real_ech(struct pipeline *pipeline, const struct tls_info *info)
{
	struct ip_addr client = flow_src(pipeline->flow);

	return info->ech == ECH_GREASE && info->sni[0] != '\0' &&
	       dns_cache_has_ech(pipeline->names, &client, info->sni, pipeline->flow->last_ns);
}

static void on_tls(void *context, const struct tls_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record =
		record_of(pipeline, pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_TLS);
	struct tls_info with_ech;

	event.tls = info;
	if (is_real_ech(pipeline, info)) {
		with_ech = *info;
		with_ech.ech = pipeline->detail->identity.ech = ECH_OFFERED;
		event.tls = &with_ech;
	}
	submit(pipeline, &event);
	try_alerts_beside(pipeline, &event);
}

static void on_quic(void *context, const struct quic_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record =
		record_of(pipeline, pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_QUIC);
	struct quic_info with_ech;

	event.quic = info;
	if (is_real_ech(pipeline, &info->tls)) {
		with_ech = *info;
		with_ech.tls.ech = pipeline->detail->identity.ech = ECH_OFFERED;
		event.quic = &with_ech;
	}
	event.tls = &event.quic->tls;
	submit(pipeline, &event);
	try_alerts_beside(pipeline, &event);
}

static void on_http(void *context, const struct http_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record =
		record_of(pipeline, pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_HTTP);
	struct ip_addr imds;

	event.http = info;
	submit(pipeline, &event);
	try_alerts_beside(pipeline, &event);
	if (!info->is_request || !ip_parse("169.254.169.254", &imds) ||
	    !ip_equal(&record.dst, &imds))
		return;
	event.type = EVENT_IMDS;
	event.imds = pipeline->detail->identity.imds;
	submit(pipeline, &event);
	try_alerts_beside(pipeline, &event);
}

static void on_ssh(void *context, const struct ssh_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record =
		record_of(pipeline, pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_SSH);

	event.ssh = info;
	submit(pipeline, &event);
	try_alerts_beside(pipeline, &event);
}

static void on_dns(void *context, const struct dns_message *message, enum direction direction)
{
	struct pipeline *pipeline = context;
	struct detail *detail = pipeline->detail;
	struct flow_record record = record_of(pipeline, pipeline->flow, detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, detail, EVENT_DNS);
	struct dns_traits traits;
	const struct judge_dns facts = {
		.client = client_of(&record),
		.behind = behind_of(&record),
		.resolver = record.dst,
		.resolver_port = record.dst_port,
		.message = message,
		.traits = message->question_count ? &traits : NULL,
	};
	struct name name = {
		.value = message->question_count ? message->question[0].name : NULL,
		.source = message->question_count ? NAME_QUESTION : NAME_NONE,
	};

	(void)direction;
	if (message->question_count)
		dns_traits_of(message->question[0].name, message->question[0].type, &traits);
	if (dns_activity_add(&detail->dns, message, &pipeline->seed))
		detail->identity.changed = true; /* a rule may ask for it */
	if (event.app_proto == app_name(APP_UNKNOWN))
		event.app_proto = app_name(APP_DNS);
	event.dns = message;
	event.name = name.source == NAME_NONE ? NULL : &name;
	judge_dns(pipeline->judge, &event, &facts, &pipeline->judgement);
	event.name = NULL; /* the event's questions say it */
	event.judgement = &pipeline->judgement;
	submit(pipeline, &event);
	event.name = name.source == NAME_NONE ? NULL : &name;
	if (pipeline->judgement.severity > detail->dns_severity) {
		detail->dns_severity = pipeline->judgement.severity;
		detail->dns_verdict = pipeline->judgement.verdict;
		memcpy(detail->dns_evidence, pipeline->judgement.evidence[0].text,
		       sizeof(detail->dns_evidence));
	}
	if (pipeline->judgement.severity != SEVERITY_NONE && message->response)
		raise_alert(pipeline, &event, &pipeline->judgement);
	try_alerts(pipeline, &event);
}

/* Another flow of the shard needs this one's state: it is judged by what is known of it now. */
static void on_evict(void *context, void *owner)
{
	struct pipeline *pipeline = context;
	struct flow *flow = pipeline->flow;
	struct detail *detail = pipeline->detail;

	pipeline->flow = owner;
	pipeline->detail = details_find(pipeline->details, pipeline->flow, detail);
	const struct identify_flow identify_flow =
		pipeline_identify_flow(pipeline->flow, pipeline->detail);

	identify_end(pipeline->identify, &identify_flow);
	pipeline->flow->undecided = false;
	pipeline_judge_live(pipeline);
	pipeline_drop_empty(pipeline, pipeline->flow);
	pipeline->flow = flow;
	pipeline->detail = detail;
}

const struct identify_sink pipeline_sink = {
	.tls = on_tls,
	.quic = on_quic,
	.dns = on_dns,
	.http = on_http,
	.ssh = on_ssh,
	.evict = on_evict,
};

void pipeline_report_end(struct pipeline *pipeline, enum flow_end end)
{
	struct flow *flow = pipeline->flow;
	struct detail *detail = pipeline->detail;
	struct flow_record record = record_of(pipeline, flow, detail, end);
	struct event event = event_of(pipeline, &record, detail, EVENT_FLOW);
	struct name name = pipeline_name_of(pipeline, flow, detail);

	event.name = name.source == NAME_NONE ? NULL : &name;
	event.http_count = detail ? detail->identity.http_count : 0;
	judge_it(pipeline, &event, detail);
	explain(pipeline, detail);
	event.judgement = &pipeline->judgement;
	if (pipeline->judgement.severity > flow->severity &&
	    !is_of_messages(detail, pipeline->judgement.verdict))
		raise_alert(pipeline, &event, &pipeline->judgement);
	pipeline->is_ending = true;
	try_alerts(pipeline, &event);
	pipeline->is_ending = false;
	submit(pipeline, &event);
}
