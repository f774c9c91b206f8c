"""Network namespaces with hosts, wired to one appliance, with no way out; all made and taken down here.

    compute 10.10.1.10 --+                    +-- public 203.0.113.10
                         +-- nva (forwards) --+
    dev     10.20.1.10 --+                    +-- endpoints 10.10.2.6 (private), resolver 168.63.129.16

Names of namespaces carry the process id, so that runs do not meet. Traffic is bounded by the tests.
"""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent.parent
PEWIT = ROOT / "build/release/pewit"
MAP = ROOT / "deploy/demo/map.json"

USER = "nobody"  # whom pewit becomes: one that every machine has

HOSTS = {  # name: (its addresses, the appliance's address on that link)
    "compute": (["10.10.1.10/24"], "10.10.1.1/24"),
    "dev": (["10.20.1.10/24"], "10.20.1.1/24"),
    "public": (["203.0.113.12/24", "198.51.100.77/32"], "203.0.113.1/24"),
    "azure": (["10.10.2.6/24", "168.63.129.16/32"], "10.10.2.1/24"),
}


class Missing(Exception):
    """Something that the lab needs is not here: a reason to skip, loudly."""


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


class Lab:
    """A context manager: the namespaces live as long as the block."""

    def __init__(self):
        self.names = {host: f"pw{os.getpid()}{host[:3]}" for host in (*HOSTS, "nva")}
        self.children = []
        self.folder = tempfile.TemporaryDirectory(prefix="pewit-e2e-")

    def path(self, name):
        return pathlib.Path(self.folder.name) / name

    def __enter__(self):
        if os.geteuid() != 0:
            raise Missing("only root can make network namespaces")
        if subprocess.run(["ip", "netns", "add", self.names["nva"]],
                          capture_output=True).returncode != 0:
            raise Missing("network namespaces cannot be made here")
        try:
            for host, name in self.names.items():
                if host != "nva":
                    run("ip", "netns", "add", name)
                run("ip", "-n", name, "link", "set", "dev", "lo", "up")
            for host, (addresses, gateway) in HOSTS.items():
                self._wire(host, addresses, gateway)
            self.inside("nva", "sysctl", "-qw", "net.ipv4.ip_forward=1")
            self._route_back()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        self.folder.cleanup()

    def _wire(self, host, addresses, gateway):
        here, there = self.names[host], self.names["nva"]
        run("ip", "link", "add", "eth0", "netns", here, "type", "veth", "peer", "name", host,
            "netns", there)
        for address in addresses:
            run("ip", "-n", here, "addr", "add", address, "dev", "eth0")
        run("ip", "-n", there, "addr", "add", gateway, "dev", host)
        for name, device in ((here, "eth0"), (there, host)):
            # Frames as they would be on a wire: no offload makes one of many.
            run("ip", "netns", "exec", name, "ethtool", "-K", device, "gro", "off", "gso", "off",
                "tso", "off", "rx", "off", "tx", "off")
            run("ip", "netns", "exec", name, "sysctl", "-qw",
                f"net.ipv6.conf.{device}.disable_ipv6=1")
            run("ip", "-n", name, "link", "set", "dev", device, "up")
        run("ip", "-n", here, "route", "add", "default", "via", gateway.split("/")[0])

    def _route_back(self):
        for host, (addresses, gateway) in HOSTS.items():
            for address in addresses[1:]:
                run("ip", "-n", self.names["nva"], "route", "add", address, "via",
                    addresses[0].split("/")[0])

    def inside(self, host, *words, **options):
        """Runs a program in a host to its end; its output as text."""
        return subprocess.run(["ip", "netns", "exec", self.names[host], *map(str, words)],
                              check=True, capture_output=True, text=True, timeout=60,
                              **options).stdout

    def start(self, host, *words, **options):
        """Starts a program in a host; it ends with the lab, if not before."""
        child = subprocess.Popen(["ip", "netns", "exec", self.names[host], *map(str, words)],
                                 text=True, **options)
        self.children.append(child)
        return child

    def counters(self, device):
        """Frames that the appliance's device has received and sent."""
        shown = json.loads(self.inside("nva", "ip", "-j", "-s", "link", "show", "dev", device))
        return shown[0]["stats64"]["rx"]["packets"], shown[0]["stats64"]["tx"]["packets"]


class Capture:
    """pewit on the appliance, or another host, from the moment that it listens until stop()."""

    def __init__(self, lab, interfaces, *options, host="nva", expected=MAP, output="events.jsonl",
                 keep=False):
        self.output = lab.path(output)
        if not keep:
            self.output.unlink(missing_ok=True)  # pewit adds to what is there
        words = [word for name in interfaces for word in ("-i", name)]
        self.child = lab.start(host, PEWIT, "run", *words, "--map", expected, "-o", self.output,
                               "--user", USER, *options, stderr=subprocess.PIPE)
        self.said = []
        for _ in range(len(interfaces) + 6):
            self.said.append(self.child.stderr.readline())
            if sum("listening on" in line for line in self.said) == len(interfaces):
                break
        else:
            raise AssertionError("pewit did not start: " + "".join(self.said))
        time.sleep(0.2)

    def events(self):
        with open(self.output) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, test, seconds):
        """The first event that passes the test, as soon as it is written; None: none in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events():
                if test(event):
                    return event
            time.sleep(0.01)
        return None

    def stop(self):
        """Ends it as a service manager would; its exit status, events and statistics."""
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(timeout=30)
        events = self.events()
        return self.child.returncode, events, events[-1]["stats"]
