"""Damaged captures: each capture cut at 20 places and with bits flipped in 20 ways, under the
sanitizers. Nothing may crash or hang, memory stays within bounds, the output stays JSON, and the
law of counts holds: flows and the counted rest make up all packets.

The variants of one capture are one folder, which one run replays in natural order: the start of a
program with sanitizers takes longer than a small capture. Damage is drawn from the label, so it is
the same every time.
"""
import random
import tempfile

import compare

from suite.captures import packet_spans, replay_command
from suite.outcome import ASAN, Job, verdict_of
from suite.replaying import events, run

VARIANTS = 20
FLIPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 2000)  # bits of a file, in ten variants each
# Resident, under the sanitizers, whose shadow and quarantine count too: 109 MiB was the most when
# this was set.
MEMORY_MAX = 256 * 1024 * 1024


def cut(data, dice):
    return data[:dice.randrange(1, len(data))]


def flip(data, spans, bits, dice):
    """Flips bits anywhere, or within packets only, where the file's own structure stays whole."""
    changed = bytearray(data)
    total = sum(length for _, length in spans)
    for _ in range(bits):
        if spans and total:
            at, length = dice.choices(spans, [length for _, length in spans])[0] \
                if len(spans) < 50 else dice.choice(spans)
            place = at + dice.randrange(length)
        else:
            place = dice.randrange(len(data))
        changed[place] ^= 1 << dice.randrange(8)
    return bytes(changed)


def variants(label, data):
    """(name, bytes) of each: c* cut, f* flipped anywhere, p* flipped in packets."""
    dice = random.Random(label)
    spans = packet_spans(data)
    for number in range(VARIANTS):
        yield f"c{number:02}", cut(data, dice)
    for number, bits in enumerate(FLIPS):
        bits = min(bits, len(data) // 8 + 1)
        yield f"f{number:02}", flip(data, (), bits, dice)
        yield f"p{number:02}", flip(data, spans, bits, dice)


def output_problems(output):
    """Each line is JSON, and the law of counts holds."""
    counted = []
    for event, wrong in events(output):
        if wrong:
            return [wrong], 0
        if event["event_type"] in ("flow", "stats"):
            counted.append(event)
    if not counted or counted[-1]["event_type"] != "stats":
        return ["no stats event at the end"], 0
    return compare.count_problems(counted, None), counted[-1]["stats"]["capture"]["packets"]


def test(capture):
    suffix = capture.path.suffix if capture.path.suffix == ".pcapng" else ".pcap"
    data = capture.path.read_bytes()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as files:
        for name, bytes_ in variants(capture.label, data):
            with open(f"{files}/{name}{suffix}", "wb") as out:
                out.write(bytes_)
        output = f"{folder}/events"
        done = run(replay_command(ASAN, capture, "--natural-order", "-o", output, files), folder)
        problems, packets = done.problems(), 0
        if not problems:
            problems, packets = output_problems(output)
        if done.memory_bytes > MEMORY_MAX:
            problems.append(f"{done.memory_bytes >> 20} MiB of memory, {MEMORY_MAX >> 20} allowed")
    return [verdict_of(f"{capture.label}: 40 damaged copies", problems,
                       f"{packets} packets, {done.memory_bytes >> 20} MiB")]


def jobs(context):
    print(f"    {len(context.captures)} captures, {2 * VARIANTS} damaged copies each")
    return [Job(capture.label, test, (capture,)) for capture in context.captures]
