/* bypass.h - decided flows: counted here, and no longer passed up.
 *
 * The program above inserts a key when it has learnt of a flow all that it will, and takes it out when
 * the flow ends. What must still go up: the frames that end a flow or open another on its ports, and
 * one frame now and then, so that the program knows that the flow lives.
 */
#pragma once

/* Written between opening and loading the object. */
const volatile struct bpf_settings settings = { 0 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* this and the next: set between opening and loading */
	__type(key, struct bypass_key);
	__type(value, struct bypass_flow);
} bypassed SEC(".maps");

/* By bypass_flow.slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bypass_count);
} counts SEC(".maps");

/* An interface is at its index modulo the number of places, or at the next place that was free; one that is
 * not here is not counted. An array, because a hash costs each frame as much as finding its flow. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BPF_INTERFACES);
	__type(key, __u32);
	__type(value, struct bpf_counters);
} counters SEC(".maps");

static __always_inline struct bpf_counters *counters_of(__u32 interface)
{
	for (__u32 i = 0; i < BPF_INTERFACES; i++) {
		__u32 place = (interface + i) % BPF_INTERFACES;
		struct bpf_counters *counted = bpf_map_lookup_elem(&counters, &place);

		if (!counted || counted->interface == interface)
			return counted;
	}
	return NULL;
}

/* What of a frame says whose it is. */
struct sender {
	struct bypass_key key;
	bool from_high;
	__u8 tcp_flags;
};

static __always_inline bool sender_of(const struct frame *frame, struct sender *sender)
{
	struct plain plain;
	struct five_tuple tuple;

	if (plain_read(frame, &plain, &settings)) {
		sender->tcp_flags = plain.tcp_flags;
		sender->from_high = plain_key(&plain, &sender->key);
		return true;
	}
	if (!frame_five_tuple(frame, &tuple, &settings) || tuple.is_fragment)
		return false;
	sender->tcp_flags = tuple.tcp_flags;
	sender->from_high = key_of(&tuple, &sender->key);
	return true;
}

/* Whether the program above need not see this frame of a counted interface; counts it either way. The time
 * is that of the last tick: reading the clock would be a sixth of all that is done here. */
static __always_inline bool is_bypassed(const struct frame *frame, struct bpf_counters *counted,
					__u64 length)
{
	struct sender sender;

	counted->received++;
	counted->received_bytes += length;
	if (!sender_of(frame, &sender)) {
		counted->unparsed++;
		return false;
	}
	if (sender.tcp_flags & (FIN | SYN | RST))
		return false;

	struct bypass_flow *flow = bpf_map_lookup_elem(&bypassed, &sender.key);

	if (!flow || flow->is_passing)
		return false;
	__u32 slot = flow->slot;
	struct bypass_count *count = bpf_map_lookup_elem(&counts, &slot);
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!count)
		return false;
	/* Signed: the program above reads the exact clock, which is ahead of the tick's. */
	if ((__s64)(now - count->last_up_ns) > (__s64)settings.refresh_ns) {
		count->last_up_ns = now;
		return false;
	}
	count->packets[sender.from_high]++;
	count->bytes[sender.from_high] += length;
	count->last_ns = now;
	count->tcp_flags[sender.from_high] |= sender.tcp_flags;
	counted->bypassed++;
	counted->bypassed_bytes += length;
	return true;
}
