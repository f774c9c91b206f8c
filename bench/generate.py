#!/usr/bin/env python3
"""Makes the captures that the benchmarks read, under build/bench/. Same options, same bytes.

Each capture has a .json beside it: what was asked for, and packets, bytes, SHA-256. A capture is
made again only when what was asked for, or the code that makes it, has changed.
"""
import argparse
import hashlib
import json
import pathlib
import random
import time

from traffic import capture, dns, flood, https, mix, tunnel

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build/bench"
SUFFIXES = (".pcap", ".pcapng", ".cap")

# name -> (maker, the options it reads, what it is)
KINDS = {
    "mix": (mix.make, ("mix_mb", "mix_copies", "captures"),
            "every Ethernet capture of the corpus, copied with other clients, interleaved"),
    "bulk": (https.bulk, ("bulk_mb",), "TLS flows with handshake and heavy tails"),
    "hello": (https.hello, ("hello_flows",), "new TLS flows only: handshake and close"),
    "flood": (flood.make, ("flood_flows",), "one-packet flows, addresses at random"),
    "dns": (dns.make, ("dns_questions",), "DNS questions and answers"),
    "tunnel": (tunnel.make, ("tunnel_flows",), "hello, bulk, dns and flood in VXLAN"),
}


def add_options(parser):
    parser.add_argument("--corpus", type=pathlib.Path, metavar="DIR",
                        help="captures for mix; without it, or when it is absent, our own demo's")
    parser.add_argument("--out", type=pathlib.Path, default=OUT, metavar="DIR",
                        help="where the captures go (default build/bench)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix-mb", type=int, default=250, help="megabytes (default 250)")
    parser.add_argument("--mix-copies", type=int, default=0,
                        help="copies of the corpus instead of a size")
    parser.add_argument("--bulk-mb", type=int, default=300, help="megabytes (default 300)")
    parser.add_argument("--hello-flows", type=int, default=40_000)
    parser.add_argument("--flood-flows", type=int, default=1_000_000)
    parser.add_argument("--dns-questions", type=int, default=150_000)
    parser.add_argument("--tunnel-flows", type=int, default=15_000,
                        help="flows of each kind but bulk (default 15000)")


def captures_below(corpus):
    if corpus and corpus.is_dir():
        found = sorted(path for path in corpus.rglob("*") if path.suffix in SUFFIXES)
        if found:
            return found
    return sorted((ROOT / "deploy/demo").glob("*.pcap"))


def wanted(kind, options):
    """What determines the bytes of a capture; a change of it means making it anew."""
    _, reads, _ = KINDS[kind]
    values = {name: getattr(options, name) for name in reads}
    if "captures" in values:
        listing = "".join(f"{path.name} {path.stat().st_size}\n" for path in options.captures)
        values["captures"] = hashlib.sha256(listing.encode()).hexdigest()
    sources = sorted((ROOT / "bench/traffic").glob("*.py"))
    values["code"] = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    values["seed"] = options.seed
    return values


def make(kind, options):
    """The capture's path and facts, made now or found as wanted."""
    path, facts_path = options.out / f"{kind}.pcap", options.out / f"{kind}.json"
    options.captures = captures_below(options.corpus)
    asked = wanted(kind, options)
    if path.exists() and facts_path.exists():
        facts = json.loads(facts_path.read_text())
        if facts["asked"] == asked and path.stat().st_size == facts["file_bytes"]:
            return path, facts
    options.out.mkdir(parents=True, exist_ok=True)
    facts_path.unlink(missing_ok=True)
    began = time.monotonic()
    writer = capture.Writer(path)
    more = KINDS[kind][0](options, random.Random(f"{options.seed} {kind}"), writer)
    facts = {"name": kind, "what": KINDS[kind][2], "asked": asked, **more, **writer.close()}
    facts_path.write_text(json.dumps(facts, indent="\t") + "\n")
    print(f"{kind}: {facts['packets']:,} packets, {facts['file_bytes'] / 1e6:.0f} MB, made in "
          f"{time.monotonic() - began:.1f} s", flush=True)
    return path, facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND",
                        help=f"which captures ({', '.join(KINDS)}; default: all)")
    options = parser.parse_args()
    for kind in options.kinds or KINDS:
        path, facts = make(kind, options)
        print(f"{facts['sha256']}  {path}")


if __name__ == "__main__":
    main()
