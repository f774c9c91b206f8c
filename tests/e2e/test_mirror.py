"""A sensor that gets copies through tunnels sees what the appliance sees."""
import collections
import time
import unittest

import mirror
import observing
from lab import Capture
from scenarios import SCENARIOS, present
from staging import EXPECTED, INTERFACES, Staged


def raised(events):
    """The sensor's evidence may say more (the envelope): alerts by ends, verdict and rule."""
    return collections.Counter(alert[:7] for alert in observing.alerts(events).elements())


def judged(events):
    """Flows without their counts."""
    return collections.Counter(flow[:8] for flow in observing.flows(events).elements())


def opened(events):
    """Flows as they are inside their envelopes, of which each packet has one."""
    def strip(flow):
        *head, up, down, up_bytes, down_bytes, state = flow
        return (*head, up, down, up_bytes - up * mirror.ENVELOPE_BYTES,
                down_bytes - down * mirror.ENVELOPE_BYTES, state)
    return collections.Counter(strip(flow) for flow in observing.flows(events).elements())


INSIDE = ("10.10.1.", "10.20.1.")  # compute and dev


def crossing(flows):
    """Those between the inside and the outside: others arrive and leave by the same tunnel here."""
    return collections.Counter({flow: count for flow, count in flows.items()
                                if flow[0].startswith(INSIDE) != flow[2].startswith(INSIDE)})


class Mirrored(Staged):
    def setUp(self):
        super().setUp()
        mirror.add_sensor(self.lab)

    def watch(self, interfaces, *options):
        """Lets the scenarios happen; the appliance's events and the sensor's."""
        nva = Capture(self.lab, interfaces, "--only-in", expected=EXPECTED)
        sensor = Capture(self.lab, ["eth0"], "--only-in", *options, host="sensor",
                         expected=EXPECTED, output="sensor.jsonl")
        for scenario in filter(present, SCENARIOS):
            scenario.act(self.lab)
        time.sleep(0.3)
        ended = [capture.stop() for capture in (nva, sensor)]
        for (status, _, stats), names in zip(ended, (interfaces, ["eth0"])):
            self.assertEqual(status, 0)
            self.law(stats, names)
        return ended[0][1], ended[1][1]

    def compare(self, nva, sensor):
        for what, here, there in (("flows", observing.flows(nva), opened(sensor)),
                                  ("alerts", raised(nva), raised(sensor))):
            with self.subTest(what):
                self.assertEqual(sorted((there - here).elements(), key=str),
                                 sorted((here - there).elements(), key=str))
        self.assertGreater(len(judged(nva)), 20)

    def test_a_mirror_port_sees_the_flows_and_verdicts_of_the_appliance(self):
        mirror.add_tunnel(self.lab, "mirror", mirror.PORT, mirror.VNI)
        for interface in INTERFACES:
            mirror.copy(self.lab, interface, "mirror")
        self.compare(*self.watch(INTERFACES, "--workers", "2"))

    def pair(self, *directions):
        for tunnel in (mirror.INTERNAL, mirror.EXTERNAL):
            mirror.add_tunnel(self.lab, *tunnel)
        for interface in INTERFACES:
            inside = interface in ("compute", "dev")
            mirror.copy(self.lab, interface, "internal" if inside else "external", directions)

    def test_the_two_directions_of_a_flow_in_two_tunnels_are_one_flow(self):
        """What arrives behind Gateway Load Balancer: questions in one tunnel, answers in the other."""
        self.pair("ingress")
        self.compare(*self.watch(INTERFACES))

    def test_a_flow_that_both_tunnels_carry_whole_counts_each_packet_once(self):
        """What arrives by one tunnel leaves by the other (docs/live.md)."""
        self.pair("ingress", "egress")
        nva, sensor = self.watch(INTERFACES)
        self.assertEqual(judged(sensor), judged(nva))
        self.assertEqual(set(raised(sensor)), set(raised(nva)))
        here, there = crossing(observing.flows(nva)), crossing(opened(sensor))
        self.assertEqual(sorted((there - here).elements(), key=str),
                         sorted((here - there).elements(), key=str))
        self.assertGreater(len(here), 10)
        self.assertGreater(sensor[-1]["stats"]["rest"]["copy"]["packets"], 100)


if __name__ == "__main__":
    unittest.main()
