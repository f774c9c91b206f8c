/* fragments.h - IP fragments until their datagram is whole (RFC 791, 8200, 5722).
 *
 * Bounded in datagrams, bytes and time; all memory is taken at creation. First copy wins where
 * fragments overlap in IPv4; overlapping IPv6 fragments end their datagram (RFC 5722). What never
 * becomes whole is counted in packets and bytes, so that counts still add up.
 * Not thread-safe: the one reader owns it.
 */
#pragma once

#include <stdint.h>

#include "base/hash.h"
#include "pewit/layers.h"
#include "pewit/packet.h"

#define FRAGMENTS_DATAGRAM_MAX 65535 /* bytes of payload, by the width of the length field */
#define FRAGMENTS_TIMEOUT_S 30 /* of packet time, from the first fragment: Linux' ipfrag_time */

struct fragments;

struct fragments_whole {      /* a datagram that has become whole */
	const uint8_t *bytes; /* its payload; lent until the next fragments_add() */
	uint32_t length;
	uint32_t frames; /* fragments it came in, and their frames' bytes on the wire */
	uint64_t frame_bytes;
	uint64_t first_time_ns; /* of its earliest fragment */
};

struct fragments_stats {
	uint64_t whole;                          /* datagrams */
	uint64_t pending_packets, pending_bytes; /* held now */
	uint64_t expired_packets, expired_bytes; /* frames given up: too old */
	uint64_t evicted_packets, evicted_bytes; /* ... no room */
	uint64_t refused_packets,
		refused_bytes; /* ... contradictory, overlapping (v6), past the end */
};

enum fragments_outcome {
	FRAGMENTS_HELD,    /* kept; nothing to do */
	FRAGMENTS_WHOLE,   /* *whole is filled */
	FRAGMENTS_REFUSED, /* counted as such, with those of its datagram that were held */
};

/* datagrams: how many may be under way (1 to 65536); memory: bytes for their payloads.
 * Returns 0, -EINVAL or -ENOMEM; *fragments is given. */
int fragments_new(struct fragments **fragments, uint32_t datagrams, size_t memory,
		  struct hash_seed seed);
void fragments_free(struct fragments *fragments);

/* Takes one packet whose outcome is DECODE_FRAGMENT. Time-outs run on packet time. A fragment that
 * the capture cut (payload_captured < payload_length) is held with the bytes missing: the datagram
 * becomes whole only with what was captured of its beginning; see fragments.c. */
enum fragments_outcome fragments_add(struct fragments *fragments, const struct packet *packet,
				     const struct layers *layers, struct fragments_whole *whole);

struct fragments_stats fragments_stats(const struct fragments *fragments);
