"""What is measured: pewit, and the programs beside it. One row each; a new peer is a new row.

Nothing here sends a packet: softflowd without -n follows flows and exports to nobody.
"""
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEWIT = "build/pewit"
MAP = "deploy/demo/map.json"
# softflowd follows 8,192 flows unless told otherwise and would spend its time on evicting them.
SOFTFLOWD_FLOWS = "10000000"
# softflowd lives where a user's PATH may not look.
FOLDERS = os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"
UNTRUSTED = 4  # pewit on a capture that holds cut packets, or more flows than it followed


class Program:
    """`command` is called with the capture and a scratch folder, and returns a list of words."""

    def __init__(self, name, what, command, version, package=None, accepted=(0,)):
        self.name, self.what, self.command = name, what, command
        self.version_command, self.package, self.accepted = version, package, accepted

    def path(self):
        word = self.version_command[0]
        if "/" in word:
            return word if (ROOT / word).exists() else None
        return shutil.which(word, path=FOLDERS)

    def missing(self):
        if self.path():
            return None
        where = f"Debian package {self.package}" if self.package else "see bench/README.md"
        return f"not installed: not measured ({where})"

    def version(self):
        done = subprocess.run([self.path(), *self.version_command[1:]], cwd=ROOT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, check=False)
        found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
        return found.group() if found else "unknown"


def pewit(workers):
    def command(capture, _):
        return [PEWIT, "replay", capture, "--map", MAP, "-o", "/dev/null", "--workers",
                str(workers)]
    return Program(f"pewit, {workers} worker" + "s" * (workers > 1),
                   "names, verdicts and all events to /dev/null", command, [PEWIT, "--version"],
                   accepted=(0, UNTRUSTED))


def suricata(mode):
    def command(capture, scratch):
        return ["suricata", "-r", capture, "-l", str(scratch), "-S", "/dev/null", "--runmode", mode]
    return Program(f"suricata, {mode}", "no rules, default EVE to a scratch folder", command,
                   ["suricata", "-V"], "suricata, in bookworm-backports")


PROGRAMS = (
    pewit(1),
    pewit(2),
    Program("tcpdump --count", "reads the file and counts, looks at nothing",
            lambda capture, _: ["tcpdump", "--count", "-r", capture],
            ["tcpdump", "--version"], "tcpdump"),
    Program("softflowd", "follows flows; no names; exports to nobody",
            lambda capture, scratch: ["softflowd", "-r", capture, "-d", "-6", "-m", SOFTFLOWD_FLOWS,
                                      "-p", f"{scratch}/softflowd.pid", "-c", "none"],
            ["softflowd", "-h"], "softflowd"),
    Program("nfpcapd", "follows flows; no names; writes its own records to a scratch folder",
            lambda capture, scratch: ["nfpcapd", "-r", capture, "-w", str(scratch)],
            ["nfpcapd", "-V"], "nfdump"),
    Program("argus", "follows flows; no names; writes its own records to a scratch file",
            lambda capture, scratch: ["argus", "-X", "-r", capture, "-w", f"{scratch}/argus"],
            ["argus", "-h"], "argus-server"),
    Program("ndpiReader", "nDPI's own reader: labels and names, no verdicts, to a scratch file",
            lambda capture, scratch: ["ndpiReader", "-q", "-i", capture, "-w", f"{scratch}/said"],
            ["ndpiReader", "-h"], "libndpi-bin"),
    Program("tshark, SNI", "dissects everything, prints TLS and QUIC server names",
            lambda capture, _: ["tshark", "-n", "-r", capture, "-Y",
                                "tls.handshake.extensions_server_name", "-T", "fields", "-e",
                                "tls.handshake.extensions_server_name"],
            ["tshark", "--version"], "tshark"),
    suricata("single"),
    suricata("autofp"),
)
REFERENCE = PROGRAMS[0]
