#!/usr/bin/env python3
"""What pewit costs those whose traffic an appliance forwards: throughput and latency with it and without.

In namespaces of its own (as root): a client, an appliance that forwards, a server. In every round each of the settings
has its turn, every other round backwards: iperf3 over TCP for some seconds, then pings. Nothing is asserted; a table is
printed and written to bench/results/ with every single figure beside it.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import statistics
import sys
import time

import results
from run import commit

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))

import forwarding  # noqa: E402
from lab import HOSTS, Capture, Lab, Missing  # noqa: E402

SETTINGS = (  # (name, options of pewit run; None: without pewit), the first is what the others are held against
    ("without pewit", None),
    ("pewit", ("--only-in",)),
    ("pewit, no bypass", ("--only-in", "--bypass", "0")),
)
PINGS, PING_INTERVAL_S = 1000, 0.002


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of throughput, each time")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results")
    return parser.parse_args()


def cpu_s(pid):
    """User and system time of a process, in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def listening(lab, options, figures):
    """pewit on the appliance for the time of the block; its processor time goes to figures."""
    if options is None:
        yield
        return
    capture = Capture(lab, list(HOSTS), *options)
    begun, before = time.monotonic(), cpu_s(capture.child.pid)
    yield
    figures["cpu_percent"] = (100 * (cpu_s(capture.child.pid) - before)
                              / (time.monotonic() - begun))
    _, _, stats = capture.stop()
    for what in ("received", "bypassed", "dropped"):
        figures[what] = sum(stats["interface"][name][what] for name in HOSTS)
    figures["bypassed_percent"] = 100 * figures["bypassed"] / max(figures["received"], 1)


def measure(lab, options, seconds):
    figures = {}
    with listening(lab, options, figures):
        figures["gbit_s"] = forwarding.throughput(lab, "-t", seconds)[0] / 1e9
        replies, figures["ping_us"], figures["ping_most_us"] = forwarding.latency(
            lab, PINGS, PING_INTERVAL_S)
        figures["pings_lost"] = PINGS - replies
    return figures


def median(runs, key):
    return statistics.median(run[key] for run in runs) if key in runs[0] else None


def difference(runs, base, key):
    """Median over the rounds of the difference within a round: a busy machine's drift falls on both."""
    ratio = statistics.median(run[key] / other[key] for run, other in zip(runs, base))
    return f"{100 * (ratio - 1):+.1f} %" if runs is not base else ""


def table(runs):
    lines = ["| | Gbit/s | difference | ping us | difference | pings lost | pewit's CPU % | bypassed % | frames dropped by rings |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    base = runs[SETTINGS[0][0]]
    for name, figures in runs.items():
        rates = [run["gbit_s"] for run in figures]
        rate, ping = median(figures, "gbit_s"), median(figures, "ping_us")
        cpu, bypassed, dropped = (median(figures, key) for key in
                                  ("cpu_percent", "bypassed_percent", "dropped"))
        lines.append(f"| {name} | {rate:.2f} ({min(rates):.2f}-{max(rates):.2f}) | "
                     f"{difference(figures, base, 'gbit_s')} | {ping:.0f} | "
                     f"{difference(figures, base, 'ping_us')} | "
                     f"{sum(run['pings_lost'] for run in figures)} | "
                     + (f"{cpu:.0f} | {bypassed:.0f} | {dropped:.0f} |" if cpu is not None
                        else "| | |"))
    return "\n".join(lines)


def write(options, runs, load):
    stem = f"forwarding-{datetime.date.today()}-{commit()}"
    facts = results.machine()
    text = (f"# Forwarding with and without pewit\n\nCommit {commit()}; {facts['cpu']}, "
            f"{facts['cores']} cores, {facts['kernel']}; load average at the start {load:.1f}.\n"
            f"{options.rounds} rounds of {options.seconds} s of iperf3 (one TCP flow, no offloads) and {PINGS} pings, "
            "through one appliance in namespaces;\nall on the same cores, pewit's included. Medians with (least-most); a difference is the "
            "median of those within a round.\n\n"
            f"{table(runs)}\n")
    options.results.mkdir(exist_ok=True)
    (options.results / f"{stem}.md").write_text(text, encoding="utf-8")
    (options.results / f"{stem}.json").write_text(
        json.dumps({"machine": facts, "load": load, "runs": runs}, indent=1) + "\n",
        encoding="utf-8")
    print(text)


def main():
    options = parse()
    load = os.getloadavg()[0]
    runs = {name: [] for name, _ in SETTINGS}
    try:
        forwarding.need_programs()
        with Lab() as lab:
            forwarding.start_server(lab)
            for number in range(options.rounds):
                for name, words in SETTINGS[::-1] if number % 2 else SETTINGS:
                    runs[name].append(measure(lab, words, options.seconds))
                    print(f"round {number + 1}: {name}: {runs[name][-1]}", file=sys.stderr)
    except Missing as why:
        print(f"not measured: {why}", file=sys.stderr)
        return 1
    write(options, runs, load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
