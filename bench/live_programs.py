"""Who listens in bench/live.py: pewit in its ways, Suricata, and nobody. One row each; a new peer is a new row.

All listen on one interface, bound to one processor, and are asked while they run what they have received and lost.
"""
import ctypes
import json
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from programs import MAP, ROOT

PEWIT = ROOT / "build/release/pewit"
CORE = "1"  # the generator, and with it the kernel's half of receiving, has the other one
SO_ATTACH_FILTER, ETH_P_ALL = 26, 3
START_S, STOP_S, SETTLE_S, PAUSE_S = 60, 60, 4, 0.3


def threads_ns(pid):
    """Processor time of a process and its children, user and system, as the scheduler counts it."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        children = (task / "children").read_text(encoding="ascii").split()
        total += sum(threads_ns(int(child)) for child in children)
    return total


class Nobody:
    """The kernel alone: what a frame costs when no one listens."""

    name, what = "nobody", "no program: what the kernel spends on the frame anyway"

    def __init__(self):
        self.child = None

    def missing(self):
        return None

    def start(self, inside, interface, folder):
        pass

    def stop(self):
        pass

    def counted(self):
        """Frames received, lost and bypassed since the start; None: there is no one to ask."""
        return None

    def settled(self):
        """The same, once it does not change any more."""
        until, before = time.monotonic() + SETTLE_S, self.counted()
        while before is not None and time.monotonic() < until:
            time.sleep(PAUSE_S)
            now = self.counted()
            if now == before:
                break
            before = now
        return before

    def own_ns(self):
        return threads_ns(self.child.pid) if self.child else 0


class Tap(Nobody):
    """An AF_PACKET socket whose filter refuses every frame: what listening costs the kernel at the least."""

    name = "a socket that refuses all"
    what = "AF_PACKET, a filter of one instruction: the least that listening costs the kernel"

    def start(self, inside, interface, folder):
        self.child = subprocess.Popen([*inside, sys.executable, __file__, interface],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.child.stdout.readline()

    def stop(self):
        self.child.kill()
        self.child.communicate()
        self.child = None


def refuse_all(interface):
    """In the process that Tap starts."""
    return_0 = struct.pack("=HBBI", 0x06, 0, 0, 0)
    instructions = ctypes.create_string_buffer(return_0, len(return_0))
    program = struct.pack("HxxxxxxP", 1, ctypes.addressof(instructions))
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    out.bind((interface, ETH_P_ALL))
    print("bound", flush=True)
    signal.pause()


class Program(Nobody):
    def __init__(self, name, what, *words):
        super().__init__()
        self.name, self.what, self.words = name, what, words
        self.interface = self.asked_at = None

    def start(self, inside, interface, folder):
        self.interface, self.asked_at = interface, folder / "asked"
        with open(folder / "said", "wb") as said:
            self.child = subprocess.Popen([*inside, "taskset", "-c", CORE, *self.command(folder)],
                                          cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said,
                                          stderr=said)
        until = time.monotonic() + START_S
        while not self.answers():
            if self.child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name}: " + (folder / "said").read_text()[-600:])
            time.sleep(0.1)

    def answers(self):
        try:
            return self.counted() is not None
        except (OSError, ValueError, KeyError, subprocess.CalledProcessError):
            return False

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child = None


class Pewit(Program):
    def missing(self):
        return None if PEWIT.exists() else "not built"

    def command(self, folder):
        return [PEWIT, "run", "-i", self.interface, "--map", MAP, "-o", folder / "events",
                "--control", self.asked_at, *self.words]

    def counted(self):
        # Exit status 4 says that something was lost: that is what is being measured here.
        done = subprocess.run([PEWIT, "status", "--json", "--socket", self.asked_at],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        counts = json.loads(done.stdout)["interfaces"][0]
        return {"received": counts["received"], "lost": counts["dropped"],
                "bypassed": counts["bypassed"],
                "unexplained": counts["received"] - counts["waiting"]
                - sum(counts[what] for what in ("processed", "bypassed", "dropped"))}


class Suricata(Program):
    def missing(self):
        return None if shutil.which("suricata") else "not installed (make deps-bench)"

    def command(self, folder):
        # Offloading is left as it is set up for all: veth takes redirected frames only with GRO.
        settings = ("capture.disable-offloading=false", f"unix-command.filename={self.asked_at}",
                    *self.words)
        return ["suricata", f"--af-packet={self.interface}", "-l", folder, "-S", "/dev/null",
                "--runmode", "workers", *(word.replace("INTERFACE", self.interface)
                                          for each in settings for word in ("--set", each))]

    def counted(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(5)
            control.connect(str(self.asked_at))
            for question in ({"version": "0.2"}, {"command": "iface-stat",
                                                  "arguments": {"iface": self.interface}}):
                control.sendall(json.dumps(question).encode() + b"\n")
                answer = json.loads(control.recv(65536))
        counts = answer["message"]
        return {"received": counts["pkts"], "lost": counts["drop"],
                "bypassed": counts["bypassed"], "unexplained": 0}

    def settled(self):
        """It reads the kernel's counts about once a second."""
        time.sleep(1.2)
        return super().settled()


NOBODY, TAP = Nobody(), Tap()
COPIED = Pewit("pewit, afpacket, no bypass", "every frame is copied to a ring", "--bypass", "0")
BYPASSED = Pewit("pewit, afpacket", "as it is by default: decided flows are counted in the kernel")
XDP = Pewit("pewit, afxdp", "decided flows end in the driver", "--capture", "afxdp")
SURICATA = Suricata("Suricata, as packaged", "AF_PACKET (TPACKET_V2, two threads), no rules, default EVE")
# As its own warning and guide have it: V3, a thread for the core, no parsing of what is encrypted; a ring like pewit's.
SURICATA_TUNED = Suricata("Suricata, tuned",
                          "TPACKET_V3, one thread, 64 MiB of ring, streams and encrypted flows bypassed",
                          "af-packet.0.interface=INTERFACE", "af-packet.0.threads=1",
                          "af-packet.0.tpacket-v3=yes", "af-packet.0.ring-size=7200",
                          "af-packet.0.block-size=1048576", "stream.bypass=yes",
                          "app-layer.protocols.tls.encryption-handling=bypass")
PROGRAMS = (NOBODY, TAP, COPIED, BYPASSED, XDP, SURICATA, SURICATA_TUNED)


def version(program):
    words = {Pewit: [PEWIT, "--version"], Suricata: ["suricata", "-V"]}.get(type(program))
    if not words:
        return ""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return re.search(r"\d+(\.\d+)+", done.stdout + done.stderr).group()


if __name__ == "__main__":
    refuse_all(sys.argv[1])
