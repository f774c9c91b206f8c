#include "run/counters.h"

#include <stdlib.h>
#include <string.h>

void counters_add(struct counters *counters, const char *name, uint64_t value)
{
	if (counters->count < COUNTERS_MAX)
		counters->stat[counters->count++] = (struct stat){ name, value };
}

void counters_add_dispatch(struct counters *counters, const struct dispatch_stats *stats)
{
	static const struct {
		enum decode_outcome outcome;
		const char *packets, *bytes;
	} rest[] = {
		{ DECODE_NOT_IP, "rest.not_ip.packets", "rest.not_ip.bytes" },
		{ DECODE_TRUNCATED, "rest.truncated.packets", "rest.truncated.bytes" },
		{ DECODE_MALFORMED, "rest.malformed.packets", "rest.malformed.bytes" },
		{ DECODE_UNSUPPORTED, "rest.unsupported.packets", "rest.unsupported.bytes" },
		{ DECODE_TOO_DEEP, "rest.too_deep.packets", "rest.too_deep.bytes" },
	};
	const struct fragments_stats *fragments = &stats->fragments;

	counters_add(counters, "flow.packets", stats->flow_frames);
	counters_add(counters, "flow.bytes", stats->flow_bytes);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		counters_add(counters, rest[i].packets, stats->packets[rest[i].outcome]);
		counters_add(counters, rest[i].bytes, stats->bytes[rest[i].outcome]);
	}
	/* Those that decode calls a fragment came in a first fragment that was handed out alone. */
	counters_add(counters, "rest.fragment.packets",
		     stats->packets[DECODE_FRAGMENT] + fragments->pending_packets +
			     fragments->expired_packets + fragments->evicted_packets +
			     fragments->refused_packets);
	counters_add(counters, "rest.fragment.bytes",
		     stats->bytes[DECODE_FRAGMENT] + fragments->pending_bytes +
			     fragments->expired_bytes + fragments->evicted_bytes +
			     fragments->refused_bytes);
	counters_add(counters, "fragment.reassembled", fragments->whole);
	counters_add(counters, "fragment.expired", fragments->expired_packets);
	counters_add(counters, "fragment.evicted", fragments->evicted_packets);
	counters_add(counters, "fragment.first_alone", fragments->alone_packets);
	counters_add(counters, "fragment.refused", fragments->refused_packets);
	counters_add(counters, "fragment.unfinished", fragments->pending_packets);
	counters_add(counters, "dns.answers", stats->answers);
	counters_add(counters, "dns.tcp_streams_evicted", stats->answers_evicted);
}

void counters_add_windows(struct counters *counters, const struct windows_stats *windows)
{
	counters_add(counters, "window.samples", windows->samples);
	counters_add(counters, "window.fired", windows->fired);
	counters_add(counters, "window.keys_evicted", windows->keys_evicted);
	counters_add(counters, "window.late", windows->late);
	counters_add(counters, "window.refused", windows->refused);
}

static void subtract(struct counters *counters, const char *name, uint64_t value)
{
	for (uint32_t i = 0; i < counters->count; i++)
		if (strcmp(counters->stat[i].name, name) == 0)
			counters->stat[i].value -= value;
}

void counters_add_pipelines(struct counters *counters, const struct pipeline_counters *pipelines)
{
	for (uint32_t i = 0; i < pipelines->count; i++)
		counters_add(counters, pipelines->stat[i].name, pipelines->stat[i].value);
	/* The dispatcher counts what belongs to a flow; that it is there twice, its flow knows. */
	subtract(counters, "flow.packets", counters_value(counters, "rest.copy.packets"));
	subtract(counters, "flow.bytes", counters_value(counters, "rest.copy.bytes"));
}

uint64_t counters_value(const struct counters *counters, const char *name)
{
	for (uint32_t i = 0; i < counters->count; i++)
		if (strcmp(counters->stat[i].name, name) == 0)
			return counters->stat[i].value;
	return 0;
}

bool counters_show_loss(const struct counters *counters)
{
	static const char *const loss[] = {
		"flow.no_detail",           "identify.no_state",  "identify.evicted_unfinished",
		"identify.buffers_refused", "flow.ended.evicted", "window.keys_evicted"
	};

	for (size_t i = 0; i < sizeof(loss) / sizeof(loss[0]); i++)
		if (counters_value(counters, loss[i]) != 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stat *)a)->name, ((const struct stat *)b)->name);
}

void counters_sort(struct counters *counters)
{
	qsort(counters->stat, counters->count, sizeof(counters->stat[0]), by_name);
}
