"""What deploy/pewit.service leaves to the daemon is enough for it, so that nothing has to be given back."""
import pathlib
import re
import sys
import time
import unittest

from lab import ROOT, Capture, Lab, Missing

HOSTS = pathlib.Path(__file__).parent / "hosts.py"
PUBLIC = "203.0.113.12"


def capabilities():
    """Those of the unit, as setpriv names them."""
    unit = (ROOT / "deploy/pewit.service").read_text()
    words = " ".join(re.findall(r"^CapabilityBoundingSet=(.*)$", unit, re.M)).split()
    return [word.removeprefix("CAP_").lower() for word in words]


class Bounded(Lab):
    """Where pewit runs with the capabilities of the unit and no way to more."""

    def start(self, host, *words, **options):
        bounds = ",".join(["-all", *(f"+{name}" for name in capabilities())])
        return super().start(host, "setpriv", "--bounding-set", bounds, "--inh-caps=-all",
                             "--no-new-privs", *words, **options)


class Service(unittest.TestCase):
    def setUp(self):
        try:
            self.lab = Bounded()
            self.lab.__enter__()
            self.addCleanup(self.lab.__exit__)
        except Missing as why:
            self.skipTest(str(why))

    def test_the_units_capabilities_are_enough_to_capture_and_to_bypass(self):
        self.assertIn("net_raw", capabilities())
        capture = Capture(self.lab, ["compute"], "--only-in")
        with open(f"/proc/{capture.child.pid}/status") as status:
            self.assertRegex(status.read(), r"NoNewPrivs:\s*1")
        self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, 9999, 1000, 100)
        time.sleep(0.3)
        status, _, stats = capture.stop()
        self.assertEqual((status, [line for line in capture.said if "note" in line]), (0, []))
        self.assertGreaterEqual(stats["interface"]["compute"]["received"], 1000)


if __name__ == "__main__":
    unittest.main()
