"""pewit learn: what the map lacks, and never a finding without a word."""
import json

from program import (DEMO, FAILED, FINE, MAP, ROOT, UNTRUSTED, USAGE, ProgramTest, packets_of, pcap)

LAB = ROOT / "../shared/lab"


class LearnTest(ProgramTest):
    def learn(self, *arguments, stdin=b"", status=FINE, said="not learned|flows"):
        ran = self.pewit("learn", "--map", MAP, *arguments, stdin=stdin)
        self.check(ran, status, said)
        return json.loads(ran.out)

    def events(self, *types):
        return self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--events",
                          ",".join(types or ("flow", "dns"))).out

    def test_unlisted_egress_is_proposed_with_what_it_rests_on(self):
        document = self.learn(DEMO)
        self.assertEqual([entry["fqdn"] for entry in document["allowed_egress"]],
                         ["paste.example.net"])
        entry = document["allowed_egress"][0]
        self.assertEqual((entry["zones"], entry["ports"]), (["prod"], [443]))
        learned = entry["learned"]
        self.assertEqual(learned["confidence"], "medium", "claimed, and no answer of DNS was seen")
        self.assertEqual(learned["addresses"], ["198.51.100.77"])
        self.assertEqual((learned["flows"], learned["source_count"]), (1, 1))
        self.assertNotIn("accepted", learned)
        self.assertNotIn("ips", entry)

    def test_findings_are_listed_and_none_becomes_an_entry(self):
        document = self.learn(DEMO)
        refused = {finding["verdict"] for finding in document["not_learned"]}
        flows = [json.loads(line) for line in self.events("flow").splitlines()]
        findings = {flow["verdict"] for flow in flows} - {"expected", "unexpected_egress"}
        self.assertEqual(refused, findings)
        for finding in document["not_learned"]:
            self.assertTrue(finding["rule_id"] and finding["reason"] and finding["why"])
        for section in ("private_endpoints", "resolvers", "cross_zone", "compute_admin"):
            self.assertNotIn(section, document)
        self.assertEqual(document["accepted"], [])

    def test_an_accepted_verdict_becomes_marked_entries_and_no_other_does(self):
        document = self.learn("--accept", "third_party_ai,foreign_resource", DEMO)
        accepted = {entry["fqdn"]: entry["learned"].get("accepted")
                    for entry in document["allowed_egress"]}
        self.assertEqual(accepted, {"api.openai.com": "third_party_ai",
                                    "fabrikamstore.blob.core.windows.net": "foreign_resource",
                                    "paste.example.net": None})
        self.assertEqual({one["verdict"] for one in document["accepted"]},
                         {"third_party_ai", "foreign_resource"})
        self.assertIn("public_ai_endpoint", {one["verdict"] for one in document["not_learned"]})

    def test_what_was_learned_is_expected_afterwards(self):
        accept = "third_party_ai,zone_crossing,admin_access,dns_resolver_bypass"
        ran = self.pewit("learn", "--map", MAP, "--merge", "--accept", accept, "-o", "new.json", DEMO)
        self.check(ran, FINE)
        self.check(self.pewit("map", "check", "new.json"), FINE)
        self.assertNotIn("unknown field", self.pewit("map", "check", "new.json").out)
        before, after = (self.totals(DEMO, "--map", map_)["verdicts"]
                         for map_ in (MAP, "new.json"))
        for verdict in [*accept.split(","), "unexpected_egress"]:
            self.assertGreater(before.get(verdict, 0), 0, verdict)
            self.assertEqual(after.get(verdict, 0), 0, verdict)
        for verdict in ("private_endpoint_bypass", "public_ai_endpoint", "foreign_resource"):
            self.assertEqual(after[verdict], before[verdict])

    def test_merging_keeps_the_text_of_the_map(self):
        self.check(self.pewit("learn", "--map", MAP, "--merge", "-o", "new.json", DEMO), FINE)
        old, new = MAP.read_text().splitlines(), (self.folder / "new.json").read_text().splitlines()
        self.assertEqual(len(new), len(old) + 1)
        self.assertEqual([line for line in old if line not in new and line + "," not in new], [])
        again = self.pewit("learn", "--map", "new.json", "--merge", DEMO)
        self.assertEqual(again.out, (self.folder / "new.json").read_text(), "nothing new is left")

    def test_events_teach_what_their_capture_teaches(self):
        (self.folder / "events.jsonl").write_text(self.events())
        by_capture, by_file = self.learn(DEMO), self.learn("events.jsonl")
        by_pipe = self.learn("-", stdin=self.events().encode())
        for document in (by_capture, by_file, by_pipe):
            del document["generated"]
        self.assertEqual(by_file, by_capture)
        self.assertEqual(by_pipe, by_capture)

    def test_learning_adds_up(self):
        self.check(self.pewit("learn", "--map", MAP, "-o", "first.json", DEMO), FINE)
        document = self.learn("first.json", DEMO)
        self.assertEqual(document["totals"]["flows"], 44)
        self.assertEqual(document["allowed_egress"][0]["learned"]["flows"], 2)

    def test_a_name_that_dns_gave_is_sure_and_an_address_is_not(self):
        def flow(**more):
            return json.dumps({
                "event_type": "flow", "src_ip": "10.10.1.10", "dest_ip": "198.51.100.99",
                "dest_port": 443, "proto": "TCP", "verdict": "unexpected_egress",
                "flow": {"bytes_toserver": 1, "bytes_toclient": 2,
                         "start": "2026-09-21T14:20:00.000700+0000",
                         "end": "2026-09-21T14:20:00.000700+0000"}, **more}) + "\n"

        answer = json.dumps({"event_type": "dns", "dns": {"answers": [
            {"rrname": "Sure.example.net", "rrtype": "A", "rdata": "198.51.100.99"}]}}) + "\n"
        lines = (answer + flow(name={"value": "sure.example.net", "source": "sni"}) +
                 flow(name={"value": "claimed.example.net", "source": "sni"}) +
                 flow(name={"value": "*.net", "source": "sni"}) + flow())
        document = self.learn("-", stdin=lines.encode())
        self.assertEqual({entry.get("fqdn") or entry["cidr"]: entry["learned"]["confidence"]
                          for entry in document["allowed_egress"]},
                         {"sure.example.net": "high", "claimed.example.net": "medium",
                          "198.51.100.99": "low"})
        self.assertEqual([one["name"] for one in document["not_learned"]], ["*.net"])
        sure = self.learn("--confidence", "high", "--pin", "-", stdin=lines.encode())
        self.assertEqual([(entry["fqdn"], entry["ips"]) for entry in sure["allowed_egress"]],
                         [("sure.example.net", ["198.51.100.99"])])

    def test_what_is_missing_is_told(self):
        (self.folder / "cut.pcap").write_bytes(DEMO.read_bytes()[:-10])
        self.learn("cut.pcap", status=UNTRUSTED, said="cannot be trusted")
        self.learn("-", stdin=self.events().encode()[:-20], status=UNTRUSTED,
                   said="ends in the middle")
        header, frame = next((header, frame) for header, frame in packets_of(DEMO.read_bytes())
                             if frame[23] == 17)
        many = [(header, frame[:30] + number.to_bytes(4, "big") + frame[34:])
                for number in range(0xc6336400, 0xc6336440)]
        (self.folder / "many.pcap").write_bytes(pcap(many))
        document = self.learn("--limit", "16", "many.pcap", status=UNTRUSTED,
                              said="48 flows left out")
        self.assertEqual(document["totals"]["flows_left_out"], 48)
        self.assertEqual(len(document["seen"]), 16)

    def test_summary_and_document_go_where_the_other_does_not(self):
        to_stdout = self.pewit("learn", "--map", MAP, DEMO)
        self.check(to_stdout, FINE, "paste.example.net")
        to_file = self.pewit("learn", "--map", MAP, DEMO, "-o", "proposal.json")
        self.check(to_file, FINE)
        self.assertIn("paste.example.net", to_file.out)
        self.assertEqual((self.folder / "proposal.json").read_text(), to_stdout.out)
        self.assertEqual((self.folder / "proposal.json").stat().st_mode & 0o007, 0)

    def test_no_terminal_is_sent_what_a_capture_says(self):
        line = self.events("flow").splitlines()[0]
        event = json.loads(line)
        event.update(verdict="unexpected_egress", rule_id="\x1b[2J",
                     name={"value": "\x1b[31m.example", "source": "sni"})
        ran = self.pewit("learn", "--map", MAP, "-", stdin=json.dumps(event).encode() + b"\n")
        self.check(ran, FINE, "not learned: 1")
        self.assertNotIn("\x1b", ran.said + ran.out)

    def test_mistakes_are_named(self):
        (self.folder / "bad.jsonl").write_text(self.events() + '{"event_type":"flow"}\n{}\n')
        (self.folder / "other.json").write_text('{"a": 1}')
        (self.folder / "tls.jsonl").write_text('{"event_type":"tls"}\n')
        (self.folder / "long.jsonl").write_text('{"event_type":"x","y":"' + "y" * 200000 + '"}\n')
        lines = self.events().count("\n")
        rows = (
            ("nothing to learn from", [], "needs a capture"),
            ("a broken event", ["bad.jsonl"], rf"bad\.jsonl:{lines + 1}:1: .*is missing"),
            ("JSON of another kind", ["other.json"], r"other\.json:1:1: .*neither events"),
            ("no flows", ["tls.jsonl"], "no flow event"),
            ("an endless line", ["long.jsonl"], r"long\.jsonl:1: longer than"),
            ("a map", [MAP], "give it with --map"),
            ("not there", ["none.pcap"], r"none\.pcap"),
            ("a verdict misspelt", ["--accept", "third_party_al", DEMO], "mean third_party_ai"),
            ("a verdict that cannot be", ["--accept", "private_endpoint_bypass", DEMO],
             "no entry of a map can allow"),
            ("a level", ["--confidence", "hi", DEMO], "low, medium and high"),
            ("a prefix", ["--prefix", "33", DEMO], "from 8 to 32"),
            ("a limit", ["--limit", "1", DEMO], "from 16"),
        )
        for why, arguments, sentence in rows:
            with self.subTest(why):
                ran = self.pewit("learn", "--map", MAP, *arguments)
                self.check(ran, USAGE, sentence)
                self.assertEqual(ran.out, "")
        self.check(self.pewit("learn", DEMO), USAGE, "--map FILE")

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.check(self.pewit("learn", "--map", MAP, DEMO, "-o", "/dev/full"), FAILED, "No space")
        with open("/dev/full", "wb") as full:
            ran = self.pewit("learn", "--map", MAP, DEMO, out=full)
        self.check(ran, FAILED, "No space left")

    def test_every_lab_case_teaches_a_map_that_loads(self):
        cases = sorted((LAB / "cases").glob("*/*.pcap*")) if LAB.exists() else []
        if not cases:
            self.skipTest(f"{LAB} is not there")
        everything = ("unexpected_egress,public_ai_endpoint,foreign_resource,third_party_ai,"
                      "name_address_mismatch,zone_crossing,dns_resolver_bypass,admin_access")
        for case in cases:
            with self.subTest(case.parent.name):
                ran = self.pewit("learn", "--map", LAB / "expected-map.json", "--merge", "--accept",
                                 everything, "-o", "map.json", case)
                self.assertIn(ran.status, (FINE, UNTRUSTED), ran.said)
                self.check(self.pewit("map", "check", "map.json"), FINE)
