"""Each scenario is flagged as it happens, and again, the same, in a replay of what was captured
beside it.
"""
import time
import unittest

import observing
from lab import Capture
from scenarios import SCENARIOS, present
from staging import EXPECTED, INTERFACES, Staged, end_recording, record, replay


class Scenarios(Staged):
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
        print(f"      {sum(observing.flows(first).values())} flows and {sum(observing.alerts(first).values())} alerts are "
              "the same live and in replay, with 1 and 2 workers")
        for status, _, stats in live:
            self.assertEqual(status, 0)
            self.law(stats, INTERFACES)


if __name__ == "__main__":
    unittest.main()
