"""The protocol label of each flow, beside what the packaged nDPI says when it sees every packet.

build/label_oracle prints one flow a line: protocol, ends, nDPI's protocol and application. A flow
that nDPI leaves unknown is not compared. Names of one protocol differ between nDPI and EVE: SAME
says which mean the same.
"""
import collections
import pathlib
import subprocess

import names

ORACLE = pathlib.Path(__file__).parent.parent.parent / "build/label_oracle"

# nDPI's name in lower case -> what pewit calls it.
SAME = {
    "http_proxy": "http",
    "http_connect": "http",
    "ftp_control": "ftp",
    "smbv1": "smb",
    "smbv23": "smb",
    "pops": "tls",
    "imaps": "tls",
    "smtps": "tls",
    "ftps": "tls",
    "postgresql": "pgsql",
    "mssql-tds": "mssql",
    "vnc": "rfb",
    "doh_dot": "tls",
    # Both carry plain DNS questions (TXT records with certificates): the operator's name, not another
    # protocol's.
    "dnscrypt": "dns",
    "avastsecuredns": "dns",
}
# EVE's name of an IP protocol -> its number, which the oracle prints.
NUMBERS = {"icmp": "1", "igmp": "2", "tcp": "6", "udp": "17", "gre": "47", "esp": "50", "ah": "51",
           "ipv6-icmp": "58", "ospf": "89", "vrrp": "112", "sctp": "132", "udplite": "136"}


def oracle(path):
    output = subprocess.run([ORACLE, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            check=False).stdout.decode("utf-8", "replace")
    for line in output.splitlines():
        proto, a, b, label = line.split("\t")
        yield names.flow_of(proto, a, b), label.lower()


def disagreements(path, events):
    """(alike, compared, Counter of (nDPI's, ours))"""
    ours = {}
    for event in events:
        if event["event_type"] == "flow":
            ends = [f"{event[f'{side}_ip']}:{event.get(f'{side}_port', 0)}"
                    for side in ("src", "dest")]
            label = event.get("app_proto", "failed")
            ours.setdefault(names.flow_of(NUMBERS.get(event["proto"].lower(), event["proto"]), *ends), set()).add(label)
    same = total = 0
    rest = collections.Counter()
    for flow, label in oracle(path):
        if label == "unknown":
            continue
        total += 1
        mine = ours.get(flow, {"(no such flow)"})
        if SAME.get(label, label) in {SAME.get(name, name) for name in mine}:
            same += 1
        else:
            rest[(label, "/".join(sorted(mine)))] += 1
    return same, total, rest
