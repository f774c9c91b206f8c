"""`dns`: questions and answers: A, AAAA and HTTPS, CNAME chains to private and public addresses,
names that do not exist; most questions for few names, one in ten for a name never seen before.
"""
import struct

from traffic import azure, flows, tls, wire

A, CNAME, AAAA, HTTPS = 1, 5, 28, 65
QUESTIONS_S = 4000
ANSWER_US = 900
POINTER = b"\xc0\x0c"  # to the name in the question, right behind the header (RFC 1035 4.1.4)


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, kind, ttl, data):
    return owner + struct.pack("!HHI", kind, 1, ttl) + tls.vector(data, 2)


def chain(name):
    """The aliases between a name and its address, as Azure's resolvers show them."""
    if name in azure.LINKS:
        return [azure.LINKS[name]]
    if name.startswith("tenant"):
        return [f"{name.split('.')[0]}.privatelink.{name.split('.', 1)[1]}",
                f"{name.split('.')[0]}.eastus.prod.trafficmanager.net"]
    return []


def answers(world, name, kind):
    owner, parts = POINTER, []
    for target in chain(name):
        data = encode(target)
        parts.append(record(owner, CNAME, 60, data))
        owner = data
    address = world.addresses[name]
    if kind == A:
        parts.append(record(owner, A, 10, address))
    elif kind == AAAA:
        parts.append(record(owner, AAAA, 10, bytes.fromhex("20010db8000000000000") + b"\0\0"
                            + address))
    else:  # RFC 9460: priority 1, target ".", alpn h2
        parts.append(record(owner, HTTPS, 300, b"\0\x01\0" + b"\0\x01\0\x03\x02h2"))
    return parts


def exchange(world):
    """One question and its answer."""
    random, client = world.random, world.client()
    ports = (random.randrange(1024, 65536), 53)
    number, kind = random.randbytes(2), random.choices((A, AAAA, HTTPS), (6, 3, 1))[0]
    if random.random() < 0.1:
        name, parts, code = f"host{random.getrandbits(40):x}.example.org", [], 3
    else:
        name, code = world.name(), 0
        parts = answers(world, name, kind)
    question = encode(name) + struct.pack("!HH", kind, 1)
    yield 0, wire.udp(client, azure.RESOLVER, ports,
                      number + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + question)
    yield ANSWER_US, wire.udp(azure.RESOLVER, client, ports[::-1], number + struct.pack(
        "!HHHHH", 0x8180 | code, 1, len(parts), 0, 0) + question + b"".join(parts))


def make(options, random, writer):
    world = azure.World(random)
    starts = ((number * 1_000_000 // QUESTIONS_S, exchange(world))
              for number in range(options.dns_questions))
    return {"questions": flows.interleave(starts, writer)}
