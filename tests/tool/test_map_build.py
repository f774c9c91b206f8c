"""pewit map build: every kind of source, what it says of bad ones, and maps as they should come out.

The fixtures in import/ are made up, in the shapes of real outputs; import/NAME.map.json is the map of the
folder import/NAME. PEWIT_FACTS (or ../shared/facts) holds outputs collected from public text; without it
their tests are skipped, and under CI=true they fail.
"""
import json
import os
import pathlib
import shutil
import unittest

import jsonschema

from program import FAILED, FINE, ROOT, USAGE, ProgramTest

FIXTURES = ROOT / "tests/tool/import"
SCHEMA = json.loads((ROOT / "rules/map.schema.json").read_text())
FACTS = pathlib.Path(os.environ.get("PEWIT_FACTS", ROOT / "../shared/facts"))
SUB = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/"
NIC_ROWS = [{"FQDNs": ["contoso.openai.azure.com"], "IPAddress": "10.9.0.4"}]


def vault(**more):
    return {"id": SUB + "Microsoft.KeyVault/vaults/kv1", "name": "kv1",
            "type": "Microsoft.KeyVault/vaults",
            "properties": {"vaultUri": "https://kv1.vault.azure.net/", **more}}


class Build(ProgramTest):
    def file(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        (self.folder / name).write_text(text)
        return name

    def fixtures(self, *names):
        for name in names:
            shutil.copytree(FIXTURES / name, self.folder / name)
        return names

    def run_build(self, *arguments, status=FINE, stdin=b""):
        ran = self.pewit("map", "build", *arguments, stdin=stdin)
        self.assertEqual(ran.status, status, ran.said)
        return ran

    def build(self, *arguments, **more):
        return json.loads(self.run_build(*arguments, **more).out)


class Golden(Build):
    """Whole maps. `PEWIT_GOLDEN=write` writes them anew: read the difference before you commit it."""

    def golden(self, name, *options):
        self.fixtures(name)
        ran = self.run_build(*options, name)
        wanted = FIXTURES / f"{name}.map.json"
        if os.environ.get("PEWIT_GOLDEN") == "write":
            wanted.write_text(ran.out)
        self.assertEqual(ran.out, wanted.read_text())
        jsonschema.validate(json.loads(ran.out), SCHEMA)
        self.file("map.json", ran.out)
        self.assertEqual(self.pewit("map", "check", "map.json").status, FINE)

    def test_outputs_of_az(self):
        self.golden("contoso", "--with", FIXTURES / "contoso-base.json")

    def test_a_compiled_bicep_template_with_a_module(self):
        self.golden("wingtip")

    def test_a_plan_and_a_state_of_terraform(self):
        self.golden("fabrikam")

    def test_rows_of_resource_graph(self):
        self.golden("graph")

    def test_a_dash_is_standard_output(self):
        self.fixtures("graph")
        self.assertEqual(self.run_build("-o", "-", "graph").out, self.run_build("graph").out)
        self.assertFalse((self.folder / "-").exists())

    def test_the_order_of_the_files_and_their_names_do_not_matter(self):
        self.fixtures("contoso")
        files = sorted((self.folder / "contoso").iterdir())
        for i, path in enumerate(files):
            path.rename(self.folder / f"{i}.txt")
        names = [f"{i}.txt" for i in range(len(files))]
        maps = [self.build(*names), self.build(*reversed(names))]
        for built in maps:
            del built["generated"]
        self.assertEqual(*maps)

    def test_graph_and_az_agree_on_what_both_know(self):
        """Ids differ in case, and Resource Graph leaves out what is null."""
        self.fixtures("contoso", "graph")
        shutil.copy(FIXTURES / "graph/rows.json", self.folder / "contoso/z.json")
        ran = self.run_build("contoso")
        self.assertEqual(len(json.loads(ran.out)["private_endpoints"]), 5)
        said = [line for line in ran.said.splitlines() if line.startswith("contradiction")]
        self.assertEqual(len(said), 2, ran.said)  # the row has fewer prefixes: both places


class Sources(Build):
    def test_standard_input(self):
        built = self.build("-", stdin=json.dumps(NIC_ROWS).encode())
        self.assertEqual(built["private_endpoints"][0]["endpoints"][0]["ips"], ["10.9.0.4"])
        self.assertEqual(built["generated"], {"by": "pewit map build", "sources": ["-"]})

    def test_what_was_taken_and_passed_over_is_said(self):
        self.fixtures("contoso")
        said = self.run_build("contoso").said
        for sentence in ("contoso/b.json: 5 private endpoints, 5 names",
                         "contoso/g.json: 1 that say nothing of a map were passed over, "
                         "the first a Microsoft.Compute/disks",
                         '"pe-partner" is Pending and leads nowhere',
                         'the route to "AzureMonitor" is not to a prefix'):
            self.assertIn(sentence, said)

    def test_a_page_that_is_not_the_last_is_said(self):
        cases = (({"value": [vault()], "nextLink": "https://x"}, "one page"),
                 ({"data": [vault()], "count": 1, "skip_token": "abc"}, "one page"),
                 ({"data": [vault()], "count": 1, "total_records": 9}, "only 1 of the records"))
        for content, said in cases:
            ran = self.run_build(self.file("p.json", content))
            self.assertRegex(ran.said, "warning: p.json:[0-9]+:[0-9]+: .*" + said)

    def test_defaults_count_only_where_the_description_is_whole(self):
        rows = (("null is the default", {"publicNetworkAccess": None}, True),
                ("absent from a whole one too", {}, True),
                ("said", {"publicNetworkAccess": "Disabled"}, False),
                ("guarded by a perimeter: neither", {"publicNetworkAccess": "SecuredByPerimeter"},
                 None))
        for why, more, wanted in rows:
            built = self.build(self.file("v.json", [vault(**more)]))
            self.assertEqual(built["resources"][0].get("public_network_access"), wanted, why)
        listed = vault()
        del listed["properties"]
        built = self.build(self.file("v.json", [listed]))
        self.assertNotIn("public_network_access", built["resources"][0])

    def test_a_plan_finds_by_its_configuration_what_is_not_known_yet(self):
        self.fixtures("fabrikam")
        endpoint = self.build("fabrikam/plan.json")["private_endpoints"][0]
        self.assertEqual((endpoint["vnet"], endpoint["subnet"]), ("vnet-fabrikam", "snet-pe"))
        self.assertEqual(endpoint["endpoints"], [
            {"fqdn": "kv-fabrikam.vault.azure.net", "ips": [],
             "private_dns_name": "kv-fabrikam.privatelink.vaultcore.azure.net"}])

    def test_state_gives_way_to_what_azure_answers_in_any_order(self):
        endpoint = {"name": "pe1", "id": SUB + "Microsoft.Network/privateEndpoints/pe1",
                    "customDnsConfigs": [{"fqdn": "kv1.vault.azure.net",
                                          "ipAddresses": ["10.1.0.4"]}]}
        live = self.file("live.json", [{**endpoint, "privateLinkServiceConnections": []}])
        state = self.file("state.json", {"version": 4, "lineage": "x", "resources": [
            {"type": "azurerm_private_endpoint", "instances": [{"attributes": {
                "id": endpoint["id"], "name": "pe1", "custom_dns_configs": [
                    {"fqdn": "kv1.vault.azure.net", "ip_addresses": ["10.1.0.5"]}]}}]}]})
        for files in ((live, state), (state, live)):
            ran = self.run_build(*files)
            ips = json.loads(ran.out)["private_endpoints"][0]["endpoints"][0]["ips"]
            self.assertEqual(ips, ["10.1.0.4"], files)
            self.assertRegex(ran.said, "contradiction: live.json:.* 10.1.0.4, but state.json:"
                                       ".* says 10.1.0.5")


class Contradictions(Build):
    def files(self):
        return (self.file("a.json", [vault(publicNetworkAccess="Enabled")]),
                self.file("b.json", [vault(publicNetworkAccess="Disabled")]))

    def test_both_sources_are_named_and_the_first_is_taken(self):
        ran = self.run_build(*self.files())
        self.assertRegex(ran.said, r'contradiction: a.json:8:27: public network access of resource '
                                   r'"kv1": true, but b.json:8:27 says false; the first is taken')
        self.assertTrue(json.loads(ran.out)["resources"][0]["public_network_access"])

    def test_strict_writes_no_map(self):
        ran = self.run_build("--strict", "-o", "m.json", *self.files(), status=USAGE)
        self.assertIn("1 contradiction; with --strict no map is written", ran.said)
        self.assertFalse((self.folder / "m.json").exists())

    def test_the_same_twice_is_none(self):
        first = self.files()[0]
        self.assertNotIn("contradiction", self.run_build("--strict", first, first).said)


class Options(Build):
    def vnet(self, name, **tags):
        return {"id": SUB + "Microsoft.Network/virtualNetworks/" + name, "name": name,
                "type": "Microsoft.Network/virtualNetworks", "tags": tags,
                "addressSpace": {"addressPrefixes": ["10.4.0.0/16"]}, "subnets": []}

    def zones(self, *arguments):
        return {vnet["name"]: vnet.get("zone") for vnet in self.build(*arguments)["vnets"]}

    def test_zones_come_from_tags_and_patterns_win(self):
        name = self.file("v.json", [self.vnet("vnet-a", Environment="Prod"), self.vnet("vnet-b"),
                                    self.vnet("vnet-c", env="dev", other="x")])
        self.assertEqual(self.zones(name), {"vnet-a": "prod", "vnet-b": None, "vnet-c": "dev"})
        self.assertEqual(self.zones("--zone", "VNET-[ab]=hub", "--zone", "rg=lab", name),
                         {"vnet-a": "hub", "vnet-b": "hub", "vnet-c": "lab"})

    def test_what_is_written_by_hand_wins_and_adds(self):
        self.file("mine.json", {"vnets": [{"name": "vnet-a", "zone": "lab"}],
                                "resolvers": [{"ip": "10.4.0.4"}],
                                "platform": [{"ip": "169.254.169.254", "role": "imds",
                                              "ports": [80, 8080]}]})
        built = self.build("--with", "mine.json", self.file("v.json", [self.vnet("vnet-a")]))
        self.assertEqual(built["vnets"][0]["zone"], "lab")
        self.assertEqual(built["vnets"][0]["address_space"], ["10.4.0.0/16"])
        self.assertEqual(built["resolvers"], [{"ip": "10.4.0.4"}])
        self.assertEqual([one["ports"] for one in built["platform"]], [[80, 32526], [80, 8080]])

    def test_what_makes_the_map_unusable_is_refused(self):
        self.file("mine.json", {"vnets": [{"name": "vnet-x", "zone": "lab"}]})
        ran = self.run_build("--with", "mine.json", self.file("v.json", [self.vnet("vnet-a")]),
                             status=USAGE)
        self.assertRegex(ran.said, 'the map that was built:.*"address_space" is missing')

    def test_the_time_is_only_there_when_asked_for(self):
        name = self.file("v.json", [vault()])
        self.assertNotIn("at", self.build(name)["generated"])
        at = "2026-11-23T08:00:00Z"
        self.assertEqual(self.build("--at", at, name)["generated"]["at"], at)

    def test_networks_of_one_name_are_told_apart(self):
        other = self.vnet("vnet-a")
        other["id"] = other["id"].replace("/rg/", "/rg2/")
        built = self.build(self.file("v.json", [self.vnet("vnet-a"), other]))
        self.assertEqual([vnet["name"] for vnet in built["vnets"]], ["vnet-a@rg", "vnet-a@rg2"])

    def test_mistakes(self):
        name = self.file("v.json", [vault()])
        (self.folder / "empty").mkdir()
        cases = (((), "wants files"), (("--zone", "x", name), "PATTERN=ZONE"),
                 (("--at", "today", name), "a time in UTC"),
                 (("--strickt", name), "did you mean --strict"),
                 (("missing.json",), "missing.json: cannot be read"),
                 (("empty",), r"holds no \*.json"),
                 (("--with", "missing.json", name), "missing.json"),
                 (("--with", self.file("list.json", []), name), "a map is an object"))
        for arguments, said in cases:
            ran = self.run_build(*arguments, status=USAGE)
            self.assertRegex(ran.said, said)
            self.assertEqual(ran.out, "")

    def test_a_map_that_cannot_be_written(self):
        name = self.file("v.json", [vault()])
        ran = self.run_build("-o", "no/such/folder/m.json", name, status=FAILED)
        self.assertIn("cannot be written", ran.said)


class Bad(Build):
    def test_damaged_files_are_refused_with_place_and_cure(self):
        whole = json.dumps([vault()], indent=1)
        endpoint = {"privateLinkServiceConnections": [], "name": "p", "id": SUB +
                    "Microsoft.Network/privateEndpoints/p"}
        cases = (
            ("cut", whole[:-20], r"f:7:17: this is not JSON from here on"),
            ("empty", "", "f:1:1: this is not JSON"),
            ("a number", "7", "f:1:1: a list or an object of Azure is expected"),
            ("a cut address", [{**endpoint, "customDnsConfigs": [
                {"fqdn": "a.b", "ipAddresses": ["10.1.0"]}]}],
             r'f:[0-9]+:[0-9]+: "10.1.0" is not an IP address; is the file whole\?'),
            ("a name that is none", [{**endpoint, "customDnsConfigs": [
                {"fqdn": "https://a.b/", "ipAddresses": []}]}], '"https://a.b/" is not a DNS name'),
            ("another type", [{**endpoint, "subnet": {"id": 5}}],
             "a text is expected here, not a number"))
        for why, content, said in cases:
            ran = self.run_build(self.file("f", content), status=USAGE)
            self.assertRegex(ran.said, said, why)
            self.assertEqual(ran.out, "", why)

    def test_other_documents_are_called_by_their_name(self):
        cases = (({"records": [{"flowRecords": {"flows": []}}]}, "a flow log"),
                 ({"properties": {"dataFlows": []}}, "a data collection rule"),
                 ({"access_token": "x"}, "an access token.*delete it"),
                 ({"changeNumber": 1, "values": []}, "give it to --service-tags"),
                 ({"version": 1, "vnets": []}, "give it with --with"),
                 ({"error": {"code": "AuthorizationFailed"}}, "repeat the command"),
                 ('resource "azurerm_subnet" "x" {\n}\n', "terraform show -json"),
                 ("resource a 'Microsoft.Network/virtualNetworks@2023-09-01' = {\n",
                  "az bicep build"),
                 ([{"type": "Microsoft.Compute/disks", "id": SUB + "Microsoft.Compute/disks/d"}],
                  "nothing here says anything of a map.*disks"))
        for content, said in cases:
            ran = self.run_build(self.file("f", content), status=USAGE)
            self.assertRegex(ran.said, "pewit: f(:1:1)?: .*" + said)

    def test_a_folder_passes_over_what_is_no_source(self):
        (self.folder / "d").mkdir()
        self.file("d/a.json", {"access_token": "x"})
        self.file("d/b.json", [vault()])
        ran = self.run_build("d")
        self.assertIn("note: d/a.json:1:1: this is an access token", ran.said)
        self.assertEqual(json.loads(ran.out)["resources"][0]["name"], "kv1")


@unittest.skipUnless((FACTS / "samples").exists() or os.environ.get("CI") == "true",
                     f"{FACTS} is not there; PEWIT_FACTS says where it is")
class Samples(Build):
    """Outputs of others: each builds into a map, or is called by its name."""

    NO_SOURCES = {"defender-custom-assessment": "an assessment of Defender for Cloud",
                  "imds-token": "a token request to IMDS",
                  "logs-ingestion-dcr": "a data collection rule",
                  "sentinel-scheduled-rule": "a rule of Microsoft Sentinel",
                  "vnet-flow-log": "a flow log"}

    def test_each_sample(self):
        samples = [path for path in sorted((FACTS / "samples").iterdir()) if path.suffix != ".md"]
        self.assertGreater(len(samples), 20)
        for path in samples:
            foreign = [what for name, what in self.NO_SOURCES.items()
                       if path.name.startswith(name)]
            ran = self.run_build(path, status=USAGE if foreign else FINE)
            if foreign:
                self.assertIn(f"this is {foreign[0]}, not a source of a map", ran.said)
                continue
            built = json.loads(ran.out)
            jsonschema.validate(built, SCHEMA)
            held = sum(len(built[key]) for key in ("vnets", "private_endpoints", "resources",
                                                   "private_dns_zones"))
            self.assertEqual(held == 0, "resource_change" in path.name, path.name)

    def test_samples_together(self):
        samples = [path for path in (FACTS / "samples").glob("*.json")
                   if not any(path.name.startswith(name) for name in self.NO_SOURCES)]
        names = {endpoint["fqdn"]: endpoint["ips"] for one in
                 self.build(*sorted(samples))["private_endpoints"] for endpoint in one["endpoints"]}
        for name, ip in (("*.eastus.inference.ml.azure.com", "10.1.0.7"),
                         ("fergab22.westeurope.data.azurecr.io", "10.1.0.4"),
                         ("88888888-8888-8888-8888-888888888888.workspace.eastus2.api.azureml.ms",
                          "10.42.2.5")):
            self.assertEqual(names[name], [ip])


if __name__ == "__main__":
    unittest.main()
