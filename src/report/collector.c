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
#include "report/collector_state.h"

#define LANE_BYTES (4 * MIB) /* some thousand events: bridges the pauses between workers */

struct record {
	struct event_key key;
	uint64_t time_ns;
	uint32_t generation;    /* of the knowledge that the texts are lent from */
	uint32_t finding_bytes; /* a struct finding follows, so long; 0: none */
	uint32_t json_bytes;    /* then the line; 0: not to be written */
	uint8_t type;           /* of the event, or RECORD_SAMPLE: a struct window_sample is last */
	uint8_t severity;       /* of the judgement, if there is one */
	uint8_t verdict;        /* so too */
};
#define RECORD_SAMPLE EVENT_TYPES
#define RECORD_BYTES_MAX (sizeof(struct record) + sizeof(struct finding) + EVENT_BYTES_MAX)
_Static_assert(sizeof(struct record) % 8 == 0, "the finding behind it must be aligned");

static bool is_threaded(const struct collector *collector)
{
	return collector->options.lanes > 1 || collector->options.live;
}

bool collector_wants(const struct collector *collector, unsigned type)
{
	return (collector->sink || collector->options.take) &&
	       (collector->options.types >> type & 1);
}

static int make_parts(struct collector *collector, struct fault *fault)
{
	const struct collector_options *options = &collector->options;
	int error = fold_new(&collector->fold, options->fold_findings, options->fold_window_ns);

	if (error != 0)
		fault_set(fault, "folding of alerts: %u findings: %s", options->fold_findings,
			  strerror(-error));
	if (error == 0 && options->window_count != 0)
		error = windows_new(&collector->windows, options->windows, options->window_count,
				    options->window_keys, fault);
	if (error == 0 && options->summary)
		error = summary_new(&collector->summary);
	if (error != 0)
		return error;
	collector->line = malloc(EVENT_BYTES_MAX);
	if (!is_threaded(collector))
		collector->record = malloc(RECORD_BYTES_MAX);
	if (!collector->line || (!is_threaded(collector) && !collector->record))
		return -ENOMEM;
	for (uint32_t i = 0; is_threaded(collector) && i < options->lanes && error == 0; i++)
		error = lane_new(&collector->lane[i], LANE_BYTES, RECORD_BYTES_MAX);
	for (uint32_t i = 0; i < options->lanes && error == 0; i++)
		error = event_writer_new(&collector->writer[i]);
	if (error == 0 && options->lanes > 1)
		error = event_writer_new(&collector->consumers_writer);
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
	int error = make_parts(made, fault);
	if (error == 0 && options->output)
		error = file_sink_open(&made->sink, options->output, options->live, fault);
	if (error == 0 && options->live)
		error = collector_live_new(&made->live);
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
	for (int i = 0; i < COLLECTOR_LANES_MAX; i++) {
		lane_free(collector->lane[i]);
		event_writer_free(collector->writer[i]);
	}
	event_writer_free(collector->consumers_writer);
	file_sink_close(collector->sink, NULL);
	collector_live_free(collector->live);
	fold_free(collector->fold);
	summary_free(collector->summary);
	windows_free(collector->windows);
	free(collector->record);
	free(collector->line);
	free(collector);
}

/* ---- in the worker's thread ---- */

/* Whether more is needed of the event than its line. */
static bool is_kept(const struct collector *collector, const struct event *event)
{
	if (!event->flow)
		return false;
	return event->type == EVENT_ALERT || (event->type == EVENT_FLOW && collector->summary);
}

/* Writes the event's record; returns its length. */
static size_t encode(const struct collector *collector, uint32_t lane, const struct event *event,
		     char *bytes)
{
	struct record *record = (struct record *)bytes;
	char *at = bytes + sizeof(*record);

	*record = (struct record){
		.key = event->key,
		.time_ns = event->time_ns,
		.generation = collector->generation[lane],
		.type = event->type,
		.severity = event->judgement ? event->judgement->severity : SEVERITY_NONE,
		.verdict = event->judgement ? event->judgement->verdict : VERDICT_NONE,
	};
	if (is_kept(collector, event))
		record->finding_bytes =
			(uint32_t)(finding_copy((struct finding *)at, event) + 7) / 8 * 8;
	at += record->finding_bytes;
	if (event->type != EVENT_ALERT && collector_wants(collector, event->type))
		record->json_bytes = (uint32_t)event_write_json(collector->writer[lane], event, at);
	at += record->json_bytes;
	return (size_t)(at - bytes);
}

/* Writes the sample's record: what its event says of the flow, but for the evidence of another rule. */
static size_t encode_sample(const struct event *event, const struct window_sample *sample,
			    uint32_t generation, char *bytes)
{
	struct record *record = (struct record *)bytes;
	struct finding *finding = (struct finding *)(record + 1);

	*record = (struct record){
		.key = event->key,
		.time_ns = event->time_ns,
		.generation = generation,
		.type = RECORD_SAMPLE,
		.finding_bytes = (uint32_t)(finding_copy_flow(finding, event) + 7) / 8 * 8,
	};
	memcpy((char *)finding + record->finding_bytes, sample,
	       offsetof(struct window_sample, key) + sample->length);
	return sizeof(*record) + record->finding_bytes + offsetof(struct window_sample, key) +
	       sample->length;
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

/* Room for the lane's next record. */
static char *begin_record(struct collector *collector, uint32_t lane, const struct event_key *key)
{
	struct event_key *last = &collector->last[lane];

	if (compare_keys(key, last) < 0)
		collector->misordered[lane]++;
	*last = *key;
	return !is_threaded(collector) ? collector->record : lane_reserve(collector->lane[lane]);
}

static void end_record(struct collector *collector, uint32_t lane, size_t size)
{
	if (!is_threaded(collector))
		handle(collector, (const struct record *)collector->record);
	else
		lane_commit(collector->lane[lane], size);
}

void collector_submit(struct collector *collector, uint32_t lane, const struct event *event)
{
	char *bytes = begin_record(collector, lane, &event->key);

	end_record(collector, lane, encode(collector, lane, event, bytes));
}

void collector_sample(struct collector *collector, uint32_t lane, const struct event *event,
		      const struct window_sample *sample)
{
	char *bytes = begin_record(collector, lane, &event->key);

	end_record(collector, lane,
		   encode_sample(event, sample, collector->generation[lane], bytes));
}

void collector_advance(struct collector *collector, uint32_t lane, uint64_t sequence)
{
	if (is_threaded(collector))
		lane_advance(collector->lane[lane], sequence);
}

void collector_close_lane(struct collector *collector, uint32_t lane)
{
	if (is_threaded(collector))
		lane_close(collector->lane[lane]);
}

/* ---- in the consumer's thread ---- */

static struct event_writer *consumers_writer(const struct collector *collector)
{
	return collector->consumers_writer ? collector->consumers_writer : collector->writer[0];
}

void collector_put_line(struct collector *collector, unsigned type, const char *line, size_t size)
{
	const struct collector_options *options = &collector->options;

	if (options->take ? options->take(options->take_context, line, size)
			  : file_sink_write(collector->sink, line, size))
		collector->totals.written[type]++;
	else
		collector->totals.flows_lost += type == EVENT_FLOW;
}

static void put_alert(struct collector *collector, const struct finding *finding,
		      const struct alert *alert)
{
	struct name name;
	struct event event = finding_event(finding, EVENT_ALERT, &name);

	if (!collector_wants(collector, EVENT_ALERT))
		return;
	event.alert = alert;
	if (alert->is_summary)
		event.time_ns = alert->last_ns;
	collector_put_line(collector, EVENT_ALERT, collector->line,
			   event_write_json(consumers_writer(collector), &event, collector->line));
}

void collector_forget_oldest(struct collector *collector)
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
		collector_forget_oldest(collector);
	}
	fold_remember(collector->fold, finding, collector->now_ns, collector->handled);
	put_alert(collector, finding,
		  &(struct alert){
			  .count = 1, .first_ns = finding->time_ns, .last_ns = finding->time_ns });
}

static void note_severity(struct collector *collector, uint8_t severity)
{
	if (severity > collector->totals.worst && severity < SEVERITIES)
		collector->totals.worst = severity;
}

/* A window that fires makes an alert of its own: the sample's flow, the rule's judgement. */
static void handle_sample(struct collector *collector, const struct finding *flow,
			  const struct window_sample *sample)
{
	struct finding *fired = &collector->fired;

	if (!collector->windows || !collector_renumber(collector, &sample) ||
	    !windows_add(collector->windows, sample, flow->time_ns, &fired->judgement))
		return;
	memcpy(fired, flow, offsetof(struct finding, judgement));
	fired->judged = true;
	fired->judgement.endpoint = flow->judgement.endpoint;
	collector->totals.events[EVENT_ALERT]++;
	note_severity(collector, fired->judgement.severity);
	handle_finding(collector, fired);
}

static void handle(struct collector *collector, const struct record *record)
{
	const char *after = (const char *)(record + 1);

	if (record->time_ns > collector->now_ns)
		collector->now_ns = record->time_ns;
	collector->handled = record->generation;
	while (fold_is_due(collector->fold, collector->now_ns))
		collector_forget_oldest(collector);

	if (record->type == RECORD_SAMPLE) {
		handle_sample(collector, (const struct finding *)after,
			      (const struct window_sample *)(after + record->finding_bytes));
		return;
	}
	collector->totals.events[record->type]++;
	note_severity(collector, record->severity);
	if (record->type == EVENT_FLOW && record->verdict < VERDICTS)
		collector->totals.verdicts[record->verdict]++;
	if (record->finding_bytes != 0 && record->type == EVENT_ALERT)
		handle_finding(collector, (const struct finding *)after);
	else if (record->finding_bytes != 0)
		summary_add(collector->summary, (const struct finding *)after);
	if (record->json_bytes != 0)
		collector_put_line(collector, record->type, after + record->finding_bytes,
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

	while (is_threaded(collector)) {
		struct lane *lane = next_lane(collector, &open);

		if (collector->live)
			collector_live_turn(collector, lane == NULL);
		if (lane) {
			handle(collector, lane_peek(lane));
			lane_drop(lane);
			tries = 0;
		} else if (open) {
			if (collector->live)
				lane_rest(&tries, collector_live_wake(collector->live));
			else
				lane_nap();
		} else {
			break;
		}
	}
	if (collector->live)
		collector_live_end(collector);
}

void collector_add(struct collector *collector, const struct event *event)
{
	enum event_type type = (enum event_type)event->type;

	collector->totals.events[type]++;
	if (collector_wants(collector, type))
		collector_put_line(
			collector, type, collector->line,
			event_write_json(consumers_writer(collector), event, collector->line));
}

int collector_finish(struct collector *collector, const struct stats *stats, uint64_t time_ns,
		     struct fault *fault)
{
	while (!fold_is_empty(collector->fold))
		collector_forget_oldest(collector);
	if (stats) {
		struct event event = { .type = EVENT_STATS, .time_ns = time_ns, .stats = stats };

		collector_add(collector, &event);
	}

	if (collector->sink) {
		file_sink_flush(collector->sink);
		collector->totals.lines_lost = file_sink_lost(collector->sink);
	}
	int error = file_sink_close(collector->sink, fault);
	collector->sink = NULL;
	return error;
}

struct collector_totals collector_totals(const struct collector *collector)
{
	struct collector_totals totals = collector->totals;

	if (collector->sink)
		totals.lines_lost = file_sink_lost(collector->sink);
	for (uint32_t i = 0; i < collector->options.lanes; i++)
		totals.misordered += collector->misordered[i];
	if (collector->windows)
		totals.windows = windows_stats(collector->windows);
	return totals;
}

void collector_print_summary(const struct collector *collector, FILE *out, bool colour)
{
	if (collector->summary)
		summary_print(collector->summary, out, colour);
}

struct file_sink_before collector_before(const struct collector *collector)
{
	return collector->sink ? file_sink_before(collector->sink) : (struct file_sink_before){ 0 };
}
