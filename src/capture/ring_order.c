#include "capture/ring_order.h"

#include <poll.h>

#include "capture/live.h"

#define NONE UINT64_MAX
#define LOOK_NS (5 * NS_PER_MS) /* while frames wait: how late it is seen that a ring gets short */
#define CLOCK_STEP_NS                                                                              \
	NS_PER_S /* a frame so far ahead: the clock was set back, it will not settle soon */

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The earliest of the heads; *other: the earliest of the rest. NONE: there is none. */
static size_t earliest(const uint64_t *heads, size_t count, uint64_t *other)
{
	size_t first = 0;

	*other = NONE;
	for (size_t i = 1; i < count; i++) {
		if (heads[i] < heads[first]) {
			*other = heads[first];
			first = i;
		} else {
			*other = smaller(*other, heads[i]);
		}
	}
	return first;
}

static bool look(struct ring *rings, size_t count, uint64_t *heads, bool *is_short)
{
	bool every = true;

	*is_short = false;
	for (size_t i = 0; i < count; i++) {
		heads[i] = NONE;
		if (rings[i].fd < 0)
			continue;
		*is_short = *is_short || ring_is_short(&rings[i]);
		if (!ring_head(&rings[i], &heads[i]))
			every = false;
	}
	return every;
}

size_t ring_order_next(struct ring *rings, size_t count, uint64_t settled_ns, bool wait_all,
		       struct packet *packets, size_t most)
{
	uint64_t heads[LIVE_INTERFACES_MAX], other, until = settled_ns;
	size_t taken = 0, first;
	bool is_short;
	bool every = look(rings, count, heads, &is_short);

	if (is_short || (every && !wait_all) || (count == 1 && !wait_all))
		until = NONE;
	while (taken < most) {
		first = earliest(heads, count, &other);
		if (heads[first] == NONE)
			break;
		if (until != NONE && heads[first] > settled_ns + SETTLE_NS + CLOCK_STEP_NS)
			until = heads[first];
		if (heads[first] > until)
			break;
		taken += ring_next(&rings[first], packets + taken, most - taken,
				   smaller(other, until));
		if (rings[first].left == 0)
			break; /* what it shows next is seen when its block has been given back */
		ring_head(&rings[first], &heads[first]);
	}
	return taken;
}

void ring_order_wait(struct ring *rings, size_t count, uint64_t now_ns, int wait_ms)
{
	struct pollfd fds[LIVE_INTERFACES_MAX];
	struct ring *ring[LIVE_INTERFACES_MAX];
	uint64_t wait_ns = (uint64_t)wait_ms * NS_PER_MS, settles_ns;
	nfds_t polled = 0;

	for (size_t i = 0; i < count; i++) {
		if (rings[i].left == 0) {
			ring[polled] = &rings[i];
			fds[polled++] = (struct pollfd){ rings[i].fd, POLLIN, 0 };
			continue;
		}
		settles_ns = ring_time(&rings[i]) + SETTLE_NS;
		wait_ns = smaller(smaller(wait_ns, LOOK_NS),
				  settles_ns > now_ns ? settles_ns - now_ns : 0);
	}
	if (poll(fds, polled, (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS)) <= 0)
		return;
	for (nfds_t i = 0; i < polled; i++)
		if (fds[i].revents & POLLERR) /* it went down: said once, not at every poll */
			ring_take_error(ring[i]);
}
