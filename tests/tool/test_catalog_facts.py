"""The catalog against a list of Azure's and others' endpoints, kept outside the repository.

Without the list (PEWIT_FACTS, or ../shared/facts) these tests are skipped; under CI=true they fail.
"""
import functools
import json
import os
import pathlib
import re
import unittest

from program import FINE, ROOT, ProgramTest

FACTS = pathlib.Path(os.environ.get("PEWIT_FACTS", ROOT / "../shared/facts"))
CLOUDS = ("public", "usgov", "china")
GUID = "11111111-2222-3333-4444-555555555555"

# Names of the list that the catalog has elsewhere.
ELSEWHERE = {
    "{region}.api.azureml.ms": "aml-workspace-api",  # the host of a region, for batch too
    "*.api.azureml.ms": "aml-workspace-api",         # one label there is a region, no registry
}
# Names beside a zone that does not hold them: compute instances and notebook content have no zone, a
# region's host has no alias, Resource Manager owns one name of azure.com, agents' downloads are shared.
NO_ZONE = re.compile(r"instances\.azureml\.|(^|\.)aznbcontent\.net$|^azure\.com$|"
                     r"^\w+\.api\.(azureml\.ms|ml\.azure\.(us|cn))$|regional\.azure-api\.net$|"
                     r"\.la\.ingest|msftcloudes")
# Names that do not tell which of several zones they are in: an event hub's may be an IoT hub's, and the
# list has one suffix for the feed and the hosts of Virtual Desktop, and for topics and topic spaces.
SHARED = {"servicebus.usgovcloudapi.net": ["privatelink.servicebus.usgovcloudapi.net"],
          "wvd.microsoft.com": ["privatelink.wvd.microsoft.com"],
          "eventgrid.azure.net": ["privatelink.eventgrid.azure.net"]}
# A forwarder of a row that belongs to another cloud: a slip of the source.
SLIPS = {("usgov", "purview.azure.com")}


def fill(form):
    for placeholder, text in (("*", "contoso"), ("{regionCode}", "eus"), ("{dnsPrefix}", "a1b2c3"),
                              ("{subzone}", "sub"), ("{partitionId}", "2"),
                              ("{workspaceName}", "contoso"), ("{cachename}", "contoso"),
                              ("{guid}", GUID), ("{name}", "contoso")):
        form = form.replace(placeholder, text)
    return re.sub(r"\{region(Name)?\}", "eastus", form)


def shape(zone):
    return re.sub(r"\{\w+\}", "{}", zone)


def facts(name):
    return json.loads((FACTS / name).read_text())


@functools.cache
def services():
    return {service["id"]: service for path in (ROOT / "rules/catalog").glob("*.json")
            for service in json.loads(path.read_text())["services"]}


def lower(words):
    return {word.lower() for word in words}


@unittest.skipUnless((FACTS / "endpoints.json").exists() or os.environ.get("CI") == "true",
                     f"{FACTS} is not there; PEWIT_FACTS says where it is")
class Facts(ProgramTest):
    def match(self, names):
        ran = self.pewit("catalog", "match", "--json", *names)
        self.check(ran, FINE)
        return dict(zip(names, map(json.loads, ran.out.splitlines())))

    def ids(self, found):
        return [found.get("service"), *found.get("other_services", [])]

    def test_every_endpoint_name_leads_to_its_service(self):
        rows = [(entry, cloud, name) for entry in facts("endpoints.json")["entries"]
                for cloud in CLOUDS for name in entry["fqdn"][cloud]]
        found = self.match(list({fill(name) for _, _, name in rows}))
        for entry, cloud, name in rows:
            with self.subTest(id=entry["id"], cloud=cloud, name=name):
                one = found[fill(name)]
                self.assertIn(ELSEWHERE.get(name, entry["id"]), self.ids(one))
                tail = name.removeprefix("*.")
                if not any(other.endswith(tail) for other in entry["fqdn"]["public"]):
                    self.assertEqual(one["cloud"], cloud)
                zones = entry["private_dns_zones"][cloud]
                if zones and not NO_ZONE.search(fill(name)):
                    self.assertIn(shape(one["private_zone"]), map(shape, zones))

    def test_every_endpoint_has_its_types_groups_and_ports(self):
        for entry in facts("endpoints.json")["entries"]:
            with self.subTest(entry["id"]):
                service, link = services()[entry["id"]], entry["private_link"]
                if link:
                    self.assertIn(link["resource_type"], service["resource_types"])
                    self.assertLessEqual(lower(link["group_ids"]), lower(service["group_ids"]))
                ports = {f"{kind}/{port}" for kind, key in (("tcp", "ports"), ("udp", "udp_ports"))
                         for port in service.get(key, [])}
                self.assertLessEqual({port for port in entry["ports"] if "-" not in port}, ports)

    def test_every_service_tag_is_one(self):
        known = {tag["name"] for tag in facts("ServiceTags_Public.json")["values"]}
        for service in services().values():
            self.assertLessEqual(set(service.get("service_tags", [])), known, service["id"])

    def zone_rows(self):
        table = facts("private-dns-zones.json")
        return [(cloud, row) for cloud in CLOUDS for row in table[cloud]]

    def test_every_zone_leads_to_its_service(self):
        rows = self.zone_rows()
        self.assertEqual([sum(cloud == one for cloud, _ in rows) for one in CLOUDS], [92, 49, 35])
        found = self.match(list({fill(zone) for _, row in rows
                                 for zone in row["private_dns_zones"]}))
        for cloud, row in rows:
            kind = row["resource_type"].split(" (")[0].lower()
            for zone in row["private_dns_zones"]:
                with self.subTest(cloud=cloud, row=row["resource_type"], zone=zone):
                    users = [services()[id_] for id_ in found[fill(zone)].get("zone_of", [])]
                    self.assertTrue(any(
                        any(type_.lower() == kind or type_.lower().startswith(kind + "/")
                            for type_ in user["resource_types"]) and
                        lower(row["group_ids"]) <= lower(user["group_ids"]) for user in users),
                        [user["id"] for user in users])

    def test_every_public_name_leads_to_its_zone(self):
        rows = [(cloud, row, public) for cloud, row in self.zone_rows()
                for public in row["public_zones"]]
        # Some names need a region or a workspace in front, and some zones are of single names.
        def names(public):
            return [front + fill(public) for front in ("contoso.", "contoso.eastus.", "")]

        found = self.match(list({name for _, _, public in rows for name in names(public)}))
        for cloud, row, public in rows:
            if NO_ZONE.search(fill(public)) or (cloud, public) in SLIPS:
                continue
            with self.subTest(cloud=cloud, row=row["resource_type"], public=public):
                zones = {shape(found[name].get("private_zone", "")) for name in names(public)}
                self.assertTrue(zones & {*map(shape, row["private_dns_zones"]),
                                         *SHARED.get(public, ())}, zones)

    def test_every_private_name_leads_back_to_a_public_one(self):
        rows = [(cloud, row, zone) for cloud, row in self.zone_rows()
                for zone in row["private_dns_zones"]]

        def names(zone):
            return [front + fill(zone) for front in (
                "contoso.", "contoso.eastus.", f"{GUID}.workspace.eastus.", "contoso.workspace.",
                "api.", "management.", "contoso.scm.")] + [fill(zone)]

        found = self.match(list({name for _, _, zone in rows for name in names(zone)}))
        back = {one["public_name"] for one in found.values() if "public_name" in one}
        again = self.match(list(back))
        for cloud, row, zone in rows:
            with self.subTest(cloud=cloud, row=row["resource_type"], zone=zone):
                private = [found[name] for name in names(zone) if "public_name" in found[name]]
                self.assertTrue(private)
                for one in private:
                    public = again[one["public_name"]]
                    self.assertTrue(one["privatelink"])
                    self.assertFalse(public["privatelink"])
                    self.assertNotIn("privatelink", one["public_name"])
                    self.assertEqual(public["cloud"], cloud)
                    self.assertEqual(public.get("resource"), one.get("resource"))

    def test_every_suffix_and_host_of_third_party_ai_leads_to_it(self):
        entries = facts("ai-saas.json")["entries"]
        rows = [(entry["id"], name) for entry in entries for name in
                (*entry["suffixes"], *(f"x9.{suffix}" for suffix in entry["suffixes"]),
                 *(fill(exact) for exact in entry["exact"]))]
        self.assertEqual(len(entries), 47)
        found = self.match(list({name for _, name in rows}))
        owner = {name: {id_ for id_, other in rows if other == name} for _, name in rows}
        for id_, name in rows:
            with self.subTest(id=id_, name=name):
                self.assertEqual(found[name]["category"], "third-party-ai")
                self.assertIn(found[name]["service"], owner[name])

    def test_every_chain_reads_as_it_should(self):
        chains = facts("resolution-chains.json")["chains"]
        self.assertEqual(len(chains), 16)
        found = self.match(list({fill(name) for chain in chains for name in chain["chain"]}))
        for chain in chains:
            with self.subTest(chain["id"]):
                first, *rest = map(fill, chain["chain"])
                asked = found[first]
                self.assertTrue(asked["tenant_owned"])
                self.assertEqual(asked["public_name"], first)
                private = [found[name] for name in rest if ".privatelink." in name]
                self.assertEqual(bool(private), "no-pe" not in chain["id"])
                for one in private:
                    self.assertEqual(one["service"], asked["service"])
                    self.assertTrue(one["privatelink"])
                    self.assertEqual(one["public_name"], first.replace(".cert.", "."))
                    self.assertEqual(one["private_zone"], asked["private_zone"])
                hops = [found[name] for name in rest if ".privatelink." not in name]
                self.assertFalse([hop["name"] for hop in hops if hop.get("privatelink")])


if __name__ == "__main__":
    unittest.main()
