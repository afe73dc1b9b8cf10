"""What nodes and the network plug-in agree on: where the network's state is kept, and how a set-up fails.

Source: github.com/containernetworking/cni, SPEC.md.
"""

from __future__ import annotations

from ipaddress import IPv4Network

PREFIX = "/machine/network/"
HOSTS = PREFIX + "hosts/"
LEASES = PREFIX + "leases/"
COREFILES = PREFIX + "corefiles/"  # a CoreDNS Pod's uid -> the Corefile that it works by

DIRECTORY = "/etc/cni/net.d"  # where the runtime looks for configurations
BINARIES = "/opt/cni/bin"
PLUGIN_FILES = (f"{DIRECTORY}/", f"{BINARIES}/", "/run/flannel")  # what a plug-in puts on a node's disk begins so
PLUGIN_FOLDERS = (DIRECTORY, BINARIES, "/run", "/run/flannel")  # that it puts something in


class NetworkSetupError(Exception):
    """A sandbox's network could not be set up; the text is the CNI plug-in's own."""


def lease_problem(node: str, given: str, network: str) -> str:
    """Returns why flannel has no lease for a node, "" where it has one.

    Args:
        node: its name.
        given: its podCIDR, "" where it has none.
        network: the "Network" of flannel's net-conf.json, "" where that cannot be read.

    Source: flannel-io/flannel, pkg/subnet/kube/kube.go.
    """
    if not given:
        return f'node "{node}" pod cidr not assigned'
    try:
        fits = not network or IPv4Network(given).subnet_of(IPv4Network(network))
    except ValueError:
        return ""
    named = f'subnet "{network}" specified in the flannel net config doesn\'t contain "{given}" PodCIDR'
    return "" if fits else f'{named} of the "{node}" node'
