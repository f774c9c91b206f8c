"""The lab's clients: real programs, each run once in a namespace.

`Resolver` makes a host's resolver that of the lab: `ip netns exec` shows a program the files of
/etc/netns/NAME as /etc.
"""
import contextlib
import pathlib
import shutil
import subprocess
import sys

import servers

HERE = pathlib.Path(__file__).parent


class Resolver:
    """A context manager: the hosts ask `resolver`, until the block ends."""

    def __init__(self, lab, resolver=servers.RESOLVER, hosts=("compute", "dev")):
        self.folders = [pathlib.Path("/etc/netns") / lab.names[host] for host in hosts]
        self.resolver = resolver

    def __enter__(self):
        for folder in self.folders:
            folder.mkdir(parents=True)
            # One question at a time, once: what is asked does not depend on how busy the machine is.
            (folder / "resolv.conf").write_text(f"nameserver {self.resolver}\n"
                                                "options timeout:10 attempts:1 single-request\n")
            (folder / "nsswitch.conf").write_text("hosts: dns\n")

    def __exit__(self, *_):
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # somebody else's are in it
            self.folders[0].parent.rmdir()


def curl(lab, host, url, *options):
    """The answer. Fails when there is none, or when TLS does not trust it."""
    return lab.inside(host, "curl", "-4", "-sS", "--max-time", "20", "--cacert", lab.path("ca.pem"),
                      *options, url)


def resolve(name, address, port=443):
    """curl's options for a name that a hosts file gives an address."""
    return "--resolve", f"{name}:{port}:{address}"


def look_up(lab, host, name):
    """The address that the host's resolver library gives; "" for none."""
    done = subprocess.run(["ip", "netns", "exec", lab.names[host], "getent", "ahostsv4", name],
                          capture_output=True, text=True, timeout=30)
    return done.stdout.split()[0] if done.returncode == 0 else ""


def ssh(lab, host, address, *options):
    """Banner and key exchange; the log-in is refused, which is what the last line says."""
    done = subprocess.run(
        ["ip", "netns", "exec", lab.names[host], "ssh", "-F", "none", "-o", "BatchMode=yes",
         "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
         "-o", "ConnectTimeout=15", "-o", "IdentityAgent=none", "-o", "IdentityFile=none",
         *options, f"visitor@{address}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert "Permission denied" in done.stderr, done.stderr


def s_client(lab, host, address, *options):
    """openssl's client: the handshake, and an end."""
    return lab.inside(host, "openssl", "s_client", "-connect", f"{address}:443", "-CAfile",
                      lab.path("ca.pem"), *options, input="Q\n")


PYTHON = """
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
connection = http.client.HTTPSConnection(sys.argv[1], timeout=20, context=context)
connection.request("GET", "/")
print(connection.getresponse().read().decode())
connection.close()
"""

NODE = """
const [name, ca] = process.argv.slice(1);
require("https").get({ host: name, family: 4, agent: false, timeout: 20000,
                       ca: require("fs").readFileSync(ca) },
                     (answer) => answer.pipe(process.stdout));
"""


def python(lab, host, name):
    return lab.inside(host, sys.executable, "-c", PYTHON, name, lab.path("ca.pem"))


def node(lab, host, name):
    return lab.inside(host, "node", "-e", NODE, name, lab.path("ca.pem"))

ASK = """
import socket, sys
name = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[2].split("."))
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(20)
client.sendto(b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + name + b"\\0\\0\\1\\0\\1", (sys.argv[1], 53))
print(len(client.recv(4096)))
"""


def ask(lab, host, resolver, name):
    """A question to this resolver, past the host's own."""
    return lab.inside(host, sys.executable, "-c", ASK, resolver, name)
