"""tests/corpus/compare.py as one test: names, verdicts, labels and counts, and its tables."""
import subprocess
import sys

from suite.outcome import BUILD, ROOT, FAILED, PASSED, Job, Result


def test(corpus, lab):
    name = "names, verdicts, labels and counts"
    if not (BUILD / "label_oracle").exists():
        return [Result(FAILED, name, "build/label_oracle is not built: make test builds it")]
    run = subprocess.run([sys.executable, "tests/corpus/compare.py", "--corpus", corpus,
                          "--lab", lab], cwd=ROOT, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    text = run.stdout.decode("utf-8", "replace")
    return [Result(FAILED if run.returncode else PASSED, name, text)]


def jobs(context):
    return [Job("compare.py", test, (context.corpus.resolve(), context.lab.resolve()))]
