"""Managed Identity, stored credentials."""
from case import BUILDER, TRAINER, case, https
from packets import IMDS, http, imds_token, request

VAULT_AUDIENCE = "https%3A%2F%2Fvault.azure.net"
ARM_AUDIENCE = "https%3A%2F%2Fmanagement.azure.com%2F"
HEADER = "Metadata: true"
ENTRA, ENTRA_AT = "login.microsoftonline.com", "203.0.113.40"


@case("PEW-ID-001",
      "The trainer asks IMDS for a token without the Metadata header, as a request forgery does.",
      "The same request with the header, as every SDK sends it.")
def forged(fires, miss):
    imds_token(fires, TRAINER, VAULT_AUDIENCE)
    imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER)


@case("PEW-ID-002",
      "The trainer asks IMDS for a token for Key Vault.",
      "The trainer asks IMDS for its own instance's description: no token.")
def token(fires, miss):
    imds_token(fires, TRAINER, VAULT_AUDIENCE, HEADER)
    http(miss, TRAINER, IMDS,
         request("GET", "/metadata/instance?api-version=2021-02-01", IMDS, HEADER))


@case("PEW-ID-003",
      "The builder, which has no managed identity in the map, asks for a token.",
      "The trainer, which has one, asks for the same token.")
def unexpected_client(fires, miss):
    imds_token(fires, BUILDER, VAULT_AUDIENCE, HEADER)
    imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER)


@case("PEW-ID-004",
      "The trainer may ask for tokens for Key Vault, and asks for one for Storage.",
      "The trainer asks for a token for Key Vault.")
def unexpected_audience(fires, miss):
    imds_token(fires, TRAINER, "https%3A%2F%2Fstorage.azure.com", HEADER)
    imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER)


@case("PEW-ID-005",
      "The trainer asks for a token for Azure Resource Manager.",
      "The trainer asks for a token for Key Vault.")
def control_plane(fires, miss):
    imds_token(fires, TRAINER, ARM_AUDIENCE, HEADER)
    imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER)


@case("PEW-ID-006",
      "A token request with a TTL of 62: two routers lie between the one who asks and IMDS, which is "
      "on the host.",
      "The same request as it leaves the host, with a TTL of 64.")
def off_link(fires, miss):
    imds_token(fires, TRAINER, VAULT_AUDIENCE, HEADER, ttl=62)
    imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER, ttl=64)


@case("PEW-ID-007",
      "One host asks for tokens for six different resources within a minute.",
      "The host asks six times for a token for one resource, and once for another.")
def harvest(fires, miss):
    for audience in ("vault.azure.net", "storage.azure.com", "management.azure.com",
                     "graph.microsoft.com", "database.windows.net", "ai.azure.com"):
        imds_token(fires, TRAINER, f"https%3A%2F%2F{audience}", HEADER)
        imds_token(miss, TRAINER, VAULT_AUDIENCE, HEADER)
        fires.wait(5)
        miss.wait(5)
    imds_token(miss, TRAINER, "https%3A%2F%2Fstorage.azure.com", HEADER)


@case("PEW-ID-008",
      "The trainer, which has a managed identity, signs in at Entra ID itself.",
      "The builder, which has none, signs in there.")
def stored_secret(fires, miss):
    https(fires, TRAINER, ENTRA_AT, ENTRA)
    https(miss, BUILDER, ENTRA_AT, ENTRA)
