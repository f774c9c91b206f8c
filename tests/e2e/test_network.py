"""Interfaces that come and go while pewit listens, and what it says of them before: real kernel, namespaces."""
import subprocess
import sys
import time
import unittest

import test_live
from lab import PEWIT, Capture, Lab, Missing, run

HOSTS = test_live.HOSTS
PUBLIC = test_live.PUBLIC
SENT = 500


class Network(unittest.TestCase):
    law = test_live.Live.law

    def setUp(self):
        self.lab = Lab()
        try:
            self.lab.__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)

    def ip(self, *words):
        run("ip", "-n", self.lab.names["nva"], *words)

    def wire(self):
        """A pair of devices: tap, which pewit listens on, and far, which sends into it."""
        self.ip("link", "add", "far", "type", "veth", "peer", "name", "tap")
        for device in ("far", "tap"):
            self.lab.inside("nva", "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1")
            self.ip("link", "set", "dev", device, "arp", "off", "up")
        self.ip("addr", "add", "192.0.2.1/24", "dev", "far")

    def send(self, port):
        """A known number of datagrams, out of `far` to an address that needs no answer."""
        self.lab.inside("nva", sys.executable, HOSTS, "datagrams", "192.0.2.9", port, SENT, 100)
        time.sleep(0.3)

    def of_port(self, events, port):
        return sum(e["flow"]["pkts_toserver"] for e in events
                   if e["event_type"] == "flow" and e.get("dest_port") == port)

    def test_an_interface_deleted_and_made_again_is_listened_to_again(self):
        for options in (("--bypass", "0"), (), ("--workers", "2")):
            with self.subTest(options=options):
                self.wire()
                capture = Capture(self.lab, ["tap"], "--only-in", *options)
                self.send(9001)
                self.ip("link", "del", "tap")
                time.sleep(0.6)
                self.wire()
                time.sleep(0.6)
                self.send(9002)
                status, events, stats = capture.stop()
                self.ip("link", "del", "tap")
                self.assertEqual(status, 0)
                self.law(stats, "tap")
                self.assertEqual(self.of_port(events, 9001), SENT)
                self.assertEqual(self.of_port(events, 9002), SENT)
                self.assertEqual(stats["interface"]["tap"]["received"], 2 * SENT)
                self.assertEqual(stats["interface"]["tap"]["losses"], 1)

    def test_an_interface_that_was_down_is_heard_when_it_is_up(self):
        self.wire()
        capture = Capture(self.lab, ["tap"], "--only-in")
        self.send(9001)
        for _ in range(3):
            self.ip("link", "set", "dev", "tap", "down")
            time.sleep(0.3)
            self.ip("link", "set", "dev", "tap", "up")
            time.sleep(0.3)
        self.send(9002)
        status, events, stats = capture.stop()
        self.assertEqual(status, 0)
        self.law(stats, "tap")
        self.assertEqual(stats["interface"]["tap"]["received"], 2 * SENT)
        self.assertEqual(self.of_port(events, 9002), SENT)
        self.assertEqual(stats["interface"]["tap"]["losses"], 3)

    def refused(self, *names):
        words = [word for name in names for word in ("-i", name)]
        done = subprocess.run(["ip", "netns", "exec", self.lab.names["nva"], PEWIT, "run", *words],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_a_member_is_refused_beside_its_master(self):
        for kind in ("bond", "bridge"):
            with self.subTest(kind=kind):
                try:
                    self.ip("link", "add", "both", "type", kind)
                except subprocess.CalledProcessError:
                    self.skipTest(f"this kernel has no {kind}")
                self.ip("link", "add", "member", "type", "veth", "peer", "name", "other")
                self.ip("link", "set", "dev", "member", "master", "both")
                said = self.refused("both", "member")
                self.assertIn(f"member belongs to the {kind} both", said)
                self.ip("link", "del", "member")
                self.ip("link", "del", "both")

    def test_a_slip_in_a_name_is_told(self):
        self.assertIn("did you mean compute?", self.refused("comptue"))

    def test_an_interface_that_comes_later_is_waited_for(self):
        capture = Capture(self.lab, ["tap"], "--only-in", "--bypass", "0", "--set",
                          "capture.wait_for_interfaces=true")
        self.wire()
        time.sleep(1.5)
        self.send(9000)
        status, _, stats = capture.stop()
        self.assertEqual(status, 0)
        self.law(stats, "tap")
        self.assertGreaterEqual(stats["interface"]["tap"]["received"], SENT)

    def test_offloads_and_vantage_are_told(self):
        self.lab.inside("nva", "ethtool", "-K", "compute", "gro", "on")
        capture = Capture(self.lab, ["compute"])
        capture.stop()
        said = "".join(capture.said)
        self.assertIn("ethtool -K compute gro off", said)
        self.assertIn("vantage: nva, as it looks", said)

    def test_a_port_without_address_looks_like_a_mirror(self):
        self.wire()
        capture = Capture(self.lab, ["tap"])
        capture.stop()
        self.assertIn("vantage: mirror, as it looks", "".join(capture.said))

    def test_on_a_compute_host_it_says_that_it_sees_this_host_alone(self):
        capture = Capture(self.lab, ["eth0"], host="compute")
        self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, 9001, SENT, 100)
        self.lab.inside("dev", sys.executable, HOSTS, "datagrams", PUBLIC, 9002, SENT, 100)
        time.sleep(0.3)
        status, events, stats = capture.stop()
        self.assertEqual(status, 0)
        self.law(stats, "eth0")
        self.assertIn("vantage: host, as it looks: this host does not forward", "".join(capture.said))
        self.assertEqual(self.of_port(events, 9001), SENT)
        self.assertEqual(self.of_port(events, 9002), 0)
        covered = {e["coverage"]["id"]: e["coverage"] for e in events
                   if e["event_type"] == "coverage"}
        self.assertIn("only this host's own traffic is here", covered["this_host"]["reason"])
        self.assertNotIn("mirror_source", covered)


if __name__ == "__main__":
    unittest.main()
