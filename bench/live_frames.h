/* live_frames.h - what live_frames.bpf.c, live_frames.c and live_traffic.py share: the frames of a flow, and counts.
 *
 * Plain fixed-width members; live_traffic.py writes struct live_flow as bytes.
 */
#pragma once

#include <linux/types.h>

#define LIVE_HEAD 64 /* bytes of a frame that differ between flows; the least a frame has */
#define LIVE_STEPS 3
#define LIVE_COSTS 2048
#define LIVE_COST_NS 4
#define LIVE_BURST                                                                                 \
	64 /* frames sent at once when a rate is held: what one turn of the kernel takes */

/* One frame of a flow. Of TCP, `number` is what moves: the sequence number of data, the acknowledgement of ACKs. */
struct live_frame {
	__u8 head[LIVE_HEAD];
	__u32 sum;     /* over what the checksum covers, without the number; RFC 1071, not folded */
	__u16 bytes;   /* of the frame */
	__u16 advance; /* of the number, by this frame */
	__u16 number_at; /* 0: none, and the head is complete */
	__u16 check_at;
	__u32 zero;
};

/* The frames that a flow sends in turn. */
struct live_flow {
	struct live_frame frame[LIVE_STEPS];
	__u32 number; /* the next one */
	__u32 zero;
};

struct live_settings {
	__u32 interface; /* to send from */
	__u32 flows, steps;
	__u32 processor; /* of the generator, where its frames are received too */
	__u64 limit;     /* frames to send */
	__u64 burst_ns;  /* from the beginning of a burst to the next; 0: no rate is held */
};

struct live_state {
	__u64 sent;
	__u64 first_ns, last_ns; /* CLOCK_MONOTONIC of the first and the last of them */
	__u64 next_ns;           /* of the next burst */
	__u32 credit;            /* frames left of this one */
	__u32 flow, step;
	__u32 zero;
	__u64 begun_ns;     /* when the softirq that runs began */
	__u64 receiving_ns; /* in all of them */
	__u64 seen;         /* frames sent before the softirq that ran last */
	__u64 costs
		[LIVE_COSTS]; /* frames, by what one of their softirq cost, LIVE_COST_NS a place */
};
