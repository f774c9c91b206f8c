"""Frames with right checksums: Suricata drops what does not add up, so wrong ones would flatter it.

The Internet checksum (RFC 1071) is a sum modulo 65535, and so is a number of any length: one
division replaces the loop over 16-bit words.
"""
import struct

ETHER = bytes.fromhex("000d3a100001" "000d3a10000a" "0800")
TCP, UDP = 6, 17
SYN, ACK, PUSH, FIN = 0x02, 0x10, 0x08, 0x01
MSS = 1400  # a segment of Azure's usual path, with room for an envelope


def word_sum(data):
    value = int.from_bytes(data, "big")
    return (value << 8 if len(data) % 2 else value) % 65535


def address(text):
    return bytes(map(int, text.split(".")))


def ipv4(source, destination, protocol, length):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0x4000, 63, protocol, 0,
                         source, destination)
    return header[:10] + (65535 - word_sum(header)).to_bytes(2, "big") + header[12:]


def udp(source, destination, ports, payload):
    """A whole frame; addresses are 4 bytes each, ports a pair."""
    length = 8 + len(payload)
    start = struct.pack("!HHH", *ports, length)
    total = word_sum(source + destination) + UDP + length + word_sum(start) + word_sum(payload)
    checksum = 65535 - total % 65535
    return (ETHER + ipv4(source, destination, UDP, length) + start
            + checksum.to_bytes(2, "big") + payload)


class Connection:
    """One TCP connection: makes the frames of either side (0 began it) and keeps the numbers."""

    def __init__(self, client, server, ports, numbers=(1000, 5000)):
        self.ends = (client, server)
        self.ports = (struct.pack("!HH", *ports), struct.pack("!HH", *reversed(ports)))
        self.next = list(numbers)
        self.pseudo = word_sum(client + server) + TCP

    def segment(self, side, flags, payload=b""):
        acknowledged = self.next[1 - side] if flags & ACK else 0
        start = self.ports[side] + struct.pack("!IIBBH", self.next[side], acknowledged, 0x50, flags,
                                               64240)
        length = 20 + len(payload)
        total = self.pseudo + length + word_sum(start) + word_sum(payload)
        checksum = 65535 - total % 65535
        self.next[side] = (self.next[side] + len(payload) + (flags & 3 != 0)) & 0xFFFFFFFF
        return (ETHER + ipv4(self.ends[side], self.ends[1 - side], TCP, length) + start
                + checksum.to_bytes(2, "big") + b"\0\0" + payload)

    def open(self):
        return [self.segment(0, SYN), self.segment(1, SYN | ACK), self.segment(0, ACK)]

    def send(self, side, payload):
        """Segments of one side, acknowledged every second one as most stacks do."""
        for number, at in enumerate(range(0, len(payload), MSS)):
            yield self.segment(side, ACK | PUSH, payload[at:at + MSS])
            if number % 2:
                yield self.segment(1 - side, ACK)

    def close(self):
        return [self.segment(0, FIN | ACK), self.segment(1, FIN | ACK), self.segment(0, ACK)]
