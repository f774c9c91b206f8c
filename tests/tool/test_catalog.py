"""pewit catalog: list, show, match; and the catalog's files."""
import json
import re
import unittest

import jsonschema

from program import FINE, ROOT, USAGE, ProgramTest

FOLDER = ROOT / "rules/catalog"
SCHEMA = json.loads((ROOT / "rules/catalog.schema.json").read_text())
GUID = "11111111-2222-3333-4444-555555555555"
SAMPLES = {"{resource}": "contoso", "{workspace}": f"ml-{GUID}", "{region}": "eastus",
           "{any}": "q1", "*": "w9"}


def sample(form):
    for variable, text in SAMPLES.items():
        form = form.replace(variable, text)
    return form


def services():
    return [service for path in sorted(FOLDER.glob("*.json"))
            for service in json.loads(path.read_text())["services"]]


def forms(service):
    """The service's names as objects; a site's as the name itself."""
    for names in (service.get("names", []), *service.get("clouds", {}).values()):
        for name in names:
            form = {"name": name} if isinstance(name, str) else name
            yield {**form, "name": form["name"].removeprefix(".")}


class Catalog(ProgramTest):
    def catalog(self, *arguments, status=FINE, said=None):
        ran = self.pewit("catalog", *arguments)
        self.check(ran, status, said)
        return ran.out

    def match(self, *names):
        return [json.loads(line) for line in
                self.catalog("match", "--json", *names).splitlines()]

    def test_list_names_every_service_once(self):
        lines = self.catalog("list").splitlines()
        ids = [line.split()[0] for line in lines]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertIn("azure-openai", ids)
        listed = json.loads(self.catalog("list", "--json"))["services"]
        self.assertEqual([one["id"] for one in listed], ids)

    def test_list_keeps_to_a_category(self):
        listed = json.loads(self.catalog("list", "--json", "--category", "azure-ai"))["services"]
        self.assertEqual({one["category"] for one in listed}, {"azure-ai"})

    def test_show_tells_what_the_file_says(self):
        shown = json.loads(self.catalog("show", "--json", "key-vault"))
        self.assertEqual(shown["resource_types"], ["Microsoft.KeyVault/vaults"])
        self.assertEqual(shown["group_ids"], ["vault"])
        self.assertEqual({zone["cloud"]: zone["zone"] for zone in shown["private_zones"]},
                         {"public": "privatelink.vaultcore.azure.net",
                          "usgov": "privatelink.vaultcore.usgovcloudapi.net",
                          "china": "privatelink.vaultcore.azure.cn"})
        self.assertIn("{resource}.vault.azure.net", self.catalog("show", "key-vault"))

    def test_match_tells_what_a_name_tells(self):
        out = self.catalog("match", "Contoso.OpenAI.Azure.com.")
        for part in ("azure-openai", "contoso", "privatelink.openai.azure.com", "account",
                     "takes an address"):
            self.assertIn(part, out)
        endpoint, = self.match(f"chat.{GUID}.inference.eastus.privatelink.api.azureml.ms")
        self.assertEqual(endpoint["workspace"], GUID)
        self.assertEqual(endpoint["public_name"], "chat.eastus.inference.ml.azure.com")

    def test_match_says_when_a_name_does_not_tell_which(self):
        found, = self.match("contoso.servicebus.windows.net")
        self.assertEqual([found["service"]] + found["other_services"],
                         ["event-hubs", "service-bus", "azure-relay"])

    def test_match_knows_a_zone(self):
        zone, = self.match("privatelink.blob.core.windows.net")
        self.assertIn("kusto", zone["zone_of"])
        self.assertFalse(zone["tenant_owned"])
        self.assertIn("managed-disks", self.catalog("match", "privatelink.blob.core.windows.net"))

    def test_an_unknown_name_is_no_failure(self):
        found, = self.match("contoso.example")
        self.assertEqual(found, {"name": "contoso.example", "known": False})
        self.assertIn("no service", self.catalog("match", "contoso.example"))

    def test_every_form_of_a_name_leads_to_its_service_and_zone(self):
        rows = [(service, form) for service in services() for form in forms(service)]
        # An open first label: one may be a region's, or two another resource's.
        found = [self.match(*(front + sample(form["name"]) for _, form in rows))
                 for front in ("", "q2.")]
        for (service, form), *either in zip(rows, *found):
            with self.subTest(service=service["id"], name=form["name"]):
                self.assertTrue(any(
                    service["id"] in [one.get("service"), *one.get("other_services", [])] and
                    one.get("private_zone") == form.get("private_zone") for one in either))

    def test_mistakes_are_named_with_what_was_meant(self):
        for arguments, said in (
                (["shwo"], "did you mean catalog show"),
                (["show", "azure-opnai"], "did you mean azure-openai"),
                (["list", "--category", "azure-paaS"], "did you mean azure-paas"),
                (["list", "x"], "takes no operand"),
                (["show"], "takes one id"),
                (["match"], "takes names"),
                (["match", "--jsn", "x"], "did you mean --json"),
                (["list", "--rules", "/nowhere"], "No such file")):
            with self.subTest(arguments=arguments):
                self.catalog(*arguments, status=USAGE, said=said)

    def test_help_explains(self):
        self.assertIn("match", self.catalog("-h"))
        for sub in ("list", "show", "match"):
            self.assertIn(f"pewit catalog {sub}", self.catalog(sub, "-h"))

    def test_a_broken_file_is_named_with_its_place(self):
        folder = self.folder / "rules/catalog"
        folder.mkdir(parents=True)
        text = (FOLDER / "azure-ai.json").read_text()
        (folder / "azure-ai.json").write_text(text.replace('"private_zone"', '"privat_zone"', 1))
        line = next(at for at, row in enumerate(text.splitlines(), 1) if '"private_zone"' in row)
        self.catalog("list", "--rules", folder.parent, status=USAGE,
                     said=rf'azure-ai.json:{line}:\d+: unknown member "privat_zone"; '
                          'did you mean "private_zone"')


class Files(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_every_file_fits_the_schema(self):
        for path in sorted(FOLDER.glob("*.json")):
            with self.subTest(path.name):
                jsonschema.validate(json.loads(path.read_text()), SCHEMA)

    def test_the_schema_refuses_what_the_program_refuses(self):
        good = {"id": "a", "title": "A", "category": "azure-paas", "provider": "P"}
        for why, bad in (("member", {"colour": 1}), ("category", {"category": "azure-pass"}),
                         ("cloud", {"clouds": {"publik": []}}), ("port", {"ports": [70000]}),
                         ("name", {"names": [{"zone": "x"}]}), ("form", {"names": ["a.{zone}.b"]}),
                         ("end", {"names": ["a.{region}"]}), ("id", {"id": ""})):
            with self.subTest(why):
                document = {"version": 1, "services": [{**good, **bad}]}
                self.assertFalse(jsonschema.Draft202012Validator(SCHEMA).is_valid(document))
        self.assertTrue(jsonschema.Draft202012Validator(SCHEMA).is_valid(
            {"version": 1, "services": [good]}))

    def test_the_document_names_every_member(self):
        text = (ROOT / "docs/catalog.md").read_text()
        service = SCHEMA["$defs"]["service"]["properties"]
        name = SCHEMA["$defs"]["entry"]["oneOf"][1]["properties"]
        for member in (*SCHEMA["properties"], *service, *name):
            if member != "$schema":
                self.assertRegex(text, rf"`{re.escape(member)}(\[\])?`")


if __name__ == "__main__":
    unittest.main()
