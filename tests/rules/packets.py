"""Builds captures packet by packet, for the demo and for the cases of the rules.

The same calls give the same bytes: times, ports and random fields are fixed. Payloads of bulk
transfers are cut as with a snapshot length, so that megabytes take a few kilobytes here.
"""
import hashlib
import socket
import struct

START_S = 1_790_000_400  # 2026-09-21 14:20:00 UTC, a Monday
RESOLVER = "168.63.129.16"
IMDS = "169.254.169.254"
TCP, UDP = 6, 17
A, CNAME, TXT, HTTPS_RECORD = 1, 5, 16, 65
SNAP_BYTES = 60   # of each packet of a bulk transfer
BULK_FROM = 256 * 1024
BULK_BYTES = 60000  # a packet of one, as after large receive offload


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(src, dst, protocol, payload, ttl=63):
    src, dst = socket.inet_aton(src), socket.inet_aton(dst)
    pseudo = src + dst + struct.pack("!BBH", 0, protocol, len(payload))
    at = 16 if protocol == TCP else 6
    value = checksum(pseudo + payload) or 0xFFFF
    payload = payload[:at] + struct.pack("!H", value) + payload[at + 2:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, ttl, protocol, 0,
                         src, dst)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


class Capture:
    """Frames with their times; a clock that moves a little with each."""

    def __init__(self, start_s=START_S):
        self.frames = []
        self.start_s = start_s
        self.now_us = 0
        self.port = 40000

    def wait(self, seconds):
        self.now_us += int(seconds * 1e6)

    def add(self, packet, keep=None):
        """keep: bytes of the frame that are kept; None: all."""
        self.now_us += 700
        ether = bytes.fromhex("000d3a100001" "000d3a10000a" "0800")
        self.frames.append((self.now_us, len(ether + packet), (ether + packet)[:keep]))

    def udp(self, src, sport, dst, dport, payload):
        self.add(ipv4(src, dst, UDP,
                      struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload))

    def next_port(self):
        self.port += 1
        return self.port

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for now_us, length, frame in self.frames:
                out.write(struct.pack("<IIII", self.start_s + now_us // 1_000_000,
                                      now_us % 1_000_000, len(frame), length))
                out.write(frame)


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_record(owner, kind, data, ttl=60):
    return dns_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def dns_chain(name, chain, address):
    """CNAMEs down the chain, then an A record; no address: the chain alone."""
    names = [name] + chain
    records = [dns_record(owner, CNAME, dns_name(target)) for owner, target in zip(names, chain)]
    if address:
        records.append(dns_record(names[-1], A, socket.inet_aton(address), 10))
    return records


def dns_ask(capture, client, name, kind=A, resolver=RESOLVER, port=None):
    """A question; what it takes to answer it."""
    port = port or capture.next_port()
    query_id = hashlib.sha256(f"{client}{name}{port}".encode()).digest()[:2]
    question = dns_name(name) + struct.pack("!HH", kind, 1)
    capture.udp(client, port, resolver, 53,
                query_id + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + question)
    return client, port, resolver, query_id, question


def dns_answer(capture, asked, records, rcode=0):
    client, port, resolver, query_id, question = asked
    header = query_id + struct.pack("!HHHHH", 0x8180 | rcode, 1, len(records), 0, 0)
    capture.udp(resolver, 53, client, port, header + question + b"".join(records))


def dns(capture, client, name, chain, address, resolver=RESOLVER, rcode=0):
    """A question and its answer."""
    asked = dns_ask(capture, client, name, A, resolver)
    dns_answer(capture, asked, dns_chain(name, chain, address), rcode)


class Connection:
    """One TCP connection, both sides."""

    def __init__(self, capture, client, server, port, ttl=63, accepted=True):
        self.capture, self.ends, self.ttl = capture, (client, server), ttl
        self.ports = (capture.next_port(), port)
        self.sequence = [1000, 5000]
        self.segment(0, 0x02)
        self.segment(1, 0x12 if accepted else 0x14)
        if accepted:
            self.segment(0, 0x10)

    def segment(self, side, flags, payload=b"", keep=None):
        ack = self.sequence[1 - side] if flags & 0x10 else 0
        header = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side],
                             self.sequence[side], ack, 0x50, flags, 64240, 0, 0)
        self.capture.add(ipv4(self.ends[side], self.ends[1 - side], TCP, header + payload,
                              self.ttl), keep)
        self.sequence[side] += len(payload) + (1 if flags & 0x03 else 0)

    def send(self, side, payload):
        for at in range(0, len(payload), 1400):
            self.segment(side, 0x18, payload[at:at + 1400])

    def bulk(self, side, length):
        """So many bytes that nobody reads."""
        for at in range(0, length, BULK_BYTES):
            self.segment(side, 0x18, bytes(min(BULK_BYTES, length - at)), SNAP_BYTES)

    def close(self):
        self.segment(0, 0x11)
        self.segment(1, 0x11)
        self.segment(0, 0x10)


# TLS -------------------------------------------------------------------------------------------

TLS_1_3, TLS_1_2, TLS_1_1, TLS_1_0 = 0x0304, 0x0303, 0x0302, 0x0301
ECH = struct.pack("!BHHB", 0, 1, 1, 7) + struct.pack("!H", 32) + bytes(32) + \
    struct.pack("!H", 16) + bytes(16)  # RFC 9849: outer, HPKE suite, config, enc, payload


def vector(data, size):
    return len(data).to_bytes(size, "big") + data


def extension(number, data):
    return struct.pack("!H", number) + vector(data, 2)


def handshake(kind, body, version=TLS_1_2):
    return b"\x16" + struct.pack("!H", version) + vector(bytes([kind]) + vector(body, 3), 2)


def client_hello(name, highest=TLS_1_3, ech=False):
    """name: None leaves the server name out."""
    seed = hashlib.sha256((name or "nobody").encode()).digest()
    extensions = [
        extension(0, vector(b"\0" + vector(name.encode(), 2), 2)) if name else b"",
        extension(10, vector(bytes.fromhex("001d00170018"), 2)),
        extension(11, b"\x01\x00"),
        extension(13, vector(bytes.fromhex("04030804040105030805050108060601"), 2)),
        extension(16, vector(vector(b"h2", 1) + vector(b"http/1.1", 1), 2)),
    ]
    if highest == TLS_1_3:
        extensions += [extension(43, vector(bytes.fromhex("03040303"), 1)),
                       extension(51, vector(bytes.fromhex("001d") + vector(seed, 2), 2))]
    if ech:
        extensions.append(extension(0xfe0d, ECH))
    ciphers = bytes.fromhex("130213031301c02cc030" if highest >= TLS_1_2 else "c014c013")
    body = (struct.pack("!H", min(highest, TLS_1_2)) + seed + vector(seed, 1)
            + vector(ciphers, 2) + b"\x01\x00"
            + vector(b"".join(extensions), 2))
    return handshake(1, body, TLS_1_0)


def server_hello(name, version=TLS_1_3):
    seed = hashlib.sha256(b"server" + (name or "nobody").encode()).digest()
    session = vector(hashlib.sha256((name or "nobody").encode()).digest(), 1)
    if version != TLS_1_3:
        cipher = b"\xc0\x30" if version == TLS_1_2 else b"\xc0\x14"
        return handshake(2, struct.pack("!H", version) + seed + session + cipher + b"\x00",
                         version)
    extensions = (extension(43, b"\x03\x04")
                  + extension(51, bytes.fromhex("001d") + vector(seed, 2)))
    return handshake(2, b"\x03\x03" + seed + session + b"\x13\x02\x00" + vector(extensions, 2))


def application_data(length):
    """So many bytes in records of 16 KiB at most (RFC 8446 section 5.1)."""
    whole, rest = divmod(length, 16384)
    return b"".join(b"\x17\x03\x03" + vector(bytes(size), 2) for size in [16384] * whole + [rest])


def https(capture, client, server, name, up=900, down=4200, port=443, flight=1200):
    """TLS 1.3; flight: bytes of the server's encrypted handshake. More than BULK_FROM a side goes as
    bulk."""
    connection = Connection(capture, client, server, port)
    connection.send(0, client_hello(name))
    connection.send(1, server_hello(name) + b"\x17\x03\x03" + vector(bytes(flight), 2))
    for side, length in ((0, up), (1, down)):
        if length > BULK_FROM:
            connection.bulk(side, length)
        else:
            connection.send(side, application_data(length))
    connection.close()
    return connection


def tls(capture, client, server, name, version=TLS_1_2, certificate=None, port=443):
    """TLS 1.2 or below, with the server's certificate (DER) in the clear."""
    connection = Connection(capture, client, server, port)
    connection.send(0, client_hello(name, version))
    answer = server_hello(name, version)
    if certificate:
        answer += handshake(11, vector(vector(certificate, 3), 3), version)
    connection.send(1, answer + handshake(14, b"", version))
    connection.send(0, application_data(600))
    connection.send(1, application_data(1800))
    connection.close()


# X.509 -----------------------------------------------------------------------------------------

def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def common_name(name):
    oid = bytes.fromhex("0603550403")
    return der(0x30, der(0x31, der(0x30, oid, der(0x0c, name.encode()))))


def certificate(names, not_before, not_after, issuer="Contoso Issuing CA 1", serial=7):
    """A leaf (RFC 5280 section 4.1) with a key and a signature that nobody checks. Times are
    YYMMDDHHMMSSZ; issuer None: it signed itself."""
    subject = names[0]
    algorithm = der(0x30, bytes.fromhex("06082a8648ce3d040302"))  # ecdsa-with-SHA256
    key = der(0x30, der(0x30, bytes.fromhex("06072a8648ce3d0201" "06082a8648ce3d030107")),
              der(0x03, b"\0\x04" + hashlib.sha512(subject.encode()).digest()))
    alternative = der(0x30, *(der(0x82, name.encode()) for name in names))
    extensions = der(0xa3, der(0x30, der(0x30, bytes.fromhex("0603551d11"),
                                         der(0x04, alternative))))
    body = der(0x30, der(0xa0, der(0x02, b"\x02")), der(0x02, serial.to_bytes(2, "big")),
               algorithm, common_name(issuer or subject),
               der(0x30, der(0x17, not_before.encode()), der(0x17, not_after.encode())),
               common_name(subject), key, extensions)
    return der(0x30, body, algorithm, der(0x03, b"\0" + hashlib.sha256(body).digest()))


# Other protocols -------------------------------------------------------------------------------

OK_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def http(capture, client, server, request, response=OK_RESPONSE, port=80, ttl=63):
    connection = Connection(capture, client, server, port, ttl)
    connection.send(0, request)
    connection.send(1, response)
    connection.close()


def request(method, path, host, *headers):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


def imds_token(capture, client, resource, *headers, selector="", ttl=63):
    """A request for a managed-identity token."""
    path = f"/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}{selector}"
    http(capture, client, IMDS, request("GET", path, IMDS, *headers), ttl=ttl)


def ssh(capture, client, server, port=22):
    connection = Connection(capture, client, server, port)
    connection.send(1, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    connection.send(0, b"SSH-2.0-OpenSSH_9.2p1\r\n")
    connection.close()


def rdp(capture, client, server, port=3389):
    """X.224 connection request and confirm, asking for TLS ([MS-RDPBCGR] 2.2.1)."""
    connection = Connection(capture, client, server, port)
    connection.send(0, bytes.fromhex("03000013" "0ee000000000000100080003000000"))
    connection.send(1, bytes.fromhex("03000013" "0ed000001234000200080002000000"))
    connection.close()


def postgres(capture, client, server, encrypted, name=None, port=5432):
    connection = Connection(capture, client, server, port)
    if encrypted:
        connection.send(0, struct.pack("!II", 8, 80877103))
        connection.send(1, b"S")
        connection.send(0, client_hello(name))
        connection.send(1, server_hello(name))
    else:
        start = struct.pack("!I", 0x00030000) + b"user\0ml\0database\0features\0\0"
        connection.send(0, struct.pack("!I", len(start) + 4) + start)
        connection.send(1, b"R" + struct.pack("!II", 12, 5) + b"salt")
        proof = b"md5" + b"0" * 32 + b"\0"
        connection.send(0, b"p" + struct.pack("!I", 4 + len(proof)) + proof)
        connection.send(1, b"R" + struct.pack("!II", 8, 0))
    connection.close()
