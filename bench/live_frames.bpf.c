/* live_frames.bpf.c - makes frames of many flows, at a rate, and times what the kernel does with them.
 *
 * `make_frame` is run by the kernel's test run with live frames (live_frames.c): each run gets a frame whose first
 * bytes it writes, and redirects it out of an interface. To hold a rate it drops: that is what the generator does
 * when it has to wait. The other end of a veth pair receives on the generator's own processor, in a softirq right
 * after each burst; `receiving_begins` and `receiving_ends` stand round it, and so round all that the kernel does with
 * a frame: skb, taps, socket filters, rings, the IP stack's own look at it.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "live_frames.h"

#define LATE_BURSTS                                                                                \
	8 /* what was missed beyond this is not caught up with: no card would send it at once */
#define FLOWS_MOST 16384
#define NET_RX 3 /* the number of the softirq that receives */

const volatile struct live_settings settings = { 0 };
struct live_state state = { 0 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOWS_MOST);
	__type(key, __u32);
	__type(value, struct live_flow);
} flows SEC(".maps");

static __always_inline bool is_time(void)
{
	if (settings.burst_ns == 0)
		return true;
	if (state.credit == 0) {
		__u64 now = bpf_ktime_get_ns(), late = LATE_BURSTS * settings.burst_ns;

		if (now < state.next_ns)
			return false;
		if (state.next_ns + late < now)
			state.next_ns = now;
		state.next_ns += settings.burst_ns;
		state.credit = LIVE_BURST;
	}
	state.credit--;
	return true;
}

static __always_inline void next_frame(void)
{
	if (++state.flow < settings.flows)
		return;
	state.flow = 0;
	if (++state.step >= settings.steps)
		state.step = 0;
}

static __always_inline void put_number(__u8 *data, struct live_flow *flow,
				       const struct live_frame *frame)
{
	__u64 sum = (__u64)frame->sum + (flow->number >> 16) + (flow->number & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	/* Of the two places that are possible, as constants: what the verifier can follow. */
	if (frame->number_at == 38)
		*(__be32 *)(data + 38) = bpf_htonl(flow->number);
	else
		*(__be32 *)(data + 42) = bpf_htonl(flow->number);
	*(__be16 *)(data + 50) = bpf_htons((__u16)~sum);
	flow->number += frame->advance;
}

SEC("xdp")
int make_frame(struct xdp_md *xdp)
{
	__u8 *data = (__u8 *)(long)xdp->data, *end = (__u8 *)(long)xdp->data_end;
	__u32 number = state.flow, step = state.step;

	if (data + LIVE_HEAD > end || state.sent == settings.limit || !is_time())
		return XDP_DROP;
	struct live_flow *flow = bpf_map_lookup_elem(&flows, &number);

	if (!flow || step >= LIVE_STEPS)
		return XDP_ABORTED;
	const struct live_frame *frame = &flow->frame[step];
	long surplus = (long)(end - data) - frame->bytes;

	__builtin_memcpy(data, frame->head, LIVE_HEAD);
	if (frame->number_at != 0)
		put_number(data, flow, frame);
	next_frame();
	if (state.sent++ == 0)
		state.first_ns = bpf_ktime_get_ns();
	if (state.sent == settings.limit)
		state.last_ns = bpf_ktime_get_ns();
	if (surplus > 0)
		bpf_xdp_adjust_tail(xdp, (int)-surplus);
	return bpf_redirect(settings.interface, 0);
}

/* The arguments of a tracepoint come as words. */
static __always_inline bool is_receiving(const __u64 *arguments)
{
	return arguments[0] == NET_RX && bpf_get_smp_processor_id() == settings.processor;
}

SEC("raw_tp/softirq_entry")
int receiving_begins(const __u64 *arguments)
{
	if (is_receiving(arguments))
		state.begun_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/softirq_exit")
int receiving_ends(const __u64 *arguments)
{
	__u64 frames = state.sent - state.seen;

	if (!is_receiving(arguments) || state.begun_ns == 0)
		return 0;
	__u64 ns = bpf_ktime_get_ns() - state.begun_ns;

	state.receiving_ns += ns;
	if (frames == 0)
		return 0;
	__u64 place = ns / frames / LIVE_COST_NS;

	if (place >= LIVE_COSTS)
		place = LIVE_COSTS - 1;
	asm volatile(
		""
		: "+r"(place)); /* or the bound is seen on another register than the one that is used */
	state.costs[place % LIVE_COSTS] += frames;
	state.seen = state.sent;
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
