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
    return collections.Counter(alert[:7] for alert in observing.alerts(events))


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
        for kind in (observing.flows, raised):
            with self.subTest(kind.__name__):
                self.assertEqual(sorted((kind(sensor) - kind(nva)).elements(), key=str),
                                 sorted((kind(nva) - kind(sensor)).elements(), key=str))

    def test_a_mirror_port_sees_the_flows_and_verdicts_of_the_appliance(self):
        mirror.add_tunnel(self.lab, "mirror", mirror.PORT, mirror.VNI)
        for interface in INTERFACES:
            mirror.copy(self.lab, interface, "mirror")
        nva, sensor = self.watch(INTERFACES, "--workers", "2")
        self.assertGreater(len(observing.flows(nva)), 20)
        self.compare(nva, sensor)

    def test_a_flow_in_both_tunnels_of_a_load_balancers_pair_is_one_flow(self):
        for tunnel in (mirror.INTERNAL, mirror.EXTERNAL):
            mirror.add_tunnel(self.lab, *tunnel)
        # As it passes: a packet comes out of one tunnel and goes into the other.
        mirror.copy(self.lab, "compute", "internal", ("ingress", "egress"))
        for interface in ("public", "azure"):
            mirror.copy(self.lab, interface, "external", ("ingress", "egress"))
        nva, sensor = self.watch(["compute", "public", "azure"])
        self.compare(nva, sensor)


if __name__ == "__main__":
    unittest.main()
