"""The program as the tests of the command line see it, and captures to give it."""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PEWIT = ROOT / "build/asan/pewit"
DEMO = ROOT / "deploy/demo/demo.pcap"
MAP = ROOT / "deploy/demo/map.json"

FINE, FAILED, USAGE, FINDINGS, UNTRUSTED = range(5)  # exit statuses

SANITIZERS = {"ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "exitcode=99",
              "LSAN_OPTIONS": "exitcode=99"}


@dataclasses.dataclass
class Ran:
    status: int
    out: str
    said: str  # on standard error

    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]


class ProgramTest(unittest.TestCase):
    """Each test runs in an empty folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def pewit(self, *arguments, stdin=b"", out=subprocess.PIPE, env=None):
        run = subprocess.run([PEWIT, *map(str, arguments)], input=stdin, stdout=out,
                             stderr=subprocess.PIPE, check=False, cwd=self.folder, timeout=60,
                             env={**os.environ, **SANITIZERS, **(env or {})})
        return Ran(run.returncode, (run.stdout or b"").decode(), run.stderr.decode())

    def check(self, ran, status, said=None):
        """The status, and a regular expression for standard error: None for silence there."""
        text = f"{ran.said}\n{ran.out[:2000]}"
        self.assertEqual(ran.status, status, text)
        if said is None:
            self.assertEqual(ran.said, "")
        else:
            self.assertRegex(ran.said, said)

    def totals(self, *arguments, stdin=b"", status=FINE, said=None):
        """pewit replay --json of the arguments."""
        ran = self.pewit("replay", "--json", *arguments, stdin=stdin)
        self.check(ran, status, said)
        return json.loads(ran.out)


def packets_of(data):
    """(record header, bytes) of each packet of a little-endian classic pcap."""
    at = 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at:at + 16], data[at + 16:at + 16 + length]
        at += 16 + length


def pcap(packets, data=DEMO.read_bytes()):
    """A pcap with the file header of the demo."""
    return data[:24] + b"".join(header + bytes_ for header, bytes_ in packets)


def without_colour(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
