"""One run of one program: wall time, processor time, memory, from the kernel's own accounts.

Times come from wait4(2) and count the program's threads and children. The peak resident set comes
from time(1), which is small: a child begins with the peak of whoever started it, and a Python is
bigger than some of the programs. That peak includes pages of a capture that is mapped, which the
kernel may drop at any time, so a thread also samples the private (anonymous) part: a lower bound
of its peak, close for runs that last longer than a few samples.
"""
import mmap
import os
import signal
import subprocess
import threading
import time

SAMPLE_S = 0.02
TAIL_BYTES = 600  # of what a failing program said
TIME = "/usr/bin/time"
READ_BYTES = 1 << 22


class Run:
    """What one run cost. `failed` is None, or what went wrong, in words."""

    def __init__(self, wall_s, usage, memory_kb, failed):
        self.wall_s = wall_s
        self.user_s, self.system_s = usage.ru_utime, usage.ru_stime
        self.peak_kb, self.private_kb = memory_kb
        self.failed = failed

    def facts(self):
        return {"wall_s": round(self.wall_s, 4), "user_s": round(self.user_s, 4),
                "system_s": round(self.system_s, 4), "cpu_s": round(self.user_s + self.system_s, 4),
                "peak_kb": self.peak_kb, "private_kb": self.private_kb}


def private_kb(launcher):
    """Of the program that time(1) started; 0 before it runs and after it ended."""
    try:
        with open(f"/proc/{launcher}/task/{launcher}/children", encoding="ascii") as children:
            pid = int(children.read().split()[0])
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
    except (OSError, IndexError):
        pass
    return 0


def peak_kb(path):
    try:
        return int(path.read_text(encoding="ascii").split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


class Watch(threading.Thread):
    """Samples a program's private memory, and stops it when its time is up."""

    def __init__(self, pid, limit_s):
        super().__init__(daemon=True)
        self.pid, self.deadline = pid, time.monotonic() + limit_s
        self.done = threading.Event()
        self.peak_kb, self.stopped = 0, False

    def run(self):
        while not self.done.wait(SAMPLE_S):
            self.peak_kb = max(self.peak_kb, private_kb(self.pid))
            if time.monotonic() > self.deadline and not self.stopped:
                self.stopped = True
                os.killpg(self.pid, signal.SIGKILL)


def warm(path, memory_bytes=0):
    """Reads a file, so that the next reader finds it in memory, and takes memory_bytes and gives them back.

    A virtual machine may hand memory that is free back to its host, or lose what it has not touched for a while:
    then the next page costs its user an exit to the host, some 14 us where this was written. That is no program's
    cost, and where gigabytes are taken it hides what is. In huge pages, as pewit takes them: after MAP_POPULATE, which
    fills small ones, the next to take them waited as long as before.
    """
    with open(path, "rb", buffering=0) as file:
        while file.read(READ_BYTES):
            pass
    if memory_bytes:
        with mmap.mmap(-1, memory_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            memory.madvise(mmap.MADV_HUGEPAGE)
            for at in range(0, memory_bytes, mmap.PAGESIZE):
                memory[at] = 1


def run(command, directory, accepted, limit_s):
    """Runs a command in its own process group; it may exit with one of the accepted statuses."""
    said, peak = directory / "said", directory / "peak"
    command = [TIME, "-q", "-f", "%M", "-o", str(peak), *command]
    with open(said, "wb") as out:
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=out, start_new_session=True)
        watch = Watch(child.pid, limit_s)
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)  # reaped here, not by subprocess
        watch.done.set()
        watch.join()
    failed = None
    if watch.stopped:
        failed = f"stopped after {limit_s} s"
    elif child.returncode not in accepted:
        tail = said.read_bytes()[-TAIL_BYTES:].decode(errors="replace").strip()
        failed = f"exit status {child.returncode}: {tail}"
    return Run(wall_s, usage, (peak_kb(peak), watch.peak_kb), failed)
