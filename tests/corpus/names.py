"""Names that tshark finds in a capture, and names that pewit finds, as sets of (kind, flow, name).

A flow is its protocol and its two ends, in either order. Names are compared without regard to case;
hosts without their port.
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess

CACHE = pathlib.Path(__file__).parent.parent.parent / "build/tshark"
KINDS = ("tls_sni", "quic_sni", "dns_question", "dns_answer", "http_host")
FIELDS = ("frame.number", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
          "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "icmp.type", "icmpv6.type",
          "tls.handshake.extensions_server_name", "dns.qry.name", "dns.a", "dns.aaaa", "dns.cname",
          "http.host", "gquic.tag.sni", "http2.headers.authority")
MANY = "|"
TSHARK = ["tshark", "-n", "-2", "-o", "tcp.reassemble_out_of_order:TRUE",
          "-o", "tcp.desegment_tcp_streams:TRUE", "-T", "fields", "-E", f"aggregator={MANY}",
          "-E", "occurrence=a"]
WANTED = "tls.handshake.extensions_server_name or dns.qry.name or dns.resp.name or http.host " \
         "or gquic.tag.sni or http2.headers.authority"


def flow_of(proto, a, b):
    return f"{proto} " + " ".join(sorted((a, b)))


def normal(kind, name):
    """Letters in lower case; a run of anything but printable ASCII as one "?": tshark shows such
    bytes as U+FFFD or octal, pewit in the presentation form of RFC 1035."""
    name = name.lower().rstrip(".")
    if name == "<root>":
        name = ""
    name = re.sub(r"(\\\d\d\d|\\.|[^\x21-\x5b\x5d-\x7e])+", "?", name)
    if kind == "http_host":
        name = re.sub(r":\d+$", "", name).strip("[]")
    return name


def last(values):
    return values.split(MANY)[-1]


def tshark_flow(row):
    """Ends of the innermost packet, or None where an ICMP error quotes another packet."""
    if row["icmp.type"] or row["icmpv6.type"]:
        return None
    layers = row["frame.protocols"].split(":")
    inner = max((i for i, layer in enumerate(layers) if layer in ("ip", "ipv6")), default=None)
    if inner is None:
        return None
    family = layers[inner]
    proto = "tcp" if row["tcp.srcport"] and "tcp" in layers[inner:] else "udp"
    if not row[f"{proto}.srcport"]:
        return None
    ends = [f"{last(row[f'{family}.{side}'])}:{last(row[f'{proto}.{port}'])}"
            for side, port in (("src", "srcport"), ("dst", "dstport"))]
    return proto, flow_of(proto, *ends)


def tshark_rows(path, options):
    """What tshark prints, kept under build/ by the capture's content: it takes most of the time."""
    command = TSHARK + list(options) + ["-Y", WANTED]
    for field in FIELDS:
        command += ["-e", field]
    key = hashlib.sha256(repr(command).encode() + pathlib.Path(path).read_bytes()).hexdigest()
    kept = CACHE / key
    if kept.exists():
        return kept.read_text()
    output = subprocess.run(command + ["-r", path], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False).stdout.decode("utf-8", "replace")
    CACHE.mkdir(parents=True, exist_ok=True)
    part = CACHE / f"{key}.{os.getpid()}"
    part.write_text(output)
    part.rename(kept)
    return output


def tshark_names(path, options=()):
    found = set()
    for line in tshark_rows(path, options).split("\n"):
        row = dict(zip(FIELDS, line.split("\t")))
        if len(row) != len(FIELDS):
            continue
        flow = tshark_flow(row)
        if not flow:
            continue
        proto, flow = flow
        sni = "tls_sni" if proto == "tcp" else "quic_sni"
        for kind, field in ((sni, "tls.handshake.extensions_server_name"),
                            ("dns_question", "dns.qry.name"), ("dns_answer", "dns.a"),
                            ("dns_answer", "dns.aaaa"), ("dns_answer", "dns.cname"),
                            ("http_host", "http.host"),
                            ("http_host", "http2.headers.authority"),
                            ("quic_sni", "gquic.tag.sni")):
            for name in filter(None, row[field].split(MANY)):
                if kind:
                    found.add((kind, flow, normal(kind, name)))
    return found


def event_names(event):
    kind = event["event_type"]
    if kind == "tls":
        yield "tls_sni", event["tls"].get("sni")
    elif kind == "quic":
        yield "quic_sni", event["quic"].get("sni")
    elif kind == "http":
        yield "http_host", event["http"].get("hostname")
    elif kind == "dns":
        for query in event["dns"].get("queries", []):
            yield "dns_question", query["rrname"]
        for section in ("answers", "authorities", "additionals"):
            for answer in event["dns"].get(section, []):
                if answer["rrtype"] in ("A", "AAAA", "CNAME"):
                    yield "dns_answer", answer.get("rdata")


def pewit_names(events):
    found = set()
    for event in events:
        if event["event_type"] not in ("tls", "quic", "http", "dns"):
            continue
        ends = [f"{event[f'{side}_ip']}:{event.get(f'{side}_port', 0)}" for side in ("src", "dest")]
        flow = flow_of(event["proto"].lower(), *ends)
        for kind, name in event_names(event):
            if name is not None and (name or kind == "dns_question"):
                found.add((kind, flow, normal(kind, name)))
    return found


def read_events(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
