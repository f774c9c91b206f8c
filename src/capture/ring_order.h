/* ring_order.h - frames of several rings, in the order in which they came.
 *
 * An appliance sees a question on one interface and its answer on another. Each interface has a
 * ring, and the kernel hands a ring over block by block, up to SETTLE_NS after a frame came: taken
 * ring by ring, an answer would come before its question, and a flow would be turned round or cut
 * in two. So a frame is taken once no earlier one can be on its way: when every other ring shows a
 * later frame, or its time has settled.
 *
 *     eth0  |q1 |q2 ......|        taken: q1 a1 q2
 *     eth1   ...|a1 |a2 ..|        a2 waits: until eth0 shows a later one, or it has settled
 *
 * When a ring gets short of free blocks nothing waits any more: better a frame out of order than a lost one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "capture/afpacket_ring.h"
#include "pewit/packet.h"

/* The kernel's timer passes a block over once when it has just been begun, and may be late itself. */
#define SETTLE_NS ((2 * RING_RETIRE_MS + 10) * NS_PER_MS)

/* The next frames, at most `most`, as ring_next(); lent until the next call. All that came up to settled_ns
 * is in the rings; with wait_all nothing later is taken, whatever the rings show. */
size_t ring_order_next(struct ring *rings, size_t count, uint64_t settled_ns, bool wait_all,
		       struct packet *packets, size_t most);

/* Waits for a frame in a ring that shows none, for the first that is there to settle, or wait_ms. After a call
 * of ring_order_next() that gave nothing. */
void ring_order_wait(struct ring *rings, size_t count, uint64_t now_ns, int wait_ms);
