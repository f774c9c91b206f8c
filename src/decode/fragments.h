/* fragments.h - IP fragments until their datagram is whole (RFC 791, 8200, 5722).
 *
 * Bounded in datagrams, bytes and time; all memory is taken at creation. First copy wins where
 * fragments overlap in IPv4; overlapping IPv6 fragments end their datagram (RFC 5722), but for
 * copies that say the same. What never becomes whole is counted in packets and bytes, so that counts
 * still add up: every frame given is, at any time, in exactly one of whole, pending, expired,
 * evicted and refused.
 * Not thread-safe: the one reader owns it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "pewit/layers.h"
#include "pewit/packet.h"

#define FRAGMENTS_DATAGRAM_MAX 65535 /* bytes of payload, by the width of the length field */
#define FRAGMENTS_TIMEOUT_S 30 /* of packet time, from the first fragment: Linux' ipfrag_time */
#define FRAGMENTS_COUNT_MAX 65536u
#define FRAGMENTS_MEMORY_MIN                                                                       \
	81920u /* two of the longest datagrams would not fit; one always does */

struct fragments;

/* A datagram that has become whole. Fragments that the capture cut (snapshot length) leave holes in
 * it: `length` is what their headers announce, and `bytes` end at the first hole. */
struct fragments_whole {
	const uint8_t *bytes; /* its payload; lent until the next fragments_add() */
	uint32_t captured;    /* of it, without a gap from its start */
	uint32_t length;      /* of it, by its headers; more than captured if a fragment was cut */
	uint32_t frames;      /* fragments it came in, and their frames' bytes on the wire */
	uint64_t frame_bytes;
	uint64_t first_time_ns; /* of its earliest fragment */
	uint8_t protocol;       /* next header, of the fragment at offset zero (RFC 8200) */
};

struct fragments_stats {
	uint64_t whole;                          /* datagrams */
	uint64_t whole_packets, whole_bytes;     /* frames they came in */
	uint64_t pending_packets, pending_bytes; /* held now */
	uint64_t expired_packets, expired_bytes; /* frames given up: too old */
	uint64_t evicted_packets, evicted_bytes; /* ... no room */
	uint64_t refused_packets, refused_bytes; /* contradictory, overlapping (v6), past the end */
	uint64_t alone_packets, alone_bytes;     /* first fragments handed out without the rest */
};

/* Told of a datagram that is given up (too old, no room, the capture's end) although its first
 * fragment came: that one still says who talks to whom, and in most protocols what about. `first`
 * looks like a datagram of which only the start was captured; `layers` are the first fragment's.
 * Both are lent for the call. Its frames count as `alone`, not as given up. */
typedef void fragments_alone(void *context, const struct fragments_whole *first,
			     const struct layers *layers);

#define FRAGMENTS_ALONE_MAX 2048 /* bytes of a first fragment that are handed out alone */

enum fragments_outcome {
	FRAGMENTS_HELD,    /* kept; nothing to do */
	FRAGMENTS_WHOLE,   /* *whole is filled */
	FRAGMENTS_REFUSED, /* counted as such, with those of its datagram that were held */
};

/* datagrams: how many may be under way (1 to FRAGMENTS_COUNT_MAX); memory: bytes for their payloads,
 * FRAGMENTS_MEMORY_MIN at least. Returns 0, -EINVAL or -ENOMEM; *fragments is given. */
int fragments_new(struct fragments **fragments, uint32_t datagrams, size_t memory,
		  struct hash_seed seed);
void fragments_free(struct fragments *fragments); /* NULL is allowed */

/* Takes one packet whose outcome is DECODE_FRAGMENT; copies what it keeps. Time-outs run on packet
 * time. Fragments belong together when they agree in addresses, identification, IP version, protocol
 * (IPv4), interface and innermost tunnel: a router that is watched on both sides shows each twice.
 * A fragment found inside the datagram that the call before made whole stands for all of that one's
 * frames; *whole, if it comes, counts them. */
enum fragments_outcome fragments_add(struct fragments *fragments, const struct packet *packet,
				     const struct layers *layers, struct fragments_whole *whole);

void fragments_on_alone(struct fragments *fragments, fragments_alone *alone, void *context);

/* The capture is over: gives up all that is held. */
void fragments_flush(struct fragments *fragments);

struct fragments_stats fragments_stats(const struct fragments *fragments);
