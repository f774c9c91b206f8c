"""libpcap as the source: what the expression asks for, every frame of it, and of `any` each once."""
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from lab import MAP, PEWIT, Capture, Lab, Missing

HOSTS = str(pathlib.Path(__file__).parent / "hosts.py")
PUBLIC = "203.0.113.12"


class PcapLive(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        try:
            self.lab.__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)

    def send(self, port, count):
        self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, port, count, 100)

    def capture(self, interfaces, *options):
        return Capture(self.lab, interfaces, "--capture", "pcap", *options)

    def stop(self, capture, wanted=0):
        """Frames to each port, and statistics; the law holds for every interface."""
        time.sleep(0.5)
        status, events, stats = capture.stop()
        self.assertEqual(status, wanted)
        for name, s in stats["interface"].items():
            self.assertEqual(s["received"], s["processed"] + s["dropped"] + s["waiting"], name)
            self.assertEqual(s["waiting"], 0)
            self.assertEqual(s["bypassed"], 0)
        frames = {}
        for event in events:
            if event["event_type"] == "flow" and event["proto"] == "UDP":
                port = event["dest_port"]
                frames[port] = frames.get(port, 0) + event["flow"]["pkts_toserver"]
        return frames, stats

    def test_the_expression_decides_what_is_counted(self):
        capture = self.capture(["compute"], "udp port 9999")
        self.send(8888, 100)
        self.send(9999, 5000)
        frames, stats = self.stop(capture)
        self.assertEqual(frames, {9999: 5000})
        self.assertEqual(stats["interface"]["compute"]["received"], 5000)
        self.assertEqual(stats["bypass"]["refused"], 0)

    def test_frames_before_the_start_are_not_counted(self):
        sender = self.lab.start("compute", sys.executable, "-c", f"""
import socket, time
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    client.sendto(bytes(100), ("{PUBLIC}", 9999))
    time.sleep(0.001)
""")
        capture = self.capture(["compute"], "--only-in")
        time.sleep(0.5)
        sender.kill()
        sender.wait()
        frames, stats = self.stop(capture)
        self.assertGreater(frames[9999], 100)
        self.assertLessEqual(frames[9999], stats["interface"]["compute"]["received"])

    def test_frames_that_find_no_room_are_counted(self):
        capture = self.capture(["compute"], "--ring", "2", "udp port 9999")
        capture.child.send_signal(signal.SIGSTOP)
        self.send(9999, 50000)
        capture.child.send_signal(signal.SIGCONT)
        frames, stats = self.stop(capture, 4)
        found = stats["interface"]["compute"]
        self.assertEqual(found["received"], 50000)
        self.assertGreater(found["dropped"], 0)
        self.assertEqual(frames, {9999: found["processed"]})

    def test_any_hears_each_direction_of_each_interface_once(self):
        capture = self.capture(["any"], "-p", "udp port 9999 or udp port 7777")
        self.send(9999, 1000)
        self.lab.inside("nva", sys.executable, HOSTS, "datagrams", "127.0.0.1", 7777, 10, 100)
        frames, stats = self.stop(capture)
        self.assertEqual(frames[9999], 2000)  # in by compute, out by public
        self.assertEqual(frames[7777], 10)    # once over the loopback
        self.assertEqual(stats["interface"]["any"]["received"], 2010)

    def test_any_and_only_in_hears_each_forwarded_frame_once(self):
        capture = self.capture(["any"], "--only-in", "udp port 9999")
        self.send(9999, 1000)
        frames, stats = self.stop(capture)
        self.assertEqual(frames, {9999: 1000})
        self.assertEqual(stats["interface"]["any"]["received"], 1000)

    def test_a_device_without_ethernet_headers_is_read(self):
        device = self.lab.start("nva", sys.executable, "-c", '''
import fcntl, struct, sys
tun = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", b"pwtun", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
print("ready", flush=True)
while True:
    tun.read(2000)
''', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if device.stdout.readline() != "ready\n":
            self.skipTest("no tunnel device can be made: " + device.stderr.read())
        self.lab.inside("nva", "ip", "link", "set", "dev", "pwtun", "up")
        self.lab.inside("nva", "ip", "addr", "add", "10.99.0.1/24", "dev", "pwtun")
        capture = self.capture(["pwtun"], "udp port 9999")
        self.lab.inside("nva", sys.executable, HOSTS, "datagrams", "10.99.0.2", 9999, 100, 100)
        frames, _ = self.stop(capture)
        self.assertEqual(frames, {9999: 100})

    def test_a_file_may_hold_the_expression_and_several_interfaces_it(self):
        self.lab.path("filter").write_text("udp\n port 9999\n")
        capture = self.capture(["compute", "public"], "-F", self.lab.path("filter"))
        self.send(9999, 1000)
        frames, stats = self.stop(capture)
        self.assertEqual(frames, {9999: 2000})
        self.assertEqual([stats["interface"][name]["received"] for name in ("compute", "public")],
                         [1000, 1000])

    def test_an_interface_that_goes_away_is_said_to_be_lost(self):
        capture = self.capture(["compute", "public"])
        self.send(9999, 10)
        time.sleep(0.3)
        self.lab.inside("nva", "ip", "link", "del", "dev", "public")
        time.sleep(0.5)
        status, _, stats = capture.stop()
        self.assertEqual(status, 0)
        self.assertEqual(stats["interface"]["public"]["losses"], 1)
        self.assertEqual(stats["interface"]["compute"]["losses"], 0)

    def test_what_cannot_be_is_said_at_the_start(self):
        rows = (
            (("-i", "compute", "udp"), "works with libpcap alone; give --capture pcap"),
            (("-i", "compute", "--capture", "pcap", "--workers", "2"), "libpcap has one"),
            (("-i", "compute", "--capture", "pcap", "udp", "prot", "9"), 'filter "udp prot 9"'),
            (("-i", "nothere", "--capture", "pcap"), "there is no interface nothere"),
            (("-i", "compute", "--capture", "pcab"), "there is no \"pcab\"; did you mean pcap?"),
        )
        for options, says in rows:
            with self.subTest(options=options):
                run = subprocess.run(["ip", "netns", "exec", self.lab.names["nva"], PEWIT, "run",
                                      "--map", MAP, "-o", "/dev/null", *options],
                                     capture_output=True, text=True, timeout=20)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn(says, run.stderr)


if __name__ == "__main__":
    unittest.main()
