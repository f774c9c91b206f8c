/* event.h - one thing to report, before it is written in any form.
 *
 * An event is built on a worker's stack, written at once by report/, and gone: everything it
 * points to is lent for that call.
 */
#pragma once

#include <stdint.h>

#include "pewit/dns.h"
#include "pewit/flow.h"
#include "pewit/identity.h"
#include "pewit/verdict.h"

enum event_type {
	EVENT_FLOW, /* at the flow's end: counts and the final verdict */
	EVENT_DNS,  /* each DNS message */
	EVENT_TLS,  /* each handshake */
	EVENT_QUIC,
	EVENT_HTTP, /* each request */
	EVENT_SSH,
	EVENT_IMDS,     /* each request to the instance metadata service */
	EVENT_ALERT,    /* at the packet that decides it, unless folded into an earlier one */
	EVENT_COVERAGE, /* what cannot be seen, at the end of a replay */
	EVENT_STATS,
	EVENT_TYPES
};

/* Where an event stands in the output. Same capture, same keys, whatever the number of workers.
 * Events with equal keys come from one worker and keep the order in which it submits them. */
struct event_key {
	uint64_t sequence; /* of the unit (packet, tick) that made it; see pipeline.h */
	uint32_t shard;    /* of the flow table */
};

struct event {
	struct event_key key;
	uint64_t
		time_ns; /* of the packet that made it; a flow that timed out: of its last packet */
	const struct flow_record *flow; /* NULL for stats */
	const char
		*app_proto; /* EVE's spelling: tls, http, dns, ssh, quic, ...; "failed": unknown */
	const char *dpi_label;   /* nDPI's, when it was asked: "STUN", "TLS.Google"; or NULL */
	const struct name *name; /* or NULL */
	const struct judgement *judgement; /* or NULL: not judged */
	const struct tls_info *tls;        /* EVENT_TLS; EVENT_QUIC: same as &quic->tls */
	const struct quic_info *quic;
	const struct dns_message *dns;
	const struct http_info *http; /* EVENT_HTTP, EVENT_IMDS */
	const struct ssh_info *ssh;
	const struct alert *alert;       /* EVENT_ALERT */
	const struct coverage *coverage; /* EVENT_COVERAGE */
	const struct stats *stats;       /* EVENT_STATS */
	uint16_t http_count;             /* EVENT_FLOW: requests seen */
	uint8_t type;                    /* enum event_type */
	uint8_t imds;                    /* enum imds_request */
};

/* Repeats of one finding (same rule, source, destination, name) fold: the first is written at once,
 * the rest as one summary per window. */
struct alert {
	uint64_t count; /* findings in this alert; 1 for the first */
	uint64_t first_ns, last_ns;
	uint8_t is_summary;
};

/* Something that cannot be seen from where pewit stands. Texts are lent for the call. */
struct coverage {
	const char *id;     /* imds, private_endpoints, rule, ...: a fixed set */
	const char *scope;  /* the subnet or rule that it is about; NULL: all */
	const char *level;  /* not_observable or partial */
	const char *reason; /* one sentence */
	const char *remedy; /* what would make it visible; NULL: nothing */
};

/* One named counter of the stats event, in the order in which it is written. */
struct stat {
	const char *name; /* "decode.not_ip": a dot makes an object */
	uint64_t value;
};

struct stats {
	const struct stat *stat;
	uint32_t count;
};
