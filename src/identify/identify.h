/* identify.h - packets of an undecided flow in, who and what it is out.
 *
 * The readers (TLS, QUIC, DNS, HTTP, banners) and nDPI are tried on the first bytes of a flow; one of
 * them takes it over and is fed until it has nothing more to learn. What they find goes to the
 * caller at once, through struct identify_sink; what is to be kept of a flow goes into its struct
 * identity. The state that this takes is in bounded pools and given back as soon as the flow is
 * decided. Not thread-safe: each worker owns one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/dpi.h"
#include "pewit/dns.h"
#include "pewit/flow.h"
#include "pewit/identity.h"
#include "pewit/layers.h"

#define IDENTITY_PATH_MAX 31 /* enough to tell /dns-query from the rest */

/* What is kept of a flow until it ends. All zero: nothing known. */
struct identity {
	char claimed[NAME_MAX_BYTES + 1]; /* lower case, no port, no trailing dot */
	char certificate_name[NAME_MAX_BYTES + 1];
	char http_path[IDENTITY_PATH_MAX + 1];
	char alpn[TLS_ALPN_MAX + 1];
	uint32_t label;                  /* dpi.h */
	uint32_t credentials;            /* enum credential */
	int64_t certificate_not_after_s; /* with certificate_seen */
	uint16_t tls_version;            /* chosen by the server; 0: not seen */
	uint16_t http_count;
	uint8_t claimed_source; /* enum name_source */
	uint8_t app;            /* enum app */
	uint8_t imds;           /* enum imds_request: the gravest seen */
	uint8_t ech;            /* enum ech_kind */
	uint8_t imds_selectors; /* enum imds_selector, or-ed */
	uint8_t imds_hops;      /* routers that a packet of a metadata request had behind it */
	bool imds_no_metadata_header, imds_forwarded;
	bool certificate_seen, certificate_self_signed;
	bool snapped; /* the snapshot length cut payload that a reader wanted */
	bool ready;   /* enough is known to judge the flow */
	bool changed; /* something that a judge should look at has changed; the caller clears it */
};

/* Told of what is found, while identify_packet() or identify_end() runs. Everything is lent. */
struct identify_sink {
	void (*tls)(void *context, const struct tls_info *info);
	void (*quic)(void *context, const struct quic_info *info);
	void (*dns)(void *context, const struct dns_message *message, enum direction direction);
	void (*http)(void *context, const struct http_info *info);
	void (*ssh)(void *context, const struct ssh_info *info);
	/* The flow of this owner must give its state up for another: call identify_end() for it, and
	 * show no more of its packets. May be NULL: then flows past the last state get none. */
	void (*evict)(void *context, void *owner);
	void *context;
};

/* States belong to groups (the caller's shards): a group that has all of its states out gives up the
 * one taken first, whatever other groups do, so that the result does not depend on how many groups
 * share a struct identify. */
#define IDENTIFY_GROUPS 64

struct identify_options {
	uint32_t states;     /* flows undecided at once, in each group */
	size_t buffer_bytes; /* for messages that come in pieces */
	struct dpi_maker *maker;
};

struct identify;
int identify_new(struct identify **identify, const struct identify_options *options,
		 const struct identify_sink *sink);
void identify_free(struct identify *identify);

/* One flow, as the caller keeps it. */
struct identify_flow {
	struct identity *identity;
	uint32_t *state; /* the caller's place for a state's number; 0: none */
	void *owner;     /* for identify_sink.evict */
	uint8_t group;   /* below IDENTIFY_GROUPS */
	uint16_t src_port, dst_port;
	uint8_t protocol;
};

/* Shows a packet of an undecided flow. False: nothing more is to be learned; the state is freed. */
bool identify_packet(struct identify *identify, const struct identify_flow *flow,
		     const struct layers *layers, enum direction direction, uint64_t time_ns);

/* The flow ends: hands out what was still unfinished and frees its state. */
void identify_end(struct identify *identify, const struct identify_flow *flow);

const char *identify_label(const struct identify *identify, uint32_t label);
const char *identify_protocol(const struct identify *identify, uint32_t label);

struct identify_stats {
	uint64_t no_state; /* flows left unidentified because all states were out */
	uint64_t evicted;  /* flows that gave their state up while nobody had recognised them */
	uint64_t evicted_unfinished; /* ... in the middle of a message that might have named them */
	uint64_t gave_up;            /* streams that skipped a gap to go on */
	uint64_t over_limit;         /* messages past a reader's limit */
	uint64_t malformed;          /* messages that were damaged */
	uint64_t dpi_packets;        /* shown to nDPI */
	uint64_t dpi_flows;
	uint32_t states_most; /* out at once, over all groups */
	struct buffer_pool_stats buffers;
};
struct identify_stats identify_stats(const struct identify *identify);
