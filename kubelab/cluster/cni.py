"""What nodes and the network plug-in agree on: where the network's state is kept, and how a set-up fails.

Source: github.com/containernetworking/cni, SPEC.md.
"""

from __future__ import annotations

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
