"""pewit rules: list, explain, check, fields, test."""
import json
import shutil

from program import DEMO, FINDINGS, FINE, MAP, ROOT, USAGE, ProgramTest

CASES = ROOT / "rules/cases"
RULE = {
    "id": "MY-1", "title": "Upload", "verdict": "volume_upload", "severity": "high", "on": ["flow"],
    "effect": "alert", "when": {"fact.dest_place": "public", "flow.bytes_toserver": {"above": 1000}},
    "message": "{src_ip} sent {flow.bytes_toserver} bytes", "proves": "a", "cannot": "b",
    "why": "c", "do": "d",
}


class RulesTest(ProgramTest):
    def write(self, *rules, name="mine.json", folder="mine", **more):
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / folder / name).write_text(json.dumps(
            {"version": 1, "system": "mine", "title": "Mine", "rules": list(rules), **more},
            indent=1))

    def write_case(self, rule, shipped, folder="mine"):
        """The case of a shipped rule as that of another."""
        shutil.copytree(CASES / shipped, self.folder / folder / "cases" / rule)
        shutil.copy(CASES / "map.json", self.folder / folder / "cases")

    def test_list_shows_every_rule_in_a_hundred_columns(self):
        ran = self.pewit("rules", "list")
        self.check(ran, FINE)
        rules = json.loads(self.pewit("rules", "list", "--json").out)["rules"]
        self.assertGreater(len(rules), 90)
        for rule in rules:
            self.assertIn(f"  {rule['id']} ", ran.out)
        self.assertLessEqual(max(map(len, ran.out.splitlines())), 100)
        one = self.pewit("rules", "list", "--system", "key-vault").out
        self.assertIn("PEW-KV-001", one)
        self.assertNotIn("PEW-PE-001", one)

    def test_explain_says_all_that_a_rule_says_of_itself(self):
        ran = self.pewit("rules", "explain", "pew-kv-001", "PEW-AOI-004")
        self.check(ran, FINE)
        for text in ("PEW-KV-001: Key Vault", "cannot tell", '"fact.has_endpoint": true',
                     "T1555.006", "DP-8", "key-vault.json:", "PEW-AOI-004", "indicates",
                     '"seconds": 60'):
            self.assertIn(text, ran.out)
        self.assertLessEqual(max(len(line) for line in ran.out.splitlines()
                                 if not line.startswith("  file")), 100)
        out = json.loads(self.pewit("rules", "explain", "--json", "PEW-KV-001").out)
        self.assertEqual((out["verdict"], out["severity"], out["vantage"], out["effect"]),
                         ("private_endpoint_bypass", "high", ["host", "nva", "mirror"], "verdict"))
        self.assertIn({"framework": "mcsb", "id": "NS-2"}, out["controls"])

    def test_own_rules_come_on_top_of_the_shipped(self):
        self.write(RULE)
        out = self.pewit("rules", "list", "--rules", "mine").out
        self.assertIn("MY-1", out)
        self.assertIn("PEW-PE-001", out)

    def test_check_says_what_is_wrong_and_where(self):
        self.write(RULE)
        self.check(self.pewit("rules", "check", "mine"), FINE)
        rows = (
            ("a field", {"when": {"dest_prot": 22}}, r"mine\.json:\d+:\d+: .*did you mean dest_port"),
            ("a verdict", {"verdict": "volume_uplod"}, "did you mean volume_upload"),
            ("a type", {"when": {"dest_port": "ssh"}}, r"mine\.json:\d+:\d+: "),
            ("an id that ships", {"id": "PEW-PE-001"}, "PEW-PE-001"),
        )
        for why, change, said in rows:
            with self.subTest(why):
                self.write({**RULE, **change})
                self.check(self.pewit("rules", "check", "mine"), USAGE, said)

    def test_check_names_what_is_silent_or_has_run_out(self):
        self.write({key: value for key, value in RULE.items() if key != "cannot"},
                   suppressions=[{"rule": "MY-1", "until": "2020-01-31", "reason": "trial"}])
        ran = self.pewit("rules", "check", "mine")
        self.check(ran, FINE)
        self.assertRegex(ran.out, r'MY-1 does not say "cannot"')
        self.assertRegex(ran.out, r"suppression of MY-1 ended with 2020-01-31 \(trial\)")
        self.assertEqual(len(json.loads(self.pewit("rules", "check", "--json", "mine").out)["notes"]),
                         2)

    def test_a_suppression_of_no_rule_is_an_error(self):
        for rule, said in (("PEW-PE-01", r"did you mean PEW-PE-\d+\?"), ("MY-2", "did you mean MY-1"),
                           ("nothing-alike", "take it out")):
            with self.subTest(rule):
                self.write(RULE, suppressions=[{"rule": rule, "until": "2030-01-31", "reason": "r"}])
                self.check(self.pewit("rules", "check", "mine"), USAGE,
                           rf'mine\.json:\d+:\d+: there is no rule "{rule}" to suppress; {said}')

    def test_a_rule_may_ask_for_evidence_while_the_flow_lives(self):
        said = "is the private endpoint"  # of expected flows: nothing else asks for their evidence
        self.write({**RULE, "when": {"evidence.text": {"contains": said}}})
        plain, asked = (self.pewit("replay", "-o", "-", "--map", MAP, *rules, DEMO).events()
                        for rules in ((), ("--rules", "mine")))
        told = {event["flow_id"]: event["flow"]["end"] for event in plain
                if event["event_type"] == "flow"
                and any(said in one["text"] for one in event["evidence"])}
        mine = {event["flow_id"]: event["timestamp"] for event in asked
                if event.get("rule_id") == "MY-1"}
        self.assertGreater(len(told), 1)
        self.assertEqual(set(mine), set(told))
        for flow, end in told.items():
            self.assertLess(mine[flow], end)

    def test_fields_lists_events_facts_and_writers(self):
        out = json.loads(self.pewit("rules", "fields", "--json").out)
        fields = {field["name"]: field for field in out["fields"]}
        self.assertEqual(fields["dest_port"]["type"], "number")
        self.assertEqual(fields["src_ip"]["type"], "address")
        self.assertEqual(fields["fact.served"]["type"], "boolean")
        self.assertIn("bypass", {writer["name"] for writer in out["evidence"]})
        self.assertTrue(all(field["doc"] for field in fields.values()))
        text = self.pewit("rules", "fields").out
        self.assertIn("fact.resource_bytes_per_minute", text)

    def test_test_replays_a_case(self):
        self.write(RULE)
        self.write_case("MY-1", "PEW-TPA-001")
        ran = self.pewit("rules", "test", "mine")
        self.check(ran, FINE)
        self.assertRegex(ran.out, r"MY-1 +fires +silent +Upload\n1 passed, 0 failed")

    def test_test_tells_a_rule_that_does_not_do_what_its_case_says(self):
        rows = (
            ("never fires", {"dest_port": 1}, "SILENT +silent", r"fires\.pcap: PEW-"),
            ("always fires", {"fact.src_place": "mapped"}, "fires +FIRES", r"near-miss\.pcap: .*MY-1"),
        )
        self.write(RULE)
        self.write_case("MY-1", "PEW-TPA-001")
        for why, when, word, seen in rows:
            with self.subTest(why):
                self.write({**RULE, "when": when})
                ran = self.pewit("rules", "test", "mine", "MY-1")
                self.check(ran, FINDINGS)
                self.assertRegex(ran.out, f"MY-1 +{word}")
                self.assertRegex(ran.out, seen)
                self.assertIn("0 passed, 1 failed", ran.out)

    def test_a_rule_without_a_case_fails_only_if_it_ships(self):
        self.write(RULE)
        ran = self.pewit("rules", "test", "mine")
        self.check(ran, FINE)
        self.assertIn("0 passed, 0 failed, 1 without a case", ran.out)
        self.write({**RULE, "id": "PEW-XXX-001"})
        ran = self.pewit("rules", "test", "mine")
        self.check(ran, FINDINGS)
        self.assertRegex(ran.out, "PEW-XXX-001 +no case")
        out = json.loads(self.pewit("rules", "test", "mine", "--json").out)
        self.assertEqual((out["failed"], out["rules"][0]["case"]), (1, False))

    def test_a_damaged_map_or_capture_is_no_pass(self):
        self.write(RULE)
        self.write_case("MY-1", "PEW-TPA-001")
        (self.folder / "mine/cases/MY-1/map.json").write_text("{")
        self.check(self.pewit("rules", "test", "mine"), 1, r"MY-1: .*map\.json:1")
        (self.folder / "mine/cases/MY-1/map.json").unlink()
        (self.folder / "mine/cases/map.json").unlink()
        self.check(self.pewit("rules", "test", "mine"), 1, r"map\.json is missing")

    def test_mistakes_are_answered(self):
        rows = (
            (["tets"], "did you mean rules test"),
            (["explain", "PEW-KW-001"], "unknown rule PEW-KW-001; did you mean PEW-KV-001"),
            (["explain"], "takes ids"),
            (["list", "--system", "keyvault"], "did you mean key-vault"),
            (["list", "everything"], "takes no operand"),
            (["list", "--json", "--markdown"], "choose one"),
            (["fields", "dest_port"], "takes no operand"),
            (["test", "PEW-KW-001"], "is no rule of"),
            (["check", "none"], "none: "),
        )
        for arguments, said in rows:
            with self.subTest(arguments):
                self.check(self.pewit("rules", *arguments), USAGE, said)

    def test_help_of_each(self):
        for name in ("", "check", "list", "explain", "fields", "test"):
            with self.subTest(name):
                ran = self.pewit("rules", *([name] if name else []), "-h")
                self.check(ran, FINE)
                self.assertIn("Usage: pewit rules", ran.out)
