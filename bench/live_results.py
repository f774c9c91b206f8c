"""Turns what bench/live.py measured into tables and a record. Costs are differences within a round."""
import json

import results
from live_programs import BYPASSED, COPIED, NOBODY, SURICATA, SURICATA_BYPASS, XDP

NOTE = ("Medians with (least-most) of the rounds. `kernel`: time that the kernel spends on receiving a frame; `more`: what "
        "of it is more than when nobody listens, in the same round; `own`: the program's processor time, user and system; "
        "`listening`: more and own, what it costs to listen. ns a frame, at one rate. `full speed`: as fast as the "
        "generator can, with the kernel's receiving on its processor; what was lost and what is unexplained there are "
        "sums over the rounds.")
HEAD = ("program", "highest rate without loss, million/s", "kernel ns", "more ns", "own ns",
        "listening ns", "full speed, million/s", "lost there", "unexplained", "bypassed %")
RATIOS = (
    (BYPASSED, COPIED, "a bypassed frame beside a copied one, AF_PACKET"),
    (XDP, COPIED, "the same, AF_XDP"),
    (BYPASSED, SURICATA, "pewit beside Suricata"),
    (BYPASSED, SURICATA_BYPASS, "pewit beside Suricata with its bypass"),
)


def spread(values, form):
    each = results.spread(values)
    text = format(each["median"], form)
    return text if each["least"] == each["most"] else f"{text} ({each['least']:{form}}-{each['most']:{form}})"


def listening(turns, kind, name):
    """ns a frame: what the kernel spends more than for nobody, and what the program does."""
    cost, floor = turns[name][kind]["cost"], turns[NOBODY.name][kind]["cost"]
    return cost["kernel_ns"] - floor["kernel_ns"] + cost["own_ns"]


def whole(turns, kind, name):
    cost = turns[name][kind]["cost"]
    return cost["kernel_ns"] + cost["own_ns"]


def row(record, kind, name):
    turns = [each[name][kind] for each in record["runs"]]
    costs, full = [each["cost"] for each in turns], [each["steps"][0] for each in turns]
    kernel = spread([each["kernel_ns"] for each in costs], ".0f")
    fastest = spread([each["rate"] / 1e6 for each in full], ".2f")
    if name == NOBODY.name:
        return (name, "", kernel, "", "", "", fastest, "", "", "")
    more = [each[name][kind]["cost"]["kernel_ns"] - each[NOBODY.name][kind]["cost"]["kernel_ns"]
            for each in record["runs"]]
    return (name, spread([each["highest"] / 1e6 for each in turns], ".2f"), kernel,
            spread(more, ".0f"), spread([each["own_ns"] for each in costs], ".0f"),
            spread([listening(each, kind, name) for each in record["runs"]], ".0f"), fastest,
            f"{sum(each['lost'] for each in full):,}",
            f"{sum(step['unexplained'] for each in turns for step in each['steps']):,}",
            f"{100 * sum(each['bypassed'] for each in costs) / sum(each['sent'] for each in costs):.0f}")


def ratios(record, kind):
    lines = []
    for one, other, text in RATIOS:
        if one.name not in record["programs"] or other.name not in record["programs"]:
            continue
        both = [spread([cost(each, kind, one.name) / cost(each, kind, other.name)
                        for each in record["runs"]], ".2f") for cost in (listening, whole)]
        lines.append(f"- {text}: {both[0]} of what listening costs; {both[1]} with all that the kernel does for a frame")
    return lines


def markdown(record):
    where = record["machine"]
    lines = [f"# Live capture, {record['date']}, commit {record['commit']}", "",
             f"{where['cpu']}, {where['cores']} cores, {where['memory_mb']} MB; {where['kernel']}. "
             f"{record['rounds']} rounds, programs in alternating order; costs at {record['rate']:,} frames a second. "
             f"Load average before {record['load_before']:.2f}, after {record['load_after']:.2f}.",
             "", NOTE, ""]
    lines += [f"- {name}: {what}" for name, what in record["programs"].items()]
    lines += [f"- {name}: not measured, {why}" for name, why in record["missing"].items()]
    for kind, what in record["kinds"].items():
        lines += ["", f"## {kind}: {what}", "", "| " + " | ".join(HEAD) + " |",
                  "|---" + "|---:" * (len(HEAD) - 1) + "|"]
        lines += ["| " + " | ".join(row(record, kind, name)) + " |" for name in record["programs"]]
        lines += ["", *ratios(record, kind)]
    return "\n".join(lines) + "\n"


def write(record, folder):
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"live-{record['date']}-{record['commit']}"
    paths = [folder / f"{stem}{suffix}" for suffix in (".json", ".md")]
    paths[0].write_text(json.dumps(record, indent="\t") + "\n", encoding="utf-8")
    paths[1].write_text(markdown(record), encoding="utf-8")
    return paths
