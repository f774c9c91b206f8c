"""Each scenario is flagged as it happens, and again, the same, in a replay of what was captured beside it."""
import json
import pathlib
import subprocess
import time
import unittest

import clients
import observing
import servers
from lab import HOSTS, PEWIT, ROOT, Capture, Lab, Missing
from scenarios import SCENARIOS, present

EXPECTED = ROOT / "rules/cases/map.json"
INTERFACES = list(HOSTS)


def record(lab, interface):
    """tcpdump on the appliance, of what arrives."""
    child = lab.start("nva", "tcpdump", "-i", interface, "-Q", "in", "-U", "-B", "16384",
                      "--time-stamp-precision=nano", "-w", lab.path(f"{interface}.pcap"),
                      stderr=subprocess.PIPE)
    child.stderr.readline()
    return child


def end_recording(child):
    child.terminate()
    child.wait(timeout=20)
    said = child.stderr.read()
    assert "0 packets dropped by kernel" in said, said


def replay(lab, *options):
    output = lab.path("replayed.jsonl")
    subprocess.run([PEWIT, "replay", "--map", EXPECTED, *options, "-o", output,
                    *(lab.path(f"{interface}.pcap") for interface in INTERFACES)], check=True,
                   capture_output=True, timeout=60)
    with open(output) as lines:
        return [json.loads(line) for line in lines]


class Scenarios(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        try:
            self.lab = Lab()
            self.lab.__enter__()
            self.addCleanup(self.lab.__exit__)
            servers.start_all(self.lab)
        except Missing as why:
            self.skipTest(str(why))
        resolver = clients.Resolver(self.lab)
        resolver.__enter__()
        self.addCleanup(resolver.__exit__)

    def happen(self, tail):
        """Lets each happen; what was wrong."""
        for scenario in filter(present, SCENARIOS):
            with self.subTest(scenario.name):
                since = len(tail.seen)
                scenario.act(self.lab)
                tail.wait_for(lambda events, want=len(scenario.alerts):
                              sum(e["event_type"] == "alert" for e in events) >= want, since, 5)
                time.sleep(0.15)  # one that is too many comes soon, too
                seen = tail.seen[since:]
                raised = [(e, wall) for e, wall in seen if e["event_type"] == "alert"]
                late = [(wall - observing.seconds_of(e["timestamp"])) * 1000 for e, wall in raised]
                for (event, _), milliseconds in zip(raised, late):
                    print(f"      {milliseconds:6.1f} ms  {event['verdict']:24} "
                          f"{event['rule_id']:12} {scenario.name}")
                if not raised:
                    print(f"          -      nothing to say                        {scenario.name}")
                self.assertEqual(sorted((e["verdict"], e["rule_id"]) for e, _ in raised),
                                 sorted(scenario.alerts))
                self.assertLess(max(late, default=0), 1000)

    def test_each_is_flagged_as_it_happens_and_the_same_in_replay(self):
        recorders = [record(self.lab, interface) for interface in INTERFACES]
        one = Capture(self.lab, INTERFACES, "--only-in", expected=EXPECTED)
        two = Capture(self.lab, INTERFACES, "--only-in", "--workers", "2", expected=EXPECTED,
                      output="two.jsonl")
        tail = observing.Tail(one.output)
        self.happen(tail)
        time.sleep(0.5)
        live = [capture.stop() for capture in (one, two)]
        tail.stop()
        for recorder in recorders:
            end_recording(recorder)
        first = replay(self.lab)
        found = {(f[0], f[2], f[3], f[5]) for f in observing.flows(first)}
        for scenario in filter(present, SCENARIOS):
            self.assertLessEqual(set(scenario.flows), found, scenario.name)
        for name, events in (("replayed, 2 workers", replay(self.lab, "--workers", "2")),
                             ("live, 1 worker", live[0][1]), ("live, 2 workers", live[1][1])):
            for kind in (observing.flows, observing.alerts, observing.others):
                with self.subTest(name, kind=kind.__name__):
                    self.assertEqual(sorted((kind(events) - kind(first)).elements(), key=str),
                                     sorted((kind(first) - kind(events)).elements(), key=str))
        print(f"      {len(found)} flows and {sum(observing.alerts(first).values())} alerts are "
              "the same live and in replay, with 1 and 2 workers")
        for status, _, stats in live:
            self.assertEqual(status, 0)
            for name in INTERFACES:
                counts = stats["interface"][name]
                self.assertEqual(counts["received"],
                                 counts["processed"] + counts["bypassed"] + counts["dropped"])


if __name__ == "__main__":
    unittest.main()
