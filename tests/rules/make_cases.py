#!/usr/bin/env python3
"""Makes the captures of the rules' cases: rules/cases/RULE/fires.pcap, near-miss.pcap and README.

The same bytes every time, so a test can say when they are not current. usage: make_cases.py [DIR]
"""
import pathlib
import sys

import cases_ai  # noqa: F401  (each registers its cases)
import cases_compute  # noqa: F401
import cases_identity  # noqa: F401
import cases_leaving  # noqa: F401
import cases_private  # noqa: F401
from case import CASES, captures

DEFAULT = pathlib.Path(__file__).parent.parent.parent / "rules/cases"


def make(made, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, capture in zip(("fires", "near-miss"), captures(made)):
        capture.write(folder / f"{name}.pcap")
    (folder / "README").write_text(f"fires.pcap: {made.fires_text}\n"
                                   f"near-miss.pcap: {made.miss_text}\n")


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else DEFAULT
    for rule, made in CASES.items():
        make(made, root / rule)


if __name__ == "__main__":
    main()
