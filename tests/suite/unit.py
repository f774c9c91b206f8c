"""The unit tests: every cmocka test of every binary under build/asan/unit is a test."""
import re
import subprocess

from suite.outcome import (BUILD, FAILED, PASSED, ROOT, SKIPPED, Job, Result, environment,
                           last_lines)

UNIT = BUILD / "asan/unit"
SECONDS_MAX = 300
TAP_LINE = re.compile(r"(ok|not ok) \d+ - (\S+)( # SKIP)?")
TAP_PLAN = re.compile(r"1\.\.(\d+)")


def read_tap(stem, output):
    """(results, how many were announced)"""
    results, planned = [], 0
    for line in output.splitlines():
        match, plan = TAP_LINE.match(line), TAP_PLAN.match(line)
        if plan:
            planned += int(plan[1])
        elif match:
            status = SKIPPED if match[3] else PASSED if match[1] == "ok" else FAILED
            results.append(Result(status, f"{stem}: {match[2].replace('_', ' ')}"))
        elif line.startswith("#") and results and results[-1].status == FAILED:
            results[-1].text += line.lstrip("# ") + "\n"
    return results, planned


def run_binary(binary, source):
    stem = f"{binary.parent.name}/{binary.name}"
    if binary.stat().st_mtime < source.stat().st_mtime:
        return [Result(FAILED, stem, "older than its source: run make test, or build it")]
    try:
        run = subprocess.run([binary], cwd=ROOT, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=SECONDS_MAX,
                             env={**environment(), "CMOCKA_MESSAGE_OUTPUT": "TAP"})
    except subprocess.TimeoutExpired:
        return [Result(FAILED, stem, f"still running after {SECONDS_MAX} s")]
    results, planned = read_tap(stem, run.stdout.decode("utf-8", "replace"))
    failed = any(result.status == FAILED for result in results)
    if planned == 0 or planned != len(results) or bool(run.returncode) != failed:
        results.append(Result(FAILED, f"{stem}: runs to its end",
                              "\n".join([f"exit status {run.returncode}, {len(results)} of "
                                         f"{planned} tests"] + last_lines(run.stdout))))
    return results


def not_built(source):
    return [Result(FAILED, str(source.relative_to(ROOT)), "not built: make test builds it")]


def jobs(context):
    found = []
    for source in sorted((ROOT / "tests/unit").glob("*/test_*.c")):
        binary = UNIT / source.parent.name / source.stem
        name = f"{source.parent.name}/{source.stem}"
        if context.only and context.only not in name:
            continue
        if binary.exists():
            found.append(Job(name, run_binary, (binary, source)))
        else:
            found.append(Job(name, not_built, (source,)))
    return found
