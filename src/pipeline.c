#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/ip.h"
#include "base/units.h"
#include "flow/flow_table.h"
#include "identify/banner.h"
#include "identify/dns.h"
#include "identify/dns_cache.h"
#include "identify/identify.h"

#define CHAIN_KEPT 383 /* bytes of a CNAME chain that a flow keeps: seven names of a usual length */

enum { PROTOCOL_TCP = 6 };

/* What a flow keeps beside its counters, until it ends. */
struct detail {
	struct identity identity;
	uint32_t identify_state;
	uint32_t next_free;
	uint64_t told_ns; /* when its client was told the name below */
	struct ip_addr resolver;
	struct tunnel tunnel[LAYERS_TUNNELS_MAX];
	uint16_t vlan[LAYERS_VLANS_MAX];
	uint8_t tunnel_count, vlan_count;
	uint8_t verdict, severity;         /* of the last judgement */
	uint8_t dns_verdict, dns_severity; /* worst of its own DNS messages */
	uint8_t icmp_code;
	bool resolved_ambiguous, resolved_privatelink, alerted;
	char resolved[NAME_MAX_BYTES + 1];
	char chain[CHAIN_KEPT + 1];
};

struct pipeline {
	struct flow_table *flows;
	struct identify *identify;
	struct dns_cache *names;
	const struct judge *judge;
	const struct map *map;
	struct collector *collector;
	struct detail *details; /* [0] is not used */
	size_t detail_bytes;
	uint32_t detail_limit, fresh_detail, free_detail;
	uint32_t lane;
	uint64_t learnt, answers_damaged, no_detail;
	/* The unit at work, for the callbacks. */
	struct flow *flow;
	struct detail *detail;
	const struct unit *unit;
	uint64_t key_sequence;
	struct dns_message message;
	struct judgement judgement; /* scratch: 3 KiB */
};

/* Details ------------------------------------------------------------------------------------ */

static struct detail *detail_of(const struct pipeline *pipeline, const struct flow *flow)
{
	return flow->detail ? &pipeline->details[flow->detail] : NULL;
}

static struct detail *need_detail(struct pipeline *pipeline, struct flow *flow)
{
	uint32_t number = pipeline->free_detail;

	if (flow->detail != 0)
		return &pipeline->details[flow->detail];
	if (number != 0) {
		pipeline->free_detail = pipeline->details[number].next_free;
	} else if (pipeline->fresh_detail <= pipeline->detail_limit) {
		number = pipeline->fresh_detail++;
	} else {
		pipeline->no_detail++;
		return NULL;
	}
	flow->detail = number;
	memset(&pipeline->details[number], 0, sizeof(pipeline->details[number]));
	return &pipeline->details[number];
}

static void free_detail(struct pipeline *pipeline, struct flow *flow)
{
	if (flow->detail == 0)
		return;
	pipeline->details[flow->detail].next_free = pipeline->free_detail;
	pipeline->free_detail = flow->detail;
	flow->detail = 0;
}

/* Building events ---------------------------------------------------------------------------- */

static struct flow_record record_of(const struct flow *flow, const struct detail *detail,
				    enum flow_end end)
{
	struct flow_record record = {
		.id = flow_id(flow),
		.src = flow_src(flow),
		.dst = flow_dst(flow),
		.start_ns = flow->start_ns,
		.end_ns = flow->last_ns,
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
static struct name best_name(const struct pipeline *pipeline, const struct flow *flow,
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

static void judge_it(struct pipeline *pipeline, const struct flow *flow, struct detail *detail,
		     uint64_t now_ns)
{
	struct judge_flow facts = {
		.src = flow_src(flow),
		.dst = flow_dst(flow),
		.src_port = flow_src_port(flow),
		.dst_port = flow_dst_port(flow),
		.protocol = flow->key.protocol,
		.answered = is_answered(flow),
		.midstream = flow->midstream,
		.one_sided = flow->count[TO_CLIENT].packets == 0,
		.icmp_type = flow->icmp_type,
	};

	if (detail) {
		const struct identity *identity = &detail->identity;

		facts.app = identity->app;
		if (identity->claimed_source != NAME_QUESTION)
			facts.claimed = claimed_name(detail);
		facts.resolved = resolved_name(detail, flow);
		facts.chain = detail->chain[0] ? detail->chain : NULL;
		facts.resolved_privatelink = detail->resolved_privatelink;
		facts.certificate_name =
			identity->certificate_name[0] ? identity->certificate_name : NULL;
		facts.http_path = identity->http_path[0] ? identity->http_path : NULL;
		facts.alpn = identity->alpn[0] ? identity->alpn : NULL;
		facts.credentials = identity->credentials;
		facts.imds = identity->imds;
		facts.imds_no_metadata_header = identity->imds_no_metadata_header;
		facts.imds_forwarded = identity->imds_forwarded;
		facts.snapped = identity->snapped;
		facts.ech = identity->ech;
		facts.dns_verdict = detail->dns_verdict;
		facts.confirmed = facts.claimed.value &&
				  dns_cache_confirms(pipeline->names, &facts.src, &facts.dst,
						     facts.claimed.value, now_ns);
	}
	judge_flow(pipeline->judge, &facts, &pipeline->judgement);
}

static void submit_alert(struct pipeline *pipeline, const struct flow *flow, struct detail *detail,
			 const struct name *name, const struct dns_message *message)
{
	struct flow_record record = record_of(flow, detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, detail, EVENT_ALERT);

	event.judgement = &pipeline->judgement;
	event.name = name->source == NAME_NONE ? NULL : name;
	event.dns = message;
	submit(pipeline, &event);
}

/* Judges a live flow on what is known now; a new or graver finding raises an alert. The findings of
 * DNS flows are those of their messages, and were raised there. */
static void judge_live(struct pipeline *pipeline, struct flow *flow, struct detail *detail,
		       uint64_t now_ns)
{
	struct name name = best_name(pipeline, flow, detail);

	detail->identity.changed = false;
	judge_it(pipeline, flow, detail, now_ns);
	bool graver = pipeline->judgement.severity > detail->severity;

	detail->verdict = pipeline->judgement.verdict;
	if (!graver || (detail->dns_verdict == detail->verdict && detail->dns_severity != 0))
		return;
	detail->severity = pipeline->judgement.severity;
	detail->alerted = true;
	submit_alert(pipeline, flow, detail, &name, NULL);
}

/* What identify found ------------------------------------------------------------------------ */

static void on_tls(void *context, const struct tls_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record = record_of(pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_TLS);

	event.tls = info;
	submit(pipeline, &event);
}

static void on_quic(void *context, const struct quic_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record = record_of(pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_QUIC);

	event.quic = info;
	event.tls = &info->tls;
	submit(pipeline, &event);
}

static void on_http(void *context, const struct http_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record = record_of(pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_HTTP);
	struct ip_addr imds;

	event.http = info;
	submit(pipeline, &event);
	if (!info->is_request || !ip_parse("169.254.169.254", &imds) ||
	    !ip_equal(&record.dst, &imds))
		return;
	event.type = EVENT_IMDS;
	event.imds = detail_of(pipeline, pipeline->flow)->identity.imds;
	submit(pipeline, &event);
}

static void on_ssh(void *context, const struct ssh_info *info)
{
	struct pipeline *pipeline = context;
	struct flow_record record = record_of(pipeline->flow, pipeline->detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, pipeline->detail, EVENT_SSH);

	event.ssh = info;
	submit(pipeline, &event);
}

static void on_dns(void *context, const struct dns_message *message, enum direction direction)
{
	struct pipeline *pipeline = context;
	struct detail *detail = pipeline->detail;
	struct flow_record record = record_of(pipeline->flow, detail, FLOW_END_NONE);
	struct event event = event_of(pipeline, &record, detail, EVENT_DNS);
	const struct judge_dns facts = {
		.client = record.src,
		.resolver = record.dst,
		.resolver_port = record.dst_port,
		.message = message,
	};
	struct name name = {
		.value = message->question_count ? message->question[0].name : NULL,
		.source = message->question_count ? NAME_QUESTION : NAME_NONE,
	};

	(void)direction;
	if (event.app_proto == app_name(APP_UNKNOWN))
		event.app_proto = app_name(APP_DNS);
	judge_dns(pipeline->judge, &facts, &pipeline->judgement);
	event.dns = message;
	event.judgement = &pipeline->judgement;
	submit(pipeline, &event);
	if (pipeline->judgement.severity > detail->dns_severity) {
		detail->dns_severity = pipeline->judgement.severity;
		detail->dns_verdict = pipeline->judgement.verdict;
	}
	if (pipeline->judgement.severity != SEVERITY_NONE && message->response) {
		detail->alerted = true;
		submit_alert(pipeline, pipeline->flow, detail, &name, message);
	}
}

/* Packets ------------------------------------------------------------------------------------ */

static struct identify_flow identify_flow_of(const struct flow *flow, struct detail *detail)
{
	return (struct identify_flow){
		.identity = &detail->identity,
		.state = &detail->identify_state,
		.domain = flow->shard / (FLOW_SHARDS / DPI_DOMAINS),
		.src_port = flow_src_port(flow),
		.dst_port = flow_dst_port(flow),
		.protocol = flow->key.protocol,
	};
}

/* What its client was told of the address it now goes to, and the envelope it came in. */
static void begin_flow(struct pipeline *pipeline, struct flow *flow, const struct unit *unit)
{
	const struct layers *layers = &unit->layers;
	struct ip_addr src = flow_src(flow), dst = flow_dst(flow);
	struct dns_known known;
	bool is_known = dns_cache_find(pipeline->names, &src, &dst, unit->time_ns, &known);
	struct detail *detail;

	if (!is_known && layers->tunnel_count == 0 && layers->vlan_count == 0 &&
	    layers->icmp_code == 0)
		return;
	detail = need_detail(pipeline, flow);
	if (!detail)
		return;
	detail->icmp_code = layers->icmp_code;
	detail->tunnel_count = layers->tunnel_count;
	detail->vlan_count = layers->vlan_count;
	for (int i = 0; i < LAYERS_TUNNELS_MAX && i < layers->tunnel_count; i++)
		detail->tunnel[i] = layers->tunnel[i];
	for (int i = 0; i < LAYERS_VLANS_MAX && i < layers->vlan_count; i++)
		detail->vlan[i] = layers->vlan[i];
	if (!is_known)
		return;
	detail->told_ns = unit->time_ns - known.name.age_ns;
	detail->resolver = known.name.resolver;
	detail->resolved_ambiguous = known.name.ambiguous;
	detail->resolved_privatelink = known.has_privatelink;
	memcpy(detail->resolved, known.name.value, strnlen(known.name.value, NAME_MAX_BYTES));
	if (known.chain)
		memcpy(detail->chain, known.chain, strnlen(known.chain, CHAIN_KEPT));
}

static void packet(struct pipeline *pipeline, const struct unit *unit,
		   const struct flow_packet *flow_packet)
{
	enum direction direction;
	bool is_new;

	/* Events of a flow that this packet ends come before those of the one it begins. */
	pipeline->key_sequence = unit->sequence * 2 + 1;
	pipeline->unit = unit;
	struct flow *flow = flow_table_packet(pipeline->flows, flow_packet, &direction, &is_new);

	if (is_new)
		begin_flow(pipeline, flow, unit);
	if (!flow->undecided)
		return;
	if (unit->layers.payload_captured == 0 && flow->detail == 0 &&
	    flow->key.protocol == PROTOCOL_TCP && !(unit->layers.tcp_flags & TCP_SYN))
		return;
	struct detail *detail = need_detail(pipeline, flow);
	if (!detail)
		return;
	const struct identify_flow identify_flow = identify_flow_of(flow, detail);

	pipeline->flow = flow;
	pipeline->detail = detail;
	flow->undecided = identify_packet(pipeline->identify, &identify_flow, &unit->layers,
					  direction, unit->time_ns);
	if (detail->identity.changed && detail->identity.ready)
		judge_live(pipeline, flow, detail, unit->time_ns);
}

static void on_end(void *context, struct flow *flow, enum flow_end end)
{
	struct pipeline *pipeline = context;
	struct detail *detail = detail_of(pipeline, flow);
	const struct unit *unit = pipeline->unit;

	pipeline->flow = flow;
	pipeline->detail = detail;
	if (detail && detail->identify_state != 0) {
		const struct identify_flow identify_flow = identify_flow_of(flow, detail);

		identify_end(pipeline->identify, &identify_flow);
	}
	/* What ends by its own time-out carries the time of its last packet. */
	pipeline->unit = NULL;
	judge_it(pipeline, flow, detail, flow->last_ns);

	struct flow_record record = record_of(flow, detail, end);
	struct event event = event_of(pipeline, &record, detail, EVENT_FLOW);
	struct name name = best_name(pipeline, flow, detail);

	if (pipeline->judgement.severity > (detail ? detail->severity : 0) &&
	    !(detail && detail->dns_verdict == pipeline->judgement.verdict && detail->dns_severity))
		submit_alert(pipeline, flow, detail, &name, NULL);
	event.name = name.source == NAME_NONE ? NULL : &name;
	event.judgement = &pipeline->judgement;
	event.http_count = detail ? detail->identity.http_count : 0;
	submit(pipeline, &event);
	free_detail(pipeline, flow);
	pipeline->unit = unit;
}

/* Units -------------------------------------------------------------------------------------- */

static void answer(struct pipeline *pipeline, const struct unit *unit)
{
	const struct layers *layers = &unit->layers;

	if (dns_parse(layers->payload, layers->payload_captured, &pipeline->message) !=
	    PARSE_DONE) {
		pipeline->answers_damaged++;
		return;
	}
	pipeline->learnt++;
	dns_cache_learn(pipeline->names, &layers->dst, &layers->src, &pipeline->message,
			unit->time_ns);
}

static void tick(struct pipeline *pipeline, const struct unit *unit)
{
	pipeline->key_sequence = unit->sequence * 2;
	pipeline->unit = NULL;
	flow_table_tick(pipeline->flows, unit->time_ns);
}

void pipeline_process(struct pipeline *pipeline, const struct unit *units, size_t count)
{
	struct flow_packet packets[PIPELINE_BATCH];

	for (size_t i = 0; i < count; i++) {
		const struct unit *unit = &units[i];
		struct flow_packet *p = &packets[i];

		if (unit->kind != UNIT_PACKET)
			continue;
		p->layers = &unit->layers;
		p->time_ns = unit->time_ns;
		p->sequence = unit->sequence;
		p->frames = unit->frames;
		p->bytes = unit->bytes;
		p->key = flow_key_of(&unit->layers, &p->from_high);
		p->hash = flow_hash(pipeline->flows, &p->key);
		flow_prefetch(pipeline->flows, p->hash);
	}
	for (size_t i = 0; i < count; i++)
		if (units[i].kind == UNIT_PACKET)
			flow_prefetch_record(pipeline->flows, packets[i].hash);
	for (size_t i = 0; i < count; i++) {
		if (units[i].kind == UNIT_PACKET)
			packet(pipeline, &units[i], &packets[i]);
		else if (units[i].kind == UNIT_ANSWER)
			answer(pipeline, &units[i]);
		else
			tick(pipeline, &units[i]);
	}
}

void pipeline_shutdown(struct pipeline *pipeline, uint64_t sequence)
{
	pipeline->key_sequence = sequence * 2;
	pipeline->unit = NULL;
	flow_table_shutdown(pipeline->flows);
}

int pipeline_new(struct pipeline **pipeline, const struct pipeline_options *options)
{
	struct pipeline *made = calloc(1, sizeof(*made));
	int error = 0;

	*pipeline = NULL;
	if (!made)
		return -ENOMEM;
	made->judge = options->judge;
	made->map = options->map;
	made->collector = options->collector;
	made->lane = options->lane;
	made->fresh_detail = 1;
	made->detail_limit = options->flow_limit / FLOW_SHARDS * options->shard_count;
	made->detail_bytes = ((size_t)made->detail_limit + 1) * sizeof(struct detail);
	made->details = mmap(NULL, made->detail_bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (made->details == MAP_FAILED) {
		made->details = NULL;
		error = -ENOMEM;
	}
	const struct identify_options identify_options = {
		.states = options->states,
		.buffer_bytes = options->buffer_bytes,
		.maker = options->dpi_maker,
	};
	const struct identify_sink sink = {
		.tls = on_tls,
		.quic = on_quic,
		.dns = on_dns,
		.http = on_http,
		.ssh = on_ssh,
		.context = made,
	};

	error = error ? error
		      : flow_table_new(&made->flows, options->flow_limit, options->first_shard,
				       options->shard_count, options->seed);
	error = error ? error : identify_new(&made->identify, &identify_options, &sink);
	error = error ? error : dns_cache_new(&made->names, options->dns_bytes, options->seed);
	if (error) {
		pipeline_free(made);
		return error;
	}
	flow_table_on_end(made->flows, on_end, made);
	*pipeline = made;
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	dns_cache_free(pipeline->names);
	identify_free(pipeline->identify);
	flow_table_free(pipeline->flows);
	if (pipeline->details)
		munmap(pipeline->details, pipeline->detail_bytes);
	free(pipeline);
}

void pipeline_count(const struct pipeline *pipeline, struct pipeline_counters *counters)
{
	const struct flow_table_stats flow = flow_table_stats(pipeline->flows);
	const struct identify_stats id = identify_stats(pipeline->identify);
	const struct dns_cache_stats names = dns_cache_stats(pipeline->names);
	const struct stat mine[] = {
		{ "flow.started", flow.started },
		{ "flow.midstream", flow.midstream },
		{ "flow.ended.closed", flow.ended[FLOW_END_CLOSED] },
		{ "flow.ended.timeout", flow.ended[FLOW_END_TIMEOUT] },
		{ "flow.ended.reused", flow.ended[FLOW_END_REUSED] },
		{ "flow.ended.evicted", flow.ended[FLOW_END_EVICTED] },
		{ "flow.ended.shutdown", flow.ended[FLOW_END_SHUTDOWN] },
		{ "flow.no_detail", pipeline->no_detail },
		{ "identify.no_state", id.no_state },
		{ "identify.gave_up_on_gap", id.gave_up },
		{ "identify.over_limit", id.over_limit },
		{ "identify.malformed", id.malformed },
		{ "identify.buffers_refused", id.buffers.refused },
		{ "dpi.flows", id.dpi_flows },
		{ "dpi.packets", id.dpi_packets },
	};
	/* Every worker sees every answer, so these are the same in each: not added up. */
	const struct stat shared[] = {
		{ "dns.answers_learnt", pipeline->learnt },
		{ "dns.answers_damaged", pipeline->answers_damaged },
		{ "dns.addresses_learnt", names.learnt },
		{ "dns.addresses_evicted", names.evicted },
	};
	const size_t own = sizeof(mine) / sizeof(mine[0]),
		     all = own + sizeof(shared) / sizeof(shared[0]);
	bool first = counters->count == 0;

	_Static_assert(sizeof(mine) / sizeof(mine[0]) + sizeof(shared) / sizeof(shared[0]) <=
			       PIPELINE_COUNTERS_MAX,
		       "room for all counters");
	for (size_t i = 0; i < all; i++) {
		const struct stat *stat = i < own ? &mine[i] : &shared[i - own];
		uint64_t before = first ? 0 : counters->stat[i].value;

		counters->stat[i].name = stat->name;
		counters->stat[i].value = stat->value + (i < own ? before : 0);
	}
	counters->count = (uint32_t)all;
}
