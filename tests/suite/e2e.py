"""Live capture in network namespaces: the cases of tests/e2e, one after the other."""
import sys
import unittest

from suite.outcome import FAILED, RELEASE, ROOT, Job, Result
from suite.tool import Collector

FOLDER = ROOT / "tests/e2e"


def run_all(only):
    sys.path.insert(0, str(FOLDER))
    results = []
    for path in sorted(FOLDER.glob("test_*.py")):
        if only and only not in path.stem:
            continue
        collector = Collector()
        unittest.defaultTestLoader.loadTestsFromName(path.stem).run(collector)
        results += collector.results(path.stem)
    return results


def missing():
    return [Result(FAILED, "build/release/pewit", "not built: make test builds it")]


def jobs(context):
    if not RELEASE.exists():
        return [Job("e2e", missing)]
    # One job: they share the machine's interfaces, and measure.
    return [Job("e2e", run_all, (context.only,))]
