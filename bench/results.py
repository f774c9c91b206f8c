"""Turns runs into results: medians, spreads and ratios; a table to read and a record to keep."""
import json
import os
import pathlib
import platform
import statistics

import bars
import chart

NOTE = ("Medians with (least-most) of the rounds. x pewit: how many times the wall and the "
        "processor time of pewit with one worker, in the same run. Private memory is sampled.")


def machine():
    cpu = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    memory_kb = int(pathlib.Path("/proc/meminfo").read_text(encoding="ascii").split()[1])
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_mb": memory_kb // 1024,
            "kernel": f"{platform.system()} {platform.release()} {platform.machine()}"}


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def summarise(runs, facts):
    """Of one program on one capture: a spread for each thing measured, and packets a second."""
    columns = {key: spread([run[key] for run in runs]) for key in runs[0]}
    columns["packets_s"] = spread([facts["packets"] / run["wall_s"] for run in runs])
    return columns


def add_ratios(programs, reference):
    """Beside the reference: more than 1 is slower, or dearer, than pewit."""
    base = programs.get(reference)
    if not base or "wall_s" not in base:
        return
    for values in programs.values():
        if "wall_s" in values:
            values["ratio"] = {key: round(values[key]["median"] / base[key]["median"], 3)
                               for key in ("wall_s", "cpu_s", "peak_kb") if base[key]["median"]}


def seconds(values):
    if values["least"] == values["most"]:
        return f"{values['median']:.2f}"
    return f"{values['median']:.2f} ({values['least']:.2f}-{values['most']:.2f})"


def row(name, values):
    if "failed" in values:
        return [name, "-", "not measured"] + ["-"] * 5
    ratio = values.get("ratio", {})
    return [name, f"{values['packets_s']['median'] / 1e6:.2f}", seconds(values["wall_s"]),
            seconds(values["cpu_s"]), f"{values['peak_kb']['median'] / 1024:.0f}",
            f"{values['private_kb']['median'] / 1024:.0f}",
            f"{ratio['wall_s']:.2f}" if "wall_s" in ratio else "",
            f"{ratio['cpu_s']:.2f}" if "cpu_s" in ratio else ""]


HEAD = ["program", "M packets/s", "wall s", "user + system s", "peak MB", "private MB",
        "wall, x pewit", "CPU, x pewit"]


def table(capture):
    rows = [HEAD] + [row(name, values) for name, values in capture["programs"].items()]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) if not column else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths))) + " |"
             for line in rows]
    rule = "|" + "|".join("-" * (width + 1) + (":" if column else "-")
                          for column, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def failures(capture):
    return [f"{name}: {values['failed']}" for name, values in capture["programs"].items()
            if "failed" in values and not values["failed"].startswith("not installed")]


def title(facts):
    text = (f"{facts['name']}: {facts['packets']:,} packets, {facts['file_bytes'] / 1e6:.0f} MB"
            + (f", {facts['flows']:,} flows" if "flows" in facts else ""))
    return f"{text}; {facts['what']}"


def heading(record, title, how, note):
    """When, where and how it was measured, as the record's first lines."""
    where = record["machine"]
    return [f"# {title}{record['date']}, commit {record['commit']}", "",
            f"{where['cpu']}, {where['cores']} cores, {where['memory_mb']} MB; {where['kernel']}. "
            f"{record['rounds']} rounds, programs in alternating order{how}. "
            f"Load average before {record['load_before']:.2f}, after {record['load_after']:.2f}.",
            "", note, ""]


def markdown(record):
    lines = heading(record, "", ", page cache warm", NOTE)
    for program in record["programs"]:
        lines.append(f"- {program['name']} {program['version']}: {program['what']}")
    for name, reason in record["missing"].items():
        lines.append(f"- {name}: {reason}")
    for capture in record["captures"]:
        lines += ["", f"## {title(capture['facts'])}", "", table(capture)]
        lines += [f"\n{failure}" for failure in failures(capture)]
    lines += ["", "## The bars", "", bars.table(record)]
    return "\n".join(lines) + "\n"


def write(record, folder):
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{record['date']}-{record['commit']}"
    paths = [stem.with_name(stem.name + suffix) for suffix in (".json", ".md", ".svg")]
    paths[0].write_text(json.dumps(record, indent="\t") + "\n")
    paths[1].write_text(markdown(record))
    paths[2].write_text(chart.draw(record))
    return paths
