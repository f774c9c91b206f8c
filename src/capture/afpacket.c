/* AF_PACKET: for each worker and interface a ring, joined over the workers by a fanout group per
 * interface whose program looks into tunnels; with more than one worker also a small ring each for DNS
 * answers, which every worker sees.
 *
 *     eth0 --fanout--> ring worker 0 --\             /--> answers worker 0
 *                 \--> ring worker 1    filter: bypass \--> answers worker 1
 *
 * Interfaces come and go. The control thread says so (live_link()): it writes what is wanted of the port and
 * then a new generation. Each worker sees the generation at its next turn, hands out what the old ring still
 * holds, closes it and opens the new one; only that and counting take the lock.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/units.h"
#include "capture/afpacket_ring.h"
#include "capture/live_ops.h"
#include "capture/ring_order.h"

#define GROUPS 65535 /* fanout groups have numbers of 16 bits; 0 is no group here */
#define ANSWER_RING_BYTES (2 * RING_BLOCK_BYTES)
#define GROUP_STEP                                                                                 \
	30011         /* a prime: an interface that comes back is far from groups that are in use */
#define WATCHED_MAX 8 /* indexes of a port that its workers have not all left yet */
#define DRAIN_TURNS                                                                                \
	100 /* then what a ring of an interface that is gone says it holds is counted lost */

struct port { /* one interface */
	char name[IF_NAMESIZE];
	unsigned index; /* wanted; 0: it is not there */
	uint32_t times; /* that it came: with the index, what the workers follow */
	bool is_up;
	bool was_told; /* by live_link(); before that, there is up */
	uint64_t losses;
	uint64_t unopened;
	unsigned watched[WATCHED_MAX]; /* indexes whose frames are counted; 0: free */
	struct bpf_counters counted;   /* of those that are counted no longer */
	struct ring past;              /* the same of rings that were closed: its counts alone */
};

struct seat { /* one worker's rings */
	struct ring ring[LIVE_INTERFACES_MAX], answers[LIVE_INTERFACES_MAX];
	uint32_t times[LIVE_INTERFACES_MAX]; /* as the port's, when its rings were opened */
	uint32_t generation;                 /* that it has followed */
	uint32_t draining;                   /* turns since there is something to follow */
	size_t next_answers;
	uint64_t settled_ns; /* up to here every frame is in its ring, and the answers were taken */
	bool is_over;        /* nothing is received any more */
};

struct afpacket {
	struct live_options options;
	struct bypass *bypass; /* NULL: no programs */
	struct fault note;
	uint32_t generation;  /* atomic: counts what live_link() changed */
	pthread_mutex_t lock; /* ports, and rings that are opened, closed or counted */
	struct port port[LIVE_INTERFACES_MAX];
	struct seat seat[];
};

/* Opening ------------------------------------------------------------------------------------ */

static int packet_socket(const struct live_options *options, struct fault *fault)
{
	int fd;

	if (options->packet_socket)
		fd = options->packet_socket(options->packet_socket_context);
	else
		fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 && !options->packet_socket)
		fd = -errno;
	if (fd < 0)
		fault_set(fault, "cannot open a packet socket: %s%s", strerror(-fd),
			  fd == -EPERM ? "; run as root or with CAP_NET_RAW" : "");
	return fd;
}

/* Groups are numbered per network namespace, by whoever comes first. One that comes back gets another: a
 * worker may still be in the old group. */
static int group_of(const struct afpacket *capture, size_t interface)
{
	uint64_t number = (uint64_t)getpid() * LIVE_INTERFACES_MAX + interface +
			  (uint64_t)capture->port[interface].times * GROUP_STEP;

	return capture->options.workers > 1 ? 1 + (int)(number % GROUPS) : 0;
}

static int open_with_socket(struct afpacket *capture, struct ring *ring,
			    struct ring_options *options, struct fault *fault)
{
	options->socket = packet_socket(&capture->options, fault);
	return options->socket < 0 ? options->socket : ring_open(ring, options, fault);
}

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
		.fanout_group = group_of(capture, interface),
		.fanout_program = -1,
		.filter_program = -1,
	};
	int error;

	capture->seat[worker].times[interface] = capture->port[interface].times;
	if (capture->bypass) {
		ring.fanout_program = bypass_program(capture->bypass, BYPASS_FANOUT);
		ring.filter_program =
			options->bypass ? bypass_program(capture->bypass, BYPASS_FILTER) : -1;
	}
	error = open_with_socket(capture, &capture->seat[worker].ring[interface], &ring, fault);
	if (error || options->workers == 1 || !capture->bypass)
		return error;
	ring.bytes = ANSWER_RING_BYTES;
	ring.fanout_group = 0;
	ring.promiscuous = false;
	ring.filter_program = bypass_program(capture->bypass, BYPASS_ANSWERS);
	return open_with_socket(capture, &capture->seat[worker].answers[interface], &ring, fault);
}

/* Counts an index from now on; it may be counted still, from before. */
static int watch(struct afpacket *capture, struct port *port)
{
	unsigned *free_place = NULL;

	for (size_t i = 0; i < WATCHED_MAX; i++) {
		if (port->watched[i] == port->index)
			return 0;
		if (port->watched[i] == 0)
			free_place = &port->watched[i];
	}
	if (!free_place)
		return -EBUSY;
	*free_place = port->index;
	return capture->bypass ? bypass_watch(capture->bypass, port->index) : 0;
}

static int open_port(struct afpacket *capture, size_t interface, struct fault *fault)
{
	struct port *port = &capture->port[interface];
	const char *name = capture->options.interfaces[interface];
	int error = 0;

	port->index = if_nametoindex(name);
	memcpy(port->name, name, strnlen(name, sizeof(port->name) - 1));
	if (port->index == 0 && capture->options.wait_for_interfaces)
		return 0;
	if (port->index == 0) {
		fault_set(fault, "there is no interface %s; ip link lists those there are", name);
		return -ENODEV;
	}
	error = watch(capture, port);
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
	pthread_mutex_destroy(&capture->lock);
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
	pthread_mutex_init(&capture->lock, NULL);
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

/* Coming and going --------------------------------------------------------------------------- */

/* The last ring of an index that is gone is closed: its counts are final. */
static void settle(struct afpacket *capture, size_t interface)
{
	struct port *port = &capture->port[interface];

	for (size_t i = 0; i < WATCHED_MAX; i++) {
		bool is_used = port->watched[i] == 0 || port->watched[i] == port->index;

		for (uint32_t worker = 0; worker < capture->options.workers; worker++) {
			const struct ring *ring = &capture->seat[worker].ring[interface];

			is_used |= ring->fd >= 0 && ring->interface == port->watched[i];
		}
		if (is_used)
			continue;
		if (capture->bypass) {
			const struct bpf_counters last =
				bypass_counted(capture->bypass, port->watched[i]);

			port->counted.received += last.received;
			port->counted.received_bytes += last.received_bytes;
			port->counted.bypassed += last.bypassed;
			port->counted.bypassed_bytes += last.bypassed_bytes;
			bypass_unwatch(capture->bypass, port->watched[i]);
		}
		port->watched[i] = 0;
	}
}

static void link_changed(void *state, const char *name, unsigned index, bool is_up)
{
	struct afpacket *capture = state;
	size_t i = 0;

	while (i < capture->options.interface_count && strcmp(capture->port[i].name, name) != 0)
		i++;
	if (i == capture->options.interface_count)
		return;
	struct port *port = &capture->port[i];

	pthread_mutex_lock(&capture->lock);
	bool was_up = port->was_told ? port->is_up : port->index != 0;
	bool is_other = index != port->index;

	port->losses += was_up && (is_other || !is_up);
	port->is_up = is_up && index != 0;
	port->was_told = true;
	if (is_other) {
		port->index = index;
		port->times++;
		settle(capture, i);
		if (index != 0 && watch(capture, port) != 0) {
			port->unopened += capture->options.workers;
			port->index = 0;
		}
		__atomic_add_fetch(&capture->generation, 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&capture->lock);
}

static bool is_drained(struct ring *ring)
{
	if (ring->fd < 0)
		return true;
	ring_count(ring);
	return ring_waiting(ring) == 0;
}

static void retire(struct port *port, struct ring *ring, struct ring *answers)
{
	port->past.received += ring->received;
	port->past.processed += ring->processed;
	port->past.dropped += ring->dropped + ring_waiting(ring);
	port->past.freezes += ring->freezes;
	ring_close(ring);
	ring_close(answers);
	*ring = *answers = (struct ring){ .fd = -1 };
}

/* Whether the worker is where the port is wanted. Nothing of its rings is lent at this time. */
static bool follow_port(struct afpacket *capture, uint32_t worker, size_t interface)
{
	struct seat *seat = &capture->seat[worker];
	struct port *port = &capture->port[interface];
	struct ring *ring = &seat->ring[interface], *answers = &seat->answers[interface];

	if (seat->times[interface] == port->times)
		return true;
	if ((!is_drained(ring) || !is_drained(answers)) && seat->draining < DRAIN_TURNS)
		return false;
	retire(port, ring, answers);
	settle(capture, interface);
	seat->times[interface] = port->times;
	if (port->index != 0 && open_ring(capture, worker, interface, NULL) != 0)
		port->unopened++;
	return true;
}

static void follow(struct afpacket *capture, uint32_t worker)
{
	struct seat *seat = &capture->seat[worker];
	bool is_there = true;

	pthread_mutex_lock(&capture->lock);
	uint32_t generation = __atomic_load_n(&capture->generation, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < capture->options.interface_count; i++)
		is_there &= follow_port(capture, worker, i);
	pthread_mutex_unlock(&capture->lock);
	seat->draining = is_there ? 0 : seat->draining + 1;
	if (is_there)
		seat->generation = generation;
}

/* Taking ------------------------------------------------------------------------------------- */

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

	if (__atomic_load_n(&capture->generation, __ATOMIC_ACQUIRE) != seat->generation)
		follow(capture, worker);
	if (!seat->is_over && !answers_apart)
		seat->settled_ns = now_ns() - SETTLE_NS;
	taken = ring_order_next(seat->ring, count, seat->settled_ns, answers_apart, packets, most);
	if (seat->draining != 0 && wait_ms > RING_RETIRE_MS)
		wait_ms = RING_RETIRE_MS;
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

static void count_watched(struct afpacket *capture, const struct port *port,
			  struct live_stats *result)
{
	struct bpf_counters sum = port->counted;

	for (size_t i = 0; i < WATCHED_MAX; i++) {
		if (port->watched[i] == 0)
			continue;
		const struct bpf_counters counted =
			bypass_counted(capture->bypass, port->watched[i]);

		sum.received += counted.received;
		sum.received_bytes += counted.received_bytes;
		sum.bypassed += counted.bypassed;
		sum.bypassed_bytes += counted.bypassed_bytes;
	}
	result->received = sum.received;
	result->received_bytes = sum.received_bytes;
	result->bypassed = sum.bypassed;
	result->bypassed_bytes = sum.bypassed_bytes;
}

static bool stats(void *state, size_t interface, struct live_stats *result)
{
	struct afpacket *capture = state;
	const struct port *port = &capture->port[interface];

	pthread_mutex_lock(&capture->lock);
	*result = (struct live_stats){ .received = port->past.received,
				       .processed = port->past.processed,
				       .dropped = port->past.dropped,
				       .freezes = port->past.freezes,
				       .losses = port->losses,
				       .unopened = port->unopened,
				       .is_up = port->was_told ? port->is_up : port->index != 0 };
	for (uint32_t worker = 0; worker < capture->options.workers; worker++) {
		struct ring *ring = &capture->seat[worker].ring[interface];

		ring_count(ring);
		result->received += ring->received;
		result->processed += ring->processed;
		result->dropped += ring->dropped;
		result->freezes += ring->freezes;
		result->waiting += ring_waiting(ring);
	}
	if (capture->bypass && capture->options.bypass != 0)
		count_watched(capture, port, result);
	pthread_mutex_unlock(&capture->lock);
	return true;
}

const struct live_ops afpacket_ops = {
	.open = open_all,
	.close = close_all,
	.note = note,
	.link = link_changed,
	.next = next,
	.answers = answers,
	.finish = finish,
	.bypass = bypass_of,
	.stats = stats,
};
