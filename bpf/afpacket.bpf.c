/* afpacket.bpf.c - for AF_PACKET sockets: which worker a frame belongs to, and whether to copy it.
 *
 * All are socket filters. The kernel asks `fanout` once a frame, then `filter` for the socket that it
 * chose. Offsets count from the Ethernet header: where skb->data points depends on the direction.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "pewit/bpf_shared.h"

struct frame {
	struct __sk_buff *skb;
};

static __always_inline bool frame_read(const struct frame *frame, __u32 at, void *to, __u32 bytes)
{
	return bpf_skb_load_bytes_relative(frame->skb, at, to, bytes, BPF_HDR_START_MAC) == 0;
}

static __always_inline bool frame_words(const struct frame *frame, __u64 *to, __u32 words)
{
	return frame_read(frame, 0, to, words * sizeof(*to));
}

#include "headers.h"

#include "bypass.h"
#include "spread.h"

#define WHOLE_FRAME 0xffffffff
#define PORT_DNS 53

SEC("socket")
int fanout(struct __sk_buff *skb)
{
	const struct frame frame = { skb };

	return worker_of(&frame);
}

SEC("socket")
int filter(struct __sk_buff *skb)
{
	const struct frame frame = { skb };
	struct bpf_counters *counted = counters_of(skb->ifindex);

	return counted && is_bypassed(&frame, counted, skb->len) ? 0 : WHOLE_FRAME;
}

/* Answers of DNS over UDP: what every worker learns from. */
SEC("socket")
int answers(struct __sk_buff *skb)
{
	const struct frame frame = { skb };
	struct five_tuple tuple;

	if (!frame_five_tuple(&frame, &tuple, &settings) || tuple.protocol != PROTOCOL_UDP)
		return 0;
	return tuple.src_port == PORT_DNS ? WHOLE_FRAME : 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
