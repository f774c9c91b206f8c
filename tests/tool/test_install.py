"""make install: what it puts where, that it works from there, and that it spares what owners changed."""
import json
import os
import shutil
import subprocess
import unittest

from program import FINE, MAP, ROOT, ProgramTest


class InstallTest(ProgramTest):
    def make(self, target, **folders):
        words = [f"{name}={value}" for name, value in folders.items()]
        ran = subprocess.run(["make", "-s", target, f"DESTDIR={self.folder}", *words], cwd=ROOT,
                             capture_output=True, text=True, check=False,
                             env={k: v for k, v in os.environ.items() if k != "MAKEFLAGS"})
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def files(self):
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
                if path.is_file() or path.is_symlink()}

    def test_the_sample_works_where_it_was_installed(self):
        self.make("install", PREFIX="/usr", SYSCONFDIR="/etc")
        etc = self.folder / "etc/pewit"
        (etc / "conf.d/10-here.json").write_text(json.dumps({
            "map": str(MAP), "capture": {"interfaces": ["lo"]}, "privileges": {"user": "nobody"},
            "output": {"file": str(self.folder / "events.jsonl")},
            "control": {"path": str(self.folder / "control.sock")}}))
        ran = subprocess.run([self.folder / "usr/bin/pewit", "run", "-T", "-c", etc / "pewit.json"],
                             capture_output=True, text=True, check=False)
        self.assertEqual((ran.returncode, ran.stdout), (FINE, "configuration is fine\n"),
                         ran.stderr)

    def test_the_rules_can_be_tested_where_they_were_installed(self):
        self.make("install", PREFIX="/usr")
        ran = subprocess.run([self.folder / "usr/bin/pewit", "rules", "test",
                              self.folder / "usr/share/pewit/rules", "PEW-PE-001"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, FINE, ran.stdout + ran.stderr)
        self.assertIn("1 passed, 0 failed", ran.stdout)

    def test_folders_are_named_in_the_unit(self):
        self.make("install", PREFIX="/opt/p", SYSCONFDIR="/opt/e")
        unit = (self.folder / "opt/p/lib/systemd/system/pewit.service").read_text()
        self.assertIn("\nExecStart=/opt/p/bin/pewit run -c /opt/e/pewit/pewit.json\n", unit)
        self.assertNotIn("/usr/local", unit)
        self.assertNotIn("/etc/", unit)

    def test_what_an_owner_changed_stays(self):
        self.make("install", PREFIX="/usr")
        own = self.folder / "etc/pewit/pewit.json"
        own.write_text("{}")
        self.make("install", PREFIX="/usr")
        self.assertEqual(own.read_text(), "{}")
        self.make("uninstall", PREFIX="/usr")
        self.assertEqual(self.files(), {"etc/pewit/pewit.json"})

    def test_uninstall_leaves_nothing_else(self):
        self.make("install", PREFIX="/usr")
        self.assertIn("usr/lib/sysusers.d/pewit.conf", self.files())
        self.assertIn("etc/logrotate.d/pewit", self.files())
        self.make("uninstall", PREFIX="/usr")
        self.assertEqual(self.files(), set())
        self.assertFalse((self.folder / "etc/pewit").exists())

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_takes_the_unit_and_finds_it_hardened(self):
        self.make("install", PREFIX=f"{self.folder}/usr", DESTDIR="", SYSCONFDIR=f"{self.folder}/e")
        unit = self.folder / "usr/lib/systemd/system/pewit.service"
        ran = subprocess.run(["systemd-analyze", "--man=no", "verify", unit], capture_output=True,
                             text=True, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        # The exposure that docs/live.md states, times ten.
        ran = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=33",
                              "--no-pager", unit], capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "systemd-sysusers is not installed")
    def test_the_user_and_the_folders_can_be_made(self):
        root = self.folder / "root"
        (root / "etc").mkdir(parents=True)
        for command, name in (("systemd-sysusers", "sysusers"), ("systemd-tmpfiles", "tmpfiles")):
            words = ["--create"] if name == "tmpfiles" else []
            ran = subprocess.run([command, f"--root={root}", *words, ROOT / f"deploy/pewit.{name}"],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("\npewit:", "\n" + (root / "etc/passwd").read_text())
        self.assertEqual((root / "var/log/pewit").stat().st_mode & 0o777, 0o750)

    @unittest.skipUnless(shutil.which("logrotate"), "logrotate is not installed")
    def test_logrotate_takes_its_file(self):
        own = self.folder / "pewit.logrotate"
        own.write_text((ROOT / "deploy/pewit.logrotate").read_text().replace("su pewit", "su root")
                       .replace("root pewit", "root root"))
        ran = subprocess.run(["logrotate", "--debug", "--state", self.folder / "state", own],
                             capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertNotIn("error:", ran.stderr)
