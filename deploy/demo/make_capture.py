#!/usr/bin/env python3
"""Makes the demo's capture: a morning in a small Azure hub, packet by packet.

Addresses are documentation ranges (RFC 5737) for everything public. The same bytes every time:
times and random fields are fixed. usage: make_capture.py FILE
"""
import hashlib
import socket
import struct
import sys

RESOLVER = "168.63.129.16"
START_S = 1_790_000_400  # 2026-09-21 14:20:00 UTC


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(src, dst, protocol, payload):
    src, dst = socket.inet_aton(src), socket.inet_aton(dst)
    pseudo = src + dst + struct.pack("!BBH", 0, protocol, len(payload))
    at = 16 if protocol == 6 else 6
    value = checksum(pseudo + payload) or 0xFFFF
    payload = payload[:at] + struct.pack("!H", value) + payload[at + 2:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 63, protocol, 0,
                         src, dst)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


class Capture:
    """Frames with their times; a clock that moves a little with each."""

    def __init__(self):
        self.frames = []
        self.now_us = 0
        self.port = 40000

    def wait(self, seconds):
        self.now_us += int(seconds * 1e6)

    def add(self, packet):
        self.now_us += 700
        ether = bytes.fromhex("000d3a100001" "000d3a10000a" "0800")
        self.frames.append((self.now_us, ether + packet))

    def next_port(self):
        self.port += 1
        return self.port

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for now_us, frame in self.frames:
                out.write(struct.pack("<IIII", START_S + now_us // 1_000_000, now_us % 1_000_000,
                                      len(frame), len(frame)))
                out.write(frame)


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns(capture, client, name, chain, address, resolver=RESOLVER):
    """A question and its answer: CNAMEs down the chain, then an A record (none: NXDOMAIN)."""
    port = capture.next_port()
    query_id = int.from_bytes(hashlib.sha256(f"{client}{name}{port}".encode()).digest()[:2], "big")
    question = dns_name(name) + struct.pack("!HH", 1, 1)
    names = [name] + chain
    answers = b""
    for owner, target in zip(names, chain):
        rdata = dns_name(target)
        answers += dns_name(owner) + struct.pack("!HHIH", 5, 1, 60, len(rdata)) + rdata
    answers += dns_name(names[-1]) + struct.pack("!HHIH", 1, 1, 10, 4) + socket.inet_aton(address)
    for src, dst, sport, dport, flags, count, body in (
            (client, resolver, port, 53, 0x0100, 0, question),
            (resolver, client, 53, port, 0x8180, len(chain) + 1, question + answers)):
        message = struct.pack("!HHHHHH", query_id, flags, 1, count, 0, 0) + body
        capture.add(ipv4(src, dst, 17, struct.pack("!HHHH", sport, dport, 8 + len(message), 0)
                         + message))


class Connection:
    """One TCP connection, both sides."""

    def __init__(self, capture, client, server, port):
        self.capture, self.ends = capture, (client, server)
        self.ports = (capture.next_port(), port)
        self.sequence = [1000, 5000]
        self.segment(0, 0x02)
        self.segment(1, 0x12)
        self.segment(0, 0x10)

    def segment(self, side, flags, payload=b""):
        ack = self.sequence[1 - side] if flags & 0x10 else 0
        header = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side],
                             self.sequence[side], ack, 0x50, flags, 64240, 0, 0)
        self.capture.add(ipv4(self.ends[side], self.ends[1 - side], 6, header + payload))
        self.sequence[side] += len(payload) + (1 if flags & 0x03 else 0)

    def send(self, side, payload):
        for at in range(0, len(payload), 1400):
            self.segment(side, 0x18, payload[at:at + 1400])

    def close(self):
        self.segment(0, 0x11)
        self.segment(1, 0x11)
        self.segment(0, 0x10)


def vector(data, size):
    return len(data).to_bytes(size, "big") + data


def extension(number, data):
    return struct.pack("!H", number) + vector(data, 2)


def client_hello(name):
    random = hashlib.sha256(name.encode()).digest()
    extensions = b"".join((
        extension(0, vector(b"\0" + vector(name.encode(), 2), 2)),
        extension(10, vector(bytes.fromhex("001d00170018"), 2)),
        extension(11, b"\x01\x00"),
        extension(13, vector(bytes.fromhex("04030804040105030805050108060601"), 2)),
        extension(16, vector(vector(b"h2", 1) + vector(b"http/1.1", 1), 2)),
        extension(43, vector(bytes.fromhex("03040303"), 1)),
        extension(51, vector(bytes.fromhex("001d") + vector(random, 2), 2)),
    ))
    body = (b"\x03\x03" + random + vector(random, 1)
            + vector(bytes.fromhex("130213031301c02cc030"), 2) + b"\x01\x00"
            + vector(extensions, 2))
    return b"\x16\x03\x01" + vector(b"\x01" + vector(body, 3), 2)


def server_hello(name):
    random = hashlib.sha256(b"server" + name.encode()).digest()
    extensions = (extension(43, b"\x03\x04")
                  + extension(51, bytes.fromhex("001d") + vector(random, 2)))
    body = (b"\x03\x03" + random + vector(hashlib.sha256(name.encode()).digest(), 1)
            + b"\x13\x02\x00" + vector(extensions, 2))
    return b"\x16\x03\x03" + vector(b"\x02" + vector(body, 3), 2)


def application_data(length):
    """So many bytes in records of 16 KiB at most (RFC 8446 section 5.1)."""
    whole, rest = divmod(length, 16384)
    return b"".join(b"\x17\x03\x03" + vector(bytes(size), 2) for size in [16384] * whole + [rest])


def https(capture, client, server, name, up=900, down=4200):
    connection = Connection(capture, client, server, 443)
    connection.send(0, client_hello(name))
    connection.send(1, server_hello(name) + b"\x17\x03\x03" + vector(bytes(1200), 2))
    connection.send(0, application_data(up))
    connection.send(1, application_data(down))
    connection.close()


def http(capture, client, server, request, response=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
    connection = Connection(capture, client, server, 80)
    connection.send(0, request)
    connection.send(1, response)
    connection.close()


def ssh(capture, client, server):
    connection = Connection(capture, client, server, 22)
    connection.send(1, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    connection.send(0, b"SSH-2.0-OpenSSH_9.2p1\r\n")
    connection.close()


def story(capture):
    prod, trainer, notebook, dev = "10.10.1.10", "10.10.1.11", "10.10.1.12", "10.20.1.10"
    openai = "contoso.openai.azure.com"
    link = "contoso.privatelink.openai.azure.com"

    # As it should be: names resolve to private endpoints, and traffic goes there.
    dns(capture, prod, openai, [link], "10.10.2.6")
    https(capture, prod, "10.10.2.6", openai)
    dns(capture, prod, "contoso.vault.azure.net", ["contoso.privatelink.vaultcore.azure.net"],
        "10.10.2.9")
    https(capture, prod, "10.10.2.9", "contoso.vault.azure.net")
    dns(capture, prod, "pypi.org", [], "198.51.100.13")
    https(capture, prod, "198.51.100.13", "pypi.org", down=60000)
    capture.wait(3)

    # The trainer has a resolver of its own in its settings: the name leads to the public address.
    dns(capture, trainer, openai, [link, "eastus.prod.vnet.cog.trafficmanager.net"],
        "203.0.113.12", resolver="198.51.100.53")
    https(capture, trainer, "203.0.113.12", openai, up=48000)
    capture.wait(2)

    # The dev VNet is not linked to the private DNS zone: even the right resolver leaks.
    dns(capture, dev, openai, [link, "eastus.prod.vnet.cog.trafficmanager.net"], "203.0.113.12")
    https(capture, dev, "203.0.113.12", openai)
    https(capture, dev, "203.0.113.12", openai)
    capture.wait(2)

    # A notebook talks to somebody else's resources.
    dns(capture, notebook, "fabrikam.openai.azure.com", [], "203.0.113.19")
    https(capture, notebook, "203.0.113.19", "fabrikam.openai.azure.com")
    dns(capture, notebook, "api.openai.com", [], "198.51.100.10")
    https(capture, notebook, "198.51.100.10", "api.openai.com")
    dns(capture, notebook, "fabrikamstore.blob.core.windows.net", [], "203.0.113.21")
    https(capture, notebook, "203.0.113.21", "fabrikamstore.blob.core.windows.net", up=90000)
    https(capture, notebook, "198.51.100.77", "paste.example.net", up=30000)
    capture.wait(2)

    # Right address, wrong manners.
    http(capture, prod, "10.10.2.6", b"POST /openai/deployments/gpt/chat/completions HTTP/1.1\r\n"
         b"Host: contoso.openai.azure.com\r\napi-key: not-a-real-key\r\nContent-Length: 0\r\n\r\n")
    http(capture, trainer, "169.254.169.254",
         b"GET /metadata/identity/oauth2/token?api-version=2018-02-01"
         b"&resource=https%3A%2F%2Fvault.azure.net HTTP/1.1\r\n"
         b"Host: 169.254.169.254\r\nMetadata: true\r\n\r\n")
    ssh(capture, dev, prod)
    https(capture, dev, "10.10.2.6", openai)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    capture = Capture()
    story(capture)
    capture.write(sys.argv[1])


if __name__ == "__main__":
    main()
