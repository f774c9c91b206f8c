"""What the appliance forwards passes as before while pewit listens, and the interfaces are left as
they were.
"""
import json
import pathlib
import subprocess
import sys
import time
import unittest

import forwarding
import servers
from lab import HOSTS, Capture, Lab, Missing

HOSTS_PROGRAM = pathlib.Path(__file__).parent / "hosts.py"
PINGS, BYTES = 300, 20_000_000
CARRIER = {"NO-CARRIER", "LOWER_UP"}  # a new link's comes when it likes


class Forwarding(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        try:
            forwarding.need_programs()
            self.lab.__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)
        servers.certify(self.lab, [servers.OPENAI])
        forwarding.start_server(self.lab)

    def settings(self):
        """Of each interface, what pewit could have changed: flags, MTU, queueing, programs, offloads."""
        shown = json.loads(self.lab.inside("nva", "ip", "-j", "-d", "link", "show"))
        kept = [{key: link.get(key) for key in
                 ("ifname", "mtu", "qdisc", "promiscuity", "xdp", "master", "txqlen", "address")} |
                {"flags": sorted(set(link["flags"]) - CARRIER)} for link in shown]
        offloads = [self.lab.inside("nva", "ethtool", "-k", name) for name in HOSTS]
        return kept, offloads, self.lab.inside("nva", "tc", "qdisc", "show")

    def fetch(self):
        """The bytes that come whole through TLS: of BYTES that are served."""
        server = self.lab.start(
            "public", sys.executable, HOSTS_PROGRAM, "serve",
            self.lab.path(f"{servers.OPENAI}.pem"), self.lab.path(f"{servers.OPENAI}.key"),
            forwarding.SERVER, 443, 1, BYTES, stdout=subprocess.PIPE)
        self.assertEqual(server.stdout.readline(), "ready\n")
        received = self.lab.inside("compute", sys.executable, HOSTS_PROGRAM, "fetch",
                                   forwarding.SERVER, 443, servers.OPENAI)
        self.assertEqual(server.wait(timeout=20), 0)
        server.stdout.close()
        return int(received)

    def test_everything_passes_and_nothing_is_left_behind(self):
        before = self.settings()
        for options in ((), ("--bypass", "0", "--workers", "2")):
            with self.subTest(options=options):
                capture = Capture(self.lab, list(HOSTS), "--only-in", *options)
                replies, _, _ = forwarding.latency(self.lab, PINGS, 0.002)
                rate, _, _ = forwarding.throughput(self.lab, "-n", BYTES)
                received = self.fetch()
                status, _, stats = capture.stop()
                self.assertEqual((replies, received), (PINGS, BYTES))
                self.assertGreater(rate, 0)
                self.assertEqual(status, 0)
                for name in HOSTS:
                    counts = stats["interface"][name]
                    self.assertEqual(counts["received"], counts["processed"] + counts["bypassed"])
        self.assertEqual(self.settings(), before)

    def test_an_end_amid_traffic_leaves_no_frame_unaccounted_for(self):
        for options in ((), ("--bypass", "0"), ("--workers", "2")):
            with self.subTest(options=options):
                traffic = self.lab.start("compute", "iperf3", "-c", forwarding.SERVER, "-t", "30",
                                         "-u", "-b", "20M", "-l", "400", stdout=subprocess.DEVNULL)
                capture = Capture(self.lab, ["compute", "public"], *options)
                time.sleep(0.5)
                status, _, stats = capture.stop()
                self.assertIsNone(traffic.poll())
                traffic.kill()
                traffic.wait()
                self.assertEqual(status, 0)
                for name in ("compute", "public"):
                    counts = stats["interface"][name]
                    self.assertGreater(counts["received"], 1000)
                    self.assertEqual(counts["received"], counts["processed"] + counts["bypassed"])
                    self.assertEqual(counts["waiting"], 0)


if __name__ == "__main__":
    unittest.main()
