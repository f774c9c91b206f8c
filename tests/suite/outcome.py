"""What a group of tests is made of: jobs, which run side by side, and the results they give."""
import dataclasses
import os
import pathlib
import typing

ROOT = pathlib.Path(__file__).parent.parent.parent
BUILD = ROOT / "build"
RELEASE = BUILD / "release/pewit"
ASAN = BUILD / "asan/pewit"

# A sanitizer's complaint ends the program with this status, which nothing else uses.
SANITIZER_STATUS = 99
SANITIZER_ENV = {
    "ASAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:detect_leaks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:print_stacktrace=1",
    "LSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}",
}

PASSED, FAILED, SKIPPED = "ok", "FAIL", "skip"


@dataclasses.dataclass
class Result:
    status: str
    name: str
    text: str = ""  # why it failed, or what is worth reading; may have lines
    seconds: float = 0.0


@dataclasses.dataclass
class Job:
    """call(*arguments) gives a list of Results; it runs in another process."""
    name: str
    call: typing.Callable
    arguments: tuple = ()


@dataclasses.dataclass
class Context:
    captures: list  # of captures.Capture
    missing: list   # sentences: what of the corpus and the lab is not there
    corpus: pathlib.Path
    lab: pathlib.Path
    full: bool
    only: str


def verdict_of(name, problems, note=""):
    """One Result from a list of problems."""
    if problems:
        return Result(FAILED, name, "\n".join(problems))
    return Result(PASSED, name, note)


def environment():
    return {**os.environ, **SANITIZER_ENV}


def last_lines(output, count=25):
    """The end of what a program said, for a report; where a sanitizer speaks, from there on."""
    lines = output.decode("utf-8", "replace").splitlines()
    for at, line in enumerate(lines):
        if "ERROR: " in line or "runtime error:" in line:
            return lines[at:at + count]
    return lines[-count:]
