"""`tunnel`: some of every other kind, each frame in VXLAN (RFC 7348), as a gateway load balancer or a mirror sends
it: outer UDP without a checksum, its source port made of the inner frame.
"""
import argparse
import struct
import zlib

from traffic import dns, flood, https, wire

VXLAN_PORT = 4789
VNI = 800
HEADER = struct.pack("!II", 0x08000000, VNI << 8)
MIRROR, PEWIT = wire.address("10.90.0.4"), wire.address("10.90.0.5")
GAP_US = 1_000_000


class Wrapped:
    """A writer in front of a writer; what was made apart comes one after the other."""

    def __init__(self, writer):
        self.writer = writer
        self.start = self.first = self.last = None

    def begin(self):
        """The next frames begin after all that were written."""
        self.first = None

    def add(self, time_us, frame):
        if self.first is None:
            self.first = time_us
            self.start = time_us if self.last is None else self.last + GAP_US
        time_us += self.start - self.first
        self.last = max(time_us, self.last or 0)
        port = 49152 + zlib.crc32(frame[:34]) % 16384
        payload = HEADER + frame
        udp = struct.pack("!HHHH", port, VXLAN_PORT, 8 + len(payload), 0)
        self.writer.add(time_us, wire.ETHER + wire.ipv4(MIRROR, PEWIT, wire.UDP, 8 + len(payload))
                        + udp + payload)


def make(options, random, writer):
    wrapped = Wrapped(writer)
    parts = argparse.Namespace(hello_flows=options.tunnel_flows, bulk_mb=options.tunnel_flows // 200,
                               dns_questions=options.tunnel_flows,
                               flood_flows=options.tunnel_flows)
    for maker in (https.hello, https.bulk, dns.make, flood.make):
        wrapped.begin()
        maker(parts, random, wrapped)
    return {}
