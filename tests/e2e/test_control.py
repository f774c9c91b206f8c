"""A running daemon is asked, told and measured, while traffic passes."""
import json
import shutil
import re
import signal
import subprocess
import sys
import time
import unittest

import control
from lab import Capture, Lab, MAP, Missing, PEWIT, USER
from test_daemon import HOSTS, PUBLIC

SAMPLE = re.compile(r'^([a-z_]+)(?:\{([a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*)\})? ([0-9.]+)$')
PORT = 9109
# Greets as an SSH server or client does, and stays.
GREET = """
import socket, sys, time
ends = [socket.create_server(("", 22)) if sys.argv[1] == "serve" else
        socket.create_connection((sys.argv[1], 22))]
print("ready", flush=True)
if sys.argv[1] == "serve":
    ends.append(ends[0].accept()[0])
ends[-1].sendall(b"SSH-2.0-test\\r\\n")
time.sleep(60)
"""


class Control(unittest.TestCase):
    def setUp(self):
        try:
            self.lab = Lab().__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)
        # As /run/pewit is: whom the daemon becomes may take its sockets away again.
        folder = self.lab.path("run")
        folder.mkdir()
        shutil.chown(folder, USER)
        folder.parent.chmod(0o711)
        self.socket = folder / "control.sock"

    def listen(self, *options, **more):
        return Capture(self.lab, ["compute"], "--only-in", "--control", self.socket, *options,
                       **more)

    def ask(self, *words):
        """A command's exit status, output and complaint."""
        done = subprocess.run([PEWIT, *words, "--socket", self.socket], capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def status(self):
        return json.loads(self.ask("status", "--json")[1])

    def scatter(self, first, count, rate):
        return self.lab.start("compute", sys.executable, HOSTS, "scatter", PUBLIC, first, count,
                              rate)

    def greet(self):
        for host, word in (("public", "serve"), ("compute", PUBLIC)):
            child = self.lab.start(host, sys.executable, "-c", GREET, word,
                                   stdout=subprocess.PIPE)
            self.assertEqual(child.stdout.readline(), "ready\n")

    def scrape(self, *where):
        """Samples by name and labels; fails on a line that is none."""
        text = self.lab.inside("nva", "curl", "-sS", "--max-time", "10", *where)
        samples = {}
        for line in text.splitlines():
            if not line.startswith("# "):
                name, labels, value = SAMPLE.match(line).groups()
                self.assertNotIn((name, labels), samples)
                samples[name, labels] = float(value)
        return samples

    def total(self, samples, name, label=""):
        return sum(value for (metric, labels), value in samples.items()
                   if metric == name and label in (labels or ""))

    def settled(self, ask, test):
        """What is asked, once the test holds of it: workers tell what they count five times a second."""
        end = time.monotonic() + 15
        while not test(answer := ask()):
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.1)
        return answer

    def test_it_answers_while_it_is_busy(self):
        capture = self.listen("--workers", "2")
        sender = self.scatter(1000, 60000, 15000)
        took = {"status": [], "flows": []}
        while sender.poll() is None:
            for command, times in took.items():
                begun = time.monotonic()
                code, said, _ = self.ask(command)
                times.append(time.monotonic() - begun)
                self.assertIn(code, (0, 4), said)  # 4: a busy machine has lost some, and says so
        for command, times in took.items():
            times.sort()
            print(f"pewit {command} under load, {len(times)} times: median "
                  f"{times[len(times) // 2] * 1000:.1f} ms, longest {times[-1] * 1000:.1f} ms",
                  file=sys.stderr)
            self.assertGreater(len(times), 5)
            self.assertLess(times[-1], 1)
        status = self.status()
        self.assertTrue(status["ok"])
        self.assertEqual(len(status["workers"]), 2)
        self.assertGreater(status["findings"]["high"] + status["findings"]["medium"] +
                           status["findings"]["low"], 0)
        capture.stop()

    def status_beside(self, question, until):
        """Asks for status again and again while another asks that question, each without a pause and without
        starting a program: what is measured is the daemon. How often the other was answered."""
        took, meanwhile = [], 0
        asker = control.Asker(self.socket, question)
        with asker:
            while not until(asker):
                answered = asker.answered
                seconds, answer = control.ask(self.socket, {"command": "status"})
                self.assertTrue(answer["ok"])
                took.append(seconds)
                meanwhile += asker.answered == answered  # the other's question was open all the while
                time.sleep(0.005)
        took.sort()
        print(f"status beside {question['command']}, {len(took)} times ({asker.answered} times the "
              f"other, slowest {asker.slowest * 1000:.1f} ms): median "
              f"{took[len(took) // 2] * 1000:.1f} ms, longest {took[-1] * 1000:.1f} ms",
              file=sys.stderr)
        self.assertGreater(asker.answered, 0)
        self.assertGreater(meanwhile, 0, "every status waited")
        # The scheduler may take longer once; a daemon that waits takes longer every time.
        self.assertLess(took[len(took) // 2], 0.1)
        return asker.answered, meanwhile

    def test_status_does_not_wait_for_flows(self):
        capture = self.listen("--workers", "2")
        sender = self.scatter(1000, 60000, 15000)
        self.status_beside({"command": "flows", "limit": 1000},
                           lambda _: sender.poll() is not None)
        self.assertEqual(capture.stop()[0], 0)

    def test_status_does_not_wait_for_a_reload(self):
        """Of as many service tags as Azure has: loading them takes a tenth of a second or more."""
        tags = self.lab.path("tags.json")
        prefixes = [f"{20 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24" for i in range(96000)]
        tags.write_text(json.dumps({"cloud": "Public", "changeNumber": 1, "values": [
            {"name": f"Tag{i}", "id": f"Tag{i}", "properties": {
                "addressPrefixes": prefixes[i::100], "systemService": "", "region": ""}}
            for i in range(100)]}))
        capture = self.listen("--workers", "2", "--service-tags", tags)
        self.scatter(1000, 3000, 1000)
        reloads, meanwhile = self.status_beside({"command": "reload"},
                                                lambda asker: asker.answered >= 10)
        self.assertGreater(meanwhile, reloads, "most of a reload nobody is answered in")
        self.assertGreaterEqual(self.status()["knowledge"]["reloads"], reloads)
        self.assertEqual(capture.stop()[0], 0)

    def test_flows_are_listed_in_the_order_asked_for(self):
        capture = self.listen()
        self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, 9999, 50, 100)
        self.scatter(20000, 30, 1000).wait(timeout=30)
        answer = self.settled(lambda: json.loads(self.ask("flows", "--json", "-n", "1000")[1]),
                              lambda a: len(a["flows"]) >= 31)
        largest = answer["flows"][0]
        self.assertEqual((largest["dest_ip"], largest["dest_port"], largest["pkts_toserver"],
                          largest["bytes_toserver"]), (PUBLIC, 9999, 50, 50 * 142))
        sizes = [f["bytes_toserver"] + f["bytes_toclient"] for f in answer["flows"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        three = json.loads(self.ask("flows", "--json", "-n", "3", "--order", "start")[1])["flows"]
        self.assertEqual([f["dest_port"] for f in three], [20029, 20028, 20027])
        code, said, _ = self.ask("flows", "-n", "1")
        self.assertEqual(code, 0)
        self.assertIn(f"{PUBLIC}:9999", said)
        self.assertIn("not judged yet", said)
        capture.stop()

    def test_findings_are_seen_while_their_flow_lives(self):
        capture = self.listen()
        self.greet()
        answer = self.settled(
            lambda: json.loads(self.ask("flows", "--json", "--severity", "low")[1]),
            lambda a: a["flows"])
        flow = answer["flows"][0]
        self.assertEqual((len(answer["flows"]), flow["app_proto"], flow["dest_port"]),
                         (1, "ssh", 22))
        code, said, _ = self.ask("flows", "--severity", "low")
        self.assertEqual(code, 0)
        self.assertIn(flow["verdict"], said)
        capture.stop()

    def test_a_reload_is_done_or_refused_with_the_reason(self):
        path, config = self.lab.path("map.json"), self.lab.path("pewit.json")
        path.write_text(MAP.read_text())
        config.write_text(json.dumps({"output": {"stats_s": 0}}))
        capture = self.listen("-c", config, expected=path)

        def refused(*words):
            code, _, why = self.ask("reload")
            self.assertEqual(code, 1)
            for word in words:
                self.assertIn(word, why)

        self.assertEqual(self.ask("reload")[:2], (0, "reloaded\n"))
        path.write_text("{\"version\": 1,")
        refused("map.json:1:")
        path.write_text(MAP.read_text())
        config.write_text(json.dumps({"outptu": {}}))
        refused("pewit.json:1:", "output")
        # What reading alone does not find is refused as it is at the start.
        config.write_text(json.dumps({"metrics": {"listen": "0.0.0.0:9109"}}))
        refused("can be reached from outside")
        self.assertEqual(self.settled(self.status, lambda s: s["ok"])["knowledge"]["generation"], 2)

        config.write_text(json.dumps({"output": {"stats_s": 1}, "capture": {"ring_mib": 32}}))
        self.assertEqual(self.ask("reload")[0], 0)
        self.assertIsNotNone(capture.wait_for(lambda e: e["event_type"] == "stats", 10),
                             "output.stats_s is not followed")
        self.assertEqual(self.ask("reload")[0], 0)
        knowledge = self.status()["knowledge"]
        self.assertEqual((knowledge["reloads"], knowledge["reloads_refused"]), (3, 3))
        self.assertIn("can be reached from outside", knowledge["last_refusal"])
        capture.stop()
        said = capture.child.stderr.read()
        self.assertEqual(said.count("pewit: reload refused, the old is kept: "), 3, said)
        self.assertEqual(said.count("pewit: reloaded\n"), 3, said)
        self.assertEqual(said.count("capture.ring_mib has changed: that takes a restart"), 2,
                         "said at each reload")

    def test_two_daemons_do_not_share_a_socket_and_a_dead_ones_is_taken_over(self):
        capture = self.listen()
        second = subprocess.run(
            ["ip", "netns", "exec", self.lab.names["nva"], PEWIT, "run", "-i", "dev", "--map", MAP,
             "-o", self.lab.path("second.jsonl"), "--control", self.socket],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(second.returncode, 2)
        self.assertIn("another pewit answers there", second.stderr)
        self.assertTrue(self.status()["ok"])
        capture.child.kill()
        capture.child.wait()
        self.assertTrue(self.socket.exists())
        code, _, why = self.ask("status")
        self.assertEqual(code, 1)
        self.assertIn("no pewit answers there", why)
        again = self.listen(output=self.lab.path("again.jsonl"))
        self.assertTrue(self.status()["ok"])
        again.stop()
        self.assertFalse(self.socket.exists())

    def metrics_add_up(self, listen, *where):
        capture = self.listen("--workers", "2", "--metrics", listen)
        before = self.scrape(*where)
        sender = self.scatter(30000, 6000, 4000)
        self.greet()
        while sender.poll() is None:
            now = self.scrape(*where)
            for (name, labels), value in now.items():
                if name.endswith("_total"):
                    self.assertGreaterEqual(value, before.get((name, labels), 0), name)
            before = now
            time.sleep(0.2)

        def outcome(samples, word):
            return self.total(samples, "pewit_capture_packets_total", f'outcome="{word}"')

        after = self.settled(
            lambda: self.scrape(*where),
            lambda s: s["pewit_flow_packets_total", None] >= 6000 and
            self.total(s, "pewit_capture_waiting_packets") == 0 and
            outcome(s, "processed") == s["pewit_flow_packets_total", None] +
            self.total(s, "pewit_other_packets_total") + s["pewit_fragment_rest_packets", None])
        self.assertEqual(self.total(after, "pewit_capture_received_packets_total"),
                         sum(outcome(after, word) for word in ("processed", "bypassed", "dropped")))
        self.assertEqual(outcome(after, "dropped"), 0)
        self.assertGreater(self.total(after, "pewit_flows_live"), 6000)
        self.assertEqual(self.total(after, "pewit_flows_live"),
                         after["pewit_flows_started_total", None] -
                         self.total(after, "pewit_flows_ended_total"))
        self.assertGreater(self.total(after, "pewit_findings_total"), 0)
        self.assertEqual(after["pewit_build_info",
                               f'version="{self.status()["version"]}"'], 1)
        labels = " ".join(label or "" for _, label in after)
        self.assertNotIn(PUBLIC, labels)
        self.assertEqual(capture.stop()[0], 0)

    def test_metrics_add_up_over_tcp(self):
        self.metrics_add_up(f"127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT}/metrics")

    def test_metrics_add_up_over_a_unix_socket(self):
        path = self.socket.parent / "metrics.sock"
        self.metrics_add_up(f"unix:{path}", "--unix-socket", path, "http://pewit/metrics")
        self.assertFalse(path.exists())

    def test_without_being_told_to_it_serves_no_metrics(self):
        capture = self.listen()
        listening = self.lab.inside("nva", "ss", "-Hltn")
        self.assertEqual(listening, "")
        capture.child.send_signal(signal.SIGTERM)
        capture.child.wait(timeout=30)


if __name__ == "__main__":
    unittest.main()
