#!/usr/bin/env python3
"""Counts the instructions that pewit spends on a packet, and compares them with the committed table.

usage: instructions.py [--update | --where] [--only KIND,...]

Times belong to a machine and its mood; the instructions of the same binary on the same capture differ by less
than one in a thousand. Each capture is made in two sizes by our own code, so that what is spent once
(start, end, first use of nDPI) cancels out. A row that is dearer than the table by more than TOLERANCE
fails; one that is cheaper asks for --update. Counted by callgrind; what another processor, compiler or
library would choose differs, so a table made with others is compared in a warning alone.

--where tells what they are spent on, by folder of the source, as parts of a flow's.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import generate

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "bench/instructions.json"
PEWIT = ROOT / "build/release/pewit"
MAP = ROOT / "deploy/demo/map.json"
TOLERANCE = 0.03
LIBRARIES = ("libc6", "libndpi4.2", "libssl3")

# What is made twice: small, then so many times as large.
SIZES = {
    "mix": ({"mix_copies": 2}, {"mix_copies": 6}),
    "bulk": ({"bulk_mb": 6}, {"bulk_mb": 24}),
    "hello": ({"hello_flows": 300}, {"hello_flows": 1500}),
    "flood": ({"flood_flows": 2000}, {"flood_flows": 12000}),
    "dns": ({"dns_questions": 1000}, {"dns_questions": 6000}),
    "tunnel": ({"tunnel_flows": 400}, {"tunnel_flows": 1600}),
}


# What a place in the source is for: the first that its name begins with.
PLACES = (("src/capture", "capture"), ("src/run", "dispatch"), ("src/decode", "decode"),
          ("src/flow", "flow table"), ("src/pipeline_detail", "details"),
          ("src/pipeline", "pipeline"), ("src/identify", "identify"), ("src/judge", "judge"),
          ("src/base/name_table", "judge"), ("src/base/text_table", "judge"),
          ("src/base/prefix", "judge"), ("src/base/eight", "judge"), ("src/event", "events"),
          ("src/report", "events"), ("src/base/emit", "events"), ("src/base/text", "events"),
          ("src/base/ip", "events"), ("src/base/calendar", "events"), ("src/base", "base"))
LIBRARY_PLACES = (("libndpi", "nDPI"), ("libcrypto", "hashes"), ("libc", "libc"))


def place_of(line):
    for begin, place in PLACES:
        if begin in line:
            return place
    for library, place in LIBRARY_PLACES:
        if library in line:
            return place
    return "libc" if "sysdeps" in line or "/string/" in line or "malloc" in line else "rest"


def places(profile):
    """Instructions by place."""
    told = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", profile], capture_output=True,
                          text=True, check=True).stdout
    spent = collections.Counter()
    for line in told.splitlines():
        row = re.match(r" *([\d,]+) \([ \d.]+%\) +(\S.*)", line)
        if row and "PROGRAM TOTALS" not in line:
            spent[place_of(row[2])] += int(row[1].replace(",", ""))
    return spent


def count(capture, spent=None):
    """(instructions, flows) of one replay; where they went is added to `spent`."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out", PEWIT, "replay",
             capture, "--map", MAP, "-o", "/dev/null", "--json"], capture_output=True, text=True,
            cwd=ROOT, check=False)
        if spent is not None:
            spent.update(places(f"{scratch}/out"))
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if not counted or done.returncode not in (0, 4):
        sys.exit(f"{capture}: pewit ended with {done.returncode}: {done.stderr[-400:]}")
    return int(counted[1]), json.loads(done.stdout)["flows"]


def make(kind, sizes, folder):
    parser = argparse.ArgumentParser()
    generate.add_options(parser)
    options = parser.parse_args([])
    vars(options).update(sizes, out=folder, corpus=None)
    return generate.make(kind, options)


def measure(kind):
    with tempfile.TemporaryDirectory() as scratch:
        ends = []
        for number, sizes in enumerate(SIZES[kind]):
            path, facts = make(kind, sizes, pathlib.Path(scratch) / str(number))
            ends.append((*count(path), facts["packets"]))
    instructions, flows, packets = (large - small for small, large in zip(*ends))
    return {"packets": packets, "per_packet": round(instructions / packets),
            "per_flow": round(instructions / max(flows, 1))}


def where(kind):
    """Prints what the instructions of a flow are spent on, without start and end."""
    with tempfile.TemporaryDirectory() as scratch:
        ends = []
        for number, sizes in enumerate(SIZES[kind]):
            spent = collections.Counter()
            path, _ = make(kind, sizes, pathlib.Path(scratch) / str(number))
            ends.append((*count(path, spent), spent))
    flows = ends[1][1] - ends[0][1]
    more = {place: (ends[1][2][place] - ends[0][2][place]) / flows for place in ends[1][2]}
    whole = sum(more.values())
    print(f"{kind}: {whole:,.0f} a flow: " + ", ".join(
        f"{place} {part / whole:.0%}" for place, part in
        sorted(more.items(), key=lambda row: -row[1]) if part >= whole / 100))


def start():
    """What a replay of a capture without packets costs: mostly the map, the catalog and the rules."""
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "empty.pcap"
        path.write_bytes(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000"))
        return {"packets": 0, "per_packet": 0, "per_flow": 0, "whole": count(path)[0]}


def made_with():
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=False)
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *LIBRARIES],
                              capture_output=True, text=True, check=False)
    return [compiler.stdout.splitlines()[0], *versions.stdout.split("\n")[:-1]]


def value(row):
    return row.get("whole") or row["per_packet"]


def show(rows, before):
    print(f"{'':8} {'per packet':>12} {'per flow':>12} {'table':>12} {'change':>8}")
    for kind, row in rows.items():
        was = value(before[kind]) if kind in before else 0
        change = f"{(value(row) / was - 1) * 100:+.1f} %" if was else "new"
        print(f"{kind:8} {value(row):>12,} {row['per_flow'] or '':>12} {was:>12,} {change:>8}")


def judge(rows, table):
    """The exit status."""
    before = table.get("rows", {})
    dearer = [kind for kind, row in rows.items()
              if kind in before and value(row) > value(before[kind]) * (1 + TOLERANCE)]
    cheaper = [kind for kind, row in rows.items()
               if kind not in before or value(row) < value(before[kind]) * (1 - TOLERANCE)]
    if cheaper:
        print(f"cheaper or new: {', '.join(cheaper)}; make bench-check UPDATE=1 writes it down")
    if not dearer:
        return 0
    print(f"dearer by more than {TOLERANCE:.0%}: {', '.join(dearer)}")
    if table.get("made_with") != made_with():
        print("the table was made with another compiler or libraries, so this is no failure:",
              *table.get("made_with", []), "now:", *made_with(), sep="\n  ")
        return 0
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the table")
    parser.add_argument("--where", action="store_true", help="what they are spent on")
    parser.add_argument("--only", default="", metavar="KIND,...")
    options = parser.parse_args()
    kinds = [kind for kind in options.only.split(",") if kind] or [*SIZES, "start"]
    if options.where:
        for kind in SIZES if not options.only else kinds:
            where(kind)
        return 0
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    rows = {kind: start() if kind == "start" else measure(kind) for kind in kinds}
    show(rows, table.get("rows", {}))
    if options.update:
        rows = {**table.get("rows", {}), **rows}
        TABLE.write_text(json.dumps({"made_with": made_with(), "rows": rows}, indent="\t") + "\n")
        print(f"{TABLE.relative_to(ROOT)} is written")
        return 0
    return judge(rows, table)


if __name__ == "__main__":
    sys.exit(main())
