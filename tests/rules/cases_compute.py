"""Compute security: administration, inbound, schedules."""
from case import (APPLIANCE, BUILDER, GATEWAY, NOTEBOOK, OPENAI, OPENAI_AT, PYPI, PYPI_AT, STRANGER,
                  TRAINER, WORKSPACE_AT, case, https)
from packets import RESOLVER, START_S, Connection, http, rdp, request, ssh

EVENING_S = START_S + 7 * 3600  # 23:20 in Berlin


@case("PEW-ADM-001",
      "SSH to a compute host from a public address.",
      "A public address probes port 22 and is refused: no SSH was spoken.")
def admin_from_public(fires, miss):
    ssh(fires, STRANGER, TRAINER)
    Connection(miss, STRANGER, TRAINER, 22, accepted=False)


@case("PEW-ADM-002",
      "RDP between two compute hosts.",
      "RDP to the host from the subnet that may administer it.")
def admin(fires, miss):
    rdp(fires, BUILDER, TRAINER)
    rdp(miss, APPLIANCE, TRAINER)


@case("PEW-ADM-003",
      "SSH on port 443, from the subnet that may administer: allowed, and yet hidden.",
      "The same on port 22.")
def odd_port(fires, miss):
    ssh(fires, APPLIANCE, TRAINER, 443)
    ssh(miss, APPLIANCE, TRAINER, 22)


@case("PEW-ADM-004",
      "The SSH name of an Azure ML compute instance is used (NAME-22).",
      "The instance's Jupyter name is used.")
def instance_ssh(fires, miss):
    https(fires, TRAINER, WORKSPACE_AT, "notebook-22.eastus.instances.azureml.ms")
    https(miss, TRAINER, WORKSPACE_AT, "notebook.eastus.instances.azureml.ms")


@case("PEW-ADM-005",
      "Twenty SSH connections from one host to another within a minute.",
      "Twenty within an hour.")
def many_logins(fires, miss):
    for _ in range(20):
        ssh(fires, APPLIANCE, TRAINER)
        ssh(miss, APPLIANCE, TRAINER)
        fires.wait(2)
        miss.wait(180)


@case("PEW-ADM-006",
      "WinRM without TLS, from the subnet that may administer.",
      "HTTP on another port and path.")
def winrm_clear(fires, miss):
    http(fires, APPLIANCE, TRAINER,
         request("POST", "/wsman", TRAINER, "Authorization: Negotiate AAAA"), port=5985)
    http(miss, APPLIANCE, TRAINER, request("GET", "/health", TRAINER), port=8080)


@case("PEW-OK-005",
      "SSH to compute from the subnet that may administer it.",
      "SSH to compute from another host.")
def admin_allowed(fires, miss):
    ssh(fires, APPLIANCE, TRAINER)
    ssh(miss, BUILDER, TRAINER)


@case("PEW-NET-001",
      "A public address connects to a compute host.",
      "A compute host connects to another.")
def inbound(fires, miss):
    https(fires, STRANGER, TRAINER, None, port=8443)
    https(miss, BUILDER, TRAINER, None, port=8443)


@case("PEW-NET-002",
      "A host with a public address in the map answers the internet.",
      "It refuses.")
def public_host(fires, miss):
    https(fires, STRANGER, GATEWAY, None, port=8443)
    Connection(miss, STRANGER, GATEWAY, 8443, accepted=False)


@case("PEW-SCH-001",
      "A notebook host downloads at 23:20 Berlin time; its hours end at 18:00.",
      "At that time the host only talks to the wire server.",
      start_s=EVENING_S)
def after_hours(fires, miss):
    https(fires, NOTEBOOK, PYPI_AT, PYPI)
    http(miss, NOTEBOOK, RESOLVER, request("GET", "/?comp=versions", RESOLVER))


@case("PEW-SCH-002",
      "At 23:20 somebody else uses the notebook host, whose hours are over.",
      "A host without hours is used at that time.",
      start_s=EVENING_S)
def used_after_hours(fires, miss):
    https(fires, TRAINER, NOTEBOOK, "notebook.contoso.example", port=8888)
    https(miss, BUILDER, TRAINER, "trainer.contoso.example", port=8888)


@case("PEW-SCH-003",
      "A notebook host is on for five hours, talks to the wire server, and does no work.",
      "It uses Azure OpenAI every hour.")
def idle(fires, miss):
    for _ in range(11):
        for capture in (fires, miss):
            http(capture, NOTEBOOK, RESOLVER, request("GET", "/?comp=versions", RESOLVER))
        https(miss, NOTEBOOK, OPENAI_AT, OPENAI)
        fires.wait(1800)
        miss.wait(1800)
