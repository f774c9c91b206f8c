"""Who talks to whom in the synthetic captures: clients of the demo map's VNets, and destinations of
every kind that a verdict exists for. Public addresses are documentation and benchmark ranges
(RFC 5737, RFC 2544).
"""
from traffic import wire

RESOLVER = wire.address("168.63.129.16")
PRIVATE = {"contoso.openai.azure.com": wire.address("10.10.2.6"),
           "contoso.vault.azure.net": wire.address("10.10.2.9")}
LINKS = {"contoso.openai.azure.com": "contoso.privatelink.openai.azure.com",
         "contoso.vault.azure.net": "contoso.privatelink.vaultcore.azure.net"}
# Tenants' names repeat as they do in real networks: a few hundred distinct names, most of the
# traffic on few of them.
ZONES = ("openai.azure.com", "cognitiveservices.azure.com", "blob.core.windows.net",
         "vault.azure.net", "azurecr.io", "services.ai.azure.com", "example.org", "example.net",
         "api.example.com", "cdn.example.net")
OWN = ("pypi.org", "login.microsoftonline.com", "management.azure.com", "mcr.microsoft.com",
       "api.openai.com", "api.anthropic.com", "huggingface.co", "files.pythonhosted.org")
TENANTS = 40


class World:
    """Picks clients and destinations; all choices come from the given random.Random."""

    def __init__(self, random):
        self.random = random
        names = list(PRIVATE) + list(OWN) + [f"tenant{number:02}.{zone}" for zone in ZONES
                                             for number in range(TENANTS)]
        self.names = names
        self.weights = [1 / (rank + 3) for rank in range(len(names))]
        self.addresses = {name: PRIVATE.get(name) or bytes((198, 18 + rank % 2, rank >> 8,
                                                            rank & 255))
                          for rank, name in enumerate(names)}
        self.picked = []

    def client(self):
        pick = self.random.random()
        vnet = 10 if pick < 0.7 else 20
        return bytes((10, vnet, 1, self.random.randrange(4, 250)))

    def name(self):
        if not self.picked:  # in bulk: choices() sets itself up anew at every call
            self.picked = self.random.choices(self.names, self.weights, k=4096)
        return self.picked.pop()
