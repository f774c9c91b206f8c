"""`flood`: one packet a flow, addresses and ports at random: three SYNs to one UDP datagram."""
import struct

from traffic import flows, wire

PACKETS_S = 500_000
SYN_REST = struct.pack("!BBH", 0x50, wire.SYN, 64240)


def syn(addresses, start):
    """As wire.Connection makes them, without keeping a connection."""
    body = start + b"\0\0\0\0" + SYN_REST
    total = wire.word_sum(addresses) + wire.TCP + 20 + wire.word_sum(body)
    return (wire.ETHER + wire.ipv4(addresses[:4], addresses[4:], wire.TCP, 20) + body
            + (65535 - total % 65535).to_bytes(2, "big") + b"\0\0")


def unicast(octet):
    """First octets of ordinary addresses: not 0, 127, or multicast and above."""
    return 1 + octet % 126 if octet < 128 else 128 + octet % 96


def make(options, random, writer):
    for number in range(options.flood_flows):
        draw = random.randbytes(16)
        addresses = bytes((unicast(draw[0]),)) + draw[1:4] + bytes((unicast(draw[4]),)) + draw[5:8]
        if number % 4:
            frame = syn(addresses, draw[8:16])
        else:
            ports = struct.unpack_from("!HH", draw, 8)
            frame = wire.udp(addresses[:4], addresses[4:], ports, draw[12:])
        writer.add(flows.START_US + number * 1_000_000 // PACKETS_S, frame)
    return {"flows": options.flood_flows}
