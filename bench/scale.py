#!/usr/bin/env python3
"""What a packet and a flow cost when very many flows are live: python3 scale.py [FLOWS ...]

For each number of flows two captures: one TCP SYN for every flow; the same and then, in another order, more packets
of every flow, PACKETS or so in all. The difference is what packets of known flows cost, the peak of the larger
is what they take. Of events only statistics are written, as the end of so many flows is not what is measured.
"""
import argparse
import pathlib
import statistics
import struct
import sys
import tempfile

import measure
from traffic import capture, wire

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEWIT = ROOT / "build/release/pewit"
START_US = 1_790_000_000_000_000
SPAN_US = 16_000_000  # of packet time in all: no flow times out
PACKETS = 5_000_000
STRIDE = 7_368_787  # a prime: the second pass goes through the flows in another order
BASE = 10_000
MOST = 10_000_000
START_BYTES, FLOW_BYTES = 192 << 20, 140  # more than either run takes: see measure.warm()


def frames():
    """(SYN, ACK) templates and where addresses and ports stand; checksums are not looked at."""
    made = []
    for flags in (wire.SYN, wire.ACK):
        connection = wire.Connection(wire.address("10.10.1.4"), wire.address("10.10.2.4"), (1, 443))
        made.append(bytearray(connection.segment(0, flags)))
    return made


def write(path, flows, passes):
    """Flow i: client 10.10.0.0/16 and port by i, server 10.20.0.0/16."""
    writer = capture.Writer(path)
    first, later = frames()
    for turn in range(passes):
        frame = later if turn else first
        for number in range(flows):
            i = number * STRIDE % flows if turn else number
            struct.pack_into("!HHHHHH", frame, 26, 0x0a0a, i & 0xffff, 0x0a14, 7 + (i >> 24),
                             1024 + (i >> 16 & 0xff), 443)
            writer.add(START_US + (turn * flows + number) * SPAN_US // (passes * flows), frame)
    writer.close()


def run(path, flows, folder, limit_s):
    measure.warm(path, START_BYTES + flows * FLOW_BYTES)
    done = measure.run([str(PEWIT), "replay", str(path), "-o", "/dev/null",
                        "--events", "stats", "--set", "flow.limit=16777216"], folder, (0, 4),
                       limit_s)
    if done.failed:
        sys.exit(done.failed)
    return done


def size(flows, rounds, scratch):
    """(ns for each packet of a known flow, bytes for each live flow beyond the program itself)"""
    both, one = scratch / "both.pcap", scratch / "one.pcap"
    more = max(3, PACKETS // flows)
    write(one, flows, 1)
    write(both, flows, 1 + more)
    ns, peaks = [], []
    for _ in range(rounds):
        first, second = (run(path, flows, scratch, 900) for path in (one, both))
        ns.append((second.user_s + second.system_s - first.user_s - first.system_s) / (more * flows)
                  * 1e9)
        peaks.append(second.private_kb * 1024)
    one.unlink()
    both.unlink()
    return statistics.median(ns), statistics.median(peaks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flows", nargs="*", type=int, default=[BASE, 100_000, 1_000_000],
                        help=f"numbers of flows, up to {MOST:,} (default: to a million)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'live flows':>12} {'ns a packet':>12} {'private MB':>11} {'bytes a flow':>13}")
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="scale-") as scratch:
        base = None
        for flows in options.flows:
            ns, peak = size(flows, options.rounds, pathlib.Path(scratch))
            base = base or (flows, peak)
            each = f"{(peak - base[1]) / (flows - base[0]):,.0f}" if flows > base[0] else ""
            print(f"{flows:>12,} {ns:>12.0f} {peak / 1e6:>11.1f} {each:>13}", flush=True)


if __name__ == "__main__":
    main()
