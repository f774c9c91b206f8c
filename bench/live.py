"""Live capture beside Suricata: a veth pair in two namespaces, fed by live_frames on one core.

Each program sees the same: flows that were opened and answered, so that they are decided, then a burst. The
kernel's half of the work happens in the generator's own time, so the cost of a frame is what the
generator needs beyond sending to an interface whose program drops at once, and what the program needs.
Frames that the veth end could not take were not offered, and count nowhere.
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent
PEWIT, GENERATOR = ROOT / "build/release/pewit", ROOT / "build/bench_live_frames"
SENDER, MIRROR = (f"pwb{os.getpid()}{end}" for end in ("snd", "mir"))
FLOWS, OPENING = 64, 40  # a power of 2; datagrams each way before a flow is bypassed for sure
PEWIT_RUNS = {
    "pewit afpacket, no bypass": ("--bypass", "0"),
    "pewit afpacket, bypass": (),
    "pewit afxdp, bypass": ("--capture", "afxdp"),
}


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True,
                          text=True).stdout


def inside(name, *words):
    return ["ip", "netns", "exec", name, *map(str, words)]


def frame(src, dst, src_port, dst_port):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 50, 1, 0, 64, 17, 0, src, dst)
    total = sum(struct.unpack("!10H", header))
    total = ~((total & 0xffff) + (total >> 16)) & 0xffff
    return (bytes(12) + b"\x08\x00" + header[:10] + struct.pack("!H", total) + header[12:] +
            struct.pack("!HHHH", src_port, dst_port, 30, 0) + bytes(22))


def open_flows():
    """Runs in the sender's namespace."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind(("eth0", 0))
    ends = bytes([10, 10, 1, 10]), bytes([203, 0, 113, 12])
    for _ in range(OPENING):
        for flow in range(FLOWS):
            out.send(frame(*ends, 16384 + flow, 9999))
            out.send(frame(*ends[::-1], 9999, 16384 + flow))
        time.sleep(0.01)


def make_pair():
    for name in (SENDER, MIRROR):
        run("ip", "netns", "add", name)
    run("ip", "link", "add", "eth0", "netns", SENDER, "type", "veth", "peer", "name", "mir",
        "netns", MIRROR)
    for name, device in ((SENDER, "eth0"), (MIRROR, "mir")):
        run(*inside(name, "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1"))
        run("ip", "-n", name, "link", "set", "dev", device, "up")
    # Without it, or a program, the far end takes no redirected frames.
    run(*inside(MIRROR, "ethtool", "-K", "mir", "gro", "on"))


def burst(frames, size):
    """Wall and processor seconds of the generator."""
    child = subprocess.Popen(inside(SENDER, "taskset", "-c", "0", GENERATOR, "eth0", FLOWS, frames,
                                    size), stdout=subprocess.PIPE, text=True)
    wall = float(child.stdout.read())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    return wall, usage.ru_utime + usage.ru_stime


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(command, ready, frames, size):
    child = subprocess.Popen(inside(MIRROR, "taskset", "-c", "1", *command),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(ready)
        run(*inside(SENDER, sys.executable, __file__, "--open-flows"))
        time.sleep(0.5)
        before = cpu(child.pid)
        wall, kernel = burst(frames, size)
        time.sleep(1)
        own = cpu(child.pid) - before
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=60)
    return wall, kernel, own


def pewit(folder, options, frames, size):
    events = folder / "events"
    times = measure([PEWIT, "run", "-i", "mir", "-o", events, *options], 1.5, frames, size)
    with open(events) as lines:
        counted = json.loads(lines.readlines()[-1])["stats"]["interface"]["mir"]
    unexplained = counted["received"] - sum(counted[k] for k in ("processed", "bypassed", "dropped"))
    return times, counted["received"], counted["bypassed"], counted["dropped"], unexplained


def suricata(folder, frames, size):
    times = measure(["suricata", "--af-packet=mir", "-l", folder, "--set",
                     "capture.disable-offloading=false", "-S", "/dev/null", "--runmode", "workers"], 8,
                    frames, size)
    with open(folder / "eve.json") as lines:
        capture = [json.loads(line)["stats"]["capture"] for line in lines if '"stats"' in line][-1]
    return times, capture["kernel_packets"], 0, capture["kernel_drops"], 0


def baseline(folder, frames, size):
    """To an interface whose program drops at once."""
    (folder / "drop.c").write_text('__attribute__((section("xdp"))) int drop(void *c) '
                                   '{ (void)c; return 1; }\n')
    run("clang", "-O2", "-target", "bpf", "-c", folder / "drop.c", "-o", folder / "drop.o")
    run("ip", "-n", MIRROR, "link", "set", "dev", "mir", "xdpdrv", "obj", folder / "drop.o", "sec",
        "xdp")
    times = burst(frames, size)
    run("ip", "-n", MIRROR, "link", "set", "dev", "mir", "xdpdrv", "off")
    return times


def print_row(name, result, frames, base_cpu):
    (wall, kernel, own), received, bypassed, dropped, unexplained = result
    beyond = max(kernel - base_cpu, 0) / frames * 1e9
    print(f"| {name} | {frames / wall / 1e6:.2f} | {received:,} | {bypassed:,} | {dropped:,} | "
          f"{unexplained} | {beyond:.0f} | {own / frames * 1e9:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--frames", type=int, default=4_000_000)
    parser.add_argument("--size", type=int, default=64, help="bytes of a frame")
    parser.add_argument("--open-flows", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.open_flows:
        open_flows()
        return
    with tempfile.TemporaryDirectory(prefix="pewit-bench-") as name:
        try:
            make_pair()
            wall, base_cpu = baseline(pathlib.Path(name), options.frames, options.size)
            print(f"generator alone, into a program that drops: {options.frames / wall / 1e6:.2f} "
                  f"million/s, {base_cpu / options.frames * 1e9:.0f} ns a frame\n\n"
                  "| program | sent, million/s | received | bypassed | dropped | unexplained "
                  "| kernel ns a frame | own ns a frame |\n|---|---|---|---|---|---|---|---|")
            for title, words in PEWIT_RUNS.items():
                print_row(title, pewit(pathlib.Path(name), words, options.frames, options.size),
                          options.frames, base_cpu)
            print_row("Suricata", suricata(pathlib.Path(name), options.frames, options.size),
                      options.frames, base_cpu)
        finally:
            for each in (SENDER, MIRROR):
                subprocess.run(["ip", "netns", "del", each], capture_output=True)


if __name__ == "__main__":
    main()
