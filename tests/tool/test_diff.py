"""pewit diff: what is new between two captures, events or baselines."""
import json

from program import (DEMO, FAILED, FINDINGS, FINE, MAP, UNTRUSTED, USAGE, ProgramTest, packets_of,
                     pcap)

PUBLIC = bytes([203, 0, 113, 12])  # the public address of contoso.openai.azure.com in the demo
FOREIGN = bytes([203, 0, 113, 19])


class DiffTest(ProgramTest):
    def setUp(self):
        super().setUp()
        packets = list(packets_of(DEMO.read_bytes()))
        before = [packet for packet in packets
                  if PUBLIC not in packet[1][26:34] and FOREIGN not in packet[1][26:34]]
        self.assertLess(len(before), len(packets))
        (self.folder / "before.pcap").write_bytes(pcap(before))

    def diff(self, *arguments, status=FINE):
        ran = self.pewit("diff", "--json", "--map", MAP, *arguments)
        self.check(ran, status)
        return json.loads(ran.out)

    def test_new_and_changed_destinations_are_told(self):
        document = self.diff("before.pcap", DEMO)
        self.assertEqual([one["name"] for one in document["new_destinations"]],
                         ["fabrikam.openai.azure.com"])
        changed = {one["name"]: one for one in document["changed_destinations"]}
        self.assertEqual(list(changed), ["contoso.openai.azure.com"])
        self.assertEqual(changed["contoso.openai.azure.com"]["new_verdicts"],
                         ["private_endpoint_bypass"])
        self.assertEqual(document["gone_destinations"], [])
        back = self.diff(DEMO, "before.pcap")
        self.assertEqual([one["name"] for one in back["gone_destinations"]],
                         ["fabrikam.openai.azure.com"])
        self.assertEqual((document["has_news"], back["has_news"]), (True, False))

    def test_kinds_are_told_by_content_and_mean_the_same(self):
        self.check(self.pewit("learn", "--map", MAP, "-o", "a", DEMO), FINE)
        self.check(self.pewit("replay", DEMO, "--map", MAP, "-o", "b"), FINE)
        (self.folder / "folder").mkdir()
        (self.folder / "folder/one.pcap").write_bytes(DEMO.read_bytes())
        kinds = ("a", "b", "folder", DEMO)
        for old in kinds:
            for new in kinds:
                with self.subTest(f"{old} {new}"):
                    document = self.diff(old, new, "--fail-on-new")
                    self.assertEqual((document["new_destinations"], document["has_news"]),
                                     ([], False))
                    self.assertEqual(document["changed_destinations"], [])
        self.assertEqual(self.diff("a", "before.pcap")["gone_destinations"][0]["name"],
                         "fabrikam.openai.azure.com")

    def test_news_fail_only_when_asked_to(self):
        rows = (
            ("not asked", [], ("before.pcap", DEMO), FINE),
            ("news", ["--fail-on-new"], ("before.pcap", DEMO), FINDINGS),
            ("only gone", ["--fail-on-new"], (DEMO, "before.pcap"), FINE),
        )
        for why, options, sides, status in rows:
            with self.subTest(why):
                self.check(self.pewit("diff", "--map", MAP, *options, *sides), status)

    def test_without_a_map_the_public_path_still_shows(self):
        ran = self.pewit("diff", "--json", "before.pcap", DEMO)
        self.check(ran, FINE)
        changed = {one.get("name"): one for one in json.loads(ran.out)["changed_destinations"]}
        self.assertEqual(changed["contoso.openai.azure.com"]["path"], "public")
        self.assertNotIn("new_verdicts", changed["contoso.openai.azure.com"])

    def test_volume_counts_by_factor(self):
        for name, factor in (("little", 1), ("much", 12)):
            lines = []
            for flow in self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--events",
                                   "flow").events():
                if flow.get("name", {}).get("value") == "pypi.org":
                    flow["flow"]["bytes_toclient"] *= factor
                    flow["flow"]["bytes_toserver"] *= factor
                lines.append(json.dumps(flow))
            (self.folder / name).write_text("\n".join(lines) + "\n")
        for factor, wanted in (("12", ["pypi.org"]), ("13", [])):
            changed = self.diff("--factor", factor, "little", "much")["changed_destinations"]
            self.assertEqual([one["name"] for one in changed if one.get("volume")], wanted)
        self.assertIn("12 times as much", self.pewit("diff", "little", "much").out)

    def test_people_read_what_changed(self):
        ran = self.pewit("diff", "--map", MAP, "before.pcap", DEMO)
        self.check(ran, FINE)
        for text in ("New: 1 destination", "fabrikam.openai.azure.com", "public_ai_endpoint",
                     "Changed: 1 destination", "new verdict  private_endpoint_bypass",
                     "1 new, 1 changed, 0 gone"):
            self.assertIn(text, ran.out)
        self.assertEqual(ran.out, self.pewit("diff", "--map", MAP, "before.pcap", DEMO).out)

    def test_maps_are_compared_as_maps(self):
        (self.folder / "other.json").write_text(
            MAP.read_text().replace('"vnet-dev"', '"vnet-test"'))
        self.check(self.pewit("diff", MAP, MAP), FINE)
        ran = self.pewit("diff", "--fail-on-new", MAP, "other.json")
        self.assertEqual(ran.status, FINDINGS, ran.said)
        self.assertIn("vnet-test", ran.out)

    def test_a_cut_capture_is_not_trusted(self):
        (self.folder / "cut.pcap").write_bytes(DEMO.read_bytes()[:-10])
        self.check(self.pewit("diff", "--map", MAP, "cut.pcap", DEMO), UNTRUSTED, "cut.pcap")

    def test_mistakes_are_named(self):
        (self.folder / "seen.json").write_text(
            '{"kind": "pewit-baseline", "version": 1,\n "seen": [{"address": "x"}]}')
        rows = (
            ("one", [DEMO], "takes two"),
            ("three", [DEMO, DEMO, DEMO], "takes two"),
            ("standard input twice", ["-", "-"], "only one side"),
            ("a map and a capture", [MAP, DEMO], "not traffic"),
            ("a broken baseline", ["seen.json", DEMO], r"seen\.json:2:\d+: "),
            ("a factor", ["--factor", "1", DEMO, DEMO], "from 2"),
        )
        for why, arguments, sentence in rows:
            with self.subTest(why):
                self.check(self.pewit("diff", *arguments), USAGE, sentence)

    def test_a_full_standard_output_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            self.check(self.pewit("diff", DEMO, DEMO, out=full), FAILED, "No space left")
