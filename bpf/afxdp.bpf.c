/* afxdp.bpf.c - for mirror ports: decided flows are counted and end here, all else goes to AF_XDP sockets.
 *
 * No frame reaches the stack of the host. An interface that is not watched (yet) is left alone.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "pewit/bpf_shared.h"

#define HEADERS_MAX 1024 /* all headers that are walked lie within; the verifier wants a bound */

struct frame {
	const void *data, *end;
};

static __always_inline bool frame_read(const struct frame *frame, __u32 at, void *to, __u32 bytes)
{
	__u64 offset = at;

	/* What is compared must be what is added: left alone, the compiler takes two registers. */
	asm volatile("" : "+r"(offset));
	if (offset > HEADERS_MAX)
		return false;
	const void *from = frame->data + offset;

	if (from + bytes > frame->end)
		return false;
	__builtin_memcpy(to, from, bytes);
	return true;
}

static __always_inline bool frame_words(const struct frame *frame, __u64 *to, __u32 words)
{
	const __u64 *from = frame->data;

	if ((const void *)(from + words) > frame->end)
		return false;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < words; i++)
		to[i] = from[i];
	return true;
}

#include "headers.h"

#include "bypass.h"

/* A socket is bound to one queue of one interface: see bpf_counters.first_socket. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, BPF_SOCKETS);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("xdp")
int mirror(struct xdp_md *xdp)
{
	const struct frame frame = { (const void *)(long)xdp->data,
				     (const void *)(long)xdp->data_end };
	struct bpf_counters *counted = counters_of(xdp->ingress_ifindex);

	if (!counted)
		return XDP_PASS;
	if (is_bypassed(&frame, counted, xdp->data_end - xdp->data))
		return XDP_DROP;
	long action =
		xdp->rx_queue_index < counted->queues
			? bpf_redirect_map(&sockets, counted->first_socket + xdp->rx_queue_index,
					   XDP_DROP)
			: XDP_DROP;

	if (action != XDP_REDIRECT)
		counted->homeless++;
	return action;
}

char _license[] SEC("license") = "Dual BSD/GPL";
