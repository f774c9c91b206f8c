"""Azure OpenAI and other Azure AI, AI elsewhere, Key Vault, other tenants' resources."""
from case import (BUILDER, HOUR, OPENAI, OPENAI_AT, OPENAI_PUBLIC, STORE, STORE_AT, STRANGER,
                  TRAINER, VAULT, VAULT_AT, VAULT_PUBLIC, WINGTIP, WINGTIP_AT, case, https)
from packets import certificate, dns, http, request, tls

CHAT = "/openai/deployments/chat/chat/completions?api-version=2024-06-01"
MIB = 1 << 20


@case("PEW-AI-001",
      "Another tenant's Azure OpenAI account, at its public address.",
      "Our own account, at its private endpoint.")
def foreign_ai(fires, miss):
    https(fires, TRAINER, "203.0.113.19", "fabrikam.openai.azure.com")
    https(miss, TRAINER, OPENAI_AT, OPENAI)


@case("PEW-AI-002",
      "A regional Cognitive Services name, which all tenants share.",
      "An Azure name that is no AI service, and is allowed.")
def shared_ai(fires, miss):
    https(fires, TRAINER, "203.0.113.41", "eastus.api.cognitive.microsoft.com")
    https(miss, TRAINER, "203.0.113.40", "login.microsoftonline.com")


@case("PEW-AI-003",
      "An AI service that is not Azure's.",
      "A name of the same company that is not in the catalog's list.")
def third_party(fires, miss):
    https(fires, TRAINER, "198.51.100.10", "api.openai.com")
    https(miss, TRAINER, "198.51.100.11", "openai.com.wingtip.example")


@case("PEW-TPA-001",
      "2 MiB go up to an AI service outside Azure.",
      "As much goes up to our own account's private endpoint.")
def upload_elsewhere(fires, miss):
    https(fires, TRAINER, "198.51.100.10", "api.anthropic.com", up=2 * MIB)
    https(miss, TRAINER, OPENAI_AT, OPENAI, up=2 * MIB)


@case("PEW-TPA-002",
      "A host asks DNS for an AI service outside Azure, and no connection is seen.",
      "It asks for our own account.")
def asked_elsewhere(fires, miss):
    dns(fires, TRAINER, "api.mistral.ai", [], "198.51.100.12")
    dns(miss, TRAINER, OPENAI, ["contoso.privatelink.openai.azure.com"], OPENAI_AT)


@case("PEW-AOI-001",
      "Our Azure OpenAI account, which has a private endpoint, at a public address.",
      "The same account at its private endpoint.")
def openai_bypass(fires, miss):
    https(fires, TRAINER, OPENAI_PUBLIC, OPENAI)
    https(miss, TRAINER, OPENAI_AT, OPENAI)


@case("PEW-AOI-002",
      "An API key of Azure OpenAI in plain HTTP.",
      "A request in plain HTTP without any credential.")
def api_key(fires, miss):
    http(fires, TRAINER, OPENAI_AT, request("POST", CHAT, OPENAI, "api-key: not-a-real-key"))
    http(miss, TRAINER, OPENAI_AT, request("GET", "/status", OPENAI))


@case("PEW-AOI-003",
      "An Entra token for Azure OpenAI in plain HTTP.",
      "An API key instead: another rule's.")
def bearer(fires, miss):
    http(fires, TRAINER, OPENAI_AT,
         request("POST", CHAT, OPENAI, "Authorization: Bearer not.a.real.token"))
    http(miss, TRAINER, OPENAI_AT, request("POST", CHAT, OPENAI, "api-key: not-a-real-key"))


@case("PEW-AOI-004",
      "40 connections within a minute to an account whose deployments take 30 requests a minute.",
      "40 to one whose deployments take 60.")
def over_requests(fires, miss):
    for _ in range(40):
        https(fires, TRAINER, WINGTIP_AT, WINGTIP)
        https(miss, TRAINER, OPENAI_AT, OPENAI)
        fires.wait(1)
        miss.wait(1)


@case("PEW-AOI-005",
      "1 MiB a minute goes up to an account whose deployments take 5,000 tokens a minute.",
      "20 KiB do.")
def over_bytes(fires, miss):
    for _ in range(2):
        https(fires, TRAINER, WINGTIP_AT, WINGTIP, up=MIB // 2)
        https(miss, TRAINER, WINGTIP_AT, WINGTIP, up=10 * 1024)
        fires.wait(5)
        miss.wait(5)


@case("PEW-AOI-006",
      "The trainer talks to an Azure ML endpoint in Australia; the map's workspace is in eastus.",
      "It talks to one in eastus.")
def region_drift(fires, miss):
    https(fires, TRAINER, "203.0.113.43", "score.australiaeast.inference.ml.azure.com")
    https(miss, TRAINER, "203.0.113.44", "score.eastus.inference.ml.azure.com")


# Key Vault --------------------------------------------------------------------------------------

@case("PEW-KV-001",
      "Our vault, which has a private endpoint, at a public address.",
      "The same vault at its private endpoint.")
def vault_bypass(fires, miss):
    https(fires, TRAINER, VAULT_PUBLIC, VAULT)
    https(miss, TRAINER, VAULT_AT, VAULT)


@case("PEW-KV-002",
      "Another tenant's vault.",
      "Our own.")
def foreign_vault(fires, miss):
    https(fires, TRAINER, "203.0.113.60", "fabrikam.vault.azure.net")
    https(miss, TRAINER, VAULT_AT, VAULT)


@case("PEW-KV-003",
      "The builder uses Azure OpenAI for a day and never asks IMDS for a token nor Key Vault for a "
      "secret: its key lies somewhere else.",
      "The same, but it reads from Key Vault in between.")
def never_contacted(fires, miss):
    for hour in range(0, 28, 2):
        https(fires, BUILDER, OPENAI_AT, OPENAI)
        https(miss, BUILDER, OPENAI_AT, OPENAI)
        if hour == 12:
            https(miss, BUILDER, VAULT_AT, VAULT)
        fires.wait(2 * HOUR)
        miss.wait(2 * HOUR)


@case("PEW-RES-001",
      "Another tenant's container registry.",
      "Our storage account at its private endpoint.")
def foreign_resource(fires, miss):
    https(fires, TRAINER, "203.0.113.21", "fabrikam.azurecr.io")
    https(miss, TRAINER, STORE_AT, STORE)


@case("PEW-CRT-001",
      "The server of our vault shows a certificate that ran out a day before the capture.",
      "One that runs out next year.")
def expired(fires, miss):
    for capture, until in ((fires, "260920142000Z"), (miss, "270920142000Z")):
        tls(capture, TRAINER, VAULT_AT, VAULT,
            certificate=certificate([VAULT], "250920142000Z", until))


@case("PEW-CRT-002",
      "A certificate that runs out in ten days.",
      "One that runs out in a year.")
def expiring(fires, miss):
    for capture, until in ((fires, "261001142000Z"), (miss, "270920142000Z")):
        tls(capture, TRAINER, VAULT_AT, VAULT,
            certificate=certificate([VAULT], "250920142000Z", until))


@case("PEW-CRT-003",
      "At the vault's name a server shows a certificate that signed itself.",
      "A certificate of an issuing authority.")
def self_signed(fires, miss):
    for capture, issuer in ((fires, None), (miss, "Contoso Issuing CA 1")):
        tls(capture, TRAINER, VAULT_AT, VAULT,
            certificate=certificate([VAULT], "250920142000Z", "270920142000Z", issuer))


@case("PEW-CRT-004",
      "The client asked for the vault; the certificate is for another name.",
      "The certificate is for all vaults, by a wildcard.")
def other_name(fires, miss):
    for capture, name in ((fires, "proxy.wingtip.example"), (miss, "*.vault.azure.net")):
        tls(capture, TRAINER, VAULT_AT, VAULT,
            certificate=certificate([name], "250920142000Z", "270920142000Z"))


@case("PEW-CRT-005",
      "Within the hour the vault's private endpoint shows two different certificates.",
      "It shows the same one twice.")
def rotated(fires, miss):
    for serial in (7, 8):
        for capture, number in ((fires, serial), (miss, 7)):
            tls(capture, TRAINER, VAULT_AT, VAULT,
                certificate=certificate([VAULT], "250920142000Z", "270920142000Z", serial=number))
            capture.wait(600)


@case("PEW-CRT-006",
      "A public server that nobody knows shows a certificate that signed itself.",
      "It shows one of an issuing authority.")
def self_signed_public(fires, miss):
    for capture, issuer in ((fires, None), (miss, "Wingtip Public CA")):
        tls(capture, TRAINER, STRANGER, "lab.wingtip.example",
            certificate=certificate(["lab.wingtip.example"], "250920142000Z", "270920142000Z",
                                    issuer))


# Posture ----------------------------------------------------------------------------------------

@case("PEW-POS-001",
      "An account with public network access enabled is used at a public address, and answers.",
      "One with public access disabled is tried there , and this rule says nothing: the setting is right.")
def public_used(fires, miss):
    https(fires, TRAINER, "203.0.113.13", WINGTIP)
    https(miss, TRAINER, OPENAI_PUBLIC, OPENAI)


@case("PEW-POS-002",
      "An account is used privately while its public network access is enabled.",
      "One whose public access is disabled is used privately.")
def public_open(fires, miss):
    https(fires, TRAINER, WINGTIP_AT, WINGTIP)
    https(miss, TRAINER, OPENAI_AT, OPENAI)


@case("PEW-POS-003",
      "An account that takes API keys is used.",
      "One that takes none is.")
def local_auth(fires, miss):
    https(fires, TRAINER, WINGTIP_AT, WINGTIP)
    https(miss, TRAINER, OPENAI_AT, OPENAI)


@case("PEW-POS-004",
      "An account with a deployment without content filter is used.",
      "One whose deployments have a policy of their own is.")
def content_filter(fires, miss):
    https(fires, TRAINER, WINGTIP_AT, WINGTIP)
    https(miss, TRAINER, OPENAI_AT, OPENAI)


@case("PEW-POS-005",
      "26 connections within a minute to an account whose deployments take 30 requests: 80 % are "
      "reached.",
      "20 connections.")
def near_capacity(fires, miss):
    for number in range(26):
        https(fires, TRAINER, WINGTIP_AT, WINGTIP)
        fires.wait(1)
        if number < 20:
            https(miss, TRAINER, WINGTIP_AT, WINGTIP)
            miss.wait(1)


@case("PEW-POS-006",
      "An account is used whose network rules allow by default.",
      "One is used whose network rules deny by default.")
def firewall(fires, miss):
    https(fires, TRAINER, WINGTIP_AT, WINGTIP)
    https(miss, TRAINER, OPENAI_AT, OPENAI)
