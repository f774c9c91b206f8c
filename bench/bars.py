"""The bars that the project set itself, and where a run stands: shown, never asserted."""

BARS = (
    ("mix", "processor time of Suricata, x pewit", 8,
     lambda p: ratio(p, "suricata, single")),
    ("mix", "processor time of softflowd, x pewit", 1, lambda p: ratio(p, "softflowd")),
    ("bulk", "processor time of Suricata, x pewit", 10,
     lambda p: ratio(p, "suricata, single")),
    ("bulk", "processor time of tcpdump --count, x pewit", 1,
     lambda p: ratio(p, "tcpdump --count")),
    ("mix", "wall time of one worker, x two", 1.6, lambda p: two_workers(p)),
    ("hello", "new TLS flows/s of processor time", 300_000, lambda p: rate(p)),
    ("flood", "one-packet flows/s of processor time", 2_000_000, lambda p: rate(p)),
)


def ratio(capture, name):
    return capture["programs"].get(name, {}).get("ratio", {}).get("cpu_s")


def two_workers(capture):
    wall = capture["programs"].get("pewit, 2 workers", {}).get("ratio", {}).get("wall_s")
    return 1 / wall if wall else None


def rate(capture):
    cpu = capture["programs"]["pewit, 1 worker"].get("cpu_s")
    return capture["facts"]["flows"] / cpu["median"] if cpu else None


def rows(record):
    captures = {capture["facts"]["name"]: capture for capture in record["captures"]}
    for kind, what, bar, of in BARS:
        if kind not in captures:
            continue
        reached = of(captures[kind])
        said = "not measured" if reached is None else f"{reached:,.2f}" if bar < 1000 else f"{reached:,.0f}"
        verdict = "" if reached is None else "met" if reached >= bar else "not met"
        yield [kind, what, f"at least {bar:,}", said, verdict]


def table(record):
    lines = [["capture", "what", "bar", "reached", ""], *rows(record)]
    lines.insert(1, ["---"] * 5)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
