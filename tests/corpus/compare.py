#!/usr/bin/env python3
"""Replays every capture of the corpus and the lab, and holds the results against those who know:
tshark (names), the lab's truth (verdicts, counts), capinfos (totals), nDPI itself (labels).

Differences that stay are listed in differences.json, each with the reason and who is right; one that
is not listed fails, and so does a listed one that no longer occurs.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import labels
import names

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
PEWIT = pathlib.Path(os.environ.get("PEWIT", ROOT / "build/pewit"))
RECALL_LEAST = 0.995
LABELS_LEAST = 0.98


def captures(corpus, lab):
    """(label, path, tshark options, truth or None) of everything there is to replay."""
    found = [(f"ndpi/{path.name}", path, (), None) for path in sorted((corpus / "ndpi").iterdir())]
    for folder in sorted((lab / "cases").iterdir()):
        truth = json.loads((folder / "truth.json").read_text())
        options = truth["meta"].get("tshark_opts", [])
        for port in truth["meta"].get("vxlan_ports", []):
            options = options + ["-d", f"udp.port=={port},vxlan"]
        found.append((f"lab/{folder.name}", folder / truth["capture"], tuple(options), truth))
    return found


def replay(path, output, map_path=None):
    command = [PEWIT, "replay", path, "-o", output]
    if map_path:
        command += ["--map", map_path]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def capinfos(path):
    """Packets and wire bytes, as capinfos counts them, up to where it can read."""
    output = subprocess.run(["capinfos", "-TMcd", path], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False).stdout.decode()
    lines = output.splitlines()
    if len(lines) < 2:
        return None
    row = dict(zip(lines[0].split("\t"), lines[1].split("\t")))
    return int(row["Number of packets"]), int(row["Data size (bytes)"])


def count_problems(events, expected):
    """The law: flows plus the counted rest are all packets and bytes."""
    stats = [event for event in events if event["event_type"] == "stats"][-1]["stats"]
    flows = [event["flow"] for event in events if event["event_type"] == "flow"]
    problems = []
    for at, unit in enumerate(("packets", "bytes")):
        short = "pkts" if unit == "packets" else "bytes"
        in_flows = sum(flow[f"{short}_toserver"] + flow[f"{short}_toclient"] for flow in flows)
        rest = sum(part[unit] for part in stats["rest"].values())
        if in_flows != stats["flow"][unit]:
            problems.append(f"{unit}: flow events {in_flows}, stats {stats['flow'][unit]}")
        if in_flows + rest != stats["capture"][unit]:
            problems.append(f"{unit}: flows {in_flows} + rest {rest} != {stats['capture'][unit]}")
        if expected and stats["capture"][unit] != expected[at]:
            problems.append(f"{unit}: {stats['capture'][unit]}, capinfos {expected[at]}")
    return problems


def ends(event):
    return names.flow_of(event["proto"].lower().replace("ipv6-icmp", "icmpv6"),
                         f"{event['src_ip']}:{event.get('src_port', 0)}",
                         f"{event['dest_ip']}:{event.get('dest_port', 0)}")


def truth_problems(events, truth):
    """(accepted verdicts, ours, text) of each flow of the truth; counts are compared too."""
    ours = collections.defaultdict(list)
    for event in events:
        if event["event_type"] == "flow":
            ours[ends(event)].append(event)
    for flow in truth["flows"]:
        key = names.flow_of(flow["proto"], f"{flow['src']}:{flow['sport']}",
                            f"{flow['dst']}:{flow['dport']}")
        found = ours.get(key, [])
        mine = found.pop(0) if found else None
        accepted = flow["pewit_verdict"]
        text = f"{flow['src']} > {flow['dst']}:{flow['dport']} {flow['app']} {flow['name']}"
        if not mine:
            yield accepted, None, f"no such flow: {text}"
            continue
        counts = mine["flow"]
        for side, rest in (("fwd", "toserver"), ("rev", "toclient")):
            if counts[f"pkts_{rest}"] != flow[f"packets_{side}"] or \
               counts[f"bytes_{rest}"] != flow[f"bytes_{side}"]:
                yield accepted, mine.get("verdict", "none"), f"counts differ ({rest}): {text}"
        yield accepted, mine.get("verdict", "none"), text


def examine(job):
    """One capture: everything that is compared, in a worker process."""
    label, path, options, truth, map_path = job
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "events.jsonl"
        run = replay(path, output, map_path if truth else None)
        if run.returncode not in (0, 4):
            return {"label": label, "failure": f"exit {run.returncode}: {run.stderr.decode()}"}
        events = names.read_events(output)
    result = {
        "label": label,
        "tshark": names.tshark_names(path, options),
        "pewit": names.pewit_names(events),
        "counts": count_problems(events, capinfos(path)),
        "labels": labels.disagreements(path, events) if not truth else None,
        "truth": list(truth_problems(events, truth)) if truth else [],
    }
    return result


def report_names(results, listed, failures):
    """Recall for each kind, and every difference that is not listed with its reason."""
    for kind in names.KINDS:
        theirs = missing = extra = explained = 0
        for result in results:
            wanted = {row for row in result["tshark"] if row[0] == kind}
            got = {row for row in result["pewit"] if row[0] == kind}
            theirs += len(wanted)
            for row in sorted(wanted - got):
                known = listed.pop((result["label"],) + row + ("missing",), None)
                missing += 1
                explained += known is not None and known["right"] != "tshark"
                if known is None:
                    failures.append(f"{result['label']}: {kind} missing: {row[2]!r} ({row[1]})")
            for row in sorted(got - wanted):
                extra += 1
                if listed.pop((result["label"],) + row + ("extra",), None) is None:
                    failures.append(f"{result['label']}: {kind} extra: {row[2]!r} ({row[1]})")
        # A name that tshark has wrong is none that we miss.
        recall = 1 - (missing - explained) / theirs if theirs else 1
        print(f"  {kind:13} tshark {theirs:5}  missing {missing:3} ({explained} where tshark is "
              f"wrong)  extra {extra:3}  recall {recall:.4%}")
        if recall < RECALL_LEAST:
            failures.append(f"{kind}: recall {recall:.4%} is below {RECALL_LEAST:.1%}")


def report_verdicts(results, failures):
    table = collections.Counter()
    best = accepted_count = total = 0
    for result in results:
        for accepted, mine, text in result["truth"]:
            if mine is None or "counts differ" in text:
                failures.append(f"{result['label']}: {text}")
                continue
            if accepted is None:
                continue
            total += 1
            table[(accepted[0], mine)] += 1
            best += mine == accepted[0]
            accepted_count += mine in accepted
            if mine not in accepted:
                failures.append(f"{result['label']}: verdict {mine}, truth {accepted}: {text}")
    print(f"  {total} flows: {accepted_count} accepted, {best} the best of those accepted")
    print(f"  {'truth':26} {'pewit':26} flows")
    for (truth, mine), count in sorted(table.items()):
        print(f"  {truth:26} {mine:26} {count:5}{'' if truth == mine else '  *'}")


def report_labels(results, failures):
    same = total = 0
    causes = collections.Counter()
    for result in results:
        if result["labels"]:
            agreed, flows, rest = result["labels"]
            same += agreed
            total += flows
            causes.update(rest)
    share = same / total if total else 1
    print(f"  {total} flows that nDPI labels, {same} labelled alike: {share:.2%}")
    for (theirs, ours), count in causes.most_common(40):
        print(f"    nDPI {theirs:22} pewit {ours:22} {count:4}")
    if share < LABELS_LEAST:
        failures.append(f"labels: {share:.2%} agree, {LABELS_LEAST:.0%} wanted")


def load_differences():
    rows = json.loads((HERE / "differences.json").read_text())["differences"]
    return {(row["capture"], row["kind"], row["flow"], row["name"], row["what"]): row
            for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--lab", type=pathlib.Path, required=True)
    parser.add_argument("--only", help="captures whose label holds this text")
    arguments = parser.parse_args()
    if not (arguments.corpus / "ndpi").is_dir() or not (arguments.lab / "cases").is_dir():
        sys.exit(f"the corpus is not there: {arguments.corpus}, {arguments.lab} "
                 "(make corpus CORPUS=... LAB=...)")
    map_path = arguments.lab / "expected-map.json"
    jobs = [(*capture, map_path) for capture in captures(arguments.corpus, arguments.lab)
            if not arguments.only or arguments.only in capture[0]]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(examine, jobs, chunksize=4))
    failures = [f"{result['label']}: {result['failure']}" for result in results
                if "failure" in result]
    results = [result for result in results if "failure" not in result]
    listed = load_differences()
    listed = {key: row for key, row in listed.items()
              if not arguments.only or arguments.only in key[0]}
    print(f"names, {len(results)} captures, against tshark:")
    report_names(results, listed, failures)
    failures += [f"listed, but no longer so: {key}" for key in listed]
    print("verdicts, against the lab's truth:")
    report_verdicts(results, failures)
    print("labels, against the packaged nDPI called on every packet:")
    report_labels(results, failures)
    wrong = [f"{result['label']}: {problem}" for result in results for problem in result["counts"]]
    print(f"counts, against capinfos: {len(results) - len(set(w.split(':')[0] for w in wrong))} of "
          f"{len(results)} captures exact")
    failures += wrong
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"{len(failures)} differences without an explanation")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
