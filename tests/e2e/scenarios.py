"""What happens in the lab, and what pewit has to say of it: one row a scenario.

Each acts once, with a real client against a real server. `alerts` are the verdicts and rules that
have to be raised, no more and no fewer; `flows` are (server, port, verdict) of flows that must be
among those of the scenario's host.
"""
import dataclasses
import shutil
import typing

import clients
import servers
from servers import (CDN, FOREIGN_STORE, IMDS, MODELS, OPENAI, PYPI, STORE, STRANGER,
                     STRANGER_RESOLVER, THIRD_PARTY, VAULT, WINGTIP)

TOKEN = (f"http://{IMDS}/metadata/identity/oauth2/token?api-version=2018-02-01"
         "&resource=https%3A%2F%2Fvault.azure.net")


@dataclasses.dataclass
class Scenario:
    name: str
    act: typing.Callable  # act(lab)
    alerts: tuple = ()    # (verdict, rule)
    flows: tuple = ()     # (client, server, port, verdict)
    needs: str = ""       # a program


COMPUTE, DEV = "10.10.1.10", "10.20.1.10"

SCENARIOS = (
    Scenario("private path, curl",
             lambda lab: clients.curl(lab, "compute", f"https://{OPENAI}/"),
             flows=((COMPUTE, "10.10.2.6", 443, "expected"),)),
    Scenario("private path, python",
             lambda lab: clients.python(lab, "compute", STORE),
             flows=((COMPUTE, "10.10.2.10", 443, "expected"),)),
    Scenario("allowed egress, node",
             lambda lab: clients.node(lab, "compute", PYPI),
             flows=((COMPUTE, "198.51.100.13", 443, "expected"),), needs="node"),
    Scenario("hosts file leads to the public address",
             lambda lab: clients.curl(lab, "compute", f"https://{OPENAI}/",
                                      *clients.resolve(OPENAI, "203.0.113.12")),
             (("private_endpoint_bypass", "PEW-AOI-001"),)),
    Scenario("DNS of an unlinked VNet leaks, and is followed",
             lambda lab: clients.curl(lab, "dev", f"https://{OPENAI}/"),
             (("dns_private_link_leak", "PEW-DNS-001"), ("private_endpoint_bypass", "PEW-AOI-001"))),
    Scenario("privatelink record is missing: NXDOMAIN",
             lambda lab: clients.look_up(lab, "compute", VAULT),
             (("dns_private_link_leak", "PEW-DNS-002"),)),
    Scenario("resolver that is not approved",
             lambda lab: clients.ask(lab, "compute", STRANGER_RESOLVER, PYPI),
             (("dns_resolver_bypass", "PEW-DNS-010"),)),
    Scenario("private endpoint of another zone",
             lambda lab: clients.s_client(lab, "dev", "10.10.2.6", "-servername", OPENAI),
             (("zone_crossing", "PEW-ZON-001"), ("zone_crossing", "PEW-ZON-004"))),
    Scenario("SSH to compute from another zone",
             lambda lab: clients.ssh(lab, "dev", COMPUTE),
             (("admin_access", "PEW-ADM-002"),)),
    Scenario("SSH to compute from the internet",
             lambda lab: clients.ssh(lab, "public", COMPUTE, "-b", STRANGER),
             (("admin_access", "PEW-ADM-001"),)),
    Scenario("the internet reaches a port of compute",
             lambda lab: clients.curl(lab, "public", f"https://{COMPUTE}:8443/", "-k",
                                      "--interface", STRANGER),
             (("inbound_public", "PEW-NET-001"),)),
    Scenario("IMDS token, as an SDK asks",
             lambda lab: clients.curl(lab, "compute", TOKEN, "-H", "Metadata: true"),
             (("identity_token_request", "PEW-ID-002"),)),
    Scenario("IMDS token without the Metadata header",
             lambda lab: clients.curl(lab, "compute", TOKEN),
             (("identity_token_request", "PEW-ID-001"),)),
    Scenario("AI service outside Azure",
             lambda lab: clients.python(lab, "compute", THIRD_PARTY),
             (("third_party_ai", "PEW-TPA-002"), ("third_party_ai", "PEW-AI-003"))),
    Scenario("Azure OpenAI of another tenant",
             lambda lab: clients.curl(lab, "compute", f"https://{WINGTIP}/"),
             (("public_ai_endpoint", "PEW-AI-001"),)),
    Scenario("storage account of another tenant",
             lambda lab: clients.curl(lab, "compute", f"https://{FOREIGN_STORE}/"),
             (("foreign_resource", "PEW-RES-001"),)),
    Scenario("API key in clear HTTP to the private endpoint",
             lambda lab: clients.curl(lab, "compute", f"http://{OPENAI}/openai/deployments",
                                      "-H", "api-key: not-a-real-key"),
             (("cleartext_credential", "PEW-AOI-002"),)),
    Scenario("API key in clear HTTP to the internet",
             lambda lab: clients.curl(lab, "compute", f"http://{MODELS}/v1/models",
                                      "-H", "x-api-key: not-a-real-key"),
             (("unexpected_egress", "PEW-EGR-003"), ("cleartext_credential", "PEW-ENC-004"))),
    Scenario("our name claimed at an address that DNS gave another",
             lambda lab: clients.curl(lab, "compute", f"https://{OPENAI}/", "-k", "--resolve",
                                      f"{OPENAI}:443:{clients.look_up(lab, 'compute', CDN)}"),
             (("name_address_mismatch", "PEW-NAM-003"),
              ("certificate_name_mismatch", "PEW-CRT-004"))),
    Scenario("TLS straight to an address, without a name",
             lambda lab: clients.s_client(lab, "dev", STRANGER, "-noservername"),
             (("unexpected_egress", "PEW-EGR-004"), ("unexpected_egress", "PEW-EXF-004"))),
)


def present(scenario):
    """False, said loudly, when its program is not here."""
    if not scenario.needs or shutil.which(scenario.needs):
        return True
    print(f"      SKIPPED: {scenario.name}: {scenario.needs} is not installed")
    return False
