"""Runs pewit over captures as a test wants it: with a time limit, and its memory measured."""
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import threading

from suite.outcome import SANITIZER_STATUS, environment, last_lines

SECONDS_MAX = 300


@dataclasses.dataclass
class Run:
    status: int  # negative: ended by a signal
    memory_bytes: int
    said: bytes

    def problems(self, allowed=(0, 4)):
        if self.status in allowed:
            return []
        kind = "sanitizer" if self.status == SANITIZER_STATUS else f"exit status {self.status}"
        return [kind] + last_lines(self.said)


def run(command, folder):
    """Runs it to its end; what it says on either output goes to a file in the folder."""
    said = pathlib.Path(folder) / "said"
    with open(said, "wb") as out:
        with subprocess.Popen(command, stdout=out, stderr=out, env=environment()) as process:
            timer = threading.Timer(SECONDS_MAX, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)  # resources of this child alone
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
    return Run(process.returncode, usage.ru_maxrss * 1024, said.read_bytes())


def digest(path):
    with open(path, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def refuse_repeated(pairs):
    """For json: a name twice in one object is legal JSON that each reader reads differently."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name twice in one object: {sorted(names)}")
    return dict(pairs)


def events(path):
    """Each line as (event, None) or (None, what is wrong with it)."""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line.decode("utf-8"), object_pairs_hook=refuse_repeated), None
            except ValueError as error:  # UnicodeDecodeError too
                yield None, f"line {number}: {error}: {line[:200]!r}"
