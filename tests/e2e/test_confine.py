"""No power: each fence is broken on purpose and holds, and the daemon behind all of them does its work."""
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from lab import MAP, PEWIT, ROOT, USER, Capture, Lab, Missing

HOSTS = str(pathlib.Path(__file__).parent / "hosts.py")
BREAK_FENCES = ROOT / "build/break_fences"
NAME = "contoso.openai.azure.com"
PUBLIC = "203.0.113.12"
SIZE = 50_000_000


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))


def children_of(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


def is_running(pid):
    try:
        return status_of(pid)["State"][0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(test, seconds=10):
    end = time.monotonic() + seconds
    while not test() and time.monotonic() < end:
        time.sleep(0.02)
    return test()


@unittest.skipUnless(os.geteuid() == 0, "only root has power to give up")
class Fences(unittest.TestCase):
    def test_each_fence_holds_alone_and_all_hold_together(self):
        with tempfile.TemporaryDirectory(prefix="pewit-fences-") as folder:
            done = subprocess.run([BREAK_FENCES, folder], capture_output=True, text=True,
                                  timeout=300)
        print(f"      {done.stdout.count('ok  ')} attempts as expected")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_who_is_not_root_is_confined_as_well(self):
        with tempfile.TemporaryDirectory(prefix="pewit-fences-") as folder:
            os.chmod(folder, 0o755)
            program = pathlib.Path(folder) / "break_fences"
            file = pathlib.Path(folder) / "map.json"
            program.write_bytes(BREAK_FENCES.read_bytes())
            program.chmod(0o755)
            file.write_text("{}")
            file.chmod(0o644)
            nobody = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups"]
            for what in ([], ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"]):
                with self.subTest(capabilities=what):
                    done = subprocess.run([*nobody, *what, program, "--as-i-am", file],
                                          capture_output=True, text=True, timeout=30)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_user_who_is_not_there_is_named_with_the_cure(self):
        done = subprocess.run([PEWIT, "run", "-i", "lo", "--user", "no-such-user"],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, 'no user "no-such-user".*useradd.*--user')

    def test_root_is_no_user_to_become(self):
        done = subprocess.run([PEWIT, "run", "-i", "lo", "--user", "root"], capture_output=True,
                              text=True, timeout=20)
        self.assertEqual(done.returncode, 2)

    def test_who_pewit_has_become_and_no_fences_are_said_loudly(self):
        for options, said in (((), "confined: user "), (("--no-confine",), "not confined")):
            with self.subTest(options=options):
                done = subprocess.run(["timeout", "--preserve-status", "2", PEWIT, "run", "-i",
                                       "lo", "-o", "/dev/null", *options], capture_output=True,
                                      text=True, timeout=20)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(said, done.stderr)


class Daemon(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        try:
            self.lab.__enter__()
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.lab.__exit__)

    def start(self, *options):
        capture = Capture(self.lab, ["compute"], *options)
        monitors = children_of(capture.child.pid)
        self.assertEqual(len(monitors), 1)
        return capture, monitors[0]

    def test_it_has_no_power_before_the_first_packet(self):
        capture, monitor = self.start("--workers", "2")
        pid = capture.child.pid
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with self.subTest(task=(task / "comm").read_text().strip()):
                status = status_of(f"{pid}/task/{task.name}")
                self.assertNotIn("0", status["Uid"].split())
                self.assertEqual(status["Groups"].split(), [])
                self.assertEqual([int(status[name], 16) for name in
                                  ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")], [0] * 5)
                self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        status = status_of(monitor)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_PTRACE, and no way to more
        self.assertEqual(int(status["CapPrm"], 16), 1 << 1 | 1 << 2 | 1 << 12 | 1 << 13 | 1 << 19)
        self.assertEqual(int(status["CapBnd"], 16), 0)
        self.assertIn("confined: user", "".join(capture.said))
        self.assertEqual(capture.stop()[0], 0)
        self.assertFalse(is_running(monitor))

    def test_its_users_group_may_ask_and_is_told_which_fences_hold(self):
        folder = self.lab.path("socket")
        folder.mkdir()
        shutil.chown(folder, USER)
        os.chmod(self.lab.path("."), 0o755)
        path = folder / "control.sock"
        capture, _ = self.start("--control", path)
        about, user = path.stat(), pwd.getpwnam(USER)
        self.assertEqual((about.st_uid, about.st_gid, about.st_mode & 0o777),
                         (user.pw_uid, user.pw_gid, 0o660))
        said = json.loads(subprocess.run([PEWIT, "status", "--json", "--socket", path], check=True,
                                         capture_output=True, text=True, timeout=20).stdout)
        self.assertIn(f"pewit: confined: {said['fences']}\n", capture.said)
        self.assertEqual(capture.stop()[0], 0)
        self.assertFalse(path.exists())

    def transfer(self, *options):
        """Bytes of one flow behind pewit; its share of bypassed packets and its processor time."""
        server = self.lab.start("public", sys.executable, HOSTS, "serve", self.lab.path("cert"),
                                self.lab.path("key"), PUBLIC, 443, 1, SIZE,
                                stdout=subprocess.PIPE)
        self.assertEqual(server.stdout.readline(), "ready\n")
        capture = Capture(self.lab, ["compute"], *options)
        self.assertEqual(int(self.lab.inside("compute", sys.executable, HOSTS, "fetch", PUBLIC, 443,
                                             NAME)), SIZE)
        server.wait(timeout=20)
        times = pathlib.Path(f"/proc/{capture.child.pid}/stat").read_text().split()[13:15]
        status, _, stats = capture.stop()
        counts = stats["interface"]["compute"]
        self.assertEqual(status, 0)
        self.assertNotIn("refused", capture.child.stderr.read())
        self.assertEqual(counts["received"],
                         counts["processed"] + counts["bypassed"] + counts["dropped"])
        return counts["bypassed"] / counts["received"], sum(map(int, times))

    def test_traffic_is_bypassed_as_it_is_without_fences(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                        "-keyout", self.lab.path("key"), "-out", self.lab.path("cert"),
                        "-subj", f"/CN={NAME}"], check=True, capture_output=True)
        confined, ticks = self.transfer()
        free, ticks_free = self.transfer("--no-confine")
        print(f"      bypassed {confined:.1%} confined, {free:.1%} not; "
              f"{ticks} and {ticks_free} ticks of processor")
        self.assertGreater(confined, 0.9)

    def test_the_monitor_ends_with_a_killed_daemon(self):
        capture, monitor = self.start()
        capture.child.send_signal(signal.SIGKILL)
        capture.child.wait()
        self.assertTrue(wait_until(lambda: not is_running(monitor)), "the monitor lingers")

    def test_the_daemon_goes_on_without_its_monitor(self):
        capture, monitor = self.start("--only-in")
        os.kill(monitor, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: not is_running(monitor)))
        self.lab.inside("compute", sys.executable, HOSTS, "datagrams", PUBLIC, 9999, 100, 100)
        time.sleep(0.3)
        status, events, _ = capture.stop()
        self.assertEqual(status, 0)
        self.assertIn(9999, [event.get("dest_port") for event in events])

    def test_the_monitor_leaves_signals_to_the_daemon(self):
        capture, monitor = self.start()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(monitor, number)
        time.sleep(0.2)
        self.assertTrue(is_running(monitor))
        self.assertEqual(capture.stop()[0], 0)


class Reload(unittest.TestCase):
    """Of files that only root may read, asked of the monitor."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root has power to give up")
        folder = tempfile.TemporaryDirectory(prefix="pewit-anew-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.own = self.folder / "own"
        self.map = self.folder / "map.json"
        self.output = self.own / "events.jsonl"
        self.folder.chmod(0o755)
        self.own.mkdir(mode=0o750)
        shutil.chown(self.own, USER)
        (self.folder / "rules").mkdir(mode=0o700)
        self.map.write_bytes(MAP.read_bytes())
        self.map.chmod(0o600)
        config = self.folder / "pewit.json"
        config.write_text(json.dumps({
            "capture": {"interfaces": ["lo"]}, "map": str(self.map),
            "rules": [str(self.folder / "rules")], "output": {"file": str(self.output)},
            "privileges": {"user": USER}}))
        config.chmod(0o600)
        self.child = subprocess.Popen([PEWIT, "run", "-c", config], text=True,
                                      stderr=subprocess.PIPE)
        self.addCleanup(self.end)
        self.hear("listening on")

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stderr.close()

    def hear(self, words):
        """The next line with these words; the watch over all tests ends a wait without end."""
        for line in self.child.stderr:
            if words in line:
                return line
        self.fail(f"never said: {words}")

    def reload(self):
        self.child.send_signal(signal.SIGHUP)
        return self.hear("reload")

    def test_what_only_root_may_read_is_read_anew(self):
        self.assertEqual(self.reload(), "pewit: reloaded\n")
        self.map.write_text("{")
        self.assertIn("map.json:1", self.reload())
        self.map.unlink()
        self.assertIn("No such file", self.reload())
        self.map.symlink_to(MAP)
        self.assertEqual(self.reload(), "pewit: reloaded\n")
        self.child.send_signal(signal.SIGTERM)
        self.assertEqual(self.child.wait(timeout=20), 0)

    def test_a_renamed_output_is_begun_anew_by_the_user(self):
        self.output.rename(self.own / "events.jsonl.1")
        self.assertEqual(self.reload(), "pewit: reloaded\n")
        self.assertEqual(self.output.owner(), USER)
        self.assertEqual(self.output.stat().st_mode & 0o777, 0o640)

    def test_without_the_monitor_a_reload_is_refused_and_the_daemon_goes_on(self):
        monitor, = children_of(self.child.pid)
        os.kill(monitor, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: not is_running(monitor)))
        self.assertIn("refused", self.reload())
        self.child.send_signal(signal.SIGTERM)
        self.assertEqual(self.child.wait(timeout=20), 0)


if __name__ == "__main__":
    unittest.main()
