#include "pipeline_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "identify/dns.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

/* Details ------------------------------------------------------------------------------------ */

static void free_detail(struct pipeline *pipeline, struct flow *flow)
{
	if (flow->detail != 0)
		details_drop(pipeline->details, flow);
}

/* There is no room to keep what is known of a flow: it is at its end for identify, and says less. */
static void lose_detail(void *context, struct flow *flow)
{
	struct pipeline *pipeline = context;
	struct flow *flow_before = pipeline->flow;
	struct detail *detail_before = pipeline->detail;

	pipeline->flow = flow;
	pipeline->detail = details_find(pipeline->details, flow, detail_before);
	if (pipeline->detail->identify_state != 0) {
		const struct identify_flow identify_flow =
			pipeline_identify_flow(flow, pipeline->detail);

		identify_end(pipeline->identify, &identify_flow);
	}
	flow->undecided = false;
	pipeline->no_detail++;
	pipeline->flow = flow_before;
	pipeline->detail = detail_before;
}

void pipeline_drop_empty(struct pipeline *pipeline, struct flow *flow)
{
	const struct detail *detail = pipeline->detail;
	const struct identity *identity = &detail->identity;
	bool unknown = identity->app == APP_UNKNOWN && identity->label == DPI_UNDECIDED &&
		       identity->claimed_source == NAME_NONE && identity->credentials == 0 &&
		       identity->certificate_name[0] == '\0' && !identity->snapped;

	if (unknown && detail->resolved[0] == '\0' && detail->tunnel_count == 0 &&
	    detail->vlan_count == 0 && detail->icmp_code == 0 && detail->dns_severity == 0)
		free_detail(pipeline, flow);
}

_Static_assert(FLOW_SHARDS == IDENTIFY_GROUPS, "a shard is a group");

/* Packets ------------------------------------------------------------------------------------ */

struct identify_flow pipeline_identify_flow(struct flow *flow, struct detail *detail)
{
	return (struct identify_flow){
		.identity = &detail->identity,
		.state = &detail->identify_state,
		.owner = flow,
		.group = flow->shard,
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
	detail = details_need(pipeline->details, flow, NULL);
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

/* Whether a flow's bytes have just passed a power of two above a mebibyte: rules may ask how much it has
 * carried, and a flow that carries much may last for days. */
static bool has_grown(const struct flow *flow, uint64_t bytes)
{
	uint64_t now = flow->count[TO_SERVER].bytes + flow->count[TO_CLIENT].bytes;

	return now >= MIB && __builtin_clzll(now) != __builtin_clzll((now - bytes) | 1);
}

static void judge_grown(struct pipeline *pipeline, struct flow *flow)
{
	pipeline->flow = flow;
	pipeline->detail = details_need(pipeline->details, flow, NULL);
	pipeline_judge_live(pipeline);
}

/* Bypass -------------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct flow_key) == sizeof(struct bypass_key), "one key, two names");

/* Adds the kernel's count of a flow to its own. */
static void add_bypassed(struct pipeline *pipeline, struct flow *flow,
			 const struct bypass_count *count)
{
	const struct pipeline_bypass *bypass = pipeline->bypass;
	enum direction low = flow->initiator_is_high ? TO_CLIENT : TO_SERVER;
	struct flow_addition addition;

	for (int i = 0; i < DIRECTIONS; i++) {
		enum direction to = i == 0 ? low : (enum direction)(1 - low);

		addition.count[to] = (struct flow_count){ count->packets[i], count->bytes[i] };
		addition.tcp_flags[to] = count->tcp_flags[i];
		pipeline->bypassed_packets += count->packets[i];
		pipeline->bypassed_bytes += count->bytes[i];
	}
	addition.last_ns =
		count->last_ns ? bypass->packet_time(bypass->context, count->last_ns) : 0;
	flow_add(flow, &addition);
	if (has_grown(flow, count->bytes[0] + count->bytes[1]))
		judge_grown(pipeline, flow);
}

static void end_bypass(struct pipeline *pipeline, struct flow *flow)
{
	struct bypass_count count;

	flow->bypassed = false;
	if (pipeline->bypass->end(pipeline->bypass->context, &flow->key, &count))
		add_bypassed(pipeline, flow, &count);
}

/* A packet of a bypassed flow has come up: it was in the ring before, it says that the flow lives, or
 * that it ends. */
static void bypassed_packet(struct pipeline *pipeline, struct flow *flow, const struct unit *unit)
{
	const struct pipeline_bypass *bypass = pipeline->bypass;
	uint64_t since_ns = unit->time_ns - flow_table_previous_ns(pipeline->flows);
	struct bypass_count count;

	if (unit->layers.tcp_flags & (TCP_FIN | TCP_RST))
		bypass->pass(bypass->context, &flow->key);
	else if (since_ns >= bypass->refresh_ns / 2 &&
		 bypass->take(bypass->context, &flow->key, &count))
		add_bypassed(pipeline, flow, &count);
}

/* Nothing more is to be learnt from its bytes, and it is worth a look-up in the kernel. */
static bool may_bypass(const struct flow *flow, const struct unit *unit)
{
	/* The kernel counts a flow whatever tunnel its packets come in. */
	if (flow->undecided || flow->is_carried_twice ||
	    unit->layers.tcp_flags & (TCP_FIN | TCP_SYN | TCP_RST))
		return false;
	if (flow->key.protocol == PROTOCOL_TCP)
		return flow->tcp_state == TCP_STATE_ESTABLISHED;
	return flow->key.protocol == PROTOCOL_UDP && flow->count[TO_CLIENT].packets != 0 &&
	       flow->count[TO_SERVER].packets != 0;
}

static void try_bypass(struct pipeline *pipeline, struct flow *flow, const struct unit *unit)
{
	const struct pipeline_bypass *bypass = pipeline->bypass;

	if (flow->bypassed) {
		bypassed_packet(pipeline, flow, unit);
		return;
	}
	if (!may_bypass(flow, unit))
		return;
	flow->bypassed = bypass->insert(bypass->context, &flow->key);
	if (flow->bypassed)
		pipeline->bypassed++;
	else
		pipeline->bypass_refused++;
}

static struct flow *packet(struct pipeline *pipeline, const struct unit *unit,
			   const struct flow_packet *flow_packet)
{
	enum direction direction;
	bool is_new;

	/* Events of a flow that this packet ends come before those of the one it begins. */
	pipeline->key_sequence = unit->sequence;
	pipeline->unit = unit;
	struct flow *flow = flow_table_packet(pipeline->flows, flow_packet, &direction, &is_new);

	if (!flow)
		return NULL;
	if (is_new)
		begin_flow(pipeline, flow, unit);
	if (has_grown(flow, unit->bytes))
		judge_grown(pipeline, flow);
	if (!flow->undecided)
		return flow;
	if (unit->layers.payload_captured == 0 && flow->key.protocol == PROTOCOL_TCP &&
	    !(unit->layers.tcp_flags & TCP_SYN))
		return flow; /* identify has nothing to read */
	struct detail *detail = details_need(pipeline->details, flow, NULL);
	const struct identify_flow identify_flow = pipeline_identify_flow(flow, detail);

	pipeline->flow = flow;
	pipeline->detail = detail;
	flow->undecided = identify_packet(pipeline->identify, &identify_flow, &unit->layers,
					  direction, unit->time_ns);
	if (detail->identity.changed && detail->identity.ready)
		pipeline_judge_live(pipeline);
	if (!flow->undecided)
		pipeline_drop_empty(pipeline, flow);
	return flow;
}

/* ... and then whether the kernel may keep the rest of its flow to itself. */
static void packet_and_bypass(struct pipeline *pipeline, const struct unit *unit,
			      const struct flow_packet *flow_packet)
{
	struct flow *flow = packet(pipeline, unit, flow_packet);

	if (flow && pipeline->bypass)
		try_bypass(pipeline, flow, unit);
}

static void on_end(void *context, struct flow *flow, enum flow_end end)
{
	struct pipeline *pipeline = context;
	struct detail *detail = details_find(pipeline->details, flow, NULL);
	const struct unit *unit = pipeline->unit;

	if (flow->bypassed)
		end_bypass(pipeline, flow);
	pipeline->flow = flow;
	pipeline->detail = detail;
	if (detail && detail->identify_state != 0) {
		const struct identify_flow identify_flow = pipeline_identify_flow(flow, detail);

		identify_end(pipeline->identify, &identify_flow);
	}
	/* What ends by its own time-out carries the time of its last packet. */
	pipeline->unit = NULL;
	pipeline_report_end(pipeline, end);
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
	pipeline->key_sequence = unit->sequence;
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
			packet_and_bypass(pipeline, &units[i], &packets[i]);
		else if (units[i].kind == UNIT_ANSWER)
			answer(pipeline, &units[i]);
		else
			tick(pipeline, &units[i]);
	}
}

void pipeline_shutdown(struct pipeline *pipeline, uint64_t sequence)
{
	pipeline->key_sequence = sequence;
	pipeline->unit = NULL;
	flow_table_shutdown(pipeline->flows);
}

int pipeline_new(struct pipeline **pipeline, const struct pipeline_options *options)
{
	struct pipeline *made = calloc(1, sizeof(*made));
	size_t windows;
	int error;

	*pipeline = NULL;
	if (!made)
		return -ENOMEM;
	made->map = options->knowledge->map;
	made->windows = rules_windows(options->knowledge->rules, &windows);
	made->collector = options->collector;
	made->lane = options->lane;
	made->bypass = options->bypass;
	made->nat = options->nat;
	made->seed = options->seed;
	const struct identify_options identify_options = {
		.states = options->states,
		.buffer_bytes = options->buffer_bytes,
		.maker = options->dpi_maker,
	};
	struct identify_sink sink = pipeline_sink;

	sink.context = made;
	error = details_new(&made->details,
			    options->flow_limit / FLOW_SHARDS * options->shard_count, lose_detail,
			    made);
	error = error ? error
		      : flow_table_new(&made->flows, options->flow_limit, options->first_shard,
				       options->shard_count, options->seed);
	error = error ? error : judge_new(&made->judge, options->knowledge);
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

struct judge *pipeline_adopt(struct pipeline *pipeline, const struct judge_knowledge *knowledge,
			     struct judge *judge, const uint16_t *number)
{
	struct judge *before = pipeline->judge;
	size_t windows;

	pipeline->judge = judge;
	pipeline->map = knowledge->map;
	pipeline->windows = rules_windows(knowledge->rules, &windows);
	pipeline->rule_number = number;
	return before;
}

uint64_t pipeline_flows_live(const struct pipeline *pipeline)
{
	return flow_table_stats(pipeline->flows).live;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	dns_cache_free(pipeline->names);
	identify_free(pipeline->identify);
	judge_free(pipeline->judge);
	flow_table_free(pipeline->flows);
	details_free(pipeline->details);
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
		{ "rest.copy.packets", flow.copies },
		{ "rest.copy.bytes", flow.copied_bytes },
		{ "identify.no_state", id.no_state },
		{ "identify.evicted", id.evicted },
		{ "identify.evicted_unfinished", id.evicted_unfinished },
		{ "identify.gave_up_on_gap", id.gave_up },
		{ "identify.over_limit", id.over_limit },
		{ "identify.malformed", id.malformed },
		{ "identify.buffers_refused", id.buffers.refused },
		{ "dpi.flows", id.dpi_flows },
		{ "dpi.packets", id.dpi_packets },
		{ "alert.suppressed", pipeline->suppressed },
		{ "bypass.flows", pipeline->bypassed },
		{ "bypass.refused", pipeline->bypass_refused },
		{ "bypass.packets", pipeline->bypassed_packets },
		{ "bypass.bytes", pipeline->bypassed_bytes },
	};
	/* Every worker sees every answer, so these are the same in each: not added up. */
	const struct stat shared[] = {
		{ "dns.answers_learnt", pipeline->learnt },
		{ "dns.answers_damaged", pipeline->answers_damaged },
		{ "dns.addresses_learnt", names.learnt },
		{ "dns.addresses_evicted", names.evicted },
	};
	const uint32_t own = sizeof(mine) / sizeof(mine[0]),
		       rest = sizeof(shared) / sizeof(shared[0]);
	struct pipeline_counters counted = { .count = own + rest, .own = own };

	_Static_assert(sizeof(mine) / sizeof(mine[0]) + sizeof(shared) / sizeof(shared[0]) <=
			       PIPELINE_COUNTERS_MAX,
		       "room for all counters");
	memcpy(counted.stat, mine, sizeof(mine));
	memcpy(counted.stat + own, shared, sizeof(shared));
	pipeline_counters_add(counters, &counted);
}

void pipeline_counters_add(struct pipeline_counters *counters,
			   const struct pipeline_counters *others)
{
	if (counters->count == 0) {
		*counters = *others;
		return;
	}
	for (uint32_t i = 0; i < others->own; i++)
		counters->stat[i].value += others->stat[i].value;
}
