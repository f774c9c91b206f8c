"""Rule files: the schema, the shipped pack, the example of the documentation, and the program agree."""
import copy
import json
import re

import jsonschema

from program import DEMO, FINE, ROOT, USAGE, ProgramTest

SCHEMA = json.loads((ROOT / "rules/rules.schema.json").read_text())
PACK = sorted((ROOT / "rules/pack").glob("*.json"))

GOOD = {"id": "OWN-1", "title": "t", "verdict": "unexpected_egress", "severity": "low",
        "on": ["flow"], "when": {}, "message": "{src_ip} to {dest_ip}"}
ALERT = {"effect": "alert"}
COUNT = {"seconds": 60, "by": ["src_ip"], "count": {"at_least": 3}}

RIGHT = {
    "every kind of operand": {"when": {"dest_port": [22, 23], "tls.sni": "x", "fact.known": True}},
    "every test of texts": {"when": {"tls.sni": {
        "is": "a", "in": ["a"], "prefix": "a", "suffix": ["a", "b"], "under": "a", "contains": "a",
        "same_as": "name.value", "exists": True}}},
    "every test of numbers": {"when": {"flow.bytes_toserver": {
        "is": 1, "in": [1], "at_least": 1, "at_most": 1, "above": 1, "below": 1,
        "at_least_times": {"field": "flow.bytes_toclient", "times": 1.5}}}},
    "prefixes": {"when": {"src_ip": {"cidr": ["10.0.0.0/8", "fd00::/8"]}, "dest_ip": "10.1.1.4"}},
    "groups": {"when": {"all": [{}], "any": [{"dest_port": 1}], "not": {"dest_port": 2}}},
    "an alert on another event": {**ALERT, "on": ["tls", "quic"]},
    "a count": {**ALERT, "window": COUNT},
    "a sum": {**ALERT, "window": {"seconds": 1, "by": [], "sum": {
        "field": "flow.bytes_toserver", "at_least_field": "fact.resource_requests_per_minute"}}},
    "an absence": {**ALERT, "window": {"seconds": 1, "by": ["src_ip"], "absent": {
        "alive": {"fact.src_role": "compute"}}}},
    "what is expected": {"verdict": "expected", "severity": "none"},
    "texts and controls": {"proves": "p", "cannot": "c", "why": "w", "do": "d", "attack": ["T1041"],
                           "vantage": ["host", "nva", "mirror"], "indicates": True,
                           "controls": {"mcsb": ["IM-3"],
                                        "azure_policy": [{"name": "n", "id": "i"}]}},
}

WRONG = {
    "a member that there is not": {"wehn": {}},
    "an empty id": {"id": ""},
    "a verdict that there is not": {"verdict": "bad"},
    "severity none": {"severity": "none"},
    "expected, and grave": {"verdict": "expected"},
    "no event type": {"on": []},
    "an event type that rules are not tried on": {"on": ["stats"]},
    "a verdict on tls": {"on": ["tls"]},
    "an effect that there is not": {"effect": "drop"},
    "an order below 0": {"order": -1},
    "a condition that is a list": {"when": []},
    "a test that there is not": {"when": {"tls.sni": {"sufix": "x"}}},
    "no test": {"when": {"tls.sni": {}}},
    "a list of nothing": {"when": {"dest_port": []}},
    "half a number": {"when": {"dest_port": {"above": 1.5}}},
    "any of nothing": {"when": {"any": []}},
    "any that is no list": {"when": {"any": {}}},
    "not of a list": {"when": {"not": []}},
    "exists, but not whether": {"when": {"tls.sni": {"exists": "yes"}}},
    "times of nothing": {"when": {"src_port": {"at_least_times": {"times": 2}}}},
    "a brace that does not end": {"message": "{src_ip"},
    "five writers": {"evidence": ["bypass"] * 5},
    "a window that gives a verdict": {"window": COUNT},
    "a window of nothing": {**ALERT, "window": {"seconds": 1, "by": []}},
    "a window of two kinds": {**ALERT, "window": {**COUNT, "sum": {
        "field": "flow.bytes_toserver", "at_least": 1}}},
    "a window of no time": {**ALERT, "window": {**COUNT, "seconds": 0}},
    "a window by too much": {**ALERT, "window": {**COUNT, "by": ["src_ip"] * 5}},
    "a threshold of 0": {**ALERT, "window": {**COUNT, "count": {"at_least": 0}}},
    "no threshold": {**ALERT, "window": {**COUNT, "count": {}}},
    "a sum of nothing": {**ALERT, "window": {"seconds": 1, "by": [], "sum": {"at_least": 1}}},
    "an absence from nobody": {**ALERT, "window": {"seconds": 1, "by": [], "absent": {}}},
    "a framework that there is not": {"controls": {"soc2": []}},
    "a control without an id": {"controls": {"azure_policy": [{"name": "n"}]}},
    "a vantage that there is not": {"vantage": ["tap"]},
    "indicates, but not whether": {"indicates": "maybe"},
}

SUPPRESSION = {"rule": "OWN-1", "until": "2027-03-31", "reason": "r"}
WRONG_SUPPRESSIONS = {
    "no reason": {"reason": None},
    "no end": {"until": None},
    "an end that is no day": {"until": "2027-3-31"},
    "the thirteenth month": {"until": "2027-13-31"},
    "a member that there is not": {"whn": {}},
}


def problems(document):
    return [f"{error.json_path}: {error.message[:200]}"
            for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def file_of(rule, *suppressions):
    return {"version": 1, "system": "own", "rules": [rule], "suppressions": list(suppressions)}


def merged(base, changes):
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


class RuleFiles(ProgramTest):
    def load(self, document, status, said=None):
        path = self.folder / "own.json"
        path.write_text(json.dumps(document))
        ran = self.pewit("replay", DEMO, "--rules", path, "-o", "-", "--events", "stats")
        self.assertEqual(ran.status, status, ran.said)
        if said:
            self.assertRegex(ran.said, said)

    def test_the_schema_is_one_and_its_verdicts_are_those_of_events(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        events = json.loads((ROOT / "docs/event.schema.json").read_text())["$defs"]["flow"]
        rule = SCHEMA["$defs"]["rule"]["properties"]
        self.assertEqual(rule["verdict"]["enum"], events["properties"]["verdict"]["enum"])
        self.assertEqual(rule["severity"]["enum"],
                         ["none"] + events["properties"]["severity"]["enum"])

    def test_every_shipped_file_fits_the_schema(self):
        self.assertTrue(PACK, "there is no rules/pack/*.json")
        for path in PACK:
            with self.subTest(path.name):
                self.assertEqual(problems(json.loads(path.read_text())), [])

    def test_every_shipped_rule_says_what_it_proves_and_what_to_do(self):
        for path in PACK:
            for rule in json.loads(path.read_text())["rules"]:
                with self.subTest(rule["id"]):
                    self.assertLessEqual({"proves", "cannot", "why", "do", "vantage"}, set(rule))

    def test_schema_and_program_take_the_same_files(self):
        for why, changes in RIGHT.items():
            with self.subTest(why):
                document = file_of(merged(GOOD, changes), SUPPRESSION)
                self.assertEqual(problems(document), [])
                self.load(document, FINE)

    def test_schema_and_program_refuse_the_same_files(self):
        documents = {why: file_of(merged(GOOD, changes)) for why, changes in WRONG.items()}
        documents |= {f"suppression: {why}": file_of(GOOD, merged(SUPPRESSION, changes))
                      for why, changes in WRONG_SUPPRESSIONS.items()}
        documents["another version"] = {"version": 2}
        documents["no system"] = {"version": 1, "rules": []}
        for why, document in documents.items():
            with self.subTest(why):
                self.assertNotEqual(problems(document), [])
                self.load(document, USAGE, r"own\.json:1:\d+: ")

    def test_the_example_of_the_documentation_is_right(self):
        text = (ROOT / "docs/rules.md").read_text()
        example = json.loads(re.search(r"\n    (\{\n.*?\n    \})\n", text, re.S)[1])
        self.assertEqual(problems(example), [])
        own = copy.deepcopy(example)
        own["rules"][0]["id"] = "OWN-1"  # the shipped pack has the example's
        self.load(own, FINE)
