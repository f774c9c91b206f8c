"""DNS as Azure's resolver gives it: what it says depends on who asks.

    python3 resolver.py VIEWS ADDRESS

VIEWS is JSON: [[prefix, {name: next}]]. The client's first prefix counts. `next` is a name (CNAME,
followed), an address, or null: NXDOMAIN at the end of the chain so far. Other names do not exist.
"""
import ipaddress
import json
import socket
import struct
import sys

A, CNAME, NAME_ERROR, TTL = 1, 5, 3, 60


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def read_question(message):
    """(name, type, bytes of the question section) of the one question."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels).lower(), int.from_bytes(message[at + 1:at + 3], "big"), message[12:at + 5]


def record(name, kind, data):
    return wire_name(name) + struct.pack(">HHIH", kind, 1, TTL, len(data)) + data


def follow(view, name, asked):
    """(rcode, answer records)."""
    records = []
    while name in view:
        target = view[name]
        if target is None:
            return NAME_ERROR, records
        if target[0].isdigit() and target.replace(".", "").isdigit():
            if asked == A:
                records.append(record(name, A, socket.inet_aton(target)))
            return 0, records
        records.append(record(name, CNAME, wire_name(target)))
        name = target
    return NAME_ERROR, records


def answer(views, message, client):
    name, asked, question = read_question(message)
    view = next(names for prefix, names in views
                if ipaddress.ip_address(client) in ipaddress.ip_network(prefix))
    rcode, records = follow(view, name, asked)
    flags = 0x8180 | rcode  # response, recursion desired and available
    head = message[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
    return head + question + b"".join(records)


def main(views_path, address):
    with open(views_path) as text:
        views = json.load(text)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        message, client = server.recvfrom(4096)
        server.sendto(answer(views, message, client[0]), client)


if __name__ == "__main__":
    main(*sys.argv[1:])
