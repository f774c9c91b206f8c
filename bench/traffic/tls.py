"""TLS 1.3 as a client and a server put it on the wire: hellos in clear, the rest opaque records.

Half of the hellos are those of a current browser: GREASE (RFC 8701), shuffled extensions and an
X25519MLKEM768 key share, which makes them longer than one segment. The others are those of a
library: short, fixed order.
"""
import struct

RECORD_BYTES = 16384  # RFC 8446 section 5.1
HELLO, SERVER_HELLO = 1, 2
MLKEM_SHARE_BYTES = 1216
SERVER_SHARE_BYTES = 1120


def vector(data, size):
    return len(data).to_bytes(size, "big") + data


def extension(number, data):
    return struct.pack("!H", number) + vector(data, 2)


def server_name(name):
    return extension(0, vector(b"\0" + vector(name.encode(), 2), 2))


LIBRARY_CIPHERS = bytes.fromhex("130213031301c02cc030c02bc02f009f009e00ff")
BROWSER_CIPHERS = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
SIGNATURES = extension(13, vector(bytes.fromhex("040308040401050308050501080606010201"), 2))
ALPN = extension(16, vector(b"\x02h2\x08http/1.1", 2))
POINTS = extension(11, b"\x01\x00")


def library_extensions(name, random):
    return b"".join((
        server_name(name), POINTS, extension(10, vector(bytes.fromhex("001d00170018"), 2)),
        extension(35, b""), ALPN, extension(22, b""), extension(23, b""), SIGNATURES,
        extension(43, vector(bytes.fromhex("03040303"), 1)), extension(45, b"\x01\x01"),
        extension(51, vector(bytes.fromhex("001d") + vector(random.randbytes(32), 2), 2)),
    ))


def browser_extensions(name, random):
    grease = bytes([random.randrange(16) << 4 | 10]) * 2
    shares = (grease + b"\0\x01\0" + bytes.fromhex("11ec")
              + vector(random.randbytes(MLKEM_SHARE_BYTES), 2)
              + bytes.fromhex("001d") + vector(random.randbytes(32), 2))
    extensions = [
        server_name(name), POINTS, ALPN, SIGNATURES, extension(23, b""), extension(35, b""),
        extension(10, vector(grease + bytes.fromhex("11ec001d00170018"), 2)),
        extension(5, b"\x01\0\0\0\0"), extension(18, b""), extension(27, b"\x02\0\x02"),
        extension(43, vector(grease + bytes.fromhex("03040303"), 1)), extension(45, b"\x01\x01"),
        extension(51, vector(shares, 2)), extension(0xFF01, b"\0"),
        extension(17613, vector(b"\x02h2", 2)), extension(0xFE0D, ech_grease(random)),
    ]
    random.shuffle(extensions)
    return grease + b"\0\0" + b"".join(extensions)


def ech_grease(random):
    """RFC 9849 section 6.2: an outer ECH extension that means nothing."""
    return (bytes.fromhex("0000010001") + random.randbytes(1) + vector(random.randbytes(32), 2)
            + vector(random.randbytes(144), 2))


def client_hello(name, random):
    if random.random() < 0.5:
        ciphers, extensions = BROWSER_CIPHERS, browser_extensions(name, random)
    else:
        ciphers, extensions = LIBRARY_CIPHERS, library_extensions(name, random)
    body = (b"\x03\x03" + random.randbytes(32) + vector(random.randbytes(32), 1)
            + vector(ciphers, 2) + b"\x01\x00" + vector(extensions, 2))
    return b"\x16\x03\x01" + vector(bytes([HELLO]) + vector(body, 3), 2)


def server_hello(random):
    group, size = ("11ec", SERVER_SHARE_BYTES) if random.random() < 0.5 else ("001d", 32)
    extensions = (extension(43, b"\x03\x04")
                  + extension(51, bytes.fromhex(group) + vector(random.randbytes(size), 2)))
    body = (b"\x03\x03" + random.randbytes(32) + vector(random.randbytes(32), 1) + b"\x13\x02\0"
            + vector(extensions, 2))
    return (b"\x16\x03\x03" + vector(bytes([SERVER_HELLO]) + vector(body, 3), 2)
            + b"\x14\x03\x03\0\x01\x01")


def records(length, pool, at):
    """So many bytes of opaque records, their contents cut from the pool."""
    parts = []
    while length > 0:
        size = min(length, RECORD_BYTES)
        at %= len(pool) - RECORD_BYTES
        parts.append(b"\x17\x03\x03" + size.to_bytes(2, "big") + pool[at:at + size])
        at += 4099
        length -= size
    return b"".join(parts)
