"""What a case of a rule is: two captures, and what happens in them."""
import dataclasses
import typing

import packets

# The cast, as in rules/cases/map.json. Everything public is of the documentation ranges (RFC 5737).
TRAINER, BUILDER, GATEWAY = "10.10.1.10", "10.10.1.11", "10.10.1.12"
NOTEBOOK, APPLIANCE, DEV, OFFICE = "10.10.4.10", "10.10.3.4", "10.20.1.10", "192.168.10.20"
OPENAI, OPENAI_AT, OPENAI_PUBLIC = "contoso.openai.azure.com", "10.10.2.6", "203.0.113.12"
OPENAI_LINK = "contoso.privatelink.openai.azure.com"
WINGTIP, WINGTIP_AT, WINGTIP_PUBLIC = "wingtip.openai.azure.com", "10.10.2.20", "203.0.113.13"
VAULT, VAULT_AT, VAULT_PUBLIC = "contoso.vault.azure.net", "10.10.2.9", "203.0.113.16"
STORE, STORE_AT, STORE_PUBLIC = "contosostore.blob.core.windows.net", "10.10.2.10", "203.0.113.17"
STORE_LINK = "contosostore.privatelink.blob.core.windows.net"
REGISTRY, REGISTRY_AT = "contosoacr.azurecr.io", "10.10.2.11"
DATABASE, DATABASE_AT = "contoso-pg.postgres.database.azure.com", "10.10.2.14"
WORKSPACE = "5b1c7a10-0000-4000-8000-00000000c0de.workspace.eastus.api.azureml.ms"
WORKSPACE_AT = "10.10.2.4"
LOGS, LOGS_AT = "7e570000-0000-4000-8000-000000000106.ods.opinsights.azure.com", "203.0.113.30"
PACKAGES, PACKAGES_AT = "packages.wingtip.example", "198.51.100.20"
PYPI, PYPI_AT = "pypi.org", "198.51.100.13"
STRANGER, STRANGER_RESOLVER = "198.51.100.77", "198.51.100.53"
HOUR, DAY = 3600, 86400


@dataclasses.dataclass
class Case:
    rule: str
    fires_text: str  # what happens, and why it is the rule's
    miss_text: str   # what is different, and why it is not
    build: typing.Callable
    start_s: typing.Optional[int]


CASES = {}


def https(capture, client, server, name, up=200, down=300, port=443):
    """As packets.https, but short: there are many."""
    packets.https(capture, client, server, name, up, down, port, flight=100)


def case(rule, fires, miss, start_s=None):
    """Registers build(fires, miss), which fills two captures."""
    def register(build):
        assert rule not in CASES, rule
        CASES[rule] = Case(rule, fires, miss, build, start_s)
        return build
    return register


def captures(made):
    """The two captures of a case."""
    pair = [packets.Capture(made.start_s or packets.START_S) for _ in range(2)]
    made.build(*pair)
    return pair
