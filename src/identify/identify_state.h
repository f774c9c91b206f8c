/* identify_state.h - what identify.c, identify_tcp.c and identify_udp.c share of an undecided flow. */
#pragma once

#include "base/slabs.h"
#include "identify/banner.h"
#include "identify/dns.h"
#include "identify/http.h"
#include "identify/identify.h"
#include "identify/quic.h"
#include "identify/stream.h"
#include "identify/tls.h"

#define PREFIX_BYTES 8 /* that a choice of reader may wait for */

enum reader {
	READER_CHOOSING,
	READER_TLS,
	READER_QUIC,
	READER_DNS,
	READER_HTTP,
	READER_BANNER,
	READER_NONE
};

struct state {
	struct stream stream[DIRECTIONS];
	uint8_t prefix[DIRECTIONS][PREFIX_BYTES];
	uint8_t prefix_length[DIRECTIONS];
	uint8_t reader;
	bool finished[DIRECTIONS]; /* the reader wants no more of it */
	bool dpi_begun;
	uint8_t dpi_packets;
	uint8_t wrappers;            /* protocols that carried another one */
	uint16_t pieces[DIRECTIONS]; /* given to the reader */
	uint32_t next_free;
	uint32_t older, newer; /* in its group, by when they were taken */
	void *owner;
	uint8_t group;
	union {
		struct tls_reader tls[DIRECTIONS];
		struct quic_reader quic;
		struct dns_reader dns[DIRECTIONS];
		struct banner_reader banner;
		struct http_reader *http;
	} use;
	struct banner_found found;
	uint32_t info_name; /* in identify.infos; 0: none */
	union reader_info
		*info; /* what READER_TLS, READER_QUIC and READER_BANNER have found so far */
};

union reader_info {
	struct tls_info tls;
	struct quic_info quic;
	struct ssh_info ssh;
};

struct group { /* of states that are out */
	uint32_t oldest, newest, count;
};

struct identify {
	struct identify_sink sink;
	struct buffer_pool *buffers;
	struct http_pool *http;
	struct quic_crypto *quic;
	struct dpi *dpi;
	struct state *states; /* [0] is not used */
	struct slabs *infos;
	size_t state_bytes;
	uint32_t state_count, fresh, free, in_use, group_limit;
	struct group group[IDENTIFY_GROUPS];
	struct identify_stats stats;
	struct dns_message message; /* scratch: too large for the stack of a deep call */
};

/* One call's worth of context. */
struct call {
	struct identify *identify;
	const struct identify_flow *flow;
	struct state *state;
	enum direction direction;
};

/* identify.c: an info of so many bytes for the state, all zero; false: there is no room, and no reader. */
bool identify_take_info(struct call *call, size_t bytes);

/* identify.c: the flow keeps what is found. */
void identify_set_app(struct identity *identity, enum app app);
void identify_claim(struct identity *identity, const char *name, enum name_source source);
void identify_note_credentials(struct identity *identity, uint32_t credentials);
void identify_note_hello(struct identity *identity, const struct tls_info *info,
			 enum name_source source);
/* Parses a DNS message and tells of it; false: it is none. */
bool identify_read_dns(struct call *call, const uint8_t *bytes, size_t length);
/* Takes the buffers back from the reader at work; the next one starts clean. */
void identify_release_reader(struct identify *identify, struct state *state);
/* Shows nDPI a packet of a flow that nobody has recognised; false: it will not be either. */
bool identify_try_dpi(struct call *call, const struct layers *layers, uint64_t time_ns);

/* identify_http.c: requests, over TCP or in datagrams (SSDP). */
bool identify_begin_http(struct call *call); /* false: all readers are out */
bool identify_feed_http(struct call *call, const uint8_t *bytes, size_t length, uint64_t gap);
void identify_flush_http(struct call *call);

/* identify_tcp.c, identify_udp.c: a packet; false: nothing more is to be learned. */
bool identify_tcp(struct call *call, const struct layers *layers, uint64_t time_ns);
void identify_tcp_flush(struct call *call);
/* The next bytes of a direction, in order; a stream_piece whose context is a struct call. */
bool identify_piece(void *context, const uint8_t *bytes, size_t length, uint64_t gap);
/* What is left of a piece, or nothing of it, opens the protocol that the reader at work carries. */
bool identify_unwrap(struct call *call, const uint8_t *bytes, size_t length);
bool identify_udp(struct call *call, const struct layers *layers, uint64_t time_ns);
/* Tells of a QUIC connection as far as it is known. */
void identify_finish_quic(struct call *call);
/* Protocols that need no state: DNS, NTP. True: it is one; *more: later packets matter too. */
bool identify_stateless_udp(struct call *call, const struct layers *layers, bool *more);
