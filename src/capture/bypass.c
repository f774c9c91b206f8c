#include "capture/bypass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "afpacket.skel.h"

struct bypass {
	struct afpacket_programs *programs;
	int flows, counters; /* maps */
	uint32_t processors; /* possible ones: a per-processor value has one for each */
	struct bypass_count *zero;
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
	made->zero = calloc(made->processors, sizeof(*made->zero));
	error = !made->zero ? -ENOMEM : made->processors > BYPASS_PROCESSORS_MAX ? -E2BIG : 0;
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
	free(bypass->zero);
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
	/* All zero: on each processor the first frame still goes up, and starts the clock there. */
	return bpf_map_update_elem(bypass->flows, key, bypass->zero, BPF_NOEXIST) == 0;
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

uint64_t bypass_counter(const struct bypass *bypass, enum bpf_counter counter)
{
	uint64_t each[BYPASS_PROCESSORS_MAX], sum = 0;
	uint32_t key = counter;

	if (bpf_map_lookup_elem(bypass->counters, &key, each) != 0)
		return 0;
	for (uint32_t i = 0; i < bypass->processors; i++)
		sum += each[i];
	return sum;
}
