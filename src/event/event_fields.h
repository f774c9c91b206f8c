/* event_fields.h - the one table of what an event holds.
 *
 * Each row is one field: where it stands in the JSON, where its value comes from, how it is
 * written, in which events, and what it means. The writer walks the table, and so do the
 * generators of docs/event.md and of the JSON Schema: a field cannot be written and not
 * documented.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/emit.h"
#include "event/event_names.h"
#include "pewit/event.h"

/* The structures that values come from. A row whose part an event does not have is passed over. */
enum event_part {
	PART_EVENT,
	PART_FLOW,
	PART_TCP,    /* the flow record of a TCP flow */
	PART_ICMP,   /* ... of an ICMP flow */
	PART_TUNNEL, /* the innermost envelope of the flow */
	PART_NAT,    /* the flow record of a flow that is translated */
	PART_NAME,
	PART_JUDGEMENT, /* of a flow or message that was judged */
	PART_ENDPOINT,
	PART_TLS,
	PART_CERTIFICATE,
	PART_QUIC,
	PART_DNS,
	PART_HTTP,
	PART_SSH,
	PART_ALERT,
	PART_COVERAGE,
	PART_STATS,
	EVENT_PARTS
};

/* The JSON objects that fields stand in. */
enum event_object {
	OBJECT_TOP,
	OBJECT_TUNNEL,
	OBJECT_NAT,
	OBJECT_FLOW,
	OBJECT_TCP,
	OBJECT_TLS,
	OBJECT_TLS_JA3,
	OBJECT_TLS_JA3S,
	OBJECT_QUIC,
	OBJECT_QUIC_JA3,
	OBJECT_QUIC_JA3S,
	OBJECT_DNS,
	OBJECT_HTTP,
	OBJECT_SSH,
	OBJECT_SSH_CLIENT,
	OBJECT_SSH_SERVER,
	OBJECT_IMDS,
	OBJECT_NAME,
	OBJECT_ENDPOINT,
	OBJECT_ALERT,
	OBJECT_COVERAGE,
	EVENT_OBJECTS
};

struct event_object_row {
	char key[EMIT_KEY_ROOM]; /* ready-made: "\"tls\":" */
	const char *doc;
	uint8_t parent; /* enum event_object; lower than its own */
};
extern const struct event_object_row event_objects[EVENT_OBJECTS];

/* How a value is written. What is empty or unknown is left out. */
enum event_as {
	AS_TEXT,      /* char array in the part; "" is left out */
	AS_TEXT_OF,   /* const char * in the part; NULL and "" are left out */
	AS_TEXT_KEPT, /* const char * in the part; "" is written too */
	AS_U8,
	AS_U16,
	AS_U32,
	AS_U64,
	AS_BOOL,         /* always written */
	AS_TRUE,         /* a bool that is written only when it is true */
	AS_IP,           /* struct ip_addr */
	AS_IP_KNOWN,     /* struct ip_addr; the zero address is left out */
	AS_TIME,         /* uint64_t nanoseconds since the epoch */
	AS_NAMED,        /* uint8_t of an enum, by `names`; a value that has no name is left out */
	AS_PROTOCOL,     /* uint8_t, IANA's number */
	AS_PORT,         /* uint16_t of a flow record; left out when its protocol has no ports */
	AS_TCP_FLAG,     /* uint8_t tcp_flags[DIRECTIONS]; left out when `flag` is in neither */
	AS_CALLED,       /* uint16_t, by `called`; NULL is left out */
	AS_BIT,          /* uint16_t; true where `flag` is in it, else left out */
	AS_LIST,         /* array of objects, by `list` */
	AS_STRING,       /* by `write`, and so are the rest */
	AS_COMMUNITY_ID, /* dear enough for the writer to keep the last */
	AS_INTEGER,
	AS_FLAG,
	AS_STRINGS,
	AS_INTEGERS,
	AS_COUNTERS, /* objects in objects, integers at the leaves */
	EVENT_AS
};

struct event_field;

struct event_list { /* elements that are objects of their own */
	const struct event_field *field;
	size_t field_count;
	/* The element after `previous` (NULL: the first) in the part, or NULL past the last. */
	const void *(*next)(const void *part, const void *previous);
};

struct event_field {
	char key[EMIT_KEY_ROOM]; /* ready-made: "\"sni\":" */
	const char *doc;
	union {
		/* Writes the value, or nothing: then the field is left out. */
		void (*write)(struct emit *json, const void *part);
		const char *(*names)(unsigned value);
		const char *(*called)(uint16_t value, char unknown[EVENT_NAME_UNKNOWN]);
		const struct event_list *list;
		uint16_t flag;
	};
	uint16_t types;  /* 1u << enum event_type, or-ed */
	uint16_t offset; /* of the value in its part */
	uint8_t key_length;
	uint8_t object; /* enum event_object */
	uint8_t part;   /* enum event_part */
	uint8_t as;     /* enum event_as */
	bool eve;       /* as in Suricata's EVE; false: pewit's own */
	bool always;    /* in every event of its types whose part is known */
};

extern const struct event_field event_fields[];
extern const size_t event_field_count;
