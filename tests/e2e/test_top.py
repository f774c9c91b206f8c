"""pewit top in a terminal, as a person would use it."""
import re
import subprocess
import sys
import unittest

from lab import PEWIT, Capture, Lab, Missing
from terminal import Terminal
from test_control import GREET
from test_daemon import HOSTS, PUBLIC


class Top(unittest.TestCase):
    def setUp(self):
        try:
            self.lab = Lab().__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)
        self.socket = self.lab.path("control.sock")
        self.listen()

    def listen(self):
        self.capture = Capture(self.lab, ["compute"], "--only-in", "--workers", "2", "--control",
                               self.socket)

    def top(self, *options, **terminal):
        shown = Terminal([PEWIT, "top", "--socket", self.socket, *options], **terminal)
        self.addCleanup(shown.close)
        return shown

    def sees(self, terminal, pattern):
        screen = terminal.wait_for(pattern)
        self.assertIsNotNone(screen, f"no {pattern!r} in\n{terminal.screen()}")
        return screen

    def send(self):
        for host, word in (("public", "serve"), ("compute", PUBLIC)):
            child = self.lab.start(host, sys.executable, "-c", GREET, word,
                                   stdout=subprocess.PIPE)
            self.assertEqual(child.stdout.readline(), "ready\n")
        self.lab.inside("compute", sys.executable, HOSTS, "scatter", PUBLIC, 20000, 60, 2000)

    def test_it_shows_what_passes_and_does_what_keys_say(self):
        self.send()
        top = self.top()
        screen = self.sees(top, r"(?s)unexpected_egress.*by bytes, 1-\d+ of 61 ")
        lines = screen.split("\n")
        self.assertEqual(len(lines), 24)
        self.assertRegex(lines[0], r"^pewit \S+, up .*, map and rules 1, on compute$")
        self.assertRegex(lines[1], r"packets/s .*bit/s .*% bypassed .* live flows$")
        self.assertRegex(lines[2], r"^dropped 0/s, 0 in all$")
        self.assertRegex(lines[3], r"^findings  critical 0 .* alerts \d+$")
        self.assertRegex(lines[4], r"^load 0 \[.{7}\] +\d+ %   1 \[.{7}\] +\d+ %$")
        self.assertRegex(lines[5], r"^SOURCE > DESTINATION +APP +BYTES LAST +S VERDICT$")
        self.assertRegex(lines[6], rf"^10\.10\.1\.10 > {re.escape(PUBLIC)}:22 +ssh .* h unexpected_egress$")
        top.press("l")
        self.sees(top, r"by last, 1-")
        top.press("s")
        self.sees(top, r"by severity, 1-")
        top.press("\x1b[6~")  # Page Down
        self.sees(top, r"by severity, 18-34 of 61 ")
        top.press("\x1bOA")
        self.sees(top, r"by severity, 17-33 of 61 ")
        top.press("/:22")
        self.sees(top, r"/:22_")
        top.press("\r")
        self.assertEqual(self.sees(top, r"1-1 of 1 with :22 ").count("unexpected_egress"), 1)
        top.press("\x1b")
        self.sees(top, r"1-17 of 61 ")
        top.press("p")
        self.sees(top, r"PAUSED")
        top.press("p")
        self.sees(top, r"\nby severity")
        top.press("q")
        self.assertEqual(top.child.wait(timeout=10), 0)
        self.capture.stop()

    def test_it_follows_the_size_of_the_terminal(self):
        self.send()
        top = self.top()
        self.sees(top, r"1-17 of 61 ")
        top.resize(40, 130)
        self.assertIn("NAME", self.sees(top, r"1-33 of 61 "))
        for rows, columns in ((10, 40), (3, 20), (1, 1)):
            top.resize(rows, columns)
            self.assertIsNone(top.child.poll())
            top.wait_for("nothing like this", 0.5)
        top.resize(24, 80)
        self.sees(top, r"1-17 of 61 ")
        top.press("q")
        self.assertEqual(top.child.wait(timeout=10), 0)
        self.capture.stop()

    def test_colour_is_only_where_it_is_wanted(self):
        self.send()
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            top = self.top(**environment)
            self.sees(top, r"unexpected_egress")
            top.press("q")
            top.child.wait(timeout=10)
            self.assertEqual(re.search(r"\x1b\[[\d;]*3[0-8][\d;]*m", top.sent) is not None,
                             coloured)
        self.capture.stop()

    def test_a_daemon_that_goes_and_comes_back_is_waited_for(self):
        top = self.top()
        self.sees(top, r"by bytes, 0-0 of 0 ")
        self.capture.stop()
        self.sees(top, r"no pewit answers there")
        self.listen()
        self.sees(top, r"by bytes, 0-0 of 0 ")
        top.press("q")
        self.assertEqual(top.child.wait(timeout=10), 0)
        self.capture.stop()

    def test_in_batches_it_prints_text(self):
        self.send()
        done = subprocess.run([PEWIT, "top", "--socket", self.socket, "-b", "-n", "2"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        pictures = done.stdout.split("\n\n")
        self.assertEqual(len(pictures), 2)
        for picture in pictures:
            self.assertRegex(picture, r"(?m)^10\.10\.1\.10 > \S+:22 +ssh ")
        self.assertEqual(len(pictures[1].strip().split("\n")), 26)
        self.assertNotIn("\x1b", done.stdout)
        self.capture.stop()

    def test_what_is_no_terminal_is_told_of_batches(self):
        done = subprocess.run([PEWIT, "top", "--socket", self.socket], capture_output=True,
                              text=True, timeout=30, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        self.assertIn("-b prints plain text", done.stderr)
        self.capture.stop()


if __name__ == "__main__":
    unittest.main()
