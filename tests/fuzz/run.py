#!/usr/bin/env python3
"""Runs libFuzzer targets for a while, two at a time, and reports what they executed and covered.

usage: run.py [--seconds N] TARGET...      (paths or names: build/fuzz/fuzz_dns, fuzz_dns, dns)

What a run finds new is kept in build/fuzz-corpus/NAME and is where the next run starts, beside the
seeds in tests/fuzz/seeds/NAME. Inputs that crash go to build/fuzz-crashes; exit status 1 then.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from suite.fuzz import CRASHES, run_target, seeds_of  # noqa: E402
from suite.outcome import BUILD, last_lines  # noqa: E402

SIDE_BY_SIDE = 2
PROGRESS = re.compile(rb"cov: (\d+) ft: (\d+) corp: (\d+)")
EXECUTED = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")
RATE = re.compile(rb"stat::average_exec_per_sec:\s*(\d+)")


def binary_of(word):
    name = pathlib.Path(word).name
    return BUILD / "fuzz" / (name if name.startswith("fuzz_") else f"fuzz_{name}")


def number(pattern, output):
    found = pattern.search(output)
    return int(found[1]) if found else 0


def run(binary, seconds):
    """(name, row of the report, problems)"""
    if not binary.exists():
        return binary.name, None, [f"{binary} is not built: make fuzz builds it"]
    corpus = BUILD / "fuzz-corpus" / binary.name.removeprefix("fuzz_")
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = seeds_of(binary.name)
    folders = [corpus] + ([seeds] if seeds.is_dir() else [])
    try:
        done = run_target(binary, [f"-max_total_time={seconds}", *folders], seconds + 300)
    except subprocess.TimeoutExpired:
        return binary.name, None, [f"did not end {seconds + 300} s after its start"]
    progress = PROGRESS.findall(done.stdout)
    cov, features, inputs = (int(value) for value in progress[-1]) if progress else (0, 0, 0)
    row = (number(EXECUTED, done.stdout), number(RATE, done.stdout), cov, features, inputs)
    problems = [] if done.returncode == 0 else \
        [f"exit status {done.returncode}; its input is in {CRASHES.relative_to(ROOT)}"] + \
        last_lines(done.stdout, 40)
    return binary.name, row, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    arguments = parser.parse_args()
    failed = []
    print(f"{'target':24} {'executions':>12} {'per s':>8} {'cov':>7} {'ft':>7} {'inputs':>7}",
          flush=True)
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        jobs = [pool.submit(run, binary_of(word), arguments.seconds)
                for word in arguments.targets]
        for job in concurrent.futures.as_completed(jobs):
            name, row, problems = job.result()
            figures = "{:12} {:8} {:7} {:7} {:7}".format(*row) if row else ""
            print(f"{name:24} {figures}{'  FAIL' if problems else ''}", flush=True)
            for problem in problems:
                print(f"    {problem}", flush=True)
            failed += [name] if problems else []
    print(f"{len(arguments.targets) - len(failed)} targets without a finding, {len(failed)} with")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
