/* AF_PACKET: for each worker and interface a ring, joined over the workers by a fanout group per
 * interface whose program looks into tunnels; with more than one worker also a small ring each for DNS
 * answers, which every worker sees.
 *
 *     eth0 --fanout--> ring worker 0 --\             /--> answers worker 0
 *                 \--> ring worker 1    filter: bypass \--> answers worker 1
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/units.h"
#include "capture/afpacket_ring.h"
#include "capture/live_ops.h"
#include "capture/ring_order.h"

#define GROUPS 65535 /* fanout groups have numbers of 16 bits; 0 is no group here */
#define ANSWER_RING_BYTES (2 * RING_BLOCK_BYTES)

struct port { /* one interface */
	char name[IF_NAMESIZE];
	unsigned index; /* 0: it is not there */
	int group;
	uint64_t losses;
};

struct seat { /* one worker's rings */
	struct ring ring[LIVE_INTERFACES_MAX], answers[LIVE_INTERFACES_MAX];
	size_t next_answers;
	uint64_t settled_ns; /* up to here every frame is in its ring, and the answers were taken */
	bool is_over;        /* nothing is received any more */
};

struct afpacket {
	struct live_options options;
	struct bypass *bypass; /* NULL: no programs */
	struct fault note;
	struct port port[LIVE_INTERFACES_MAX];
	struct seat seat[];
};

static int open_ring(struct afpacket *capture, uint32_t worker, size_t interface,
		     struct fault *fault)
{
	const struct live_options *options = &capture->options;
	struct ring_options ring = {
		.interface = (int)capture->port[interface].index,
		.port = (uint16_t)interface,
		.bytes = options->ring_bytes,
		.only_in = options->direction == LIVE_IN,
		.promiscuous = options->promiscuous,
		.fanout_group = options->workers > 1 ? capture->port[interface].group : 0,
		.fanout_program = -1,
		.filter_program = -1,
	};
	int error;

	if (capture->bypass) {
		ring.fanout_program = bypass_program(capture->bypass, BYPASS_FANOUT);
		ring.filter_program =
			options->bypass ? bypass_program(capture->bypass, BYPASS_FILTER) : -1;
	}
	error = ring_open(&capture->seat[worker].ring[interface], &ring, fault);
	if (error || options->workers == 1 || !capture->bypass)
		return error;
	ring.bytes = ANSWER_RING_BYTES;
	ring.fanout_group = 0;
	ring.promiscuous = false;
	ring.filter_program = bypass_program(capture->bypass, BYPASS_ANSWERS);
	return ring_open(&capture->seat[worker].answers[interface], &ring, fault);
}

static int open_port(struct afpacket *capture, size_t interface, struct fault *fault)
{
	struct port *port = &capture->port[interface];
	const char *name = capture->options.interfaces[interface];
	int error = 0;

	port->index = if_nametoindex(name);
	if (port->index == 0) {
		fault_set(fault, "there is no interface %s; ip link lists those there are", name);
		return -ENODEV;
	}
	memcpy(port->name, name, strnlen(name, sizeof(port->name) - 1));
	if (capture->bypass)
		error = bypass_watch(capture->bypass, port->index);
	/* Groups are numbered per network namespace, by whoever comes first. */
	port->group = 1 + (int)((unsigned)getpid() * LIVE_INTERFACES_MAX + interface) % GROUPS;
	for (uint32_t worker = 0; worker < capture->options.workers && !error; worker++)
		error = open_ring(capture, worker, interface, fault);
	return error;
}

static void close_all(void *state)
{
	struct afpacket *capture = state;

	for (uint32_t worker = 0; worker < capture->options.workers; worker++) {
		for (size_t i = 0; i < capture->options.interface_count; i++) {
			ring_close(&capture->seat[worker].ring[i]);
			ring_close(&capture->seat[worker].answers[i]);
		}
	}
	bypass_close(capture->bypass);
	free(capture);
}

static void load_programs(struct afpacket *capture)
{
	const struct bypass_options programs = {
		.workers = capture->options.workers,
		.flows = capture->options.bypass,
		.refresh_ns = capture->options.refresh_s * NS_PER_S,
		.hash_seed = hash_seed_random().words[0],
		.vxlan_ports = capture->options.vxlan_ports,
		.geneve_ports = capture->options.geneve_ports,
	};
	struct fault why = { "" };

	if (bypass_open(&capture->bypass, &programs, &why) != 0)
		fault_set(
			&capture->note,
			"no bypass, and no look into tunnels when frames are spread over workers: "
			"%s; decided flows cost as much as others",
			why.text);
}

static int open_all(void **state, const struct live_options *options, struct fault *fault)
{
	struct afpacket *capture =
		calloc(1, sizeof(*capture) + options->workers * sizeof(capture->seat[0]));
	int error = 0;

	if (!capture)
		return -ENOMEM;
	capture->options = *options;
	for (uint32_t worker = 0; worker < options->workers; worker++)
		for (size_t i = 0; i < LIVE_INTERFACES_MAX; i++)
			capture->seat[worker].ring[i].fd = capture->seat[worker].answers[i].fd = -1;
	load_programs(capture);
	for (size_t i = 0; i < options->interface_count && !error; i++)
		error = open_port(capture, i, fault);
	if (error) {
		close_all(capture);
		return error;
	}
	*state = capture;
	return 0;
}

static const char *note(const void *state)
{
	const struct afpacket *capture = state;

	return capture->note.text[0] ? capture->note.text : NULL;
}

/* Takes from the rings in turn, so that a busy interface does not starve the others. */
static size_t take_answers(struct ring *rings, size_t count, size_t *turn, struct packet *packets,
			   size_t most)
{
	for (size_t i = 0; i < count; i++) {
		struct ring *ring = &rings[*turn];
		size_t taken = ring->fd < 0 ? 0 : ring_next(ring, packets, most, UINT64_MAX);

		*turn = (*turn + 1) % count;
		if (taken != 0)
			return taken;
	}
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static size_t next(void *state, uint32_t worker, struct packet *packets, size_t most, int wait_ms)
{
	struct afpacket *capture = state;
	struct seat *seat = &capture->seat[worker];
	size_t count = capture->options.interface_count, taken;
	bool answers_apart = capture->options.workers > 1 && capture->bypass;

	if (!seat->is_over && !answers_apart)
		seat->settled_ns = now_ns() - SETTLE_NS;
	taken = ring_order_next(seat->ring, count, seat->settled_ns, answers_apart, packets, most);
	if (taken == 0 && wait_ms > 0)
		ring_order_wait(seat->ring, count, now_ns(), wait_ms);
	return taken;
}

static size_t answers(void *state, uint32_t worker, struct packet *packets, size_t most)
{
	struct afpacket *capture = state;
	struct seat *seat = &capture->seat[worker];

	/* Before they are looked for: what comes meanwhile is not settled. */
	if (!seat->is_over)
		seat->settled_ns = now_ns() - SETTLE_NS;
	return take_answers(seat->answers, capture->options.interface_count, &seat->next_answers,
			    packets, most);
}

/* No more is let in, and the blocks that the kernel is at are handed over. */
static void finish(void *state, uint32_t worker)
{
	struct afpacket *capture = state;
	struct seat *seat = &capture->seat[worker];

	for (size_t i = 0; i < capture->options.interface_count; i++) {
		ring_refuse(&seat->ring[i]);
		ring_refuse(&seat->answers[i]);
	}
	poll(NULL, 0, SETTLE_NS / NS_PER_MS);
	seat->settled_ns = UINT64_MAX;
	seat->is_over = true;
}

static struct bypass *bypass_of(void *state)
{
	struct afpacket *capture = state;

	return capture->options.bypass != 0 ? capture->bypass : NULL;
}

static bool stats(void *state, size_t interface, struct live_stats *result)
{
	struct afpacket *capture = state;

	*result = (struct live_stats){ .is_up = capture->port[interface].index != 0,
				       .losses = capture->port[interface].losses };
	for (uint32_t worker = 0; worker < capture->options.workers; worker++) {
		struct ring *ring = &capture->seat[worker].ring[interface];

		ring_count(ring);
		result->received += ring->received;
		result->processed += ring->processed;
		result->dropped += ring->dropped;
		result->freezes += ring->freezes;
		result->waiting += ring_waiting(ring);
	}
	if (capture->bypass && capture->options.bypass != 0) {
		const struct bpf_counters counted =
			bypass_counted(capture->bypass, capture->port[interface].index);

		result->received = counted.received;
		result->received_bytes = counted.received_bytes;
		result->bypassed = counted.bypassed;
		result->bypassed_bytes = counted.bypassed_bytes;
	}
	return true;
}

const struct live_ops afpacket_ops = {
	.open = open_all,
	.close = close_all,
	.note = note,
	.next = next,
	.answers = answers,
	.finish = finish,
	.bypass = bypass_of,
	.stats = stats,
};
