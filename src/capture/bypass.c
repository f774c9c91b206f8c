#include "capture/bypass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "afpacket.skel.h"
#include "base/units.h"

struct bypass {
	struct afpacket_programs *programs;
	int flows, counters; /* maps */
	uint32_t processors; /* possible ones: a per-processor value has one for each */
};

#define BYPASS_PROCESSORS_MAX 256 /* 16 KiB of stack; Azure's largest NVAs have 96 */

/* libbpf would print to standard error; what matters is in the errno it gives. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list values)
{
	(void)level;
	(void)format;
	(void)values;
	return 0;
}

static void copy_ports(bpf_u16 to[BPF_TUNNEL_PORTS], const uint16_t *from)
{
	for (int i = 0; from && i < BPF_TUNNEL_PORTS && from[i] != 0; i++)
		to[i] = from[i];
}

static int load(struct bypass *bypass, const struct bypass_options *options)
{
	struct bpf_settings *settings;
	int error;

	bypass->programs = afpacket_programs__open();
	if (!bypass->programs)
		return -errno;
	/* The skeleton says volatile const, which is what the kernel's side may rely on. */
	settings = (struct bpf_settings *)&bypass->programs->rodata->settings;
	settings->hash_seed = options->hash_seed;
	settings->refresh_ns = options->refresh_ns;
	settings->workers = options->workers;
	copy_ports(settings->vxlan_ports, options->vxlan_ports);
	copy_ports(settings->geneve_ports, options->geneve_ports);
	error = bpf_map__set_max_entries(bypass->programs->maps.bypassed,
					 options->flows ? options->flows : 1);
	return error ? error : afpacket_programs__load(bypass->programs);
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
	error = made->processors > BYPASS_PROCESSORS_MAX ? -E2BIG : 0;
	error = error ? error : load(made, options);
	if (error) {
		fault_set(fault, "the kernel does not take the capture programs: %s",
			  strerror(-error));
		bypass_close(made);
		return error;
	}
	made->flows = bpf_map__fd(made->programs->maps.bypassed);
	made->counters = bpf_map__fd(made->programs->maps.counters);
	*bypass = made;
	return 0;
}

void bypass_close(struct bypass *bypass)
{
	if (!bypass)
		return;
	afpacket_programs__destroy(bypass->programs);
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

bool bypass_insert(struct bypass *bypass, const struct bypass_key *key)
{
	struct bypass_count fresh[BYPASS_PROCESSORS_MAX];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	memset(fresh, 0, bypass->processors * sizeof(fresh[0]));
	for (uint32_t i = 0; i < bypass->processors; i++)
		fresh[i].last_up_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	return bpf_map_update_elem(bypass->flows, key, fresh, BPF_NOEXIST) == 0;
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

bool bypass_read(struct bypass *bypass, const struct bypass_key *key, bool end,
		 struct bypass_count *count)
{
	struct bypass_count each[BYPASS_PROCESSORS_MAX];
	int error = end ? bpf_map_lookup_and_delete_elem(bypass->flows, key, each)
			: bpf_map_lookup_elem(bypass->flows, key, each);

	*count = (struct bypass_count){ .packets = { 0 } };
	if (error)
		return false;
	for (uint32_t i = 0; i < bypass->processors; i++)
		add(count, &each[i]);
	return true;
}

int bypass_watch(struct bypass *bypass, unsigned interface)
{
	struct bpf_counters zero[BYPASS_PROCESSORS_MAX];

	memset(zero, 0, sizeof(zero));
	return bpf_map_update_elem(bypass->counters, &interface, zero, BPF_ANY);
}

struct bpf_counters bypass_counted(const struct bypass *bypass, unsigned interface)
{
	struct bpf_counters each[BYPASS_PROCESSORS_MAX], sum = { 0 };

	if (bpf_map_lookup_elem(bypass->counters, &interface, each) != 0)
		return sum;
	for (uint32_t i = 0; i < bypass->processors; i++) {
		sum.received += each[i].received;
		sum.received_bytes += each[i].received_bytes;
		sum.bypassed += each[i].bypassed;
		sum.bypassed_bytes += each[i].bypassed_bytes;
		sum.unparsed += each[i].unparsed;
	}
	return sum;
}

void bypass_unwatch(struct bypass *bypass, unsigned interface)
{
	bpf_map_delete_elem(bypass->counters, &interface);
}
