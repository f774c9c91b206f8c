"""pewit explain: what is known of a name or an address, and the verdicts of made-up traffic."""
import json

from program import DEMO, FAILED, FINE, MAP, ROOT, USAGE, ProgramTest

LAB_MAP = ROOT / "../shared/lab/expected-map.json"
PROD, DEV = "10.10.1.11", "10.20.1.10"


class ExplainTest(ProgramTest):
    def explain(self, *arguments):
        ran = self.pewit("explain", "--json", *arguments)
        self.check(ran, FINE)
        return json.loads(ran.out)

    def cases(self, *arguments):
        """The verdict of each case, by the words that begin it."""
        document = self.explain("--map", MAP, *arguments)
        self.assertEqual(len(document["traffic"]), 1)
        return {case["what"]: case for case in document["traffic"][0]["cases"]}

    def verdicts(self, *arguments):
        return {what: case.get("verdict") for what, case in self.cases(*arguments).items()}

    def test_without_a_map_the_catalog_speaks_alone(self):
        document = self.explain("Contoso.OpenAI.Azure.com.")
        self.assertEqual(document["name"], "contoso.openai.azure.com")
        self.assertEqual(document["catalog"]["service"], "azure-openai")
        self.assertEqual(document["catalog"]["resource"], "contoso")
        self.assertEqual(document["catalog"]["private_zone"], "privatelink.openai.azure.com")
        self.assertEqual(document["traffic"], [])
        self.assertNotIn("map", document)
        ran = self.pewit("explain", "nobody.example")
        self.check(ran, FINE)
        self.assertIn("knows no service", ran.out)

    def test_each_path_to_a_name_gets_its_verdict(self):
        rows = (
            ("prod", PROD, "expected", "private_endpoint_bypass"),
            ("dev", DEV, "zone_crossing", "private_endpoint_bypass"),
        )
        for why, source, private, public in rows:
            with self.subTest(why):
                verdicts = self.verdicts("--from", source, "contoso.openai.azure.com",
                                         "203.0.113.12")
                self.assertEqual(verdicts, {
                    "TCP 443 (TLS) to the private endpoint 10.10.2.6": private,
                    "TCP 443 (TLS) to 203.0.113.12": public,
                    "DNS: 168.63.129.16 answers with 10.10.2.6": "expected",
                    "DNS: 168.63.129.16 answers with 203.0.113.12": "dns_private_link_leak"})

    def test_explained_verdicts_are_those_of_a_replay(self):
        """Each flow of the demo, asked about, gets the verdict and the rule that it got."""
        ran = self.pewit("replay", DEMO, "--map", MAP, "-o", "-", "--events", "flow")
        asked = 0
        for flow in ran.events():
            name = flow.get("name", {})
            if flow.get("app_proto") != "tls" or name.get("source") != "sni":
                continue
            asked += 1
            found = self.cases("--from", flow["src_ip"], name["value"], flow["dest_ip"])
            case = found[f"TCP {flow['dest_port']} (TLS) to {flow['dest_ip']}"]
            self.assertEqual((case["verdict"], case["rule_id"]), (flow["verdict"], flow["rule_id"]),
                             flow)
        self.assertGreater(asked, 8)

    def test_without_from_each_zone_gives_an_example(self):
        document = self.explain("--map", MAP, "contoso.openai.azure.com")
        self.assertEqual([(source["zone"], source["is_example"])
                          for source in document["traffic"]], [("prod", True), ("dev", True)])
        self.assertEqual([source["private_dns_zone_linked"] for source in document["traffic"]],
                         [True, False])

    def test_the_port_says_what_the_traffic_is(self):
        rows = (
            ("SSH to compute", "22", "10.10.1.10", "admin_access"),
            ("RDP to compute", "3389", "10.10.1.10", "admin_access"),
            ("TLS to compute of the own zone", "443", "10.10.1.10", "expected"),
            ("DNS to somebody's resolver", "53", "198.51.100.53", "dns_resolver_bypass"),
            ("DNS over TLS to it", "853", "198.51.100.53", "dns_resolver_bypass"),
        )
        for why, port, address, verdict in rows:
            with self.subTest(why):
                verdicts = self.verdicts("--from", PROD, "--port", port, address)
                self.assertEqual(list(verdicts.values()), [verdict])

    def test_imds_is_also_asked_for_a_token(self):
        verdicts = self.verdicts("--from", PROD, "169.254.169.254")
        self.assertEqual(list(verdicts.values()), ["expected", "identity_token_request"])

    def test_every_finding_says_why_and_what_to_do(self):
        for name in ("contoso.openai.azure.com", "fabrikam.openai.azure.com", "api.openai.com",
                     "paste.example.net", "fabrikamstore.blob.core.windows.net", "pypi.org"):
            for what, case in self.cases("--from", DEV, name).items():
                with self.subTest(f"{name} {what}"):
                    self.assertTrue(case["evidence"])
                    self.assertTrue(case["rule_id"].startswith("PEW-"))
                    if case["verdict"] != "expected":
                        self.assertTrue(case["do"])

    def test_people_read_the_same_verdicts(self):
        ran = self.pewit("explain", "--map", MAP, "--from", DEV, "contoso.openai.azure.com")
        self.check(ran, FINE)
        for text in ("Azure OpenAI", "resource of one tenant", "pe-contoso-openai", "10.10.2.6",
                     "linked to vnet-prod", "not linked to vnet-dev", "zone_crossing, severity high",
                     "PEW-ZON-001", "private_endpoint_bypass", "dns_private_link_leak"):
            self.assertIn(text, ran.out)
        self.assertLessEqual(max(map(len, ran.out.splitlines())), 100)
        again = self.pewit("explain", "--map", MAP, "--from", DEV, "contoso.openai.azure.com")
        self.assertEqual(again.out, ran.out)

    def test_mistakes_are_named(self):
        rows = (
            ("nothing", [], "takes a name"),
            ("three", ["a.b", "10.0.0.1", "x"], "takes a name"),
            ("a URL", ["https://contoso.openai.azure.com/"], "give the bare name"),
            ("a port behind", ["contoso.openai.azure.com:443"], "--port"),
            ("no address second", ["a.b", "c.d"], "an address is expected"),
            ("two addresses", ["10.0.0.1", "10.0.0.2"], "neither a host name"),
            ("from a name", ["--from", "host", "a.b"], "--from host"),
            ("no port", ["--port", "0", "a.b"], "from 1 to 65535"),
            ("no map", ["--map", "none.json", "a.b"], "none.json"),
            ("too long", ["a." * 200 + "b"], "neither a host name"),
        )
        for why, arguments, sentence in rows:
            with self.subTest(why):
                self.check(self.pewit("explain", *arguments), USAGE, sentence)

    def test_a_full_standard_output_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            self.check(self.pewit("explain", "pypi.org", out=full), FAILED, "No space left")

    def test_names_of_the_lab_map_are_explained(self):
        if not LAB_MAP.exists():
            self.skipTest(f"{LAB_MAP} is not there")
        for endpoint in json.loads(LAB_MAP.read_text())["private_endpoints"]:
            for served in endpoint["endpoints"]:
                name = served["fqdn"].replace("*", "any")
                with self.subTest(name):
                    document = self.explain("--map", LAB_MAP, "--from", PROD, name)
                    self.assertEqual(document["map"]["private_endpoint"]["ips"], served["ips"])
                    cases = document["traffic"][0]["cases"]
                    self.assertEqual(cases[0]["verdict"], "expected")
                    self.assertEqual(cases[1]["verdict"], "private_endpoint_bypass")
