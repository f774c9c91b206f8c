/* How events come together.
 *
 * A worker's event becomes a record: key, what totals need, the JSON line if it is to be written,
 * and for flows and findings a copy that outlives the event. Encoding is the costly part, and each
 * worker does its own. With one lane the record is handled where it was made. With more it goes
 * through the lane's ring, and the consumer always takes the record with the smallest key, provided
 * that every empty lane has come past it: so the order is the same for any number of lanes, and all
 * that follows (folding, totals, summary, sink) sees one order and needs no lock. */
#include "report/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/event_writer.h"
#include "report/file_sink.h"
#include "report/finding.h"
#include "report/fold.h"
#include "report/lane.h"
#include "report/summary.h"

#define LANE_BYTES (4 * MIB) /* some thousand events: bridges the pauses between workers */

struct record {
	struct event_key key;
	uint64_t time_ns;
	uint32_t finding_bytes; /* a struct finding follows, so long; 0: none */
	uint32_t json_bytes;    /* then the line; 0: not to be written */
	uint8_t type;
	uint8_t severity; /* of the judgement, if there is one */
};
#define RECORD_BYTES_MAX (sizeof(struct record) + sizeof(struct finding) + EVENT_BYTES_MAX)
_Static_assert(sizeof(struct record) % 8 == 0, "the finding behind it must be aligned");

struct collector {
	struct collector_options options;
	struct lane *lane[COLLECTOR_LANES_MAX];
	struct event_key last[COLLECTOR_LANES_MAX]; /* each written by its worker only */
	uint64_t misordered[COLLECTOR_LANES_MAX];
	struct file_sink *sink;
	struct fold *fold;
	struct summary *summary;
	struct collector_totals totals;
	uint64_t now_ns; /* latest packet time handled */
	char *record;    /* one lane: the record at hand */
	char *line;      /* an alert's line */
};

static bool wants(const struct collector *collector, unsigned type)
{
	return (collector->sink || collector->options.take) &&
	       (collector->options.types >> type & 1);
}

static int make_parts(struct collector *collector)
{
	const struct collector_options *options = &collector->options;
	int error = fold_new(&collector->fold, options->fold_findings, options->fold_window_ns);

	if (error == 0 && options->summary)
		error = summary_new(&collector->summary);
	if (error != 0)
		return error;
	collector->line = malloc(EVENT_BYTES_MAX);
	if (options->lanes == 1)
		collector->record = malloc(RECORD_BYTES_MAX);
	if (!collector->line || (options->lanes == 1 && !collector->record))
		return -ENOMEM;
	for (uint32_t i = 0; options->lanes > 1 && i < options->lanes && error == 0; i++)
		error = lane_new(&collector->lane[i], LANE_BYTES, RECORD_BYTES_MAX);
	return error;
}

int collector_new(struct collector **collector, const struct collector_options *options,
		  struct fault *fault)
{
	*collector = NULL;
	if (options->lanes == 0 || options->lanes > COLLECTOR_LANES_MAX) {
		fault_set(fault, "%u workers: 1 to %d are possible", options->lanes,
			  COLLECTOR_LANES_MAX);
		return -EINVAL;
	}

	struct collector *made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->options = *options;
	int error = make_parts(made);
	if (error != 0)
		fault_set(fault, "folding of alerts: %u findings: %s", options->fold_findings,
			  strerror(-error));
	else if (options->output)
		error = file_sink_open(&made->sink, options->output, fault);
	if (error != 0) {
		collector_free(made);
		return error;
	}
	*collector = made;
	return 0;
}

void collector_free(struct collector *collector)
{
	if (!collector)
		return;
	for (int i = 0; i < COLLECTOR_LANES_MAX; i++)
		lane_free(collector->lane[i]);
	file_sink_close(collector->sink, NULL);
	fold_free(collector->fold);
	summary_free(collector->summary);
	free(collector->record);
	free(collector->line);
	free(collector);
}

/* ---- in the worker's thread ---- */

/* Writes the event's record; returns its length. */
static size_t encode(const struct collector *collector, const struct event *event, char *bytes)
{
	struct record *record = (struct record *)bytes;
	char *at = bytes + sizeof(*record);

	*record = (struct record){
		.key = event->key,
		.time_ns = event->time_ns,
		.type = event->type,
		.severity = event->judgement ? event->judgement->severity : SEVERITY_NONE,
	};
	if (event->flow && (event->type == EVENT_ALERT || event->type == EVENT_FLOW))
		record->finding_bytes =
			(uint32_t)(finding_copy((struct finding *)at, event) + 7) / 8 * 8;
	at += record->finding_bytes;
	if (event->type != EVENT_ALERT && wants(collector, event->type))
		record->json_bytes = (uint32_t)event_write_json(event, at);
	at += record->json_bytes;
	return (size_t)(at - bytes);
}

static int compare_keys(const struct event_key *a, const struct event_key *b)
{
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	if (a->shard != b->shard)
		return a->shard < b->shard ? -1 : 1;
	return 0;
}

static void handle(struct collector *collector, const struct record *record);

void collector_submit(struct collector *collector, uint32_t lane, const struct event *event)
{
	struct event_key *last = &collector->last[lane];

	if (compare_keys(&event->key, last) < 0)
		collector->misordered[lane]++;
	*last = event->key;

	if (collector->options.lanes == 1) {
		encode(collector, event, collector->record);
		handle(collector, (const struct record *)collector->record);
		return;
	}
	size_t size = encode(collector, event, lane_reserve(collector->lane[lane]));
	lane_commit(collector->lane[lane], size);
}

void collector_advance(struct collector *collector, uint32_t lane, uint64_t sequence)
{
	if (collector->options.lanes > 1)
		lane_advance(collector->lane[lane], sequence);
}

void collector_close_lane(struct collector *collector, uint32_t lane)
{
	if (collector->options.lanes > 1)
		lane_close(collector->lane[lane]);
}

/* ---- in the consumer's thread ---- */

static void put_line(struct collector *collector, unsigned type, const char *line, size_t size)
{
	const struct collector_options *options = &collector->options;

	if (options->take ? options->take(options->take_context, line, size)
			  : file_sink_write(collector->sink, line, size))
		collector->totals.written[type]++;
}

static void put_alert(struct collector *collector, const struct finding *finding,
		      const struct alert *alert)
{
	struct name name;
	struct event event = finding_event(finding, EVENT_ALERT, &name);

	if (!wants(collector, EVENT_ALERT))
		return;
	event.alert = alert;
	if (alert->is_summary)
		event.time_ns = alert->last_ns;
	put_line(collector, EVENT_ALERT, collector->line,
		 event_write_json(&event, collector->line));
}

static void forget_oldest(struct collector *collector)
{
	struct alert alert;
	const struct finding *finding = fold_forget(collector->fold, &alert);

	if (finding)
		put_alert(collector, finding, &alert);
}

static void handle_finding(struct collector *collector, const struct finding *finding)
{
	uint8_t severity = finding->judgement.severity;

	if (severity < SEVERITIES)
		collector->totals.findings[severity]++;
	if (fold_repeat(collector->fold, finding)) {
		collector->totals.alerts_folded++;
		return;
	}
	if (fold_is_full(collector->fold)) {
		collector->totals.alerts_evicted++;
		forget_oldest(collector);
	}
	fold_remember(collector->fold, finding, collector->now_ns);
	put_alert(collector, finding,
		  &(struct alert){
			  .count = 1, .first_ns = finding->time_ns, .last_ns = finding->time_ns });
}

static void handle_flow(struct collector *collector, const struct finding *flow)
{
	if (flow->judgement.verdict < VERDICTS)
		collector->totals.verdicts[flow->judgement.verdict]++;
	if (collector->summary)
		summary_add(collector->summary, flow);
}

static void handle(struct collector *collector, const struct record *record)
{
	const char *after = (const char *)(record + 1);

	if (record->time_ns > collector->now_ns)
		collector->now_ns = record->time_ns;
	while (fold_is_due(collector->fold, collector->now_ns))
		forget_oldest(collector);

	collector->totals.events[record->type]++;
	if (record->severity > collector->totals.worst && record->severity < SEVERITIES)
		collector->totals.worst = record->severity;
	if (record->finding_bytes != 0 && record->type == EVENT_ALERT)
		handle_finding(collector, (const struct finding *)after);
	else if (record->finding_bytes != 0)
		handle_flow(collector, (const struct finding *)after);
	if (record->json_bytes != 0)
		put_line(collector, record->type, after + record->finding_bytes,
			 record->json_bytes);
}

/* The lane whose next record is the smallest of all that can still come, or NULL. *open says
 * whether any lane may bring more. */
static struct lane *next_lane(struct collector *collector, bool *open)
{
	const struct record *best = NULL;
	struct lane *best_lane = NULL;
	uint64_t limit = UINT64_MAX; /* an empty lane may still bring this sequence */

	*open = false;
	for (uint32_t i = 0; i < collector->options.lanes; i++) {
		uint64_t reached = lane_reached(collector->lane[i]);
		const struct record *record = lane_peek(collector->lane[i]);

		if (reached != UINT64_MAX)
			*open = true;
		if (!record && reached < limit)
			limit = reached;
		if (record && (!best || compare_keys(&record->key, &best->key) < 0)) {
			best = record;
			best_lane = collector->lane[i];
		}
	}
	return best && (best->key.sequence < limit || limit == UINT64_MAX) ? best_lane : NULL;
}

void collector_run(struct collector *collector)
{
	unsigned tries = 0;
	bool open = true;

	while (collector->options.lanes > 1) {
		struct lane *lane = next_lane(collector, &open);

		if (lane) {
			handle(collector, lane_peek(lane));
			lane_drop(lane);
			tries = 0;
		} else if (open) {
			lane_back_off(&tries);
		} else {
			break;
		}
	}
}

int collector_finish(struct collector *collector, const struct stats *stats, uint64_t time_ns,
		     struct fault *fault)
{
	while (!fold_is_empty(collector->fold))
		forget_oldest(collector);
	if (stats) {
		struct event event = { .type = EVENT_STATS, .time_ns = time_ns, .stats = stats };

		collector->totals.events[EVENT_STATS]++;
		if (wants(collector, EVENT_STATS))
			put_line(collector, EVENT_STATS, collector->line,
				 event_write_json(&event, collector->line));
	}

	int error = file_sink_close(collector->sink, fault);
	collector->sink = NULL;
	return error;
}

struct collector_totals collector_totals(const struct collector *collector)
{
	struct collector_totals totals = collector->totals;

	for (uint32_t i = 0; i < collector->options.lanes; i++)
		totals.misordered += collector->misordered[i];
	return totals;
}

void collector_print_summary(const struct collector *collector, FILE *out, bool colour)
{
	if (collector->summary)
		summary_print(collector->summary, out, colour);
}
