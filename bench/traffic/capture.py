"""Capture files: any pcap or pcapng in, classic little-endian microsecond pcap out.

The reader stops where a file is damaged and keeps what came before: the corpus holds broken files
on purpose, and for a benchmark what could be read is enough.
"""
import hashlib
import struct

ETHERNET = 1
SNAPLEN = 262144
PCAPNG = 0x0A0D0D0A
SECTION, INTERFACE, OLD_PACKET, PACKET = PCAPNG, 1, 2, 6
TIMESTAMP_RESOLUTION = 9  # option of an interface block
WRITE_BYTES = 1 << 22

PCAP_UNITS = {  # magic as read little-endian: byte order, ticks in a second
    0xA1B2C3D4: ("<", 10**6),
    0xD4C3B2A1: (">", 10**6),
    0xA1B23C4D: ("<", 10**9),
    0x4D3CB2A1: (">", 10**9),
}


def read(path):
    """A list of (time in us, frame, length on the wire) of the Ethernet frames in a file."""
    data = path.read_bytes()
    if len(data) < 24:
        return []
    magic = int.from_bytes(data[:4], "little")
    if magic == PCAPNG:
        return read_pcapng(data)
    if magic in PCAP_UNITS:
        return read_pcap(data, *PCAP_UNITS[magic])
    return []


def read_pcap(data, order, ticks):
    if struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != ETHERNET:
        return []
    record = struct.Struct(order + "IIII")
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, part, captured, original = record.unpack_from(data, at)
        if captured > SNAPLEN or at + 16 + captured > len(data):
            break
        packets.append((seconds * 10**6 + part * 10**6 // ticks,
                        data[at + 16:at + 16 + captured], original))
        at += 16 + captured
    return packets


def read_pcapng(data):
    order, interfaces, packets, at = "<", [], [], 0
    while at + 12 <= len(data):
        kind = struct.unpack_from(order + "I", data, at)[0]
        if kind == SECTION:
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        length = struct.unpack_from(order + "I", data, at + 4)[0]
        if length < 12 or length % 4 or at + length > len(data):
            break
        body = data[at + 8:at + length - 4]
        if kind == INTERFACE and len(body) >= 8:
            interfaces.append(interface(body, order))
        elif kind in (PACKET, OLD_PACKET) and len(body) >= 20:
            packet = pcapng_packet(body, order, kind, interfaces)
            if packet:
                packets.append(packet)
        at += length
    return packets


def interface(body, order):
    """(is it Ethernet, ticks in a second)"""
    ethernet = struct.unpack_from(order + "H", body)[0] == ETHERNET
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == TIMESTAMP_RESOLUTION and length == 1 and at + 4 < len(body):
            value = body[at + 4]
            return ethernet, 2 ** (value & 0x7F) if value & 0x80 else 10**value
        at += 4 + (length + 3) // 4 * 4
    return ethernet, 10**6


def pcapng_packet(body, order, kind, interfaces):
    layout = "IIIII" if kind == PACKET else "HHIIII"
    values = struct.unpack_from(order + layout, body)
    high, low, captured, original = values[-4:]
    if values[0] >= len(interfaces) or captured > len(body) - 20:
        return None
    ethernet, ticks = interfaces[values[0]]
    if not ethernet:
        return None
    return (high << 32 | low) * 10**6 // ticks, body[20:20 + captured], original


class Writer:
    """Writes a capture and adds up what went into it."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.hash = hashlib.sha256()
        self.packets = self.bytes = 0
        self.buffer = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAPLEN, ETHERNET))

    def add(self, time_us, frame, original=None):
        length = len(frame)
        self.buffer += struct.pack("<IIII", time_us // 1_000_000, time_us % 1_000_000, length,
                                   original or length)
        self.buffer += frame
        self.packets += 1
        self.bytes += length
        if len(self.buffer) >= WRITE_BYTES:
            self.flush()

    def flush(self):
        self.hash.update(self.buffer)
        self.out.write(self.buffer)
        self.buffer.clear()

    def close(self):
        self.flush()
        self.out.close()
        return {"packets": self.packets, "bytes": self.bytes, "file_bytes": self.packets * 16 + 24
                + self.bytes, "sha256": self.hash.hexdigest()}
