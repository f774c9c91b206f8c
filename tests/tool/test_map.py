"""Showing and comparing maps."""
import json
import shutil

from program import FINDINGS, FINE, ROOT, USAGE, ProgramTest

WINGTIP = ROOT / "tests/unit/judge/wingtip.json"
OWN = ROOT / "tests/unit/judge/wingtip_own.json"


class MapTest(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copy(OWN, self.folder / "old.json")

    def change(self, change):
        """new.json: the map after `change` of it."""
        document = json.loads(OWN.read_text())
        change(document)
        (self.folder / "new.json").write_text(json.dumps(document))

    def test_each_difference_is_said_once(self):
        def subnet(document):
            return document["vnets"][0]["subnets"][0]

        rows = (
            ("nothing", lambda d: None, []),
            ("another order", lambda d: d["schedules"].reverse(), []),
            ("how it was made", lambda d: d.pop("generated"), []),
            ("an entry more", lambda d: d["resources"].append({"name": "kv"}),
             [("added", 'resources "kv"', None, None)]),
            ("an entry less", lambda d: d["on_premises"].pop(),
             [("removed", 'on_premises "hq"', None, None)]),
            ("a list less", lambda d: d.pop("schedules"),
             [("removed", 'schedules "nights"', None, None),
              ("removed", 'schedules "office"', None, None)]),
            ("a value", lambda d: subnet(d).update(role="appliance"),
             [("changed", 'vnets "vnet-prod" subnets "snet-jobs" role', "compute", "appliance")]),
            ("a flag", lambda d: d["resources"][0].update(local_auth=True),
             [("changed", 'resources "wingtip Microsoft.CognitiveServices/accounts" local_auth',
               "false", "true")]),
            ("an element", lambda d: subnet(d)["prefixes"].append("10.40.9.0/24"),
             [("added", 'vnets "vnet-prod" subnets "snet-jobs" prefixes "10.40.9.0/24"', None,
               None)]),
            ("a field less", lambda d: subnet(d).pop("schedule"),
             [("removed", 'vnets "vnet-prod" subnets "snet-jobs" schedule', "office", None)]),
            ("a field that this version does not know", lambda d: d.update(x={"y": 1}),
             [("added", "x", None, None)]),
            ("twins", lambda d: d.update(allowed_egress=2 * [{"fqdn": "pypi.org"}]),
             2 * [("added", 'allowed_egress "pypi.org"', None, None)]),
        )
        for why, change, expected in rows:
            with self.subTest(why):
                self.change(change)
                ran = self.pewit("map", "diff", "--json", "--fail-on-change", "old.json", "new.json")
                self.check(ran, FINDINGS if expected else FINE)
                said = json.loads(ran.out)
                self.assertEqual([(d["change"], d["path"], d.get("before"), d.get("after"))
                                  for d in said["differences"]], expected)
                self.assertEqual(said["added"] + said["removed"] + said["changed"], len(expected))

    def test_differences_are_grouped_for_people(self):
        ran = self.pewit("map", "diff", WINGTIP, OWN)
        self.check(ran, FINE)
        self.assertRegex(ran.out, r'(?m)^allowed_egress\n  - "\*\.wingtip\.example"\n  - ')
        self.assertRegex(ran.out, r'"snet-jobs" schedule: office\n')
        self.assertIn("cross_zone\n  - all of it\n", ran.out)
        self.assertRegex(ran.out.splitlines()[-1], r"^\d+ added, \d+ removed, \d+ changed$")

    def test_a_map_is_shown_whole(self):
        ran = self.pewit("map", "show", OWN)
        self.check(ran, FINE)
        for line in ("  vnet-prod: zone prod, region westeurope, peerings vnet-hub",
                     "      snet-pe: role private-endpoints, prefixes 10.40.2.0/24",
                     "      wingtip.openai.azure.com: private_dns_name "
                     "wingtip.privatelink.openai.azure.com, ips 10.40.2.6",
                     "  office: time_zone Europe/Berlin, active * 7-19 * * 1-5"):
            self.assertIn("\n" + line, ran.out)
        self.assertEqual(json.loads(self.pewit("map", "show", "--json", OWN).out)["resources"], 2)

    def test_a_name_or_an_address_is_looked_up(self):
        rows = (
            ("10.40.2.6", ["VNet vnet-prod (prod)", "subnet snet-pe (private-endpoints)",
                           "private endpoint pe-wingtip-openai (wingtip.openai.azure.com at "
                           "10.40.2.6)"]),
            ("10.40.1.20", ["VNet vnet-prod (prod)", "subnet snet-jobs (compute)",
                            "compute trainer (vm)", "schedule nights (UTC)"]),
            ("192.0.2.7", ["on premises hq (office)"]),
            ("168.63.129.16", ["platform wireserver", "resolver for DNS"]),
            ("Wingtip.openai.azure.com",
             ["private endpoint pe-wingtip-openai (wingtip.openai.azure.com at 10.40.2.6)",
              "resource wingtip (Microsoft.CognitiveServices/accounts)"]),
            ("snet-pe", ["subnets snet-pe: role private-endpoints, prefixes 10.40.2.0/24, "
                         "private_endpoint_policies RouteTableEnabled"]),
            ("Chat", ["deployments chat: model gpt-4o, model_version 2024-11-20, sku Standard, "
                      "capacity 50, requests_per_minute 300, tokens_per_minute 50000, "
                      "content_filter strict"]),
            ("fabrikam.example", ["The map says nothing of fabrikam.example."]),
        )
        for asked, lines in rows:
            with self.subTest(asked):
                ran = self.pewit("map", "show", OWN, asked)
                self.check(ran, FINE)
                self.assertEqual(ran.out.splitlines(), lines)
                found = json.loads(self.pewit("map", "show", "--json", OWN, asked).out)
                self.assertEqual(found["asked"], asked)
                if found["found"]:
                    self.assertEqual(len(found["found"]), len(lines))

    def test_a_network_is_shown_with_all_below_it(self):
        ran = self.pewit("map", "show", OWN, "vnet-prod")
        self.check(ran, FINE)
        self.assertRegex(ran.out, r"\Avnets vnet-prod: zone prod, .*\n  subnets\n    snet-jobs: role")

    def test_hostile_maps_do_not_reach_the_terminal_nor_memory(self):
        def spoil(document):
            document["\x1b[31m" + "k" * 5000] = {"\x1b[32m": "\x1b[33m"}
            document["vnets"][0]["subnets"][0]["role"] = "\x1b[34m" + 5000 * "r"
            document["resources"][0]["name"] = "wing\x1b[35m\ntip"

        self.change(spoil)
        for arguments in (["diff", "old.json", "new.json"], ["show", "new.json"],
                          ["show", "new.json", "wing\x1b[35m\ntip"],
                          ["show", "new.json", "10.40.1.20"],
                          ["show", "new.json", "wingtip.openai.azure.com"]):
            with self.subTest(arguments):
                ran = self.pewit("map", *arguments)
                self.check(ran, FINE)
                self.assertNotIn("\x1b", ran.out)
                self.pewit("map", arguments[0], "--json", *arguments[1:])
        ran = self.pewit("map", "diff", "--json", "old.json", "new.json")
        json.loads(ran.out)
        self.assertEqual(ran.out, ran.out.rstrip() + "\n")

    def test_a_map_is_no_different_from_itself_whatever_it_repeats(self):
        text = OWN.read_text().replace("{", '{"x": 1, "x": {"y": 2}, "x": [3, 3],', 1)
        (self.folder / "new.json").write_text(text)
        self.check(self.pewit("map", "diff", "--fail-on-change", "new.json", "new.json"), FINE)

    def test_mistakes_are_answered(self):
        (self.folder / "none.json").write_text("{")
        rows = (
            ("one map", ["diff", OWN], "takes two maps"),
            ("no map", ["show"], "takes a map"),
            ("too much", ["show", OWN, "a", "b"], "takes a map"),
            ("the old is no map", ["diff", "none.json", OWN], "none.json:1"),
            ("the new is no map", ["diff", OWN, "none.json"], "none.json:1"),
            ("not there", ["show", "no.json"], "no.json"),
        )
        for why, arguments, said in rows:
            with self.subTest(why):
                self.check(self.pewit("map", *arguments), USAGE, said)
