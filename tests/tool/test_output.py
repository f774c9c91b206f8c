"""What is written, and where to."""
import json
import os
import subprocess

from program import DEMO, FAILED, FINDINGS, FINE, MAP, PEWIT, SANITIZERS, ProgramTest


class OutputTest(ProgramTest):
    def test_people_get_a_summary_that_names_the_public_path(self):
        ran = self.pewit("replay", DEMO, "--map", MAP)
        self.check(ran, FINE)
        self.assertIn("private_endpoint_bypass", ran.out)
        self.assertNotIn("\x1b", ran.out, "no colour but on a terminal")

    def test_events_go_to_a_file_or_to_standard_output_alike(self):
        ran = self.pewit("replay", DEMO, "--map", MAP, "-o", "events.jsonl")
        self.check(ran, FINE)
        self.assertEqual(ran.out, "", "no summary beside -o")
        on_stdout = self.pewit("replay", DEMO, "--map", MAP, "-o", "-")
        self.check(on_stdout, FINE)
        self.assertEqual((self.folder / "events.jsonl").read_text(), on_stdout.out)
        self.assertEqual(on_stdout.events()[-1]["event_type"], "stats")

    def test_a_summary_beside_events_goes_where_they_do_not(self):
        with_file = self.pewit("replay", DEMO, "--map", MAP, "-o", "events", "--summary")
        self.check(with_file, FINE)
        with_stdout = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--summary")
        self.check(with_stdout, FINE, "private_endpoint_bypass")
        self.assertEqual(with_stdout.said, with_file.out)
        self.assertEqual(with_stdout.out, (self.folder / "events").read_text())

    def test_only_the_event_types_asked_for_are_written(self):
        for types in ("alert", "flow,stats", "dns,tls,http,ssh,imds"):
            with self.subTest(types):
                ran = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--events", types)
                self.check(ran, FINE)
                self.assertEqual({event["event_type"] for event in ran.events()},
                                 set(types.split(",")))

    def test_leaving_events_out_does_not_change_the_answer(self):
        ran = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--events", "stats",
                         "--fail-on", "high")
        self.check(ran, FINDINGS)

    def test_totals_as_json_agree_with_the_events(self):
        totals = self.totals(DEMO, "--map", MAP)
        events = self.pewit("replay", DEMO, "--map", MAP, "-o", "-").events()
        counted = {}
        for event in events:
            counted[event["event_type"]] = counted.get(event["event_type"], 0) + 1
        self.assertEqual(totals["events"], counted)
        verdicts = {}
        for event in events:
            if event["event_type"] == "flow":
                verdict = event.get("verdict", "none")
                verdicts[verdict] = verdicts.get(verdict, 0) + 1
        self.assertEqual({name: count for name, count in verdicts.items()
                          if totals["verdicts"].get(name, 0) < count}, {})

    def test_no_secret_is_written(self):
        data = DEMO.read_bytes()
        self.assertIn(b"api-key: ", data)
        secret = data.split(b"api-key: ")[1].split(b"\r\n")[0].decode()
        ran = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--summary")
        self.assertGreater(len(secret), 4)
        self.assertNotIn(secret, ran.out + ran.said)

    def test_a_reader_that_goes_away_is_a_failure_with_a_name(self):
        for workers in ("1", "3"):
            with self.subTest(workers):
                reading, writing = os.pipe()
                os.close(reading)
                run = subprocess.run([PEWIT, "replay", DEMO, "-o", "-", "--workers", workers],
                                     stdout=writing, stderr=subprocess.PIPE, check=False,
                                     env={**os.environ, **SANITIZERS}, timeout=60)
                os.close(writing)
                self.assertEqual(run.returncode, FAILED)
                self.assertIn(b"Broken pipe", run.stderr)

    def test_the_rules_may_lie_elsewhere(self):
        rules = PEWIT.parent.parent.parent / "rules"
        (self.folder / "mine").symlink_to(rules)
        by_option = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--rules", "mine")
        by_environment = self.pewit("replay", DEMO, "--map", MAP, "-o", "-",
                                    env={"PEWIT_RULES": "mine"})
        self.check(by_option, FINE)
        self.check(by_environment, FINE)
        self.assertEqual(by_option.out, by_environment.out)

    def test_generated_documents_are_json_schema_and_markdown(self):
        schema = json.loads(self.pewit("dump-event-schema").out)
        self.assertIn("flow", schema["properties"]["event_type"]["enum"])
        self.assertTrue(self.pewit("dump-event-docs").out.startswith("#"))
