"""Live capture on a forwarding appliance: real kernel, real sockets, real TLS, in namespaces."""
import json
import pathlib
import subprocess
import sys
import time
import unittest

from lab import MAP, PEWIT, Capture, Lab, Missing

HOSTS = str(pathlib.Path(__file__).parent / "hosts.py")
NAME = "contoso.openai.azure.com"
PUBLIC, PRIVATE = "203.0.113.12", "10.10.2.6"


def flows(events):
    """What must be equal live and in replay, by the ends of each flow."""
    return {(e["src_ip"], e.get("src_port"), e["dest_ip"], e.get("dest_port"), e["proto"]):
            (e.get("verdict"), e.get("rule_id"), e.get("name", {}).get("value"),
             *(e["flow"][key] for key in ("pkts_toserver", "pkts_toclient", "bytes_toserver",
                                          "bytes_toclient")))
            for e in events if e["event_type"] == "flow"}


SEND = """
import socket, sys
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((sys.argv[1], 0))
for _ in range(int(sys.argv[2])):
    out.send(bytes(12) + bytes.fromhex("88b5") + bytes(46))
"""


class Live(unittest.TestCase):
    def setUp(self):
        try:
            self.lab = self.enterContext(Lab()) if hasattr(self, "enterContext") else Lab()
            if not hasattr(self, "enterContext"):
                self.lab.__enter__()
                self.addCleanup(self.lab.__exit__)
        except Missing as why:
            self.skipTest(str(why))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                        "-keyout", self.lab.path("key"), "-out", self.lab.path("cert"),
                        "-subj", f"/CN={NAME}"], check=True, capture_output=True)

    def serve(self, host, address, count, size):
        child = self.lab.start(host, sys.executable, HOSTS, "serve", self.lab.path("cert"),
                               self.lab.path("key"), address, 443, count, size,
                               stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), "ready\n")
        return child

    def fetch(self, host, address, name=NAME):
        return int(self.lab.inside(host, sys.executable, HOSTS, "fetch", address, 443, name))

    def settle(self, path):
        """tcpdump reads on after the traffic has ended, and what it has not read at its end is lost."""
        before = -1
        while path.stat().st_size != before:
            before = path.stat().st_size
            time.sleep(0.5)

    def law(self, stats, *interfaces):
        for name in interfaces:
            s = stats["interface"][name]
            self.assertEqual(s["received"], s["processed"] + s["bypassed"] + s["dropped"], s)
            self.assertEqual(s["waiting"], 0)

    def test_every_frame_of_a_known_number_is_accounted_for(self):
        for options in (("--bypass", "0"), (), ("--workers", "2")):
            with self.subTest(options=options):
                before = self.lab.counters("compute")[0]
                capture = Capture(self.lab, ["compute"], "--only-in", *options)
                self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, 9999, 5000,
                                100)
                time.sleep(0.3)
                status, events, stats = capture.stop()
                sent = self.lab.counters("compute")[0] - before
                self.assertEqual(status, 0)
                self.law(stats, "compute")
                # Neighbours ask for one another's addresses when they like.
                self.assertIn(stats["interface"]["compute"]["received"], range(5000, sent + 1))
                self.assertLess(sent, 5010)
                of_ours = [e["flow"]["pkts_toserver"] for e in events
                           if e["event_type"] == "flow" and e.get("dest_port") == 9999]
                self.assertEqual(of_ours, [5000])

    def test_interfaces_that_the_kernel_counts_at_one_place_are_counted_apart(self):
        # 64 places by index number (BPF_INTERFACES): these two want the same.
        ends = {"high": (1064, 300), "low": (1000, 500)}
        self.lab.inside("nva", "ip", "link", "add", "low", "index", 1000, "type", "veth", "peer",
                        "name", "high", "index", 1064)
        for name in ends:
            self.lab.inside("nva", "sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
            self.lab.inside("nva", "ip", "link", "set", name, "up")
        capture = Capture(self.lab, list(ends), "--only-in")
        for name, (_, frames) in ends.items():
            self.lab.inside("nva", sys.executable, "-c", SEND, name, frames)
        time.sleep(0.3)
        _, _, stats = capture.stop()
        self.law(stats, *ends)
        self.assertEqual([stats["interface"][name]["received"] for name in ("low", "high")],
                         [300, 500])

    def test_bypassed_flows_are_counted_to_the_packet_and_byte(self):
        server = self.serve("public", PUBLIC, 3, 20_000_000)
        recorder = self.lab.start("nva", "tcpdump", "-i", "compute", "-w", self.lab.path("pcap"),
                                  "-B", "65536", "-U", stderr=subprocess.PIPE)
        recorder.stderr.readline()
        capture = Capture(self.lab, ["compute"])
        for _ in range(3):
            self.assertEqual(self.fetch("compute", PUBLIC), 20_000_000)
        server.wait(timeout=20)
        time.sleep(0.5)
        status, events, stats = capture.stop()
        self.settle(self.lab.path("pcap"))
        recorder.terminate()
        recorder.wait()
        self.assertIn("0 packets dropped by kernel", recorder.stderr.read())
        self.assertEqual(status, 0)
        self.law(stats, "compute")
        bypassed = stats["interface"]["compute"]["bypassed"]
        self.assertGreater(bypassed, stats["interface"]["compute"]["received"] / 2)
        self.assertEqual(bypassed, stats["bypass"]["packets"])
        replayed = subprocess.run([PEWIT, "replay", "--map", MAP, "-o", self.lab.path("replayed"),
                                   self.lab.path("pcap")], capture_output=True, text=True)
        self.assertIn(replayed.returncode, (0, 4), replayed.stderr)
        with open(self.lab.path("replayed")) as lines:
            same = flows([json.loads(line) for line in lines])
        live = flows(events)
        tls = {key: value for key, value in live.items() if key[3] == 443}
        self.assertEqual(len(tls), 3)
        for key, value in tls.items():
            self.assertEqual(value, same[key])
            self.assertEqual(value[0], "private_endpoint_bypass")

    def test_an_alert_is_written_within_a_second_of_its_packet(self):
        self.serve("public", PUBLIC, 1, 1000)
        capture = Capture(self.lab, ["compute"], "--only-in")
        begun = time.time()
        self.fetch("compute", PUBLIC)
        alert = capture.wait_for(lambda e: e["event_type"] == "alert" and
                                 e["verdict"] == "private_endpoint_bypass", 5)
        took = time.time() - begun
        capture.stop()
        self.assertIsNotNone(alert)
        print(f"      alert after {took * 1000:.0f} ms, the fetch included")
        self.assertLess(took, 1)

    def test_private_and_public_paths_of_one_name_are_told_apart(self):
        self.serve("public", PUBLIC, 1, 1000)
        self.serve("azure", PRIVATE, 2, 1000)
        capture = Capture(self.lab, ["compute", "dev"], "--only-in", "--workers", "2")
        self.fetch("compute", PUBLIC)
        self.fetch("compute", PRIVATE)
        self.fetch("dev", PRIVATE)
        time.sleep(0.3)
        status, events, stats = capture.stop()
        self.law(stats, "compute", "dev")
        found = {(key[0], key[2]): value[0] for key, value in flows(events).items()
                 if key[3] == 443}
        self.assertEqual(found, {("10.10.1.10", PUBLIC): "private_endpoint_bypass",
                                 ("10.10.1.10", PRIVATE): "expected",
                                 ("10.20.1.10", PRIVATE): "zone_crossing"})


if __name__ == "__main__":
    unittest.main()
