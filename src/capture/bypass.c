#include "capture/bypass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "afpacket.skel.h"
#include "afxdp.skel.h"
#include "base/units.h"

#define PROCESSORS_MAX 256 /* 16 KiB of stack; Azure's largest appliances have 96 */
#define SETTLE_NS 200000   /* a program runs for a few microseconds, and is not preempted */
#define NO_SLOT UINT32_MAX

/* The program's side of a slot. */
struct slot {
	struct bypass_count taken; /* what bypass_take() has given so far */
	uint64_t passing_since_ns; /* 0: it is not */
	uint32_t next;             /* free one of the same worker */
};

struct bypass {
	struct afpacket_programs *programs; /* these or */
	struct afxdp_programs *xdp;         /* these; both have the maps of bpf/bypass.h */
	int link[BPF_INTERFACES];           /* of XDP: closing one takes the program off */
	size_t links;
	int flows, counts, counters; /* maps */
	uint32_t
		watched[BPF_INTERFACES]; /* the index that each place of counters is for; 0: free */
	uint32_t processors;             /* possible ones: a per-processor value has one for each */
	struct slot *slot;
	uint32_t *free; /* head of each worker's free slots */
};

/* libbpf would print to standard error; what matters is in the errno it gives. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list values)
{
	(void)level;
	(void)format;
	(void)values;
	return 0;
}

static void copy_ports(struct bpf_settings *settings, bpf_u16 to[BPF_TUNNEL_PORTS],
		       const uint16_t *from)
{
	for (int i = 0; from && i < BPF_TUNNEL_PORTS && from[i] != 0; i++) {
		to[i] = from[i];
		if (from[i] < settings->tunnel_least)
			settings->tunnel_least = from[i];
		if (from[i] > settings->tunnel_most)
			settings->tunnel_most = from[i];
	}
}

/* The skeleton says volatile const, which is what the kernel's side may rely on. */
static void set_up(const volatile struct bpf_settings *of_skeleton,
		   const struct bypass_options *options)
{
	struct bpf_settings *settings = (struct bpf_settings *)of_skeleton;

	settings->hash_seed = options->hash_seed;
	settings->refresh_ns = options->refresh_ns;
	settings->workers = options->workers;
	settings->tunnel_least = UINT16_MAX; /* of no port: nothing lies between */
	copy_ports(settings, settings->vxlan_ports, options->vxlan_ports);
	copy_ports(settings, settings->geneve_ports, options->geneve_ports);
}

static int set_size(struct bpf_map *flows, struct bpf_map *counts, uint32_t size)
{
	int error = bpf_map__set_max_entries(flows, size ? size : 1);

	return error ? error : bpf_map__set_max_entries(counts, size ? size : 1);
}

static int load(struct bypass *bypass, const struct bypass_options *options)
{
	struct afpacket_programs *programs = bypass->programs = afpacket_programs__open();
	int error;

	if (!programs)
		return -errno;
	set_up(&programs->rodata->settings, options);
	error = set_size(programs->maps.bypassed, programs->maps.counts, options->flows);
	error = error ? error : afpacket_programs__load(programs);
	if (error)
		return error;
	bypass->flows = bpf_map__fd(programs->maps.bypassed);
	bypass->counts = bpf_map__fd(programs->maps.counts);
	bypass->counters = bpf_map__fd(programs->maps.counters);
	return 0;
}

/* The same, of another type. */
static int load_xdp(struct bypass *bypass, const struct bypass_options *options)
{
	struct afxdp_programs *programs = bypass->xdp = afxdp_programs__open();
	int error;

	if (!programs)
		return -errno;
	set_up(&programs->rodata->settings, options);
	error = set_size(programs->maps.bypassed, programs->maps.counts, options->flows);
	error = error ? error : afxdp_programs__load(programs);
	if (error)
		return error;
	bypass->flows = bpf_map__fd(programs->maps.bypassed);
	bypass->counts = bpf_map__fd(programs->maps.counts);
	bypass->counters = bpf_map__fd(programs->maps.counters);
	return 0;
}

/* Deals the slots out to the workers, in equal runs. */
static int make_slots(struct bypass *bypass, const struct bypass_options *options)
{
	uint32_t each = options->flows / options->workers;

	bypass->slot = calloc(options->flows + 1, sizeof(*bypass->slot));
	bypass->free = calloc(options->workers, sizeof(*bypass->free));
	if (!bypass->slot || !bypass->free)
		return -ENOMEM;
	for (uint32_t i = 0; i < each * options->workers; i++)
		bypass->slot[i].next = (i + 1) % each == 0 ? NO_SLOT : i + 1;
	for (uint32_t i = 0; i < options->workers; i++)
		bypass->free[i] = each == 0 ? NO_SLOT : i * each;
	return 0;
}

int bypass_open(struct bypass **bypass, const struct bypass_options *options, struct fault *fault)
{
	struct bypass *made = calloc(1, sizeof(*made));
	int error;

	*bypass = NULL;
	if (!made)
		return -ENOMEM;
	libbpf_set_print(say_nothing);
	made->processors = (uint32_t)libbpf_num_possible_cpus();
	error = made->processors > PROCESSORS_MAX ? -E2BIG : make_slots(made, options);
	if (!error)
		error = options->xdp ? load_xdp(made, options) : load(made, options);
	if (error) {
		fault_set(fault, "the kernel does not take the capture programs: %s",
			  strerror(-error));
		bypass_close(made);
		return error;
	}
	*bypass = made;
	return 0;
}

void bypass_close(struct bypass *bypass)
{
	if (!bypass)
		return;
	for (size_t i = 0; i < bypass->links; i++)
		close(bypass->link[i]);
	afpacket_programs__destroy(bypass->programs);
	afxdp_programs__destroy(bypass->xdp);
	free(bypass->slot);
	free(bypass->free);
	free(bypass);
}

int bypass_program(const struct bypass *bypass, enum bypass_program program)
{
	const struct bpf_program *const programs[BYPASS_PROGRAMS] = {
		[BYPASS_FANOUT] = bypass->programs->progs.fanout,
		[BYPASS_FILTER] = bypass->programs->progs.filter,
		[BYPASS_ANSWERS] = bypass->programs->progs.answers,
	};

	return bpf_program__fd(programs[program]);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void free_slot(struct bypass *bypass, uint32_t worker, uint32_t slot)
{
	bypass->slot[slot].next = bypass->free[worker];
	bypass->free[worker] = slot;
}

bool bypass_insert(struct bypass *bypass, uint32_t worker, const struct bypass_key *key)
{
	struct bypass_count fresh[PROCESSORS_MAX];
	uint32_t slot = bypass->free[worker];
	const struct bypass_flow flow = { .slot = slot };
	uint64_t now = now_ns();

	if (slot == NO_SLOT)
		return false;
	memset(fresh, 0, bypass->processors * sizeof(fresh[0]));
	for (uint32_t i = 0; i < bypass->processors; i++)
		fresh[i].last_up_ns = now;
	if (bpf_map_update_elem(bypass->counts, &slot, fresh, BPF_ANY) != 0 ||
	    bpf_map_update_elem(bypass->flows, key, &flow, BPF_NOEXIST) != 0)
		return false;
	bypass->free[worker] = bypass->slot[slot].next;
	bypass->slot[slot] = (struct slot){ .passing_since_ns = 0 };
	return true;
}

static void add(struct bypass_count *to, const struct bypass_count *from)
{
	for (int i = 0; i < 2; i++) {
		to->packets[i] += from->packets[i];
		to->bytes[i] += from->bytes[i];
		to->tcp_flags[i] |= from->tcp_flags[i];
	}
	if (from->last_ns > to->last_ns)
		to->last_ns = from->last_ns;
}

/* What the slot counts beyond what was taken from it. */
static bool take(struct bypass *bypass, uint32_t number, struct bypass_count *count)
{
	struct bypass_count each[PROCESSORS_MAX], whole = { .packets = { 0 } };
	struct bypass_count *taken = &bypass->slot[number].taken;

	if (bpf_map_lookup_elem(bypass->counts, &number, each) != 0)
		return false;
	for (uint32_t i = 0; i < bypass->processors; i++)
		add(&whole, &each[i]);
	*count = whole;
	for (int i = 0; i < 2; i++) {
		count->packets[i] -= taken->packets[i];
		count->bytes[i] -= taken->bytes[i];
	}
	*taken = whole;
	return true;
}

bool bypass_take(struct bypass *bypass, const struct bypass_key *key, struct bypass_count *count)
{
	struct bypass_flow flow;

	return bpf_map_lookup_elem(bypass->flows, key, &flow) == 0 &&
	       take(bypass, flow.slot, count);
}

void bypass_pass(struct bypass *bypass, const struct bypass_key *key)
{
	struct bypass_flow flow;

	if (bpf_map_lookup_elem(bypass->flows, key, &flow) != 0 || flow.is_passing)
		return;
	flow.is_passing = true;
	bpf_map_update_elem(bypass->flows, key, &flow, BPF_EXIST);
	bypass->slot[flow.slot].passing_since_ns = now_ns();
}

/* Mostly no time at all: between the first FIN and the flow's end lies a round trip. */
static void settle(uint64_t since_ns)
{
	uint64_t passed = now_ns() - since_ns;

	if (passed < SETTLE_NS) {
		const struct timespec rest = { .tv_nsec = (long)(SETTLE_NS - passed) };

		nanosleep(&rest, NULL);
	}
}

bool bypass_end(struct bypass *bypass, uint32_t worker, const struct bypass_key *key,
		struct bypass_count *count)
{
	struct bypass_flow flow;

	bypass_pass(bypass, key);
	if (bpf_map_lookup_elem(bypass->flows, key, &flow) != 0)
		return false;
	bpf_map_delete_elem(bypass->flows, key);
	settle(bypass->slot[flow.slot].passing_since_ns);
	bool taken = take(bypass, flow.slot, count);

	free_slot(bypass, worker, flow.slot);
	return taken;
}

/* Where an index is, or, of 0, where the kernel's programs look first for `near`. BPF_INTERFACES: nowhere. */
static uint32_t place_of(const struct bypass *bypass, unsigned interface, unsigned near)
{
	for (uint32_t i = 0; i < BPF_INTERFACES; i++) {
		uint32_t place = (near + i) % BPF_INTERFACES;

		if (bypass->watched[place] == interface)
			return place;
	}
	return BPF_INTERFACES;
}

static int set_counters(struct bypass *bypass, uint32_t place, const struct bpf_counters *start)
{
	struct bpf_counters each[PROCESSORS_MAX];

	for (uint32_t i = 0; i < bypass->processors; i++)
		each[i] = *start;
	bypass->watched[place] = start->interface;
	return bpf_map_update_elem(bypass->counters, &place, each, BPF_ANY);
}

static int watch(struct bypass *bypass, const struct bpf_counters *start)
{
	uint32_t place = place_of(bypass, start->interface, start->interface);

	if (place == BPF_INTERFACES)
		place = place_of(bypass, 0, start->interface);
	return place == BPF_INTERFACES ? -E2BIG : set_counters(bypass, place, start);
}

int bypass_watch(struct bypass *bypass, unsigned interface)
{
	return watch(bypass, &(struct bpf_counters){ .interface = interface });
}

struct bpf_counters bypass_counted(const struct bypass *bypass, unsigned interface)
{
	struct bpf_counters each[PROCESSORS_MAX], sum = { 0 };
	uint32_t place = place_of(bypass, interface, interface);

	if (place == BPF_INTERFACES || bpf_map_lookup_elem(bypass->counters, &place, each) != 0)
		return sum;
	for (uint32_t i = 0; i < bypass->processors; i++) {
		sum.received += each[i].received;
		sum.received_bytes += each[i].received_bytes;
		sum.bypassed += each[i].bypassed;
		sum.bypassed_bytes += each[i].bypassed_bytes;
		sum.unparsed += each[i].unparsed;
		sum.homeless += each[i].homeless;
	}
	return sum;
}

void bypass_unwatch(struct bypass *bypass, unsigned interface)
{
	uint32_t place = place_of(bypass, interface, interface);

	if (place != BPF_INTERFACES)
		set_counters(bypass, place, &(struct bpf_counters){ 0 });
}

int bypass_attach(struct bypass *bypass, unsigned interface, bool *is_native)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	int program = bpf_program__fd(bypass->xdp->progs.mirror);
	int link;

	if (bypass->links == BPF_INTERFACES)
		return -E2BIG;
	link = bpf_link_create(program, (int)interface, BPF_XDP, &options);
	*is_native = link >= 0;
	if (link < 0 && link != -EBUSY && link != -EEXIST) {
		options.flags = XDP_FLAGS_SKB_MODE;
		link = bpf_link_create(program, (int)interface, BPF_XDP, &options);
	}
	if (link < 0) /* the other may sit there in either way */
		return link == -EEXIST ? -EBUSY : link;
	bypass->link[bypass->links++] = link;
	return 0;
}

int bypass_set_socket(struct bypass *bypass, uint32_t place, int fd)
{
	return bpf_map_update_elem(bpf_map__fd(bypass->xdp->maps.sockets), &place, &fd, BPF_ANY);
}

int bypass_watch_queues(struct bypass *bypass, unsigned interface, uint32_t first, uint32_t queues)
{
	return watch(bypass, &(struct bpf_counters){ .interface = interface,
						     .first_socket = first,
						     .queues = queues });
}
