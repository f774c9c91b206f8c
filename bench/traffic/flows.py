"""Puts flows on one time line: each flow is a generator of (delay in us, frame)."""
import heapq

START_US = 1_790_000_000 * 1_000_000  # 2026-09-21, so that results do not depend on today


def interleave(starts, writer):
    """Writes flows in time order. `starts` yields (start in us, flow), by start."""
    live = []
    number = 0
    for start_us, flow in starts:
        while live and live[0][0] <= start_us:
            step(live, writer)
        number += 1
        frame = next(flow, None)
        if frame is not None:
            heapq.heappush(live, (start_us + frame[0], number, frame[1], flow))
    while live:
        step(live, writer)
    return number


def step(live, writer):
    now_us, number, frame, flow = live[0]
    writer.add(START_US + now_us, frame)
    following = next(flow, None)
    if following is None:
        heapq.heappop(live)
    else:
        heapq.heapreplace(live, (now_us + following[0], number, following[1], flow))
