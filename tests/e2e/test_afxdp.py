"""AF_XDP on a mirror port: a veth end without an address, which a raw socket on the other end feeds."""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from lab import MAP, PEWIT, run

QUEUES = 4
CLIENT, SERVER = bytes([10, 10, 1, 10]), bytes([203, 0, 113, 12])
TCP, UDP = 6, 17
SYN, ACK, FIN = 2, 16, 1


def frame(src, dst, protocol, transport):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(transport), 1, 0, 64, protocol, 0, src,
                         dst)
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xffff) + (total >> 16)
    total = ~(total + (total >> 16)) & 0xffff
    return bytes(12) + b"\x08\x00" + header[:10] + struct.pack("!H", total) + header[12:] + transport


def datagram(src, dst, src_port, dst_port, size):
    return frame(src, dst, UDP, struct.pack("!HHHH", src_port, dst_port, 8 + size, 0) + bytes(size))


def flood(flows, each):
    """Questions without answers: never decided, so each frame goes up."""
    return [datagram(CLIENT, SERVER, 20000 + flow, 9999, 100)
            for _ in range(each) for flow in range(flows)]


def conversations(count, each):
    """TCP, opened and closed; in between, bytes that no protocol knows, so that it is soon decided."""
    frames = []
    place = [[1000, 9000] for _ in range(count)]  # next sequence numbers

    def say(flow, by_server, flags, data=b""):
        ends = (SERVER, CLIENT) if by_server else (CLIENT, SERVER)
        ports = (8080, 30000 + flow) if by_server else (30000 + flow, 8080)
        seq, ack = place[flow][by_server], place[flow][not by_server] if flags & ACK else 0
        frames.append(frame(*ends, TCP, struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags,
                                                    65535, 0, 0) + data))
        place[flow][by_server] += len(data) + bool(flags & (SYN | FIN))

    for flow in range(count):
        say(flow, 0, SYN)
        say(flow, 1, SYN | ACK)
        say(flow, 0, ACK)
    for turn in range(each):
        for flow in range(count):
            say(flow, 1, ACK, bytes(200 + (turn + flow) % 1000))
            say(flow, 0, ACK, bytes(8))
    for flow in range(count):
        say(flow, 1, FIN | ACK)
        say(flow, 0, FIN | ACK)
        say(flow, 1, ACK)
    return frames


def write_pcap(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, data in enumerate(frames):
            out.write(struct.pack("<IIII", 1_700_000_000 + i // 10000, i % 10000 * 100, len(data),
                                  len(data)) + data)


def send(path, batch, pause):
    """Sends a pcap's frames in batches; a veth end holds 256 that were not taken yet."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind(("eth0", 0))
    with open(path, "rb") as pcap:
        pcap.read(24)
        sent = 0
        while header := pcap.read(16):
            out.send(pcap.read(struct.unpack("<IIII", header)[2]))
            sent += 1
            if sent % batch == 0:
                time.sleep(pause)


class Afxdp(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make network namespaces")
        self.folder = tempfile.TemporaryDirectory(prefix="pewit-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.sender, self.mirror = (f"pwx{os.getpid()}{end}" for end in ("snd", "mir"))
        for name in (self.sender, self.mirror):
            if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
                self.skipTest("network namespaces cannot be made here")
            self.addCleanup(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
        run("ip", "link", "add", "eth0", "netns", self.sender, "numtxqueues", QUEUES, "type",
            "veth", "peer", "name", "mir", "netns", self.mirror, "numrxqueues", QUEUES)
        for name, device in ((self.sender, "eth0"), (self.mirror, "mir")):
            # No neighbour or router is looked for: only the test's frames pass.
            run("ip", "netns", "exec", name, "sysctl", "-qw",
                f"net.ipv6.conf.{device}.disable_ipv6=1", "net.ipv4.ip_forward=0")
            run("ip", "-n", name, "link", "set", "dev", device, "up")

    def path(self, name):
        return pathlib.Path(self.folder.name) / name

    def inside(self, name, *words):
        return subprocess.run(["ip", "netns", "exec", name, *map(str, words)], text=True,
                              capture_output=True, timeout=60)

    def start(self, *options):
        pathlib.Path(self.path("events")).unlink(missing_ok=True)  # pewit adds to what is there
        child = subprocess.Popen(["ip", "netns", "exec", self.mirror, PEWIT, "run", "--capture",
                                  "afxdp", "-i", "mir", "--map", MAP, "-o", self.path("events"),
                                  *options], stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        said = ""
        while "listening on" not in said:
            line = child.stderr.readline()
            self.assertTrue(line, f"pewit did not start: {said}")
            said += line
        return child

    def refusal(self, *options):
        done = self.inside(self.mirror, "timeout", "5", PEWIT, "run", "--capture", "afxdp", "-i",
                           "mir", "-o", self.path("events"), *options)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def stop(self, child):
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=30)
        with open(self.path("events")) as lines:
            events = [json.loads(line) for line in lines]
        counted = events[-1]["stats"]["interface"]["mir"]
        self.assertEqual(counted["received"],
                         counted["processed"] + counted["bypassed"] + counted["dropped"], counted)
        self.assertEqual(counted["waiting"], 0)
        return child.returncode, events, counted

    def send(self, frames, batch=50, pause=0.002):
        write_pcap(self.path("pcap"), frames)
        done = self.inside(self.sender, sys.executable, __file__, "send", self.path("pcap"), batch,
                           pause)
        self.assertEqual(done.returncode, 0, done.stderr)

    def arrived(self):
        """Frames that the veth end took, of those sent."""
        shown = self.inside(self.sender, "ip", "-j", "-s", "link", "show", "dev", "eth0").stdout
        stats = json.loads(shown)[0]["stats64"]["tx"]
        return stats["packets"], stats["dropped"]

    def has_program(self):
        return "xdp" in self.inside(self.mirror, "ip", "link", "show", "dev", "mir").stdout

    def test_every_frame_of_a_known_number_is_accounted_for(self):
        for queues in (1, QUEUES):
            with self.subTest(queues=queues):
                run("ip", "netns", "exec", self.sender, "ethtool", "-L", "eth0", "tx", queues)
                run("ip", "netns", "exec", self.mirror, "ethtool", "-L", "mir", "rx", queues)
                child = self.start()
                before = self.arrived()[0]
                self.send(flood(flows=50, each=200))
                time.sleep(0.3)
                status, events, counted = self.stop(child)
                self.assertEqual(status, 0)
                self.assertEqual(self.arrived(), (before + 10000, 0))
                self.assertEqual(counted["received"], 10000)
                self.assertEqual(counted["dropped"], 0)
                of_ours = [e["flow"]["pkts_toserver"] for e in events if e["event_type"] == "flow"]
                self.assertEqual(of_ours, [200] * 50)

    def test_bypassed_flows_are_counted_as_in_a_replay(self):
        def flows(path):
            with open(path) as lines:
                events = [json.loads(line) for line in lines]
            return {e["src_port"]: [e["flow"][key] for key in (
                "pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient")]
                    for e in events if e["event_type"] == "flow"}

        frames = conversations(count=20, each=500)
        for options in ((), ("--bypass", "0")):
            with self.subTest(options=options):
                child = self.start(*options)
                self.send(frames)
                time.sleep(0.3)
                status, events, counted = self.stop(child)
                self.assertEqual(status, 0)
                self.assertEqual(counted["received"], len(frames))
                if options:
                    self.assertEqual(counted["bypassed"], 0)
                else:
                    self.assertGreater(counted["bypassed"], len(frames) / 4)
                    self.assertEqual(counted["bypassed"], events[-1]["stats"]["bypass"]["packets"])
                self.inside(self.mirror, PEWIT, "replay", "--map", MAP, "-o",
                            self.path("replayed"), self.path("pcap"))
                live = flows(self.path("events"))
                self.assertEqual(len(live), 20)
                self.assertEqual(live, flows(self.path("replayed")))

    def test_what_finds_no_room_is_counted(self):
        child = self.start("--ring", "2")
        # Its ring holds 2 MiB over all queues: what comes while it is stopped overflows it.
        os.kill(child.pid, signal.SIGSTOP)
        try:
            self.send(flood(flows=50, each=200))
        finally:
            os.kill(child.pid, signal.SIGCONT)
        time.sleep(0.3)
        status, _, counted = self.stop(child)
        self.assertEqual(self.arrived(), (10000, 0))
        self.assertEqual(counted["received"], 10000)
        self.assertGreater(counted["dropped"], 5000)
        self.assertEqual(status, 4)

    def test_it_takes_no_frames_that_the_host_uses(self):
        run("ip", "-n", self.mirror, "addr", "add", "10.0.0.1/24", "dev", "mir")
        self.assertIn("it has an address", self.refusal())
        self.stop(self.start("--take-frames"))
        run("ip", "-n", self.mirror, "addr", "flush", "dev", "mir")
        run("ip", "netns", "exec", self.mirror, "sysctl", "-qw", "net.ipv4.conf.mir.forwarding=1")
        self.assertIn("this host forwards", self.refusal())
        run("ip", "netns", "exec", self.mirror, "sysctl", "-qw", "net.ipv4.conf.mir.forwarding=0")
        run("ip", "-n", self.mirror, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.mirror, "link", "set", "dev", "mir", "master", "br0")
        self.assertIn("it belongs to a bridge", self.refusal())
        run("ip", "-n", self.mirror, "link", "set", "dev", "mir", "nomaster")
        self.assertIn("give --workers 1", self.refusal("--workers", "2"))
        self.assertFalse(self.has_program())

    def test_it_goes_with_its_process_and_suffers_no_other(self):
        child = self.start()
        self.assertTrue(self.has_program())
        self.assertIn("another XDP program is on mir", self.refusal())
        child.kill()
        child.wait(timeout=10)
        end = time.monotonic() + 5  # the kernel lets go of it in its own time
        while self.has_program() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(self.has_program())


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    else:
        unittest.main()
