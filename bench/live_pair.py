"""The veth pair of bench/live.py: a sender's namespace, a mirror's, and on which processor the mirror receives."""
import contextlib
import os
import pathlib
import re
import subprocess
import time

SENDER, MIRROR = (f"pwb{os.getpid()}{end}" for end in ("snd", "mir"))
OUT, IN = "eth0", "mir"
THREADED = f"/sys/class/net/{IN}/threaded"
THREAD_S = 0.3  # until the kernel has made its thread


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True,
                          text=True).stdout


def inside(name):
    return ["ip", "netns", "exec", name]


@contextlib.contextmanager
def pair():
    try:
        for name in (SENDER, MIRROR):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", OUT, "netns", SENDER, "type", "veth", "peer", "name", IN,
            "netns", MIRROR)
        for name, device in ((SENDER, OUT), (MIRROR, IN)):
            run(*inside(name), "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1")
            run("ip", "-n", name, "link", "set", "dev", device, "up")
        # Without it, or a program, the far end takes no redirected frames.
        run(*inside(MIRROR), "ethtool", "-K", IN, "gro", "on")
        yield
    finally:
        for name in (SENDER, MIRROR):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def refused():
    """Frames that the far end's ring of 256 had no room for, since the pair was made."""
    told = run(*inside(SENDER), "ethtool", "-S", OUT)
    return sum(int(count) for count in re.findall(r"xdp_xmit_errors: (\d+)", told))


def receivers():
    """Threads of the kernel that receive for an interface of this name."""
    found = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text(encoding="ascii").startswith(f"napi/{IN}-"):
                found.add(int(path.parent.name))
    return found


@contextlib.contextmanager
def receiving_on(core):
    """For the time of the block the mirror receives in a thread of its own, bound to a processor."""
    before = receivers()
    run(*inside(MIRROR), "sh", "-c", f"echo 1 >{THREADED}")
    try:
        time.sleep(THREAD_S)
        for thread in receivers() - before:
            os.sched_setaffinity(thread, {int(core)})
        yield
    finally:
        run(*inside(MIRROR), "sh", "-c", f"echo 0 >{THREADED}")
