/* baseline_read.h - events and baselines into a baseline.
 *
 * Both are outside input, whoever wrote them: bounded, and what is wrong is said with its place.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "baseline/baseline.h"
#include "judge/map.h"

/* What a file of `pewit diff` or `pewit learn` is, by its content. */
enum baseline_kind {
	BASELINE_CAPTURE,  /* or a folder: nothing that is text */
	BASELINE_EVENTS,   /* JSON Lines of events, as `pewit replay -o` writes them */
	BASELINE_DOCUMENT, /* what `pewit learn` writes */
	BASELINE_MAP,      /* an expected map */
};

/* 0 and *kind, or -errno with what to do in fault: it cannot be read, or is JSON of another kind.
 * "-" is standard input, which holds events. */
int baseline_kind_of(const char *path, enum baseline_kind *kind, struct fault *fault);

struct baseline_reader {
	struct baseline *baseline;
	const struct map *map; /* tells the zone of a source; NULL: zones stay unknown */
	const char *path;      /* for messages */
	uint32_t line;         /* read so far */
};

/* Takes one event: flow and DNS events add to the baseline, others are counted. length: without the
 * newline. 0 or -errno with "PATH:LINE:COLUMN: what is wrong" in fault. */
int baseline_read_line(struct baseline_reader *reader, const char *line, size_t length,
		       struct fault *fault);

/* All lines of a file, or of standard input ("-"). A last line that ends in the middle is counted, and
 * no error: its writer was stopped. */
int baseline_read_events(struct baseline_reader *reader, struct fault *fault);

/* The groups that `pewit learn` wrote. */
int baseline_parse_document(struct baseline *baseline, const char *text, size_t length,
			    const char *path, struct fault *fault);
int baseline_read_document(struct baseline *baseline, const char *path, struct fault *fault);

/* What says that a document is a baseline. */
#define BASELINE_DOCUMENT_KIND "pewit-baseline"
#define BASELINE_DOCUMENT_VERSION 1
