#!/usr/bin/env python3
"""Everything at once, for as long as told: python3 soak.py SECONDS [RATE]   (as root)

A scan of new flows with a burst of 100,000 in one second every minute, bypassed TLS transfers, reloads of which every
other is broken, an interface that goes down and up, a full disk, renamed output. Once a second the daemon is asked how
it fares. At the end all must add up.
"""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import control
from lab import MAP, PEWIT, Capture, Lab

HERE = pathlib.Path(__file__).parent
HOSTS = str(HERE / "hosts.py")
SCAN = HERE.parent.parent / "build/scan"
PUBLIC = "203.0.113.12"
WARM_UP = 0.4  # of the time: tables fill, the allocator finds its size
GROWTH_KIB = 16 * 1024  # after that: what a leak of a reload or a flow would pass in minutes
FLOWS = 16384
STATUS_S, STATUS_MOST_S = 0.1, 2.0  # nine in ten; any
BURST = 100000  # new flows in one second
BURST_EVERY_S = 60


def part_of(times, part):
    """The time within which this part of them was."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def spread(times):
    return ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in (
        ("median", part_of(times, 0.5)), ("nine in ten", part_of(times, 0.9)), ("longest", max(times))))


class Soak:
    def __init__(self, lab, seconds, rate, ring="64", events=None):
        self.lab, self.seconds, self.rate = lab, seconds, rate
        self.socket = lab.path("control.sock")
        self.disk = lab.path("disk")
        self.map = lab.path("map.json")
        self.good = MAP.read_text()
        self.map.write_text(self.good)
        self.ring, self.events = ring, events
        self.samples = []
        self.took, self.took_program = [], []  # by status, without and with the start of a program
        self.renamed, self.renames, self.bursts = [], 0, 0
        self.written, self.seen, self.stats = collections.Counter(), set(), None
        self.reloads = collections.Counter()

    def __enter__(self):
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=384m,mode=755", "tmpfs", self.disk],
                       check=True)
        self.lab.inside("nva", "ip", "route", "add", "blackhole", "192.0.2.0/24")
        self.capture = Capture(self.lab, ["compute", "public", "dev"], "--only-in", "--workers", "2",
                               "--control", self.socket, "--ring", self.ring, "--set",
                               f"flow.limit={FLOWS}", "--set", "alert.fold_window=5", "--set",
                               "window.keys=4096",
                               *(("--events", self.events) if self.events else ()),
                               expected=self.map,
                               output=self.disk / "events.jsonl")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                        "-keyout", self.lab.path("key"), "-out", self.lab.path("cert"), "-subj",
                        "/CN=contoso.openai.azure.com"], check=True, capture_output=True)
        return self

    def __exit__(self, *_):
        if self.capture.child.poll() is None:
            self.capture.child.kill()
            self.capture.child.wait()
        subprocess.run(["umount", "-l", self.disk])

    def pids(self):
        """The daemon's own: ip netns exec becomes what it runs."""
        return self.capture.child.pid

    def ask(self):
        begun = time.monotonic()
        told = subprocess.run([PEWIT, "status", "--json", "--socket", self.socket],
                              capture_output=True, text=True, timeout=30)
        self.took_program.append(time.monotonic() - begun)
        if told.returncode not in (0, 4):
            raise AssertionError(f"the daemon does not answer: {told.stderr}")
        took, answer = control.ask(self.socket, {"command": "status"})
        self.took.append(took)
        return answer

    def sample(self, begun):
        status = pathlib.Path(f"/proc/{self.pids()}/status").read_text()
        resident = int(next(line.split()[1] for line in status.splitlines()
                            if line.startswith("RssAnon:")))
        files = len(os.listdir(f"/proc/{self.pids()}/fd"))
        self.samples.append((time.monotonic() - begun, resident, files, self.ask()))

    def reload(self, turn):
        is_good = turn % 2 == 0
        self.map.write_text(self.good + " " * (turn % 7) if is_good else self.good[:-(turn % 97) - 3])
        told = subprocess.run([PEWIT, "reload", "--socket", self.socket], capture_output=True,
                              text=True, timeout=60)
        if (told.returncode == 0) != is_good:
            raise AssertionError(f"reload {turn}: {told.returncode} {told.stdout}{told.stderr}")
        self.reloads["taken" if is_good else "refused"] += 1

    def rename(self):
        for path in self.renamed:  # the daemon has let go of them long ago
            self.digest(path)
            path.unlink()
        self.renamed = [self.disk / f"events.{self.renames}"]
        self.renames += 1
        self.capture.output.rename(self.renamed[-1])
        self.map.write_text(self.good)
        os.kill(self.capture.child.pid, signal.SIGHUP)
        self.reloads["taken"] += 1

    def flap(self):
        for state in ("down", "up"):
            self.lab.inside("nva", "ip", "link", "set", "dev", "dev", state)

    def fill(self, is_full):
        filler = self.disk / "filler"
        if is_full:
            subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1M"], capture_output=True)
        else:
            filler.unlink(missing_ok=True)

    def transfer(self):
        return self.lab.start("compute", sys.executable, HOSTS, "fetch", PUBLIC, 443,
                              "contoso.openai.azure.com", stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)

    def run(self):
        begun, turn, scanned = time.monotonic(), 0, 0
        every = min(10.0, max(2.0, self.seconds / 30))
        due = begun + every
        burst_every = min(BURST_EVERY_S, self.seconds / 2)
        burst_due = begun + burst_every / 2
        server = self.lab.start("public", sys.executable, HOSTS, "serve", self.lab.path("cert"),
                                self.lab.path("key"), PUBLIC, 443, 1000000, 3000000,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        server.stdout.readline()
        while time.monotonic() - begun < self.seconds:
            second = time.monotonic()
            rate = self.rate
            if second >= burst_due:
                burst_due += burst_every
                rate = max(rate, BURST)
                self.bursts += 1
            scan = self.lab.start("compute", SCAN, rate, rate, scanned, stdout=subprocess.PIPE)
            fetch = self.transfer()
            if second >= due:
                due = second + every
                turn += 1
                self.reload(turn)
                (self.flap, self.rename, lambda: self.fill(True), lambda: self.fill(False))[
                    turn % 4]()
            self.sample(begun)
            scanned += int(scan.communicate(timeout=60)[0])
            fetch.wait(timeout=60)
            time.sleep(max(0, 1 - (time.monotonic() - second)))
        self.fill(False)
        server.kill()
        time.sleep(1)
        return scanned

    def digest(self, path):
        """Each line of a file is whole and an event, and no flow is in two of them."""
        with open(path, "rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    raise AssertionError(f"{path}: an unfinished line")
                event = json.loads(line)
                self.written[event["event_type"]] += 1
                if event["event_type"] == "stats":
                    self.stats = event["stats"]
                if event["event_type"] != "flow":
                    continue
                if event["flow_id"] in self.seen:
                    raise AssertionError(f"a flow was written twice: {line!r}")
                self.seen.add(event["flow_id"])

    def check(self, scanned):
        child = self.capture.child
        child.send_signal(signal.SIGTERM)
        status = child.wait(timeout=60)
        # Line by line: all events at once would fill this process, which goes on to other tests.
        for path in (*self.renamed, self.capture.output):
            self.digest(path)
        stats, written = self.stats, self.written
        if not stats["run"].get("final"):
            raise AssertionError("the last statistics are not there")
        for name, s in stats["interface"].items():
            if s["received"] != s["processed"] + s["bypassed"] + s["dropped"] or s["waiting"]:
                raise AssertionError(f"{name} does not add up: {s}")
        self.dropped = sum(s["dropped"] for s in stats["interface"].values())
        flows = stats["flow"]["started"]
        if stats["run"]["reloads"] != self.reloads["taken"] or \
           stats["run"]["reloads_refused"] != self.reloads["refused"]:
            raise AssertionError(f"reloads: {stats['run']} is not {self.reloads}")
        if self.events:
            return self.report(scanned, status, stats, written)
        if stats["bypass"]["packets"] == 0:
            raise AssertionError("no transfer was bypassed")
        ended = sum(stats["flow"]["ended"].values())
        lost = stats["output"]["flows_lost"]
        if not flows == ended == written["flow"] + lost:
            raise AssertionError(f"{flows} flows, {ended} ended, {written} written, {lost} lost")
        return self.report(scanned, status, stats, written)

    def report(self, scanned, status, stats, written):
        warm = [s for s in self.samples if s[0] >= WARM_UP * self.seconds] or self.samples
        early = max(s[1] for s in warm[:max(1, len(warm) // 3)])
        late = max(s[1] for s in warm[-max(1, len(warm) // 3):])
        files = {s[2] for s in warm}
        s = stats["interface"]["compute"]
        b = stats["bypass"]
        print(f"      {self.seconds} s, {scanned} new flows sent ({self.bursts} times "
              f"{max(self.rate, BURST)} in a second), {sum(self.reloads.values())} "
              f"reloads ({self.reloads['refused']} broken), {self.renames} renames")
        print(f"      received {s['received']} = processed {s['processed']} + bypassed "
              f"{s['bypassed']} (on all interfaces {b['packets']}) + dropped {s['dropped']}; lines lost {stats['output']['lines_lost']}"
              f", written {sum(written.values())}; exit status {status}")
        print(f"      anonymous memory {early} -> {late} KiB after the warm-up, descriptors {sorted(files)}; "
              f"{len(self.took)} times status: {spread(self.took)}, as a program {spread(self.took_program)}")
        if late - early > GROWTH_KIB:
            raise AssertionError(f"memory grew from {early} to {late} KiB")
        if len(files) > 3:
            raise AssertionError(f"descriptors: {sorted(files)}")
        # Reloads, the generator and this script share the processors with it: now and then one waits for them. A
        # daemon that keeps questions waiting does so often, and one that is stuck for long.
        if part_of(self.took, 0.9) > STATUS_S or max(self.took) > STATUS_MOST_S:
            raise AssertionError(f"status took {spread(self.took)}")


def soak(seconds, rate, ring="64", events=None):
    with Lab() as lab, Soak(lab, seconds, rate, ring, events) as one:
        one.check(one.run())
        return one


if __name__ == "__main__":
    soak(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5000)
