/* event_plan.h - the rows of the field table, type by type, as the event writer walks them.
 *
 * Steps are made once, from the table alone; what a step always needs stands together.
 */
#pragma once

#include "event/event_fields.h"

/* A name in its quotes. Copies have a constant length, as those of keys. */
#define EVENT_QUOTED_ROOM 32
struct event_quoted {
	char text[EVENT_QUOTED_ROOM - 1];
	uint8_t length; /* 0: the value has no name; or EVENT_QUOTED_LONG */
};
#define EVENT_QUOTED_LONG UINT8_MAX /* no room for it here: it is written as any other text */
#define EVENT_QUOTED_NAMES 256      /* of a row: values are bytes */

/* A row as the walk takes it: what it always needs stands together. */
struct event_step {
	char key[EMIT_KEY_ROOM];
	uint8_t key_length, as;
	uint16_t offset;
	uint16_t flag;
	const struct event_field *field;
	union {
		const struct event_quoted
			*names; /* AS_NAMED, AS_PROTOCOL: EVENT_QUOTED_NAMES of them */
		const struct event_step *items; /* AS_LIST: a step for each field of the list */
	};
};

/* Rows of one object and one part that follow each other in events of one type. */
struct event_run {
	const struct event_step *step;
	uint16_t count;
	uint8_t object, part;
};

struct event_plan {
	struct event_quoted *names; /* of all rows that have some, one after the other */
	struct event_step *rows;    /* one for each row of the table, then those of lists */
	struct event_step *steps;   /* of all types, one after the other */
	struct event_run *runs;     /* so are they; each type's end with one of no rows */
	const struct event_run *first[EVENT_TYPES];
};

int event_plan_new(struct event_plan **plan);  /* 0 and *plan, given; or -ENOMEM */
void event_plan_free(struct event_plan *plan); /* NULL is allowed */
