/* live_frames - sends frames of many flows out of an interface, from one core, by the kernel's test run of an XDP
 * program with live frames. For measuring only: a machine's own veth pair.
 *
 *     live_frames INTERFACE FLOWS FILE STEPS BYTES FRAMES RATE
 *
 * FILE holds FLOWS of struct live_flow, each with STEPS frames that are sent in turn, flow after flow; the largest
 * has BYTES. RATE is frames a second, 0: as fast as it goes. The frames begin where those of the last time ended when
 * FILE is written back, which is done. Prints a line of JSON. Runs on one processor (taskset).
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "live_frames.h"
#include "live_frames.skel.h"

#define RUNS                                                                                       \
	(1                                                                                         \
	 << 30) /* of one system call that is to end by a signal; each call stands still before and after */
#define SPARE_US 5000 /* beyond the time that the frames take at their rate */
#define US_PER_S 1000000
#define FRAME_MOST 1514
#define NS_PER_S 1000000000ULL

struct order {
	const char *interface, *file;
	uint32_t flows, steps, bytes;
	uint64_t frames, rate;
};

/* Between the map and the file: to the map before, back after. */
static int copy_flows(int map, const struct order *order, const char *mode)
{
	bool to_map = mode[0] == 'r';
	FILE *file = fopen(order->file, mode);
	struct live_flow flow;
	int error = file ? 0 : -errno;

	for (uint32_t i = 0; !error && i < order->flows; i++) {
		if (to_map)
			error = fread(&flow, sizeof(flow), 1, file) != 1
					? -EINVAL
					: bpf_map_update_elem(map, &i, &flow, 0);
		else
			error = bpf_map_lookup_elem(map, &i, &flow)
					?: fwrite(&flow, sizeof(flow), 1, file) != 1 ? -EIO
										     : 0;
	}
	if (file && fclose(file) != 0 && !error)
		error = -errno;
	return error;
}

static void interrupt(int number)
{
	(void)number;
}

/* When a rate is held most runs are waiting: a signal ends them when all frames should have been sent. */
static void interrupt_in(uint64_t time_us)
{
	const struct sigaction action = { .sa_handler = interrupt };
	const struct itimerval timer = { .it_value = {
						 .tv_sec = (time_t)(time_us / US_PER_S),
						 .tv_usec = (suseconds_t)(time_us % US_PER_S) } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static int send_all(struct live_frames *frames, const struct order *order)
{
	static const uint8_t frame[FRAME_MOST];
	int program = bpf_program__fd(frames->progs.make_frame);
	struct xdp_md context = { .data_end = order->bytes };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = order->bytes,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .batch_size = LIVE_BURST,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	const volatile struct live_state *state = &frames->bss->state;
	int error = 0;

	while (!error && state->sent < order->frames) {
		uint64_t left = order->frames - state->sent;

		options.repeat = order->rate || left > RUNS ? RUNS : (int)left;
		if (order->rate)
			interrupt_in(left * US_PER_S / order->rate + SPARE_US);
		error = bpf_prog_test_run_opts(program, &options);
		if (error == -EINTR)
			error = 0;
	}
	return error;
}

static void set_up(struct live_settings *settings, const struct order *order)
{
	*settings = (struct live_settings){
		.interface = if_nametoindex(order->interface),
		.flows = order->flows,
		.steps = order->steps,
		.processor = (uint32_t)sched_getcpu(),
		.limit = order->frames,
		.burst_ns = order->rate ? LIVE_BURST * NS_PER_S / order->rate : 0,
	};
}

/* Of the frames, by their softirqs: half of them cost less. A softirq that something else interrupted does
 * not weigh more than another. */
static uint64_t median_ns(const volatile struct live_state *state)
{
	uint64_t frames = 0, below = 0;
	size_t place = 0;

	for (size_t i = 0; i < LIVE_COSTS; i++)
		frames += state->costs[i];
	while (place < LIVE_COSTS && (below += state->costs[place]) * 2 < frames)
		place++;
	return place * LIVE_COST_NS;
}

static int generate(struct live_frames *frames, const struct order *order)
{
	int map = bpf_map__fd(frames->maps.flows);
	int error = copy_flows(map, order, "rb");

	error = error ? error : live_frames__attach(frames);
	error = error ? error : send_all(frames, order);
	if (error)
		return error;
	const struct live_state *state = &frames->bss->state;

	printf("{\"sent\": %" PRIu64 ", \"wall_ns\": %" PRIu64 ", \"receiving_ns\": %" PRIu64
	       ", \"median_ns\": %" PRIu64 "}\n",
	       (uint64_t)state->sent, (uint64_t)(state->last_ns - state->first_ns),
	       (uint64_t)state->receiving_ns, median_ns(state));
	return copy_flows(map, order, "wb");
}

int main(int argc, char **argv)
{
	if (argc != 8) {
		fputs("usage: live_frames INTERFACE FLOWS FILE STEPS BYTES FRAMES RATE\n", stderr);
		return 2;
	}
	const struct order order = {
		.interface = argv[1],
		.flows = (uint32_t)strtoul(argv[2], NULL, 10),
		.file = argv[3],
		.steps = (uint32_t)strtoul(argv[4], NULL, 10),
		.bytes = (uint32_t)strtoul(argv[5], NULL, 10),
		.frames = strtoull(argv[6], NULL, 10),
		.rate = strtoull(argv[7], NULL, 10),
	};
	struct live_frames *frames = live_frames__open();
	int error = frames ? 0 : -errno;

	if (frames) {
		set_up((struct live_settings *)&frames->rodata->settings, &order);
		error = live_frames__load(frames);
		error = error ? error : generate(frames, &order);
		live_frames__destroy(frames);
	}
	if (error)
		fprintf(stderr, "live_frames: %s\n", strerror(-error));
	return error ? 1 : 0;
}
