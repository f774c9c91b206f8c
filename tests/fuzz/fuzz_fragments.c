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

#define IDS 8       /* few, so that fragments meet */
#define DATAGRAMS 5 /* fewer than there are identifications */
#define PLACES (2 * 65536)
#define STEPS_MAX 48

enum {
	FLAG_MORE = 0x01,
	FLAG_IPV6 = 0x02,
	FLAG_OTHER_BYTES = 0x04,
	FLAG_WHOLE_UNITS = 0x08,
	FLAG_INSIDE = 0x10, /* found in the datagram that came before */
	FLAG_BACK = 0x20,   /* time goes back */
	FLAG_LONG = 0x40,   /* else at most 511 bytes: more runs a second */
};

struct run {
	struct fragments *fragments;
	uint64_t now_ns, packets, bytes;
	bool other_bytes[2][IDS];
	const uint8_t *lent;
};

/* The byte at each place of a datagram, and one that differs from it everywhere. */
static const uint8_t *pattern(bool other)
{
	static uint8_t bytes[2][PLACES];

	for (uint32_t i = 0; bytes[1][0] == 0 && i < PLACES; i++) {
		uint32_t place =
			PLACES - 1 - i; /* the first comes last: it says that all are there */

		bytes[0][place] = (uint8_t)(place * 2654435761u >> 24);
		bytes[1][place] = bytes[0][place] ^ 0x55;
	}
	return bytes[other];
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
	assert(!is_known || memcmp(whole->bytes, pattern(false), whole->captured) == 0);
}

static void add_one(struct run *run, struct cursor *input)
{
	uint8_t flags = cursor_u8(input), id = cursor_u8(input) % IDS;
	uint16_t offset = (uint16_t)(cursor_u16(input) << 3), length = cursor_u16(input);
	uint8_t lost = cursor_u8(input), seconds = cursor_u8(input);
	bool is_v6 = (flags & FLAG_IPV6) != 0;
	struct packet packet = { 0 };
	struct fragments_whole whole;

	if (!(flags & FLAG_LONG))
		length &= 0x1ff;
	if (flags & FLAG_WHOLE_UNITS)
		length &= 0xfff8;
	uint32_t captured = lost < length ? length - lost : 0;
	uint8_t *bytes = malloc(captured + 1);
	memcpy(bytes, pattern((flags & FLAG_OTHER_BYTES) != 0) + offset, captured);
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

/* One table serves all runs, as making it takes longer than they do; each run begins so much later
 * that whatever the one before left behind expires first. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run run;
	struct cursor input = cursor_over(data, size);

	if (!run.fragments &&
	    fragments_new(&run.fragments, DATAGRAMS, FRAGMENTS_MEMORY_MIN, hash_seed_fixed()) != 0)
		abort();
	run.now_ns += 1000 * NS_PER_S;
	run.lent = NULL;
	memset(run.other_bytes, 0, sizeof(run.other_bytes));
	for (int i = 0; i < STEPS_MAX && input.left >= 9; i++) {
		add_one(&run, &input);
		cursor_skip(&input, 1);
	}
	return 0;
}
