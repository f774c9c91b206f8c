"""What bench/live.py sends: flows that are opened as clients and servers do it, then frames of theirs at any rate.

The opening is sent from here, frame by frame; what follows is made by live_frames, which is given the frames of
each flow as struct live_flow of live_frames.h. All checksums are right, also of frames whose numbers move on.
"""
import random
import socket
import struct
import time

from traffic import azure, https, tls, wire

HEAD_BYTES, STEPS = 64, 3
SEQUENCE_AT, ACKNOWLEDGED_AT, CHECK_AT = 38, 42, 50  # in a frame of IPv4 without options
FRAME = struct.Struct("=64sIHHHHI")
DATA_BYTES = 1460  # of one segment: one whole TLS record, so that who follows records finds them
PORT, UNKNOWN_PORT = 20000, 29999
AT_ONCE = 64  # flows of an opening that are sent without a pause
PAUSE_S = 0.002


class Kind:
    """`flows` of them; `opening` is what opens each, a list of frames; `live` is what live_frames sends of each."""

    def __init__(self, name, what, flow, flows, steps, frame_bytes):
        self.name, self.what, self.steps, self.frame_bytes = name, what, steps, frame_bytes
        chance = random.Random(name)
        world = azure.World(chance)
        self.opening, live = zip(*(flow(world, PORT + number) for number in range(flows)))
        self.flows, self.live = flows, b"".join(live)

    def open(self, interface):
        """Sends the openings, side by side: first all first frames, then all second ones."""
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        out.bind((interface, 0))
        for turn in range(max(map(len, self.opening))):
            for number, frames in enumerate(self.opening):
                if turn < len(frames):
                    out.send(frames[turn])
                if number % AT_ONCE == AT_ONCE - 1:
                    time.sleep(PAUSE_S)

    def opening_frames(self):
        return sum(map(len, self.opening))


def live_flow(frames, number=0):
    frames = frames + [FRAME.pack(b"", 0, 0, 0, 0, 0, 0)] * (STEPS - len(frames))
    return b"".join(frames) + struct.pack("=II", number, 0)


def moving(frame, number_at, advance):
    """A TCP frame whose number at that place is written by live_frames, and the checksum with it."""
    head = bytearray(frame[:HEAD_BYTES].ljust(HEAD_BYTES, b"\0"))
    head[number_at:number_at + 4] = bytes(4)
    head[CHECK_AT:CHECK_AT + 2] = bytes(2)
    length = struct.unpack("!H", head[16:18])[0] - 20
    covered = bytes(head[26:34]) + struct.pack("!HH", wire.TCP, length) + bytes(head[34:34 + length])
    return FRAME.pack(bytes(head), wire.word_sum(covered), max(len(frame), HEAD_BYTES), advance,
                      number_at, CHECK_AT, 0)


def answered_udp(world, port):
    """Datagrams of no known protocol, answered: given up on after some, and then decided."""
    ends, payload = (world.client(), bytes((203, 0, 113, 12))), bytes(22)
    there = wire.udp(*ends, (port, UNKNOWN_PORT), payload)
    back = wire.udp(*ends[::-1], (UNKNOWN_PORT, port), payload)
    return [there, back] * 40, live_flow([FRAME.pack(there, 0, len(there), 0, 0, 0, 0)])


def tls_download(world, port):
    """A handshake, a request, and the server's records, two segments for each acknowledgement."""
    name = world.name()
    connection = wire.Connection(world.client(), world.addresses[name], (port, 443),
                                 (world.random.getrandbits(32), world.random.getrandbits(32)))
    pool = world.random.randbytes(1 << 16)
    opening = list(https.handshake(connection, name, world.random, pool))
    opening += connection.send(0, tls.records(900, pool, 0))
    opening += connection.send(1, tls.records(4000, pool, 0))
    opening.append(connection.segment(0, wire.ACK))
    number = connection.next[1]
    record = struct.pack("!BHH", 23, 0x0303, DATA_BYTES - 5) + bytes(DATA_BYTES - 5)
    data = moving(connection.segment(1, wire.ACK | wire.PUSH, record), SEQUENCE_AT, DATA_BYTES)
    return opening, live_flow([data, data, moving(connection.segment(0, wire.ACK), ACKNOWLEDGED_AT, 0)], number)


KINDS = (
    Kind("decided", "64 flows of UDP, answered, frames of 64 bytes: what is left is to count them",
         answered_udp, 64, 1, HEAD_BYTES),
    Kind("bulk", "256 TLS flows after their handshake, records at volume: 1,514 bytes twice, and an acknowledgement",
         tls_download, 256, 3, 54 + DATA_BYTES),
)
