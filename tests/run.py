#!/usr/bin/env python3
"""Runs every test: architecture, unit, fuzz seeds, command line, and whole captures.

make test calls it once everything is built. The last line says how many passed, failed and were
skipped; the exit status is 1 when one failed. Without the captures (corpus, lab) the groups that
need them are skipped, loudly; under CI=true that is a failure.
"""
import argparse
import concurrent.futures
import importlib
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "corpus")]  # compare.py and its modules are used too

from suite import captures  # noqa: E402
from suite.outcome import FAILED, PASSED, SKIPPED, Context, Result  # noqa: E402

# (name, module, needs captures)
GROUPS = (
    ("architecture", "arch", False),
    ("unit", "unit", False),
    ("fuzz", "fuzz", False),
    ("tool", "tool", False),
    ("rules", "rules", False),
    ("determinism", "determinism", True),
    ("schema", "schema", True),
    ("hostile", "hostile", True),
    ("corpus", "comparison", True),
    ("benign", "benign", True),
    # Last: the memory of a child, as the kernel tells it, is never less than its parent's was at the
    # fork, and these read many events into this process.
    ("e2e", "e2e", False),
)


def timed(call, arguments):
    started = time.monotonic()
    results = call(*arguments)
    seconds = time.monotonic() - started
    for result in results:
        result.seconds = seconds
    return results


def show(result, shared):
    """One line a test. A job's tests share its time, which is shown with the last."""
    took = "" if shared else f"  {result.seconds:.1f} s"
    note = f"  ({result.text})" if result.status != FAILED and result.text and \
        "\n" not in result.text else ""
    print(f"{result.status:4} {result.name}{note}{took}", flush=True)
    if result.status == FAILED or "\n" in result.text:
        for line in result.text.splitlines():
            print(f"       {line}", flush=True)


def run_group(pool, module, context):
    jobs = module.jobs(context)
    futures = {pool.submit(timed, job.call, job.arguments): job for job in jobs}
    every = []
    for future in concurrent.futures.as_completed(futures):
        try:
            results = future.result()
        except Exception as error:  # pylint: disable=broad-except
            results = [Result(FAILED, futures[future].name, f"the test broke: {error!r}")]
        for at, result in enumerate(results):
            show(result, at + 1 < len(results))
        every += results
    return every


def without_captures(name, context):
    """What becomes of a group whose captures are not there."""
    status = FAILED if os.environ.get("CI") == "true" else SKIPPED
    result = Result(status, f"{name}: not run", "; ".join(context.missing))
    print(f"{status:4} {result.name}: {result.text}", flush=True)
    return [result]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=pathlib.Path, default=HERE.parent / "../shared/pcaps")
    parser.add_argument("--lab", type=pathlib.Path, default=HERE.parent / "../shared/lab")
    parser.add_argument("--full", action="store_true", help="every capture in every group")
    parser.add_argument("--group", action="append", choices=[name for name, _, _ in GROUPS],
                        help="this group only; may be repeated")
    parser.add_argument("--only", default="", help="unit, fuzz, tool: modules whose name holds "
                        "this text; captures whose label does")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    arguments = parse()
    found, missing = captures.find(arguments.corpus, arguments.lab)
    found = [capture for capture in found if arguments.only in capture.label]
    context = Context(found, missing, arguments.corpus, arguments.lab, arguments.full,
                      arguments.only)
    results, times = [], []
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        for name, module, needs_captures in GROUPS:
            if arguments.group and name not in arguments.group:
                continue
            print(f"== {name}", flush=True)
            started = time.monotonic()
            if needs_captures and missing:
                results += without_captures(name, context)
            else:
                results += run_group(pool, importlib.import_module(f"suite.{module}"), context)
            times.append(f"{name} {time.monotonic() - started:.0f} s")
    return finish(results, times)


def finish(results, times):
    count = {status: sum(result.status == status for result in results)
             for status in (PASSED, FAILED, SKIPPED)}
    print(f"== {', '.join(times)}")
    for status in (SKIPPED, FAILED):
        for result in results:
            if result.status == status:
                print(f"{status:4} {result.name}")
    skipped = f", {count[SKIPPED]} skipped" if count[SKIPPED] else ""
    print(f"{count[PASSED]} passed, {count[FAILED]} failed{skipped}", flush=True)
    return 1 if count[FAILED] or not count[PASSED] else 0


if __name__ == "__main__":
    sys.exit(main())
