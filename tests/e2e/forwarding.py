"""Traffic through the appliance, measured at its ends; bench/forwarding.py and test_forwarding.py
use it.
"""
import json
import re
import subprocess

import servers

SERVER = "203.0.113.12"
PROGRAMS = ("iperf3", "ping", "ss")


def need_programs():
    servers.need_programs(PROGRAMS)


def start_server(lab):
    lab.start("public", "iperf3", "-s", "-B", SERVER, stdout=subprocess.DEVNULL,
              stderr=subprocess.DEVNULL)
    servers.wait_listening(lab, "public", [f"{SERVER}:5201"])


def throughput(lab, *extent):
    """iperf3 over TCP, from compute to the server: (bits/s, bytes sent, bytes received)."""
    ended = json.loads(lab.inside("compute", "iperf3", "-c", SERVER, "-J", *extent))["end"]
    received = ended["sum_received"]
    return received["bits_per_second"], ended["sum_sent"]["bytes"], received["bytes"]


def latency(lab, count, interval_s):
    """ping: (replies, mean, largest), the times in microseconds."""
    said = lab.inside("compute", "ping", "-q", "-n", "-c", count, "-i", interval_s, SERVER)
    replies = int(re.search(r"(\d+) received", said).group(1))
    _, mean, largest, _ = map(float, re.search(r"= ([\d./]+) ms", said).group(1).split("/"))
    return replies, mean * 1000, largest * 1000
