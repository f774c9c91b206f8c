#include "run/dns_tap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer_pool.h"
#include "base/ip.h"
#include "base/units.h"
#include "identify/dns.h"
#include "identify/stream.h"

#define TAP_BUFFER_BYTES (32 * MIB) /* room for every stream's largest message; touched as used */

struct tapped {
	struct ip_addr client, server;
	uint64_t used; /* segment count when it was last fed; 0: free */
	struct stream stream;
	struct dns_reader reader;
	uint16_t client_port;
	bool over; /* not DNS, or past a limit: nothing more is read */
};

struct dns_tap {
	struct buffer_pool *buffers;
	uint64_t segments, evicted;
	struct tapped tapped[DNS_TAP_STREAMS];
};

struct call {
	struct dns_tap *tap;
	struct tapped *tapped;
	dns_tap_found *found;
	void *context;
};

int dns_tap_new(struct dns_tap **tap)
{
	*tap = calloc(1, sizeof(**tap));
	if (!*tap)
		return -ENOMEM;
	int error = buffer_pool_new(&(*tap)->buffers, TAP_BUFFER_BYTES);
	if (error) {
		free(*tap);
		*tap = NULL;
	}
	return error;
}

void dns_tap_free(struct dns_tap *tap)
{
	if (!tap)
		return;
	buffer_pool_free(tap->buffers);
	free(tap);
}

static void reset(struct dns_tap *tap, struct tapped *tapped)
{
	stream_release(&tapped->stream, tap->buffers);
	dns_reader_release(&tapped->reader, tap->buffers);
	memset(tapped, 0, sizeof(*tapped));
}

static bool is_of(const struct tapped *tapped, const struct layers *layers)
{
	return tapped->used != 0 && tapped->client_port == layers->dst_port &&
	       ip_equal(&tapped->client, &layers->dst) && ip_equal(&tapped->server, &layers->src);
}

/* The stream of a segment, begun anew when there is none or a SYN opens another. */
static struct tapped *tapped_of(struct dns_tap *tap, const struct layers *layers)
{
	struct tapped *oldest = &tap->tapped[0];
	struct tapped *tapped = NULL;

	for (int i = 0; i < DNS_TAP_STREAMS && !tapped; i++) {
		if (is_of(&tap->tapped[i], layers))
			tapped = &tap->tapped[i];
		else if (tap->tapped[i].used < oldest->used)
			oldest = &tap->tapped[i];
	}
	if (tapped && !(layers->tcp_flags & TCP_SYN))
		return tapped;
	if (!tapped) {
		tapped = oldest;
		tap->evicted += tapped->used != 0;
	}
	reset(tap, tapped);
	tapped->client = layers->dst;
	tapped->server = layers->src;
	tapped->client_port = layers->dst_port;
	return tapped;
}

static void on_message(void *context, const uint8_t *message, size_t length)
{
	struct call *call = context;

	call->found(call->context, message, (uint32_t)length);
}

static bool on_piece(void *context, const uint8_t *bytes, size_t length, uint64_t gap_bytes)
{
	struct call *call = context;

	return gap_bytes == 0 && dns_read(&call->tapped->reader, call->tap->buffers, bytes, length,
					  on_message, call) == PARSE_MORE;
}

void dns_tap_segment(struct dns_tap *tap, const struct layers *layers, dns_tap_found *found,
		     void *context)
{
	struct tapped *tapped = tapped_of(tap, layers);
	struct call call = { tap, tapped, found, context };
	const struct stream_segment segment = {
		.bytes = layers->payload,
		.captured = layers->payload_captured,
		.length = layers->payload_length,
		.seq = layers->tcp_seq,
		.syn = (layers->tcp_flags & TCP_SYN) != 0,
	};

	tapped->used = ++tap->segments;
	if (!tapped->over &&
	    stream_add(&tapped->stream, tap->buffers, &segment, on_piece, &call) == STREAM_STOPPED)
		tapped->over = true;
	if (layers->tcp_flags & (TCP_FIN | TCP_RST))
		reset(tap, tapped);
}

uint64_t dns_tap_evicted(const struct dns_tap *tap)
{
	return tap->evicted;
}
