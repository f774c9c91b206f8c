#!/usr/bin/env python3
"""Records rtnetlink messages as the kernel sends them, for tests/fuzz/seeds/links: in a namespace of its own
devices come, go, are renamed, enslaved and given addresses. As root; usage: record_links.py FOLDER"""
import os
import pathlib
import socket
import struct
import subprocess
import sys

GROUPS = 0x1 | 0x10 | 0x100  # links, IPv4 and IPv6 addresses
STEPS = (
    ("came", "link add tap type veth peer name far"),
    ("up", "link set dev tap up"),
    ("renamed", "link set dev far name near"),
    ("bridge", "link add both type bridge"),
    ("enslaved", "link set dev tap master both"),
    ("released", "link set dev tap nomaster"),
    ("address4", "addr add 192.0.2.1/24 dev both"),
    ("address6", "addr add 2001:db8::1/64 dev both"),
    ("unaddressed", "addr del 192.0.2.1/24 dev both"),
    ("went", "link del tap"),
)


def messages(bytes_):
    while len(bytes_) >= 16:
        length = struct.unpack_from("=I", bytes_)[0]
        yield bytes_[:length]
        bytes_ = bytes_[(length + 3) & ~3:]


def main():
    folder = pathlib.Path(sys.argv[1])
    if len(sys.argv) == 2:
        os.execvp("unshare", ["unshare", "-n", sys.executable, __file__, sys.argv[1], "inside"])
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    kernel.bind((0, GROUPS))
    kernel.settimeout(0.3)
    for name, step in STEPS:
        subprocess.run(["ip", *step.split()], check=True)
        seen = b""
        try:
            while True:
                seen += b"".join(messages(kernel.recv(65536)))
        except TimeoutError:
            pass
        (folder / name).write_bytes(seen)


main()
