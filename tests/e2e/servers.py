"""The lab's servers, each a real program in a namespace, on configurations made here.

nginx plays what answers HTTP and TLS (private endpoints, public services, a host's own port), sshd
a host that is administered. DNS and IMDS are small servers of our own (resolver.py, imds.py): what
Azure's resolver says depends on who asks, and includes chains that end in NXDOMAIN, which dnsmasq
does not give. Nothing touches the machine's own services or files: every path is in the lab's
folder, or on a file system that only the server's mount namespace has.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import time

from lab import Missing, run

HERE = pathlib.Path(__file__).parent

OPENAI, WINGTIP = "contoso.openai.azure.com", "fabrikam.openai.azure.com"
STORE, FOREIGN_STORE = "contosostore.blob.core.windows.net", "fabrikamstore.blob.core.windows.net"
VAULT, THIRD_PARTY, PYPI = "contoso.vault.azure.net", "api.openai.com", "pypi.org"
CDN, MODELS = "cdn.wingtip.example", "models.wingtip.example"
IMDS, RESOLVER, STRANGER_RESOLVER = "169.254.169.254", "168.63.129.16", "198.51.100.53"
STRANGER = "198.51.100.77"

# (host, address, name): what answers there. rules/cases/map.json is the owners' side of it.
SITES = (
    ("azure", "10.10.2.6", OPENAI),
    ("azure", "10.10.2.9", VAULT),
    ("azure", "10.10.2.10", STORE),
    ("public", "203.0.113.12", OPENAI),
    ("public", "203.0.113.13", WINGTIP),
    ("public", "203.0.113.20", THIRD_PARTY),
    ("public", "203.0.113.21", FOREIGN_STORE),
    ("public", "198.51.100.13", PYPI),
    ("public", "198.51.100.90", CDN),
    ("public", STRANGER, MODELS),
    ("compute", "10.10.1.10", "trainer.contoso.example"),
)
ADDRESS = {(host, name): address for host, address, name in SITES}
PORTS = {"azure": (80, 443), "public": (80, 443), "compute": (8443,)}
PROGRAMS = ("nginx", "sshd", "openssl", "curl", "ssh", "ss", "tcpdump")

# What DNS says, by who asks: name -> what it leads to. An address ends a chain, None is NXDOMAIN.
# The zone of Azure OpenAI is linked to the VNet of prod and not to that of dev; the vault's record
# was deleted, its zone is still linked.
PUBLIC_HOPS = {"contoso.privatelink.openai.azure.com": "eastus.prod.vnet.cog.trafficmanager.net",
               "eastus.prod.vnet.cog.trafficmanager.net": "203.0.113.12"}
EVERYWHERE = {
    OPENAI: "contoso.privatelink.openai.azure.com",
    STORE: "contosostore.privatelink.blob.core.windows.net",
    "contosostore.privatelink.blob.core.windows.net": "10.10.2.10",
    VAULT: "contoso.privatelink.vaultcore.azure.net",
    "contoso.privatelink.vaultcore.azure.net": None,
    WINGTIP: "203.0.113.13", THIRD_PARTY: "203.0.113.20", FOREIGN_STORE: "203.0.113.21",
    PYPI: "198.51.100.13", CDN: "198.51.100.90", MODELS: STRANGER,
}
VIEWS = (  # the first prefix that the client is in
    ("10.10.0.0/16", {**EVERYWHERE, "contoso.privatelink.openai.azure.com": "10.10.2.6"}),
    ("0.0.0.0/0", {**EVERYWHERE, **PUBLIC_HOPS}),
)


def need_programs(programs=PROGRAMS):
    absent = [program for program in programs if not shutil.which(program)]
    if absent:
        raise Missing(f"{', '.join(absent)}: not installed; deploy/install-deps.sh test installs them")


def add_addresses(lab):
    """The addresses beyond those of the lab, and the appliance's way to them."""
    known = {"10.10.2.6", "203.0.113.12", STRANGER, RESOLVER, "10.10.1.10"}
    via = {"azure": "10.10.2.6", "public": "203.0.113.12"}
    more = [(host, address) for host, address, _ in SITES]
    for host, address in more + [("azure", IMDS), ("public", STRANGER_RESOLVER)]:
        if address in known:
            continue
        run("ip", "-n", lab.names[host], "addr", "add", f"{address}/32", "dev", "eth0")
        run("ip", "-n", lab.names["nva"], "route", "add", address, "via", via[host])


def openssl(*words):
    run("openssl", *words)


def certify(lab, names=None):
    """A certificate authority, and a certificate of its own for each name (of SITES)."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-days", "30", "-keyout", lab.path("ca.key"), "-out",
            lab.path("ca.pem"), "-subj", "/CN=lab authority")
    for name in names or {name for _, _, name in SITES}:
        extensions = lab.path(f"{name}.ext")
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("req", *curve, "-keyout", lab.path(f"{name}.key"), "-out",
                lab.path(f"{name}.csr"), "-subj", f"/CN={name[:60]}")
        openssl("x509", "-req", "-days", "30", "-in", lab.path(f"{name}.csr"), "-CA",
                lab.path("ca.pem"), "-CAkey", lab.path("ca.key"), "-CAcreateserial", "-extfile",
                extensions, "-out", lab.path(f"{name}.pem"))


def wait_listening(lab, host, places, seconds=10):
    """Until something listens at each `address:port` in the host."""
    end = time.monotonic() + seconds
    while True:
        heard = lab.inside(host, "ss", "-Hlntu").split()
        if all(place in heard for place in places):
            return
        if time.monotonic() > end:
            raise AssertionError(f"{host}: of {places} these listen: {heard}")
        time.sleep(0.02)


def nginx_site(lab, address, port, name):
    # One site shows its certificate in the clear, as TLS 1.2 does.
    versions = "TLSv1.2" if name == CDN else "TLSv1.2 TLSv1.3"
    tls = "" if port == 80 else (f" ssl; ssl_certificate {lab.path(name + '.pem')};"
                                 f" ssl_certificate_key {lab.path(name + '.key')};"
                                 f" ssl_protocols {versions}")
    return (f"server {{ listen {address}:{port}{tls}; server_name {name};"
            f" location / {{ return 200 \"{name} at {address}\\n\"; }} }}\n")


def start_nginx(lab, host):
    sites = [(address, port, name) for where, address, name in SITES if where == host
             for port in PORTS[host]]
    folder = lab.path(f"nginx-{host}")
    folder.mkdir()
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = folder / "nginx.conf"
    configuration.write_text(
        # One process: it ends with the lab, and leaves no worker behind.
        f"daemon off; master_process off; user root; pid {folder}/pid;\n"
        f"error_log {folder}/errors;\nevents {{}}\nhttp {{ access_log off; keepalive_timeout 5;\n"
        + temporary + "".join(nginx_site(lab, *site) for site in sites) + "}\n")
    lab.start(host, "nginx", "-e", folder / "errors", "-p", folder, "-c", configuration,
              stderr=subprocess.DEVNULL)
    wait_listening(lab, host, [f"{address}:{port}" for address, port, _ in sites])


def start_sshd(lab, host, address):
    """Real banners and key exchange; nobody can log in. Its /run is its own: /run/sshd is not made on the machine."""
    key, configuration = lab.path("ssh_host_key"), lab.path("sshd_config")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    configuration.write_text(f"ListenAddress {address}:22\nHostKey {key}\nPidFile none\nUsePAM no\n"
                             "AllowUsers nobody-may-log-in\n")
    lab.start(host, "sh", "-c", "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && "
              "exec \"$@\"", "sh", shutil.which("sshd"), "-D", "-e", "-f", configuration,
              stderr=subprocess.DEVNULL)
    wait_listening(lab, host, [f"{address}:22"])


def start_resolvers(lab):
    views = lab.path("views.json")
    views.write_text(json.dumps(VIEWS))
    for host, address in (("azure", RESOLVER), ("public", STRANGER_RESOLVER)):
        lab.start(host, sys.executable, HERE / "resolver.py", views, address)
        wait_listening(lab, host, [f"{address}:53"])


def start_all(lab):
    need_programs()
    add_addresses(lab)
    certify(lab)
    for host in PORTS:
        start_nginx(lab, host)
    start_sshd(lab, "compute", "10.10.1.10")
    start_resolvers(lab)
    lab.start("azure", sys.executable, HERE / "imds.py", IMDS)
    wait_listening(lab, "azure", [f"{IMDS}:80"])
