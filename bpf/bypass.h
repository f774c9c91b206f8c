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
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1); /* set between opening and loading */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bypass_key);
	__type(value, struct bypass_count);
} bypassed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BPF_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 which, __u64 value)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &which);

	if (counter)
		*counter += value;
}

/* Whether the program above need not see this frame; counts it either way. */
static __always_inline bool is_bypassed(const struct frame *frame, __u64 length)
{
	struct five_tuple tuple;
	struct bypass_key key;

	count(BPF_RECEIVED, 1);
	count(BPF_RECEIVED_BYTES, length);
	if (!frame_five_tuple(frame, &tuple, &settings) || tuple.is_fragment) {
		count(BPF_UNPARSED, 1);
		return false;
	}
	if (tuple.tcp_flags & (FIN | SYN | RST))
		return false;

	bool from_high = key_of(&tuple, &key);
	struct bypass_count *flow = bpf_map_lookup_elem(&bypassed, &key);

	if (!flow)
		return false;
	__u64 now = bpf_ktime_get_ns();

	/* The first frame on each processor also goes up: its count is new there. */
	if (now - flow->last_up_ns > settings.refresh_ns) {
		flow->last_up_ns = now;
		return false;
	}
	flow->packets[from_high]++;
	flow->bytes[from_high] += length;
	flow->last_ns = now;
	flow->tcp_flags[from_high] |= tuple.tcp_flags;
	count(BPF_BYPASSED, 1);
	count(BPF_BYPASSED_BYTES, length);
	return true;
}
