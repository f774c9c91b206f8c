"""The record of a run as a picture: SVG, by hand.

One panel a capture; a bar a program: its processor time over that of pewit with one worker, in the same run, on a
scale of powers of ten, as the programs lie far apart.
"""
import math
from xml.sax.saxutils import escape

WIDTH, LABEL, PLOT = 860, 170, 560
ROW, PANEL_GAP, TOP = 22, 46, 70
DECADES = (-2, 2)  # a hundredth to a hundred times
OURS, PEER, GRID, INK, FAINT = "#0b6e4f", "#8a94a6", "#e3e7ee", "#1c2430", "#5b6675"


def x_of(ratio):
    low, high = DECADES
    place = (math.log10(max(ratio, 10**low)) - low) / (high - low)
    return LABEL + PLOT * min(place, 1)


def text(x, y, words, size=12, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def grid(top, bottom):
    for power in range(DECADES[0], DECADES[1] + 1):
        x = x_of(10.0**power)
        strong = power == 0
        yield (f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" '
               f'stroke="{INK if strong else GRID}" stroke-width="1"/>')
        yield text(x, bottom + 13, f"{10.0**power:g}x", 10, FAINT, "middle")


def bar(y, name, values):
    ratio = values.get("ratio", {}).get("cpu_s")
    ours = name.startswith("pewit")
    yield text(LABEL - 8, y + 14, name, 12, OURS if ours else INK, "end",
               "bold" if ours else "normal")
    if ratio is None:
        yield text(x_of(1) + 6, y + 14, "not measured", 11, FAINT)
        return
    begin, end = sorted((x_of(1), x_of(ratio)))
    yield (f'<rect x="{begin:.1f}" y="{y + 3}" width="{max(end - begin, 2):.1f}" height="{ROW - 7}" '
           f'fill="{OURS if ours else PEER}"/>')
    words = f"{ratio:.2f}x  {values['cpu_s']['median']:.2f} s"
    yield text(end + 6, y + 14, words, 11, FAINT)


def panel(top, capture):
    facts, programs = capture["facts"], capture["programs"]
    bottom = top + 20 + ROW * len(programs)
    yield text(0, top + 8, facts["name"], 15, INK, weight="bold")
    yield text(LABEL, top + 8, f"{facts['packets']:,} packets, {facts.get('flows', 0):,} flows: "
               f"{facts['what']}", 11, FAINT)
    yield from grid(top + 18, bottom)
    for number, (name, values) in enumerate(programs.items()):
        yield from bar(top + 20 + ROW * number, name, values)


def draw(record):
    parts, top = [], TOP
    for capture in record["captures"]:
        parts += panel(top, capture)
        top += 20 + ROW * len(capture["programs"]) + PANEL_GAP
    machine = record["machine"]
    head = [text(0, 22, "Processor time beside pewit with one worker", 18, weight="bold"),
            text(0, 42, f"Same captures, same run, medians of {record['rounds']}. Left of 1x: it took less "
                 "than pewit, and did less; right: more. Powers of ten.", 12, FAINT),
            text(0, top, f"{record['date']}, commit {record['commit']}; {machine['cpu']}, "
                 f"{machine['cores']} cores; load before {record['load_before']:.2f}", 10, FAINT)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 {WIDTH + 32} {top + 16}" '
            f'width="{WIDTH + 32}" font-family="DejaVu Sans, Arial, sans-serif">'
            f'<rect x="-16" width="{WIDTH + 32}" height="{top + 16}" fill="#fff"/>'
            + "\n".join(head + parts) + "</svg>\n")
