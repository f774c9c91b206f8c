"""A sensor beside the appliance: frames of the appliance's interfaces are copied to it through
VXLAN tunnels.

    nva 192.0.2.1 ==== VXLAN over UDP ==== 192.0.2.2 sensor

The kernel makes the copies (tc, mirred) and the tunnels, as a cloud's mirror or load balancer does.
"""
from lab import run

SENSOR = "sensor"
PORT, VNI = 4789, 7
ENVELOPE_BYTES = 14 + 20 + 8 + 8  # Ethernet, IPv4, UDP, VXLAN: what a copied frame is longer by
# Gateway Load Balancer's pair: name of the tunnel, UDP port, VNI.
INTERNAL, EXTERNAL = ("internal", 10800, 800), ("external", 10801, 801)


def add_sensor(lab):
    here, there = lab.names["nva"], lab.names["nva"][:-3] + "sen"
    run("ip", "netns", "add", there)
    lab.names[SENSOR] = there  # from here on it goes away with the others
    run("ip", "-n", there, "link", "set", "dev", "lo", "up")
    run("ip", "link", "add", "eth0", "netns", there, "mtu", "4000", "type", "veth", "peer", "name",
        "sensor", "netns", here, "mtu", "4000")
    for name, device, address in ((here, "sensor", "192.0.2.1/30"), (there, "eth0", "192.0.2.2/30")):
        run("ip", "netns", "exec", name, "sysctl", "-qw",
            f"net.ipv6.conf.{device}.disable_ipv6=1")
        run("ip", "-n", name, "addr", "add", address, "dev", device)
        run("ip", "-n", name, "link", "set", "dev", device, "up")


def add_tunnel(lab, name, port, vni):
    """A device on the appliance: what is sent to it arrives at the sensor inside VXLAN."""
    for host, device, remote in (("nva", "sensor", "192.0.2.2"), (SENSOR, "eth0", "192.0.2.1")):
        # The sensor's end takes the datagrams, so that no one says their port is closed.
        run("ip", "-n", lab.names[host], "link", "add", name, "type", "vxlan", "id", str(vni),
            "remote", remote, "dstport", str(port), "dev", device, "nolearning")
        run("ip", "netns", "exec", lab.names[host], "sysctl", "-qw",
            f"net.ipv6.conf.{name}.disable_ipv6=1")
        run("ip", "-n", lab.names[host], "link", "set", "dev", name, "mtu", "1600", "up")


def copy(lab, interface, tunnel, directions=("ingress",)):
    nva = lab.names["nva"]
    run("tc", "-n", nva, "qdisc", "add", "dev", interface, "clsact")
    for direction in directions:
        # u32 that matches all: there are kernels without matchall.
        run("tc", "-n", nva, "filter", "add", "dev", interface, direction, "protocol", "all", "u32",
            "match", "u32", "0", "0", "action", "mirred", "egress", "mirror", "dev", tunnel)
