"""What leaves: exfiltration, encryption and connection strings, monitoring, egress."""
from case import (BUILDER, DATABASE, DATABASE_AT, HOUR, LOGS, LOGS_AT, OPENAI, OPENAI_AT, PACKAGES,
                  PACKAGES_AT, PYPI, PYPI_AT, STORE, STORE_AT, STRANGER, TRAINER, case, https)
from packets import (ECH, HTTPS_RECORD, TLS_1_0, TLS_1_2, Connection, application_data,
                     client_hello, dns, dns_answer, dns_ask, dns_record, http, postgres, request,
                     server_hello, ssh, tls)

MIB = 1 << 20


# Encryption and connection strings ----------------------------------------------------------------

@case("PEW-CRD-001",
      "A password (Basic) in plain HTTP to a host of the VNet.",
      "The same request without it.")
def credential(fires, miss):
    http(fires, TRAINER, BUILDER,
         request("GET", "/", "builder.contoso.example", "Authorization: Basic bm90OnJlYWw="))
    http(miss, TRAINER, BUILDER, request("GET", "/", "builder.contoso.example"))


@case("PEW-ENC-001",
      "A log-in to PostgreSQL without TLS.",
      "The client asks for TLS first, and gets it.")
def database_clear(fires, miss):
    postgres(fires, TRAINER, DATABASE_AT, False)
    postgres(miss, TRAINER, DATABASE_AT, True, DATABASE)


@case("PEW-ENC-002",
      "A storage account is used over plain HTTP.",
      "It is used over HTTPS.")
def storage_clear(fires, miss):
    http(fires, TRAINER, STORE_AT, request("GET", "/models/one.bin", STORE))
    https(miss, TRAINER, STORE_AT, STORE)


@case("PEW-ENC-003",
      "A shared access signature in plain HTTP to storage.",
      "The same object without one.")
def sas_clear(fires, miss):
    http(fires, TRAINER, STORE_AT,
         request("GET", "/models/one.bin?sv=2024-01-01&sig=not-a-real-signature", STORE))
    http(miss, TRAINER, STORE_AT, request("GET", "/models/one.bin?comp=metadata", STORE))


@case("PEW-ENC-004",
      "An API key in plain HTTP to a public address.",
      "The same to a host of the VNet: another rule's.")
def credential_public(fires, miss):
    for capture, server in ((fires, STRANGER), (miss, BUILDER)):
        http(capture, TRAINER, server,
             request("GET", "/v1/models", "models.wingtip.example", "x-api-key: not-a-real-key"))


@case("PEW-ENC-005",
      "Client and server agree on TLS 1.0.",
      "They agree on TLS 1.2.")
def old_tls(fires, miss):
    tls(fires, TRAINER, DATABASE_AT, DATABASE, TLS_1_0)
    tls(miss, TRAINER, DATABASE_AT, DATABASE, TLS_1_2)


@case("PEW-ENC-006",
      "A client offers nothing above TLS 1.0; the server does not answer.",
      "A client offers TLS 1.3.")
def old_client(fires, miss):
    for capture, highest in ((fires, TLS_1_0), (miss, 0x0304)):
        connection = Connection(capture, TRAINER, DATABASE_AT, 5432)
        connection.send(0, client_hello(DATABASE, highest))
        connection.close()


# Exfiltration -------------------------------------------------------------------------------------

@case("PEW-EXF-001",
      "12 MiB go up and little comes down, to a public name that is not allowed.",
      "12 MiB come down and little goes up.")
def upload(fires, miss):
    https(fires, TRAINER, STRANGER, "drop.wingtip.example", up=12 * MIB)
    https(miss, TRAINER, STRANGER, "drop.wingtip.example", down=12 * MIB)


@case("PEW-EXF-002",
      "120 MiB go up to one public name within an hour, 6 MiB at a time.",
      "60 MiB do.")
def slow_upload(fires, miss):
    for number in range(20):
        https(fires, TRAINER, PACKAGES_AT, PACKAGES, up=6 * MIB)
        fires.wait(60)
        if number < 10:
            https(miss, TRAINER, PACKAGES_AT, PACKAGES, up=6 * MIB)
            miss.wait(60)


@case("PEW-EXF-003",
      "2 MiB go up to another tenant's storage account.",
      "As much goes up to our own.")
def foreign_storage(fires, miss):
    https(fires, TRAINER, "203.0.113.21", "fabrikamstore.blob.core.windows.net", up=2 * MIB)
    https(miss, TRAINER, STORE_AT, STORE, up=2 * MIB)


@case("PEW-EXF-004",
      "TLS without a server name to a public address, which DNS never gave this client.",
      "TLS without a server name to an address that DNS gave it.")
def direct(fires, miss):
    https(fires, TRAINER, STRANGER, None)
    dns(miss, TRAINER, "www.wingtip.example", [], STRANGER)
    https(miss, TRAINER, STRANGER, None)


@case("PEW-EXF-005",
      "TLS without a server name to an address that DNS gave the client.",
      "TLS with the server name.")
def no_sni(fires, miss):
    for capture, name in ((fires, None), (miss, "www.wingtip.example")):
        dns(capture, TRAINER, "www.wingtip.example", [], STRANGER)
        https(capture, TRAINER, STRANGER, name)


@case("PEW-EXF-006",
      "The client learnt an ECH key for a name in DNS, and encrypts its hello: the name in the clear "
      "is only the outer one.",
      "The extension without such a record: browsers always send it.")
def hidden_name(fires, miss):
    outer = "cloud.wingtip.example"
    config = bytes(64)
    record = b"\0\1\0" + (5).to_bytes(2, "big") + len(config).to_bytes(2, "big") + config
    dns_answer(fires, dns_ask(fires, TRAINER, outer, HTTPS_RECORD),
               [dns_record(outer, HTTPS_RECORD, record)])
    for capture in (fires, miss):
        dns(capture, TRAINER, "secret.wingtip.example", [], STRANGER)
        connection = Connection(capture, TRAINER, STRANGER, 443)
        connection.send(0, client_hello(outer, ech=True))
        connection.send(1, server_hello(outer))
        connection.send(0, application_data(900))
        connection.close()


@case("PEW-EXF-007",
      "A host looks for an open port: 60 different public addresses within a minute.",
      "It uses 60 different names of one content network at three addresses.")
def fan_out(fires, miss):
    for number in range(60):
        Connection(fires, TRAINER, f"198.51.100.{100 + number}", 443, accepted=False)
        https(miss, TRAINER, f"198.51.100.{100 + number % 3}", f"n{number}.wingtip.example")
        fires.wait(0.5)
        miss.wait(0.5)


# Monitoring ---------------------------------------------------------------------------------------

@case("PEW-MON-001",
      "A host sent logs, and then none for two hours while it went on working.",
      "It sends logs every ten minutes.")
def silence(fires, miss):
    https(fires, TRAINER, LOGS_AT, LOGS)
    for _ in range(15):
        https(fires, TRAINER, OPENAI_AT, OPENAI)
        https(miss, TRAINER, OPENAI_AT, OPENAI)
        https(miss, TRAINER, LOGS_AT, LOGS)
        fires.wait(600)
        miss.wait(600)


@case("PEW-MON-002",
      "Logs go to a Log Analytics workspace whose GUID is not one of ours, under an allowed name.",
      "Logs go to our own workspace.")
def foreign_logs(fires, miss):
    https(fires, TRAINER, LOGS_AT, "0ff1ce00-0000-4000-8000-000000000bad.ods.opinsights.azure.com")
    https(miss, TRAINER, LOGS_AT, LOGS)


@case("PEW-MON-003",
      "A host talked to Defender for Endpoint, and then not for a day while it went on working.",
      "It talks to it every hour.")
def defender_silence(fires, miss):
    name, address = "contoso.eastus.endpoint.security.microsoft.com", "203.0.113.45"
    https(fires, TRAINER, address, name)
    for _ in range(27):
        https(fires, TRAINER, OPENAI_AT, OPENAI)
        https(miss, TRAINER, OPENAI_AT, OPENAI)
        https(miss, TRAINER, address, name)
        fires.wait(HOUR)
        miss.wait(HOUR)


# Egress -------------------------------------------------------------------------------------------

@case("PEW-EGR-001",
      "An address of the private-endpoint subnet that the map has no endpoint for.",
      "One that it has.")
def unknown_endpoint(fires, miss):
    https(fires, TRAINER, "10.10.2.99", "unknown.contoso.example")
    https(miss, TRAINER, STORE_AT, STORE)


@case("PEW-EGR-002",
      "SSH from compute to a public host.",
      "HTTPS to it.")
def admin_leaving(fires, miss):
    ssh(fires, TRAINER, STRANGER)
    https(miss, TRAINER, STRANGER, "www.wingtip.example")


@case("PEW-EGR-003",
      "HTTPS to a public name that is not allowed.",
      "HTTPS to one that is.")
def name_leaving(fires, miss):
    https(fires, TRAINER, STRANGER, "paste.wingtip.example")
    https(miss, TRAINER, PYPI_AT, PYPI)


@case("PEW-EGR-004",
      "A public address without any name.",
      "The same address with a name: another rule's.")
def address_leaving(fires, miss):
    https(fires, TRAINER, STRANGER, None)
    https(miss, TRAINER, STRANGER, "paste.wingtip.example")


@case("PEW-EGR-005",
      "A private address that the map does not know.",
      "One of the VNet.")
def unknown_address(fires, miss):
    https(fires, TRAINER, "172.20.0.9", "somewhere.contoso.example")
    https(miss, TRAINER, BUILDER, "builder.contoso.example")
