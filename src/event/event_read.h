/* event_read.h - the fields of an event by name, as conditions ask for them.
 *
 * The same table that sinks write (event_fields.h): what is in an event can be asked, and nothing else.
 * Nothing here allocates; texts are lent by the event or by the caller's room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event_fields.h"
#include "pewit/ip_addr.h"

enum value_type { VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_ADDRESS, VALUE_TYPES };

struct value {
	uint8_t type;     /* enum value_type */
	bool flag;        /* VALUE_BOOL */
	int64_t number;   /* VALUE_NUMBER; times are seconds since the epoch */
	const char *text; /* VALUE_TEXT: `length` bytes, no NUL */
	size_t length;
	struct ip_addr addr; /* VALUE_ADDRESS */
};

/* A field: a row of the table, and for lists of objects a row of their elements. What reading it always needs stands
 * here too. */
struct event_path {
	const struct event_field *field, *item; /* item: or NULL */
	uint16_t offset;                        /* of the value, in its part or element */
	uint8_t as, part, type;                 /* enum value_type */
};

#define EVENT_PATH_MAX 63

/* By its name in docs/event.md: "dest_port", "dns.answers.rdata". False: there is none. */
bool event_path_find(const char *name, struct event_path *path);
/* The i-th field that can be asked, with its name; false past the last. */
bool event_path_at(size_t i, struct event_path *path, char name[EVENT_PATH_MAX + 1]);
const char *event_path_doc(const struct event_path *path);

/* Where the parts of an event are; NULL: it does not have the part. */
void event_parts(const struct event *event, const void *part[EVENT_PARTS]);

/* Bytes that one value may need; longer ones are not there. The names of a certificate, every byte of
 * them escaped, fit. */
#define EVENT_ROOM (16 * 1024)

enum event_found {
	EVENT_PAST,   /* not there, nor is any after it */
	EVENT_ABSENT, /* an element of a list that does not have the field; later ones may */
	EVENT_FOUND,
};

/* The i-th value of a field (0 is the only one, unless it is a list). */
enum event_found event_read(const void *const part[EVENT_PARTS], const struct event_path *path,
			    unsigned i, struct value *value, char room[EVENT_ROOM]);

/* The value of a field that is no list; false: not there. */
bool event_read_one(const void *const part[EVENT_PARTS], const struct event_path *path,
		    struct value *value, char room[EVENT_ROOM]);
