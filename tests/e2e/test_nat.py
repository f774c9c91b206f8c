"""Clients behind an appliance that masquerades: seen on its outside, named as what they are."""
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

from lab import Capture, Lab, Missing

HOSTS = str(pathlib.Path(__file__).parent / "hosts.py")
NAME = "contoso.openai.azure.com"
PUBLIC, OUTSIDE = "203.0.113.12", "203.0.113.1"
PRIVATE, INSIDE = "10.10.2.6", "10.10.2.1"
COMPUTE, DEV = "10.10.1.10", "10.20.1.10"
MASQUERADE = f"""
table ip nat {{
    chain out {{ type nat hook postrouting priority srcnat; oifname {{ "public", "azure" }} masquerade; }}
    chain in {{
        type nat hook prerouting priority dstnat;
        iifname "public" ip daddr {OUTSIDE} tcp dport 8443 dnat to {COMPUTE}:443
    }}
}}
"""


class Nat(unittest.TestCase):
    def setUp(self):
        if not shutil.which("nft"):
            self.skipTest("nft is not installed: apt install nftables")
        self.lab = Lab()
        try:
            self.lab.__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)
        self.lab.path("nat.nft").write_text(MASQUERADE)
        try:
            self.lab.inside("nva", "nft", "-f", self.lab.path("nat.nft"))
        except subprocess.CalledProcessError as why:
            self.skipTest(f"the kernel cannot masquerade here: {why.stderr}")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                        "-keyout", self.lab.path("key"), "-out", self.lab.path("cert"),
                        "-subj", f"/CN={NAME}"], check=True, capture_output=True)

    def serve(self, host, address, count):
        child = self.lab.start(host, sys.executable, HOSTS, "serve", self.lab.path("cert"),
                               self.lab.path("key"), address, 443, count, 1000,
                               stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), "ready\n")

    def fetch(self, host, address, port=443):
        self.lab.inside(host, sys.executable, HOSTS, "fetch", address, port, NAME)

    def stop(self, capture):
        """Its exit status, the events of TLS connections, and statistics."""
        time.sleep(0.5)
        status, events, stats = capture.stop()
        self.assertFalse([line for line in capture.said if "note: conntrack" in line])
        return status, [e for e in events if e.get("app_proto") == "tls"], stats

    def test_clients_behind_one_address_are_told_apart(self):
        self.serve("public", PUBLIC, 3)
        capture = Capture(self.lab, ["public"], "--workers", "2")
        self.fetch("compute", PUBLIC)
        self.fetch("compute", PUBLIC)
        self.fetch("dev", PUBLIC)
        status, events, stats = self.stop(capture)
        self.assertEqual(status, 0)
        flows = [e for e in events if e["event_type"] == "flow"]
        self.assertEqual({e["src_ip"] for e in flows}, {OUTSIDE})
        self.assertEqual(sorted(e["nat"]["src_ip"] for e in flows), [COMPUTE, COMPUTE, DEV])
        # Masquerading keeps a port that is free.
        self.assertEqual([e["nat"]["src_port"] for e in flows], [e["src_port"] for e in flows])
        self.assertTrue(all("dest_ip" not in e["nat"] for e in flows))
        for event in events:
            self.assertIn(event["nat"]["src_ip"], (COMPUTE, DEV), event)
        alerts = [e for e in events if e["event_type"] == "alert" and not e["alert"]["summary"]]
        self.assertEqual(sorted((e["nat"]["src_ip"], e["verdict"]) for e in alerts),
                         [(COMPUTE, "private_endpoint_bypass"), (DEV, "private_endpoint_bypass")])
        for event in alerts:
            self.assertIn(f"client {event['nat']['src_ip']} behind {OUTSIDE} by conntrack",
                          [item["text"] for item in event["evidence"]])
        self.assertEqual(stats["nat"]["connections"], 3)
        self.assertEqual(stats["nat"]["damaged"], 0)

    def test_a_connection_older_than_pewit_is_in_the_first_list(self):
        self.serve("public", PUBLIC, 1)
        client = self.lab.start("dev", sys.executable, "-c", f"""
import socket, ssl, sys
connection = socket.create_connection(("{PUBLIC}", 443))
print("open", flush=True)
sys.stdin.readline()
context = ssl._create_unverified_context()
connection = context.wrap_socket(connection, server_hostname="{NAME}")
connection.sendall(b"GET")
while connection.recv(65536):
    pass
""", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(client.stdout.readline(), "open\n")
        capture = Capture(self.lab, ["public"])
        client.communicate("\n", timeout=20)
        _, events, stats = self.stop(capture)
        self.assertEqual({e.get("nat", {}).get("src_ip") for e in events}, {DEV})
        self.assertGreaterEqual(stats["nat"]["lists"], 1)

    def test_the_verdict_is_that_of_the_real_clients_zone(self):
        self.serve("azure", PRIVATE, 2)
        capture = Capture(self.lab, ["azure"])
        self.fetch("compute", PRIVATE)
        self.fetch("dev", PRIVATE)
        _, events, _ = self.stop(capture)
        flows = [e for e in events if e["event_type"] == "flow"]
        self.assertEqual({e["src_ip"] for e in flows}, {INSIDE})
        self.assertEqual({e["nat"]["src_ip"]: e["verdict"] for e in flows},
                         {COMPUTE: "expected", DEV: "zone_crossing"})

    def test_what_the_kernel_left_out_is_listed_anew(self):
        self.left_out("--no-confine")

    def test_what_the_kernel_left_out_is_listed_anew_behind_the_fences(self):
        """Netlink wants CAP_NET_ADMIN of who asks for a list: the monitor does."""
        capture = self.left_out()
        self.assertIn("monitor", "".join(capture.said))

    def left_out(self, *options):
        capture = Capture(self.lab, ["public"], *options)
        capture.child.send_signal(signal.SIGSTOP)
        self.lab.inside("compute", sys.executable, "-c", f'''
import socket
for port in range(10000, 50000):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind(("", port))
    client.sendto(b"x", ("{PUBLIC}", 9999))
    client.close()
''')
        capture.child.send_signal(signal.SIGCONT)
        time.sleep(2)
        _, events, stats = capture.stop()
        self.assertGreaterEqual(stats["nat"]["overruns"], 1)
        self.assertGreaterEqual(stats["nat"]["lists"], 2)
        self.assertEqual(stats["nat"]["lists_refused"], 0)
        self.assertEqual(stats["nat"]["connections"], 40000)
        # The ring was full long before; what it held is named.
        flows = [e for e in events if e["event_type"] == "flow" and e.get("dest_port") == 9999]
        self.assertGreater(len(flows), 100)
        self.assertEqual({e.get("nat", {}).get("src_ip") for e in flows}, {COMPUTE})
        return capture

    def test_what_is_not_translated_has_no_other_side(self):
        self.serve("compute", COMPUTE, 1)
        capture = Capture(self.lab, ["compute"])
        self.fetch("dev", COMPUTE)
        _, events, stats = self.stop(capture)
        self.assertEqual(len([e for e in events if e["event_type"] == "flow"]), 1)
        self.assertFalse([e for e in events if "nat" in e])
        self.assertEqual(stats["nat"]["connections"], 0)

    def test_a_translated_destination_is_named_on_either_side(self):
        self.serve("compute", COMPUTE, 1)
        capture = Capture(self.lab, ["public", "compute"])
        self.fetch("public", OUTSIDE, 8443)
        _, events, _ = self.stop(capture)
        flows = {e["dest_ip"]: e["nat"] for e in events if e["event_type"] == "flow"}
        self.assertEqual(flows, {OUTSIDE: {"dest_ip": COMPUTE, "dest_port": 443},
                                 COMPUTE: {"dest_ip": OUTSIDE, "dest_port": 8443}})

    def test_without_the_right_to_ask_one_note_says_what_that_costs(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed: apt install util-linux")
        self.serve("public", PUBLIC, 1)
        before = self.lab.start
        # CAP_NET_ADMIN is what conntrack wants; the capture does without.
        self.lab.start = lambda host, *words, **options: before(
            host, "setpriv", "--bounding-set=-net_admin", *words, **options)
        capture = Capture(self.lab, ["public"], "-p")
        self.lab.start = before
        self.fetch("compute", PUBLIC)
        time.sleep(0.5)
        status, events, _ = capture.stop()
        notes = [line for line in capture.said if "conntrack" in line]
        self.assertEqual(len(notes), 1)
        self.assertIn("CAP_NET_ADMIN", notes[0])
        self.assertEqual(status, 0)
        self.assertTrue([e for e in events if e.get("app_proto") == "tls"])
        self.assertFalse([e for e in events if "nat" in e])


if __name__ == "__main__":
    unittest.main()
