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

/* By interface index; one that is not here is not counted. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, BPF_INTERFACES);
	__type(key, __u32);
	__type(value, struct bpf_counters);
} counters SEC(".maps");

/* Whether the program above need not see this frame; counts it either way. */
static __always_inline bool is_bypassed(const struct frame *frame, __u32 interface, __u64 length)
{
	struct bpf_counters *counted = bpf_map_lookup_elem(&counters, &interface);
	struct five_tuple tuple;
	struct bypass_key key;

	if (!counted)
		return false;
	counted->received++;
	counted->received_bytes += length;
	if (!frame_five_tuple(frame, &tuple, &settings) || tuple.is_fragment) {
		counted->unparsed++;
		return false;
	}
	if (tuple.tcp_flags & (FIN | SYN | RST))
		return false;

	bool from_high = key_of(&tuple, &key);
	struct bypass_flow *flow = bpf_map_lookup_elem(&bypassed, &key);

	if (!flow || flow->is_passing)
		return false;
	__u32 slot = flow->slot;
	struct bypass_count *count = bpf_map_lookup_elem(&counts, &slot);
	__u64 now = bpf_ktime_get_ns();

	if (!count)
		return false;
	if (now - count->last_up_ns > settings.refresh_ns) {
		count->last_up_ns = now;
		return false;
	}
	count->packets[from_high]++;
	count->bytes[from_high] += length;
	count->last_ns = now;
	count->tcp_flags[from_high] |= tuple.tcp_flags;
	counted->bypassed++;
	counted->bypassed_bytes += length;
	return true;
}
