"""What a daemon must live through: reloads, renamed files, a full disk, a sudden end."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from lab import MAP, Capture, Lab, Missing

HOSTS = str(pathlib.Path(__file__).parent / "hosts.py")
PUBLIC = "203.0.113.12"


def lines_of(*paths):
    """Events of files; fails on a line that is not whole."""
    events = []
    for path in paths:
        text = path.read_text()
        assert text.endswith("\n") or not text, f"{path}: an unfinished line at the end"
        events += [json.loads(line) for line in text.splitlines()]
    return events


def flow_ports(events):
    return collections.Counter(e["dest_port"] for e in events
                               if e["event_type"] == "flow" and e["dest_ip"] == PUBLIC)


class Daemon(unittest.TestCase):
    def setUp(self):
        try:
            self.lab = Lab().__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)

    def scatter(self, first, count, rate):
        return self.lab.start("compute", sys.executable, HOSTS, "scatter", PUBLIC, first, count,
                              rate)

    def tell(self, capture, number):
        os.kill(capture.child.pid, number)

    def wait_said(self, capture, word):
        for line in capture.child.stderr:
            if word in line:
                return line
        self.fail(f"pewit ended before it said {word!r}")

    def law(self, stats):
        s = stats["interface"]["compute"]
        self.assertEqual(s["received"], s["processed"] + s["bypassed"] + s["dropped"], s)
        self.assertEqual((s["waiting"], s["dropped"]), (0, 0))

    def test_reloads_under_traffic_lose_and_repeat_nothing(self):
        good, broken = MAP.read_text(), "{\"version\": 1,"
        path = self.lab.path("map.json")
        path.write_text(good)
        capture = Capture(self.lab, ["compute"], "--only-in", "--workers", "2", expected=path)
        sender = self.scatter(10000, 9000, 3000)
        for turn in range(12):
            is_good = turn % 3 != 2
            path.write_text(good + " " * turn if is_good else broken)
            self.tell(capture, signal.SIGHUP)
            said = self.wait_said(capture, "reload")
            self.assertEqual("refused" not in said, is_good, said)
            if not is_good:
                self.assertIn("map.json:1:", said)
        sender.wait(timeout=30)
        path.write_text(good)
        time.sleep(0.3)
        status, events, stats = capture.stop()
        self.assertEqual(status, 0)
        self.law(stats)
        self.assertEqual((stats["run"]["reloads"], stats["run"]["reloads_refused"],
                          stats["run"]["generation"]), (8, 4, 9))
        seen = flow_ports(events)
        self.assertEqual((len(seen), set(seen.values())), (9000, {1}))
        self.assertEqual({e["verdict"] for e in events if e["event_type"] == "flow" and
                          e["dest_ip"] == PUBLIC}, {"unexpected_egress"})
        firsts = collections.Counter((e["rule_id"], e["dest_port"]) for e in events
                                     if e["event_type"] == "alert" and "alert" in e and
                                     e.get("dest_ip") == PUBLIC)
        self.assertEqual(set(firsts.values()), {1}, "an alert was written twice")

    def test_a_renamed_file_is_let_go_of(self):
        capture = Capture(self.lab, ["compute"], "--only-in")
        sender = self.scatter(10000, 3000, 1500)
        time.sleep(0.7)
        old = capture.output.with_suffix(".1")
        capture.output.rename(old)
        self.tell(capture, signal.SIGHUP)
        self.wait_said(capture, "reloaded")
        sender.wait(timeout=30)
        time.sleep(0.3)
        status, events, stats = capture.stop()
        self.assertEqual(status, 0)
        self.law(stats)
        seen = flow_ports(lines_of(old, capture.output))
        self.assertEqual((len(seen), set(seen.values())), (3000, {1}))

    def test_after_a_sudden_end_lines_are_whole_and_the_loss_is_said(self):
        for written in (1, 20_000, 300_000):
            with self.subTest(written=written):
                path = self.lab.path("events.jsonl")
                path.unlink(missing_ok=True)
                capture = Capture(self.lab, ["compute"], "--only-in", "--set",
                                  "flow.limit=64")
                sender = self.scatter(10000, 40000, 4000)
                while path.stat().st_size < written:
                    time.sleep(0.001)
                capture.child.kill()
                capture.child.wait()
                killed = path.read_bytes()
                with open(path, "ab") as file:
                    file.write(b'{"timestamp":"2026-01-01T00:00:00.000000+0000","flow_id":12')
                again = Capture(self.lab, ["compute"], "--only-in", "--set", "flow.limit=64",
                                output=path, keep=True)
                again.wait_for(lambda e: e["event_type"] == "flow" and
                               e["timestamp"] > "2026-01-01T00:00:01", 20)
                sender.kill()
                sender.wait()
                again.stop()
                events = lines_of(path)
                self.assertTrue(path.read_bytes().startswith(killed[:killed.rfind(b"\n") + 1]))
                restart = [e for e in events if e["event_type"] == "coverage" and
                           e["coverage"]["id"] == "restart"]
                self.assertEqual(len(restart), 1)
                self.assertIn("unfinished event", restart[0]["coverage"]["reason"])
                self.assertEqual({n for n in flow_ports(events).values()}, {1})

    def test_an_orderly_end_is_no_loss(self):
        path = self.lab.path("events.jsonl")
        for _ in range(2):
            capture = Capture(self.lab, ["compute"], keep=True)
            capture.stop()
        self.assertNotIn("restart", [e["coverage"]["id"] for e in lines_of(path)
                                     if e["event_type"] == "coverage"])

    def test_a_full_disk_costs_lines_that_are_counted(self):
        disk = self.lab.path("disk")
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=768k", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk])
        path = disk / "events.jsonl"
        capture = Capture(self.lab, ["compute"], "--only-in", "--set", "flow.limit=64",
                          output=path)
        self.scatter(10000, 2500, 5000).wait(timeout=30)
        time.sleep(0.5)
        self.assertIsNone(capture.child.poll(), "pewit ended on a full disk")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        time.sleep(0.3)
        self.scatter(20000, 500, 5000).wait(timeout=30)
        time.sleep(0.5)
        status, _, stats = capture.stop()
        events = lines_of(path)
        lost = stats["output"]["lines_lost"]
        self.assertEqual(status, 4, "a loss that is not said")
        self.assertGreater(lost, 0)
        seen = flow_ports(events)
        self.assertEqual(set(seen.values()), {1})
        flows, alerts = len(seen), sum(e["event_type"] == "alert" for e in events)
        self.assertEqual([port for port in range(20000, 20500) if port not in seen], [])
        # Each datagram is a flow and an alert, and nothing else comes but neighbours' questions.
        self.assertAlmostEqual(flows + alerts + lost, 2 * 3000, delta=60)
        self.law(stats)


if __name__ == "__main__":
    unittest.main()
