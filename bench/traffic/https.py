"""`bulk`: TLS flows with handshake and heavy tails. `hello`: handshake and close, nothing else.

Sizes of the flows in bulk follow a Pareto law, as measured flow sizes do: most of the bytes are in
few flows, and most flows are short.
"""
from traffic import azure, flows, tls, wire

POOL_BYTES = 1 << 20
TAIL_INDEX = 1.2
SMALLEST_BYTES = 20_000
LARGEST_BYTES = 20_000_000  # of one flow; one in four thousand reaches it
FLIGHT_BYTES = 2600  # EncryptedExtensions, Certificate, CertificateVerify, Finished
FINISHED_BYTES = 53
UPLOADS = 0.15
PACKET_GAP_US = 150
BULK_FLOWS_S = 60
HELLO_FLOWS_S = 2000


def handshake(connection, name, random, pool):
    yield from connection.open()
    yield from connection.send(0, tls.client_hello(name, random))
    yield from connection.send(1, tls.server_hello(random)
                               + tls.records(FLIGHT_BYTES, pool, random.randrange(POOL_BYTES)))
    yield from connection.send(0, b"\x14\x03\x03\0\x01\x01"
                               + tls.records(FINISHED_BYTES, pool, random.randrange(POOL_BYTES)))


def spaced(frames, random, gap_us):
    """Frames with delays round gap_us; a few draws, used in turn, are cheaper than one a frame."""
    delays = [int(random.expovariate(1 / gap_us)) for _ in range(61)]
    for number, frame in enumerate(frames):
        yield delays[number % 61], frame


def exchange(world, pool, size, port):
    random, name = world.random, world.name()
    connection = wire.Connection(world.client(), world.addresses[name], (port, 443),
                                 (random.getrandbits(32), random.getrandbits(32)))
    yield from handshake(connection, name, random, pool)
    if size:
        side = 0 if random.random() < UPLOADS else 1
        yield from connection.send(1 - side, tls.records(900, pool, size))
        yield from connection.send(side, tls.records(size, pool, random.randrange(POOL_BYTES)))
    yield from connection.close()


def starts(world, sizes, rate):
    """A Poisson stream of flows."""
    pool = world.random.randbytes(POOL_BYTES)
    now_us = 0
    for number, size in enumerate(sizes):
        now_us += int(world.random.expovariate(rate) * 1e6)
        flow = exchange(world, pool, size, 20000 + number % 40000)
        yield now_us, spaced(flow, world.random, PACKET_GAP_US)


def bulk_sizes(random, total):
    while total > 0:
        size = min(int(SMALLEST_BYTES * random.paretovariate(TAIL_INDEX)), LARGEST_BYTES)
        total -= size + size // 20 + 8000  # and what headers and handshakes add
        yield size


def bulk(options, random, writer):
    world = azure.World(random)
    sizes = bulk_sizes(random, options.bulk_mb * 10**6)
    return {"flows": flows.interleave(starts(world, sizes, BULK_FLOWS_S), writer)}


def hello(options, random, writer):
    world = azure.World(random)
    sizes = (0 for _ in range(options.hello_flows))
    return {"flows": flows.interleave(starts(world, sizes, HELLO_FLOWS_S), writer)}
