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
	struct bypass_count *flow = bpf_map_lookup_elem(&bypassed, &key);

	if (!flow)
		return false;
	__u64 now = bpf_ktime_get_ns();

	if (now - flow->last_up_ns > settings.refresh_ns) {
		flow->last_up_ns = now;
		return false;
	}
	flow->packets[from_high]++;
	flow->bytes[from_high] += length;
	flow->last_ns = now;
	flow->tcp_flags[from_high] |= tuple.tcp_flags;
	counted->bypassed++;
	counted->bypassed_bytes += length;
	return true;
}
