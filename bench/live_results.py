"""Turns what bench/live.py measured into tables and a record. Costs are differences within a round."""
import json

import results
from live_programs import BYPASSED, COPIED, NOBODY, SURICATA, SURICATA_TUNED, TAP, XDP

NOTE = ("Medians with (least-most) of the rounds; ns are for a frame, at one rate. kernel: what it spends on receiving, the "
        "median of the bursts (their mean is in the record). more: that beyond what it spends when nobody listens, in the "
        "same round. own: the program's user and system time, beyond that of being idle, which is a column of its own. "
        "listening: more and own. Full speed: as fast as the generator goes with the kernel's receiving on its processor; "
        "lost and unexplained are sums.")
HEAD = ("program", "kernel ns", "more ns", "own ns", "listening ns", "bypassed", "idle",
        "highest rate without loss, million/s", "at full speed, million/s", "lost there",
        "unexplained anywhere")
FLOOD_NOTE = ("The generator has a processor to itself and does not wait; the kernel receives on the processor of the program. "
              "What the receiving end's ring of 256 frames refused was not offered; all else is received, and every frame "
              "is one or the other, or unexplained. Frames are sums over the rounds.")
FLOOD_HEAD = ("program", "sent, million/s", "taken, million/s", "sent", "refused", "received",
              "bypassed", "lost", "unexplained")
RATIOS = (
    (BYPASSED, COPIED, "a bypassed frame beside a copied one, AF_PACKET"),
    (XDP, COPIED, "the same, AF_XDP"),
    (BYPASSED, SURICATA, "pewit beside Suricata as packaged"),
    (BYPASSED, SURICATA_TUNED, "pewit beside Suricata tuned"),
)


def spread(values, form):
    each = results.spread(values)
    text = format(each["median"], form)
    return text if each["least"] == each["most"] else f"{text} ({each['least']:{form}}-{each['most']:{form}})"


def more(turns, kind, name):
    return turns[name][kind]["cost"]["kernel_ns"] - turns[NOBODY.name][kind]["cost"]["kernel_ns"]


def own(turns, kind, name):
    return turns[name][kind]["cost"]["own_ns"]


def listening(turns, kind, name):
    """ns a frame: what the kernel spends more than for nobody, and what the program does."""
    return more(turns, kind, name) + own(turns, kind, name)


def whole(turns, kind, name):
    return turns[name][kind]["cost"]["kernel_ns"] + own(turns, kind, name)


def of_program(record, kind, name):
    """What can only be said of one that counts what it receives."""
    turns = [each[name][kind] for each in record["runs"]]
    costs, full = [each["cost"] for each in turns], [each["steps"][0] for each in turns]
    bypassed = sum(each["bypassed"] for each in costs) / sum(each["sent"] for each in costs)
    unexplained = sum(step["unexplained"] for each in turns
                      for step in (each["cost"], *each["steps"]))
    return {"own ns": spread([each["own_ns"] for each in costs], ".0f"),
            "bypassed": f"{bypassed:.0%}",
            "idle": spread([each["idle_ns_s"] / 1e9 for each in costs], ".1%"),
            "highest rate without loss, million/s": spread([each["highest"] / 1e6
                                                            for each in turns], ".2f"),
            "lost there": f"{sum(each['lost'] for each in full):,}",
            "unexplained anywhere": f"{unexplained:,}"}


def row(record, kind, name):
    runs = record["runs"]
    cells = {"program": name,
             "kernel ns": spread([each[name][kind]["cost"]["kernel_ns"] for each in runs], ".0f"),
             "at full speed, million/s": spread([each[name][kind]["steps"][0]["rate"] / 1e6
                                                 for each in runs], ".2f")}
    if name != NOBODY.name:
        cells["more ns"] = spread([more(each, kind, name) for each in runs], ".0f")
        cells["listening ns"] = spread([listening(each, kind, name) for each in runs], ".0f")
    if name not in (NOBODY.name, TAP.name):
        cells |= of_program(record, kind, name)
    return [cells.get(head, "") for head in HEAD]


def flood_row(record, name):
    floods = [each[name]["flood"] for each in record["runs"]]
    cells = {"program": name,
             "sent, million/s": spread([each["rate"] / 1e6 for each in floods], ".2f"),
             "taken, million/s": spread([each["rate"] * (1 - each["refused"] / each["sent"]) / 1e6
                                         for each in floods], ".2f")}
    cells |= {head: f"{sum(each[head] for each in floods):,}" for head in FLOOD_HEAD
              if head in floods[0]}
    return [cells.get(head, "") for head in FLOOD_HEAD]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|",
            *("| " + " | ".join(cells) + " |" for cells in rows)]


def ratios(record, kind):
    """Of medians of the ratios within a round. What is cheaper than nobody has none of what listening costs."""
    lines = []
    for one, other, text in RATIOS:
        if one.name not in record["programs"] or other.name not in record["programs"]:
            continue
        said = []
        for cost, of_what in ((listening, "of what listening costs"), (own, "of the own time"),
                              (whole, "with all that the kernel does for a frame")):
            pairs = [(cost(each, kind, one.name), cost(each, kind, other.name))
                     for each in record["runs"]]
            if all(mine >= 0 and others > 0 for mine, others in pairs):
                said.append(f"{spread([mine / others for mine, others in pairs], '.2f')} {of_what}")
        lines.append(f"- {text}: {'; '.join(said)}")
    return lines


def markdown(record):
    lines = results.heading(record, "Live capture, ",
                            f"; costs at {record['rate']:,} frames a second", NOTE)
    lines += [f"- {name} {each['version']}".rstrip() + f": {each['what']}"
              for name, each in record["programs"].items()]
    lines += [f"- {name}: not measured, {why}" for name, why in record["missing"].items()]
    for kind, what in record["kinds"].items():
        lines += ["", f"## {kind}: {what}", "",
                  *table(HEAD, [row(record, kind, name) for name in record["programs"]])]
        lines += ["", *ratios(record, kind)]
    if "flood" in next(iter(record["runs"][0].values())):
        lines += ["", "## Two processors at their limits, frames of decided flows", "", FLOOD_NOTE, "",
                  *table(FLOOD_HEAD, [flood_row(record, name) for name in record["programs"]])]
    return "\n".join(lines) + "\n"


def write(record, folder):
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"live-{record['date']}-{record['commit']}"
    paths = [folder / f"{stem}{suffix}" for suffix in (".json", ".md")]
    paths[0].write_text(json.dumps(record, indent="\t") + "\n", encoding="utf-8")
    paths[1].write_text(markdown(record), encoding="utf-8")
    return paths
