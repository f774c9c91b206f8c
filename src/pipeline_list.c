/* What a worker says of its live flows while it works: a listing goes through the table in pieces, one
 * between two batches, and keeps the first so many in a heap with the last of them on top. */
#include <string.h>

#include "identify/banner.h"
#include "pipeline_state.h"

#define PIECE 256 /* live flows of one call */

static uint64_t rank(const struct pipeline_listing *listing, const struct flow *flow)
{
	switch ((enum live_order)listing->query.order) {
	case LIVE_BY_BYTES:
		return flow->count[TO_SERVER].bytes + flow->count[TO_CLIENT].bytes;
	case LIVE_BY_LAST:
		return flow->last_ns;
	case LIVE_BY_START:
		return flow->start_ns;
	case LIVE_BY_SEVERITY: /* and the latest of each */
		return (uint64_t)flow->severity << 61 | flow->last_ns >> 3;
	}
	return 0;
}

static void describe(struct pipeline *pipeline, const struct flow *flow, struct live_flow *row)
{
	struct detail copy;
	const struct detail *detail = details_peek(pipeline->details, flow, &copy);
	struct name name = pipeline_name_of(pipeline, flow, detail);
	const char *app = app_name(detail ? detail->identity.app : APP_UNKNOWN);
	size_t length = name.source == NAME_NONE ? 0 : strnlen(name.value, NAME_MAX_BYTES);
	size_t shown = length < sizeof(row->name) ? length : sizeof(row->name) - 1;

	*row = (struct live_flow){
		.src = flow_src(flow),
		.dst = flow_dst(flow),
		.start_ns = flow->start_ns,
		.last_ns = flow->last_ns,
		.src_port = flow_src_port(flow),
		.dst_port = flow_dst_port(flow),
		.protocol = flow->key.protocol,
		.verdict = detail ? detail->verdict : VERDICT_NONE,
		.severity = flow->severity,
		.worker = (uint8_t)pipeline->lane,
		.bypassed = flow->bypassed,
		.undecided = flow->undecided,
	};
	for (int i = 0; i < DIRECTIONS; i++) {
		row->packets[i] = flow->count[i].packets;
		row->bytes[i] = flow->count[i].bytes;
	}
	memcpy(row->app, app, strnlen(app, sizeof(row->app) - 1));
	if (shown != 0)
		memcpy(row->name, name.value + length - shown, shown);
}

static void swap(struct pipeline_listed *a, struct pipeline_listed *b)
{
	struct pipeline_listed c = *a;

	*a = *b;
	*b = c;
}

/* The heap's top is the flow that gives way first. Only places move; rows stay where they are. */
static void sink_top(struct pipeline_listing *listing)
{
	struct pipeline_listed *heap = listing->heap;

	for (uint32_t at = 0, least; 2 * at + 1 < listing->count; at = least) {
		least = 2 * at + 1;
		if (least + 1 < listing->count && heap[least + 1].rank < heap[least].rank)
			least++;
		if (heap[at].rank <= heap[least].rank)
			return;
		swap(&heap[at], &heap[least]);
	}
}

static void raise_last(struct pipeline_listing *listing)
{
	struct pipeline_listed *heap = listing->heap;

	for (uint32_t at = listing->count - 1; at > 0 && heap[at].rank < heap[(at - 1) / 2].rank;
	     at = (at - 1) / 2)
		swap(&heap[at], &heap[(at - 1) / 2]);
}

static void offer(struct pipeline *pipeline, struct pipeline_listing *listing,
		  const struct flow *flow)
{
	uint64_t value = rank(listing, flow);

	if (flow->severity < listing->query.least_severity)
		return;
	if (listing->count < listing->query.most) {
		listing->heap[listing->count] = (struct pipeline_listed){ value, listing->count };
		describe(pipeline, flow, &listing->flow[listing->count++]);
		raise_last(listing);
	} else if (listing->count != 0 && value > listing->heap[0].rank) {
		listing->heap[0].rank = value;
		describe(pipeline, flow, &listing->flow[listing->heap[0].row]);
		sink_top(listing);
	}
}

bool pipeline_list(struct pipeline *pipeline, struct pipeline_listing *listing)
{
	const struct flow *flows[PIECE];
	size_t count = flow_table_some(pipeline->flows, &listing->cursor, flows, PIECE);

	for (size_t i = 0; i < count; i++)
		offer(pipeline, listing, flows[i]);
	return listing->cursor == FLOW_TABLE_END;
}
