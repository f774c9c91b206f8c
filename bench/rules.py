#!/usr/bin/env python3
"""What the shipped pack and COUNT rules of owners add to a replay: python3 rules.py [COUNT] [--service-tags FILE]

Against the pack's verdict rules alone, on the mix of run.py; map, catalog and service tags in both. Each round runs
both on the capture and on a capture without packets, the order turned round each time; the start is taken off, so
the ratio is that of a capture without end. Processor time, as another program's share of the machine is not ours.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import generate
import measure
from traffic import capture

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEWIT = ROOT / "build/release/pewit"
RULES = ROOT / "rules"
MAP = ROOT / "deploy/demo/map.json"
UNTRUSTED = 4  # parts of the corpus are cut
LIMIT_S = 300


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    generate.add_options(parser)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--service-tags", type=pathlib.Path, metavar="FILE")
    return parser.parse_args()


def core_rules(folder):
    """The shipped pack without its alerts, beside the same catalog."""
    (folder / "pack").mkdir(parents=True)
    (folder / "catalog").symlink_to(RULES / "catalog")
    for path in sorted((RULES / "pack").glob("*.json")):
        pack = json.loads(path.read_text(encoding="utf-8"))
        pack["rules"] = [rule for rule in pack["rules"] if rule.get("effect") != "alert"]
        if pack["rules"]:
            (folder / "pack" / path.name).write_text(json.dumps(pack), encoding="utf-8")
    return folder


def all_rules(folder, count):
    owners = folder / "owners.json"
    subprocess.run([sys.executable, ROOT / "bench/user_rules.py", str(count), owners], check=True)
    return owners


def replay(rules, path, options, scratch):
    tags = ["--service-tags", str(options.service_tags)] if options.service_tags else []
    done = measure.run([str(PEWIT), "replay", str(path), "--map", str(MAP), "--rules", str(rules),
                        "-o", "/dev/null", *tags], scratch, (0, UNTRUSTED), LIMIT_S)
    if done.failed:
        sys.exit(done.failed)
    return done


def main():
    options = parse()
    traffic, _ = generate.make("mix", options)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="rules-") as name:
        scratch = pathlib.Path(name)
        empty = scratch / "empty.pcap"
        capture.Writer(empty).close()
        sets = {"core": core_rules(scratch / "core"), "all": all_rules(scratch, options.count)}
        starts, walls, peaks, runs = ({key: [] for key in sets} for _ in range(4))
        for number in range(options.rounds):
            for key in sorted(sets, reverse=number % 2):
                start = replay(sets[key], empty, options, scratch)
                run = replay(sets[key], traffic, options, scratch)
                starts[key].append(start.user_s + start.system_s)
                walls[key].append(start.wall_s)
                peaks[key].append(start.peak_kb)
                runs[key].append(run.user_s + run.system_s)
    less = {key: [run - statistics.median(starts[key]) for run in runs[key]] for key in sets}
    ratios = [a / b for a, b in zip(less["all"], less["core"])]
    for key, what in (("core", "the pack's verdict rules"),
                      ("all", f"the whole pack and {options.count:,} of owners")):
        print(f"{what:<40} start {statistics.median(walls[key]) * 1e3:4.0f} ms, "
              f"{statistics.median(peaks[key]) / 1024:3.0f} MB; then {min(less[key]):.3f} s at "
              f"least, {statistics.median(less[key]):.3f} s in the middle")
    low, _, high = statistics.quantiles(ratios, n=4)
    print(f"all rules take {(min(less['all']) / min(less['core']) - 1) * 100:+.1f} % (least of each), "
          f"{(statistics.median(less['all']) / statistics.median(less['core']) - 1) * 100:+.1f} % "
          f"(medians), {(statistics.median(ratios) - 1) * 100:+.1f} % (median of {len(ratios)} "
          f"rounds; half of them {(low - 1) * 100:+.1f} to {(high - 1) * 100:+.1f} %)")


if __name__ == "__main__":
    main()
