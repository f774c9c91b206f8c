"""Service tags: the list, addresses in it, and evidence that names them."""
import json
import os
import shutil

from program import DEMO, FINE, MAP, ROOT, USAGE, ProgramTest

SEED = ROOT / "tests/fuzz/seeds/service_tags/list"
NEW, OLD = "ServiceTags_Public_20990101.json", "ServiceTags_Public_20200106.json"


class TagsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copy(SEED, self.folder / NEW)
        shutil.copy(SEED, self.folder / OLD)

    def test_addresses_are_looked_up(self):
        ran = self.pewit("tags", NEW, "203.0.113.9", "2001:db9::1")
        self.check(ran, FINE)
        lines = ran.out.splitlines()
        self.assertRegex(lines[0], "^cloud Public, number 12, published 2099-01-01: 3 tags, "
                                   r"6 prefixes \(6 different\)")
        self.assertEqual(lines[1:],
                         ["203.0.113.9: Storage.FabrikamEast (also Storage, AzureCloud.fabrikame, "
                          "AzureCloud.fabrikame)", "2001:db9::1: AzureCloud.fabrikame"])

    def test_json_says_the_same(self):
        out = json.loads(self.pewit("tags", "--json", NEW, "203.0.113.9", "::2").out)
        self.assertEqual((out["cloud"], out["change_number"], out["date"], out["prefixes"]),
                         ("Public", 12, "2099-01-01", 6))
        self.assertEqual(out["addresses"][0]["tag"], "Storage.FabrikamEast")
        self.assertEqual(out["addresses"][0]["region"], "fabrikameast")
        self.assertEqual([a["address"] for a in out["addresses"]], ["203.0.113.9", "::2"])
        self.assertEqual(json.loads(self.pewit("tags", "--json", NEW).out)["addresses"], [])

    def test_mistakes_are_answered(self):
        rows = (
            ("no list", [], "tags takes a list"),
            ("a name for an address", [NEW, "contoso.example"], "is no IPv4 or IPv6 address"),
            ("a map for a list", [MAP], r"map\.json:1:1: no member \"values\""),
            ("no such file", ["none.json"], "none.json: cannot be read"),
        )
        for why, arguments, said in rows:
            with self.subTest(why):
                self.check(self.pewit("tags", *arguments), USAGE, said)
                if arguments and arguments[0] != NEW:
                    self.check(self.pewit("replay", DEMO, "--service-tags", arguments[0]), USAGE,
                               said)

    def test_evidence_names_the_tag_of_a_public_address(self):
        ran = self.pewit("replay", DEMO, "--map", MAP, "--service-tags", NEW, "-o", "-",
                         "--events", "flow,stats")
        self.check(ran, FINE)
        events = ran.events()
        said = [text for event in events for text in (e["text"] for e in event.get("evidence", ()))
                if "service tag" in text]
        self.assertTrue(said)
        for text in said:
            self.assertRegex(text, r"^[0-9a-f.:]+ is in service tag \S+ \(list of 2099-01-01\): ")
        self.assertEqual(events[-1]["stats"]["service_tags"], {"days_old": 0, "stale": 0})

    def test_a_stale_list_is_said_and_counted_and_changes_no_status(self):
        ran = self.pewit("replay", DEMO, "--map", MAP, "--service-tags", OLD, "-o", "-",
                         "--events", "stats")
        self.check(ran, FINE, r"stale: \S+20200106\.json: published \d+ days before the last packet")
        self.assertEqual(ran.events()[-1]["stats"]["service_tags"]["stale"], 1)
        totals = self.totals(DEMO, "--service-tags", OLD, said="stale: ")
        self.assertIn("published", totals["stale"])
        self.assertTrue(totals["trusted"])

    def test_the_time_of_a_copy_is_said_but_in_no_event(self):
        copy = self.folder / "tags.json"
        shutil.copy(SEED, copy)
        os.utime(copy, (1577836800, 1577836800))
        ran = self.pewit("replay", DEMO, "--map", MAP, "--service-tags", copy, "-o", "-",
                         "--events", "stats,flow")
        self.check(ran, FINE, "stale: .*the file was last changed")
        self.assertNotIn("service_tags", ran.events()[-1]["stats"])
        self.assertIn("(list number 12)", ran.out)
