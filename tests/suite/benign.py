"""Rules that raise alerts, over captures of ordinary traffic: which fire is written down, with why.

Every host of the corpus counts as ours (tests/corpus/benign-map.json), so that nothing is silent for
want of a map. A new line in what fires is a false alarm, or needs its reason in benign.json.
"""
import json
import subprocess
import tempfile

from suite.outcome import RELEASE, ROOT, Job, verdict_of
from suite.replaying import events, run

KNOWN = ROOT / "tests/corpus/benign.json"
MAP = ROOT / "tests/corpus/benign-map.json"


def alert_rules():
    done = subprocess.run([RELEASE, "rules", "list", "--json"], check=True,
                          stdout=subprocess.PIPE)
    return {rule["id"] for rule in json.loads(done.stdout)["rules"] if rule["effect"] == "alert"}


def fired(capture, expected_map, only):
    """(rule ids of alerts, problems)"""
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/events"
        done = run([RELEASE, "replay", "--map", expected_map, "--events", "alert", "-o", output,
                    capture.path], folder)
        problems = done.problems()
        if problems:
            return set(), problems
        seen = {event["rule_id"] for event, wrong in events(output) if not wrong}
    return (seen & only if only else seen), []


def test_corpus(captures, known, only):
    results = []
    for capture in captures:
        name = capture.path.name
        allowed = {rule for rule, row in known["rules"].items() if name in row["captures"]}
        seen, problems = fired(capture, MAP, only)
        problems += [f"{rule} fires: a false alarm, or a reason is missing in benign.json"
                     for rule in sorted(seen - allowed)]
        problems += [f"{rule} is silent: take {name} out of benign.json"
                     for rule in sorted(allowed - seen)]
        results.append(verdict_of(f"{capture.label}: no alert but the known", problems))
    return results


def test_lab(capture):
    seen, problems = fired(capture, capture.map, None)
    problems += [f"{rule} fires" for rule in sorted(seen)]
    return [verdict_of(f"{capture.label}: all as it should be, so no alert", problems)]


def test_reasons(known):
    problems = [f"{rule}: no reason" for rule, row in known["rules"].items() if not row.get("why")]
    return [verdict_of("each alert on ordinary traffic has its reason", problems)]


def jobs(context):
    known = json.loads(KNOWN.read_text())
    only = alert_rules()
    corpus = [capture for capture in context.captures if not capture.map]
    made = [Job("benign: reasons", test_reasons, (known,))]
    for at in range(0, len(corpus), 20):
        made.append(Job(f"benign: corpus {at}", test_corpus, (corpus[at:at + 20], known, only)))
    for capture in context.captures:
        if capture.map and capture.path.parent.name in known["silent_lab_cases"]:
            made.append(Job(capture.label, test_lab, (capture,)))
    return made
