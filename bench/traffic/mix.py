"""`mix`: real captures, over and over: every copy with other clients, at another time.

In each copy the clients of a capture (its private addresses, and whoever sent first) become hosts
of the demo map's VNets, so that judging has work to do; servers keep their addresses, so that the
DNS answers inside still belong to them. IP, TCP and UDP checksums follow by difference (RFC 1624).
Inner addresses are followed through VLAN tags, PPPoE and IP in IP; other tunnels keep their inside.
Captures start at random within a window and are interleaved, as traffic on a link is. Long pauses
within a capture are cut short, or a few captures of days would stretch everything.
"""
from traffic import capture, flows

SPAN_US = 60_000_000  # a copy's captures begin within this time of its start
COPY_GAP_US = 20_000_000  # between the starts of two copies
PAUSE_US = 20_000_000  # no longer wait between two packets of one capture
CLIENT_LOW = 16 << 8  # hosts from 10.10.16.0 and 10.20.16.0 up: below are the map's endpoints
CLIENT_COUNT = (1 << 16) - CLIENT_LOW
TAGS = (0x8100, 0x88A8, 0x9100)
PPPOE, IPV4, IPV6 = 0x8864, 0x0800, 0x86DD
DEPTH = 3
CHECKSUM_AT = {6: 16, 17: 6}
# One number sorts and finds a packet: time, which capture of which copy, which packet of it.
PACKET_BITS = 24
TIME_SHIFT = 24 + PACKET_BITS
PACKET_MASK = (1 << PACKET_BITS) - 1
TIME_MASK = (1 << TIME_SHIFT) - 1


def spots(frame):
    """All addresses in a frame, outermost first: (where their last four bytes are, how many bytes
    they have, where the checksums are that count them). Only those four ever change: the rest of an
    IPv6 address says what kind it is."""
    if len(frame) < 14:
        return []
    kind, at = int.from_bytes(frame[12:14], "big"), 14
    while kind in TAGS and at + 4 <= len(frame):
        kind, at = int.from_bytes(frame[at + 2:at + 4], "big"), at + 4
    if kind == PPPOE and at + 8 <= len(frame):
        kind = {0x0021: IPV4, 0x0057: IPV6}.get(int.from_bytes(frame[at + 6:at + 8], "big"))
        at += 8
    found = []
    for _ in range(DEPTH):
        if kind == IPV4 and at + 20 <= len(frame) and frame[at] >> 4 == 4:
            kind, at = ipv4_spots(frame, at, found)
        elif kind == IPV6 and at + 40 <= len(frame) and frame[at] >> 4 == 6:
            kind, at = ipv6_spots(frame, at, found)
        else:
            break
    return found


def ipv4_spots(frame, at, found):
    protocol, inner = frame[at + 9], at + (frame[at] & 15) * 4
    checksums = [at + 10]
    if not int.from_bytes(frame[at + 6:at + 8], "big") & 0x1FFF:  # the first fragment has ports
        checksums += transport_checksum(frame, inner, protocol)
    found += [(at + 12, 4, checksums), (at + 16, 4, checksums)]
    return {4: IPV4, 41: IPV6}.get(protocol), inner


def ipv6_spots(frame, at, found):
    protocol = frame[at + 6]
    checksums = transport_checksum(frame, at + 40, protocol)
    found += [(at + 20, 16, checksums), (at + 36, 16, checksums)]
    return {4: IPV4, 41: IPV6}.get(protocol), at + 40


def transport_checksum(frame, at, protocol):
    offset = CHECKSUM_AT.get(protocol)
    if offset is None or at + offset + 2 > len(frame):
        return []
    if protocol == 17 and frame[at + offset:at + offset + 2] == b"\0\0":  # none was sent
        return []
    return [at + offset]


def private(address):
    if len(address) == 16:
        return address[0] & 0xFE == 0xFC or address[:2] == b"\xfe\x80"
    return (address[0] == 10 or address[:2] == b"\xc0\xa8"
            or (address[0] == 172 and address[1] & 0xF0 == 16))


def unicast(address):
    if len(address) == 16:
        return address[0] != 0xFF and any(address[:15])
    return 0 < address[0] < 224 and address[0] != 127


class Template:
    """One capture, ready to be copied: its packets, and where their clients' addresses are."""

    def __init__(self, packets):
        self.packets = []
        self.clients = {}
        offset, last = 0, packets[0][0]
        parsed = [(frame, spots(frame)) for _, frame, _ in packets]
        self.find_clients(parsed)
        for (time_us, frame, original), (_, found) in zip(packets, parsed):
            offset += min(max(time_us - last, 0), PAUSE_US)
            last = max(last, time_us)
            # Broken captures claim gigabytes on the wire; in a benchmark that only spoils sums.
            self.packets.append((offset, frame, min(original, capture.SNAPLEN),
                                 self.patches(frame, found)))

    def find_clients(self, parsed):
        for frame, found in parsed:
            for source, destination in zip(found[::2], found[1::2]):
                pair = [bytes(frame[at + 4 - size:at + 4]) for at, size, _ in (source, destination)]
                inside = [address for address in pair if private(address)]
                for address in inside or pair[:0 if pair[1] in self.clients else 1]:
                    if unicast(address):
                        self.clients.setdefault(address, len(self.clients))

    def patches(self, frame, found):
        result = []
        for at, size, checksums in found:
            number = self.clients.get(bytes(frame[at + 4 - size:at + 4]))
            if number is not None:
                result.append((at, number, checksums))
        return result


def new_addresses(template, copy, used):
    """The last four bytes that each client has in this copy."""
    addresses = []
    for address in template.clients:
        if len(address) == 4:
            pair, vnet = divmod(used, 2)
            host = CLIENT_LOW + pair % CLIENT_COUNT
            addresses.append(bytes((10, 20 if vnet else 10, host >> 8, host & 255)))
            used += 1
        else:
            value = int.from_bytes(address[12:], "big") ^ (copy * 0x9E3779B1 & 0xFFFFFFFF)
            addresses.append(value.to_bytes(4, "big"))
    return addresses, used


def rewritten(frame, patches, addresses):
    out = bytearray(frame)
    for at, number, checksums in patches:
        new = addresses[number]
        change = (int.from_bytes(new, "big") - int.from_bytes(out[at:at + 4], "big")) % 65535
        out[at:at + 4] = new
        for place in checksums:
            total = 65535 - int.from_bytes(out[place:place + 2], "big") + change
            out[place:place + 2] = (65535 - total % 65535).to_bytes(2, "big")
    return out


def load(paths):
    templates = []
    for path in paths:
        packets = capture.read(path)
        if packets:
            templates.append(Template(packets))
    return templates


def make(options, random, writer):
    templates = load(options.captures)
    size = sum(len(frame) + 16 for template in templates for _, frame, _, _ in template.packets)
    if not size:
        raise SystemExit("mix: no Ethernet capture to copy")
    copies = options.mix_copies or max(1, round(options.mix_mb * 10**6 / size))
    order, made, used = [], [], 0
    for copy in range(copies):
        for template in templates:
            start = copy * COPY_GAP_US + random.randrange(SPAN_US)
            addresses, used = new_addresses(template, copy, used)
            base = len(made) << PACKET_BITS
            made.append((template.packets, addresses))
            order += [(start + packet[0]) << TIME_SHIFT | base | number
                      for number, packet in enumerate(template.packets)]
    order.sort()
    for key in order:
        packets, addresses = made[(key & TIME_MASK) >> PACKET_BITS]
        _, frame, original, patches = packets[key & PACKET_MASK]
        writer.add(flows.START_US + (key >> TIME_SHIFT), rewritten(frame, patches, addresses),
                   original)
    return {"copies": copies, "captures": len(templates)}
