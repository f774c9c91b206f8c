"""The captures that whole-program tests replay, and what is in their files."""
import dataclasses
import json
import pathlib
import struct


@dataclasses.dataclass(frozen=True)
class Capture:
    label: str         # lab/NAME or ndpi/FILE
    path: pathlib.Path
    map: pathlib.Path  # the expected map, or None


def find(corpus, lab):
    """(captures, sentences that say what is missing)"""
    captures, missing = [], []
    if (lab / "cases").is_dir():
        for folder in sorted((lab / "cases").iterdir()):
            truth = json.loads((folder / "truth.json").read_text())
            captures.append(Capture(f"lab/{folder.name}", folder / truth["capture"],
                                    lab / "expected-map.json"))
    else:
        missing.append(f"the lab is not there: {lab / 'cases'} is no folder (make test LAB=...)")
    if (corpus / "ndpi").is_dir():
        captures += [Capture(f"ndpi/{path.name}", path, None)
                     for path in sorted((corpus / "ndpi").iterdir())]
    else:
        missing.append(f"the corpus is not there: {corpus / 'ndpi'} is no folder "
                       "(make test CORPUS=...)")
    return captures, missing


def replay_command(program, capture, *options):
    command = [program, "replay", *options]
    if capture.map:
        command += ["--map", capture.map]
    return command


def _pcap_spans(data):
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
             b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}.get(data[:4])
    at = 24
    while order and at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        if length > len(data) - at - 16:
            return
        yield at + 16, length
        at += 16 + length


def _pcapng_spans(data):
    enhanced, order, at = 6, "<", 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12 or length > len(data) - at:
            return
        if kind == enhanced and length >= 32:
            yield at + 28, min(struct.unpack_from(order + "I", data, at + 20)[0], length - 32)
        at += length


def packet_spans(data):
    """(offset, length) of each packet's bytes in a capture file; none: the format is another."""
    spans = _pcapng_spans if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap_spans
    return [(at, length) for at, length in spans(data) if length]
