"""The architecture rules of tests/arch/check.py: each of its checks is a test."""
import re
import subprocess
import sys

from suite.outcome import FAILED, PASSED, ROOT, Job, Result

LINE = re.compile(r"(ok  |FAIL) (.*)")


def read(output):
    results = []
    for line in output.splitlines():
        match = LINE.match(line)
        if match:
            status = PASSED if match[1] == "ok  " else FAILED
            results.append(Result(status, match[2]))
        elif line.startswith("   ") and results:
            results[-1].text += line.strip() + "\n"
    return results


def check():
    run = subprocess.run([sys.executable, "tests/arch/check.py"], cwd=ROOT, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    results = read(run.stdout.decode())
    failed = any(result.status == FAILED for result in results)
    if not results or failed != bool(run.returncode):
        results.append(Result(FAILED, "tests/arch/check.py runs to its end", run.stderr.decode()))
    return results


def jobs(context):
    del context
    return [Job("check.py", check)]
