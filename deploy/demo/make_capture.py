#!/usr/bin/env python3
"""Makes the demo's capture: a morning in a small Azure hub, packet by packet.

Addresses are documentation ranges (RFC 5737) for everything public. The same bytes every time:
times and random fields are fixed. usage: make_capture.py FILE
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "tests/rules"))
from packets import Capture, dns, http, https, ssh  # noqa: E402


def story(capture):
    prod, trainer, notebook, dev = "10.10.1.10", "10.10.1.11", "10.10.1.12", "10.20.1.10"
    openai = "contoso.openai.azure.com"
    link = "contoso.privatelink.openai.azure.com"

    # As it should be: names resolve to private endpoints, and traffic goes there.
    dns(capture, prod, openai, [link], "10.10.2.6")
    https(capture, prod, "10.10.2.6", openai)
    dns(capture, prod, "contoso.vault.azure.net", ["contoso.privatelink.vaultcore.azure.net"],
        "10.10.2.9")
    https(capture, prod, "10.10.2.9", "contoso.vault.azure.net")
    dns(capture, prod, "pypi.org", [], "198.51.100.13")
    https(capture, prod, "198.51.100.13", "pypi.org", down=60000)
    capture.wait(3)

    # The trainer has a resolver of its own in its settings: the name leads to the public address.
    dns(capture, trainer, openai, [link, "eastus.prod.vnet.cog.trafficmanager.net"],
        "203.0.113.12", resolver="198.51.100.53")
    https(capture, trainer, "203.0.113.12", openai, up=48000)
    capture.wait(2)

    # The dev VNet is not linked to the private DNS zone: even the right resolver leaks.
    dns(capture, dev, openai, [link, "eastus.prod.vnet.cog.trafficmanager.net"], "203.0.113.12")
    https(capture, dev, "203.0.113.12", openai)
    https(capture, dev, "203.0.113.12", openai)
    capture.wait(2)

    # A notebook talks to somebody else's resources.
    dns(capture, notebook, "fabrikam.openai.azure.com", [], "203.0.113.19")
    https(capture, notebook, "203.0.113.19", "fabrikam.openai.azure.com")
    dns(capture, notebook, "api.openai.com", [], "198.51.100.10")
    https(capture, notebook, "198.51.100.10", "api.openai.com")
    dns(capture, notebook, "fabrikamstore.blob.core.windows.net", [], "203.0.113.21")
    https(capture, notebook, "203.0.113.21", "fabrikamstore.blob.core.windows.net", up=90000)
    https(capture, notebook, "198.51.100.77", "paste.example.net", up=30000)
    capture.wait(2)

    # Right address, wrong manners.
    http(capture, prod, "10.10.2.6", b"POST /openai/deployments/gpt/chat/completions HTTP/1.1\r\n"
         b"Host: contoso.openai.azure.com\r\napi-key: not-a-real-key\r\nContent-Length: 0\r\n\r\n")
    http(capture, trainer, "169.254.169.254",
         b"GET /metadata/identity/oauth2/token?api-version=2018-02-01"
         b"&resource=https%3A%2F%2Fvault.azure.net HTTP/1.1\r\n"
         b"Host: 169.254.169.254\r\nMetadata: true\r\n\r\n")
    ssh(capture, dev, prod)
    https(capture, dev, "10.10.2.6", openai)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    capture = Capture()
    story(capture)
    capture.write(sys.argv[1])


if __name__ == "__main__":
    main()
