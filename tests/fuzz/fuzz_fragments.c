/* The input is a row of fragments of nine bytes each: flags, identification, offset in units of
 * eight (2), length (2), bytes not captured, seconds passed, spare. A fragment's bytes follow from
 * their place in the datagram, so what comes out whole can be checked; a flag makes them others. */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/units.h"
#include "decode/fragments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDS 8 /* few, so that fragments meet */
#define STEPS_MAX 400

enum {
	FLAG_MORE = 0x01,
	FLAG_IPV6 = 0x02,
	FLAG_OTHER_BYTES = 0x04,
	FLAG_WHOLE_UNITS = 0x08,
	FLAG_INSIDE = 0x10, /* found in the datagram that came before */
	FLAG_BACK = 0x20,   /* time goes back */
};

struct run {
	struct fragments *fragments;
	uint64_t now_ns, packets, bytes;
	bool other_bytes[2][IDS];
	const uint8_t *lent;
};

static uint8_t byte_at(uint32_t place)
{
	return (uint8_t)(place * 2654435761u >> 24);
}

static void check_counts(const struct run *run)
{
	struct fragments_stats s = fragments_stats(run->fragments);

	assert(s.whole_packets + s.pending_packets + s.expired_packets + s.evicted_packets +
		       s.refused_packets ==
	       run->packets);
	assert(s.whole_bytes + s.pending_bytes + s.expired_bytes + s.evicted_bytes +
		       s.refused_bytes ==
	       run->bytes);
}

static void check_whole(const struct fragments_whole *whole, bool is_known)
{
	assert(whole->captured <= whole->length && whole->length <= FRAGMENTS_DATAGRAM_MAX);
	assert(whole->frames >= 1);
	for (uint32_t i = 0; is_known && i < whole->captured; i++)
		assert(whole->bytes[i] == byte_at(i));
}

static void add_one(struct run *run, struct cursor *input)
{
	uint8_t flags = cursor_u8(input), id = cursor_u8(input) % IDS;
	uint16_t offset = (uint16_t)(cursor_u16(input) << 3), length = cursor_u16(input);
	uint8_t lost = cursor_u8(input), seconds = cursor_u8(input);
	bool is_v6 = (flags & FLAG_IPV6) != 0;
	struct packet packet = { 0 };
	struct fragments_whole whole;

	if (flags & FLAG_WHOLE_UNITS)
		length &= 0xfff8;
	uint32_t captured = lost < length ? length - lost : 0;
	uint8_t *bytes = malloc(captured + 1);
	for (uint32_t i = 0; i < captured; i++)
		bytes[i] = byte_at(offset + i) ^ (flags & FLAG_OTHER_BYTES);
	struct layers layers = {
		.payload = captured != 0 ? bytes : NULL,
		.payload_captured = captured,
		.payload_length = length,
		.ip_version = is_v6 ? 6 : 4,
		.ip_header = flags & FLAG_INSIDE && run->lent ? run->lent : bytes,
		.fragment = { id, offset, (flags & FLAG_MORE) != 0, 17 },
	};
	run->other_bytes[is_v6][id] |= (flags & FLAG_OTHER_BYTES) != 0;
	run->now_ns += flags & FLAG_BACK ? -(seconds * NS_PER_MS) : seconds * NS_PER_S / 4;
	packet.time_ns = run->now_ns;
	packet.length = length + 34u;
	if (layers.ip_header == bytes) {
		run->packets++;
		run->bytes += packet.length;
	}

	run->lent = NULL;
	if (fragments_add(run->fragments, &packet, &layers, &whole) == FRAGMENTS_WHOLE) {
		check_whole(&whole, !run->other_bytes[is_v6][id]);
		run->lent = whole.bytes;
	}
	free(bytes);
	check_counts(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor input = cursor_over(data, size);
	struct run run = { .now_ns = 1000 * NS_PER_S };
	uint32_t datagrams = 1 + cursor_u8(&input) % IDS; /* fewer than there are identifications */

	if (fragments_new(&run.fragments, datagrams, FRAGMENTS_MEMORY_MIN, hash_seed_fixed()) != 0)
		abort();
	for (int i = 0; i < STEPS_MAX && input.left >= 9; i++) {
		add_one(&run, &input);
		cursor_skip(&input, 1);
	}
	fragments_free(run.fragments);
	return 0;
}
