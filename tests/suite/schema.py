"""Every event of the lab and of the corpus is what docs/event.schema.json says."""
import functools
import json
import tempfile

import jsonschema

from suite.captures import replay_command
from suite.outcome import RELEASE, ROOT, Job, verdict_of
from suite.replaying import events, run

SCHEMA = ROOT / "docs/event.schema.json"
PROBLEMS_MAX = 5  # of a capture: one wrong field is wrong in every event


@functools.cache
def whole_schema():
    return json.loads(SCHEMA.read_text())


@functools.cache
def validator(event_type):
    """The schema of one event type: what the whole schema's if/then come down to, much faster."""
    schema = whole_schema()
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{event_type}", "$defs": schema["$defs"]})


def event_problems(event):
    schema = whole_schema()
    kind = event.get("event_type") if isinstance(event, dict) else None
    if kind not in schema["properties"]["event_type"]["enum"]:
        yield f"event_type {kind!r} is not in the schema"
        return
    for error in validator(kind).iter_errors(event):
        yield f"{kind} {error.json_path}: {error.message[:300]}"


def test(capture):
    problems, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/events"
        done = run(replay_command(RELEASE, capture, "-o", output, capture.path), folder)
        problems += done.problems()
        if not problems:
            for event, wrong in events(output):
                count += 1
                problems += [wrong] if wrong else event_problems(event)
                if len(problems) >= PROBLEMS_MAX:
                    break
    return [verdict_of(f"{capture.label}: events fit the schema", problems, f"{count} events")]


def test_schema():
    """The schema is one, and the short cut through $defs is what it means."""
    problems = []
    schema = whole_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    kinds = schema["properties"]["event_type"]["enum"]
    wanted = [{"if": {"properties": {"event_type": {"const": kind}}},
               "then": {"$ref": f"#/$defs/{kind}"}} for kind in kinds]
    if schema["allOf"] != wanted:
        problems.append("allOf is no longer one if/then for each event type: mend this test")
    return [verdict_of("docs/event.schema.json is a JSON Schema", problems)]


def jobs(context):
    return [Job("schema", test_schema)] + \
        [Job(capture.label, test, (capture,)) for capture in context.captures]
