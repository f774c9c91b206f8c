/* finding.h - what outlives an event of it: a copy that owns its texts.
 *
 * Alerts are folded and flows are summed up long after the worker's event is gone. The copy keeps
 * the flow, the name and the judgement; evidence comes last, so that a copy is only as long as its
 * evidence is. Rule texts and endpoint strings are not copied: they outlive every event.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/event.h"

#define FINDING_LABEL_MAX 47 /* nDPI's labels are two protocol names and a dot */

struct finding {
	struct flow_record flow;
	uint64_t time_ns;
	const char *app_proto; /* static */
	struct name name;      /* `value` means nothing here: see name_text */
	char name_text[NAME_MAX_BYTES + 1];
	char dpi_label[FINDING_LABEL_MAX + 1];
	bool judged;
	struct judgement judgement; /* last: bytes past its evidence are not there */
};

/* Copies what the event says of its flow, which it must have. Returns the bytes of *finding in
 * use. */
size_t finding_copy(struct finding *finding, const struct event *event);
/* The same without the evidence: for those who judge it anew. */
size_t finding_copy_flow(struct finding *finding, const struct event *event);

/* A finding without the room that its texts and lists do not fill, for those who keep many: some hundred
 * bytes in place of some thousand. Returns how many. */
#define FINDING_PACKED_MAX (sizeof(struct finding) + 128)
size_t finding_pack(const struct finding *finding, uint8_t packed[FINDING_PACKED_MAX]);
void finding_unpack(const uint8_t *packed, size_t size, struct finding *finding);

/* An event of the given type that says the same again. It points into *finding and *name. */
struct event finding_event(const struct finding *finding, uint8_t type, struct name *name);
