"""Private endpoints, private DNS, names and addresses, workspace isolation."""
import base64
import hashlib

from case import (BUILDER, DEV, OPENAI, OPENAI_AT, OPENAI_LINK, OPENAI_PUBLIC, PACKAGES,
                  PACKAGES_AT, REGISTRY, REGISTRY_AT, STORE, STORE_LINK, STORE_PUBLIC, STRANGER,
                  STRANGER_RESOLVER, TRAINER, VAULT, VAULT_AT, WINGTIP, WINGTIP_AT, WORKSPACE,
                  WORKSPACE_AT, case, https)
from packets import RESOLVER, TXT, Connection, dns, dns_answer, dns_ask, dns_record

FOREIGN = "0ff1ce00-0000-4000-8000-00000000beef.workspace.eastus.api.azureml.ms"
HOP = "eastus.prod.vnet.cog.trafficmanager.net"


# What is as it should be ------------------------------------------------------------------------

@case("PEW-OK-001",
      "A host asks for an address by DHCP.",
      "The same ports, to a public address: no DHCP server is there.")
def housekeeping(fires, miss):
    fires.udp("0.0.0.0", 68, "255.255.255.255", 67, bytes([1, 1, 6, 0]) + bytes(240))
    miss.udp(TRAINER, 68, STRANGER, 67, bytes([1, 1, 6, 0]) + bytes(240))


@case("PEW-OK-002",
      "The agent of a host talks to the wire server, port 80.",
      "The same address on a port that the map does not list.")
def platform(fires, miss):
    for capture, port in ((fires, 80), (miss, 8080)):
        connection = Connection(capture, TRAINER, RESOLVER, port)
        connection.send(0, b"GET /?comp=versions HTTP/1.1\r\nHost: 168.63.129.16\r\n\r\n")
        connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()


@case("PEW-OK-003",
      "A question to the approved resolver.",
      "The same question to another resolver.")
def approved(fires, miss):
    dns(fires, TRAINER, "pypi.org", [], "198.51.100.13")
    dns(miss, TRAINER, "pypi.org", [], "198.51.100.13", STRANGER_RESOLVER)


@case("PEW-OK-004",
      "Azure OpenAI at its private endpoint, from the zone that may.",
      "The same from dev, which may not.")
def at_endpoint(fires, miss):
    dns(fires, TRAINER, OPENAI, [OPENAI_LINK], OPENAI_AT)
    https(fires, TRAINER, OPENAI_AT, OPENAI)
    https(miss, DEV, OPENAI_AT, OPENAI)


@case("PEW-OK-006",
      "A download from a registry that the map allows by name.",
      "The same from a name that it does not allow.")
def egress(fires, miss):
    https(fires, TRAINER, "198.51.100.13", "pypi.org")
    https(miss, TRAINER, "198.51.100.14", "pypi.wingtip.example")


@case("PEW-OK-007",
      "Two hosts of one zone talk to each other.",
      "Hosts of two zones do.")
def inside(fires, miss):
    https(fires, TRAINER, BUILDER, "builder.contoso.example", port=8443)
    https(miss, DEV, BUILDER, "builder.contoso.example", port=8443)


# Private endpoints ------------------------------------------------------------------------------

@case("PEW-PE-001",
      "A registry with a private endpoint is reached at a public address.",
      "It is reached at its private endpoint.")
def bypass(fires, miss):
    https(fires, TRAINER, "203.0.113.18", REGISTRY)
    https(miss, TRAINER, REGISTRY_AT, REGISTRY)


# Names and addresses ----------------------------------------------------------------------------

@case("PEW-NAM-001",
      "At the private endpoint of the vault a client asks for another tenant's name.",
      "It asks for the vault.")
def foreign_name(fires, miss):
    https(fires, TRAINER, VAULT_AT, "fabrikam.vault.azure.net")
    https(miss, TRAINER, VAULT_AT, VAULT)


@case("PEW-NAM-002",
      "The vault's name is used at a host of the VNet that is not its private endpoint.",
      "It is used at the private endpoint.")
def own_name_elsewhere(fires, miss):
    https(fires, TRAINER, "10.10.1.50", VAULT)
    https(miss, TRAINER, VAULT_AT, VAULT)


@case("PEW-NAM-003",
      "DNS led the client to a web site; there it claims to talk to our Azure OpenAI account.",
      "DNS led it to our account's public address: a bypass, but name and address agree.")
def own_name_contradicted(fires, miss):
    dns(fires, TRAINER, "cdn.wingtip.example", [], "198.51.100.90")
    https(fires, TRAINER, "198.51.100.90", OPENAI)
    dns(miss, TRAINER, OPENAI, [OPENAI_LINK, HOP], OPENAI_PUBLIC, STRANGER_RESOLVER)
    https(miss, TRAINER, OPENAI_PUBLIC, OPENAI)


@case("PEW-NAM-004",
      "DNS led the client to our account's public address; there it claims another name.",
      "It claims the name that it was led by.")
def address_other_name(fires, miss):
    for capture, name in ((fires, "www.wingtip.example"), (miss, OPENAI)):
        dns(capture, TRAINER, OPENAI, [OPENAI_LINK, HOP], OPENAI_PUBLIC, STRANGER_RESOLVER)
        https(capture, TRAINER, OPENAI_PUBLIC, name)


@case("PEW-NAM-005",
      "An allowed name is claimed at an address that is not the one the map lists for it.",
      "The same name at the address that the map lists.")
def allowed_elsewhere(fires, miss):
    https(fires, TRAINER, STRANGER, PACKAGES)
    https(miss, TRAINER, PACKAGES_AT, PACKAGES)


@case("PEW-NAM-006",
      "A cloud name is used at a private address that the map does not have for it.",
      "A name that is nobody's cloud name at the same address.")
def cloud_inside(fires, miss):
    https(fires, TRAINER, BUILDER, "fabrikam.openai.azure.com")
    https(miss, TRAINER, BUILDER, "builder.contoso.example")


# Private DNS ------------------------------------------------------------------------------------

@case("PEW-DNS-001",
      "The approved resolver answers with the public address of an account that has a private "
      "endpoint: the VNet of dev is not linked to the zone.",
      "It answers with the private endpoint's address.")
def leak(fires, miss):
    dns(fires, DEV, OPENAI, [OPENAI_LINK, HOP], OPENAI_PUBLIC)
    dns(miss, TRAINER, OPENAI, [OPENAI_LINK], OPENAI_AT)


@case("PEW-DNS-002",
      "The name of a private endpoint does not exist: the zone is linked, the record is missing.",
      "A name that has nothing to do with private link does not exist.")
def absent(fires, miss):
    dns(fires, TRAINER, VAULT, ["contoso.privatelink.vaultcore.azure.net"], None, rcode=3)
    dns(miss, TRAINER, "nothing.contoso.example", [], None, rcode=3)


@case("PEW-DNS-003",
      "Another tenant's vault cannot be resolved: our private zone hides it.",
      "Another tenant's vault resolves to its public address.")
def hidden(fires, miss):
    link = "fabrikam.privatelink.vaultcore.azure.net"
    dns(fires, TRAINER, "fabrikam.vault.azure.net", [link], None, rcode=3)
    dns(miss, TRAINER, "fabrikam.vault.azure.net", [link], "203.0.113.61")


@case("PEW-DNS-004",
      "Another tenant's privatelink name ends at an address of our own VNet.",
      "It ends at a public address.")
def stray(fires, miss):
    link = "fabrikam.privatelink.openai.azure.com"
    dns(fires, TRAINER, "fabrikam.openai.azure.com", [link], "10.10.2.77")
    dns(miss, TRAINER, "fabrikam.openai.azure.com", [link], "203.0.113.62")


@case("PEW-DNS-005",
      "The storage zone falls back to the internet, and a storage name of ours is answered with its "
      "public address.",
      "A name of a zone without fallback is answered with a public address.")
def fallback(fires, miss):
    dns(fires, TRAINER, STORE, [STORE_LINK], STORE_PUBLIC)
    dns(miss, DEV, OPENAI, [OPENAI_LINK, HOP], OPENAI_PUBLIC)


@case("PEW-DNS-010",
      "A host asks a resolver on the internet.",
      "It asks the approved one.")
def resolver_bypass(fires, miss):
    dns(fires, TRAINER, OPENAI, [], OPENAI_PUBLIC, STRANGER_RESOLVER)
    dns(miss, TRAINER, OPENAI, [OPENAI_LINK], OPENAI_AT)


@case("PEW-DNS-011",
      "A host asks a public resolver over HTTPS.",
      "HTTPS to a name that is no resolver's.")
def encrypted(fires, miss):
    https(fires, TRAINER, STRANGER_RESOLVER, "cloudflare-dns.com")
    https(miss, TRAINER, "198.51.100.13", "pypi.org")


def coded(number):
    """A label as a tunnel makes it: letters and digits mixed, different each time."""
    digest = hashlib.sha256(str(number).encode()).digest()
    return "v" + base64.b32encode(digest).decode().lower()[:18]


@case("PEW-DNS-020",
      "One flow asks TXT questions whose names carry data, all below one site.",
      "One flow asks TXT questions for names that people made: SPF, DMARC, DKIM.")
def tunnel(fires, miss):
    for number in range(12):
        name = f"{coded(number)}.t1.wingtip.example"
        data = 3 * coded(number + 40).encode()
        asked = dns_ask(fires, TRAINER, name, TXT, port=41000)
        dns_answer(fires, asked, [dns_record(name, TXT, bytes([len(data)]) + data)])
        fires.wait(0.2)
    for name in ("contoso.example", "_dmarc.contoso.example", "selector1._domainkey.contoso.example",
                 "wingtip.example", "_dmarc.wingtip.example"):
        dns_ask(miss, TRAINER, name, TXT, port=41000)
        miss.wait(0.2)


@case("PEW-DNS-021",
      "Within a minute a host asks for 80 different names below one site, each from its own port.",
      "It asks for 40 names of 40 sites, and 80 times for one name.")
def many_names(fires, miss):
    for number in range(80):
        name = f"{coded(number)}.t2.wingtip.example"
        dns_answer(fires, dns_ask(fires, TRAINER, name), [], rcode=3)
        fires.wait(0.3)
        dns(miss, TRAINER, "www.wingtip.example", [], "198.51.100.91")
        if number % 2:
            dns(miss, TRAINER, f"www.site{number}.example", [], "198.51.100.92")
        miss.wait(0.3)


# Isolation --------------------------------------------------------------------------------------

@case("PEW-ZON-001",
      "A host of dev uses a private endpoint of prod.",
      "It uses the registry's, which dev may.")
def endpoint_crossing(fires, miss):
    https(fires, DEV, OPENAI_AT, OPENAI)
    https(miss, DEV, REGISTRY_AT, REGISTRY)


@case("PEW-ZON-002",
      "A host of dev connects to a host of prod.",
      "Two hosts of prod connect.")
def direct_crossing(fires, miss):
    https(fires, DEV, TRAINER, "trainer.contoso.example", port=8443)
    https(miss, BUILDER, TRAINER, "trainer.contoso.example", port=8443)


@case("PEW-ZON-003",
      "A host talks to an Azure ML workspace whose GUID is not one of ours.",
      "It talks to our own workspace.")
def foreign_workspace(fires, miss):
    https(fires, TRAINER, "203.0.113.70", FOREIGN)
    https(miss, TRAINER, WORKSPACE_AT, WORKSPACE)


@case("PEW-ZON-004",
      "Hosts of prod and of dev use one Azure OpenAI account within the hour.",
      "Two hosts of prod use it.")
def shared_endpoint(fires, miss):
    https(fires, TRAINER, WINGTIP_AT, WINGTIP)
    https(fires, DEV, WINGTIP_AT, WINGTIP)
    https(miss, TRAINER, WINGTIP_AT, WINGTIP)
    https(miss, BUILDER, WINGTIP_AT, WINGTIP)
