"""The lab with its servers up and its hosts asking its resolver, and tcpdump on the appliance
beside pewit.
"""
import json
import subprocess
import unittest

import clients
import servers
from lab import HOSTS, PEWIT, ROOT, Lab, Missing

EXPECTED = ROOT / "rules/cases/map.json"
INTERFACES = list(HOSTS)


class Staged(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = Lab()
        try:
            self.lab.__enter__()
            self.addCleanup(self.lab.__exit__)
            servers.start_all(self.lab)
        except Missing as why:
            self.skipTest(str(why))
        resolver = clients.Resolver(self.lab)
        self.addCleanup(resolver.__exit__)
        resolver.__enter__()

    def law(self, stats, interfaces):
        for name in interfaces:
            counts = stats["interface"][name]
            self.assertEqual(counts["received"],
                             counts["processed"] + counts["bypassed"] + counts["dropped"], counts)


def record(lab, interface):
    """tcpdump on the appliance, of what arrives."""
    child = lab.start("nva", "tcpdump", "-i", interface, "-Q", "in", "-U", "-B", "16384",
                      "--time-stamp-precision=nano", "-w", lab.path(f"{interface}.pcap"),
                      stderr=subprocess.PIPE)
    child.stderr.readline()
    return child


def end_recording(child):
    child.terminate()
    said = child.communicate(timeout=20)[1]
    assert "0 packets dropped by kernel" in said, said


def replay(lab, *options):
    output = lab.path("replayed.jsonl")
    subprocess.run([PEWIT, "replay", "--map", EXPECTED, *options, "-o", output,
                    *(lab.path(f"{interface}.pcap") for interface in INTERFACES)], check=True,
                   capture_output=True, timeout=60)
    with open(output) as lines:
        return [json.loads(line) for line in lines]
