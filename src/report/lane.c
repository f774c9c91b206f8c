/* Positions count bytes since the start and never wrap; the place in the ring is position & mask.
 *
 *     | record | record | ... free ... | record | skipped |
 *              ^ head: producer's      ^ tail: consumer's
 *
 * Each record is preceded by a header with its length. One that would not fit before the end of the
 * ring starts over at its beginning, and a header with SKIP fills the rest. */
#include "report/lane.h"

#include "base/units.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define ALIGN 8
#define SKIP UINT64_MAX
#define CACHE_LINE 64

#define SPINS 64       /* a neighbour on another core answers within these */
#define YIELDS 128     /* one on the same core, within these */
#define SLEEP_NS 50000 /* longer waits: 50 us costs no core and delays nobody's reading */
#define NAP_NS 2000000 /* a lane is not full so soon */

struct lane {
	uint8_t *ring;
	uint64_t mask;
	uint64_t need; /* header and longest record */

	_Alignas(CACHE_LINE) _Atomic uint64_t head; /* producer's */
	_Atomic uint64_t reached;
	uint64_t tail_seen; /* its last look at tail */

	_Alignas(CACHE_LINE) _Atomic uint64_t tail; /* consumer's */
	uint64_t head_seen;                         /* its last look at head */
};

int lane_new(struct lane **lane, size_t bytes, size_t record_max)
{
	*lane = NULL;
	if ((bytes & (bytes - 1)) != 0 || bytes / 4 < record_max)
		return -EINVAL;

	struct lane *made = aligned_alloc(CACHE_LINE, sizeof(*made));
	if (!made)
		return -ENOMEM;
	*made = (struct lane){ .mask = bytes - 1, .need = ALIGN + record_max + ALIGN };
	made->ring = malloc(bytes);
	if (!made->ring) {
		free(made);
		return -ENOMEM;
	}
	*lane = made;
	return 0;
}

void lane_free(struct lane *lane)
{
	if (!lane)
		return;
	free(lane->ring);
	free(lane);
}

/* Tells the core that it spins, where it can be told. */
static void spin(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void lane_back_off(unsigned *tries)
{
	static const struct timespec nap = { .tv_nsec = SLEEP_NS };

	if (*tries < YIELDS)
		(*tries)++;
	if (*tries < SPINS)
		spin();
	else if (*tries < YIELDS)
		sched_yield();
	else
		nanosleep(&nap, NULL);
}

void lane_nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
}

/* After YIELDS: naps of so many tries each, the last for as long as nothing comes. Work mostly comes again within
 * the first 3 ms; a wake-up costs more than all else that an idle consumer does. */
#define RESTS 3
static const struct {
	unsigned tries;
	uint32_t ns;
} rests[RESTS] = { { 64, SLEEP_NS }, { 50, 5000000 }, { 1, 20000000 } };

void lane_rest(unsigned *tries, sem_t *wake)
{
	unsigned passed = YIELDS;
	struct timespec until;
	size_t i = 0;

	if (*tries < YIELDS) {
		lane_back_off(tries);
		return;
	}
	while (i + 1 < RESTS && *tries >= passed + rests[i].tries)
		passed += rests[i++].tries;
	if (*tries < UINT_MAX)
		(*tries)++;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += rests[i].ns;
	until.tv_sec += until.tv_nsec / (long)NS_PER_S;
	until.tv_nsec %= (long)NS_PER_S;
	if (sem_clockwait(wake, CLOCK_MONOTONIC, &until) == 0)
		*tries = 0;
}

static uint64_t *header_at(const struct lane *lane, uint64_t position)
{
	return (uint64_t *)(lane->ring + (position & lane->mask));
}

/* Waits until `bytes` after `head` are free. */
static void wait_for_room(struct lane *lane, uint64_t head, uint64_t bytes)
{
	unsigned tries = 0;

	while (head + bytes - lane->tail_seen > lane->mask + 1) {
		lane->tail_seen = atomic_load_explicit(&lane->tail, memory_order_acquire);
		if (head + bytes - lane->tail_seen > lane->mask + 1)
			lane_back_off(&tries);
	}
}

void *lane_reserve(struct lane *lane)
{
	uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
	uint64_t to_end = lane->mask + 1 - (head & lane->mask);

	if (to_end < lane->need) {
		wait_for_room(lane, head, to_end);
		*header_at(lane, head) = SKIP;
		head += to_end;
		atomic_store_explicit(&lane->head, head, memory_order_release);
	}
	wait_for_room(lane, head, lane->need);
	return header_at(lane, head) + 1;
}

void lane_commit(struct lane *lane, size_t size)
{
	uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
	uint64_t taken = ALIGN + ((uint64_t)size + ALIGN - 1) / ALIGN * ALIGN;

	*header_at(lane, head) = taken;
	atomic_store_explicit(&lane->head, head + taken, memory_order_release);
}

void lane_advance(struct lane *lane, uint64_t sequence)
{
	atomic_store_explicit(&lane->reached, sequence, memory_order_release);
}

void lane_close(struct lane *lane)
{
	lane_advance(lane, UINT64_MAX);
}

uint64_t lane_reached(const struct lane *lane)
{
	return atomic_load_explicit(&lane->reached, memory_order_acquire);
}

const void *lane_peek(struct lane *lane)
{
	uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

	for (;;) {
		if (tail == lane->head_seen)
			lane->head_seen = atomic_load_explicit(&lane->head, memory_order_acquire);
		if (tail == lane->head_seen)
			return NULL;
		if (*header_at(lane, tail) != SKIP)
			return header_at(lane, tail) + 1;
		tail += lane->mask + 1 - (tail & lane->mask);
		atomic_store_explicit(&lane->tail, tail, memory_order_release);
	}
}

void lane_drop(struct lane *lane)
{
	uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

	atomic_store_explicit(&lane->tail, tail + *header_at(lane, tail), memory_order_release);
}

uint64_t lane_written(const struct lane *lane)
{
	return atomic_load_explicit(&lane->head, memory_order_acquire);
}

uint64_t lane_read(const struct lane *lane)
{
	return atomic_load_explicit(&lane->tail, memory_order_acquire);
}
