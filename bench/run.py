#!/usr/bin/env python3
"""Measures pewit and the programs beside it on the same captures in one run.

Makes the captures when they are not there yet, reads each once so that it is in the page cache,
then runs every program on it, round after round, the order turned round each time. Prints a table
a capture and writes both to bench/results/. Nothing is asserted: times belong to a machine, ratios
and the record are what to compare. bench/README.md says how to read them.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import bars
import generate
import measure
import programs
import results

ROOT = programs.ROOT


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    generate.add_options(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--captures", default=",".join(generate.KINDS), metavar="KIND,...",
                        help="which of " + ", ".join(generate.KINDS))
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only programs whose name holds TEXT (pewit is always measured)")
    parser.add_argument("--once-s", type=int, default=20,
                        help="a peer that takes longer on a capture runs on it once")
    parser.add_argument("--limit-s", type=int, default=300, help="longest run of one program")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results")
    options = parser.parse_args()
    options.kinds = [kind for kind in options.captures.split(",") if kind]
    unknown = [kind for kind in options.kinds if kind not in generate.KINDS]
    if unknown or options.rounds < 1:
        parser.error(f"no such capture: {unknown[0]}" if unknown else "at least one round")
    return options


def git(*words):
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def commit():
    """Of the sources measured; marked when the working tree differs from it."""
    changed = git("status", "--porcelain", "--", "src", "include", "rules", "Makefile")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("-changed" if changed else "")


def totals(capture):
    """What pewit itself says of a capture: flows, events, verdicts. Not timed."""
    done = subprocess.run([programs.PEWIT, "replay", capture, "--map", programs.MAP, "-o",
                           "/dev/null", "--json"], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {}


def present(options):
    """The programs to run, and for each that is missing why it is not measured."""
    found, missing = [], {}
    for program in programs.PROGRAMS:
        if not program.name.startswith("pewit") and options.only not in program.name:
            continue
        reason = program.missing()
        if reason:
            missing[program.name] = reason
        else:
            found.append(program)
    return found, missing


def is_slow(program, runs, most_s):
    """A slow peer is far from pewit however often it runs, so it runs once."""
    return (not program.name.startswith("pewit") and len(runs) == 1
            and runs[0]["wall_s"] > most_s)


def measure_capture(found, capture, options, scratch):
    """A list of runs, or what went wrong, for each program; rounds alternate the order."""
    runs, failed = {program.name: [] for program in found}, {}
    for number in range(options.rounds):
        for program in found if number % 2 == 0 else reversed(found):
            before = runs[program.name]
            if program.name in failed or is_slow(program, before, options.once_s):
                continue
            folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
            words = [program.path(), *program.command(capture, folder)[1:]]
            done = measure.run(words, folder, program.accepted, options.limit_s)
            if done.failed:
                failed[program.name] = done.failed
            before.append(done.facts())
            progress(f"round {number + 1}/{options.rounds} {program.name}: {done.wall_s:.2f} s")
    return runs, failed


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def capture_result(kind, found, missing, options, scratch):
    path, facts = generate.make(kind, options)
    capture = os.path.relpath(path, ROOT)
    measure.warm(path)
    runs, failed = measure_capture(found, capture, options, scratch)
    said = totals(capture)
    facts = {key: value for key, value in facts.items() if key != "asked"}
    facts.setdefault("flows", said.get("flows", 0))
    values = {}
    for name, each in runs.items():
        values[name] = ({"failed": failed[name]} if name in failed
                        else {**results.summarise(each, facts), "runs": each})
    results.add_ratios(values, programs.REFERENCE.name)
    values.update({name: {"failed": reason} for name, reason in missing.items()})
    result = {"facts": facts, "pewit_says": said, "programs": values}
    progress("")
    print("", results.title(facts), results.table(result), *results.failures(result), sep="\n",
          flush=True)
    return result


def main():
    options = parse()
    os.chdir(ROOT)
    found, missing = present(options)
    if programs.REFERENCE not in found:
        sys.exit(f"{programs.PEWIT} is not there: run make first")
    record = {"date": datetime.date.today().isoformat(), "commit": commit(),
              "machine": results.machine(), "rounds": options.rounds,
              "load_before": os.getloadavg()[0],
              "programs": [{"name": program.name, "what": program.what,
                            "version": program.version(),
                            "command": " ".join(program.command("CAPTURE", "SCRATCH"))}
                           for program in found], "missing": missing}
    print(*(f"{name}: {reason}" for name, reason in missing.items()), sep="\n")
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as scratch:
        record["captures"] = [capture_result(kind, found, missing, options, scratch)
                              for kind in options.kinds]
    record["load_after"] = os.getloadavg()[0]
    print(f"\n{results.NOTE}\n\n{bars.table(record)}\n")
    for path in results.write(record, options.results):
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    main()
