"""A minute of everything at once, and a load that is too much. SOAK_SECONDS makes it longer."""
import os
import unittest

from lab import Missing
from soak import soak


class Soaked(unittest.TestCase):
    def soak(self, *what):
        try:
            return soak(*what)
        except Missing as why:
            self.skipTest(str(why))

    def test_everything_at_once_adds_up_and_memory_stays(self):
        self.soak(int(os.environ.get("SOAK_SECONDS", "60")), 3000)

    def test_at_overload_drops_are_counted_and_the_daemon_answers(self):
        one = self.soak(12, 400000, "2", "stats,coverage")
        self.assertGreater(one.dropped, 0, "this machine keeps up: no overload was shown")


if __name__ == "__main__":
    unittest.main()
