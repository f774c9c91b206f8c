/* collector_state.h - what collector.c and collector_live.c share. */
#pragma once

#include "report/collector.h"
#include "report/event_writer.h"
#include "report/file_sink.h"
#include "report/finding.h"
#include "report/fold.h"
#include "report/lane.h"
#include "report/summary.h"

struct collector_live;

struct collector {
	struct collector_options options;
	struct lane *lane[COLLECTOR_LANES_MAX];
	struct event_key last[COLLECTOR_LANES_MAX]; /* each written by its worker only */
	uint64_t misordered[COLLECTOR_LANES_MAX];
	struct event_writer *writer[COLLECTOR_LANES_MAX]; /* of the lane's worker */
	struct event_writer *consumers_writer;            /* NULL with one lane */
	uint32_t generation[COLLECTOR_LANES_MAX];         /* each written by its worker only */
	struct file_sink *sink;
	struct fold *fold;
	struct summary *summary;
	struct windows *windows; /* NULL: no rule has one */
	struct collector_totals totals;
	uint64_t now_ns;             /* latest packet time handled */
	uint32_t handled;            /* generation of the record at hand */
	struct collector_live *live; /* NULL: not live */
	char *record;                /* one lane: the record at hand */
	char *line;                  /* an alert's line */
	struct finding fired;        /* by a window; scratch */
};

/* collector.c: in the consumer's thread. */
bool collector_wants(const struct collector *collector, unsigned type);
void collector_put_line(struct collector *collector, unsigned type, const char *line, size_t size);
void collector_forget_oldest(struct collector *collector);

/* collector_live.c */
int collector_live_new(struct collector_live **live); /* 0 or -ENOMEM */
void collector_live_free(struct collector_live *live);

void collector_live_end(struct collector *collector); /* the consumer ends */

/* Posted when somebody asks for something. */
sem_t *collector_live_wake(struct collector_live *live);

/* Does what other threads have asked for; is_idle: there is nothing to handle just now. */
void collector_live_turn(struct collector *collector, bool is_idle);

/* Whether the sample's window is still there; *sample is then one with its number of today. */
bool collector_renumber(struct collector *collector, const struct window_sample **sample);
