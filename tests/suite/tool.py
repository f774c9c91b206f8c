"""What the command line does: the cases of tests/tool, each test method a test."""
import sys
import unittest

from suite.outcome import ASAN, FAILED, PASSED, ROOT, SKIPPED, Job, Result

FOLDER = ROOT / "tests/tool"


class Collector(unittest.TestResult):
    """Keeps a Result a test; a sub-test's failure belongs to its test."""

    def __init__(self):
        super().__init__()
        self.text, self.skipped_why, self.names = {}, {}, []

    def startTest(self, test):
        super().startTest(test)
        self.names.append(test)

    def _keep(self, test, error):
        whole = getattr(test, "test_case", test)
        self.text[whole] = self.text.get(whole, "") + self._exc_info_to_string(error, test)

    def addError(self, test, err):
        self._keep(test, err)

    def addFailure(self, test, err):
        self._keep(test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self.text[test] = self.text.get(test, "") + f"{subtest._message}: "
            self._keep(test, err)

    def addSkip(self, test, reason):
        self.skipped_why[test] = reason

    def results(self, module):
        for test in self.names:
            name = f"{module}: {test._testMethodName.removeprefix('test_').replace('_', ' ')}"
            if test in self.text:
                yield Result(FAILED, name, self.text[test])
            elif test in self.skipped_why:
                yield Result(SKIPPED, name, self.skipped_why[test])
            else:
                yield Result(PASSED, name)


def run_module(name):
    sys.path.insert(0, str(FOLDER))
    collector = Collector()
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    suite.run(collector)
    return list(collector.results(name))


def missing():
    return [Result(FAILED, "build/asan/pewit", "not built: make test builds it")]


def jobs(context):
    if not ASAN.exists():
        return [Job("tool", missing)]
    return [Job(path.stem, run_module, (path.stem,)) for path in sorted(FOLDER.glob("test_*.py"))
            if not context.only or context.only in path.stem]
