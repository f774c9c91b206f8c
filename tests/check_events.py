#!/usr/bin/env python3
"""Holds events (JSON Lines) against the event schema.

usage: check_events.py SCHEMA EVENTS...     exit 0: all valid; 1: not; 77: no jsonschema module
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)


def constant(name):
    raise ValueError(f"{name} is not JSON")


def pairs(items):
    keys = [key for key, _ in items]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice in {keys}")
    return dict(items)


def main(schema_path, event_paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    events, wrong = 0, 0
    for path in event_paths:
        with open(path, encoding="utf-8", errors="strict", newline="\n") as file:
            for number, line in enumerate(file, 1):
                events += 1
                event = json.loads(line, parse_constant=constant, object_pairs_hook=pairs)
                for error in validator.iter_errors(event):
                    wrong += 1
                    where = "/".join(str(part) for part in error.absolute_path)
                    if wrong <= 20:
                        print(f"{path}:{number}: {where}: {error.message}", file=sys.stderr)
    print(f"{events} events, {wrong} faults")
    return 0 if wrong == 0 and events != 0 else 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
