"""The packages of Kubernetes on a node: which versions are there, and which ones the repository has.

Source: kubernetes.io, setup/production-environment/tools/kubeadm/install-kubeadm; pkgs.k8s.io, core:/stable:.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.node import machinefiles
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.systems import ROCKY, UBUNTU, System, system_of
from kubelab.cluster.objects import Object
from kubelab.cluster.releases import PATCHES, release_of

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

KEPT = "/machine/packages/"  # <node> -> what differs from the installation
NAMES = ("kubeadm", "kubectl", "kubelet")
SOURCES = {UBUNTU.name: "/etc/apt/sources.list.d", ROCKY.name: "/etc/yum.repos.d"}
KEY = "gpgkey"  # how the line of a repository begins that names its key
ENDINGS = (".list", ".sources", ".repo")
REPOSITORY = re.compile(r"https://pkgs\.k8s\.io/core:/stable:/v1\.(\d+)/(?:deb|rpm)/?")
CRI_TOOLS = {31: "1.31.1", 32: "1.32.0", 33: "1.33.0", 34: "1.34.0", 35: "1.35.0", 36: "1.36.0", 37: "1.37.0"}
CNI = "1.7.1-1.1"


def _kept(cluster: Cluster, node: str) -> Object:
    return cluster.store.get(KEPT + node) or {}


def _keep(cluster: Cluster, node: str, **changes: object) -> None:
    cluster.store.put(KEPT + node, {**_kept(cluster, node), **changes})


def system(cluster: Cluster, node: str) -> System:
    """Returns the machine's operating system, whose packages these are."""
    return system_of(cluster.store.get(HOSTS + node))


def installed(cluster: Cluster, node: str) -> dict[str, str]:
    """Returns the packages' versions as dpkg or rpm names them."""
    first = release_of(cluster.born).removeprefix("v") + system(cluster, node).revision
    return {**dict.fromkeys(NAMES, first), **_kept(cluster, node).get("installed", {})}


def install(cluster: Cluster, node: str, name: str, version: str) -> None:
    """Puts another version of a package on a node; what runs goes on running."""
    _keep(cluster, node, installed={**_kept(cluster, node).get("installed", {}), name: version})


def held(cluster: Cluster, node: str) -> list[str]:
    """Returns the packages that are held back: all three, as the installation guide says, until somebody changes it.

    Where packages are RPMs none is: there the repository's own file excludes them.
    """
    first = NAMES if system(cluster, node) is UBUNTU else ()
    return list(_kept(cluster, node).get("held", first))


def hold(cluster: Cluster, node: str, names: list[str]) -> None:
    """Changes which packages are held back."""
    _keep(cluster, node, held=sorted(names))


def repositories(cluster: Cluster, node: str) -> list[int]:
    """Returns the minor versions whose repositories the node's sources name."""
    files = machinefiles.of(cluster, node)
    folder = SOURCES[system(cluster, node).name]
    found: list[int] = []
    for name in files.listdir(folder) if files.is_dir(folder) else ():
        if name.endswith(ENDINGS) and files.is_file(f"{folder}/{name}"):
            lines = [line for line in files.read(f"{folder}/{name}").splitlines() if not line.lstrip().startswith("#")]
            named = (line for line in lines if not line.startswith(KEY))
            found += [int(minor) for line in named for minor in REPOSITORY.findall(line)]
    return found


def offered(minor: int, kind: System = UBUNTU) -> list[str]:
    """Returns the packages' versions that a minor version's repository has, the newest first."""
    if minor not in PATCHES:
        return []
    return [f"1.{minor}.{patch}{kind.revision}" for patch in range(PATCHES[minor], -1, -1)]


def listed(cluster: Cluster, node: str) -> list[int]:
    """Returns the minor versions that apt knows of since the last `apt-get update`."""
    return list(_kept(cluster, node).get("lists", [int(cluster.born.split(".")[1])]))


def update(cluster: Cluster, node: str) -> None:
    """Does `apt-get update`."""
    _keep(cluster, node, lists=repositories(cluster, node))
