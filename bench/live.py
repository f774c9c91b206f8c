#!/usr/bin/env python3
"""What listening costs, beside Suricata: a veth pair in two namespaces, two processors, generator included.

In every round each program has its turn, every other round backwards, on the same traffic (live_traffic.py). The
generator has one processor, and on it the kernel receives what was sent, right after each burst of 64 frames; the
program that listens has the other. First all send at one rate, at which nobody loses anything: what a frame costs the
kernel and the program. Then as fast as the generator can, and if something was lost there, rates between: the highest
without loss. At last receiving moves to the processor of the program, and the generator sends what it can. Nothing is
asserted. bench/README.md says how to read the tables.
"""
import argparse
import datetime
import json
import os
import pathlib
import sys
import tempfile
import time

import live_results
import results
from live_pair import IN, MIRROR, OUT, SENDER, inside, pair, receiving_on, refused, run
from live_programs import CORE as LISTENERS_CORE, NOBODY, PROGRAMS, ROOT, version
from live_traffic import KINDS
from run import commit, progress

GENERATOR = ROOT / "build/bench_live_frames"
CORE = "0"
IDLE_S = 1
FLOOD_FRAMES = 2_000_000
GENERATOR_NS = 250  # for a frame, about: how many take a second at full speed
DECIDED_S = 1  # after the openings: until all that will be bypassed is


def generate(kind, folder, frames, rate=0):
    words = [*inside(SENDER), "taskset", "-c", CORE, GENERATOR, OUT, kind.flows,
             folder / kind.name, kind.steps, kind.frame_bytes, frames, rate]
    return json.loads(run(*words))


def idle(program):
    """Processor time of the program in a second without frames: what it spends on waiting."""
    before, begun = program.own_ns(), time.monotonic()
    time.sleep(IDLE_S)
    return (program.own_ns() - before) / (time.monotonic() - begun)


def burst(program, kind, folder, frames, rate=0, idle_ns_s=0):
    """Sends so many frames: what they cost, beyond being idle as long, and what became of them."""
    before, own, begun = program.counted(), program.own_ns(), time.monotonic()  # settled before
    sent = generate(kind, folder, frames, rate)
    after = program.settled()
    own = program.own_ns() - own - idle_ns_s * (time.monotonic() - begun)
    figures = {"sent": sent["sent"], "rate": sent["sent"] / sent["wall_ns"] * 1e9,
               "kernel_ns": sent["median_ns"],
               "kernel_mean_ns": sent["receiving_ns"] / sent["sent"],
               "own_ns": max(own, 0) / sent["sent"], "idle_ns_s": idle_ns_s}
    if after:
        figures |= {what: after[what] - before[what]
                    for what in ("received", "lost", "bypassed")}
        figures["unexplained"] = sent["sent"] - figures["received"] + after["unexplained"]
    return figures


def search(program, kind, folder, options, kernel_ns):
    """Full speed, then halving between a rate without loss and one with it."""
    frames = int(options.seconds * 1e9 / (kernel_ns + GENERATOR_NS))
    steps = [burst(program, kind, folder, frames)]
    best, least, most = 0, 0, steps[0]["rate"]
    if not steps[0].get("lost"):
        return steps[0]["rate"], steps
    for _ in range(options.steps):
        rate = int((least + most) / 2)
        steps.append(burst(program, kind, folder, int(rate * options.seconds), rate))
        if steps[-1]["lost"]:
            most = rate
        else:
            least, best = rate, max(best, steps[-1]["rate"])
    return best, steps


def flood(program, kind, folder):
    """The generator alone on its processor, as fast as it goes; receiving is on that of the listener."""
    with receiving_on(LISTENERS_CORE):
        before = refused()
        figures = burst(program, kind, folder, FLOOD_FRAMES)
        figures["refused"] = refused() - before
    if "unexplained" in figures:
        figures["unexplained"] -= figures["refused"]
    return figures


def turn(program, options):
    """One program, all kinds of traffic."""
    measured = {}
    with tempfile.TemporaryDirectory(prefix="pewit-bench-") as name:
        folder = pathlib.Path(name)
        program.start(inside(MIRROR), IN, folder)
        try:
            for kind in options.kinds:
                (folder / kind.name).write_bytes(kind.live)
                run(*inside(SENDER), sys.executable, __file__, "--open", kind.name)
            time.sleep(DECIDED_S)
            waiting = idle(program)
            for kind in options.kinds:
                cost = burst(program, kind, folder, int(options.rate * options.seconds),
                             options.rate, waiting)
                highest, steps = search(program, kind, folder, options, cost["kernel_ns"])
                measured[kind.name] = {"cost": cost, "highest": highest, "steps": steps}
                if kind is KINDS[0]:
                    measured["flood"] = flood(program, kind, folder)
                progress(f"{program.name}, {kind.name}: {cost['kernel_ns']:.0f} + "
                         f"{cost['own_ns']:.0f} ns, {highest / 1e6:.2f} million/s")
        finally:
            program.stop()
    return measured


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=100_000,
                        help="frames a second while costs are measured")
    parser.add_argument("--seconds", type=float, default=1, help="that a rate is held")
    parser.add_argument("--steps", type=int, default=4, help="rates tried when there was loss")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only programs whose name holds TEXT (and nobody)")
    parser.add_argument("--kinds", default="", metavar="TEXT", help="only such traffic")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results")
    parser.add_argument("--open", metavar="KIND", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.kinds = [kind for kind in KINDS if options.kinds in kind.name]
    return options


def main():
    options = parse()
    if options.open:  # in the sender's namespace
        next(kind for kind in KINDS if kind.name == options.open).open(OUT)
        return
    missing = {each.name: each.missing() for each in PROGRAMS if each.missing()}
    chosen = [each for each in PROGRAMS if each.name not in missing
              and (each is NOBODY or options.only in each.name)]
    record = {"date": datetime.date.today().isoformat(), "commit": commit(),
              "machine": results.machine(), "load_before": os.getloadavg()[0],
              "rounds": options.rounds, "rate": options.rate, "missing": missing,
              "programs": {each.name: {"what": each.what, "version": version(each)}
                           for each in chosen},
              "kinds": {kind.name: kind.what for kind in options.kinds}, "runs": []}
    with pair():
        for number in range(options.rounds):
            order = chosen[::-1] if number % 2 else chosen
            record["runs"].append({each.name: turn(each, options) for each in order})
    record["load_after"] = os.getloadavg()[0]
    progress("")
    print(live_results.markdown(record))
    for path in live_results.write(record, options.results):
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    main()
